"""What a marked slider slides along, and how it is drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from app.drawing import mixed, sized
from app.theme import Theme

HANDLE = 8  # radius in px
GROOVE = 4  # height in px
MARGIN = HANDLE + 4
DASH, GAP = 3, 3  # px of what is estimated


@dataclass(frozen=True, slots=True)
class Tick:
    """A short line below the groove; without a label a shorter one."""

    position: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place worth knowing, and what the tool tip says of it; chosen is drawn filled, others as outlines."""

    position: float
    explanation: str
    label: str = ""
    chosen: bool = True


@dataclass(frozen=True, slots=True)
class Groove:
    """What there is to slide along, in positions from 0 to 1.

    pieces are drawn as bars and stops, apart from them, as rings; marks lie below the groove, and flag, with
    its label, above it.
    """

    pieces: tuple[tuple[float, float], ...] = ((0.0, 1.0),)
    stops: tuple[float, ...] = ()
    ticks: tuple[Tick, ...] = ()
    marks: tuple[Mark, ...] = ()
    flag: Mark | None = None


@dataclass(frozen=True, slots=True)
class GrooveDrawing:
    """The groove at one size; middle is in pixels from the top edge."""

    groove: Groove
    theme: Theme
    font: QFont
    width: int
    middle: int

    def x_of(self, position: float) -> float:
        """Pixels from the left edge at which a position is drawn."""
        return MARGIN + position * (self.width - 2 * MARGIN)

    def position_at(self, x: float) -> float:
        """The position at that many pixels from the left edge."""
        return min(max((x - MARGIN) / max(self.width - 2 * MARGIN, 1), 0.0), 1.0)

    def draw(self, painter: QPainter, position: float, settled: float, *, focused: bool, grabbed: bool) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        self._draw_groove(painter, position, settled)
        self._draw_ticks(painter, position)
        self._draw_marks(painter)
        self._draw_flag(painter)
        self._draw_handle(painter, position, focused=focused, grabbed=grabbed)

    def _draw_groove(self, painter: QPainter, position: float, settled: float) -> None:
        t = self.theme
        empty = mixed(t.panel, t.muted, 0.32)
        for begin, end in self.groove.pieces:
            self._bar(painter, begin, end, empty)
            if position in self.groove.stops:
                continue
            plain = min(position, settled, end)
            if plain > begin:
                self._bar(painter, begin, plain, QColor(t.accent))
            if (reached := min(position, end)) > max(settled, begin):
                self._dashes(painter, self.x_of(max(settled, begin)), self.x_of(reached))
        for stop in self.groove.stops:
            painter.setBrush(QColor(t.panel))
            painter.setPen(QPen(empty, 2))
            painter.drawEllipse(QPointF(self.x_of(stop), self.middle), 4, 4)
            painter.setPen(Qt.PenStyle.NoPen)

    def _bar(self, painter: QPainter, begin: float, end: float, colour: QColor) -> None:
        left, right = self.x_of(begin), self.x_of(end)
        painter.setBrush(colour)
        edge = GROOVE / 2
        painter.drawRoundedRect(QRectF(left - edge, self.middle - edge, right - left + GROOVE, GROOVE), edge, edge)

    def _dashes(self, painter: QPainter, left: float, right: float) -> None:
        """What is estimated: told from the rest by shape, not by colour alone."""
        painter.fillRect(QRectF(left, self.middle - GROOVE / 2, right - left, GROOVE), QColor(self.theme.panel))
        x = left
        while x < right:
            dash = QRectF(x, self.middle - GROOVE / 2, min(DASH, right - x), GROOVE)
            painter.fillRect(dash, QColor(self.theme.estimate))
            x += DASH + GAP

    def _draw_ticks(self, painter: QPainter, position: float) -> None:
        t = self.theme
        small = sized(self.font, 0.86)
        metrics = QFontMetricsF(small)
        painter.setFont(small)
        top = self.middle + HANDLE + 1
        line = mixed(t.panel, t.muted, 0.6)
        taken = -math.inf
        for tick in self.groove.ticks:
            x = round(self.x_of(tick.position))
            painter.fillRect(QRectF(x, top, 1, 4 if tick.label else 2), line)
            width = metrics.horizontalAdvance(tick.label)
            left = min(max(x - width / 2, 0), self.width - width)
            if tick.label and left >= taken:  # in large type there is not room for all
                taken = left + width + 2
                chosen = abs(tick.position - position) < 1e-6
                painter.setPen(QColor(t.text if chosen else t.muted))
                painter.drawText(QPointF(left, top + 6 + metrics.ascent()), tick.label)
                painter.setPen(Qt.PenStyle.NoPen)

    def _draw_marks(self, painter: QPainter) -> None:
        """Diamonds: a shape that no tick has."""
        t = self.theme
        y = self.middle + HANDLE + 3
        for mark in sorted(self.groove.marks, key=lambda mark: mark.chosen):
            x = self.x_of(mark.position)
            painter.setPen(QPen(QColor(t.accent), 1.2))
            painter.setBrush(QColor(t.accent if mark.chosen else t.panel))
            reach = 4.4 if mark.chosen else 3.4
            corners = ((0, -reach), (reach, 0), (0, reach), (-reach, 0))
            painter.drawPolygon(QPolygonF([QPointF(x + dx, y + dy) for dx, dy in corners]))
        painter.setPen(Qt.PenStyle.NoPen)

    def _draw_flag(self, painter: QPainter) -> None:
        flag = self.groove.flag
        if flag is None:
            return
        x = self.x_of(flag.position)
        tip = self.middle - HANDLE - 1
        painter.setBrush(QColor(self.theme.muted))
        painter.drawPolygon(QPolygonF([QPointF(x, tip), QPointF(x - 4, tip - 6), QPointF(x + 4, tip - 6)]))
        small = sized(self.font, 0.86)
        width = QFontMetricsF(small).horizontalAdvance(flag.label)
        left = x + 8 if x + 8 + width <= self.width else x - 8 - width
        painter.setFont(small)
        painter.setPen(QColor(self.theme.muted))
        painter.drawText(QPointF(left, tip - 2), flag.label)
        painter.setPen(Qt.PenStyle.NoPen)

    def _draw_handle(self, painter: QPainter, position: float, *, focused: bool, grabbed: bool) -> None:
        t = self.theme
        middle = QPointF(self.x_of(position), self.middle)
        colour = QColor(t.accent)
        if focused:
            halo = QColor(colour)
            halo.setAlpha(64)
            painter.setBrush(halo)
            painter.drawEllipse(middle, HANDLE + 3.5, HANDLE + 3.5)
        painter.setBrush(mixed(t.accent, t.text, 0.25) if grabbed else colour)
        painter.setPen(QPen(QColor(t.panel), 1.5))
        painter.drawEllipse(middle, HANDLE, HANDLE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(t.on_accent))
        painter.drawEllipse(middle, 2.5, 2.5)
