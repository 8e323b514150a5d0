"""The colours of a difference as Qt paints them fastest; plain, so that a worker makes them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gazeengine.comparison import Difference
from gazeengine.difference_image import DrawnDifference, drawn

_SIDE = 640  # pixels along the longer side, below which they are refined


@dataclass(frozen=True, slots=True, eq=False)
class PaintedDifference:
    """What is drawn of a difference, and its colours (h, w, 4): blue to red and alpha, premultiplied."""

    drawn: DrawnDifference
    pixels: NDArray[np.uint8]

    @staticmethod
    def of(difference: Difference, range_bits: float | None) -> PaintedDifference:
        shown = drawn(difference, range_bits)
        return PaintedDifference(shown, _premultiplied(shown.colours))


def _premultiplied(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """As Qt paints fastest: blue to red and alpha, premultiplied; fine enough to be stretched smoothly."""
    alpha = rgba[..., 3:].astype(np.float32) / 255
    colours = np.concatenate([rgba[..., 2::-1] * alpha, rgba[..., 3:]], 2)
    longer = max(rgba.shape[:2])
    factor = max(1, round(_SIDE / longer))
    if factor > 1:
        size = rgba.shape[1] * factor, rgba.shape[0] * factor
        colours = np.asarray(cv2.resize(colours, size, interpolation=cv2.INTER_CUBIC))
        colours[..., :3] = np.minimum(colours[..., :3], colours[..., 3:])
    return np.ascontiguousarray(np.rint(np.clip(colours, 0, 255)), np.uint8)
