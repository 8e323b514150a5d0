"""How a saliency map is shown over its picture, as a value; nothing of Qt."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gazeengine.image import resized
from gazeengine.saliency_map import COLOR_MAPS, DISPLAY_GAMMA, intensity, overlay, rgba

Mode = Literal["overlay", "map", "picture"]

MODES: tuple[tuple[Mode, str, str], ...] = (
    ("overlay", "Overlay", "The picture under the colours of its map"),
    ("map", "Map", "The map alone"),
    ("picture", "Picture", "The picture alone"),
)
"""Each mode, its name in the window, and what it shows."""


@dataclass(frozen=True, slots=True)
class MapStyle:
    """What of picture and map is seen. opacity, in [0, 1], counts in an overlay only."""

    mode: Mode = "overlay"
    opacity: float = 0.8
    color_map: str = next(iter(COLOR_MAPS))
    gamma: float = DISPLAY_GAMMA


def rendered(rgb: NDArray[np.uint8], log_density: NDArray[np.float32] | None, style: MapStyle) -> NDArray[np.uint8]:
    """The picture with its map as on display, (H, W, 3) at the picture's own resolution.

    A large picture takes a second, so call it from a worker. Without a map it is the picture.
    """
    if log_density is None or style.mode == "picture":
        return rgb.copy()
    shown = intensity(resized(log_density, *rgb.shape[:2]), style.gamma)
    lut = COLOR_MAPS[style.color_map]
    if style.mode == "map":
        return np.ascontiguousarray(rgba(shown, lut, follow_intensity=False)[..., :3])
    return overlay(rgb, shown, lut, style.opacity)
