"""One map as the canvas paints it: each view's layer, made when it is needed and kept while it holds."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from app.map_style import MapStyle
from app.spot_words import Spot
from gazeengine.attention_levels import AttentionLevels, coarser, levels_of
from gazeengine.image import resized
from gazeengine.legend import Legend, legend
from gazeengine.marks import Marks, marks
from gazeengine.saliency_map import intensity, linear_intensity, rgba
from gazeengine.views import focus_strength, out_of_focus

_FEWEST_SHOWN, _MOST_SHOWN = 512, 1024  # pixels along the longer side of a map on display
_LEVEL_PIXELS = 65_000  # of which levels of attention are taken: hundredths of a percent off, and live

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


class PaintedMap:
    """Layers and marks of one map (h, w) over a picture (H, W, 3), live: each takes some milliseconds at first."""

    def __init__(self, log_density: Floats, rgb: Pixels, reduced: Callable[[int], Pixels] | None = None) -> None:
        """reduced gives the picture so that its longer side has some pixels or more, from what is there anyway."""
        self.log_density = log_density
        self._rgb = rgb
        self._reduced = reduced or (lambda side: rgb)
        self._few = coarser(log_density, _LEVEL_PIXELS)
        self._display: Floats | None = None
        self._levels: AttentionLevels | None = None
        self._shades: tuple[object, Floats] | None = None
        self._marks: tuple[tuple[bool, bool, bool], Marks] | None = None
        self._strength: Floats | None = None

    @property
    def levels(self) -> AttentionLevels:
        if self._levels is None:
            self._levels = levels_of(self._few)
        return self._levels

    def layer(self, style: MapStyle) -> Pixels | None:
        """Colours over the picture (h, w, 4) as Qt paints fastest: blue to red and alpha, premultiplied.

        Opacity of colours comes later, by that of the layer. None where a view has no layer.
        """
        if style.mode == "focus":
            return self._focus(style.opacity)
        if style.mode not in ("overlay", "map", "log_density"):
            return None
        lut = style.lut[:, ::-1]
        if style.mode == "overlay":
            weighted = np.rint(lut * (np.arange(256)[:, None] / 255)).astype(np.uint8)
            return rgba(self._shaded(style), weighted)
        return rgba(self._shaded(style), lut, follow_intensity=False)

    def marks(self, style: MapStyle) -> Marks:
        """Contours and hotspots of a style."""
        key = style.with_contours, style.with_hotspots, style.mode == "hotspots"
        if self._marks is None or self._marks[0] != key:
            height, width = self._rgb.shape[:2]
            levels = self.levels if style.with_contours else None
            self._marks = key, marks(self._few, (height, width), style, levels)
        return self._marks[1]

    def legend(self, style: MapStyle) -> Legend:
        """What the colours and marks of a style stand for."""
        return legend(self.log_density, style, self.marks(style))

    def spot(self, x: int, y: int, style: MapStyle) -> Spot:
        """What the map says of a pixel of the picture; of hotspots only where a style has them."""
        (height, width), (rows, columns) = self._rgb.shape[:2], self.log_density.shape
        log_density = self.log_density[y * rows // height, x * columns // width]
        density = float(np.exp(log_density) * rows * columns)
        cells = np.log(self.log_density.size / self._few.size)  # the levels are of larger pixels
        within = float(self.levels.share_within(log_density + np.float32(cells)))
        around = self.marks(style).hotspot_at(x + 0.5, y + 0.5)
        return Spot(x, y, density, within, (around.number, around.share) if around is not None else None)

    def _shaded(self, style: MapStyle) -> Floats:
        even = style.mode == "log_density"
        key = (style.low, style.high, None if even else style.gamma)
        if self._shades is None or self._shades[0] != key:
            shown = self._for_display()
            if even:
                self._shades = key, linear_intensity(shown, style.low, style.high)
            else:
                self._shades = key, intensity(shown, style.gamma, style.low, style.high)
        return self._shades[1]

    def _for_display(self) -> Floats:
        """The map at a size that paints fast and smoothly. It is blurred: a thousand pixels hold all of it."""
        if self._display is None:
            longer = max(self.log_density.shape)
            wanted = min(max(longer, _FEWEST_SHOWN), _MOST_SHOWN)
            how = cv2.INTER_CUBIC if wanted > longer else cv2.INTER_LINEAR
            self._display = self.log_density if wanted == longer else _scaled(self.log_density, wanted, how)
        return self._display

    def _focus(self, darkness: float) -> Pixels:
        """What is not seen, over the picture: blurred and dark, and the more opaque the less is seen."""
        if self._strength is None:
            few = focus_strength(self._few, self.levels)
            wanted = min(max(max(self.log_density.shape), _FEWEST_SHOWN), _MOST_SHOWN)
            self._strength = np.clip(_scaled(few, wanted, cv2.INTER_LINEAR), 0, 1)
        height, width = self._strength.shape
        unseen = out_of_focus(resized(self._reduced(max(height, width)), height, width), darkness)
        alpha = 1 - self._strength
        layer = cv2.cvtColor(unseen, cv2.COLOR_RGB2BGRA)
        return np.asarray(cv2.multiply(layer, cv2.merge([alpha] * 4), dtype=cv2.CV_8U), np.uint8)


def _scaled(values: Floats, longer: int, how: int) -> Floats:
    height, width = (max(1, round(extent * longer / max(values.shape))) for extent in values.shape)
    return np.asarray(cv2.resize(values, (width, height), interpolation=how), np.float32)
