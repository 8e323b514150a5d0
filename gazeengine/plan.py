"""From Fisher signals to what is pruned: FisherSignal -> PruningOrder for one β -> PruningPlan, its first n.

Greedy pruning after Theis et al. (2018), Sections 2.2 and 2.3: each step removes the feature with the least
ΔL + β·ΔC (Eq. 13), or with the least -ΔL/ΔC for β* (Eq. 15). Within a layer all features cost the same, so a
step compares one candidate a layer, and any n is a prefix of the order.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from gazeengine.cost import CostModel
from gazeengine.errors import PruningError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FLOP_PER_GFLOP = 1e9


@dataclass(frozen=True, slots=True, eq=False)
class FisherSignal:
    """Estimated increase in loss Δ_k in nats per fixation by removing each feature (Eq. 7 with Eq. 9).

    delta maps a layer to its features' Δ (C,); targets says where the data points came from: "fixations",
    "teacher" or "sampled" from the network's own map (supplement S2). delta of a pruned network has its widths.
    Other criteria (criteria.py) put what they take for Δ in its place, in units of their own. signed says that it may
    be negative, as where the first order is kept.
    """

    checkpoint_id: str
    n_images: int
    targets: str
    delta: Mapping[str, Floats]
    criterion: str = "fisher"
    signed: bool = False


@dataclass(frozen=True, eq=False)  # no slots: the digest is made once
class PruningPlan:
    """What is left after the first n removals of an order. kept maps a layer to the sorted indices of its features.

    criterion and cost are the names of what they were chosen by.
    """

    beta: float | None
    n: int
    kept: Mapping[str, Ints]
    flops: int
    loss_increase: float
    criterion: str = "fisher"
    cost: str = "flops"

    @property
    def widths(self) -> dict[str, int]:
        return {name: len(features) for name, features in self.kept.items()}

    @cached_property
    def digest(self) -> bytes:
        """Equal for plans that keep the same features, however they came to."""
        found = hashlib.blake2b(digest_size=16)
        for name, features in self.kept.items():
            found.update(name.encode())
            found.update(features.data)
        return found.digest()


@dataclass(frozen=True, slots=True, eq=False)
class PruningOrder:
    """All removals in the order in which they are greedily made; beta in nats per GFLOP, None for β*.

    layer and feature (n_removals,) name the k-th removal; flops and loss_increase (n_removals + 1,) say what is
    left and the summed Δ in nats after k removals. combined_cost (n_removals,) is ΔL + β·ΔC of each step (for β*
    the β_i of Eq. 15): where it is at most 0 Eq. 14 itself asks for the removal.
    """

    beta: float | None
    layers: tuple[str, ...]
    widths: Ints
    layer: Ints
    feature: Ints
    flops: Ints
    loss_increase: Floats
    combined_cost: Floats
    criterion: str = "fisher"
    cost: str = "flops"

    @property
    def n_removals(self) -> int:
        return len(self.layer)

    def widths_after(self, n: int) -> dict[str, int]:
        """Features left in each layer after the first n removals, in microseconds: first(n) also tells which ones."""
        left = self.widths - np.bincount(self.layer[: self._checked(n)], minlength=len(self.layers))
        return dict(zip(self.layers, left.tolist(), strict=True))

    def first(self, n: int) -> PruningPlan:
        """The plan of the first n removals. Raises PruningError unless 0 <= n <= n_removals."""
        self._checked(n)
        kept = {}
        for i, (name, width) in enumerate(zip(self.layers, self.widths, strict=True)):
            left = np.ones(width, bool)
            left[self.feature[:n][self.layer[:n] == i]] = False
            kept[name] = np.flatnonzero(left)
        return PruningPlan(
            self.beta, n, kept, int(self.flops[n]), float(self.loss_increase[n]), self.criterion, self.cost
        )

    def n_for_flops(self, flops: float) -> int:
        """The fewest removals that leave at most that many FLOPs. Raises PruningError where all of them leave more."""
        if flops < self.flops[-1]:
            raise PruningError(
                f"target {flops / FLOP_PER_GFLOP:.4g} GFLOP: pruning all that can go leaves "
                f"{self.flops[-1] / FLOP_PER_GFLOP:.4g} GFLOP, wanted at least that"
            )
        return int(np.searchsorted(-self.flops, -flops, side="left"))

    def n_asked_for(self) -> int:
        """Removals that Eq. 14 itself asks for: before the first step whose combined cost is positive."""
        if self.beta is None:
            return 0
        positive = np.flatnonzero(self.combined_cost > 0)
        return int(positive[0]) if len(positive) else self.n_removals

    def _checked(self, n: int) -> int:
        if not 0 <= n <= self.n_removals:
            raise PruningError(f"pruning {n} features: wanted 0 to {self.n_removals}, the last of a layer stays")
        return n


def pruning_order(
    signal: FisherSignal,
    cost: CostModel,
    beta: float | None,
    *,
    update_costs: bool = True,
    held: Ints | None = None,
) -> PruningOrder:
    """Greedy order of all removals at β nats per GFLOP (Eq. 13), or with beta None by β* (Eq. 15).

    update_costs=False holds each feature's cost at its first value, as Molchanov et al. do, or at held (L,), what it
    was in a network before; the FLOPs reported are exact all the same. Features of equal Δ go in the order of their
    indices, layers in running order. Raises PruningError where the signal does not fit the cost model, or β or the
    signal is not a finite number >= 0.
    """
    if beta is not None and not (math.isfinite(beta) and beta >= 0):
        raise PruningError(f"β is {beta}, wanted a number of nats per GFLOP that is at least 0")
    if tuple(signal.delta) != cost.layers:
        raise PruningError(f"signal has layers {', '.join(signal.delta)}, wanted {', '.join(cost.layers)}")
    for name, delta_of in signal.delta.items():
        if not len(delta_of):
            raise PruningError(f"signal of layer {name!r} has no features, wanted at least one")
        if not np.isfinite(delta_of).all() or (not signal.signed and (delta_of < 0).any()):
            raise PruningError(f"signal of layer {name!r} has negative or undefined values, wanted Δ >= 0")
    ranked = [np.argsort(signal.delta[name], kind="stable") for name in cost.layers]
    queues = [
        np.append(signal.delta[name][order[:-1]], np.inf).tolist()
        for name, order in zip(cost.layers, ranked, strict=True)
    ]
    widths = np.array([len(queue) for queue in queues], np.int64)
    n = int(widths.sum()) - len(queues)

    weight = None if beta is None else beta / FLOP_PER_GFLOP
    # plain lists: a step touches a layer and its few neighbours, which numpy takes longer to be told than to do
    neighbours = [[(j, row[j]) for j in np.flatnonzero(row).tolist()] for row in cost.pairs.tolist()]
    price = cost.prices(widths).tolist()
    seen = price if update_costs else price.copy() if held is None else held.tolist()  # by the choice
    queued = [iter(queue) for queue in queues]
    head = [next(queue) for queue in queued]
    combined_now = [d / p if weight is None else d - weight * p for d, p in zip(head, seen, strict=True)]
    choices, savings, paid = [], [], []
    for _ in range(n):
        i = combined_now.index(min(combined_now))
        choices.append(i)
        savings.append(price[i])
        paid.append(seen[i])
        head[i] = next(queued[i])
        for j, cheaper in neighbours[i]:
            price[j] = p = price[j] - cheaper
            if update_costs:
                combined_now[j] = head[j] / p if weight is None else head[j] - weight * p
        combined_now[i] = head[i] / seen[i] if weight is None else head[i] - weight * seen[i]

    chosen = np.array(choices, np.int64)
    feature, delta = np.empty(n, np.int64), np.empty(n)
    for i, (order, queue) in enumerate(zip(ranked, queues, strict=True)):
        feature[chosen == i] = order[:-1]
        delta[chosen == i] = queue[:-1]
    seen_prices = np.array(paid, float)
    combined = FLOP_PER_GFLOP * delta / seen_prices if weight is None else delta - weight * seen_prices
    saved = np.array(savings, np.int64)
    total = int(cost.linear @ widths + widths @ cost.pairs @ widths // 2)
    flops = total - np.concatenate([[0], np.cumsum(saved)])
    loss = np.concatenate([[0.0], np.cumsum(delta)])
    for array in (widths, chosen, feature, flops, loss, combined):
        array.flags.writeable = False
    by = "flops" if update_costs else "flops-fixed"
    return PruningOrder(beta, cost.layers, widths, chosen, feature, flops, loss, combined, signal.criterion, by)


def smallest_beta(
    signal: FisherSignal,
    cost: CostModel,
    *,
    flops: float | None = None,
    n_features: int | None = None,
    low: float = 1e-9,
    high: float = 1e6,
    precision: float = 1e-3,
) -> tuple[float, int]:
    """The least β at which Eq. 14 itself prunes to at most flops FLOPs, or at least n_features features; and its n.

    Section 2.3, "automatically tuning β". Found by bisection of log β to a relative precision. What Eq. 14 removes
    grows with β but for small reversals where costs are updated, so the answer reaches the target and a little less
    does not; a far smaller β that happens to reach it too is not ruled out. Raises PruningError where no β up to
    high reaches the target.
    """
    if (flops is None) == (n_features is None):
        raise PruningError("target: wanted either a number of FLOPs or a number of features")

    def removed(beta: float) -> int | None:
        order = pruning_order(signal, cost, beta)
        n = order.n_asked_for()
        reached = order.flops[n] <= flops if flops is not None else n >= (n_features or 0)
        return n if reached else None

    n = removed(high)
    if n is None:
        target = f"{flops / FLOP_PER_GFLOP:.4g} GFLOP" if flops is not None else f"{n_features} features"
        raise PruningError(f"target {target}: no β up to {high:g} prunes that far, wanted a milder one")
    if (at_low := removed(low)) is not None:
        return low, at_low
    while high / low > 1 + precision:
        middle = math.sqrt(low * high)
        if (found := removed(middle)) is not None:
            high, n = middle, found
        else:
            low = middle
    return high, n
