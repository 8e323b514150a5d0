"""Contours and hotspots on the canvas, with lines and words of the same size at every zoom."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.drawing import sized
from app.map_style import MapStyle
from gazeengine.marks import CASED, CASING, DASH, GAP, LINE, SOLID_SHARE, TEXT, THIN, THIN_CASED, WHITE, Label, Marks
from gazeengine.marks import labels as placed
from gazeengine.rendering import fills
from gazeengine.tracing import Polyline


class MarksLayer(QGraphicsItem):
    """Marks over the rectangle from (0, 0) to the picture's width and height."""

    def __init__(self) -> None:
        super().__init__()
        self._marks = Marks()
        self._size = (0, 0)
        self._fills: list[tuple[QPainterPath, QColor]] = []
        self._contours: list[tuple[float, QPainterPath]] = []
        self._borders = QPainterPath()
        self._font = QFont()
        self._labels: tuple[float, tuple[Label, ...]] | None = None  # for pixels of the picture in one of the screen

    def show_marks(self, marks: Marks, style: MapStyle, size: tuple[int, int], font: QFont) -> None:
        """Show marks over a picture of size (height, width); font is what the words are written in."""
        if size != self._size:
            self.prepareGeometryChange()
            self._size = size
        self._font = sized(font, 1.0, bold=True)
        if marks is not self._marks:
            self._marks = marks
            self._contours = [(share, _path(lines)) for share, lines in marks.contours]
            self._borders = _path([line for spot in marks.hotspots if marks.bordered for line in spot.border])
        self._fills = [(_path(lines), _colour(rgb, alpha)) for lines, rgb, alpha in fills(marks, style)]
        self._labels = None
        self.update()

    @property
    def marks(self) -> Marks:
        return self._marks

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, self._size[1], self._size[0])

    def labels(self, zoom: float) -> tuple[Label, ...]:
        """Where words go while a pixel of the picture is so many of the screen's logical ones."""
        unit = QFontMetricsF(self._font).height() / (1.35 * TEXT) / zoom
        if self._labels is None or self._labels[0] != unit:
            metrics = QFontMetricsF(self._font)
            self._labels = (
                unit,
                placed(self._marks, self._size, unit, lambda words: metrics.horizontalAdvance(words) / zoom),
            )
        return self._labels[1]

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if not (self._contours or self._marks.hotspots):
            return
        zoom = painter.deviceTransform().m11() / painter.device().devicePixelRatioF()
        if zoom <= 0:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for path, colour in self._fills:
            painter.setBrush(colour)
            painter.drawPath(path)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.strokePath(self._borders, _pen(CASING, THIN_CASED / zoom))
        painter.strokePath(self._borders, _pen(WHITE, THIN / zoom))
        for share, path in self._contours:
            painter.strokePath(path, _pen(CASING, CASED / zoom))
            painter.strokePath(path, _pen(WHITE, LINE / zoom, dashed=share != SOLID_SHARE))
        self._write(painter, zoom)

    def _write(self, painter: QPainter, zoom: float) -> None:
        """Words, in the logical pixels of the screen."""
        painter.scale(1 / zoom, 1 / zoom)
        painter.setFont(self._font)
        for label in reversed(self.labels(zoom)):
            left, top, right, bottom = (edge * zoom for edge in label.box)
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
                painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, label.number)
                words = QRectF(disc.right(), top, max(0.0, right - disc.right() - radius / 3), pill.height())
            if label.words:
                painter.setPen(QColor(*WHITE))
                painter.drawText(words, Qt.AlignmentFlag.AlignCenter, label.words)


def _pen(rgb: tuple[int, int, int], width: float, *, dashed: bool = False) -> QPen:
    pen = QPen(QColor(*rgb), width)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if dashed:
        pen.setDashPattern([DASH / LINE, GAP / LINE])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def _path(lines: list[Polyline] | tuple[Polyline, ...]) -> QPainterPath:
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    for line in lines:
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in line.tolist()]))
    return path


def _colour(rgb: tuple[int, int, int], alpha: float) -> QColor:
    colour = QColor(*rgb)
    colour.setAlphaF(alpha)
    return colour
