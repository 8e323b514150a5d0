"""Where attention differs between two maps: over the picture in grey, with lines, signs and a legend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.caption_badge import CaptionBadge
from app.difference_colours import PaintedDifference
from app.difference_items import GreyLayer, MarkItem, OutlinesItem
from app.difference_legend import DifferenceLegend
from app.drawing import sized
from app.empty_message import EmptyMessage
from app.focus_ring import INSIDE
from app.picture_canvas import PictureCanvas
from app.picture_keys import moved_by_key
from app.picture_layers import StretchedLayer
from app.theme import SPACE, Theme, current_theme
from gazeengine.difference_image import DrawnDifference


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere in pictures that are compared, in shares of their width and height."""

    x: float
    y: float


class DifferenceView(QWidget):
    """A canvas; it takes no drops, so that these reach the window."""

    hovered = Signal(object)  # Place under the mouse, or None off the picture

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rgb: NDArray[np.uint8] | None = None
        self._drawn: DrawnDifference | None = None
        self._stale = False
        self._theme = current_theme()
        self._picture, self._colours, self._outlines = GreyLayer(), StretchedLayer(), OutlinesItem()
        self._canvas = PictureCanvas((self._picture, self._colours, self._outlines))
        self.box = self._canvas.box
        self.box.pointed.connect(self._point)
        self.setAcceptDrops(False)
        self._marks: list[MarkItem] = []
        self._badge = CaptionBadge(self._theme)
        self._legend = DifferenceLegend(self._theme)
        self._message = EmptyMessage(self._theme, self)
        self._below = QWidget()  # over the picture they would hide what changes there
        self._below.setAutoFillBackground(True)
        words = QHBoxLayout(self._below)
        words.setContentsMargins(2 * SPACE, 0, SPACE, SPACE // 2)
        words.addWidget(self._badge)
        words.addStretch(1)
        words.addWidget(self._legend)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._canvas, 1)
        layout.addWidget(self._below)
        self._message.raise_()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty(INSIDE, True)
        self.setAccessibleName("Difference of attention")
        self.show_theme(self._theme)

    @property
    def rgb(self) -> NDArray[np.uint8] | None:
        """The picture below."""
        return self._rgb

    def sizeHint(self) -> QSize:
        return QSize(800, 600)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        palette = self._below.palette()
        palette.setColor(palette.ColorRole.Window, QColor(theme.canvas))
        self._below.setPalette(palette)
        for over in (self._badge, self._legend, self._message):
            over.show_theme(theme)
        self._show_frame()

    def show_picture(self, rgb: NDArray[np.uint8] | None) -> None:
        """The picture (H, W, 3) below the difference, which is gone until it is shown again."""
        if rgb is self._rgb:
            return
        self._rgb = rgb
        self._picture.show_picture(rgb)
        self._canvas.show_extent(rgb)
        self.show_difference(None, ("A", "B"), "", stale=False)

    def show_difference(
        self, shown: PaintedDifference | None, letters: tuple[str, str], caption: str, *, stale: bool
    ) -> None:
        """Show a difference, or none yet; a stale one is of earlier maps."""
        drawn = shown.drawn if shown is not None else None
        if drawn is not self._drawn:
            self._drawn = drawn
            self._paint(shown)
        self._stale = stale
        if drawn is not None:
            self._legend.show_range(drawn.range_bits, letters)
            self.setAccessibleDescription(_words(drawn, letters))
        self._legend.setVisible(drawn is not None)
        self._badge.show_caption(caption, stale)
        self._show_frame()

    def show_message(self, text: str | None) -> None:
        """Say something in place of the difference."""
        self._message.show_text(text or "")
        self._message.setVisible(bool(text))
        self._canvas.setVisible(not text)
        self._below.setVisible(not text)

    def _paint(self, painted: PaintedDifference | None) -> None:
        for old in self._marks:
            self.box.removeItem(old)
        self._marks = []
        shown = painted is not None and self._rgb is not None
        self._colours.setVisible(shown)
        self._outlines.setVisible(shown)
        if painted is None or self._rgb is None:
            return
        height, width = self._rgb.shape[:2]
        self._colours.show_pixels(painted.pixels, width, height)
        self._outlines.show_outlines(painted.drawn.outlines, width, height)
        font = sized(self.font(), 0.95, bold=True)
        for mark in painted.drawn.marks:
            item = MarkItem(mark, QPointF(mark.x * width, mark.y * height), font)
            self._marks.append(item)
            self.box.addItem(item, ignoreBounds=True)

    def _show_frame(self) -> None:
        self._canvas.show_frame(self._theme, stale=self._stale)

    def _point(self, place: QPointF | None) -> None:
        spot = None
        if place is not None and self._rgb is not None:
            height, width = self._rgb.shape[:2]
            x, y = place.x() / width, place.y() / height
            spot = Place(x, y) if 0 <= x < 1 and 0 <= y < 1 else None
        self.hovered.emit(spot)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._message.setGeometry(self.rect())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._rgb is None or not moved_by_key(self.box, event):
            super().keyPressEvent(event)


def _words(drawn: DrawnDifference, letters: tuple[str, str]) -> str:
    """What is shown, for those who do not see it."""
    if not drawn.marks:
        return f"{letters[0]} and {letters[1]} get the same attention everywhere, within {drawn.range_bits / 4:g} bit"
    told = ", ".join(
        f"{m.words} bit at {100 * m.x:.0f} % from the left, {100 * m.y:.0f} % from above" for m in drawn.marks
    )
    return f"{letters[1]} against {letters[0]}: {told}"
