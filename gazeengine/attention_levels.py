"""How attention is spread over the pixels of a map: which of them hold the first half of it, and where that ends."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gazeengine.errors import GazeError

Floats = NDArray[np.float32]

LN_2 = float(np.log(2))


@dataclass(frozen=True, slots=True, eq=False)
class AttentionLevels:
    """The pixels of a map from the most looked at to the least.

    log_density (N,) falls, in nats; within (N,) rises to 1: the share of attention that the pixels up to each get.
    """

    log_density: Floats
    within: NDArray[np.float64]

    def level(self, share: float) -> float:
        """The log density in nats above which the smallest region lies that holds this share of attention.

        That is a highest-density region: all pixels of this level or above hold share or more, those above it less.
        """
        if not 0 < share <= 1:
            raise GazeError(f"share of attention: found {share}, wanted more than 0 and at most 1")
        return float(self.log_density[min(int(np.searchsorted(self.within, share)), self.within.size - 1)])

    def share_within(self, log_density: NDArray[np.floating]) -> NDArray[np.float64]:
        """The share of attention that falls where one looks as often as here or more, of any shape.

        It is small at a peak and 1 at the least seen pixel; a region {share_within <= s} holds s of attention.
        """
        values = np.asarray(log_density, np.float32)
        last = np.searchsorted(-self.log_density, -values, side="right") - 1  # the last pixel of the same level
        return np.where(last >= 0, self.within[np.maximum(last, 0)], 0.0)


def levels_of(log_density: Floats) -> AttentionLevels:
    """The levels of a map (H, W), exact over its pixels."""
    falling = np.sort(log_density, axis=None)[::-1]
    within = np.cumsum(np.exp(falling - falling[0]), dtype=np.float64)
    within /= within[-1]
    return AttentionLevels(falling, within)


def bits_over_uniform(log_density: Floats) -> Floats:
    """Log density (H, W) in bits over that of a gaze without preference: 0 as often as on average, 1 twice as often."""
    return (log_density + np.float32(np.log(log_density.size))) * np.float32(1 / LN_2)


def coarser(log_density: Floats, most_pixels: int) -> Floats:
    """The map (H, W) on at most about most_pixels, with the mean density of what each new pixel covers."""
    factor = np.sqrt(most_pixels / log_density.size)
    if factor >= 1:
        return log_density
    height, width = (max(1, round(extent * factor)) for extent in log_density.shape)
    highest = log_density.max()
    density = cv2.resize(np.exp(log_density - highest), (width, height), interpolation=cv2.INTER_AREA)
    cells = np.float32(np.log(log_density.size / (height * width)) + highest)
    # what is too improbable for a float is as improbable as can be
    return np.asarray(np.log(np.maximum(density, np.finfo(np.float32).tiny)) + cells, np.float32)
