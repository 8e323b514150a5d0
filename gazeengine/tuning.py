"""β tuned to a target of cost: the option that Section 2.3 names and does not explore.

Of all β the one whose order reaches the target with the least estimated loss. The other way, the least β at which
Eq. 14 itself goes as far (plan.smallest_beta), does not look at what is lost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from gazeengine.checkpoint import Checkpoint
from gazeengine.cost import CostModel
from gazeengine.errors import PruningError
from gazeengine.plan import FisherSignal, PruningOrder
from gazeengine.pricing import Pricing, flops_along

BETAS: Sequence[float] = (0.0, *np.geomspace(1e-6, 1e2, 33).tolist())
FINER = 4  # times the steps between neighbours are halved


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
        n = order.n_for_flops(most) if counted is None else _n_for(order, counted, most)
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


def _n_for(order: PruningOrder, counted: CostModel, most: float) -> int:
    left = flops_along(order, counted)
    if left[-1] > most:
        raise PruningError(
            f"target {most / left[0]:.3g} of what it takes: pruning all that can go leaves {left[-1] / left[0]:.3g} of "
            "it, wanted at least that"
        )
    return int(np.argmax(left <= most))


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
