"""Plans of what is chosen: the trained network they begin with, and its pruning order, both made ahead if possible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain

from PySide6.QtCore import QObject, Signal, Slot

from app.beta_scale import places_around
from app.groundwork import Groundwork
from app.orders import Key, PruningOrders, Ruling
from app.planned import Model, Planned, PredictedTime, Trained
from app.selection import NetworkChoice
from app.trained_networks import TrainedNetworks
from gazeengine.checkpoint import Checkpoint
from gazeengine.criteria import CRITERIA
from gazeengine.families import Snapshot
from gazeengine.image import Picture
from gazeengine.pricing import COSTS

PLACES_AHEAD = 4  # of the β slider on both sides, whose orders are made ahead while the hand moves


class Planning(QObject):
    """Nothing waits for a file: until a snapshot was read, what comes next to it stands in.

    came(snapshot) says that it was read, failed(snapshot, message) that it cannot be. Statistics for criteria come of
    the pictures that are open.
    """

    came = Signal(object)
    failed = Signal(object, str)

    def __init__(self, pictures: Callable[[], Sequence[Picture]] = tuple, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self.groundwork = Groundwork(self)
        self._orders = PruningOrders(self)
        self._networks = TrainedNetworks(self)
        self._networks.came.connect(self._came)
        self._networks.failed.connect(self.failed)
        self._given: dict[str, Checkpoint] = {}  # with another signal than in their files, by id
        self._plan: Planned | None = None
        self._making_all = False
        self._also: dict[str, tuple[Snapshot, ...]] = {}  # by who wants them

    def start(self) -> None:
        """From now on make orders ahead."""
        self._orders.start()

    def stop(self) -> None:
        self._orders.stop()
        self._networks.stop()
        self.groundwork.stop()

    def planned(self, choice: NetworkChoice, model: Model) -> Planned:
        """What a choice means, in milliseconds at most and most often in less than one."""
        wanted = model.family_for(choice).base(choice.beta, choice.n)
        base = self._ready(model, choice)
        ruling, lacking = self._ruling(model, base.checkpoint, choice)
        order = self._orders.order(ruling, choice.beta) if ruling is not None else None
        awaited = None if base.snapshot is wanted else wanted
        plan = Planned.of(choice, model, order, base, awaited, ruling, lacking)
        times = self.groundwork.times(model.checkpoint) if choice.method.cost == "time" else None
        if times is None:
            return plan
        predicted = PredictedTime(1e3 * times.seconds(plan.widths), times.machine, times.threads)
        return replace(plan, predicted=predicted)

    def rulings(self, plan: Planned) -> dict[str, Ruling]:
        """Those of all criteria, by name, that are known of a plan's network, at its cost."""
        ruling = plan.ruling
        if ruling is None:
            return {}
        signals = {name: self.groundwork.signal(plan.base, name) for name in CRITERIA}
        return {
            name: Ruling(signal, ruling.pricing, plan.base.signal)
            for name, signal in signals.items()
            if signal is not None
        }

    def look_ahead(self, plan: Planned) -> None:
        """Read what plan awaits and what may be next, and make the orders that a drag from here needs first."""
        before, self._plan = self._plan, plan
        choice, family = plan.choice, plan.model.family_for(plan.choice)
        if plan.lacking:
            method = choice.method
            self.groundwork.want(plan.base, method.criterion, method.cost, tuple(self._pictures()))
        if family.snapshots:
            self._networks.want((*self._ahead(plan), *chain(*self._also.values())))
        moved = before is None or before.base is not plan.base or before.choice.beta != choice.beta
        moved = moved or before is None or before.ruling != plan.ruling
        if moved or self._making_all:
            self._make_near_orders(plan)

    def want_also(self, snapshots: Sequence[Snapshot], by: str) -> None:
        """Read these, too, beside what the present plan needs, until by, whoever that is, wants others.

        came tells of each.
        """
        self._also[by] = tuple(snapshots)
        if snapshots:
            ahead = () if self._plan is None else self._ahead(self._plan)
            self._networks.want((*snapshots, *ahead, *chain(*self._also.values())))

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

    def rescored(self, model: Model, snapshot: Snapshot) -> Model:
        """The model with snapshot, which has scores by now, in the place of the same without; its network stays."""
        family = model.family
        before = next((s for s in family.snapshots if s.path == snapshot.path), None)
        if before is None:
            return model.with_family(family.joined((snapshot,)))
        found, changed = self._networks.of(before), snapshot.with_signal(before.has_signal)
        if found is not None:
            found = replace(found, scores=changed.scores)
            if found.id in self._given:
                self._given[found.id] = found
            self._networks.forget([before])
            self._networks.keep(changed, found)
        return model.with_family(family.replaced(before, changed))

    @property
    def networks(self) -> dict[Snapshot, Checkpoint]:
        """Those that were read, with the signals that they were given."""
        return {snapshot: found for snapshot in tuple(self._networks.ready) if (found := self._networks.of(snapshot))}

    def forget(self, model: Model) -> None:
        """Its files may have changed."""
        self._networks.forget(model.family.snapshots)

    def _ahead(self, plan: Planned) -> tuple[Snapshot, ...]:
        """What a plan awaits, and what may be next."""
        choice = plan.choice
        awaited = () if plan.awaited is None else (plan.awaited,)
        return *awaited, *plan.model.family_for(choice).neighbours(choice.beta, choice.n)

    def _ruling(self, model: Model, base: Checkpoint, choice: NetworkChoice) -> tuple[Ruling | None, str]:
        """By what base is pruned, and what of the chosen way is not there yet, for which the usual stands in."""
        method, lacking = choice.method, []
        pricing = self.groundwork.pricing(method.cost, model.checkpoint, model.flops, model.parameters)
        if pricing is None:
            lacking.append(COSTS[method.cost].title)
            pricing = self.groundwork.pricing("flops", model.checkpoint, model.flops, model.parameters)
        assert pricing is not None
        signal = self.groundwork.signal(base, method.criterion)
        if signal is None:
            lacking.append(CRITERIA[method.criterion].title)
            signal = base.signal
        if signal is None:
            return None, ", ".join(lacking)
        return Ruling(signal, pricing, base.signal), ", ".join(lacking)

    def _ready(self, model: Model, choice: NetworkChoice) -> Trained:
        """The trained network for a choice, or else the next to it of those that were read."""
        family, beta, n = model.family_for(choice), choice.beta, choice.n
        snapshot = family.base(beta, n)
        if snapshot is not family.origin and snapshot not in self._networks.ready:
            snapshot = family.base(beta, n, {s for s in self._networks.ready if n <= s.n_most})
        checkpoint = self._networks.of(snapshot)
        return model.origin if checkpoint is None else Trained(snapshot, checkpoint)

    def _make_near_orders(self, plan: Planned) -> None:
        self._making_all = False
        choice = plan.choice
        family = plan.model.family_for(choice)
        beside = [self._networks.of(s) for s in family.neighbours(choice.beta, choice.n)]
        rulings = [self._ruling(plan.model, c, choice)[0] for c in beside if c is not None]
        wanted = [(ruling, choice.beta) for ruling in rulings if ruling is not None]
        self._orders.make_ahead([*wanted, *self._at(plan, places_around(choice.beta, PLACES_AHEAD))])

    def _at(self, plan: Planned, betas: Sequence[float | None]) -> list[Key]:
        """The orders that are needed where β goes to these."""
        choices = [replace(plan.choice, beta=beta) for beta in betas]
        bases = [(self._ready(plan.model, choice).checkpoint, choice) for choice in choices]
        found = [(self._ruling(plan.model, base, choice)[0], choice.beta) for base, choice in bases]
        return [(ruling, beta) for ruling, beta in found if ruling is not None]

    @Slot(object)
    def _came(self, snapshot: Snapshot) -> None:
        """With its own signal, or the one that it was given."""
        found = self._networks.of(snapshot)
        if found is not None and found.id in self._given:
            self._networks.keep(snapshot, self._given[found.id])
        self.came.emit(snapshot)
        if self._plan is not None and not self._making_all:
            self._make_near_orders(self._plan)
