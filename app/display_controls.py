"""How the map is shown: over the picture, alone or not at all, how opaque, in which colours."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QIcon, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QSizePolicy, QSlider, QSpinBox, QWidget

from app.map_style import MODES, MapStyle
from app.segmented_switch import SegmentedSwitch
from app.theme import SPACE, Theme, current_theme
from gazeengine.saliency_map import COLOR_MAPS, NOT_UNIFORM

_GRADIENT = QSize(64, 12)
_HEIGHT = 26  # px, of every control


class DisplayControls(QWidget):
    """Mode, opacity and colours of the map."""

    style_chosen = Signal(object)  # MapStyle, during a drag, too

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._style = MapStyle()

        self._mode = SegmentedSwitch([name for _, name, _ in MODES])
        self._mode.setAccessibleName("What is shown")
        for row, (_, _, explanation) in enumerate(MODES):
            button = self._mode.button(row)
            button.setFont(self.font())
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setToolTip(explanation)
            button.setMinimumHeight(_HEIGHT)
        self._opacity = QSlider(Qt.Orientation.Horizontal)
        self._opacity.setRange(0, 100)
        self._percent = QSpinBox(minimum=0, maximum=100, suffix=" %")
        self._percent.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self._percent.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._colors = QComboBox()
        self._colors.setIconSize(_GRADIENT)
        self._colors.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._fill_colors()
        self._percent.setMinimumHeight(_HEIGHT)
        self._colors.setMinimumHeight(_HEIGHT)

        self._opacity_label, self._colors_label = QLabel("&Opacity"), QLabel("&Colours")
        self._opacity_label.setBuddy(self._percent)
        self._colors_label.setBuddy(self._colors)
        self._opacity.setAccessibleName("Opacity of the map in percent")
        self._percent.setAccessibleName("Opacity of the map in percent")

        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(SPACE)
        layout.setVerticalSpacing(SPACE)
        layout.addWidget(self._mode, 0, 0, 1, 3)
        layout.addWidget(self._opacity_label, 1, 0)
        layout.addWidget(self._opacity, 1, 1)
        layout.addWidget(self._percent, 1, 2)
        layout.addWidget(self._colors_label, 2, 0)
        layout.addWidget(self._colors, 2, 1, 1, 2)
        layout.setColumnStretch(1, 1)

        self._mode.chosen.connect(lambda row: self._choose(replace(self._style, mode=MODES[row][0])))
        for entry in (self._opacity, self._percent):
            entry.valueChanged.connect(lambda value: self._choose(replace(self._style, opacity=value / 100)))
        self._colors.currentIndexChanged.connect(
            lambda row: self._choose(replace(self._style, color_map=self._colors.itemData(row)))
        )
        self.show_style(self._style)
        self.show_theme(current_theme())

    def show_style(self, style: MapStyle) -> None:
        self._style = style
        percent = round(100 * style.opacity)
        self._mode.show_chosen([mode for mode, _, _ in MODES].index(style.mode))
        for entry in (self._opacity, self._percent):
            with QSignalBlocker(entry):
                entry.setValue(percent)
        with QSignalBlocker(self._colors):
            self._colors.setCurrentIndex(self._colors.findData(style.color_map))
        for of_opacity in (self._opacity_label, self._opacity, self._percent):
            of_opacity.setEnabled(style.mode == "overlay")
        for of_colors in (self._colors_label, self._colors):
            of_colors.setEnabled(style.mode != "picture")

    def show_theme(self, theme: Theme) -> None:
        self._mode.show_theme(theme)

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
