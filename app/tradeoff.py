"""What the trade-off view shows: loss estimates against GFLOP along orders, and pinned settings. Plain data, no Qt."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.beta_scale import beta_words
from app.planned import Model, Planned
from app.scores_of import gains_of
from app.selection import NetworkChoice
from gazeengine.checkpoint import Checkpoint
from gazeengine.families import Snapshot
from gazeengine.plan import FLOP_PER_GFLOP, Floats, PruningOrder

MOST_POINTS = 240  # of a curve, that are drawn


@dataclass(frozen=True, slots=True)
class Begun:
    """The network that an order begins with: n features are gone of it, for which it was measured to lose bits.

    bits is the information gain on test pictures that the network from which n counts has and this one has not, 0 where
    nothing is gone, and None where one of them was not measured.
    """

    n: int = 0
    bits: float | None = 0.0

    @staticmethod
    def of(plan: Planned) -> Begun:
        return Begun.between(plan.model, plan.snapshot, plan.base)

    @staticmethod
    def between(model: Model, snapshot: Snapshot, base: Checkpoint) -> Begun:
        """Of snapshot of model's family, whose network is base."""
        if snapshot is model.family.origin:
            return Begun()
        ours, theirs = gains_of(base), gains_of(model.checkpoint)
        both = ours.keys() & theirs.keys()
        lost = sum(theirs[name] - ours[name] for name in both) / len(both) if both else None
        return Begun(snapshot.n, None if lost is None else max(lost, 0.0))


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Bits (P,) that are lost against GFLOP (P,), falling, along one order: what begun is, and summed Δ."""

    title: str
    gflop: Floats
    bits: Floats
    begun: Begun = Begun()

    @staticmethod
    def of(title: str, order: PruningOrder, begun: Begun) -> Curve:
        """Evenly in FLOPs, as far as the order goes."""
        marks = np.linspace(order.flops[0], order.flops[-1], MOST_POINTS)
        at = np.unique(np.searchsorted(-order.flops, -marks).clip(0, order.n_removals))
        bits = order.loss_increase[at] / math.log(2) + (begun.bits or 0.0)
        return Curve(title, order.flops[at] / FLOP_PER_GFLOP, bits, begun)

    def point(self, i: int) -> Point:
        return Point(float(self.gflop[i]), float(self.bits[i]), self.begun)


@dataclass(frozen=True, slots=True)
class Point:
    """A network: what it costs, and the bits that are lost, those by estimate past what begun was measured to lose."""

    gflop: float
    bits: float
    begun: Begun = Begun()

    @property
    def words(self) -> str:
        cost, begun = f"{self.gflop:.2f} GFLOP", self.begun
        if not begun.n:
            return f"{cost}, {self.bits:.3f} bits lost by estimate"
        if begun.bits is None:
            past = f"past the network with {begun.n:,} pruned, whose own loss was not measured"
            return f"{cost}, {self.bits:.3f} bits lost by estimate {past}"
        measured, estimated = round(begun.bits, 3), round(max(self.bits - begun.bits, 0.0), 3)  # as they add up
        parts = f"{measured:.3f} measured with {begun.n:,} pruned, {estimated:.3f} by estimate past that"
        return f"{cost}, {measured + estimated:.3f} bits lost: {parts}"


@dataclass(frozen=True, slots=True, eq=False)
class Pin:
    """A setting that was pinned under a letter, to be compared and come back to."""

    letter: str
    choice: NetworkChoice
    words: str
    widths: Mapping[str, int]
    point: Point
    curve: Curve | None

    @staticmethod
    def of(letter: str, plan: Planned) -> Pin:
        return Pin(letter, plan.choice, pin_words(plan), plan.widths, point_of(plan), curve_of(plan))


@dataclass(frozen=True, slots=True, eq=False)
class TradeOff:
    """The present order with the present point on it, those of other criteria, and the pins.

    gflop_all is the cost of the unpruned network. All losses count from the same network: what the trained ones that
    orders begin with were measured to lose, and past that the estimate.
    """

    gflop_all: float
    present: Curve | None
    point: Point
    others: tuple[Curve, ...] = ()
    pins: tuple[Pin, ...] = ()


def point_of(plan: Planned) -> Point:
    """Where a plan stands: its cost, and what it is expected to lose."""
    begun = Begun.of(plan)
    bits = plan.loss_increase_bits + (begun.bits or 0.0)
    return Point(plan.model.flops.total(plan.widths) / FLOP_PER_GFLOP, bits, begun)


def curve_of(plan: Planned) -> Curve | None:
    """Of a plan's own order; None without a signal."""
    return None if plan.order is None else Curve.of(plan.choice.method.words, plan.order, Begun.of(plan))


def pin_words(plan: Planned) -> str:
    """What a pinned setting was."""
    choice = plan.choice
    n = plan.n_trained + plan.n_estimated
    return f"{choice.method.words}, {beta_words(choice.beta)}, {n:,} pruned"
