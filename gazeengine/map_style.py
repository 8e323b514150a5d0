"""How a saliency map is shown with its picture, as a value."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gazeengine.saliency_map import COLOR_MAPS, DISPLAY_GAMMA, HIGH, LOW

Mode = Literal["overlay", "focus", "contours", "hotspots", "log_density", "map", "picture"]

MODES: tuple[tuple[Mode, str, str], ...] = (
    ("overlay", "Heat map", "The picture under the colours of its map"),
    ("focus", "Focus", "What is seen; all else is dark and blurred"),
    ("contours", "Contours", "Lines around half and four fifths of attention"),
    ("hotspots", "Hotspots", "The places that are looked at, numbered by their share of attention"),
    ("log_density", "Bits", "The log density itself, in bits over a gaze without preference"),
    ("map", "Map", "The map alone"),
    ("picture", "Picture", "The picture alone"),
)
"""Each mode, its name in the window, and what it shows."""

LEAST_GAMMA, MOST_GAMMA = 0.1, 2.0


@dataclass(frozen=True, slots=True)
class MapStyle:
    """What of picture and map is seen.

    opacity, in [0, 1], is that of colours over the picture; in a focus map it says how dark the unseen is. low and
    high are the percentiles of pixels at the ends of the colour map; gamma bends it between, but for the log density,
    which has even steps. contours and hotspots are also drawn over the other views if they are true.
    """

    mode: Mode = "overlay"
    opacity: float = 0.8
    color_map: str = next(iter(COLOR_MAPS))
    gamma: float = DISPLAY_GAMMA
    low: float = LOW
    high: float = HIGH
    contours: bool = False
    hotspots: bool = False
    legend: bool = True

    @property
    def lut(self) -> NDArray[np.uint8]:
        """The colours (256, 3) of dark to bright."""
        return COLOR_MAPS[self.color_map]

    @property
    def with_contours(self) -> bool:
        """Whether contours are to be seen."""
        return self.mode == "contours" or (self.contours and self.mode != "picture")

    @property
    def with_hotspots(self) -> bool:
        """Whether hotspots are to be seen."""
        return self.mode == "hotspots" or (self.hotspots and self.mode != "picture")

    @property
    def usual(self) -> "MapStyle":
        """The same view as it is at first."""
        return replace(MapStyle(), mode=self.mode, legend=self.legend)
