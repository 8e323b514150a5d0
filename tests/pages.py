"""Long pages for tests: screenfuls of lines of text on plain ground."""

import numpy as np
from numpy.typing import NDArray

from gazeengine.image import Picture


def page_pixels(height: int = 400, width: int = 64, seed: int = 0) -> NDArray[np.uint8]:
    """A page (height, width, 3) that looks like a screen: few colours, plain areas, lines of text here and there."""
    rng = np.random.default_rng(seed)
    rgb = np.full((height, width, 3), 250, np.uint8)
    for top in range(4, height - 4, 24):
        left = int(rng.integers(2, width // 2))
        rgb[top : top + 3, left : left + width // 4] = 30
    rgb.setflags(write=False)
    return rgb


def page_picture(height: int = 400, width: int = 64, seed: int = 0) -> Picture:
    return Picture("page", None, page_pixels(height, width, seed), f"page {height} {width} {seed}")
