"""A map as a file for other programs: NumPy, or a 16-bit PNG of the density."""

from __future__ import annotations

import io
import os

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from gazeengine.atomic import written_beside
from gazeengine.regions import Floats

LEVELS = 65535
SCALE = "Density-per-level"
"""The text chunk of a 16-bit map that says how much density one level is."""


def write_npy(path: str | os.PathLike[str], log_density: Floats) -> None:
    """Write the log density (H, W) in nats as float32, for numpy.load. Raises OutputError."""
    with written_beside(path) as beside:
        data = io.BytesIO()
        np.save(data, np.asarray(log_density, np.float32))
        beside.write_bytes(data.getvalue())


def write_png16(path: str | os.PathLike[str], log_density: Floats) -> None:
    """Write the density (H, W) as a grey PNG of 16 bits. Raises OutputError.

    Levels are in proportion to the density: 0 is none, 65,535 the greatest of the map. The probability that a look
    falls on a pixel is its level times the number in the text chunk Density-per-level; all pixels sum to 1, but for
    rounding. What is below half a level is 0: the log density in full is what NumPy's file has.
    """
    density = np.exp(log_density, dtype=np.float64)
    density /= density.sum()
    levels: NDArray[np.uint16] = np.rint(density * (LEVELS / density.max())).astype(np.uint16)
    chunks = PngInfo()
    chunks.add_text("Software", "FisherGaze")
    chunks.add_text("Description", f"Density of gaze: probability of a pixel = level x {SCALE}; sums to 1")
    chunks.add_text(SCALE, repr(float(density.max() / LEVELS)))
    with written_beside(path) as beside:
        png = io.BytesIO()
        Image.fromarray(levels).save(png, format="PNG", pnginfo=chunks)
        beside.write_bytes(png.getvalue())
