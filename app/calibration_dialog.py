"""Choosing the open pictures that the Fisher signal is to be estimated on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.job_dialogs import words
from app.picture_rows import PictureEntry
from app.room_on_screen import resize_within_screen
from app.theme import RADIUS, SPACE

ENOUGH = 10
"""Pictures below which the order of pruning depends on which ones they are."""
FEW_PICTURES = (
    f"With fewer than {ENOUGH} pictures the order of pruning hangs on which ones they are: "
    "a folder of pictures like these would help."
)
_KEY = Qt.ItemDataRole.UserRole
_ICON = QSize(64, 40)

INTRODUCTION = (
    "Pruning starts with the features that count least. What each one counts is estimated on pictures: on your own, "
    "it is what it counts for those. Nobody's gaze needs to be measured: where the network expects it serves as target."
)


class CalibrationDialog(QDialog):
    """Pictures with a tick each, all at first; chosen(keys) when the user wants to begin with them."""

    chosen = Signal(list)
    folder_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Calibrate on these pictures")
        self._network, self._hint = words(), words(FEW_PICTURES, "estimate")
        self._count = QLabel()
        self._list = QListWidget()
        self._list.setIconSize(_ICON)
        self._list.setUniformItemSizes(True)
        self._list.setAccessibleName("Pictures to calibrate on")
        self._list.setStyleSheet(
            f"QListWidget {{ border: 1px solid palette(mid); border-radius: {RADIUS}px; }}"
            "QListWidget::item:selected { background: palette(midlight); color: palette(text); }"
        )
        self._list.itemChanged.connect(self._show_count)
        self._all, self._none = QPushButton("All"), QPushButton("None")
        self._folder = QPushButton("Add a folder…")
        self._folder.setToolTip("Open all pictures of a folder, and calibrate on them, too")
        self._all.clicked.connect(lambda: self._tick(Qt.CheckState.Checked))
        self._none.clicked.connect(lambda: self._tick(Qt.CheckState.Unchecked))
        self._folder.clicked.connect(lambda: self.folder_asked.emit())
        self._begin, cancel = QPushButton(), QPushButton("Cancel")
        self._begin.setDefault(True)
        self._begin.clicked.connect(self._accept)
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        buttons.addStretch(1)
        buttons.addWidget(self._begin)
        buttons.addWidget(cancel)

        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self._count, 1)
        for button in (self._all, self._none, self._folder):
            button.setAutoDefault(False)
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(words(INTRODUCTION))
        layout.addWidget(self._network)
        layout.addLayout(row)
        layout.addWidget(self._list, 1)
        layout.addWidget(self._hint)
        layout.addLayout(buttons)
        resize_within_screen(self, 560, 600)
        self._show_count()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._begin.setFocus()  # not before: without pictures it could not have it

    def show_network(self, words: str) -> None:
        """Say which network is calibrated."""
        self._network.setText(words)

    def show_pictures(self, entries: Sequence[PictureEntry]) -> None:
        """The pictures that can be calibrated on; ticks stay as they are, a new one has its tick."""
        unticked = {self._key(i) for i in range(self._list.count())} - set(self._keys())
        keys = [entry.key for entry in entries]
        with QSignalBlocker(self._list):
            same = 0  # from the beginning: a folder comes picture by picture
            while same < min(self._list.count(), len(keys)) and self._key(same) == keys[same]:
                same += 1
            while self._list.count() > same:
                self._list.takeItem(same)
            for entry in entries[same:]:
                item = QListWidgetItem(_icon(entry), entry.name)
                item.setData(_KEY, entry.key)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(Qt.CheckState.Unchecked if entry.key in unticked else Qt.CheckState.Checked)
                self._list.addItem(item)
        self._show_count()

    def _keys(self) -> list[str]:
        """Those with a tick."""
        ticked = Qt.CheckState.Checked
        return [self._key(i) for i in range(self._list.count()) if self._list.item(i).checkState() == ticked]

    def _key(self, row: int) -> str:
        return str(self._list.item(row).data(_KEY))

    def _tick(self, state: Qt.CheckState) -> None:
        with QSignalBlocker(self._list):
            for i in range(self._list.count()):
                self._list.item(i).setCheckState(state)
        self._list.viewport().update()
        self._show_count()

    def _show_count(self) -> None:
        n, of = len(self._keys()), self._list.count()
        self._count.setText(f"{n} of {of} open pictures" if of else "No pictures are open")
        self._begin.setText(f"Calibrate on {n} picture{'s' * (n != 1)}" if n else "Calibrate")
        self._begin.setEnabled(n > 0)
        self._hint.setVisible(n < ENOUGH)

    def _accept(self) -> None:
        keys = self._keys()
        self.accept()
        self.chosen.emit(keys)


def _icon(entry: PictureEntry) -> QIcon:
    """The thumbnail in the middle of a place of the same size for all."""
    place = QPixmap(_ICON * 2)
    place.fill(Qt.GlobalColor.transparent)
    if entry.thumbnail is not None:
        height, width = entry.thumbnail.shape[:2]
        image = QImage(entry.thumbnail.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
        fitting, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        small = image.scaled(place.size(), fitting, smooth)
        painter = QPainter(place)
        painter.drawImage((place.width() - small.width()) // 2, (place.height() - small.height()) // 2, small)
        painter.end()
    icon = QIcon(place)
    icon.addPixmap(place, QIcon.Mode.Selected)  # else it is tinted
    return icon
