"""What lies over a picture where attention differs: the grey picture itself, lines, and numbers with their signs."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.picture_layers import PictureLayer
from gazeengine.difference_image import Mark, Outline, below

_PAD = 5.0  # px round a number
_RING = 8.0  # px


class GreyLayer(PictureLayer):
    """A picture in grey, without its darkest and brightest tones."""

    def _as_painted(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.asarray(cv2.cvtColor(below(rgb), cv2.COLOR_RGB2BGRA), dtype=np.uint8)


class _OverPicture(QGraphicsItem):
    """Something over the rectangle of the picture; nothing of it takes the mouse."""

    def __init__(self) -> None:
        super().__init__()
        self._extent = QRectF()
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def _stretch_over(self, width: int, height: int) -> None:
        self.prepareGeometryChange()
        self._extent = QRectF(0, 0, width, height)
        self.update()

    def boundingRect(self) -> QRectF:
        return self._extent


class OutlinesItem(_OverPicture):
    """Solid lines round what gains, dashed ones round what loses; black with a white rim, to be seen on any ground."""

    def __init__(self) -> None:
        super().__init__()
        self._paths: dict[bool, QPainterPath] = {}

    def show_outlines(self, outlines: Sequence[Outline], width: int, height: int) -> None:
        self._paths = {True: QPainterPath(), False: QPainterPath()}
        for line in outlines:
            points = [QPointF(float(x) * width, float(y) * height) for x, y in line.points]
            self._paths[line.bits > 0].addPolygon(QPolygonF(points))
        self._stretch_over(width, height)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for gains, path in self._paths.items():
            for width, colour in ((3.0, "#ffffff"), (1.4, "#101216")):
                pen = QPen(QColor(colour), width)
                pen.setCosmetic(True)
                pen.setCapStyle(Qt.PenCapStyle.FlatCap)
                if not gains:
                    pen.setDashPattern([6.0 / width, 5.0 / width])  # of the pen's width
                painter.setPen(pen)
                painter.drawPath(path)


class MarkItem(QGraphicsItem):
    """A number where attention changes much, of the same size at every zoom."""

    def __init__(self, mark: Mark, place: QPointF, font: QFont) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setPos(place)
        self._words, self._font = mark.words, font
        metrics = QFontMetricsF(font)
        width, height = metrics.horizontalAdvance(mark.words) + 2.5 * _PAD, metrics.height() + _PAD / 2
        self._pill = QRectF(-width / 2, -height / 2, width, height)

    def boundingRect(self) -> QRectF:
        return self._pill.adjusted(-1, -1, 1, 1)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        painter.setPen(QPen(QColor("#ffffff"), 1))
        painter.setBrush(QColor("#1c2027"))
        painter.drawRoundedRect(self._pill, _PAD, _PAD)
        painter.drawText(self._pill, Qt.AlignmentFlag.AlignCenter, self._words)


class PointerItem(QGraphicsItem):
    """Where the mouse is in another picture: a ring with a cross in it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.hide()

    def boundingRect(self) -> QRectF:
        return QRectF(-_RING - 3, -_RING - 3, 2 * _RING + 6, 2 * _RING + 6)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for width, colour in ((3.5, "#ffffff"), (1.5, "#101216")):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawEllipse(QPointF(), _RING, _RING)
            painter.drawLine(QPointF(-3, 0), QPointF(3, 0))
            painter.drawLine(QPointF(0, -3), QPointF(0, 3))
