"""The open pictures, to choose from."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPoint, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QLabel, QListView, QMenu, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from app.picture_rows import PictureDelegate, PictureEntry, PictureRows
from app.theme import SPACE, Theme, current_theme

__all__ = ["ImageList", "PictureEntry"]

_WIDTH = 170


class ImageList(QWidget):
    """Pictures with thumbnails and a button to open more. Whether one is removed, others decide."""

    selected = Signal(str)  # key, by the user
    removal_asked = Signal(str)  # key
    open_asked = Signal()
    in_sight = Signal(object)  # keys of the rows that are seen, as they change

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = PictureRows()
        self._delegate = PictureDelegate(current_theme())
        self._list = QListView()
        self._list.setModel(self._rows)
        self._list.setItemDelegate(self._delegate)
        self._list.setUniformItemSizes(True)
        self._list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._list.setMouseTracking(True)  # for the hovered row
        self._list.setAccessibleName("Open pictures")

        self._remove = QAction("Remove from the list", self._list)
        self._remove.setShortcuts([QKeySequence(Qt.Key.Key_Delete), QKeySequence(Qt.Key.Key_Backspace)])
        self._remove.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._list.addAction(self._remove)

        self._empty = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._empty.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self._list)
        self._open = QPushButton("Open…")
        self._open.setToolTip("Add pictures to the list")
        self._open.setMinimumHeight(28)

        bottom = QVBoxLayout()
        bottom.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        bottom.addWidget(self._open)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._pages)
        layout.addLayout(bottom)
        self.setMinimumWidth(_WIDTH - 4 * SPACE)

        self._seen: tuple[str, ...] = ()
        self._list.verticalScrollBar().valueChanged.connect(self._tell_seen)
        self._list.selectionModel().currentChanged.connect(self._select)
        self._list.customContextMenuRequested.connect(self._show_menu)
        self._remove.triggered.connect(lambda: self._ask_removal(self._list.currentIndex()))
        self._open.clicked.connect(lambda: self.open_asked.emit())
        self._empty.linkActivated.connect(lambda: self.open_asked.emit())
        self.show_theme(current_theme())
        self.show_pictures((), None)

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH, 400)

    def show_pictures(self, entries: Sequence[PictureEntry], selected: str | None) -> None:
        """Show these pictures in this order; the list keeps its place, and scrolls to one newly selected."""
        with QSignalBlocker(self):
            self._rows.show_entries(entries)
            row = self._rows.row_of(selected)
            if row != self._list.currentIndex().row():
                self._list.setCurrentIndex(self._rows.index(row) if row >= 0 else QModelIndex())
        self._pages.setCurrentWidget(self._list if entries else self._empty)
        self._tell_seen()

    def show_theme(self, theme: Theme) -> None:
        self._delegate.show_theme(theme)
        self._list.viewport().update()
        paste = QKeySequence(QKeySequence.StandardKey.Paste).toString(QKeySequence.SequenceFormat.NativeText)
        link = f'<a href="open" style="color: {theme.accent}; text-decoration: none">Open some</a>'
        self._empty.setText(
            f'<p style="color: {theme.muted}; line-height: 140%">No pictures yet.<br>{link}, or<br>'
            f"paste one with {paste}.</p>"
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tell_seen()

    def _tell_seen(self) -> None:
        """Which rows are seen, each of which is as high as another."""
        n, height = self._rows.rowCount(), self._list.sizeHintForRow(0)
        if not n or height <= 0 or not self._list.isVisible():
            return
        first = self._list.verticalOffset() // height
        last = (self._list.verticalOffset() + self._list.viewport().height()) // height
        seen = tuple(self._rows.entry(row).key for row in range(max(first, 0), min(last + 1, n)))
        if seen != self._seen:
            self._seen = seen
            self.in_sight.emit(seen)

    def _select(self, current: QModelIndex) -> None:
        if current.isValid():
            self.selected.emit(self._rows.entry(current.row()).key)

    def _ask_removal(self, index: QModelIndex) -> None:
        if index.isValid():
            self.removal_asked.emit(self._rows.entry(index.row()).key)

    def _show_menu(self, place: QPoint) -> None:
        index = self._list.indexAt(place)
        if not index.isValid():
            return
        menu = QMenu(self)
        menu.addAction(self._remove.text()).triggered.connect(lambda: self._ask_removal(index))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self._list.viewport().mapToGlobal(place))
