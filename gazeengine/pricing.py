"""What pruning is made to save: FLOPs, FLOPs held fixed, parameters or measured time; and what it saves in FLOPs then.

All are of the form of CostModel, so each serves every criterion. β weighs nats against a unit of each that is of the
same order for networks like FastGaze: a GFLOP, a million parameters, a millisecond.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, TypeVar

import numpy as np

from gazeengine.architecture import LayerWidths
from gazeengine.cost import CostModel
from gazeengine.errors import PruningError
from gazeengine.plan import FisherSignal, Floats, Ints, PruningOrder, pruning_order

A = TypeVar("A", Ints, Floats)
CostName = Literal["flops", "flops-fixed", "parameters", "time"]
MICRO = 1000
"""What a parameter is counted as: pruning_order's β is of 10⁹ units, and so of a million parameters."""


@dataclass(frozen=True, slots=True)
class CostKind:
    """A cost as people are told of it; unit is what β is a price of."""

    name: CostName
    title: str
    unit: str
    explanation: str


COSTS: Mapping[CostName, CostKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            CostKind("flops", "FLOPs", "GFLOP", "Operations of all convolutions, counted anew after every removal"),
            CostKind(
                "flops-fixed",
                "FLOPs, held fixed",
                "GFLOP",
                "Each feature costs what it costs in the whole network, as Molchanov et al. have it",
            ),
            CostKind("parameters", "Parameters", "million parameters", "Weights, biases, scales and shifts"),
            CostKind("time", "Time, measured here", "ms", "Times of the layers on this computer, measured once"),
        )
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Pricing:
    """A cost that features are chosen by; flops counts what is left, whatever that is.

    held is what a feature of each layer costs for good, where costs are held fixed.
    """

    name: CostName
    cost: CostModel
    flops: CostModel
    held: Ints | None = None

    @staticmethod
    def of(
        name: CostName,
        flops: CostModel,
        parameters: CostModel,
        time: CostModel | None = None,
        whole: LayerWidths | None = None,
    ) -> Pricing:
        """Costs are held fixed at those in a network of widths whole, if given; else where an order begins.

        Raises PruningError for time where none was measured.
        """
        if name == "parameters":
            counted = CostModel(parameters.layers, parameters.linear * MICRO, parameters.pairs * MICRO, "10⁻³ params")
            return Pricing(name, counted, flops)
        if name == "time":
            if time is None:
                raise PruningError("cost: no times were measured of this network here, wanted them for cost 'time'")
            return Pricing(name, time, flops)
        fixed = name == "flops-fixed" and whole is not None
        return Pricing(name, flops, flops, flops.prices(flops.vector(whole)) if fixed and whole is not None else None)

    def order(self, signal: FisherSignal, beta: float | None, judge: FisherSignal | None = None) -> PruningOrder:
        """The order by signal at β nats for each unit of this cost; its FLOPs are FLOPs.

        Its loss increase is the sum of judge's Δ in nats, where one is given, and of signal's own values if not.
        """
        found = pruning_order(signal, self.cost, beta, update_costs=self.name != "flops-fixed", held=self.held)
        if self.cost is not self.flops:
            found = replace(found, flops=_frozen(flops_along(found, self.flops)), cost=self.name)
        if judge is not None and judge is not signal:
            found = replace(found, loss_increase=_frozen(loss_along(found, judge)))
        return found


def flops_along(order: PruningOrder, flops: CostModel) -> Ints:
    """FLOPs (n_removals + 1,) after each removal of an order that was made for another cost."""
    gone = np.zeros((order.n_removals + 1, len(order.layers)), np.int64)
    gone[np.arange(1, order.n_removals + 1), order.layer] = 1
    widths = order.widths - np.cumsum(gone, 0)
    return np.asarray(widths @ flops.linear + ((widths @ flops.pairs) * widths).sum(1) // 2, np.int64)


def loss_along(order: PruningOrder, judge: FisherSignal) -> Floats:
    """Summed Δ (n_removals + 1,) of judge, in nats, after each removal of an order that was made by another signal.

    Raises PruningError where judge has other features.
    """
    widths = [len(judge.delta.get(name, ())) for name in order.layers]
    if widths != order.widths.tolist():
        raise PruningError("loss along an order: the signal has other features than the order, wanted the same")
    offsets = np.concatenate([[0], np.cumsum(order.widths)[:-1]])
    delta = np.concatenate([judge.delta[name] for name in order.layers])
    return np.concatenate([[0.0], np.cumsum(delta[offsets[order.layer] + order.feature])])


def _frozen(array: A) -> A:
    array.flags.writeable = False
    return array
