"""What the trade-off view shows: loss estimates against GFLOP along orders, and pinned settings. Plain data, no Qt."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.beta_scale import beta_words
from app.planned import Planned
from app.selection import NetworkChoice
from gazeengine.plan import FLOP_PER_GFLOP, Floats, PruningOrder

MOST_POINTS = 240  # of a curve, that are drawn


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Summed Δ in bits (P,) against GFLOP (P,), falling, along one order."""

    title: str
    gflop: Floats
    bits: Floats

    @staticmethod
    def of(title: str, order: PruningOrder) -> Curve:
        """Evenly in FLOPs, as far as the order goes."""
        marks = np.linspace(order.flops[0], order.flops[-1], MOST_POINTS)
        at = np.unique(np.searchsorted(-order.flops, -marks).clip(0, order.n_removals))
        return Curve(title, order.flops[at] / FLOP_PER_GFLOP, order.loss_increase[at] / math.log(2))


@dataclass(frozen=True, slots=True)
class Point:
    gflop: float
    bits: float


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

    gflop_all is the cost of the unpruned network; losses are past the trained network that an order begins with.
    """

    gflop_all: float
    present: Curve | None
    point: Point
    others: tuple[Curve, ...] = ()
    pins: tuple[Pin, ...] = ()


def point_of(plan: Planned) -> Point:
    """Where a plan stands: its cost, and what it is expected to lose past the network that it is pruned from."""
    return Point(plan.model.flops.total(plan.widths) / FLOP_PER_GFLOP, plan.loss_increase_bits)


def curve_of(plan: Planned) -> Curve | None:
    """Of a plan's own order; None without a signal."""
    return None if plan.order is None else Curve.of(plan.choice.method.words, plan.order)


def pin_words(plan: Planned) -> str:
    """What a pinned setting was."""
    choice = plan.choice
    n = plan.n_trained + plan.n_estimated
    return f"{choice.method.words}, {beta_words(choice.beta)}, {n:,} pruned"
