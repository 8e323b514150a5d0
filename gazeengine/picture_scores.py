"""Scores picture by picture, what they average to, and how sure that is: bootstrap intervals over pictures.

Averages are pysaliency's (see metrics.py): information gain, AUC, shuffled AUC and NSS over fixations, SIM, CC and KL
over pictures. Pictures are what is drawn again, not fixations, as those of one picture resemble one another; an
average over fixations is then that of the drawn pictures' sums.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gazeengine.errors import DataError
from gazeengine.scores import LEVEL, METRICS, Interval, Scores

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BY_FIXATION = frozenset({"information_gain_bits", "auc", "sauc", "nss"})
"""Scores whose average weighs a picture by its fixations."""

RESAMPLES = 1000  # bootstrap samples, where nothing else is asked for


@dataclass(frozen=True, slots=True, eq=False)
class PictureScores:
    """What one model scores on each picture of a data set.

    pictures are their names, n_fixations (N,) how often each was looked at, values (N,) for each of METRICS; sauc is
    missing where there is one picture only. baseline is what the information gain is counted over.
    """

    pictures: tuple[str, ...]
    n_fixations: Ints
    values: Mapping[str, Floats]
    baseline: str

    def mean(self, metric: str) -> float:
        """The average over fixations or over pictures, as the metric asks for."""
        weights = self._weights(metric)
        return float(self.values[metric] @ weights / weights.sum())

    def resampled(self, metric: str, times: Ints) -> Floats:
        """The average (B,) of each bootstrap sample that has picture n times[b, n] times."""
        weights = times * self._weights(metric)
        return np.asarray(weights @ self.values[metric] / weights.sum(1), np.float64)

    def _weights(self, metric: str) -> Ints:
        return self.n_fixations if metric in BY_FIXATION else np.ones_like(self.n_fixations)


@dataclass(frozen=True, slots=True, eq=False)
class Evaluated:
    """What one model scored on a data set: on average, and on each picture."""

    scores: Scores
    pictures: PictureScores


@dataclass(frozen=True, slots=True)
class Difference:
    """How much one model scores above another on the same pictures, with the ends of the 95 % bootstrap interval."""

    mean: float
    low: float
    high: float

    @property
    def certain(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


def averaged(found: PictureScores, resamples: int = RESAMPLES, seed: int = 0) -> Scores:
    """The averages, with bootstrap intervals unless resamples is 0; seed draws the samples.

    A score that is not finite on some picture gets no interval.
    """
    means = {name: found.mean(name) for name in found.values}
    intervals: dict[str, Interval] = {}
    if resamples:
        times = _drawn(len(found.pictures), resamples, seed)
        finite = [name for name in found.values if np.isfinite(found.values[name]).all()]
        intervals = {name: _interval(found.resampled(name, times)) for name in finite}
    return Scores(
        **(dict.fromkeys(METRICS) | means),  # type: ignore[arg-type]  # only sauc can be None
        n_images=len(found.pictures),
        n_fixations=int(found.n_fixations.sum()),
        baseline=found.baseline,
        intervals=intervals,
    )


def paired_difference(
    first: PictureScores, second: PictureScores, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, Difference]:
    """first's scores minus second's, for each that both have; the same pictures are drawn for both.

    The interval is that of the difference. It is narrower than those of the two models let expect, as a picture that
    is hard for one is hard for the other. Raises DataError for scores of other pictures or over another baseline.
    """
    if first.pictures != second.pictures or not np.array_equal(first.n_fixations, second.n_fixations):
        raise DataError(
            f"paired difference: found scores of {len(first.pictures)} pictures with {first.n_fixations.sum()} "
            f"fixations and of {len(second.pictures)} with {second.n_fixations.sum()}, wanted the same pictures"
        )
    if first.baseline != second.baseline:
        raise DataError(
            f"paired difference: found gains over the {first.baseline} and over the {second.baseline}, wanted one"
        )
    times = _drawn(len(first.pictures), resamples, seed)
    differences = {}
    for name in first.values:
        if name in second.values:
            low, high = _interval(first.resampled(name, times) - second.resampled(name, times))
            differences[name] = Difference(first.mean(name) - second.mean(name), low, high)
    return differences


def _drawn(n: int, resamples: int, seed: int) -> Ints:
    """How often each of n pictures is in each sample (B, n); the same for the same n and seed."""
    return np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=resamples)


def _interval(sample: Floats) -> Interval:
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(sample, (tail, 100 - tail))
    return float(low), float(high)
