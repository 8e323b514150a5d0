"""Pixels on the canvas: a layer stretched over the picture's rectangle, and the picture itself at any zoom.

pyqtgraph's ImageItem hands Qt RGB and RGBA as they come, to be converted in every frame. The formats here
are the ones that its painter works in, which is four times faster.
"""

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

_SEE_PIXELS = 4.0  # from this magnification on pixels are squares


class StretchedLayer(QGraphicsItem):
    """An image over the rectangle from (0, 0) to the picture's width and height."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self._extent = QRectF()
        self._pixels: NDArray[np.uint8] | None = None

    def show_pixels(self, pixels: NDArray[np.uint8] | None, width: int, height: int) -> None:
        """Show pixels (h, w, 4), blue to red and alpha, premultiplied, stretched to width and height."""
        self._stretch_over(width, height)
        self._pixels = pixels
        self.update()

    def _stretch_over(self, width: int, height: int) -> None:
        extent = QRectF(0, 0, width, height)
        if extent != self._extent:
            self.prepareGeometryChange()
            self._extent = extent

    def boundingRect(self) -> QRectF:
        return self._extent

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        zoom = painter.deviceTransform().m11()
        pixels = self._pixels_at(zoom)
        if pixels is None:
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._smooth_at(zoom))
        seen: Any = option  # the stubs leave out what the option carries
        self._draw(painter, pixels, seen.exposedRect)

    def _draw(self, painter: QPainter, pixels: NDArray[np.uint8], exposed: QRectF) -> None:
        height, width = pixels.shape[:2]
        x_scale, y_scale = width / self._extent.width(), height / self._extent.height()
        # only what is seen: far zoomed in, the whole would leave the range of Qt's fixed-point numbers
        left = max(0, math.floor(exposed.left() * x_scale) - 2)
        top = max(0, math.floor(exposed.top() * y_scale) - 2)
        right = min(width, math.ceil(exposed.right() * x_scale) + 2)
        bottom = min(height, math.ceil(exposed.bottom() * y_scale) + 2)
        if right <= left or bottom <= top:
            return
        source = QRectF(left, top, right - left, bottom - top)
        target = QRectF(left / x_scale, top / y_scale, source.width() / x_scale, source.height() / y_scale)
        form = QImage.Format.Format_ARGB32_Premultiplied if self._see_through() else QImage.Format.Format_RGB32
        painter.drawImage(target, QImage(pixels.data, width, height, pixels.strides[0], form), source)

    def _pixels_at(self, zoom: float) -> NDArray[np.uint8] | None:
        return self._pixels

    def _smooth_at(self, zoom: float) -> bool:
        return True

    def _see_through(self) -> bool:
        return True


class PictureLayer(StretchedLayer):
    """A picture, sharp at every zoom: reduced by halves where shown small, its own pixels at 1:1."""

    def __init__(self) -> None:
        super().__init__()
        self._halves: list[NDArray[np.uint8]] = []  # RGB: the picture, its half, its quarter
        self._ready: dict[int, NDArray[np.uint8]] = {}  # the same, as painted

    def show_picture(self, rgb: NDArray[np.uint8] | None) -> None:
        """Show rgb (H, W, 3)."""
        self._halves = [] if rgb is None else [np.ascontiguousarray(rgb)]
        self._ready = {}
        if rgb is not None:
            self._stretch_over(rgb.shape[1], rgb.shape[0])
        self.update()

    def reduced(self, side: int) -> NDArray[np.uint8]:
        """The picture (h, w, 3), halved as often as its longer side keeps so many pixels. Only while there is one."""
        wanted = 0
        while max(self._halves[0].shape[:2]) >> (wanted + 1) >= side:
            wanted += 1
        return self._halves[self._halve_down_to(wanted)]

    def _pixels_at(self, zoom: float) -> NDArray[np.uint8] | None:
        if not self._halves:
            return None
        wanted = max(0, math.floor(-math.log2(zoom))) if zoom > 0 else 0
        level = self._halve_down_to(wanted)
        if level not in self._ready:
            self._ready[level] = self._as_painted(self._halves[level])
        return self._ready[level]

    def _as_painted(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGRA), dtype=np.uint8)

    def _halve_down_to(self, wanted: int) -> int:
        while len(self._halves) <= wanted:
            last = self._halves[-1]
            height, width = last.shape[0] // 2, last.shape[1] // 2
            if min(height, width) < 1:
                break
            # an odd last row or column is dropped: averaging other than two by two is ten times slower
            even = last[: 2 * height, : 2 * width]
            half = cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA)
            self._halves.append(np.asarray(half, dtype=np.uint8))
        return min(wanted, len(self._halves) - 1)

    def _smooth_at(self, zoom: float) -> bool:
        return abs(zoom - 1) > 1e-6 and zoom < _SEE_PIXELS

    def _see_through(self) -> bool:
        return False
