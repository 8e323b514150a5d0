"""What a map says in other ways than as heat: what is seen at all, what holds half of attention, where hotspots are.

All of these follow the share of attention and not the brightness of a heat map, so that they mean the same for every
picture, gamma and percentile.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from gazeengine.attention_levels import AttentionLevels, Floats, bits_over_uniform, coarser, levels_of
from gazeengine.hotspots import Hotspot, hotspots
from gazeengine.image import resized
from gazeengine.tracing import Polyline, borders

__all__ = [
    "CLEAR",
    "DARK",
    "DARKEST",
    "SHARES",
    "Hotspot",
    "Polyline",
    "bits_over_uniform",
    "coarser",
    "contours",
    "focus",
    "focus_strength",
    "hotspots",
    "levels_of",
    "out_of_focus",
    "share_inside",
]

SHARES = (0.5, 0.8)
"""Of attention, inside the contours that are drawn."""

CLEAR, DARK = 0.5, 0.95
"""In a focus map what gets the first half of attention is as clear as the picture, the last 5 % are wholly dark."""

DARKEST = 0.94
"""Of the light is taken from what is not seen, at full darkness."""

_BLUR = 0.012  # of the longer side: text of a screenshot is not read any more
_KNOTS = 256


def contours(
    log_density: Floats, share: float, size: tuple[int, int], levels: AttentionLevels | None = None
) -> tuple[Polyline, ...]:
    """The border of the smallest region that holds share of attention, over a picture of size (height, width).

    Closed polylines (n, 2) of x and y in its pixels: the highest-density region may have parts and holes, so inside is
    what an odd number of lines surrounds. levels are those of the map (h, w), where they are known.
    """
    return borders(log_density, (levels or levels_of(log_density)).level(share), size)


def focus_strength(log_density: Floats, levels: AttentionLevels | None = None) -> Floats:
    """How clearly each pixel (H, W) of a focus map is seen, from 0, dark and blurred, to 1, as the picture is.

    It falls smoothly with the share of attention that goes to what is looked at as often or more: 1 up to CLEAR, 0
    from DARK on.
    """
    levels = levels or levels_of(log_density)
    high, low = levels.level(CLEAR), levels.level(DARK)
    knots = np.linspace(low, high, _KNOTS, dtype=np.float32)
    seen = np.clip((DARK - levels.share_within(knots)) / (DARK - CLEAR), 0, 1)
    table = seen * seen * (3 - 2 * seen)
    if high - low < 1e-5:  # all of it gets the same
        return np.where(log_density >= np.float32(high), np.float32(1), np.float32(0))
    place = np.clip((log_density - np.float32(low)) * np.float32((_KNOTS - 1) / (high - low)), 0, _KNOTS - 1)
    table[-1], table[0] = 1, 0
    return np.asarray(np.interp(place, np.arange(_KNOTS), table), np.float32)


def out_of_focus(rgb: NDArray[np.uint8], darkness: float) -> NDArray[np.uint8]:
    """The picture (H, W, 3) as it is where nobody looks: blurred, and darker by darkness in [0, 1]."""
    height, width = rgb.shape[:2]
    small = min(1.0, 512 / max(height, width))
    reduced = resized(rgb, max(1, round(height * small)), max(1, round(width * small)))
    blurred = cv2.GaussianBlur(reduced, (0, 0), max(0.6, _BLUR * max(reduced.shape[:2])))
    dark = cv2.convertScaleAbs(blurred, alpha=1 - DARKEST * darkness)
    return np.asarray(cv2.resize(dark, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def focus(rgb: NDArray[np.uint8], log_density: Floats, darkness: float = 1.0) -> NDArray[np.uint8]:
    """The picture (H, W, 3) as gaze takes it in: what is not seen is blurred, and dark by darkness in [0, 1].

    The map may be coarser than the picture.
    """
    seen = np.asarray(resized(focus_strength(log_density), *rgb.shape[:2]), np.float32)
    return np.asarray(cv2.blendLinear(rgb, out_of_focus(rgb, darkness), seen, 1 - seen), np.uint8)


def share_inside(log_density: Floats, lines: Sequence[Polyline], size: tuple[int, int]) -> float:
    """The share of attention inside closed polylines over a picture of size, by pixels whose middle is inside."""
    rows, columns = log_density.shape
    fine, scale = 8, np.array([columns / size[1], rows / size[0]])
    drawn = np.zeros((rows * fine, columns * fine), np.uint8)
    cv2.fillPoly(drawn, [np.rint((line * scale * fine - 0.5) * 16).astype(np.int32) for line in lines], 1, shift=4)
    inside = drawn.reshape(rows, fine, columns, fine).mean((1, 3))
    density = np.exp(log_density - log_density.max(), dtype=np.float64)
    return float((inside * density).sum() / density.sum())
