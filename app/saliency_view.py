"""A picture with its saliency map over it, to be zoomed, panned and read out under the mouse."""

from dataclasses import dataclass

import cv2
import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QGraphicsRectItem, QVBoxLayout, QWidget

from app.caption_badge import CaptionBadge
from app.empty_message import EmptyMessage
from app.map_style import MapStyle, rendered
from app.picture_box import PictureBox
from app.picture_keys import moved_by_key
from app.picture_layers import PictureLayer, StretchedLayer
from app.theme import SPACE, Theme, current_theme
from gazeengine.errors import ImageError
from gazeengine.saliency_map import COLOR_MAPS, intensity, rgba

_FEWEST_SHOWN, _MOST_SHOWN = 512, 1024  # pixels along the longer side of a map on display
_SETTLED_MS = 300  # how long a map must be of the present setting before it is said to be


@dataclass(frozen=True, slots=True)
class Spot:
    """A pixel of the picture, and how often it is looked at: 1 as often as on average, None without a map."""

    x: int
    y: int
    density: float | None


class SaliencyView(QWidget):
    """Picture and map on a canvas. It takes no drops, so that these reach the window."""

    hovered = Signal(object)  # Spot under the mouse, or None off the picture

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rgb: NDArray[np.uint8] | None = None
        self._log_density: NDArray[np.float32] | None = None
        self._intensity: NDArray[np.float32] | None = None  # of the map, for this style's gamma; made when needed
        self._style = MapStyle()
        self._stale = False
        self._badge_right = False
        self._theme = current_theme()
        self._pointed: QPointF | None = None
        self._spot: Spot | None = None

        self.box = PictureBox()
        self.box.pointed.connect(self._point)
        self._picture, self._map, self._frame = PictureLayer(), StretchedLayer(), QGraphicsRectItem()
        for depth, item in enumerate((self._picture, self._map, self._frame)):
            item.setZValue(depth - 10)
            item.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
            self.box.addItem(item, ignoreBounds=True)
        self._frame.hide()
        self._canvas = pg.GraphicsView()
        self._canvas.setCentralItem(self.box)
        self._canvas.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # keys are ours
        for widget in (self, self._canvas, self._canvas.viewport()):
            widget.setAcceptDrops(False)
        self._badge = CaptionBadge(self._theme, self)
        self._message = EmptyMessage(self._theme, self)
        self._settling = QTimer(self, singleShot=True, interval=_SETTLED_MS)
        self._settling.timeout.connect(self._show_state)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._canvas)
        self._badge.raise_()
        self._message.raise_()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Picture and saliency map")
        self.show_theme(self._theme)

    def sizeHint(self) -> QSize:
        return QSize(800, 600)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._canvas.setBackground(theme.canvas)
        self._badge.show_theme(theme)
        self._message.show_theme(theme)
        self._show_frame()

    def show_picture(self, rgb: NDArray[np.uint8] | None) -> None:
        """Show a picture (H, W, 3) without a map, fitted unless it has the size of the last one."""
        if rgb is self._rgb and rgb is not None:
            return
        self._rgb = rgb
        self._picture.show_picture(rgb)
        if rgb is not None:
            height, width = rgb.shape[:2]
            self.box.show_extent(width, height)
            self._frame.setRect(QRectF(0, 0, width, height))
        self._frame.setVisible(rgb is not None)
        self._message.setVisible(rgb is None and bool(self._message.text))
        self.show_map(None, "", False)

    def show_map(self, log_density: NDArray[np.float32] | None, caption: str, stale: bool) -> None:
        """Show a map (h, w), as fine as the picture or coarser, under a caption.

        A stale one is of another setting than the present. Its mark stays for a moment after the map of the
        present setting is there, so that it doesn't flicker while a slider is dragged.
        """
        if log_density is not self._log_density:
            self._log_density, self._intensity = log_density, None
            self._paint_map()
            self._report()
        self._stale = stale
        if log_density is None or stale:
            self._settling.stop()
        elif self._badge.stale and not self._settling.isActive():
            self._settling.start()
        self._show_state(caption)

    def show_message(self, text: str | None) -> None:
        """Say something on the canvas for as long as there is no picture."""
        self._message.show_text(text or "")
        self._message.setVisible(self._rgb is None and bool(text))

    def show_badge_right(self, right: bool) -> None:
        """The caption stands at the right instead of at the left."""
        self._badge_right = right
        self._place_badge()

    def show_style(self, style: MapStyle) -> None:
        before, self._style = self._style, style
        if style.gamma != before.gamma:
            self._intensity = None
        if (style.gamma, style.color_map, style.mode) != (before.gamma, before.color_map, before.mode):
            self._paint_map()
        self._map.setOpacity(style.opacity if style.mode == "overlay" else 1)

    def size_of_picture(self) -> tuple[int, int] | None:
        """Width and height in pixels."""
        return None if self._rgb is None else (self._rgb.shape[1], self._rgb.shape[0])

    def fit(self) -> None:
        """Show all of the picture."""
        self.box.fit()

    def zoom_to_pixels(self) -> None:
        """Show one pixel of the picture on one of the screen."""
        self.box.zoom_to_pixels()

    def rendered(self) -> NDArray[np.uint8]:
        """What is shown, (H, W, 3) at the picture's own resolution. Raises ImageError without a picture."""
        if self._rgb is None:
            raise ImageError("canvas: found no picture, wanted one to copy or save")
        return rendered(self._rgb, self._log_density, self._style)

    def _paint_map(self) -> None:
        shown = self._style.mode != "picture" and self._log_density is not None and self._rgb is not None
        self._map.setVisible(shown)
        self._picture.setVisible(self._style.mode != "map" or not shown)
        if not shown or self._log_density is None or self._rgb is None:
            return
        if self._intensity is None:
            self._intensity = intensity(_for_display(self._log_density), self._style.gamma)
        height, width = self._rgb.shape[:2]
        self._map.show_pixels(_painted(self._intensity, self._style), width, height)

    def _show_state(self, caption: str | None = None) -> None:
        stale = self._stale or self._settling.isActive()
        self._badge.show_caption(self._badge.caption if caption is None else caption, stale)
        self._place_badge()
        self._show_frame()

    def _show_frame(self) -> None:
        pen = QPen(QColor(self._theme.estimate if self._badge.stale else self._theme.line))
        pen.setCosmetic(True)
        pen.setWidth(2 if self._badge.stale else 1)
        self._frame.setPen(pen)

    def _place_badge(self) -> None:
        size = self._badge.sizeHint().boundedTo(QSize(self.width() - 4 * SPACE, self.height()))
        left = self.width() - 2 * SPACE - size.width() if self._badge_right else 2 * SPACE
        self._badge.setGeometry(left, self.height() - 2 * SPACE - size.height(), size.width(), size.height())

    def _point(self, place: QPointF | None) -> None:
        self._pointed = place
        self._report()

    def _report(self) -> None:
        spot = self._spot_at(self._pointed)
        if spot != self._spot:
            self._spot = spot
            self.hovered.emit(spot)

    def _spot_at(self, place: QPointF | None) -> Spot | None:
        if place is None or self._rgb is None:
            return None
        height, width = self._rgb.shape[:2]
        if not (0 <= place.x() < width and 0 <= place.y() < height):
            return None
        x, y = int(place.x()), int(place.y())
        if self._log_density is None:
            return Spot(x, y, None)
        rows, columns = self._log_density.shape
        log_density = self._log_density[y * rows // height, x * columns // width]
        return Spot(x, y, float(np.exp(log_density) * rows * columns))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._message.setGeometry(self.rect())
        self._place_badge()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._rgb is None or not moved_by_key(self.box, event):
            super().keyPressEvent(event)


def _for_display(log_density: NDArray[np.float32]) -> NDArray[np.float32]:
    """The map at a size that paints fast and smoothly. It is blurred: a thousand pixels hold all of it."""
    longer = max(log_density.shape)
    wanted = min(max(longer, _FEWEST_SHOWN), _MOST_SHOWN)
    if wanted == longer:
        return log_density
    height, width = (max(1, round(extent * wanted / longer)) for extent in log_density.shape)
    how = cv2.INTER_CUBIC if wanted > longer else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(log_density, (width, height), interpolation=how), dtype=np.float32)


def _painted(shown: NDArray[np.float32], style: MapStyle) -> NDArray[np.uint8]:
    """An intensity as Qt paints fastest: blue to red and alpha, premultiplied; opacity comes later."""
    lut = COLOR_MAPS[style.color_map][:, ::-1]
    if style.mode == "map":
        return rgba(shown, lut, follow_intensity=False)
    weighted = np.rint(lut * (np.arange(256)[:, None] / 255)).astype(np.uint8)
    return rgba(shown, weighted)
