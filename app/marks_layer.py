"""Contours and hotspots on the canvas, with lines and words of the same size at every zoom."""

from __future__ import annotations

import math

import cv2
import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.drawing import sized
from gazeengine.marks import (
    CASED,
    CASING,
    DASH,
    GAP,
    LINE,
    SOLID_SHARE,
    TEXT,
    THIN,
    THIN_CASED,
    TWO_DIGITS,
    WHITE,
    Label,
    Marks,
)
from gazeengine.marks import labels as placed
from gazeengine.tracing import Polyline

_SEEN = 0.5  # pixels of the screen


class MarksLayer(QGraphicsItem):
    """Marks over the rectangle from (0, 0) to the picture's width and height."""

    def __init__(self) -> None:
        super().__init__()
        self._marks = Marks()
        self._size = (0, 0)
        self._paths: tuple[int, list[tuple[float, QPainterPath]], QPainterPath] | None = None  # for an octave of zoom
        self._font = QFont()
        self._labels: tuple[float, tuple[Label, ...]] | None = None  # for pixels of the picture in one of the screen

    def show_marks(self, marks: Marks, size: tuple[int, int], font: QFont) -> None:
        """Show marks over a picture of size (height, width); font is what the words are written in."""
        if size != self._size:
            self.prepareGeometryChange()
            self._size = size
        self._font = sized(font, 1.0, bold=True)
        if marks is not self._marks:
            self._marks, self._paths = marks, None
        self._labels = None
        self.update()

    @property
    def marks(self) -> Marks:
        return self._marks

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, self._size[1], self._size[0])

    def labels(self, zoom: float) -> tuple[Label, ...]:
        """Where words go while a pixel of the picture is so many of the screen's logical ones."""
        unit = QFontMetricsF(self._font).height() / (1.2 * TEXT) / zoom
        if self._labels is None or self._labels[0] != unit:
            metrics = QFontMetricsF(self._font)
            self._labels = (
                unit,
                placed(self._marks, self._size, unit, lambda words: metrics.horizontalAdvance(words) / zoom),
            )
        return self._labels[1]

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        zoom = painter.worldTransform().m11()
        if zoom <= 0 or not (self._marks.contours or self._marks.hotspots):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        contours, borders = self._paths_at(zoom * painter.device().devicePixelRatioF())
        painter.strokePath(borders, _pen(CASING, THIN_CASED / zoom))
        painter.strokePath(borders, _pen(WHITE, THIN / zoom))
        for share, path in contours:
            painter.strokePath(path, _pen(CASING, CASED / zoom))
            painter.strokePath(path, _pen(WHITE, LINE / zoom, dashed=share != SOLID_SHARE))
        self._write(painter, zoom)

    def _paths_at(self, zoom: float) -> tuple[list[tuple[float, QPainterPath]], QPainterPath]:
        """Contours and borders with no more points than can be seen: stroking takes time by their number."""
        octave = math.ceil(math.log2(zoom))
        if self._paths is None or self._paths[0] != octave:
            finest = _SEEN / 2**octave
            borders = [line for spot in self._marks.hotspots if self._marks.bordered for line in spot.border]
            contours = [(share, _path(lines, finest)) for share, lines in self._marks.contours]
            self._paths = octave, contours, _path(borders, finest)
        return self._paths[1:]

    def _write(self, painter: QPainter, zoom: float) -> None:
        """Words, in the logical pixels of the screen."""
        world = painter.worldTransform()
        painter.setWorldTransform(QTransform.fromTranslate(round(world.dx()), round(world.dy())))
        painter.setFont(self._font)
        for label in reversed(self.labels(zoom)):
            left, top, right, bottom = (round(edge * zoom) for edge in label.box)
            pill = QRectF(left, top, right - left, bottom - top)
            radius = pill.height() / 2
            painter.setPen(QPen(QColor(*WHITE), 1))
            painter.setBrush(QColor(*CASING))
            painter.drawRoundedRect(pill, radius, radius)
            words = pill
            if label.number:
                disc = QRectF(left, top, 2 * radius, 2 * radius)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(*WHITE))
                painter.drawEllipse(disc.adjusted(2, 2, -2, -2))
                painter.setPen(QColor(*CASING))
                painter.setFont(self._font if len(label.number) == 1 else sized(self._font, TWO_DIGITS, bold=True))
                painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, label.number)
                painter.setFont(self._font)
                words = QRectF(disc.right(), top, max(0.0, right - disc.right() - radius / 3), pill.height())
            if label.words:
                painter.setPen(QColor(*WHITE))
                painter.drawText(words, Qt.AlignmentFlag.AlignCenter, label.words)


def _pen(rgb: tuple[int, int, int], width: float, *, dashed: bool = False) -> QPen:
    pen = QPen(QColor(*rgb), width)
    pen.setJoinStyle(Qt.PenJoinStyle.BevelJoin)  # the fastest, and lines are smooth
    if dashed:
        pen.setDashPattern([DASH / LINE, GAP / LINE])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def _path(lines: list[Polyline] | tuple[Polyline, ...], finest: float) -> QPainterPath:
    """Closed lines without points that lie within finest of what is left."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    for line in lines:
        fewer = cv2.approxPolyDP(line[:-1].astype(np.float32), finest, True)[:, 0]
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in fewer.tolist()]))
        path.closeSubpath()
    return path
