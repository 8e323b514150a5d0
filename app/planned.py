"""What a selection means for the network: known at once, for every step of a drag."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable
from dataclasses import dataclass, replace

from app.orders import Ruling
from app.selection import NetworkChoice
from gazeengine.architecture import LayerWidths
from gazeengine.checkpoint import Checkpoint
from gazeengine.cost import CostModel, flops_model, parameter_model
from gazeengine.families import Family, Snapshot, alone, beta_in_names
from gazeengine.plan import PruningOrder, PruningPlan
from gazeengine.records import network_key
from gazeengine.rounding import rounded_plan
from gazeengine.signal_source import is_own


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A trained network that was read whole, and which of its family it is."""

    snapshot: Snapshot
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A model that is open: its family, and what pruning costs and saves at its working size."""

    family: Family
    flops: CostModel
    parameters: CostModel

    @staticmethod
    def of(opened: Family | Checkpoint) -> Model:
        """Of a family, or of a checkpoint that has none."""
        family = alone(opened) if isinstance(opened, Checkpoint) else opened
        architecture, size = family.checkpoint.architecture, family.checkpoint.working_size
        return Model(family, flops_model(architecture, *size), parameter_model(architecture))

    @property
    def checkpoint(self) -> Checkpoint:
        """The unpruned network; of a family without one that with the fewest features pruned."""
        return self.family.checkpoint

    @property
    def origin(self) -> Trained:
        return Trained(self.family.origin, self.family.checkpoint)

    @property
    def whole(self) -> LayerWidths:
        """Widths of the network from which n counts."""
        return self.checkpoint.architecture.widths if self.family.origin.n else self.checkpoint.widths

    @property
    def n_lacking(self) -> int:
        """Features that were gone already when it was opened; n counts from there, or from the unpruned network."""
        return self.checkpoint.architecture.n_features - self.checkpoint.n_features

    def family_for(self, choice: NetworkChoice) -> Family:
        """What can be chosen by the way of pruning: all networks, or less those that it leaves out."""
        return self.family.made(*choice.method.ways)

    def with_family(self, family: Family) -> Model:
        return replace(self, family=family)


@dataclass(frozen=True, slots=True)
class PredictedTime:
    """What a table of times of layers, measured on a machine with so many threads, says of a network."""

    ms: float
    machine: str
    threads: int


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """A trained network, and what is pruned of it by its own signal.

    order counts from base and was made by ruling, and pruning is its first removals; all are None without a signal.
    awaited is the snapshot that base stands in for while it is being read; lacking says in words what the usual
    criterion or cost stands in for while it is being made. predicted is the time of its layers, where time is the cost.
    """

    choice: NetworkChoice
    model: Model
    snapshot: Snapshot
    base: Checkpoint
    order: PruningOrder | None
    pruning: PruningPlan | None
    widths: dict[str, int]
    awaited: Snapshot | None = None
    ruling: Ruling | None = None
    lacking: str = ""
    predicted: PredictedTime | None = None

    @staticmethod
    def of(
        choice: NetworkChoice,
        model: Model,
        order: PruningOrder | None,
        trained: Trained | None = None,
        awaited: Snapshot | None = None,
        ruling: Ruling | None = None,
        lacking: str = "",
    ) -> Planned:
        """The plan of a choice; order is that of trained, which is the model's origin if none is given."""
        trained = trained or model.origin
        snapshot, base = trained.snapshot, trained.checkpoint
        pruning = None
        if order is not None:
            past = Planned._past(choice, snapshot, order)
            rounded = choice.method.rounded
            pruning = rounded_plan(order, past, model.flops) if rounded else order.first(past)
        widths = pruning.widths if pruning is not None else base.widths
        return Planned(choice, model, snapshot, base, order, pruning, widths, awaited, ruling, lacking)

    @property
    def exact(self) -> PruningPlan | None:
        """What pruning was rounded from; None where it is not rounded."""
        if self.order is None or not self.choice.method.rounded or not self.n_estimated:
            return None
        return self.order.first(self._past(self.choice, self.snapshot, self.order))

    @staticmethod
    def _past(choice: NetworkChoice, snapshot: Snapshot, order: PruningOrder) -> int:
        """Removals of an order that a choice asks for."""
        return min(max(choice.n - snapshot.n, 0), order.n_removals)

    @property
    def network_key(self) -> Hashable:
        """That of the requests for this network."""
        return network_key(self.base, self.pruning)

    @property
    def n_trained(self) -> int:
        """Features that were gone when base was trained."""
        return self.snapshot.n

    @property
    def n_estimated(self) -> int:
        """Features that are pruned past it, without training."""
        return self.pruning.n if self.pruning is not None else 0

    @property
    def n_most(self) -> int:
        return self.model.family_for(self.choice).most(self.choice.beta)

    @property
    def loss_increase_bits(self) -> float:
        """Summed Δ of what is pruned past base, in bits per fixation: an estimate, a lower bound far out."""
        nats = self.pruning.loss_increase if self.pruning is not None else 0.0
        return nats / math.log(2)

    @property
    def suggested_name(self) -> str:
        """For a file, without its suffix; says from which trained network the rest was pruned, and by own pictures."""
        name = plain_name(self.model.family.name) + "-own" * is_own(self.base)
        n = self.n_trained + self.n_estimated
        if not n:
            return name
        chosen = self.choice.beta if self.n_estimated else self.snapshot.beta
        past = f"-from{self.n_trained}" if self.n_trained and self.n_estimated else ""
        return f"{name}{self.choice.method.suffix}-beta{beta_in_names(chosen)}-n{n}{past}"


def plain_name(name: str) -> str:
    """A model's name as it may stand in that of a file."""
    return re.sub(r"[^\w.]+", "-", name.lower()).strip("-.") or "model"
