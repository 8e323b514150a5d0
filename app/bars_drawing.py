"""Draws the width diagram: what stays the same during a drag is drawn once, into a pixmap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPixmap

from app.bar_layout import (
    NUMBER_GAP,
    BarLayout,
    Placement,
    axis_values,
    bar_height,
    bar_layout,
    fitting_numbers,
    group_labels,
)
from app.diagram import LayerBar
from app.drawing import mixed, pin_colour, sized, type_scale
from app.theme import SPACE, Theme

Measure = Literal["width", "flops"]

HEADER = 30  # px above the bars, for title and switch, with usual type
FOOTER = 12, 15  # px below them: a strip for dots and brackets, and group labels in usual type
FLOP_PER_GFLOP = 1e9
ESTIMATED = Qt.BrushStyle.BDiagPattern  # of what is pruned without training; what training removed is blank


class BarsDrawing:
    """The diagram for one size, theme and measure; only the features left may change."""

    def __init__(
        self, bars: Sequence[LayerBar], measure: Measure, size: QSize, theme: Theme, font: QFont, ratio: float
    ) -> None:
        self.theme = theme
        self.measure: Measure = measure
        self.ratio = ratio
        self.header = round(HEADER * type_scale(font))
        self._small = sized(font, 0.86)
        self._number_font = sized(font, 0.8 if len(bars) > 30 else 0.92)
        self._number_metrics = QFontMetricsF(self._number_font)
        self._sprites: dict[str, QPixmap] = {}
        self._ghost = mixed(theme.panel, theme.accent, 0.10)
        self._size = size
        self._originals = [self._value(bar.original, bar.flops_original) for bar in bars]
        self._most = max(self._originals, default=1)
        small = QFontMetricsF(self._small)
        ticks = axis_values(self._most, 400, base=2 if measure == "width" else 10)
        axis = max((small.horizontalAdvance(self._tick(value)) for value in ticks), default=0)
        self._left = SPACE + round(axis) + 6
        self.layout: BarLayout = bar_layout(
            [bar.group for bar in bars],
            [bar.joined for bar in bars],
            self._left + 4,
            size.width() - self._left - 4 - SPACE - 2,
        )
        self.bottom = size.height() - FOOTER[0] - round(FOOTER[1] * type_scale(font))
        self.placement: Placement
        self._pixels: int
        self._heights: list[int]
        self._shown: tuple[bool, ...]
        self._place_numbers()
        self.background = self._draw_background(bars)

    def _value(self, features: int, flops: int) -> float:
        return features if self.measure == "width" else flops

    def _tick(self, value: float) -> str:
        return f"{value:,.0f}" if self.measure == "width" else f"{value / FLOP_PER_GFLOP:g}"

    def _place_numbers(self) -> None:
        metrics = self._number_metrics
        widest = [f"{v:.0f}" for v in self._originals] if self.measure == "width" else ["99%"] * len(self._originals)
        widths = [metrics.horizontalAdvance(text) for text in widest]
        tall, digits = max(widths, default=0.0), metrics.capHeight()
        bars = self.layout.bars
        for placement in ("inside", "above", "rotated"):
            self.placement = placement
            room = digits if placement != "rotated" else tall
            self._pixels = max(round(self.bottom - self.header - room - 2 * NUMBER_GAP), 10)
            self._heights = [bar_height(value, self._most, self._pixels) for value in self._originals]
            if placement == "inside":
                self._shown = tuple(w + 2 <= bar.width for w, bar in zip(widths, bars, strict=True))
            elif placement == "above":
                self._shown = fitting_numbers(bars, self._heights, [w + 2 for w in widths], digits + 1)
            else:
                self._shown = fitting_numbers(bars, self._heights, [digits + 1] * len(bars), tall + 1)
            if all(self._shown):
                break

    @property
    def numbers_shown(self) -> int:
        return sum(self._shown)

    def top_of(self, bar: LayerBar) -> int:
        """Pixels from the top edge to the top of what is left of a layer."""
        return self.bottom - bar_height(self._value(bar.left, bar.flops), self._most, self._pixels)

    def top_of_trained(self, bar: LayerBar) -> int:
        """Pixels from the top edge to where the trained network begins that the rest is pruned from."""
        return self.bottom - bar_height(self._value(bar.trained, bar.flops_trained), self._most, self._pixels)

    # what stays

    def _draw_background(self, bars: Sequence[LayerBar]) -> QPixmap:
        t = self.theme
        pixmap = QPixmap(self._size * self.ratio)
        pixmap.setDevicePixelRatio(self.ratio)
        pixmap.fill(QColor(t.panel))
        painter = QPainter(pixmap)
        painter.setFont(self._small)
        small = QFontMetricsF(self._small)
        right = self._size.width() - SPACE
        apart = max(20, round(small.capHeight() + 8))
        base = 2 if self.measure == "width" else 10
        for value in axis_values(self._most, self._pixels, base=base, least_px=apart):
            y = self.bottom - bar_height(value, self._most, self._pixels)
            painter.fillRect(QRectF(self._left, y, right - self._left, 1), mixed(t.panel, t.line, 0.55))
            text = self._tick(value)
            painter.setPen(QColor(t.muted))
            painter.drawText(QPointF(self._left - 5 - small.horizontalAdvance(text), y + small.capHeight() / 2), text)
        edge = mixed(t.panel, t.muted, 0.55)
        for span, height in zip(self.layout.bars, self._heights, strict=True):
            area = QRectF(span.left, self.bottom - height, span.width, height)
            painter.fillRect(area, edge)
            painter.fillRect(area.adjusted(1, 1, -1, 0), self._ghost)
        painter.fillRect(QRectF(self._left, self.bottom, right - self._left, 1), mixed(t.panel, t.muted, 0.55))
        line = self.bottom + 9
        for (_, span), (text, x) in zip(
            self.layout.groups,
            group_labels(self.layout.groups, small.horizontalAdvance, SPACE, right),
            strict=True,
        ):
            painter.fillRect(QRectF(span.left, line, span.width, 1), mixed(t.panel, t.muted, 0.6))
            painter.setPen(QColor(t.muted))
            painter.drawText(QPointF(round(x), line + 3 + small.ascent()), text)
        painter.end()
        return pixmap

    # what moves

    def draw(self, painter: QPainter, bars: Sequence[LayerBar], highlighted: int | None, chosen: int | None) -> None:
        t = self.theme
        painter.drawPixmap(0, 0, self.background)
        fill, bright = QColor(t.accent), mixed(t.accent, t.text, 0.35)
        cap = QColor(t.text)
        hatched = QBrush(QColor(t.estimate), ESTIMATED)
        if highlighted is not None:
            span = self.layout.bars[highlighted]
            band = QColor(t.accent)
            band.setAlpha(38)
            painter.fillRect(QRectF(span.left - 2, self.header, span.width + 4, self.bottom + 10 - self.header), band)
        for i, (bar, span) in enumerate(zip(bars, self.layout.bars, strict=True)):
            top = self.top_of(bar)
            painter.fillRect(
                span.left, top, span.width, self.bottom - top, bright if i in (highlighted, chosen) else fill
            )
            if bar.n_estimated:
                trained = self.top_of_trained(bar)
                painter.fillRect(QRectF(span.left, trained, span.width, top - trained), hatched)
                painter.fillRect(span.left, trained, span.width, 1, hatched.color())
            if bar.untouched:
                painter.fillRect(span.left, top, span.width, 2, cap)
            if bar.at_last:
                self._dot(painter, span.middle, self.bottom + 5, min(2.5, span.width / 2))
            if self._shown[i]:
                self._number(painter, i, bar, top)
        if chosen is not None:
            span = self.layout.bars[chosen]
            painter.fillRect(QRectF(span.left - 1, self.bottom + 8, span.width + 2, 3), QColor(t.accent))

    def draw_pins(
        self, painter: QPainter, bars: Sequence[LayerBar], pins: Sequence[tuple[str, Mapping[str, int]]]
    ) -> None:
        """A notch across each bar at a pinned width: A's from the left, B's from the right."""
        for letter, widths in pins:
            colour = pin_colour(self.theme, letter)
            for bar, span in zip(bars, self.layout.bars, strict=True):
                y = self.bottom - bar_height(widths[bar.name], self._most, self._pixels)
                wide = max(3.0, span.width * 0.62)
                left = span.left - 3 if letter == "A" else span.right + 3 - wide
                painter.fillRect(QRectF(left, y - 1, wide, 3), QColor(self.theme.panel))
                painter.fillRect(QRectF(left, y, wide, 2), colour)

    def _dot(self, painter: QPainter, x: float, y: float, radius: float) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.theme.text))
        painter.drawEllipse(QPointF(x, y), radius, radius)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _number(self, painter: QPainter, i: int, bar: LayerBar, top: int) -> None:
        text = self._text(bar)
        if not text:
            return
        sprite = self._sprite(text)
        width, height = sprite.width() / self.ratio, sprite.height() / self.ratio
        outline = self.bottom - self._heights[i]
        base = self.top_of_trained(bar) if self.placement == "inside" else outline  # over what is hatched, too
        x, y = round(self.layout.bars[i].middle - width / 2), round(base - NUMBER_GAP + 1 - height)
        if y - 2 <= outline < min(y + height + 2, top):  # the outline makes way for the number
            painter.fillRect(QRectF(x - 2, outline, width + 4, 1), self._ghost)
        painter.drawPixmap(QPointF(x, y), sprite)

    def _text(self, bar: LayerBar) -> str:
        if self.measure == "width":
            return str(bar.left)
        if bar.share < 0.005:
            return "" if self.placement == "rotated" else "<1%"
        return f"{100 * bar.share:.0f}%"

    def _sprite(self, text: str) -> QPixmap:
        """A number as a pixmap: drawing turned text anew would cost milliseconds."""
        if (found := self._sprites.get(text)) is not None:
            return found
        metrics = self._number_metrics
        width, height = round(metrics.horizontalAdvance(text)) + 1, round(metrics.capHeight()) + 1
        upright = self.placement == "rotated"
        size = QSize(height, width) if upright else QSize(width, height)
        pixmap = QPixmap(size * self.ratio)
        pixmap.setDevicePixelRatio(self.ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setFont(self._number_font)
        painter.setPen(QColor(self.theme.text))
        if upright:
            painter.translate(0, width)
            painter.rotate(-90)
        painter.drawText(QPointF(0, height - 1), text)
        painter.end()
        self._sprites[text] = pixmap
        return pixmap
