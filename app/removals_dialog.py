"""The order of removal as a table that follows the sliders: why each feature goes when it goes."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.job_dialogs import words
from app.removals import Removals
from app.room_on_screen import resize_within_screen
from app.theme import LIGHT, RADIUS, SPACE, Theme

ALL = "All layers"
LOOKED_AT = 24  # rows, for the widths of columns: each costs the GUI's thread about a millisecond
WORDS = frozenset({"Layer", "Runner-up"})
_Index = QModelIndex | QPersistentModelIndex


class RemovalsTable(QAbstractTableModel):
    """Rows are worked out when they are looked at: there are thousands."""

    def __init__(self) -> None:
        super().__init__()
        self._removals: Removals | None = None
        self._theme = LIGHT
        self._row = lru_cache(512)(lambda i: self._removals.row(i) if self._removals is not None else ())

    def show_removals(self, removals: Removals | None) -> None:
        self.beginResetModel()
        self._removals = removals
        self._row.cache_clear()
        self.endResetModel()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  # as Qt has it
        return 0 if self._removals is None or parent.isValid() else len(self._removals.steps)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008, N802  # as Qt has it
        return 0 if self._removals is None or parent.isValid() else len(self._removals.head)

    def headerData(  # noqa: N802  # as Qt has it
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if self._removals is None or orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._removals.head[section]
        return self._side(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self._removals is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._row(index.row())[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._side(index.column())
        if role == Qt.ItemDataRole.ForegroundRole and index.row() >= self._removals.present:
            return QColor(self._theme.muted)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "gone" if index.row() < self._removals.present else "still there"
        return None

    def _side(self, column: int) -> Qt.AlignmentFlag:
        assert self._removals is not None
        left = self._removals.head[column] in WORDS
        side = Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag.AlignRight
        return side | Qt.AlignmentFlag.AlignVCenter


class RemovalsDialog(QDialog):
    """n_wanted(n) where a row is double-clicked, or Enter pressed on it; layer_chosen where another layer is."""

    n_wanted = Signal(int)
    layer_chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Order of removal")
        self._removals: Removals | None = None
        self._words = words()
        self.layers = QComboBox()
        self.layers.setAccessibleName("Layer")
        self.layers.currentIndexChanged.connect(lambda _: self.layer_chosen.emit())
        self._model = RemovalsTable()
        self.table = QTableView()
        self.table.setModel(self._model)
        self.table.setAccessibleName("Order of removal")
        self.table.verticalHeader().hide()
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + SPACE)
        self.table.doubleClicked.connect(lambda index: self._want(index.row()))
        layer = QLabel("&Layer")
        layer.setBuddy(self.layers)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(layer)
        row.addWidget(self.layers)
        row.addWidget(words("Enter, or a double click, prunes up to a row; Ctrl+C copies rows.", "muted"), 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self._words)
        layout.addLayout(row)
        layout.addWidget(self.table, 1)
        resize_within_screen(self, 860, 560)
        self.show_theme(LIGHT)

    @property
    def layer(self) -> str | None:
        """That is chosen; None for all."""
        return self.layers.currentText() if self.layers.currentIndex() > 0 else None

    def show_removals(self, removals: Removals) -> None:
        """Show these, the present setting in sight."""
        fresh = self._removals is None or self._removals.head != removals.head
        self._removals = removals
        with QSignalBlocker(self.layers):
            chosen = self.layer
            if [self.layers.itemText(i) for i in range(1, self.layers.count())] != list(removals.layers):
                self.layers.clear()
                self.layers.addItems([ALL, *removals.layers])
                self.layers.setCurrentIndex(max(0, self.layers.findText(chosen or ALL)))
        self._words.setText(removals.words if removals.layers else "The network has no signal: calibrate it first.")
        self._model.show_removals(removals)
        if fresh:
            self._fit()
        row = min(removals.present, len(removals.steps) - 1)
        if row >= 0:
            if removals.present:
                self.table.selectRow(removals.present - 1)
            else:
                self.table.clearSelection()
            middle = QAbstractItemView.ScrollHint.PositionAtCenter
            self.table.scrollTo(self._model.index(row, 0), middle)

    def show_theme(self, theme: Theme) -> None:
        self._model.show_theme(theme)
        self.table.setStyleSheet(
            f"QTableView {{ background: {theme.field}; border: 1px solid {theme.line}; border-radius: {RADIUS}px; }}"
            f"QTableView::item {{ padding: 0 {SPACE // 2}px; }}"
            f"QTableView::item:selected {{ background: {theme.accent_soft}; color: {theme.text}; }}"
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.table.hasFocus():
            self._want(self.table.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def copy(self) -> None:
        """Put the chosen rows, or all, on the clipboard as tab-separated values."""
        if self._removals is None or not len(self._removals.steps):
            return
        chosen = sorted({index.row() for index in self.table.selectionModel().selectedRows()})
        rows = chosen if len(chosen) > 1 else range(len(self._removals.steps))
        lines = [self._removals.head, *(self._removals.row(i) for i in rows)]
        QGuiApplication.clipboard().setText("\n".join("\t".join(line) for line in lines))

    def _want(self, row: int) -> None:
        if self._removals is not None and 0 <= row < len(self._removals.steps):
            self.n_wanted.emit(self._removals.n_at(row))

    def _fit(self) -> None:
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setResizeContentsPrecision(LOOKED_AT)
        self.table.resizeColumnsToContents()
        header.setStretchLastSection(True)
