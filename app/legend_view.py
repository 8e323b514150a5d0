"""The legend of a view: a scale of colours with units, lines by the share inside, what numbers count."""

from __future__ import annotations

import cv2
import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.drawing import sized
from app.theme import SPACE, Theme
from gazeengine.legend import Legend, Scale
from gazeengine.marks import CASING, DASH, GAP, LINE, SOLID_SHARE, WHITE, percent

_BAR_WIDTH = 250  # px, at the usual size of type
_BAR = 9  # px, its height
_LINE = 30  # px, a sample of a line
_GAP = 3 * SPACE


class LegendView(QWidget):
    """Parts from left to right, two lines of small type high; the same height whatever it shows."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._legend = Legend()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    @property
    def legend(self) -> Legend:
        return self._legend

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_legend(self, legend: Legend) -> None:
        self._legend = legend
        self.setAccessibleName(f"Legend: {legend.words}" if legend.words else "Legend")
        self.setToolTip(legend.words)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        widths = [width for width in self._widths() if width]
        width = sum(widths) + _GAP * max(0, len(widths) - 1)
        return QSize(round(width) + 1, round(2 * self._metrics().height() + _BAR) + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(sized(self.font(), 0.86))

    def _widths(self) -> tuple[float, float, float]:
        """Of the scale, the lines and the numbers; 0 where there are none."""
        say, shown = self._metrics().horizontalAdvance, self._legend
        type_size = self._metrics().height() / 14
        scale = max(_BAR_WIDTH * type_size, say(shown.scale.title)) if shown.scale is not None else 0.0
        lines = sum(_LINE + 6 + say(percent(share)) for share in shown.shares) + 2 * SPACE if shown.shares else 0.0
        lines = max(lines, say(_INSIDE)) if lines else 0.0
        spots = max(say(shown.hotspots), say(_NUMBERS) + self._metrics().height() + 6) if shown.hotspots else 0.0
        return scale, lines, spots

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(sized(self.font(), 0.86))
        widths = self._widths()
        # the scale gives way first, as far as it goes, then what is at the right is left to the tool tip
        lacking = max(0.0, self.sizeHint().width() - 1 - self.width())
        left = max(0.0, self.width() - self.sizeHint().width())
        scale = max(min(widths[0], 0.55 * _BAR_WIDTH), widths[0] - lacking)
        if self._legend.scale is not None:
            self._draw_scale(painter, self._legend.scale, QRectF(left, 0, scale, self.height()))
            left += scale + _GAP
        if self._legend.shares and (not left or left + widths[1] <= self.width() + 2):
            self._draw_lines(painter, left)
            left += widths[1] + _GAP
        if self._legend.hotspots and (not left or left + widths[2] <= self.width() + 2):
            self._draw_numbers(painter, left)

    def _title(self, painter: QPainter, words: str, left: float, width: float) -> float:
        """Write a title; where what is under it begins."""
        line = painter.fontMetrics().height()
        painter.setPen(QColor(self._theme.muted))
        elided = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, round(width) + 1)
        painter.drawText(QRectF(left, 0, width + 2, line), Qt.AlignmentFlag.AlignLeft, elided)
        return float(line)

    def _draw_scale(self, painter: QPainter, scale: Scale, place: QRectF) -> None:
        top = self._title(painter, scale.title, place.left(), place.width())
        bar = QRectF(place.left(), top + 1, place.width(), _BAR)
        colours = scale.colours[np.linspace(0, len(scale.colours) - 1, 256).round().astype(int)].astype(np.float32)
        behind = QColor(self._theme.canvas)
        ground = np.array([behind.red(), behind.green(), behind.blue()], np.float32)
        alpha = cv2.resize(scale.opacities[None], (256, 1))[0][:, None]
        strip = np.ascontiguousarray(np.rint(colours * alpha + ground * (1 - alpha)).astype(np.uint8))
        painter.save()
        clip = QPainterPath()
        clip.addRoundedRect(bar, 2, 2)
        painter.setClipPath(clip)
        painter.drawImage(bar, QImage(strip.data, 256, 1, strip.nbytes, QImage.Format.Format_RGB888))
        painter.restore()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self._theme.muted), 0.75))
        painter.drawRoundedRect(bar, 2, 2)
        metrics = QFontMetricsF(painter.font())
        end = place.left() - 2
        for tick in scale.ticks:
            x = bar.left() + tick.place * bar.width()
            width = metrics.horizontalAdvance(tick.words)
            words = min(max(x - width / 2, bar.left()), bar.right() - width)
            if words < end + 4:
                continue
            painter.setPen(QPen(QColor(self._theme.text), 1))
            painter.drawLine(QPointF(x, bar.bottom() - 3), QPointF(x, bar.bottom() + 2))
            painter.drawText(QPointF(words, bar.bottom() + metrics.ascent() + 1), tick.words)
            end = words + width

    def _draw_lines(self, painter: QPainter, left: float) -> None:
        top = self._title(painter, _INSIDE, left, self._widths()[1])
        metrics = QFontMetricsF(painter.font())
        middle = top + 1 + metrics.height() / 2
        for share in self._legend.shares:
            ends = QPointF(left + 2, middle), QPointF(left + _LINE - 2, middle)
            casing = QPen(QColor(*CASING), LINE + 2)
            casing.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(casing)
            painter.drawLine(*ends)
            line = QPen(QColor(*WHITE), LINE)
            if share != SOLID_SHARE:
                line.setDashPattern([DASH / LINE, GAP / LINE])
                line.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(line)
            painter.drawLine(*ends)
            painter.setPen(QColor(self._theme.text))
            painter.drawText(QPointF(left + _LINE + 6, top + 1 + metrics.ascent()), percent(share))
            left += _LINE + 6 + metrics.horizontalAdvance(percent(share)) + 2 * SPACE

    def _draw_numbers(self, painter: QPainter, left: float) -> None:
        metrics = QFontMetricsF(painter.font())
        size = metrics.height() - 1
        disc = QRectF(left + 0.5, 0.5, size, size)
        painter.setPen(QPen(QColor(*CASING), 1))
        painter.setBrush(QColor(*WHITE))
        painter.drawEllipse(disc)
        painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, "1")
        top = self._title(painter, _NUMBERS, left + size + 6, metrics.horizontalAdvance(_NUMBERS))
        painter.setPen(QColor(self._theme.text))
        painter.drawText(QPointF(left, top + 1 + metrics.ascent()), self._legend.hotspots)


_INSIDE = "Share of attention inside"
_NUMBERS = "Hotspots by share"
