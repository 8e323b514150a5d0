"""Layer widths melting over the steps of a job: a band for each layer, as thick as what is left of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from app.drawing import mixed, sized
from app.theme import LIGHT, SPACE, Theme
from gazeengine.runs import TrainingProgress

_HEADER = 20  # px, for the words above
_LEAST_NAMED = 11.0  # px of a band's place for it to have its name beside it
_GAP = 0.22  # of a band's place, that is left empty below it
_AXIS = 18  # px, for the steps below
_MOST_CHANGES = 300  # of widths, that are drawn


@dataclass(frozen=True, slots=True, eq=False)
class Melting:
    """Widths of layers at some steps: at (T,) ascending, left (T, L) what each layer had from then on."""

    layers: tuple[str, ...]
    original: NDArray[np.int64]
    at: NDArray[np.int64]
    left: NDArray[np.int64]
    last_step: int

    @staticmethod
    def of(history: Sequence[TrainingProgress]) -> Melting | None:
        """None where no widths were published. Of very many changes some are left out, but not the last."""
        told = [p for p in history if p.widths]
        if not told:
            return None
        told = told[:: -(-len(told) // _MOST_CHANGES)] + told[-1:]
        layers = tuple(told[0].widths or ())
        left = np.array([[p.widths.get(name, 0) for name in layers] for p in told if p.widths], np.int64)
        return Melting(layers, left.max(0), np.array([p.step for p in told]), left, history[-1].step)

    def changes_at(self, steps: NDArray[np.float64]) -> NDArray[np.int64]:
        """For each step the index of the last change until it, or of the first one."""
        return np.maximum(np.searchsorted(self.at, steps, side="right") - 1, 0)


class MeltingView(QWidget):
    """Draws the bands; under the mouse it says which layer had how many features at which step."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._melting: Melting | None = None
        self._drawn: QPixmap | None = None
        self.setMouseTracking(True)
        self.setAccessibleName("Layer widths over steps")

    def show_history(self, history: Sequence[TrainingProgress]) -> None:
        """Draw a history; as often as one likes."""
        self._melting = melting = Melting.of(history)
        self._redraw()
        if melting is not None:
            gone = int(melting.original.sum() - melting.left[-1].sum())
            self.setAccessibleDescription(f"{gone:,} features pruned by step {melting.last_step:,}")

    @property
    def empty(self) -> bool:
        return self._melting is None

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._redraw()

    def sizeHint(self) -> QSize:
        return QSize(300, 180)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 90)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._redraw()
        super().resizeEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        QToolTip.hideText()
        super().leaveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if (words := self.words_at(event.position())) is not None:
            QToolTip.showText(event.globalPosition().toPoint(), words, self)
        else:
            QToolTip.hideText()

    def words_at(self, place: QPointF) -> str | None:
        """What is said of the band at place; None beside all bands."""
        m, area = self._melting, self._area()
        if m is None or not area.contains(place):
            return None
        i = min(int((place.y() - area.top()) / area.height() * len(m.layers)), len(m.layers) - 1)
        step = float(self._steps(np.array([place.x() - area.left()]), area.width())[0])
        left = m.left[m.changes_at(np.array([step]))[0], i]
        return f"{m.layers[i]}: {left:,} of {m.original[i]:,} features at step {step:,.0f}"

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if self._drawn is None or self._drawn.devicePixelRatioF() != ratio:
            self._drawn = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
            self._drawn.setDevicePixelRatio(ratio)
            self._drawn.fill(QColor(self._theme.panel))
            painter = QPainter(self._drawn)
            self._draw(painter)
            painter.end()
        QPainter(self).drawPixmap(0, 0, self._drawn)

    def _redraw(self) -> None:
        self._drawn = None
        self.update()

    def _named(self) -> bool:
        """Whether layers have room for their names."""
        m = self._melting
        return m is not None and self._height() / len(m.layers) >= _LEAST_NAMED

    def _height(self) -> float:
        return max(1.0, self.height() - _HEADER - _AXIS)

    def _area(self) -> QRectF:
        m, left, right = self._melting, 0.0, 0.0
        if m is not None and self._named():
            metrics = QFontMetricsF(sized(self.font(), 0.82))
            left = max(metrics.horizontalAdvance(name) for name in m.layers) + SPACE
            right = max(metrics.horizontalAdvance(f"{n}") for n in m.original) + SPACE
        return QRectF(SPACE + left, _HEADER, max(1.0, self.width() - 2 * SPACE - left - right), self._height())

    def _draw(self, painter: QPainter) -> None:
        m, t, area = self._melting, self._theme, self._area()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(sized(self.font(), 0.92))
        painter.setPen(QColor(t.muted))
        painter.drawText(QPointF(area.left(), 12), "widths of layers, melting")
        if m is None:
            return
        painter.drawImage(area.topLeft(), self._bands(m, area, painter.device().devicePixelRatioF()))
        small = sized(self.font(), 0.82)
        metrics = QFontMetricsF(small)
        painter.setFont(small)
        slot = area.height() / len(m.layers)
        for i, name in enumerate(m.layers if self._named() else ()):
            base = area.top() + (i + 0.5) * slot + (metrics.ascent() - metrics.descent()) / 2
            painter.setPen(QColor(t.muted))
            painter.drawText(QPointF(area.left() - SPACE / 2 - metrics.horizontalAdvance(name), base), name)
            painter.setPen(QColor(t.text))
            painter.drawText(QPointF(area.right() + SPACE / 2, base), f"{m.left[-1, i]}")
        painter.setPen(QColor(t.muted))
        first, last = f"step {m.at[0]:,}", f"{m.last_step:,}"
        base = area.bottom() + metrics.ascent() + 3
        painter.drawText(QPointF(area.left(), base), first)
        painter.drawText(QPointF(area.right() - metrics.horizontalAdvance(last), base), last)

    def _steps(self, x: NDArray[np.float64], width: float) -> NDArray[np.float64]:
        """Steps at places from the left end of the bands on."""
        m = self._melting
        assert m is not None
        return np.asarray(m.at[0] + x / width * max(1, m.last_step - m.at[0]), float)

    def _bands(self, m: Melting, area: QRectF, ratio: float) -> QImage:
        """All bands pixel by pixel: polygons of ninety layers would take too long."""
        t, n = self._theme, len(m.layers)
        height, width = max(1, round(area.height() * ratio)), max(1, round(area.width() * ratio))
        slot = height / n
        y = np.arange(height) + 0.5
        layer = np.minimum((y / slot).astype(int), n - 1)
        from_middle = np.abs(y - (layer + 0.5) * slot)[:, None]
        half = slot * (1 - _GAP) / 2
        share = m.left[m.changes_at(self._steps(np.arange(width, dtype=float) + 0.5, width))] / m.original  # (width, L)
        in_track = np.clip(half - from_middle + 0.5, 0, 1)[..., None]
        in_band = np.clip(half * share.T[layer] - from_middle + 0.5, 0, 1)[..., None]
        ground, track = _rgb(QColor(t.panel)), _rgb(mixed(t.panel, t.line, 0.45))
        bands = np.stack([_rgb(mixed(t.accent, t.text, 0.0 if i % 2 else 0.16)) for i in range(n)])[layer][:, None]
        behind = ground + (track - ground) * in_track
        pixels = np.full((height, width, 4), 255, np.uint8)
        pixels[..., :3] = behind + (bands - behind) * in_band
        image = QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_RGBX8888).copy()
        image.setDevicePixelRatio(ratio)
        return image


def _rgb(colour: QColor) -> NDArray[np.float64]:
    return np.array([colour.red(), colour.green(), colour.blue()], float)
