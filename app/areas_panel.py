"""The table of areas: what each gets, of the present setting and along pruning."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from app.area_rows import COLOUR, FOLD, GROUP, KEY, NAME, SHARE, TITLES, UNPRUNED, UP, AreaRows
from app.area_shares import AreaTable
from app.theme import SPACE, Theme, current_theme

EMPTY = (
    "No areas yet. Draw one over the picture: R for a rectangle, E for an ellipse, P for a polygon; "
    "or have some suggested."
)
_EM_WIDTHS = (0, 8, 8, 7, 7, 8, 7, 7, 4)  # of the columns, at first; the first has what is left
_EM_LEAST_NAME = 8


class AreasPanel(QWidget):
    """Lines of areas, chosen here as on the canvas; edited(name, column, text) when one is named or grouped."""

    chosen = Signal(object)  # names
    edited = Signal(str, int, str)
    colour_asked = Signal(object, object)  # names, QPoint on the screen
    menu_asked = Signal(object)  # QPoint on the screen
    copy_asked = Signal(object)  # names, all where it is empty
    removal_asked = Signal()
    save_asked = Signal()
    open_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = current_theme()
        self._table = AreaTable()
        self._showing = False  # not a person, but this program chooses lines
        self._folded: set[str] = set()
        self._rows = AreaRows()
        self._rows.edited.connect(self.edited, Qt.ConnectionType.QueuedConnection)  # the editor closes first
        self.view = view = _Tree()
        view.setModel(self._rows)
        view.setAccessibleName("Areas of interest and their shares of attention")
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        view.setUniformRowHeights(True)
        view.setAllColumnsShowFocus(True)
        view.setExpandsOnDoubleClick(False)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.setSortingEnabled(True)
        header = view.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(5 * SPACE)
        header.setSortIndicator(SHARE, Qt.SortOrder.DescendingOrder)
        header.sortIndicatorChanged.connect(self._show_order)
        em = self.fontMetrics().horizontalAdvance("m")
        for column, width in enumerate(_EM_WIDTHS):
            title = self.fontMetrics().horizontalAdvance(TITLES[column][0] + UP) + 3 * SPACE
            view.setColumnWidth(column, max(width * em, title))
        view.selectionModel().selectionChanged.connect(self._select)
        view.customContextMenuRequested.connect(lambda at: self.menu_asked.emit(view.viewport().mapToGlobal(at)))
        view.doubleClicked.connect(self._double_clicked)
        view.copy_pressed.connect(lambda: self.copy_asked.emit(self.selected()))
        view.delete_pressed.connect(self.removal_asked)
        view.resized.connect(self._give_names_room)
        view.colour_pressed.connect(self._ask_colour)
        view.collapsed.connect(lambda index: self._folded.add(index.data(KEY)[0]))
        view.expanded.connect(lambda index: self._folded.discard(index.data(KEY)[0]))

        self._state = _words()
        self._along, self._flips = _words(), _words()
        self._flips.setProperty("role", "estimate")
        self._empty = QLabel(EMPTY, wordWrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setProperty("role", "muted")
        self._copy = _button("Copy table", "For a spreadsheet, and to paste the areas on another picture (Ctrl+C)")
        self._save = _button("Save…", "The table as CSV, or the areas as JSON")
        self._open = _button("Open…", "Areas from a JSON file")
        self._copy.clicked.connect(lambda: self.copy_asked.emit(()))
        self._save.clicked.connect(self.save_asked)
        self._open.clicked.connect(self.open_asked)
        top = QHBoxLayout()
        top.setSpacing(SPACE)
        top.addWidget(self._state, 1)
        for button in (self._copy, self._save, self._open):
            top.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        layout.setSpacing(SPACE // 2)
        layout.addLayout(top)
        layout.addWidget(view, 1)
        layout.addWidget(self._empty, 1)
        layout.addWidget(self._along)
        layout.addWidget(self._flips)
        self.setTabOrder(self._open, view)
        self._show_order(SHARE, Qt.SortOrder.DescendingOrder)
        self.show_theme(self._theme)
        self._show_words(self._table)

    def show_table(self, table: AreaTable) -> None:
        """Show lines and what is to be said about them; choice and folding stay. As often as one likes."""
        if table == self._table:
            return
        view, header = self.view, self.view.header()
        selected = self.selected()
        self._showing = True
        anew = self._rows.show_table(table, self._theme)
        if view.state() != QAbstractItemView.State.EditingState:
            self._rows.sort(header.sortIndicatorSection(), header.sortIndicatorOrder())
        self._showing = False
        self._table = table
        view.setRootIsDecorated(bool(table.groups))
        if anew:
            for row in table.groups:
                view.setExpanded(self._rows.index_of(row.name, group=True), row.name not in self._folded)
            self.show_selection(selected)
        view.setColumnHidden(UNPRUNED, not table.compared)
        view.setColumnHidden(FOLD, not table.folded)
        self._give_names_room()
        self._show_words(table)

    def show_selection(self, names: Sequence[str]) -> None:
        """Mark the lines of these areas; the lines of groups go by themselves."""
        if set(names) == set(self.selected()):
            return
        found = QItemSelection()
        for name in names:
            index = self._rows.index_of(name)
            if index.isValid():
                found.select(index, index.siblingAtColumn(len(TITLES) - 1))
        model = self.view.selectionModel()
        self._showing = True
        model.select(found, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if names and (index := self._rows.index_of(names[-1])).isValid():
            model.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.view.scrollTo(index)
        self._showing = False

    def _give_names_room(self) -> None:
        """All that others leave, but never so little that areas cannot be told apart: then the table scrolls."""
        view, header = self.view, self.view.header()
        others = sum(header.sectionSize(column) for column in range(header.count()) if column != NAME)  # hidden: 0
        least = _EM_LEAST_NAME * self.fontMetrics().horizontalAdvance("m")
        enough = view.viewport().width() - others >= least
        header.setSectionResizeMode(
            NAME, QHeaderView.ResizeMode.Stretch if enough else QHeaderView.ResizeMode.Interactive
        )
        if not enough:
            view.setColumnWidth(NAME, least)

    def selected(self) -> tuple[str, ...]:
        """Names of the chosen areas; those of a chosen group's are all of its."""
        names: dict[str, None] = {}
        for index in self.view.selectionModel().selectedRows(NAME):
            name, is_group = index.data(KEY)
            members = [row.name for row in self._table.areas if row.group == name] if is_group else [name]
            names |= dict.fromkeys(members)
        return tuple(names)

    def edit_name(self, name: str) -> None:
        """Begin to type another name for an area."""
        index = self._rows.index_of(name)
        if index.isValid():
            self.view.setCurrentIndex(index)
            self.view.setFocus()
            self.view.edit(index)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        t = theme
        self.view.setStyleSheet(f"""
            QTreeView {{ border: 1px solid {t.line}; background: {t.field}; outline: none;
                selection-background-color: {t.accent_soft}; selection-color: {t.text}; }}
            QTreeView:focus {{ border-color: {t.accent}; }}
            QTreeView::item {{ padding: 2px 6px 2px 4px; }}
            QTreeView::item:selected {{ background: {t.accent_soft}; color: {t.text}; }}
            QTreeView::item:focus {{ border: 1px solid {t.accent}; }}
            QHeaderView {{ background: {t.panel}; border: none; }}
            QHeaderView::section {{ background: {t.panel}; color: {t.muted}; border: none;
                border-bottom: 1px solid {t.line}; padding: 3px 6px 3px 4px; }}
            QHeaderView::up-arrow, QHeaderView::down-arrow {{ image: none; width: 0; height: 0; }}
        """)
        self._rows.show_table(self._table, theme)

    def _show_words(self, table: AreaTable) -> None:
        some = bool(table.areas)
        self.view.setVisible(some)
        self._empty.setVisible(not some)
        for button in (self._copy, self._save):
            button.setEnabled(some)
        for label, words in ((self._state, table.state), (self._along, table.along), (self._flips, table.flips)):
            if label.text() != words:
                label.setText(words)
                label.setToolTip(words)
        self._along.setVisible(bool(table.along))
        self._flips.setVisible(bool(table.flips))
        _give_role(self._state, "estimate" if table.stale else "muted")
        _give_role(self._along, "estimate" if table.stale else "")

    def _show_order(self, column: int, order: Qt.SortOrder) -> None:
        """The sign of the order is written: a style sheet's arrow would cover the heading."""
        self._rows.show_order(column, order)

    def _select(self) -> None:
        if not self._showing:
            self.chosen.emit(self.selected())

    def _double_clicked(self, index: QModelIndex) -> None:
        if index.siblingAtColumn(NAME).data(KEY)[1]:
            self.view.setExpanded(index.siblingAtColumn(NAME), not self.view.isExpanded(index.siblingAtColumn(NAME)))
        elif index.column() == COLOUR:
            self._ask_colour()

    def _ask_colour(self) -> None:
        place = self.view.visualRect(self.view.currentIndex().siblingAtColumn(COLOUR))
        names = self.selected()
        if names:
            self.colour_asked.emit(names, self.view.viewport().mapToGlobal(place.bottomLeft() + QPoint(0, 2)))


class _Tree(QTreeView):
    """Its keys: F2 also beside a name, Ctrl+C, Delete."""

    copy_pressed = Signal()
    delete_pressed = Signal()
    colour_pressed = Signal()
    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_pressed.emit()
        elif event.matches(QKeySequence.StandardKey.Delete):
            self.delete_pressed.emit()
        elif event.key() in (Qt.Key.Key_F2, Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.column() == COLOUR:
            self.colour_pressed.emit()
        elif event.key() == Qt.Key.Key_F2 and index.column() not in (NAME, GROUP):
            self.edit(index.siblingAtColumn(NAME))
        else:
            super().keyPressEvent(event)


def _give_role(label: QLabel, role: str) -> None:
    if label.property("role") != role:
        label.setProperty("role", role)
        label.style().unpolish(label)
        label.style().polish(label)


def _words() -> QLabel:
    label = QLabel(wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)  # an area may be called <b>
    label.setMinimumWidth(1)
    return label


def _button(text: str, hint: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(hint)
    return button
