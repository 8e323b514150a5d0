"""Figure 1 of the paper: FastGaze pruned without retraining, signals anew on the way, by every criterion, as a run.

Each curve alternates between statistics over some training pictures and the removal of some features, and looks at the
loss on held-out pictures after each. Curves share their pictures: those drawn for a step are the same in all of them.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gazeengine.atomic import written_beside
from gazeengine.calibration import inputs_of
from gazeengine.checkpoint import Checkpoint
from gazeengine.cost import flops_model, parameter_model
from gazeengine.criteria import CRITERIA, FeatureStatistics
from gazeengine.errors import DataError, PruningError, cause
from gazeengine.fisher import feature_statistics
from gazeengine.networks import build
from gazeengine.plan import FLOP_PER_GFLOP, PruningPlan
from gazeengine.pricing import CostName, Pricing
from gazeengine.stimuli import DataSet
from gazeengine.surgery import pruned


@dataclass(frozen=True, slots=True)
class Curve:
    """A way of pruning; beta in nats per GFLOP, None for β*."""

    title: str
    criterion: str
    beta: float | None = 0.0
    cost: CostName = "flops"

    @property
    def key(self) -> str:
        """For names of files."""
        beta = "star" if self.beta is None else f"{self.beta:g}"
        return f"{self.criterion}-{beta}{'-fixed' * (self.cost == 'flops-fixed')}"


BETAS = (1e-3, 1e-2, 1e-1)
CURVES: tuple[Curve, ...] = (
    Curve("Fisher, β = 0", "fisher"),
    *(Curve(f"Fisher, β = {beta:g}", "fisher", beta) for beta in BETAS),
    Curve("Fisher, β*", "fisher", None),
    *(Curve(f"Fisher, β = {beta:g}, costs held fixed", "fisher", beta, "flops-fixed") for beta in BETAS),
    Curve("Fisher with first order, β = 0", "fisher-first-order"),
    Curve("Molchanov", "taylor"),
    Curve("Molchanov, normalised", "taylor-normalised"),
    Curve("Molchanov, regularised", "taylor", 1e-2, "flops-fixed"),
    Curve("Molchanov, normalised and regularised", "taylor-normalised", 1e-2, "flops-fixed"),
    Curve("Mean activation (L1A)", "l1a"),
    Curve("Weight norm (L1W)", "l1w"),
    Curve("Random", "random"),
)


@dataclass(frozen=True, slots=True)
class Figure1Options:
    """size (height, width) is that of the pictures; every so many features the signals are estimated anew.

    n_signal pictures are drawn for each estimate, n_held_out are looked at for the loss; a curve ends where least of
    the FLOPs is left.
    """

    size: tuple[int, int] = (240, 320)
    every: int = 10
    n_signal: int = 24
    n_held_out: int = 50
    least: float = 0.1
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Point:
    """n features are gone; loss is the held-out cross-entropy in nats per fixation, a mean over pictures."""

    n: int
    gflop: float
    loss: float


@dataclass(frozen=True, slots=True)
class Step:
    """A point of a curve, of which this is the share that is done."""

    curve: Curve
    point: Point
    done: float


def figure1(
    checkpoint: Checkpoint,
    training: Sequence[DataSet],
    held_out: Sequence[DataSet],
    folder: Path,
    options: Figure1Options,
    curves: Sequence[Curve] = CURVES,
) -> Iterator[Step]:
    """Go along all curves, in a folder that keeps every point, and goes on from there; yields those that are new.

    Raises DataError where the folder is of other options or damaged, or the sets have no fixations.
    """
    checkpoint = replace(checkpoint, working_size=options.size)
    stimuli = [s for data in training for s in data.stimuli]
    seen = inputs_of(
        checkpoint,
        [data.name for data in held_out],
        [s for data in held_out for s in data.stimuli],
        fixated=True,
        n_images=options.n_held_out,
        seed=options.seed,
    )
    whole = flops_model(checkpoint.architecture, *options.size).total(checkpoint.widths)
    for curve in curves:
        path = folder / f"{curve.key}-seed{options.seed}.json"
        points, kept = _read(path, checkpoint, options)
        present = _cut(checkpoint, kept) if kept else checkpoint
        while not points or (points[-1].gflop * FLOP_PER_GFLOP > options.least * whole and present.n_prunable):
            if points:
                present = _pruned(present, curve, stimuli, training, len(points), options)
            flops = flops_model(present.architecture, *options.size).total(present.widths)
            gone = checkpoint.n_features - present.n_features
            points.append(Point(gone, flops / FLOP_PER_GFLOP, _loss(present, seen)))
            _write(path, checkpoint, options, points, present)
            left = (flops / whole - options.least) / (1 - options.least)
            yield Step(curve, points[-1], min(1.0, 1 - left))


def points_in(folder: Path, checkpoint: Checkpoint, options: Figure1Options) -> dict[str, list[Point]]:
    """What a run's folder has of each curve, by its title."""
    checkpoint = replace(checkpoint, working_size=options.size)
    found = {c.title: _read(folder / f"{c.key}-seed{options.seed}.json", checkpoint, options)[0] for c in CURVES}
    return {title: points for title, points in found.items() if points}


def as_csv(points: Mapping[int, Mapping[str, Sequence[Point]]]) -> str:
    """By seed and curve: a line for each point."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["seed", "curve", "pruned", "gflop", "loss_nats"])
    for seed, curves in points.items():
        for title, row in curves.items():
            writer.writerows([seed, title, p.n, f"{p.gflop:.6g}", f"{p.loss:.6g}"] for p in row)
    return text.getvalue()


def _pruned(
    present: Checkpoint,
    curve: Curve,
    stimuli: Sequence[Any],
    training: Sequence[DataSet],
    step: int,
    options: Figure1Options,
) -> Checkpoint:
    """Some features less, by the curve's criterion on pictures that are drawn for this step."""
    criterion, seed = CRITERIA[curve.criterion], 1000 * options.seed + step
    statistics = FeatureStatistics.none(present)
    if criterion.of_pictures:
        names = [data.name for data in training]
        images = inputs_of(present, names, stimuli, fixated=True, n_images=options.n_signal, seed=seed)
        *_, statistics = feature_statistics(present, iter(images), targets="fixations", n_targets=1, seed=seed)
    flops = flops_model(present.architecture, *options.size)
    whole = present.architecture.widths
    pricing = Pricing.of(curve.cost, flops, parameter_model(present.architecture), whole=whole)
    order = pricing.order(criterion.signal(statistics, present, seed), curve.beta)
    return pruned(replace(present, signal=None), order.first(min(options.every, order.n_removals)))


def _loss(checkpoint: Checkpoint, images: Sequence[tuple[Tensor, Tensor | None]]) -> float:
    """Cross-entropy in nats per fixation, the mean over pictures (1, 3, H, W) with densities of fixations (1, H, W)."""
    network, losses = build(checkpoint), []
    with torch.inference_mode():
        for image, density in images:
            assert density is not None
            losses.append(float(-(density * network(image)).sum()))
    return float(np.mean(losses))


def _cut(checkpoint: Checkpoint, kept: Mapping[str, Sequence[int]]) -> Checkpoint:
    """The network of which kept are left."""
    indices = {name: np.array(features, np.int64) for name, features in kept.items()}
    n = checkpoint.n_features - sum(map(len, indices.values()))
    try:
        return pruned(replace(checkpoint, signal=None), PruningPlan(None, n, indices, 0, 0.0))
    except PruningError as error:
        raise DataError(f"figure1: the features of a point are of another network than {checkpoint.name}") from error


def _told(checkpoint: Checkpoint, options: Figure1Options) -> dict[str, Any]:
    about: dict[str, Any] = json.loads(json.dumps(asdict(options)))
    return about | {"model": checkpoint.id}


def _read(
    path: Path, checkpoint: Checkpoint, options: Figure1Options
) -> tuple[list[Point], dict[str, list[int]] | None]:
    if not path.exists():
        return [], None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        told = found["options"]
        points = [Point(int(p["n"]), float(p["gflop"]), float(p["loss"])) for p in found["points"]]
        kept = {str(name): [int(i) for i in features] for name, features in found["kept"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"file {path}: cannot be read ({cause(error)}), wanted it as written, or gone") from error
    if told != _told(checkpoint, options):
        raise DataError(f"file {path}: it is of other options ({told}), wanted another folder")
    return points, kept


def _write(
    path: Path, checkpoint: Checkpoint, options: Figure1Options, points: Sequence[Point], present: Checkpoint
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    at = {name: {int(f): i for i, f in enumerate(features)} for name, features in checkpoint.kept.items()}
    kept = {name: [at[name][int(f)] for f in features] for name, features in present.kept.items()}
    found = {"options": _told(checkpoint, options), "points": [asdict(p) for p in points], "kept": kept}
    with written_beside(path) as beside:
        beside.write_text(json.dumps(found), encoding="utf-8")
