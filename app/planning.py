"""Plans of what is chosen: the trained network they begin with, and its pruning order, both made ahead if possible."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot

from app.beta_scale import places_around
from app.orders import Key, PruningOrders
from app.planned import Model, Planned, Trained
from app.selection import NetworkChoice
from app.trained_networks import TrainedNetworks
from gazeengine.checkpoint import Checkpoint
from gazeengine.families import Snapshot

PLACES_AHEAD = 4  # of the β slider on both sides, whose orders are made ahead while the hand moves


class Planning(QObject):
    """Nothing waits for a file: until a snapshot was read, what comes next to it stands in.

    came(snapshot) says that it was read, failed(snapshot, message) that it cannot be.
    """

    came = Signal(object)
    failed = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._orders = PruningOrders(self)
        self._networks = TrainedNetworks(self)
        self._networks.came.connect(self._came)
        self._networks.failed.connect(self.failed)
        self._given: dict[str, Checkpoint] = {}  # with another signal than in their files, by id
        self._plan: Planned | None = None
        self._making_all = False

    def start(self) -> None:
        """From now on make orders ahead."""
        self._orders.start()

    def stop(self) -> None:
        self._orders.stop()
        self._networks.stop()

    def planned(self, choice: NetworkChoice, model: Model) -> Planned:
        """What a choice means, in milliseconds at most and most often in less than one."""
        wanted = model.family.base(choice.beta, choice.n)
        base = self._ready(model, choice.beta, choice.n)
        signal = base.checkpoint.signal
        order = self._orders.order(signal, model.flops, choice.beta) if signal is not None else None
        return Planned.of(choice, model, order, base, None if base.snapshot is wanted else wanted)

    def look_ahead(self, plan: Planned) -> None:
        """Read what plan awaits and what may be next, and make the orders that a drag from here needs first."""
        before, self._plan = self._plan, plan
        choice, family = plan.choice, plan.model.family
        if family.snapshots:
            awaited = () if plan.awaited is None else (plan.awaited,)
            self._networks.want((*awaited, *family.neighbours(choice.beta, choice.n)))
        moved = before is None or before.base is not plan.base or before.choice.beta != choice.beta
        if moved or self._making_all:
            self._make_near_orders(plan)

    @Slot()
    def make_all_orders(self) -> None:
        """Make ahead all that a drag of β can need: for when the hand rests and nothing is computed or measured."""
        if (plan := self._plan) is not None:
            self._making_all = True
            betas = [*places_around(plan.choice.beta), *plan.model.family.betas]
            self._orders.make_ahead(self._at(plan, betas))

    def replaced(self, model: Model, checkpoint: Checkpoint) -> Model:
        """The model with checkpoint for the network of its id: the same weights with another signal."""
        self._given[checkpoint.id] = checkpoint
        family = model.family
        if family.checkpoint.id == checkpoint.id:
            return model.with_family(family.with_checkpoint(checkpoint))
        for snapshot in family.snapshots:
            found = self._networks.of(snapshot)
            if found is not None and found.id == checkpoint.id:
                changed = snapshot.with_signal(checkpoint.signal is not None)
                self._networks.forget([snapshot])
                self._networks.keep(changed, checkpoint)
                return model.with_family(family.replaced(snapshot, changed))
        return model

    def forget(self, model: Model) -> None:
        """Its files may have changed."""
        self._networks.forget(model.family.snapshots)

    def _ready(self, model: Model, beta: float | None, n: int) -> Trained:
        """The trained network for β and n, or else the next to it of those that were read."""
        family = model.family
        snapshot = family.base(beta, n)
        if snapshot is not family.origin and snapshot not in self._networks.ready:
            snapshot = family.base(beta, n, {s for s in self._networks.ready if n <= s.n_most})
        checkpoint = self._networks.of(snapshot)
        return model.origin if checkpoint is None else Trained(snapshot, checkpoint)

    def _make_near_orders(self, plan: Planned) -> None:
        self._making_all = False
        beta, cost = plan.choice.beta, plan.model.flops
        beside = [self._networks.of(s) for s in plan.model.family.neighbours(beta, plan.choice.n)]
        wanted = [(c.signal, cost, beta) for c in beside if c is not None and c.signal is not None]
        self._orders.make_ahead([*wanted, *self._at(plan, places_around(beta, PLACES_AHEAD))])

    def _at(self, plan: Planned, betas: Sequence[float | None]) -> list[Key]:
        """The orders that are needed where β goes to these."""
        model = plan.model
        found = [(self._ready(model, beta, plan.choice.n).checkpoint.signal, beta) for beta in betas]
        return [(signal, model.flops, beta) for signal, beta in found if signal is not None]

    @Slot(object)
    def _came(self, snapshot: Snapshot) -> None:
        """With its own signal, or the one that it was given."""
        found = self._networks.of(snapshot)
        if found is not None and found.id in self._given:
            self._networks.keep(snapshot, self._given[found.id])
        self.came.emit(snapshot)
        if self._plan is not None and not self._making_all:
            self._make_near_orders(self._plan)
