"""Why a feature goes when it goes: its ΔL, β·ΔC and rank in an order, and what would have gone in its place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gazeengine.errors import PruningError
from gazeengine.plan import FLOP_PER_GFLOP, FisherSignal, PruningOrder
from gazeengine.pricing import Pricing


@dataclass(frozen=True, slots=True)
class Why:
    """The removal of a feature of a layer, the step-th of the order, beginning with 1.

    delta is its ΔL by the criterion, price what it saves times β (of ΔC, in the same unit; None for β*), combined what
    is compared: ΔL + β·ΔC, or ΔL/-ΔC for β* in nats per unit of 10⁹. runner_up is the layer that would have gone
    next best with its combined cost, None where no other layer has a feature to spare.
    """

    layer: str
    feature: int
    step: int
    delta: float
    price: float | None
    combined: float
    runner_up: tuple[str, float] | None


def why(order: PruningOrder, signal: FisherSignal, pricing: Pricing, step: int) -> Why:
    """Why the step-th removal of an order, from 1, is the one that it is; order was made by signal and pricing.

    Raises PruningError where there is no such step.
    """
    if not 1 <= step <= order.n_removals:
        raise PruningError(f"removal {step}: wanted one of 1 to {order.n_removals}")
    k = step - 1
    gone = np.bincount(order.layer[:k], minlength=len(order.layers))
    widths = order.widths - gone
    prices = pricing.cost.prices(order.widths if pricing.name == "flops-fixed" else widths).astype(float)
    if pricing.held is not None:
        prices = pricing.held.astype(float)
    heads = np.full(len(order.layers), np.inf)
    for i, name in enumerate(order.layers):
        later = np.flatnonzero(order.layer[k:] == i)
        if len(later):
            heads[i] = signal.delta[name][order.feature[k + later[0]]]
    star = order.beta is None
    weighted = prices * (0.0 if order.beta is None else order.beta / FLOP_PER_GFLOP)
    combined = FLOP_PER_GFLOP * heads / prices if star else heads - weighted
    i = int(order.layer[k])
    others = combined.copy()
    others[i] = np.inf
    second = int(np.argmin(others))
    return Why(
        order.layers[i],
        int(order.feature[k]),
        step,
        float(heads[i]),
        None if star else float(-weighted[i]),
        float(combined[i]),
        (order.layers[second], float(others[second])) if np.isfinite(others[second]) else None,
    )


def next_step(order: PruningOrder, layer: str, n: int) -> int | None:
    """The step, from 1, at which the next feature of layer goes after the first n; None where none does."""
    later = np.flatnonzero(order.layer[n:] == order.layers.index(layer))
    return int(later[0]) + n + 1 if len(later) else None


def last_step(order: PruningOrder, layer: str, n: int) -> int | None:
    """The step, from 1, at which the last feature of layer went of the first n; None where none did."""
    earlier = np.flatnonzero(order.layer[:n] == order.layers.index(layer))
    return int(earlier[-1]) + 1 if len(earlier) else None
