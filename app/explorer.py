"""What joins the sliders to the engine: a selection in; widths at once, maps and latency as they are ready, out."""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal, Slot

from app.engine_start import load_libraries, without_collecting
from app.latest import Answer, LatestWins
from app.selection import NetworkChoice, Selection
from gazeengine.checkpoint import Checkpoint
from gazeengine.cost import CostModel, flops_model, parameter_model
from gazeengine.image import Picture
from gazeengine.plan import PruningOrder, PruningPlan, pruning_order
from gazeengine.records import Failure, Latency, Preview, PreviewRequest, network_key

KEPT_ORDERS = 64


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A model that is open: its checkpoint and what its pruning costs and saves at its working size."""

    checkpoint: Checkpoint
    flops: CostModel
    parameters: CostModel

    @staticmethod
    def of(checkpoint: Checkpoint) -> Model:
        architecture = checkpoint.architecture
        return Model(checkpoint, flops_model(architecture, *checkpoint.working_size), parameter_model(architecture))


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """What a selection means for the network: known at once, for every step of a drag.

    order, and pruning, which is its first n, are None without a signal.
    """

    choice: NetworkChoice
    model: Model
    order: PruningOrder | None
    pruning: PruningPlan | None
    widths: dict[str, int]

    @staticmethod
    def of(choice: NetworkChoice, model: Model, order: PruningOrder | None) -> Planned:
        pruning = order.first(choice.n) if order is not None else None
        widths = pruning.widths if pruning is not None else model.checkpoint.widths
        return Planned(choice, model, order, pruning, widths)

    @property
    def network_key(self) -> Hashable:
        """That of the requests for this network."""
        return network_key(self.model.checkpoint, self.pruning)

    @property
    def n_most(self) -> int:
        return self.order.n_removals if self.order is not None else 0

    @property
    def loss_increase_bits(self) -> float:
        """Summed Δ of what is pruned, in bits per fixation: an estimate, a lower bound far out."""
        nats = float(self.order.loss_increase[self.choice.n]) if self.order is not None else 0.0
        return nats / math.log(2)

    @property
    def suggested_name(self) -> str:
        """For a file, without its suffix."""
        name = re.sub(r"[^\w.]+", "-", self.model.checkpoint.name.lower()).strip("-.") or "model"
        beta = "star" if self.choice.beta is None else f"{self.choice.beta:.0e}".replace("e-0", "e-")
        return f"{name}-beta{beta}-n{self.choice.n}" if self.choice.n else name


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The latest map and latency; each is stale where it is not of the present selection.

    waiting says that the full map of the present selection is under way.
    """

    preview: Preview | None
    preview_stale: bool
    latency: Latency | None
    latency_stale: bool
    latency_final: bool
    waiting: bool


class Explorer(QObject):
    """Holds the selection and what is open; every change goes through select."""

    selected = Signal(object)  # Selection
    planned = Signal(object)  # Planned
    seen = Signal(object)  # Seen
    failed = Signal(str)
    ready = Signal()  # the engine is loaded

    def __init__(self, prepare_answer: Callable[[], Answer] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.selection = Selection()
        self.pictures: dict[str, Picture] = {}
        self.models: dict[str, Model] = {}
        self.plan: Planned | None = None
        self._orders: OrderedDict[Hashable, PruningOrder] = OrderedDict()
        self._request: PreviewRequest | None = None
        self._preview: Preview | None = None
        self._latency: Preview | None = None
        self._failed_request: object | None = None
        self._broken = False  # the engine did not load: nothing will be answered
        self._answers = LatestWins(prepare_answer or _prepare_answer, self)
        self._answers.answered.connect(self._answered)
        self._answers.failed.connect(self._failed)
        self._answers.prepared.connect(self.ready)

    def start(self) -> None:
        """Begin to answer; loads the engine in the background."""
        self._answers.start()

    def stop(self) -> None:
        """End behind the result that is being made, and wait for it."""
        self._overtake()
        self._answers.stop()
        self._answers.wait()

    def add_picture(self, key: str, picture: Picture) -> None:
        self.pictures[key] = picture
        if key == self.selection.picture:
            self._look()

    def remove_picture(self, key: str) -> None:
        self.pictures.pop(key, None)

    def add_model(self, key: str, checkpoint: Checkpoint) -> None:
        self.models[key] = Model.of(checkpoint)
        if key == self.selection.network.model:
            self.select(self.selection)

    def select(self, selection: Selection) -> None:
        """Show this; n is cut to what can go. Widths follow within this call, maps when they are ready."""
        selection = replace(selection, network=self._possible(selection.network))
        before, self.selection = self.selection, selection
        self.selected.emit(selection)
        if replan := selection.network != before.network or self._outdated_model():
            self._plan()
        if replan or (selection.picture, selection.threads) != (before.picture, before.threads):
            self._look()

    def remeasure(self) -> None:
        """Ask for map and latency of the present selection again."""
        self._latency = None
        self._look(again=True)

    def _outdated_model(self) -> bool:
        present = self.plan.model if self.plan is not None else None
        return present is not self.models.get(self.selection.network.model or "")

    def _possible(self, choice: NetworkChoice) -> NetworkChoice:
        model = self.models.get(choice.model or "")
        if model is None:
            return choice
        most = model.checkpoint.n_prunable if model.checkpoint.signal is not None else 0
        return replace(choice, n=min(max(choice.n, 0), most))

    def _plan(self) -> None:
        choice = self.selection.network
        model = self.models.get(choice.model or "")
        if model is None:
            self.plan = None
            return
        order = self._order(model, choice.beta)
        self.plan = Planned.of(choice, model, order)
        self.planned.emit(self.plan)

    def _order(self, model: Model, beta: float | None) -> PruningOrder | None:
        if model.checkpoint.signal is None:
            return None
        key = model, beta  # not its id, which says nothing of the signal: a file may be written anew with another
        if key not in self._orders:
            self._orders[key] = pruning_order(model.checkpoint.signal, model.flops, beta)
            if len(self._orders) > KEPT_ORDERS:
                self._orders.popitem(last=False)
        self._orders.move_to_end(key)
        return self._orders[key]

    def _look(self, *, again: bool = False) -> None:
        picture = self.pictures.get(self.selection.picture or "")
        if picture is None or self.plan is None:
            self._overtake()
            self._request = None
            self._tell()
            return
        # once measured, a network is not measured again for every picture
        measure = self._latency_stale() or self._latency is None or not self._latency.latency_final
        checkpoint, pruning = self.plan.model.checkpoint, self.plan.pruning
        request = PreviewRequest(picture, checkpoint, pruning, self.selection.threads, measure)
        same = self._request is not None and request.answers_like(self._request)
        if same and not again:
            return
        self._overtake()
        self._request = request
        self._answers.submit(request)
        self._tell()

    def _overtake(self) -> None:
        """What is being answered need not be, but for its first result."""
        if self._request is not None:
            self._request.overtaken.set()

    def _preview_stale(self) -> bool:
        if self._preview is None:
            return False
        return self._request is None or self._preview.request.map_key != self._request.map_key

    def _latency_stale(self) -> bool:
        """It is of a network, whichever picture was looked at."""
        if self._latency is None:
            return False
        measured = self._latency.request
        wanted = (self.plan.network_key, self.selection.threads) if self.plan is not None else None
        return (measured.network_key, measured.threads) != wanted

    def _tell(self) -> None:
        preview, latency = self._preview, self._latency
        preview_stale, latency_stale = self._preview_stale(), self._latency_stale()
        full = preview is not None and preview.stage == "full" and not preview_stale
        failed = self._broken or self._failed_request is self._request
        self.seen.emit(
            Seen(
                preview,
                preview_stale,
                latency.latency if latency is not None else None,
                latency_stale,
                latency is not None and latency.latency_final and not latency_stale,
                waiting=self._request is not None and not full and not failed,
            )
        )

    @Slot(object)
    def _answered(self, preview: Preview) -> None:
        """Keep the answer, unless it is to an overtaken request and that to the present one is there."""
        present = self._request
        if preview.stage == "latency":
            own = present is not None and _measured_like(preview.request, present)
            if own or self._latency is None or self._latency_stale():
                self._latency = preview
        else:
            own = present is not None and preview.request.map_key == present.map_key
            done = self._preview is not None and self._preview.stage == "full" and not self._preview_stale()
            if self._preview is None or self._preview_stale() or (own and not (done and preview.stage == "coarse")):
                self._preview = preview
        self._tell()

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        self._failed_request = failure.request
        self._broken |= failure.request is None
        self.failed.emit(failure.message)
        self._tell()


def _measured_like(request: PreviewRequest, other: PreviewRequest) -> bool:
    return request.network_key == other.network_key and request.threads == other.threads


def _prepare_answer() -> Answer:
    """The engine's live loop; torch is loaded here, in the thread that answers."""
    load_libraries()
    with without_collecting():
        from gazeengine.preview import Previewer

    return Previewer().answer
