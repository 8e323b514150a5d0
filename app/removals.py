"""The order of removal, row by row: which feature goes when, and what decided it. Plain data, no Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from app.figures import MINUS
from app.planned import Planned
from app.pruning_method import FISHER
from app.why_words import decided
from gazeengine.criteria import CRITERIA
from gazeengine.plan import FLOP_PER_GFLOP
from gazeengine.pricing import COSTS
from gazeengine.why import why


@dataclass(frozen=True, slots=True, eq=False)
class Removals:
    """Those of a plan's order, steps (R,) of them from 1, all or those of one layer."""

    plan: Planned
    steps: np.ndarray[tuple[int], np.dtype[np.int64]]

    @staticmethod
    def of(plan: Planned, layer: str | None = None) -> Removals:
        order = plan.order
        if order is None or plan.ruling is None:
            return Removals(plan, np.zeros(0, np.int64))
        known = layer is not None and layer in order.layers
        chosen = order.layer == order.layers.index(layer) if known else np.ones(order.n_removals, bool)
        return Removals(plan, np.flatnonzero(chosen) + 1)

    @property
    def layers(self) -> tuple[str, ...]:
        return tuple(self.plan.order.layers) if self.plan.order is not None else ()

    @property
    def head(self) -> tuple[str, ...]:
        in_nats = self.plan.choice.method.criterion == FISHER
        unit = ", mnat" if in_nats else ""
        star = self.plan.choice.beta is None
        compared = (f"ΔL/{MINUS}ΔC",) if star else (f"β·|ΔC|{unit}", f"ΔL {MINUS} β·|ΔC|{unit}")
        return (
            "No.",
            "Layer",
            "Feature",
            f"ΔL{unit}",
            *compared,
            "Runner-up",
            "with",
            "Lost so far, bit",
            "GFLOP left",
        )

    @property
    def n_gone(self) -> int:
        """Of the whole order, at the present setting."""
        order = self.plan.order
        return 0 if order is None else min(max(self.plan.choice.n - self.plan.n_trained, 0), order.n_removals)

    @property
    def present(self) -> int:
        """The row behind the last one that is gone."""
        return int(np.searchsorted(self.steps, self.n_gone, side="right"))

    def n_at(self, row: int) -> int:
        """How many features are pruned once this one is gone, too."""
        return self.plan.n_trained + int(self.steps[row])

    def row(self, i: int) -> tuple[str, ...]:
        """As head says."""
        plan = self.plan
        order, ruling = plan.order, plan.ruling
        assert order is not None
        assert ruling is not None
        step = int(self.steps[i])
        reason = why(order, ruling.signal, ruling.pricing, step)
        in_nats = plan.choice.method.criterion == FISHER
        scale = 1e3 if in_nats else 1.0
        total, behind = decided(reason, in_nats)
        price = () if reason.price is None else (f"{-scale * reason.price:.3g}",)
        return (
            f"{plan.n_trained + step:,}",
            reason.layer,
            f"{int(plan.base.kept[reason.layer][reason.feature]):,}",
            f"{scale * reason.delta:.3g}".replace("-", MINUS),
            *price,
            total,
            "none" if reason.runner_up is None else reason.runner_up[0],
            "" if reason.runner_up is None else behind,
            f"{order.loss_increase[step] / math.log(2):.4f}",
            f"{order.flops[step] / FLOP_PER_GFLOP:.3f}",
        )

    @property
    def words(self) -> str:
        """By what the order was made."""
        method = self.plan.choice.method
        base = f"past the network with {self.plan.n_trained:,} pruned" if self.plan.n_trained else "from the first on"
        return (
            f"By {CRITERIA[method.criterion].title} and {COSTS[method.cost].title}, {base}: at each step the feature "
            "goes whose removal saves most for what it loses."
        )
