"""The open pictures, to choose from."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QItemSelectionModel, QObject, QPoint, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QListView, QMenu, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from app.picture_rows import PictureDelegate, PictureEntry, PictureRows
from app.theme import SPACE, Theme, current_theme

__all__ = ["ImageList", "PictureEntry"]

_WIDTH = 170


class ImageList(QWidget):
    """Pictures with thumbnails and a button to open more. Whether one is removed, others decide."""

    selected = Signal(str)  # key, by the user
    removal_asked = Signal(str)  # key
    compare_asked = Signal(list)  # keys, at least two
    open_asked = Signal()
    in_sight = Signal(object)  # keys of the rows that are seen, as they change

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = PictureRows()
        self._delegate = PictureDelegate(current_theme())
        self._list = QListView()
        self._list.setModel(self._rows)
        self._list.setItemDelegate(self._delegate)
        self._list.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
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
        self._shown: str | None = None
        self._list.viewport().installEventFilter(self)
        self._list.selectionModel().selectionChanged.connect(self._select)
        self._list.customContextMenuRequested.connect(self._show_menu)
        self._remove.triggered.connect(lambda: self._ask_removal(self._selected() or [self._shown or ""]))
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
            several = self._selected()
            self._shown = selected
            row = self._rows.row_of(selected)
            if row != self._list.currentIndex().row() and not (len(several) > 1 and selected in several):
                self._select_alone(row)
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

    def _selected(self) -> list[str]:
        """Keys of what is selected, in the order of the list."""
        rows = sorted(index.row() for index in self._list.selectionModel().selectedRows())
        return [self._rows.entry(row).key for row in rows]

    def _select_alone(self, row: int) -> None:
        """Whatever keys are held: the list's own way would, with Ctrl, add to what is selected."""
        model = self._list.selectionModel()
        if row >= 0:
            model.setCurrentIndex(self._rows.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect)
        else:
            model.clear()

    def _select(self) -> None:
        """One that is selected alone is shown; several wait for what is to be done with them."""
        keys = self._selected()
        if len(keys) == 1 and keys[0] != self._shown:
            self._shown = keys[0]
            self.selected.emit(keys[0])
        elif not keys and (row := self._rows.row_of(self._shown)) >= 0:
            self._select_alone(row)

    def _ask_removal(self, keys: Sequence[str]) -> None:
        for key in keys:
            if self._rows.row_of(key) >= 0:
                self.removal_asked.emit(key)

    def _show_menu(self, place: QPoint) -> None:
        """What can be done with the picture under the mouse, or with all that are selected where it is one of them."""
        index = self._list.indexAt(place)
        if not index.isValid():
            return
        key, keys = self._rows.entry(index.row()).key, self._selected()
        keys = keys if len(keys) > 1 and key in keys else [key]
        menu = QMenu(self)
        if len(keys) > 1:
            menu.addAction(f"Compare these {len(keys)} pictures").triggered.connect(
                lambda: self.compare_asked.emit(keys)
            )
        elif self._shown is not None and key != self._shown:
            shown = self._shown
            menu.addAction("Compare with the shown picture").triggered.connect(
                lambda: self.compare_asked.emit([shown, key])
            )
        menu.addAction(self._remove.text()).triggered.connect(lambda: self._ask_removal(keys))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self._list.viewport().mapToGlobal(place))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The right button opens a menu, and shows no other picture."""
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            return event.button() == Qt.MouseButton.RightButton
        return super().eventFilter(watched, event)
