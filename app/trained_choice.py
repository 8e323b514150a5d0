"""Going to a network that was trained: model, β and n at once, as one step of undo."""

from __future__ import annotations

from dataclasses import replace

from app.explorer import Explorer
from app.selection import NetworkChoice
from app.undo import ChoiceHistory
from gazeengine.families import Snapshot
from gazeengine.pricing import COSTS


def choice_at(present: NetworkChoice, model: str, snapshot: Snapshot) -> NetworkChoice:
    """The present choice, but of a snapshot of model, at the β of its run; of a model's unpruned network β stays.

    The β of runs are in nats per GFLOP: where the present one is in another unit, the cost is FLOPs from now on.
    """
    if not snapshot.n:
        return replace(present, model=model, n=0)
    method = present.method
    if COSTS[method.cost].unit != COSTS["flops"].unit:
        method = replace(method, cost="flops")
    return replace(present, model=model, beta=snapshot.beta, n=snapshot.n, method=method)


def go_to(explorer: Explorer, history: ChoiceHistory, choice: NetworkChoice) -> None:
    """Look with a choice; what the hand was at is a step of its own."""
    history.rest(explorer.selection.network)
    explorer.select(replace(explorer.selection, network=choice))
    history.rest(explorer.selection.network)
