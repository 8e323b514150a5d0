"""Loss estimate against GFLOP: the present setting on its curve, other criteria as thin lines, two pinned settings."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.drawing import Layer, mixed, pin_colour, sized, type_scale
from app.theme import LIGHT, SPACE, Theme
from app.tradeoff import Curve, Pin, Point, TradeOff

LEAST_BITS, MOST_BITS = 1e-3, 10.0  # of the axis, which does not move
UNRELIABLE_BITS = 0.05  # above which sums of Δ say little but that much is lost
TOP, BOTTOM, LEFT = 18, 32, 40  # px around the plot, with usual type
SPAN = 200.0  # of the axis of GFLOP: from a part of the whole network, in logarithms as losses are
TICKS = (1, 0.3, 0.1, 0.03, 0.01)  # of the whole network
NEAR = 14.0  # px from a curve or a point, in which the mouse means it


class TradeoffView(QWidget):
    """Draws a trade-off; pin_clicked(letter) asks for a pinned setting again."""

    pin_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._shown: TradeOff | None = None
        self._axes, self._curves = Layer(), Layer()
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Loss estimate against GFLOP")

    def show_trade_off(self, trade_off: TradeOff | None) -> None:
        """As often as one likes, also during a drag."""
        self._shown = trade_off
        if trade_off is not None:
            p = trade_off.point
            pins = "".join(f"; {pin.letter}: {pin.point.words}" for pin in trade_off.pins)
            self.setAccessibleDescription(f"{p.words}{pins}")
        self.update()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, 150)

    def minimumSizeHint(self) -> QSize:
        return QSize(180, round((TOP + BOTTOM) * type_scale(self.font())) + 50)

    def words_at(self, place: QPointF) -> str:
        """What is said of what lies under the mouse; empty beside all."""
        shown = self._shown
        if shown is None:
            return ""
        if (pin := self._pin_at(place)) is not None:
            return f"{pin.letter}: {pin.words}\n{pin.point.words}\nClick to go back to it"
        if _distance(self._at(shown.point), place) < NEAR:
            return f"The present setting\n{shown.point.words}"
        curves = [c for c in (shown.present, *shown.others, *(pin.curve for pin in shown.pins)) if c is not None]
        best, found = NEAR, ""
        for curve in curves:
            x, y = self._places(curve)
            distance = np.hypot(x - place.x(), y - place.y())
            i = int(np.argmin(distance))
            if distance[i] < best:
                best, found = float(distance[i]), f"{curve.title}\n{curve.point(i).words}"
        return found

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over_pin = self._pin_at(event.position()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over_pin else Qt.CursorShape.ArrowCursor)
        if words := self.words_at(event.position()):
            QToolTip.showText(event.globalPosition().toPoint(), words, self)
        else:
            QToolTip.hideText()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        pin = self._pin_at(event.position())
        if pin is not None and event.button() == Qt.MouseButton.LeftButton:
            self.pin_clicked.emit(pin.letter)

    def leaveEvent(self, event: QEvent) -> None:
        QToolTip.hideText()
        super().leaveEvent(event)

    # geometry

    def _area(self) -> QRectF:
        scale = type_scale(self.font())
        left, top, bottom = round(LEFT * scale), round(TOP * scale), round(BOTTOM * scale)
        return QRectF(left, top, max(1, self.width() - left - SPACE - 4), max(1, self.height() - top - bottom))

    def _x(self, gflop: float) -> float:
        area = self._area()
        whole = self._shown.gflop_all if self._shown is not None else 1.0
        return area.right() + area.width() * max(math.log(max(gflop / whole, 1e-9)) / math.log(SPAN), -1.0)

    def _y(self, bits: float) -> float:
        area = self._area()
        share = math.log(max(bits, LEAST_BITS) / LEAST_BITS) / math.log(MOST_BITS / LEAST_BITS)
        return area.bottom() - area.height() * min(share, 1.0)

    def _at(self, point: Point) -> QPointF:
        return QPointF(self._x(point.gflop), self._y(point.bits))

    def _places(self, curve: Curve) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...]:
        area = self._area()
        whole = self._shown.gflop_all if self._shown is not None else 1.0
        share = np.log(np.clip(curve.bits, LEAST_BITS, MOST_BITS) / LEAST_BITS) / math.log(MOST_BITS / LEAST_BITS)
        across = np.log(np.clip(curve.gflop / whole, 1 / SPAN, 1)) / math.log(SPAN)
        return area.right() + area.width() * across, area.bottom() - area.height() * share

    def _pin_at(self, place: QPointF) -> Pin | None:
        pins = self._shown.pins if self._shown is not None else ()
        near = [pin for pin in pins if _distance(self._at(pin.point), place) < NEAR]
        return min(near, key=lambda pin: _distance(self._at(pin.point), place), default=None)

    # drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._behind())
        if (shown := self._shown) is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for pin in shown.pins:
            self._draw_pin(painter, pin)
        place = self._at(shown.point)
        painter.setPen(QPen(QColor(self._theme.panel), 1.5))
        painter.setBrush(QColor(self._theme.accent))
        painter.drawEllipse(place, 5, 5)

    def _behind(self) -> QPixmap:
        """Axes and curves, each drawn anew only where they have changed: a drag along one order moves but the point."""
        shown = self._shown
        curves = (shown.present, shown.others, shown.pins) if shown is not None else None
        scale = (shown.gflop_all, shown.point.begun.bits) if shown is not None else None
        axes = self._axes.drawn(self, (scale, self._theme), self._draw_axes)

        def draw(painter: QPainter) -> None:
            painter.drawPixmap(0, 0, axes)
            self._draw_curves(painter)

        return self._curves.drawn(self, (axes.cacheKey(), curves), draw)

    def _draw_curves(self, painter: QPainter) -> None:
        t, shown = self._theme, self._shown
        if shown is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for curve in shown.others:
            self._draw_curve(painter, curve, QPen(mixed(t.panel, t.muted, 0.6), 1))
        for pin in shown.pins:
            if pin.curve is not None:
                pen = QPen(pin_colour(t, pin.letter), 1.3, Qt.PenStyle.DashLine if pin.letter == "A" else _DOTS)
                self._draw_curve(painter, pin.curve, pen)
        if shown.present is not None:
            self._draw_curve(painter, shown.present, QPen(QColor(t.accent), 2))

    def _draw_axes(self, painter: QPainter) -> None:
        t, area = self._theme, self._area()
        painter.fillRect(self.rect(), QColor(t.panel))
        small = sized(self.font(), 0.82)
        metrics = QFontMetricsF(small)
        painter.setFont(small)
        unsure = QColor(t.problem)
        unsure.setAlpha(14)
        measured = (self._shown.point.begun.bits or 0.0) if self._shown is not None else 0.0
        reliable = self._y(measured + UNRELIABLE_BITS)
        painter.fillRect(QRectF(area.left(), area.top(), area.width(), reliable - area.top()), unsure)
        painter.setPen(QColor(t.muted))
        painter.drawText(QPointF(SPACE, round(12 * type_scale(self.font()))), "bits lost, an estimate")
        taken = -math.inf
        for bits in (10.0, 1.0, 0.1, 0.01, 0.001):
            y = self._y(bits)
            if y - metrics.capHeight() < taken:  # no room for its number
                continue
            taken = y + metrics.capHeight() / 2
            painter.fillRect(QRectF(area.left(), round(y), area.width(), 1), mixed(t.panel, t.line, 0.6))
            text = f"{bits:g}"
            left = area.left() - 5 - metrics.horizontalAdvance(text)
            painter.drawText(QPointF(left, y + metrics.capHeight() / 2), text)
        above = min(self._y(0.1), reliable)
        if above - area.top() > metrics.height() + 3:  # at the left, where no curve is so low
            painter.drawText(QPointF(area.left() + 4, above - metrics.descent() - 1), "unreliable")
        shown = self._shown
        if shown is None:
            return
        taken = math.inf
        for share in TICKS:
            x = self._x(share * shown.gflop_all)
            painter.fillRect(QRectF(round(x), area.top(), 1, area.height()), mixed(t.panel, t.line, 0.4))
            text = f"{share * shown.gflop_all:.3g}"
            width = metrics.horizontalAdvance(text)
            left = min(max(x - width / 2, 0), self.width() - width - 2)
            if left + width + 4 > taken:
                continue
            taken = left
            painter.drawText(QPointF(left, area.bottom() + metrics.ascent() + 3), text)
        painter.drawText(
            QPointF(area.center().x() - metrics.horizontalAdvance("GFLOP") / 2, area.bottom() + 2 * metrics.height()),
            "GFLOP",
        )

    def _draw_curve(self, painter: QPainter, curve: Curve, pen: QPen) -> None:
        x, y = self._places(curve)
        painter.setPen(pen)
        painter.drawPolyline([QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)])

    def _draw_pin(self, painter: QPainter, pin: Pin) -> None:
        place = self._at(pin.point)
        font = sized(self.font(), 0.82, bold=True)
        painter.setPen(QPen(QColor(self._theme.panel), 1))
        painter.setBrush(pin_colour(self._theme, pin.letter))
        painter.drawRoundedRect(QRectF(place.x() - 7, place.y() - 7, 14, 14), 3, 3)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.panel))
        metrics = QFontMetricsF(font)
        painter.drawText(
            QPointF(place.x() - metrics.horizontalAdvance(pin.letter) / 2, place.y() + metrics.capHeight() / 2),
            pin.letter,
        )


_DOTS = Qt.PenStyle.DotLine


def _distance(one: QPointF, other: QPointF) -> float:
    return math.hypot(one.x() - other.x(), one.y() - other.y())
