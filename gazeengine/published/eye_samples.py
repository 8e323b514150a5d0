"""Fixations in the samples of an eye tracker, found as the code published with MIT1003 finds them.

That is checkFixations.m of Barbara Hidalgo-Sotelo (2006), here written anew from what it does: a saccade is where
speed, averaged over a few samples, rises faster than a threshold, up to where it has fallen as fast; what lies
between two saccades is a fixation, at the median of its samples. The numbers are those of that experiment:
240 samples a second and 34 pixels a degree.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats64 = npt.NDArray[np.float64]

SAMPLES_PER_S = 240
PIXELS_PER_DEGREE = 34
CHANGE = 6 * PIXELS_PER_DEGREE  # of speed, in pixels per second from one window to the next, one sample later
WINDOW = 4  # samples that speed is averaged over
SHORTEST_RISE = 3  # samples that speed must rise for
SEARCH = 25  # samples after its rise within which speed must fall again
SHORTEST_FIXATION = 12  # samples, 50 ms


def fixations_of_samples(samples: Floats64) -> Floats64:
    """Positions (N, 2) of fixations in samples (T, 2), in the same coordinates and in their order.

    nan marks a sample that is missing, and a fixation of such samples only. Without a saccade all is one fixation.
    """
    if len(samples) == 0:
        return np.zeros((0, 2))
    saccades = _joined(_saccades(_change_of_speed(samples)), len(samples))
    starts = [0, *(end + 1 for _, end in saccades)]
    ends = [*(start for start, _ in saccades), len(samples)]
    return np.array([_median(samples[a:b]) for a, b in zip(starts, ends, strict=True) if a < b])


def _change_of_speed(samples: Floats64) -> Floats64:
    """How much faster (T,) the eye is in the window one sample later, in pixels per second; 0 near either end."""
    steps = np.hypot(*np.diff(samples, axis=0, prepend=samples[:1]).T)
    smooth = np.convolve(steps, np.full(WINDOW, 1 / WINDOW))[: len(samples)]
    change = np.zeros(len(samples))
    # two windows of WINDOW + 1 samples, of which all but the outermost are in both
    change[1 : -WINDOW - 1] = (smooth[WINDOW + 2 :] - smooth[1 : -WINDOW - 1]) * (SAMPLES_PER_S / WINDOW)
    return change


def _saccades(change: Floats64) -> list[tuple[int, int]]:
    """First and last sample of each saccade."""
    rises = [(a, b) for a, b in _runs(change > CHANGE) if b - a + 1 >= SHORTEST_RISE]
    found = []
    for start, top in rises:
        end = _fallen(change, top)
        # the trial ends within a saccade: known to the published code only where there is no other
        if end is None and len(rises) == 1 and not change[top + 1 :].any():
            end = len(change) - 1
        if end is not None:
            found.append((start, end))
    return found


def _fallen(change: Floats64, top: int) -> int | None:
    """The last sample of the first fall of speed after top, or None where there is none in time."""
    for i in range(top + 1, top + 1 + SEARCH):
        if i > top + 1 and i + 2 >= len(change):
            return None
        if change[i] < -CHANGE and not change[i + 1] < -CHANGE:
            return i
    return None


def _joined(saccades: Sequence[tuple[int, int]], n_samples: int) -> list[tuple[int, int]]:
    """Saccades with none but full fixations between them. The last one lasts to the end if little is left."""
    joined: list[tuple[int, int]] = []
    for start, end in saccades:
        if joined and start - joined[-1][1] <= SHORTEST_FIXATION:
            start = joined.pop()[0]
        joined.append((start, end))
    if joined and n_samples - 1 - joined[-1][1] <= SHORTEST_FIXATION:
        joined[-1] = joined[-1][0], n_samples - 1
    return joined


def _runs(mask: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last index of each run of true values."""
    edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0))
    return [(int(a), int(b) - 1) for a, b in edges.reshape(-1, 2)]


def _median(samples: Floats64) -> tuple[float, float]:
    x, y = (float(np.median(known)) if len(known := c[~np.isnan(c)]) else np.nan for c in samples.T)
    return x, y
