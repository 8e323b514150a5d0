"""The table of a comparison: what each area gets in A and in the others, and how much the maps agree."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHeaderView, QLabel, QStackedWidget, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from app.compare_rows import CompareTableData
from app.drawing import sized
from app.theme import SPACE, Theme, current_theme

_EMPTY = (
    "No areas yet. Close the comparison (Esc), draw some over the picture, "
    "and see here what each of them gains or loses."
)


class CompareTable(QWidget):
    """A line on how alike the maps are, the table, and what else is to be said."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data: CompareTableData | None = None
        self.agreement = QLabel(wordWrap=True)
        self.agreement.setContentsMargins(SPACE, SPACE // 2, SPACE, 0)
        self.agreement.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.table = QTableWidget()
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setAlternatingRowColors(True)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        self.table.setAccessibleName("Areas: shares of attention, and their change")
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.setHorizontalScrollMode(QTableWidget.ScrollMode.ScrollPerPixel)
        self.notes = QLabel(wordWrap=True)
        self.notes.setProperty("role", "estimate")
        self.notes.setContentsMargins(SPACE, 0, SPACE, SPACE // 2)
        self.empty = QLabel(_EMPTY, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self.empty.setProperty("role", "muted")
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self.table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE // 2)
        layout.addWidget(self.agreement)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.notes)
        self.setAccessibleName("What the comparison finds")
        self.show_theme(current_theme())
        self.show_data(None, stale=False)

    def show_theme(self, theme: Theme) -> None:
        t = theme
        self.table.setStyleSheet(f"""
            QTableWidget {{ background: {t.panel}; alternate-background-color: {t.window}; border: none;
                color: {t.text}; }}
            QTableWidget::item {{ padding: 0 {SPACE}px; }}
            QTableWidget::item:selected {{ background: {t.accent_soft}; color: {t.text}; }}
            QHeaderView::section {{ background: {t.panel}; color: {t.muted}; border: none;
                border-bottom: 1px solid {t.line}; padding: 3px {SPACE}px; }}
        """)

    def show_data(self, data: CompareTableData | None, *, stale: bool) -> None:
        """Show what was found; stale where it is of earlier maps."""
        self._show_words(data, stale=stale)
        if data == self._data:
            return
        self._data = data
        self._pages.setCurrentWidget(self.table if data is not None and data.rows else self.empty)
        if data is None:
            return
        titles = [column.title for column in data.columns]
        if titles != self._titles():
            self.table.clear()
            self.table.setColumnCount(len(titles))
            self.table.setHorizontalHeaderLabels(titles)
            header = self.table.horizontalHeader()
            for i in range(len(titles)):
                mode = QHeaderView.ResizeMode.Stretch if i == 0 else QHeaderView.ResizeMode.ResizeToContents
                header.setSectionResizeMode(i, mode)
        for i, column in enumerate(data.columns):
            if (item := self.table.horizontalHeaderItem(i)) is not None:
                item.setToolTip(column.hint)
                item.setTextAlignment(_alignment(i))
        self.table.setRowCount(len(data.rows))
        for row, cells in enumerate(data.rows):
            for column_, text in enumerate(cells):
                self._show_cell(row, column_, text)

    def copy(self) -> None:
        """Puts the table on the clipboard as tab-separated values."""
        if self._data is not None:
            QGuiApplication.clipboard().setText(self._data.tsv)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def _show_words(self, data: CompareTableData | None, *, stale: bool) -> None:
        told = data.agreement if data is not None else ""
        self.agreement.setText(f"{told} (of an earlier setting)" if told and stale else told)
        self.agreement.setToolTip(data.agreement_hint if data is not None else "")
        self.agreement.setVisible(bool(told))
        notes = "\n".join(data.notes) if data is not None else ""
        self.notes.setText(notes)
        self.notes.setVisible(bool(notes))

    def _titles(self) -> list[str]:
        items = (self.table.horizontalHeaderItem(i) for i in range(self.table.columnCount()))
        return [item.text() for item in items if item is not None]

    def _show_cell(self, row: int, column: int, text: str) -> None:
        item = self.table.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            item.setTextAlignment(_alignment(column))
            item.setFont(sized(self.table.font(), 1.0))
            self.table.setItem(row, column, item)
        item.setText(text)


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter
