"""How areas look on the canvas: outlines, handles and labels that are as large on the screen at every zoom."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QPainter,
    QPainterPath,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.drawing import sized
from app.theme import RADIUS
from gazeengine.area_shapes import handles
from gazeengine.regions import Area

HANDLE = 9.0  # px, the side of a handle
_HALO = QColor(255, 255, 255, 215)
_CHIP = QColor(20, 22, 26, 222)  # readable over any picture, in light and dark
_CHIP_TEXT = QColor("#ffffff")
_CHIP_SHARE = QColor("#cfd6e0")
_STALE = QColor("#f0b252")
_PAD, _DOT, _GAP = 6.0, 8.0, 6.0  # px, of a label
_MOST_NAME = 180.0  # px of a name on a label
_MARGIN = HANDLE + 4


@dataclass(frozen=True, slots=True)
class AreaLook:
    """How an area is shown: words behind its name, whether they are of an earlier setting, and what is done with it.

    A tentative one is a suggestion, or being drawn; a pointed one has the keyboard or the mouse.
    """

    words: str = ""
    stale: bool = False
    selected: bool = False
    tentative: bool = False
    pointed: bool = False
    named: bool = True
    handles: bool = True


class AreaItem(QGraphicsItem):
    """One area, and its label above all areas. The mouse is the layer's that they lie on."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self._area: Area | None = None
        self._look = AreaLook()
        self._scale = 1.0
        self._extent = QRectF()
        self._bounds = QRectF()
        self.label = AreaLabel(parent)

    @property
    def area(self) -> Area | None:
        return self._area

    @property
    def look(self) -> AreaLook:
        return self._look

    def show_area(self, area: Area, look: AreaLook, scale: float, extent: QRectF) -> None:
        """Show an area; scale is logical pixels of the screen for one of the picture, extent the picture's."""
        if (area, look, scale, extent) == (self._area, self._look, self._scale, self._extent):
            return
        self.prepareGeometryChange()
        self._area, self._look, self._scale, self._extent = area, look, scale, extent
        margin = _MARGIN / scale
        self._bounds = path_of(area).boundingRect().adjusted(-margin, -margin, margin, margin)
        self.label.show_label(area, look, scale, extent)
        left, top, right, bottom = area.box
        self.setZValue(-(right - left) * (bottom - top))  # the smaller above, that they can be reached
        self.update()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if self._area is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        path, look = path_of(self._area), self._look
        colour = QColor(self._area.colour)
        wash = QColor(colour)
        wash.setAlphaF(0.30 if look.pointed else 0.16 if look.selected else 0.05)
        line = Qt.PenStyle.DashLine if look.tentative else Qt.PenStyle.SolidLine
        thick = 3.0 if look.selected or look.pointed else 2.0
        painter.fillPath(path, wash)
        painter.strokePath(path, _cosmetic(_HALO, thick + 2.5, Qt.PenStyle.SolidLine))
        painter.strokePath(path, _cosmetic(colour.darker(130) if look.tentative else colour, thick, line))
        if look.selected and look.handles:
            self._draw_handles(painter, colour)

    def _draw_handles(self, painter: QPainter, colour: QColor) -> None:
        assert self._area is not None
        side = HANDLE / self._scale
        painter.setPen(_cosmetic(colour, 2.0, Qt.PenStyle.SolidLine))
        painter.setBrush(QColor("#ffffff"))
        for x, y in handles(self._area):
            place = QRectF(x - side / 2, y - side / 2, side, side)
            if self._area.shape == "polygon":
                painter.drawEllipse(place)
            else:
                painter.drawRect(place)


class AreaLabel(QGraphicsItem):
    """The name of an area and words behind it: above the area, else below, else within it, where there is room."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(2)  # areas lie below 0, what is being drawn at 1
        self.hide()
        self._colour = QColor()
        self._name = ""
        self._look = AreaLook()
        self._scale = 1.0
        self._place = QRectF()

    @property
    def place(self) -> QRectF:
        """In pixels of the picture."""
        return self._place

    def show_label(self, area: Area, look: AreaLook, scale: float, extent: QRectF) -> None:
        self.setVisible(look.named)
        if not look.named:
            return
        self.prepareGeometryChange()
        bold = QFontMetricsF(_font(bold=True))
        self._name = bold.elidedText(area.name, Qt.TextElideMode.ElideRight, _MOST_NAME)
        self._colour, self._look, self._scale = QColor(area.colour), look, scale
        wide = 3 * _PAD + _DOT + bold.horizontalAdvance(self._name)
        if look.words:
            wide += _GAP + QFontMetricsF(_font()).horizontalAdvance(look.words)
        width, height, gap = wide / scale, (bold.height() + 6) / scale, 3 / scale
        left, top, _, bottom = area.box
        above, below = top - height - gap, bottom + gap
        y = above if above >= extent.top() else below if below + height <= extent.bottom() else top + gap
        self._place = QRectF(max(min(left, extent.right() - width), extent.left()), y, width, height)
        self.update()

    def boundingRect(self) -> QRectF:
        edge = 2 / self._scale
        return self._place.adjusted(-edge, -edge, edge, edge)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        look = self._look
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(self._place.topLeft())
        painter.scale(1 / self._scale, 1 / self._scale)
        box = QRectF(0, 0, self._place.width() * self._scale, self._place.height() * self._scale)
        painter.setPen(QPen(QColor("#ffffff"), 1.5) if look.selected or look.pointed else QPen(_HALO, 0.5))
        painter.setBrush(_CHIP)
        painter.drawRoundedRect(box, RADIUS - 1, RADIUS - 1)
        dot = QPointF(_PAD + _DOT / 2, box.height() / 2)
        if look.stale:  # a ring, as in the caption of the map
            painter.setPen(QPen(_STALE, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(dot, _DOT / 2 - 1, _DOT / 2 - 1)
        else:
            painter.setPen(QPen(QColor("#ffffff"), 1))
            painter.setBrush(self._colour)
            painter.drawEllipse(dot, _DOT / 2, _DOT / 2)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        left = 2 * _PAD + _DOT - 1
        bold = _font(bold=True)
        wide = QFontMetricsF(bold).horizontalAdvance(self._name)
        painter.setFont(bold)
        painter.setPen(_CHIP_TEXT)
        painter.drawText(QRectF(left, 0, wide + 1, box.height()), middle, self._name)
        painter.setFont(_font())
        painter.setPen(_STALE if look.stale else _CHIP_SHARE)
        painter.drawText(QRectF(left + wide + _GAP, 0, box.width(), box.height()), middle, look.words)


def path_of(area: Area) -> QPainterPath:
    """The outline, in pixels of the picture."""
    path = QPainterPath()
    if area.shape == "polygon":
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in area.points]))
        path.closeSubpath()
        return path
    left, top, right, bottom = area.box
    box = QRectF(left, top, right - left, bottom - top)
    if area.shape == "ellipse":
        path.addEllipse(box)
    else:
        path.addRect(box)
    return path


def _cosmetic(colour: QColor, width: float, line: Qt.PenStyle) -> QPen:
    pen = QPen(colour, width, line)
    pen.setCosmetic(True)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def _font(*, bold: bool = False) -> QFont:
    return sized(QGuiApplication.font(), 0.92, bold=bold)
