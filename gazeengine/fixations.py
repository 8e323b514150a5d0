"""Data sets of pictures and fixations, and center biases fitted to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from gazeengine.errors import DataError
from gazeengine.plain_format import read_plain
from gazeengine.published import read_published, recognised
from gazeengine.stimuli import DataSet, Floats, Stimulus

__all__ = [
    "DataSet",
    "FixationTotal",
    "Floats",
    "Stimulus",
    "center_bias",
    "counts",
    "fixation_total",
    "read_data_set",
    "resized_log_density",
]


def read_data_set(folder: Path, split: str) -> DataSet:
    """One split of a data set: in the plain format, which has an images.csv, or one as published.

    Which splits there are is told in plain_format.py and published/__init__.py. Raises DataError where the folder is
    neither, something in it is missing or malformed, or there is no such split.
    """
    layout = None if (folder / "images.csv").exists() else recognised(folder)
    return read_plain(folder, split) if layout is None else read_published(layout, folder, split)


def counts(stimulus: Stimulus, height: int, width: int) -> Floats:
    """Fixations (height, width) in each cell of a grid over the picture."""
    rows = np.minimum((stimulus.y * (height / stimulus.height)).astype(int), height - 1)
    columns = np.minimum((stimulus.x * (width / stimulus.width)).astype(int), width - 1)
    grid = np.zeros((height, width), np.float32)
    np.add.at(grid, (rows, columns), 1)
    return grid


@dataclass(frozen=True, slots=True, eq=False)
class FixationTotal:
    """Fixations on all pictures of some data sets, smoothed, of which center biases are made.

    total (height, width) are their counts, smoothed with a Gaussian of sigma picture heights; a share of uniform is
    added to densities, so that nothing has probability zero. stimuli says how often each is among the data.
    """

    names: str
    stimuli: Mapping[Stimulus, int]
    n_fixations: int
    total: npt.NDArray[np.float64]
    sigma: float
    uniform: float

    def log_density(self) -> Floats:
        """The center bias (height, width): log Q(x, y) of Eq. 1. Raises DataError where there are no fixations."""
        if not self.n_fixations:
            raise DataError(f"data set {self.names}: there are no fixations, wanted some to fit a center bias")
        return self._normalised(self.total)

    def without(self, *stimuli: Stimulus) -> Floats:
        """The center bias of all other pictures: what is known of these, but for where people looked at them.

        It costs no more than smoothing one picture's counts. Name all that show the same picture. Raises DataError
        where nobody looked at the others.
        """
        own, n_own = np.zeros_like(self.total), 0
        for stimulus in set(stimuli):
            times = self.stimuli[stimulus]
            own += times * counts(stimulus, *own.shape)
            n_own += times * len(stimulus.x)
        if n_own == self.n_fixations:
            raise DataError(f"data set {self.names}: no other picture has fixations, wanted some to fit a center bias")
        return self._normalised(np.maximum(self.total - _smoothed(own, self.sigma), 0))  # rounding may take it below

    def _normalised(self, smooth: npt.NDArray[np.float64]) -> Floats:
        density = (1 - self.uniform) * smooth / smooth.sum() + self.uniform / smooth.size
        return np.asarray(np.log(density), np.float32)


def fixation_total(
    data_sets: Sequence[DataSet],
    height: int = 48,
    width: int = 64,
    sigma: float = 0.04,
    uniform: float = 0.01,
) -> FixationTotal:
    """All fixations in coordinates relative to their picture. Each data set weighs as much as its fixations."""
    total = np.zeros((height, width), np.float64)
    for data in data_sets:
        for stimulus in data.stimuli:
            total += counts(stimulus, height, width)
    names = ", ".join(data.name for data in data_sets)
    stimuli = Counter(s for data in data_sets for s in data.stimuli)
    n_fixations = sum(data.n_fixations for data in data_sets)
    return FixationTotal(names, stimuli, n_fixations, _smoothed(total, sigma), sigma, uniform)


def center_bias(
    data_sets: Sequence[DataSet],
    height: int = 48,
    width: int = 64,
    sigma: float = 0.04,
    uniform: float = 0.01,
) -> Floats:
    """Log density (height, width) of where people look whatever the picture: log Q(x, y) of Eq. 1.

    All fixations in coordinates relative to their picture, smoothed with a Gaussian of sigma picture heights,
    with a share of uniform, so that nothing has probability zero. Each data set weighs as much as its fixations.
    """
    return fixation_total(data_sets, height, width, sigma, uniform).log_density()


def _smoothed(grid: npt.NDArray[np.float64], sigma: float) -> npt.NDArray[np.float64]:
    extent = sigma * len(grid)
    return np.asarray(cv2.GaussianBlur(grid, (0, 0), sigmaX=extent, sigmaY=extent, borderType=cv2.BORDER_REFLECT))


def resized_log_density(log_density: Floats, height: int, width: int) -> Floats:
    """A log density on another grid, normalised again: what a center bias is on the pixels of a picture."""
    resized = cv2.resize(log_density, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float64)
    peak = resized.max()
    return np.asarray(resized - peak - np.log(np.exp(resized - peak).sum()), np.float32)
