"""What is known of a model once it has been evaluated: figures, scores, time taken, and on which machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from gazeengine.checkpoint import Checkpoint
from gazeengine.cost import flops_model
from gazeengine.picture_scores import PictureScores
from gazeengine.plan import FLOP_PER_GFLOP
from gazeengine.scores import Scores

VGA = 480, 640  # height, width of the picture for which the paper's Table 2 counts FLOPs

Kind = Literal["network", "teacher", "published", "center prior"]
KINDS: tuple[Kind, ...] = ("network", "teacher", "published", "center prior")


@dataclass(frozen=True, slots=True)
class Timing:
    """Measured time to a saliency map at the working size, in milliseconds; quartiles are the first and third."""

    median_ms: float
    quartiles_ms: tuple[float, float]
    runs: int
    threads: int


@dataclass(frozen=True, slots=True)
class Machine:
    """Where times were measured."""

    cpu: str
    cores: int
    torch: str

    def __str__(self) -> str:
        return f"{self.cpu}, {self.cores} cores, torch {self.torch}"


@dataclass(frozen=True, slots=True, eq=False)
class EvaluatedModel:
    """A model as far as a table of results needs it.

    source is what was asked for: a file, a shipped model, a folder of maps. n_pruned counts features of the
    architecture that are gone; beta is in nats per GFLOP, "star" for β*. parent, family, data, objective and teachers
    are the model file's own words on where it comes from. What a model does not have or does not say is None or empty.
    """

    name: str
    kind: Kind
    source: str
    id: str | None = None
    architecture: str | None = None
    widths: Mapping[str, int] | None = None
    working_size: tuple[int, int] | None = None
    n_pruned: int | None = None
    n_parameters: int | None = None
    gflop: float | None = None
    gflop_640x480: float | None = None
    beta: float | str | None = None
    parent: Mapping[str, Any] | None = None
    family: Mapping[str, Any] | None = None
    trained_after_pruning: bool | None = None
    data: tuple[str, ...] = ()
    objective: str | None = None
    teachers: tuple[str, ...] = ()
    timing: Timing | None = None

    @property
    def n_features(self) -> int | None:
        return None if self.widths is None else sum(self.widths.values())

    @property
    def estimate(self) -> bool:
        """Whether features were pruned and the rest was not trained since."""
        return bool(self.n_pruned) and self.trained_after_pruning is False


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """A line of a table: which model on which data set."""

    model: EvaluatedModel
    data_set: str
    scores: Scores
    pictures: PictureScores


@dataclass(frozen=True, slots=True, eq=False)
class StoredEvaluations:
    """What one call of evaluate found. date is ISO 8601; command is how it was called, data sets below DATA."""

    date: str
    command: str
    machine: Machine
    resamples: int
    seed: int
    rows: tuple[Evaluation, ...]


def described(checkpoint: Checkpoint, source: str, timing: Timing | None = None) -> EvaluatedModel:
    """A model file's model."""
    architecture, provenance = checkpoint.architecture, checkpoint.provenance
    kind: Kind = "network"
    if architecture.name == "published-fastgaze":
        kind = "published"
    elif not architecture.trained_backbone:
        kind = "teacher"
    gflop, at_vga = (
        flops_model(architecture, *size).total(checkpoint.widths) / FLOP_PER_GFLOP
        for size in (checkpoint.working_size, VGA)
    )
    parent, family, objective = (provenance.get(name) for name in ("parent", "family", "objective"))
    return EvaluatedModel(
        checkpoint.name,
        kind,
        source,
        checkpoint.id,
        architecture.name,
        checkpoint.widths,
        checkpoint.working_size,
        architecture.n_features - checkpoint.n_features,
        checkpoint.n_parameters,
        gflop,
        at_vga,
        provenance.get("beta"),
        parent if isinstance(parent, Mapping) else None,
        family if isinstance(family, Mapping) else None,
        provenance.get("trained_after_pruning"),
        words(provenance.get("data")),
        objective if isinstance(objective, str) else None,
        words(provenance.get("teacher")),
        timing,
    )


def words(listed: object) -> tuple[str, ...]:
    """What a list in JSON says; nothing where it is none."""
    return tuple(map(str, listed)) if isinstance(listed, list) else ()


def this_machine() -> Machine:
    """The computer that this runs on."""
    try:
        torch = version("torch")
    except PackageNotFoundError:
        torch = "unknown"
    return Machine(_cpu(), os.cpu_count() or 1, torch)


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine() or "unknown processor"
