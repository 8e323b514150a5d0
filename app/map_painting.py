"""One map as the canvas paints it: each view's layer, made when it is needed and kept while it holds."""

from __future__ import annotations

import math
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
from gazeengine.rendering import fills
from gazeengine.saliency_map import ShadeRange, intensity, linear_intensity, rgba, shade_range
from gazeengine.viewports import PAGE_ABOVE, PAGE_PIXELS
from gazeengine.views import focus_strength, out_of_focus

_FEWEST_SHOWN, _MOST_SHOWN = 512, 1024  # pixels along the longer side of a map on display
_LEVEL_PIXELS = 50_000  # of which levels of attention are taken: hundredths of a percent off, and live
_MOST_FOLDS = 5  # for a page so many times as many: more would not be live
_FINE = 4  # sub-pixel bits with which OpenCV draws

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


class Unfocused:
    """A picture as it is where nobody looks, kept while its size on display and the darkness hold."""

    def __init__(self, reduced: Callable[[int], Pixels]) -> None:
        """reduced gives the picture (H, W, 3) so that its longer side has some pixels or more."""
        self._reduced = reduced
        self._last: tuple[tuple[int, int, float], Pixels] | None = None

    def at(self, height: int, width: int, darkness: float) -> Pixels:
        """Blue to red and 255, (height, width, 4)."""
        key = height, width, darkness
        if self._last is None or self._last[0] != key:
            picture = resized(self._reduced(max(height, width)), height, width)
            layer = cv2.cvtColor(out_of_focus(picture, darkness), cv2.COLOR_RGB2BGRA)
            self._last = key, np.asarray(layer, np.uint8)
        return self._last[1]


class PaintedMap:
    """Layers and marks of one map (h, w) over a picture of size (height, width), live: each takes milliseconds."""

    def __init__(self, log_density: Floats, size: tuple[int, int], unfocused: Unfocused) -> None:
        self.log_density = log_density
        self._size = size
        self._unfocused = unfocused
        self._few: Floats | None = None
        self._display: Floats | None = None
        self._levels: AttentionLevels | None = None
        self._ends: tuple[tuple[float, float], ShadeRange] | None = None
        self._shades: tuple[object, Floats] | None = None
        self._marks: tuple[object, Marks] | None = None
        self._unseen: Pixels | None = None

    @property
    def levels(self) -> AttentionLevels:
        """Levels of the map on fewer pixels."""
        if self._levels is None:
            self._levels = levels_of(self._on_few())
        return self._levels

    def layer(self, style: MapStyle) -> Pixels | None:
        """Colours over the picture (h, w, 4) as Qt paints fastest: blue to red and alpha, premultiplied.

        Opacity of colours comes later, by that of the layer. None where a view has no layer.
        """
        lut = style.lut[:, ::-1]
        if style.mode == "overlay":
            weighted = np.rint(lut * (np.arange(256)[:, None] / 255)).astype(np.uint8)
            return rgba(self._shaded(style), weighted)
        if style.mode in ("map", "log_density"):
            return rgba(self._shaded(style), lut, follow_intensity=False)
        if style.mode == "focus":
            return self._focus(style.opacity)
        return None if style.mode == "picture" else self._tints(style)

    def marks(self, style: MapStyle) -> Marks:
        """Contours and hotspots of a style."""
        key = style.with_contours, style.with_hotspots, style.mode == "hotspots"
        if self._marks is None or self._marks[0] != key:
            levels = self.levels if style.with_contours else None
            self._marks = key, marks(self._on_few(), self._size, style, levels)
        return self._marks[1]

    def legend(self, style: MapStyle) -> Legend:
        """What the colours and marks of a style stand for."""
        coloured = style.mode in ("overlay", "map", "log_density")
        return legend(self.log_density, style, self.marks(style), self._ends_of(style) if coloured else None)

    def spot(self, x: int, y: int, style: MapStyle) -> Spot:
        """What the map says of a pixel of the picture; of hotspots only where a style has them."""
        (height, width), (rows, columns) = self._size, self.log_density.shape
        log_density = self.log_density[y * rows // height, x * columns // width]
        density = float(np.exp(log_density) * rows * columns)
        cells = np.log(self.log_density.size / self._on_few().size)  # the levels are of larger pixels
        within = float(self.levels.share_within(log_density + np.float32(cells)))
        around = self.marks(style).hotspot_at(x + 0.5, y + 0.5)
        return Spot(x, y, density, within, (around.number, around.share) if around is not None else None)

    def _on_few(self) -> Floats:
        if self._few is None:
            height, width = self.log_density.shape
            folds = min(max(1.0, height / width), _MOST_FOLDS)
            self._few = coarser(self.log_density, round(folds * _LEVEL_PIXELS))
        return self._few

    def _ends_of(self, style: MapStyle) -> ShadeRange:
        key = style.low, style.high
        if self._ends is None or self._ends[0] != key:
            self._ends = key, shade_range(self.log_density, *key)
        return self._ends[1]

    def _shaded(self, style: MapStyle) -> Floats:
        even = style.mode == "log_density"
        key = (style.low, style.high, None if even else style.gamma)
        if self._shades is None or self._shades[0] != key:
            shown, ends = self._for_display(), self._ends_of(style)
            self._shades = key, linear_intensity(shown, ends) if even else intensity(shown, style.gamma, ends)
        return self._shades[1]

    def _for_display(self) -> Floats:
        """The map at a size that paints fast and smoothly. It is blurred: a thousand pixels hold all of it."""
        if self._display is None:
            height, width = self._display_size()
            how = cv2.INTER_CUBIC if height > self.log_density.shape[0] else cv2.INTER_LINEAR
            shown = self.log_density
            if shown.shape != (height, width):
                shown = np.asarray(cv2.resize(shown, (width, height), interpolation=how), np.float32)
            self._display = shown
        return self._display

    def _display_size(self) -> tuple[int, int]:
        """(height, width)."""
        longer, shorter = max(self.log_density.shape), min(self.log_density.shape)
        scale = min(max(longer, _FEWEST_SHOWN), _MOST_SHOWN) / longer
        if longer > PAGE_ABOVE * shorter:  # a page: each of its folds is as large as another map
            scale = max(scale, min(1.0, math.sqrt(PAGE_PIXELS / self.log_density.size)))
        height, width = (max(1, round(extent * scale)) for extent in self.log_density.shape)
        return height, width

    def _focus(self, darkness: float) -> Pixels:
        """What is not seen, over the picture: blurred and dark, and the more opaque the less is seen."""
        height, width = self._display_size()
        if self._unseen is None:
            unseen = cv2.convertScaleAbs(255 - 255 * focus_strength(self._on_few(), self.levels))
            alpha = cv2.resize(unseen, (width, height), interpolation=cv2.INTER_LINEAR)
            self._unseen = np.asarray(cv2.cvtColor(alpha, cv2.COLOR_GRAY2BGRA), np.uint8)
            self._unseen[..., 3] = alpha
        return np.asarray(
            cv2.multiply(self._unfocused.at(height, width, darkness), self._unseen, scale=1 / 255), np.uint8
        )

    def _tints(self, style: MapStyle) -> Pixels:
        """Regions in colours. Their edges are under lines, so they need be no finer than a map."""
        height, width = self._display_size()
        scale = np.array([width / self._size[1], height / self._size[0]])
        region = np.zeros((height, width), np.uint8)
        colours = np.zeros((256, 4), np.uint8)
        under = np.zeros(4)  # of contours the inner lies over the outer, hotspots lie side by side
        for i, (lines, (red, green, blue), alpha) in enumerate(fills(self.marks(style), style), 1):
            cv2.fillPoly(
                region, [np.rint((line * scale - 0.5) * 2**_FINE).astype(np.int32) for line in lines], i, shift=_FINE
            )
            tint = alpha * np.array([blue, green, red, 255.0])
            colours[i] = np.rint(tint + (1 - alpha) * under)
            if style.mode == "contours":
                under = tint
        found = cv2.LUT(region, colours.view(np.int32)[:, 0])  # four bytes looked up as one number
        return np.asarray(found.view(np.uint8).reshape(height, width, 4), np.uint8)
