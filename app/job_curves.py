"""Losses over the steps of a job: every step's faintly, their running mean, and what was measured in validation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.drawing import sized
from app.theme import LIGHT, SPACE, Theme
from gazeengine.runs import TrainingProgress

SMOOTHED_OVER = 30.0  # steps after which a step weighs a third in the running mean, or a fortieth of all
_KERNEL = 4  # times that, after which it weighs nothing
_MOST_POINTS = 1200  # that are drawn of every step's loss
_MOST_MEANS = 400  # and of their running mean
Floats = NDArray[np.float64]


class _WholeSteps(pg.AxisItem):  # type: ignore[misc]
    """An axis of steps, of which there are no parts."""

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:  # noqa: N802
        return [(by, start) for by, start in super().tickSpacing(low, high, size) if by >= 1] or [(1.0, 0.0)]


class JobCurves(QWidget):
    """Three curves over steps, in nats per fixation, and what they are."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._legend = QLabel()
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._legend.setFont(sized(self.font(), 0.92))
        self._plot = pg.PlotWidget(axisItems={"bottom": _WholeSteps("bottom")})
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._raw = self._plot.plot(antialias=False)  # hundreds of needles
        self._smooth = self._plot.plot(antialias=True)
        self._validation = self._plot.plot(antialias=True)
        self._plot.getPlotItem().getAxis("left").setWidth(44)
        top = QHBoxLayout()
        top.setContentsMargins(SPACE, 0, 0, 0)
        top.addWidget(self._legend)
        top.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(top)
        layout.addWidget(self._plot, 1)
        self.setAccessibleName("Losses over steps")
        self.show_theme(LIGHT)

    def show_history(self, history: Sequence[TrainingProgress]) -> None:
        """Draw a history; as often as one likes."""
        steps = np.array([p.step for p in history], float)
        loss = np.array([p.loss for p in history], float)
        measured = [(p.step, p.validation_loss) for p in history if p.validation_loss is not None]
        validated = np.array(measured, float).reshape(-1, 2)
        validated = validated[np.isfinite(validated).all(1)]
        finite = np.isfinite(loss)
        steps, loss = steps[finite], loss[finite]
        mean_steps, mean_loss, together = _averaged(steps, loss)
        smooth = running_mean(mean_loss, max(SMOOTHED_OVER / together, len(mean_loss) / 40))
        for curve, x, y in (
            (self._raw, *_thinned(steps, loss)),
            (self._smooth, mean_steps, smooth),
            (self._validation, validated[:, 0], validated[:, 1]),
        ):
            curve.setData(x, y)
        self._frame(steps, smooth, validated[:, 1])
        words = [f"loss {loss[-1]:.3f}"] if len(loss) else ["no step yet"]
        if len(validated):
            words.append(f"validation {validated[-1, 1]:.3f}")
        self.setAccessibleDescription(", ".join(words))

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        faint = QColor(theme.accent)
        faint.setAlphaF(0.28)
        self._plot.setBackground(theme.panel)
        self._raw.setPen(pg.mkPen(faint, width=1))
        self._smooth.setPen(pg.mkPen(theme.accent, width=2))
        self._validation.setPen(pg.mkPen(theme.estimate, width=1.5))
        self._validation.setSymbol("o")
        self._validation.setSymbolSize(5)
        self._validation.setSymbolBrush(theme.estimate)
        self._validation.setSymbolPen(None)
        small = sized(self.font(), 0.86)
        for name in ("left", "bottom"):
            axis = self._plot.getPlotItem().getAxis(name)
            axis.setPen(pg.mkPen(theme.line))
            axis.setTextPen(pg.mkPen(theme.muted))
            axis.setTickFont(small)
            axis.setStyle(tickLength=-4)
        self._plot.showGrid(x=False, y=True, alpha=0.12)
        self._legend.setText(
            f"<span style='color:{theme.accent}'>●</span> <span style='color:{theme.muted}'>training loss, and its "
            f"running mean&nbsp;&nbsp;&nbsp;</span><span style='color:{theme.estimate}'>●</span> "
            f"<span style='color:{theme.muted}'>validation loss&nbsp;&nbsp;&nbsp;nats per fixation over steps</span>"
        )

    def _frame(self, steps: Floats, smooth: Floats, validation: Floats) -> None:
        """All steps; what the running mean and validation span, so that a single wild step squeezes nothing."""
        seen = np.concatenate([smooth, validation])
        view: Any = self._plot.getPlotItem().getViewBox()
        if not len(seen):
            view.setRange(xRange=(0, 1), yRange=(0, 1), padding=0)
            return
        low, high = float(seen.min()), float(seen.max())
        room = max(0.08 * (high - low), 1e-3 * max(abs(high), 1.0))
        first, last = (float(steps[0]), float(steps[-1])) if len(steps) else (0.0, 1.0)
        last = max(last, first + 1)
        last += 0.01 * (last - first)  # the mark of the last validation is not cut in half
        view.setRange(xRange=(first, last), yRange=(low - room, high + room), padding=0)


def running_mean(values: Floats, over: float) -> Floats:
    """The exponential mean of what is before each value (n,), with itself; the first ones are not drawn to 0."""
    if not len(values):
        return values
    kernel = np.exp(-np.arange(min(len(values), int(_KERNEL * over) + 1)) / over)
    weights = np.cumsum(kernel)
    weights = np.concatenate([weights, np.full(len(values) - len(weights), weights[-1])])
    return np.asarray(np.convolve(values, kernel)[: len(values)] / weights, float)


def _averaged(x: Floats, y: Floats) -> tuple[Floats, Floats, int]:
    """At most so many points, each the mean of as many values; the last x of each. How many go together comes third."""
    n = max(1, -(-len(x) // _MOST_MEANS))
    starts = np.arange(0, len(x), n)
    if not len(starts):
        return x, y, 1
    ends = np.append(starts[1:], len(x))
    return x[ends - 1], np.add.reduceat(y, starts) / (ends - starts), n


def _thinned(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """At most so many points, the extremes of each stretch among them."""
    if len(x) <= _MOST_POINTS:
        return x, y
    n = 2 * len(x) // _MOST_POINTS
    whole = len(x) // n * n
    blocks = y[:whole].reshape(-1, n)
    picked = np.arange(0, whole, n)[:, None] + np.sort(np.stack([blocks.argmin(1), blocks.argmax(1)], 1), 1)
    kept = np.concatenate([picked.ravel(), np.arange(whole, len(x))])
    return x[kept], y[kept]
