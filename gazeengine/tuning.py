"""β tuned to a target of cost: the option that Section 2.3 names and does not explore.

Of all β the one whose order reaches the target with the least estimated loss. The other way, the least β at which
Eq. 14 itself goes as far (plan.smallest_beta), does not look at what is lost.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gazeengine.checkpoint import Checkpoint
from gazeengine.cost import CostModel
from gazeengine.errors import PruningError
from gazeengine.plan import FLOP_PER_GFLOP, FisherSignal, PruningOrder, PruningPlan
from gazeengine.pricing import Pricing, flops_along

BETAS: Sequence[float] = (0.0, *np.geomspace(1e-6, 1e2, 33).tolist())
PS_PER_MS = 1e9
FINER = 4  # times the steps between neighbours are halved


@dataclass(frozen=True, slots=True)
class Unit:
    """What a target is told in: so many of what a cost model counts."""

    name: str
    size: float


GFLOP, MS = Unit("GFLOP", FLOP_PER_GFLOP), Unit("ms", PS_PER_MS)


def tuned_beta(
    signal: FisherSignal,
    pricing: Pricing,
    most: float,
    judge: FisherSignal | None = None,
    counted: CostModel | None = None,
) -> tuple[float, int, PruningOrder]:
    """β, the removals that leave at most so much, and their order: of least summed Δ, judge's where one is given.

    most is in units of counted, FLOPs where it is None; β is a price of pricing's own cost. Found on a grid of log β
    and then between the neighbours of its best. Raises PruningError where all that can go leaves more.
    """

    def lost(beta: float) -> tuple[float, int, PruningOrder]:
        order = pricing.order(signal, beta, judge)
        n = n_within(order, most, counted or pricing.flops, GFLOP if counted is None else MS)
        return float(order.loss_increase[n]), n, order

    found = {beta: lost(beta) for beta in BETAS}
    step = math.sqrt(BETAS[2] / BETAS[1])
    for _ in range(FINER):
        best = min(found, key=lambda beta: (found[beta][0], beta))
        if best == 0:
            break
        for beta in (best / step, best * step):
            found[beta] = lost(beta)
        step = math.sqrt(step)
    best = min(found, key=lambda beta: (found[beta][0], beta))
    _, n, order = found[best]
    return best, n, order


def n_within(
    order: PruningOrder,
    most: float,
    counted: CostModel,
    unit: Unit = GFLOP,
    plan_of: Callable[[int], PruningPlan] | None = None,
    constant: float = 0.0,
) -> int:
    """The fewest removals that leave at most so much of what counted counts.

    plan_of gives other plans than the first removals of order, such as rounded ones. constant is what no pruning
    saves, of which counted knows nothing. Raises PruningError, in unit, where all that can go leaves more.
    """
    left = flops_along(order, counted)
    n = int(np.searchsorted(-left, -most, side="left"))
    if plan_of is not None:
        n = next((i for i in range(n, order.n_removals + 1) if counted.total(plan_of(i).widths) <= most), len(left))
    if n == len(left):
        least = left[-1] if plan_of is None else min(counted.total(plan_of(i).widths) for i in range(len(left)))
        rounded = " with rounded widths" if plan_of is not None else ""
        raise PruningError(
            f"target {(most + constant) / unit.size:.4g} {unit.name}: pruning all that can go leaves "
            f"{(least + constant) / unit.size:.4g} {unit.name}{rounded}, wanted at least that"
        )
    return n


def refuse_foreign(checkpoint: Checkpoint) -> None:
    """Raises PruningError where a checkpoint's signal is of another network than itself or what it was pruned from."""
    signal, about = checkpoint.signal, checkpoint.provenance
    if signal is None:
        return
    before = [(about.get("parent"), "id"), (about.get("family"), "parent")]
    of = {checkpoint.id, *(found.get(name) for found, name in before if isinstance(found, Mapping))}
    if signal.checkpoint_id not in of:
        raise PruningError(
            f"signal of {checkpoint.name}: it was estimated on another network ({signal.checkpoint_id}), wanted one of "
            f"this ({checkpoint.id}) from the signal command"
        )


def refuse_dead_layers(signal: FisherSignal, widths: Mapping[str, int]) -> None:
    """Raises PruningError where a signal is of other features than a network of widths, or says nothing of a layer."""
    for layer, width in widths.items():
        delta = signal.delta.get(layer)
        if delta is None or len(delta) != width:
            found = "none" if delta is None else f"{len(delta)}"
            raise PruningError(
                f"signal: it has {found} values for layer {layer!r}, which has {width} features: it is of another "
                "network, wanted one of this from the signal command"
            )
        if not np.isfinite(delta).all():
            raise PruningError(f"signal of layer {layer!r}: found values that are no numbers, wanted it estimated anew")
        if width > 1 and not delta.any():
            raise PruningError(
                f"signal of layer {layer!r}: it is zero for all {width} features, as if none mattered; wanted pictures "
                "that the network looks at differently, or another criterion"
            )
