"""A saliency map, which is a normalised log density over the pixels of a picture, and how it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazeengine.errors import GazeError

if TYPE_CHECKING:  # viewports are made of maps
    from gazeengine.viewports import Fold

DISPLAY_GAMMA = 1 / 2.2
"""Exponent of the probabilities on display. A screen raises what it is sent to about 2.2, so the light that
leaves a grey map is in proportion to the probability. The paper names no value for its Figure 4."""

_GRID = 2**16  # pixels that are ranked for the percentiles
_LEAST_CONTRAST = 1e-5  # rounding of the log density gives up to 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class SaliencyMap:
    """Where people look: log density (H, W) in nats over the pixels of the picture as given.

    It is read-only. Its exp sums to 1, which normalised() sees to; the constructor doesn't check. folds are those of a
    page that was read viewport by viewport, none of any other picture.
    """

    log_density: NDArray[np.float32]
    folds: tuple[Fold, ...] = ()

    @property
    def total(self) -> float:
        """Sum of the density: 1, but for rounding."""
        return float(np.exp(self.log_density, dtype=np.float64).sum())


def normalised(log_values: ArrayLike) -> SaliencyMap:
    """The map whose log density is log_values (H, W) up to a constant.

    Summed in float64. Raises GazeError for a value that is not finite, or too far below the greatest one.
    """
    values = np.asarray(log_values, dtype=np.float64)
    if values.ndim != 2 or values.size == 0:
        raise GazeError(f"saliency map: found values of shape {values.shape}, wanted (height, width)")
    if broken := values.size - np.count_nonzero(np.isfinite(values)):
        raise GazeError(f"saliency map: found {broken} of {values.size} values infinite or not a number, wanted none")
    with np.errstate(over="ignore"):  # it shows as -inf, and is told below
        below_peak = values - values.max()
        log_density = (below_peak - np.log(np.exp(below_peak).sum())).astype(np.float32)
    if not np.isfinite(log_density).all():
        raise GazeError(f"saliency map: found log values {-below_peak.min():.3g} nats apart, wanted below 1e38")
    log_density.setflags(write=False)
    return SaliencyMap(log_density)


LOW, HIGH = 1.0, 99.0
"""Percentiles of the pixels that are black and white on display, as in Figure 4."""


@dataclass(frozen=True, slots=True)
class ShadeRange:
    """Log densities in nats that are black and white on display."""

    black: float
    white: float

    def log_density_of(self, shade: NDArray[np.floating], gamma: float) -> NDArray[np.float64]:
        """What is shown with a shade in [0, 1], where intensity() was given this gamma: its inverse."""
        darkest = np.exp(gamma * (self.black - self.white))
        shown = darkest + np.asarray(shade, np.float64) * max(1 - darkest, _LEAST_CONTRAST)
        return np.asarray(self.white + np.log(np.maximum(shown, np.finfo(np.float64).tiny)) / gamma)


def shade_range(log_density: NDArray[np.float32], low: float = LOW, high: float = HIGH) -> ShadeRange:
    """The low and the high percentile of the pixels of a map (H, W).

    They are exact up to 65,536 pixels. Above, a regular grid of about so many stands for all: its percentiles are
    off by some hundredths of a percent in rank, far less than one of 256 shades on maps as smooth as ours.
    """
    if not 0 <= low < high <= 100:
        raise GazeError(f"display percentiles: found {low:g} and {high:g}, wanted two that rise, from 0 to 100")
    step = max(1, int(np.sqrt(log_density.size / _GRID)))
    black, white = np.percentile(log_density[::step, ::step], (low, high))
    return ShadeRange(float(black), float(white))


def intensity(
    log_density: NDArray[np.float32], gamma: float = DISPLAY_GAMMA, shades: ShadeRange | None = None
) -> NDArray[np.float32]:
    """Brightness (H, W) in [0, 1] of a map on display: density to the power of gamma.

    Black and white are shades, by default the 1 % and the 99 % percentile of the picture, as in Figure 4; as powers
    keep the order, they are taken of the log density. A map without contrast is black.
    """
    if not gamma > 0:
        raise GazeError(f"display gamma: found {gamma}, wanted a number above 0")
    shades = shades or shade_range(log_density)
    # relative to white, (density / white)^gamma: of any density the shades that matter are within float32
    shown = np.subtract(log_density, np.float32(shades.white))
    np.multiply(shown, np.float32(gamma), out=shown)
    np.minimum(shown, 1, out=shown)  # white enough, and no overflow
    cv2.exp(shown, dst=shown)  # six times faster than numpy's
    darkest = float(np.exp(gamma * (shades.black - shades.white)))
    contrast = max(1 - darkest, _LEAST_CONTRAST)
    np.multiply(shown, np.float32(1 / contrast), out=shown)
    np.subtract(shown, np.float32(darkest / contrast), out=shown)
    np.clip(shown, 0, 1, out=shown)
    return shown


def linear_intensity(log_density: NDArray[np.float32], shades: ShadeRange | None = None) -> NDArray[np.float32]:
    """Brightness (H, W) in [0, 1] that rises evenly with the log density, between the same shades."""
    shades = shades or shade_range(log_density)
    contrast = np.float32(max(shades.white - shades.black, _LEAST_CONTRAST))
    shown = (log_density - np.float32(shades.black)) / contrast
    return np.clip(shown, 0, 1, out=shown)


def _grey() -> NDArray[np.uint8]:
    return np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)


def _from_opencv(number: int) -> NDArray[np.uint8]:
    bgr = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], number)
    return np.ascontiguousarray(bgr[:, 0, ::-1], dtype=np.uint8)


def _read_only(lut: NDArray[np.uint8]) -> NDArray[np.uint8]:
    lut.setflags(write=False)
    return lut


COLOR_MAPS: Mapping[str, NDArray[np.uint8]] = MappingProxyType(
    {
        name: _read_only(lut)
        for name, lut in (
            ("viridis", _from_opencv(cv2.COLORMAP_VIRIDIS)),
            ("magma", _from_opencv(cv2.COLORMAP_MAGMA)),
            ("inferno", _from_opencv(cv2.COLORMAP_INFERNO)),
            ("plasma", _from_opencv(cv2.COLORMAP_PLASMA)),
            ("cividis", _from_opencv(cv2.COLORMAP_CIVIDIS)),  # the same to the color-blind
            ("grey", _grey()),  # Figure 4
            ("turbo", _from_opencv(cv2.COLORMAP_TURBO)),
            ("jet", _from_opencv(cv2.COLORMAP_JET)),
        )
    }
)
"""Colors by name: the RGB (256, 3) of dark to bright. OpenCV's tables equal matplotlib's, but for jet."""

NOT_UNIFORM = frozenset({"turbo", "jet"})
"""Rainbows, which many expect of a heat map: equal steps look unequal, and show edges that aren't there."""


def rgba(
    shown: NDArray[np.float32],
    lut: NDArray[np.uint8],
    opacity: float = 1,
    *,
    follow_intensity: bool = True,
) -> NDArray[np.uint8]:
    """Colors with alpha (H, W, 4) of an intensity (H, W), to be laid over a picture.

    Alpha is opacity, times the intensity if it is to follow that: what nobody looks at stays readable then.
    """
    alpha = np.full(256, 255.0) if not follow_intensity else np.arange(256.0)
    colors = np.column_stack([lut, np.rint(alpha * opacity).astype(np.uint8)])
    # four bytes looked up as one number: three times faster than byte by byte
    found = cv2.LUT(_shades(shown), np.ascontiguousarray(colors).view(np.int32)[:, 0])
    return found.view(np.uint8).reshape(*shown.shape, 4)


def overlay(
    rgb: NDArray[np.uint8], shown: NDArray[np.float32], lut: NDArray[np.uint8], opacity: float = 1
) -> NDArray[np.uint8]:
    """The picture (H, W, 3) under the colors of an intensity (H, W), each as opaque as it is intense."""
    assert rgb.shape[:2] == shown.shape, "picture and map differ in size"
    colors = cv2.applyColorMap(_shades(shown), np.ascontiguousarray(lut)[:, None])
    weight = shown * np.float32(opacity)
    return _uint8(cv2.blendLinear(rgb, colors, 1 - weight, weight))


def _shades(shown: NDArray[np.float32]) -> NDArray[np.uint8]:
    return _uint8(cv2.convertScaleAbs(shown, alpha=255))


def _uint8(array: Any) -> NDArray[np.uint8]:
    """What OpenCV gives, with the type that it has."""
    return np.asarray(array, dtype=np.uint8)
