"""The table of areas as a model: groups with their areas folded under them, sorted by any column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPen, QPixmap, QStandardItem, QStandardItemModel

from app.area_shares import AreaRow, AreaTable, percent
from app.theme import Theme
from gazeengine.area_shapes import COLOURS

Index = QModelIndex | QPersistentModelIndex
NAME, GROUP, COLOUR, SHARE, UNPRUNED, FOLD, AREA, INTENSITY, RANK = range(9)
KEY = Qt.ItemDataRole.UserRole  # of a line: (name, whether it is a group)
SORT = Qt.ItemDataRole.UserRole + 1
TITLES: tuple[tuple[str, str], ...] = (
    ("Area", "Double-click, or press F2, for another name"),
    ("Group", "Areas of a group are counted together, each pixel once"),
    ("Colour", "Of the outline"),
    ("Attention", "Share of all attention that falls into the area"),
    ("Unpruned", "Share of attention by the unpruned network"),
    ("In its fold", "Number of the page's fold that most of the area lies in, and its share of the attention to that"),
    ("Size", "Share of the picture that the area covers"),
    ("× chance", "How many times as much attention as a gaze without preference would give it"),
    ("Rank", "By share of attention; groups among groups"),
)
UP, DOWN = " ▴", " ▾"  # behind the heading of the column that orders the lines
_SWATCH = 12  # px
_UNKNOWN = "–"

_Cell = tuple[str, Any]  # what is shown, and what it is sorted by
_CELLS: dict[int, Callable[[AreaRow], _Cell]] = {
    NAME: lambda row: (row.name, row.name.lower()),
    GROUP: lambda row: (row.group if row.area is not None else "", row.group.lower()),
    COLOUR: lambda row: (colour_name(row.area.colour), row.area.colour) if row.area is not None else ("", ""),
    SHARE: lambda row: _told(row.share, percent),
    UNPRUNED: lambda row: _told(row.unpruned, percent),
    FOLD: lambda row: _in_fold(row.in_fold),
    AREA: lambda row: _told(row.area_share, percent),
    INTENSITY: lambda row: _told(row.intensity, lambda value: f"{value:.2f}"),
    RANK: lambda row: _told(row.rank, str),
}


class AreaRows(QStandardItemModel):
    """Lines of areas. Showing others touches only what differs; edited(name, column, value) is what a person typed."""

    edited = Signal(str, int, str)

    def __init__(self) -> None:
        super().__init__(0, len(TITLES))
        self.setSortRole(SORT)
        for column, (title, hint) in enumerate(TITLES):
            heading = QStandardItem(title)
            heading.setToolTip(hint)
            heading.setTextAlignment(_aligned(column))
            self.setHorizontalHeaderItem(column, heading)
        self._shape: tuple[tuple[str, str], ...] = ()
        self._lines: dict[tuple[str, bool], list[QStandardItem]] = {}

    def show_order(self, column: int, order: Qt.SortOrder) -> None:
        """Say in the headings which column orders the lines."""
        sign = UP if order == Qt.SortOrder.AscendingOrder else DOWN
        for i, (title, _) in enumerate(TITLES):
            self.horizontalHeaderItem(i).setText(title + sign * (i == column))

    def show_table(self, table: AreaTable, theme: Theme) -> bool:
        """Show lines; whether they are others than before, and all of it was built anew."""
        shape = tuple((row.name, row.group) for row in table.areas)
        anew = shape != self._shape or len(self._lines) != len(table.areas) + len(table.groups)
        if anew:
            self._build(table)
            self._shape = shape
        for row in (*table.groups, *table.areas):
            self._fill(self._lines[row.name, row.area is None], row, table.stale, theme)
        return anew

    def index_of(self, name: str, *, group: bool = False) -> QModelIndex:
        """The first cell of a line; invalid where there is none."""
        line = self._lines.get((name, group))
        return line[0].index() if line is not None else QModelIndex()

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """What a person typed goes to the areas, and comes back from them."""
        if role != Qt.ItemDataRole.EditRole:
            return super().setData(index, value, role)
        name, is_group = index.sibling(index.row(), NAME).data(KEY)
        if not is_group and str(value) != index.data(Qt.ItemDataRole.EditRole):
            self.edited.emit(name, index.column(), str(value))
        return True

    def _build(self, table: AreaTable) -> None:
        self.removeRows(0, self.rowCount())
        self._lines = {}
        parents: dict[str, QStandardItem] = {}
        for row in table.groups:
            line = self._line(row)
            self.appendRow(line)
            parents[row.group] = line[0]
        for row in table.areas:
            (parents.get(row.group) or self.invisibleRootItem()).appendRow(self._line(row))

    def _line(self, row: AreaRow) -> list[QStandardItem]:
        is_group = row.area is None
        line = [QStandardItem() for _ in TITLES]
        can = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        for column, item in enumerate(line):
            editable = not is_group and column in (NAME, GROUP)
            item.setFlags(can | Qt.ItemFlag.ItemIsEditable if editable else can)
            item.setData(_aligned(column), Qt.ItemDataRole.TextAlignmentRole)
        line[NAME].setData((row.name, is_group), KEY)
        self._lines[row.name, is_group] = line
        return line

    def _fill(self, line: list[QStandardItem], row: AreaRow, stale: bool, theme: Theme) -> None:
        for column, item in enumerate(line):
            shown, sorted_by = _CELLS[column](row)
            measured = column in (SHARE, FOLD, INTENSITY, RANK)
            _set(item, shown, Qt.ItemDataRole.DisplayRole)
            _set(item, sorted_by, SORT)
            _set(item, _said(row, column, shown, stale and measured), Qt.ItemDataRole.AccessibleTextRole)
            colour = theme.estimate if stale and measured else theme.text
            if item.foreground().color() != QColor(colour):
                item.setForeground(QColor(colour))
            font = QFont()
            font.setItalic(stale and measured)
            font.setBold(row.area is None)
            if item.font() != font:
                item.setFont(font)
        if row.area is not None and line[COLOUR].data(SORT + 1) != row.area.colour:
            line[COLOUR].setData(row.area.colour, SORT + 1)
            line[COLOUR].setIcon(swatch(row.area.colour))


def colour_name(colour: str) -> str:
    return next((name for name, known in COLOURS if known == colour.lower()), colour)


def swatch(colour: str) -> QIcon:
    """A square of the colour, the same where its line is chosen."""
    pixmap = QPixmap(_SWATCH * 2, _SWATCH * 2)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(128, 128, 128), 1))
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(QRectF(0.5, 0.5, _SWATCH - 1, _SWATCH - 1), 3, 3)
    painter.end()
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Selected)
    return icon


def _aligned(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column in (NAME, GROUP, COLOUR) else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter


def _said(row: AreaRow, column: int, shown: str, stale: bool) -> str:
    words = f"{TITLES[column][0]}: {shown or 'none'}"
    words += ", of an earlier setting" if stale else ""
    return f"Group, {words}" if row.area is None and column == NAME else words


def _in_fold(found: tuple[int, float] | None) -> _Cell:
    return (_UNKNOWN, -1.0) if found is None else (f"{found[0]}: {percent(found[1])}", found[1])


def _told(value: float | None, words: Callable[[Any], str]) -> _Cell:
    return (_UNKNOWN, -1.0) if value is None else (words(value), float(value))


def _set(item: QStandardItem, value: Any, role: int) -> None:
    if item.data(role) != value:
        item.setData(value, role)
