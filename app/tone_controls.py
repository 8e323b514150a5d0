"""How a map's values become shades: the percentiles at the ends of the colours, and gamma between."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QGridLayout, QLabel, QSizePolicy, QSlider, QWidget

from app.map_style import LEAST_GAMMA, MOST_GAMMA, MapStyle
from app.theme import SPACE

_STEPS = 100  # of the slider, for 1 of gamma
_LEAST_APART = 1.0  # percent


class ToneControls(QWidget):
    """Gamma and percentiles of a style."""

    style_chosen = Signal(object)  # MapStyle, during a drag, too

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._style = MapStyle()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(round(_STEPS * LEAST_GAMMA), round(_STEPS * MOST_GAMMA))
        self.slider.setPageStep(10)
        self.gamma = _number(LEAST_GAMMA, MOST_GAMMA, "", 0.05, 2)
        self.low = _number(0, 100 - _LEAST_APART, " %", 1, 1)
        self.high = _number(_LEAST_APART, 100, " %", 1, 1)
        for end in (self.low, self.high):
            end.setKeyboardTracking(False)  # on its way to 80, 8 would push the other end
        named: tuple[tuple[QWidget, str, str], ...] = (
            (self.slider, "Gamma", "Below 1 weak attention shows more, above 1 the peaks stand out"),
            (self.gamma, "Gamma", "Below 1 weak attention shows more, above 1 the peaks stand out"),
            (self.low, "Percentile of the darkest colour", "So many of the pixels are as dark as can be"),
            (self.high, "Percentile of the brightest colour", "Pixels above have the brightest colour"),
        )
        for widget, name, hint in named:
            widget.setAccessibleName(name)
            widget.setToolTip(hint)
        self._labels = [QLabel("Ga&mma"), QLabel("Dar&kest up to percentile"), QLabel("Bri&ghtest from percentile")]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(SPACE // 2)
        for row, (label, field) in enumerate(zip(self._labels, (self.gamma, self.low, self.high), strict=True)):
            label.setBuddy(field)
            if row:
                label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            grid.addWidget(label, row, 0, 1, 2 if row else 1)
            grid.addWidget(field, row, 2)
        grid.addWidget(self.slider, 0, 1)
        grid.setColumnStretch(1, 1)
        self.slider.valueChanged.connect(lambda steps: self._choose(gamma=steps / _STEPS))
        self.gamma.valueChanged.connect(lambda gamma: self._choose(gamma=gamma))
        self.low.valueChanged.connect(lambda low: self._choose(low=low, high=max(self._style.high, low + _LEAST_APART)))
        self.high.valueChanged.connect(
            lambda high: self._choose(high=high, low=min(self._style.low, high - _LEAST_APART))
        )
        self.show_style(self._style)

    def show_style(self, style: MapStyle) -> None:
        self._style = style
        for field, value in ((self.gamma, style.gamma), (self.low, style.low), (self.high, style.high)):
            with QSignalBlocker(field):
                if abs(field.value() - value) > 0.5 * 10 ** -field.decimals():  # else typing would be lost
                    field.setValue(value)
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(_STEPS * style.gamma))
        bent = style.mode in ("overlay", "map")
        of_gamma: tuple[QWidget, ...] = (self._labels[0], self.slider, self.gamma)
        of_ends: tuple[QWidget, ...] = (*self._labels[1:], self.low, self.high)
        for entry in of_gamma:
            entry.setEnabled(bent)
        for entry in of_ends:
            entry.setEnabled(bent or style.mode == "log_density")

    def _choose(self, **changes: float) -> None:
        style = replace(self._style, **changes)  # type: ignore[arg-type]
        if style != self._style:
            self.show_style(style)
            self.style_chosen.emit(style)


def _number(least: float, most: float, suffix: str, step: float, decimals: int) -> QDoubleSpinBox:
    field = QDoubleSpinBox(minimum=least, maximum=most, singleStep=step, decimals=decimals, suffix=suffix)
    field.setAlignment(Qt.AlignmentFlag.AlignRight)
    field.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
    return field
