"""Pruning criteria side by side: what each takes for the loss of a feature (Sections 2.1 and 2.4, Figure 1).

All are made of a few means over data points n, which one pass of fisher.feature_statistics gathers: of g_nk, the
derivative in the mask of feature k (Eq. 9), of its square and its size, and of the feature's activation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from gazeengine.checkpoint import Checkpoint
from gazeengine.errors import PruningError
from gazeengine.plan import FisherSignal, Floats


@dataclass(frozen=True, slots=True, eq=False)
class FeatureStatistics:
    """Means over n_points data points of n_images pictures, for each layer's features (C,).

    slope is that of g_nk, square of g_nk² (nats²), size of |g_nk|; activity is the mean |a| over pictures and
    positions, as readers see it.
    """

    checkpoint_id: str
    n_images: int
    targets: str
    slope: Mapping[str, Floats]
    square: Mapping[str, Floats]
    size: Mapping[str, Floats]
    activity: Mapping[str, Floats]

    @staticmethod
    def none(checkpoint: Checkpoint) -> FeatureStatistics:
        """Of no pictures: for criteria that need none."""
        return FeatureStatistics(checkpoint.id, 0, "none", {}, {}, {}, {})


Importance = Callable[[FeatureStatistics, Checkpoint, int], dict[str, Floats]]
"""Of statistics, the network and a seed: what the loss of each feature is taken for."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """name is for files and commands, title for people.

    signed says whether what it gives may be negative, of_pictures whether it needs statistics over some.
    """

    name: str
    title: str
    source: str
    importance: Importance
    signed: bool = False
    of_pictures: bool = True

    def signal(self, statistics: FeatureStatistics, checkpoint: Checkpoint, seed: int = 0) -> FisherSignal:
        """What an order is made of. Raises PruningError for statistics of another network, or that are no numbers."""
        if statistics.checkpoint_id != checkpoint.id:
            raise PruningError(
                f"criterion {self.title}: the statistics are of another network than {checkpoint.name}, wanted its own"
            )
        delta = self.importance(statistics, checkpoint, seed)
        for layer, values in delta.items():
            if len(values) != checkpoint.widths.get(layer) or not np.isfinite(values).all():
                raise PruningError(
                    f"criterion {self.title}: layer {layer!r} of {checkpoint.name} has values that are no numbers, "
                    "wanted one for each feature"
                )
        return FisherSignal(checkpoint.id, statistics.n_images, statistics.targets, delta, self.name, self.signed)


def _fisher(s: FeatureStatistics, checkpoint: Checkpoint, seed: int) -> dict[str, Floats]:
    return {layer: square / 2 for layer, square in s.square.items()}


def _first_order(s: FeatureStatistics, checkpoint: Checkpoint, seed: int) -> dict[str, Floats]:
    """The mask goes from 1 to 0: the slope counts with a minus."""
    return {layer: square / 2 - s.slope[layer] for layer, square in s.square.items()}


def _taylor(s: FeatureStatistics, checkpoint: Checkpoint, seed: int) -> dict[str, Floats]:
    return dict(s.size)


def _taylor_normalised(s: FeatureStatistics, checkpoint: Checkpoint, seed: int) -> dict[str, Floats]:
    norms = {layer: float(np.sqrt(np.square(size).sum())) for layer, size in s.size.items()}
    return {layer: size / (norms[layer] or 1.0) for layer, size in s.size.items()}


def _activity(s: FeatureStatistics, checkpoint: Checkpoint, seed: int) -> dict[str, Floats]:
    return dict(s.activity)


def _weight(s: FeatureStatistics, checkpoint: Checkpoint, seed: int) -> dict[str, Floats]:
    """Of features that several layers compute, tied to one another, the mean over these."""
    roots = checkpoint.architecture.roots
    norms: dict[str, list[Floats]] = {name: [] for name in checkpoint.widths}
    for layer in checkpoint.architecture.layers:
        weight = checkpoint.weights[f"{layer.key}.weight"]
        norms[roots[layer.name]].append(np.abs(weight).reshape(len(weight), -1).mean(1, dtype=np.float64))
    return {name: np.mean(found, 0) for name, found in norms.items()}


def _random(s: FeatureStatistics, checkpoint: Checkpoint, seed: int) -> dict[str, Floats]:
    rng = np.random.default_rng(seed)
    return {layer: rng.uniform(size=width) for layer, width in checkpoint.widths.items()}


CRITERIA: Mapping[str, Criterion] = {
    c.name: c
    for c in (
        Criterion("fisher", "Fisher", "Theis et al. (2018), Eq. 7 and 9", _fisher),
        Criterion(
            "fisher-first-order", "Fisher with first order", "Theis et al. (2018), Eq. 5", _first_order, signed=True
        ),
        Criterion("taylor", "Molchanov", "Molchanov et al. (2017), unnormalised", _taylor),
        Criterion(
            "taylor-normalised",
            "Molchanov, normalised",
            "Molchanov et al. (2017), ℓ2 a layer",
            _taylor_normalised,
        ),
        Criterion("l1a", "Mean activation (L1A)", "Theis et al. (2018), Section 3.1", _activity),
        Criterion("l1w", "Weight norm (L1W)", "Theis et al. (2018), Section 3.1", _weight, of_pictures=False),
        Criterion("random", "Random", "", _random, of_pictures=False),
    )
}
"""By name, the project's own first. With a cost, Molchanov's is the regularised variant."""


def criterion(name: str) -> Criterion:
    """The criterion of that name. Raises PruningError with the known names."""
    try:
        return CRITERIA[name]
    except KeyError:
        raise PruningError(f"criterion {name!r} is not known, wanted one of {', '.join(CRITERIA)}") from None
