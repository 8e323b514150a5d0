"""Lines where a map has one level, in pixels of its picture."""

from __future__ import annotations

import cv2
import numpy as np
from contourpy import LineType, contour_generator
from numpy.typing import NDArray

Polyline = NDArray[np.float64]
"""Points (n, 2) of x to the right and y down in pixels of the picture; closed where the last is the first."""

_ROUNDING = 1e-5
FEWEST, MOST = 384, 768  # cells along the longer side of what is traced: smooth, and fast


def borders(values: NDArray[np.float32], level: float, size: tuple[int, int]) -> tuple[Polyline, ...]:
    """What borders the region {values >= level} of a map (h, w) over a picture of size (height, width).

    Closed polylines, clockwise around the region or against it around a hole. Along the edge of the picture they
    follow that. Values are read as those of the middles of cells, linear between them.
    """
    # so little below that it cannot be seen: another size of a plain region is plain but for rounding
    return traced(_traceable(values), level - _ROUNDING * max(1.0, abs(level)), size)


def traced(values: NDArray[np.float32], level: float, size: tuple[float, float]) -> tuple[Polyline, ...]:
    """The same of values that are as fine as the lines shall be."""
    (height, width), (rows, columns) = size, values.shape
    # a frame just below the level closes each line, at the edge of the picture and not half a cell within
    low = np.nextafter(np.float32(level), np.float32(-np.inf)) - np.float32(1e-6) * max(1, abs(level))
    framed = np.pad(values, 1, constant_values=low)
    x = np.concatenate(([0], (np.arange(columns) + 0.5) * (width / columns), [width]))
    y = np.concatenate(([0], (np.arange(rows) + 0.5) * (height / rows), [height]))
    lines = contour_generator(x, y, framed, line_type=LineType.Separate).lines(level)
    return tuple(np.asarray(line) for line in lines if len(line) > 3)


def _traceable(values: NDArray[np.float32]) -> NDArray[np.float32]:
    longer = max(values.shape)
    wanted = min(max(longer, FEWEST), MOST)
    if wanted == longer:
        return values
    height, width = (max(1, round(extent * wanted / longer)) for extent in values.shape)
    how = cv2.INTER_CUBIC if wanted > longer else cv2.INTER_AREA
    return np.asarray(cv2.resize(values, (width, height), interpolation=how), np.float32)
