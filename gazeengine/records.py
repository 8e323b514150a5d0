"""What crosses threads between the window and the engine: requests, and results that carry their request."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from threading import Event
from typing import Literal

from gazeengine.checkpoint import Checkpoint
from gazeengine.domain import USUAL_LOOK, Look
from gazeengine.image import Picture
from gazeengine.plan import PruningPlan
from gazeengine.saliency_map import SaliencyMap


@dataclass(frozen=True, slots=True)
class Latency:
    """Measured time to a saliency map in milliseconds, with the unpruned network measured in turn.

    quartiles_ms are the first and third over runs; size is (height, width) of the network's input. speedup is the
    median over pairs of runs of base time / time, so that load by others cancels; its quartiles likewise.
    """

    median_ms: float
    quartiles_ms: tuple[float, float]
    runs: int
    threads: int
    size: tuple[int, int]
    base_median_ms: float
    speedup: float
    speedup_quartiles: tuple[float, float]


@dataclass(frozen=True, slots=True)
class RoundingGain:
    """How many times less time a network takes per FLOP than that of the widths that were rounded.

    measured on whole networks in turn, with the quartiles over pairs of runs; predicted by their layers, timed alone.
    """

    measured: float
    quartiles: tuple[float, float]
    predicted: float


def network_key(checkpoint: Checkpoint, plan: PruningPlan | None) -> Hashable:
    """Equal for plans that leave the same network of a checkpoint."""
    return (checkpoint.id, plan.digest) if plan is not None and plan.n else checkpoint.id


@dataclass(frozen=True, slots=True, eq=False)
class PreviewRequest:
    """A map of picture by checkpoint's network pruned as plan says, and then its latency.

    plan is None where the network is taken as it is. The map has at most most_pixels pixels, in the picture's aspect.
    unpruned is what latency is compared with, checkpoint itself where it is None. look says how the map is made. Of a
    page the fold of number first_fold is read first; its map has as many pixels as its folds need. Where plan's widths
    are rounded, exact is the plan that they were rounded from, to measure what that gains.
    Once overtaken is set, all but the first result may be left out.
    """

    picture: Picture
    checkpoint: Checkpoint
    plan: PruningPlan | None
    threads: int = 1
    measure: bool = True
    most_pixels: int = 500_000
    unpruned: Checkpoint | None = None
    look: Look = USUAL_LOOK
    first_fold: int = 1
    exact: PruningPlan | None = None
    overtaken: Event = field(default_factory=Event)

    @property
    def network_key(self) -> Hashable:
        """Equal for requests that the same network answers."""
        return network_key(self.checkpoint, self.plan)

    @property
    def map_key(self) -> Hashable:
        """Equal for requests that have the same map."""
        return self.network_key, self.picture.digest, self.look

    def answers_like(self, other: PreviewRequest) -> bool:
        """Whether both have the same answer."""
        return self.map_key == other.map_key and self.threads == other.threads


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """One step of the answer to request: the map, coarse or full, or a latency that sharpens run by run.

    A page's is coarse until all its folds are read; folds_read are the numbers of those that are.
    """

    request: PreviewRequest
    stage: Literal["coarse", "full", "latency"]
    saliency_map: SaliencyMap | None = None
    latency: Latency | None = None
    latency_final: bool = False
    rounding: RoundingGain | None = None
    folds_read: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Failure:
    """A request that could not be answered; message says what was found and what is wanted."""

    request: object
    message: str
