"""How the map is shown: which view of it, how opaque, in which colours, and what else is drawn over it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QIcon, QImage, QPainter, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.disclosure import Disclosure
from app.map_style import MapStyle
from app.theme import SPACE, Theme, current_theme
from app.tone_controls import ToneControls
from app.view_chooser import ViewChooser
from gazeengine.saliency_map import COLOR_MAPS, NOT_UNIFORM

_GRADIENT = QSize(64, 12)
_OPACITY_NAMES = {"focus": "&Darkness", "contours": "T&int", "hotspots": "T&int"}
_OVER = (
    ("contours", "Contours", "Lines around 50 % and 80 % of attention, over any view (Ctrl+3)"),
    ("hotspots", "Hotspots", "The places that are looked at, numbered by their share, over any view (Ctrl+4)"),
    ("legend", "Legend", "What colours and lines stand for, under the picture (Ctrl+5)"),
)


class DisplayControls(QWidget):
    """View, opacity and colours of the map."""

    style_chosen = Signal(object)  # MapStyle, during a drag, too

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._style = MapStyle()
        self.views = ViewChooser()
        self.over = {name: QCheckBox(title) for name, title, _ in _OVER}
        for name, _, hint in _OVER:
            self.over[name].setToolTip(hint)
        self._opacity = QSlider(Qt.Orientation.Horizontal)
        self._opacity.setRange(0, 100)
        self._percent = QSpinBox(minimum=0, maximum=100, suffix=" %")
        self._percent.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self._percent.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._colors = QComboBox()
        self._colors.setIconSize(_GRADIENT)
        self._colors.setAccessibleName("Colours of the map")
        self._colors.setToolTip("Colours of the map: even ones first, rainbows below")
        self._colors.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._fill_colors()
        self._opacity_label, self._colors_label = QLabel("&Opacity"), QLabel("Colo&urs")
        self._opacity_label.setBuddy(self._percent)
        self._colors_label.setBuddy(self._colors)
        self.tone = ToneControls()
        self.reset = QToolButton()
        self.reset.setText("Reset")
        self.reset.setToolTip("Opacity, colours, gamma and percentiles as they were at first")
        self.more = Disclosure("More", self.tone, self.reset)
        self.more.button.setToolTip("Gamma and percentiles")
        self._lay_out()

        self.views.chosen.connect(lambda mode: self._choose(replace(self._style, mode=mode)))
        for entry in (self._opacity, self._percent):
            entry.valueChanged.connect(lambda value: self._choose(replace(self._style, opacity=value / 100)))
        self._colors.currentIndexChanged.connect(
            lambda row: self._choose(replace(self._style, color_map=self._colors.itemData(row)))
        )
        for name, box in self.over.items():
            box.clicked.connect(lambda on, name=name: self._choose(replace(self._style, **{name: on})))
        self.tone.style_chosen.connect(self._choose)
        self.reset.clicked.connect(lambda: self._choose(self._style.usual))
        self.show_style(self._style)
        self.show_theme(current_theme())

    def show_style(self, style: MapStyle) -> None:
        self._style = style
        percent = round(100 * style.opacity)
        self.views.show_style(style)
        for entry in (self._opacity, self._percent):
            with QSignalBlocker(entry):
                entry.setValue(percent)
        with QSignalBlocker(self._colors):
            self._colors.setCurrentIndex(self._colors.findData(style.color_map))
        for name, on in (
            ("contours", style.with_contours),
            ("hotspots", style.with_hotspots),
            ("legend", style.legend),
        ):
            with QSignalBlocker(self.over[name]):
                self.over[name].setChecked(on)
            self.over[name].setEnabled(name == "legend" or style.mode not in (name, "picture"))
        name = _OPACITY_NAMES.get(style.mode, "&Opacity")
        self._opacity_label.setText(name)
        for entry in (self._opacity, self._percent):
            entry.setAccessibleName(f"{name.replace('&', '')} in percent")
            entry.setToolTip(f"{name.replace('&', '')} in percent")
        for of_opacity in (self._opacity_label, self._opacity, self._percent):
            of_opacity.setEnabled(style.mode not in ("map", "picture"))
        for of_colors in (self._colors_label, self._colors):
            of_colors.setEnabled(style.mode not in ("picture", "focus"))
        self.tone.show_style(style)
        self.reset.setEnabled(style != style.usual)

    def show_map(self, rgb: NDArray[np.uint8] | None, log_density: NDArray[np.float32] | None) -> None:
        """Show in the chooser what each view makes of this picture and map."""
        self.views.show_map(rgb, log_density)

    def show_theme(self, theme: Theme) -> None:
        t = theme
        self.views.show_theme(theme)
        self.more.show_theme(theme)
        self.reset.setStyleSheet(
            f"QToolButton {{ border: 1px solid {t.line}; border-radius: 4px; padding: 2px 8px; color: {t.text};"
            f" background: {t.field}; }}"
            f"QToolButton:hover, QToolButton:focus {{ border-color: {t.accent}; }}"
            f"QToolButton:disabled {{ color: {t.muted}; background: transparent; }}"
        )

    def _lay_out(self) -> None:
        over = QHBoxLayout()
        over.setSpacing(SPACE)
        for box in self.over.values():
            over.addWidget(box)
        over.addStretch(1)
        rows = QGridLayout()
        rows.setHorizontalSpacing(SPACE)
        rows.setVerticalSpacing(SPACE // 2)
        rows.addWidget(self._opacity_label, 0, 0)
        rows.addWidget(self._opacity, 0, 1)
        rows.addWidget(self._percent, 0, 2)
        rows.addWidget(self._colors_label, 1, 0)
        rows.addWidget(self._colors, 1, 1, 1, 2)
        rows.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.views)
        layout.addLayout(over)
        layout.addLayout(rows)
        layout.addWidget(self.more)

    def _choose(self, style: MapStyle) -> None:
        if style != self._style:
            self.show_style(style)
            self.style_chosen.emit(style)

    def _fill_colors(self) -> None:
        ratio = self.devicePixelRatioF()
        for name in COLOR_MAPS:
            if name in NOT_UNIFORM and self._colors.itemData(self._colors.count() - 1) not in NOT_UNIFORM:
                self._colors.insertSeparator(self._colors.count())
            self._colors.addItem(_gradient(name, ratio), name.capitalize(), name)
            if name in NOT_UNIFORM:
                self._colors.setItemData(
                    self._colors.count() - 1,
                    "Equal steps look unequal, and show edges that aren't there",
                    Qt.ItemDataRole.ToolTipRole,
                )


def _gradient(name: str, ratio: float) -> QIcon:
    """The colours of a map from left to right."""
    lut = np.ascontiguousarray(COLOR_MAPS[name])
    strip = QImage(lut.data, len(lut), 1, lut.nbytes, QImage.Format.Format_RGB888)
    pixmap = QPixmap(_GRADIENT * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    scaled = strip.scaled(_GRADIENT, Qt.AspectRatioMode.IgnoreAspectRatio)
    painter.setBrush(QBrush(scaled))
    painter.drawRoundedRect(QRectF(0, 0, _GRADIENT.width(), _GRADIENT.height()), 3, 3)
    painter.end()
    return QIcon(pixmap)
