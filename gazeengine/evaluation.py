"""How well networks, or maps of any origin, predict where people looked in a data set, picture by picture.

Maps are over the pixels of each picture as given. What they average to is in picture_scores.py.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gazeengine import metrics
from gazeengine.errors import DataError
from gazeengine.fixations import DataSet, Floats, Stimulus, resized_log_density
from gazeengine.image import read_image
from gazeengine.networks import GazeNetwork
from gazeengine.picture_scores import Evaluated, PictureScores, averaged
from gazeengine.predict import Pixels, predict
from gazeengine.scores import METRICS, SIGMA_OF_WIDTH, Scores

LogDensityOf = Callable[[Stimulus], Floats]
"""The log density (h, w) that a model predicts for a picture, on a grid over it of any size."""


@dataclass(frozen=True, slots=True)
class EvaluationProgress:
    """Pictures done of those with fixations; scores, and those of each picture, come with the last one."""

    n_done: int
    n_pictures: int
    elapsed_s: float
    left_s: float
    results: tuple[Evaluated, ...] = ()

    @property
    def scores(self) -> Scores | None:
        """Those of the first model, which is the only one where one was asked for."""
        return self.results[0].scores if self.results else None


def evaluate(
    network: GazeNetwork,
    working_size: tuple[int, int],
    data_set: DataSet,
    baseline_grid: Floats,
    baseline_name: str,
    *,
    resamples: int = 0,
    seed: int = 0,
) -> Iterator[EvaluationProgress]:
    """Scores of network over the pictures of data_set that have fixations: evaluate_densities of its maps."""
    predicted = NetworkMaps().of(network, working_size)
    return evaluate_densities(predicted, data_set, baseline_grid, baseline_name, resamples=resamples, seed=seed)


def evaluate_densities(
    log_density_of: LogDensityOf,
    data_set: DataSet,
    baseline_grid: Floats,
    baseline_name: str,
    *,
    resamples: int = 0,
    seed: int = 0,
) -> Iterator[EvaluationProgress]:
    """Scores of maps of any origin, such as an ensemble's mean: evaluate_together of one."""
    return evaluate_together([log_density_of], data_set, baseline_grid, baseline_name, resamples=resamples, seed=seed)


def evaluate_together(
    models: Sequence[LogDensityOf],
    data_set: DataSet,
    baseline_grid: Floats,
    baseline_name: str,
    *,
    resamples: int = 0,
    seed: int = 0,
) -> Iterator[EvaluationProgress]:
    """Scores of models over the pictures of data_set that have fixations; yields after each, and can be stopped there.

    What is the same for all models is computed once a picture. A map on another grid than the picture's pixels is
    resized and normalised again; one of the picture's size is taken as it is. baseline_grid is a log density on a
    grid over the picture (a center bias), over which the information gain is counted; baseline_name says which. The
    shuffled AUC takes its negatives from all other pictures of the set. resamples is the number of bootstrap samples
    for intervals, 0 for none; seed draws them. Raises DataError where no picture has fixations, a picture is
    not of the size that its table says, or a map is no normalised log density.
    """
    stimuli = [s for s in data_set.stimuli if len(s.x)]
    if not stimuli:
        raise DataError(f"data set {data_set.name}: no picture has fixations, wanted some to evaluate on")
    started = time.monotonic()
    rows: list[list[tuple[float, ...]]] = [[] for _ in models]
    for i, stimulus in enumerate(stimuli):
        looked = _looked(stimulus, stimuli[:i] + stimuli[i + 1 :], baseline_grid)
        for model, scored in zip(models, rows, strict=True):
            scored.append(_scored(model(stimulus), looked))
        elapsed = time.monotonic() - started
        left = elapsed / (i + 1) * (len(stimuli) - i - 1)
        results: tuple[Evaluated, ...] = ()
        if i + 1 == len(stimuli):
            tables = [_tabulated(scored, stimuli, baseline_name) for scored in rows]
            results = tuple(Evaluated(averaged(table, resamples, seed), table) for table in tables)
        yield EvaluationProgress(i + 1, len(stimuli), elapsed, left, results)


class NetworkMaps:
    """Networks as models to evaluate; a picture that several look at in turn is read once."""

    def __init__(self) -> None:
        self._read: tuple[Path, Pixels] | None = None

    def of(self, network: GazeNetwork, working_size: tuple[int, int]) -> LogDensityOf:
        """The maps of network, over the pixels of each picture."""
        return lambda stimulus: predict(network, self._pixels(stimulus), working_size).log_density

    def _pixels(self, stimulus: Stimulus) -> Pixels:
        if self._read is None or self._read[0] != stimulus.path:
            self._read = stimulus.path, read_image(stimulus.path).rgb
        rgb = self._read[1]
        if rgb.shape[:2] != (stimulus.height, stimulus.width):
            raise DataError(
                f"picture {stimulus.path.name}: it is {rgb.shape[1]} x {rgb.shape[0]} pixels, "
                f"wanted {stimulus.width} x {stimulus.height} as its data set says"
            )
        return rgb


@dataclass(frozen=True, slots=True, eq=False)
class _Looked:
    """Where people looked in a picture, in the forms that metrics ask for; elsewhere is None for an only picture."""

    stimulus: Stimulus
    baseline: Floats
    density: npt.NDArray[np.float64]
    elsewhere: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]] | None


def _looked(stimulus: Stimulus, others: Sequence[Stimulus], baseline_grid: Floats) -> _Looked:
    shape = stimulus.height, stimulus.width
    blurred = metrics.fixation_density(stimulus.x, stimulus.y, shape, SIGMA_OF_WIDTH * stimulus.width)
    elsewhere = None
    if others:
        moved = [metrics.rescaled_fixations(s.x, s.y, (s.height, s.width), shape) for s in others]
        elsewhere = np.concatenate([x for x, _ in moved]), np.concatenate([y for _, y in moved])
    return _Looked(stimulus, resized_log_density(baseline_grid, *shape), blurred, elsewhere)


def _scored(log_density: Floats, looked: _Looked) -> tuple[float, ...]:
    """METRICS of one map, in their order; sauc is nan where there are no other pictures."""
    x, y = looked.stimulus.x, looked.stimulus.y
    if log_density.shape != looked.baseline.shape:
        log_density = resized_log_density(log_density, *looked.baseline.shape)
    density = np.exp(log_density, dtype=np.float64)
    return (
        metrics.information_gain(log_density, looked.baseline, x, y),
        metrics.auc(log_density, x, y),
        metrics.shuffled_auc(log_density, x, y, *looked.elsewhere) if looked.elsewhere else math.nan,
        metrics.nss(density, x, y),
        metrics.similarity(density, looked.density),
        metrics.correlation(density, looked.density),
        metrics.kl_divergence(density, looked.density),
    )


def _tabulated(rows: Sequence[tuple[float, ...]], stimuli: Sequence[Stimulus], baseline: str) -> PictureScores:
    columns = dict(zip(METRICS, np.array(rows, np.float64).T, strict=True))
    known = {name: column for name, column in columns.items() if not np.isnan(column).any()}
    return PictureScores(tuple(s.path.name for s in stimuli), np.array([len(s.x) for s in stimuli]), known, baseline)
