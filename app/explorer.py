"""What joins the sliders to the engine: a selection in; widths at once, maps and latency as they are ready, out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.engine_start import load_libraries, without_collecting
from app.latest import Answer, LatestWins
from app.picture_cache import PictureCache
from app.planned import Model, Planned
from app.planning import Planning
from app.selection import NetworkChoice, Selection
from gazeengine.checkpoint import Checkpoint
from gazeengine.families import Family, Snapshot
from gazeengine.image import Picture
from gazeengine.records import Failure, Latency, Preview, PreviewRequest, RoundingGain

IDLE_MS = 400  # without a change and with nothing to compute, after which all orders are made ahead


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The latest map and latency; each is stale where it is not of the present selection.

    waiting says that the full map of the present selection is under way. base is the trained network that the map's
    was pruned from. rounding is of the network of the latency.
    """

    preview: Preview | None
    preview_stale: bool
    latency: Latency | None
    latency_stale: bool
    latency_final: bool
    waiting: bool
    base: Snapshot | None = None
    rounding: RoundingGain | None = None


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
        self.pictures = PictureCache()
        self.models: dict[str, Model] = {}
        self.plan: Planned | None = None
        self._planning = Planning(lambda: tuple(self.pictures.values()), self)
        self._planning.groundwork.came.connect(self._replan)
        self._planning.groundwork.busy.connect(self._groundwork_busy)
        self._planning.groundwork.failed.connect(self.failed)
        self._planning.came.connect(self._came)
        self._planning.failed.connect(self._leave_out)
        self._snapshots: dict[str, Snapshot] = {}  # of all networks that a map was asked of, by id
        self._idle = QTimer(self, singleShot=True, interval=IDLE_MS)
        self._idle.timeout.connect(self._planning.make_all_orders)
        self._running = False
        self._measuring_held: set[str] = set()  # by whom
        self._request: PreviewRequest | None = None
        self._preview: Preview | None = None
        self._latency: Preview | None = None
        self._failed_request: object | None = None
        self._broken = False  # the engine did not load: nothing will be answered
        self.quiet: Callable[[], AbstractContextManager[None]] = nullcontext  # what a latency is measured in
        self.fold_in_sight: Callable[[], int] = lambda: 1  # of a page, which is read first
        self._answers = LatestWins(prepare_answer or self._prepare_answer, self)
        self._answers.answered.connect(self._answered)
        self._answers.failed.connect(self._failed)
        self._answers.prepared.connect(self.ready)

    def _prepare_answer(self) -> Answer:
        """The engine's live loop; torch is loaded here, in the thread that answers."""
        load_libraries()
        with without_collecting():
            from gazeengine.preview import Previewer

        return Previewer(lambda: self.quiet()).answer

    def start(self) -> None:
        """Begin to answer; loads the engine in the background."""
        self._running = True
        self._planning.start()
        self._answers.start()

    def stop(self) -> None:
        """End behind the result that is being made, and wait for it."""
        self._running = False
        self._idle.stop()
        self._overtake()
        self._planning.stop()
        self._answers.stop()
        self._answers.wait()

    def add_picture(self, key: str, picture: Picture) -> None:
        self.pictures[key] = picture
        if key == self.selection.picture:
            self._look()

    def remove_picture(self, key: str) -> None:
        self.pictures.pop(key, None)

    def add_model(self, key: str, opened: Family | Checkpoint) -> None:
        """Open a family, or a checkpoint that has none, under key; again if it was."""
        if key in self.models:
            self._planning.forget(self.models[key])
        self.models[key] = Model.of(opened)
        if key == self.selection.network.model:
            self.select(self.selection)

    def replace_checkpoint(self, checkpoint: Checkpoint) -> None:
        """From now on take this for the network of its id, wherever it belongs: the same weights, another signal."""
        self.models = {key: self._planning.replaced(model, checkpoint) for key, model in self.models.items()}
        self.select(self.selection)

    def join(self, parent: str, snapshots: Sequence[Snapshot]) -> None:
        """More networks of the families of a parent, by its id, wherever they are open."""
        for key, model in self.models.items():
            if model.family.origin.parent == parent:
                self.models[key] = model.with_family(model.family.joined(snapshots))
        self.select(self.selection)

    def rescore(self, parent: str, snapshot: Snapshot) -> None:
        """One of them has scores by now."""
        for key, model in self.models.items():
            if model.family.origin.parent == parent:
                self.models[key] = self._planning.rescored(model, snapshot)
        self.select(self.selection)

    @property
    def measuring_held(self) -> bool:
        """Whether something else computes."""
        return bool(self._measuring_held)

    @property
    def planning(self) -> Planning:
        """Orders, and what they are made of."""
        return self._planning

    def hold_measuring(self, hold: bool, by: str = "calibration") -> None:
        """Measure no latency while something else computes, which by names."""
        before = bool(self._measuring_held)
        (self._measuring_held.add if hold else self._measuring_held.discard)(by)
        if bool(self._measuring_held) != before and self._request is not None and not self._measured():
            self._look(again=True)

    def select(self, selection: Selection) -> None:
        """Show this; n is cut to what can go. Widths follow within this call, maps when they are ready."""
        selection = replace(selection, network=self._possible(selection.network))
        before, self.selection = self.selection, selection
        self.pictures.in_use = frozenset(selection.pictures)
        self._idle.stop()
        self.selected.emit(selection)
        if replan := selection.network != before.network or self._outdated_model():
            self._plan()
        if replan or _looks(selection) != _looks(before):
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
        return choice if model is None else replace(choice, n=model.family_for(choice).nearest_n(choice.beta, choice.n))

    def _plan(self) -> None:
        choice = self.selection.network
        model = self.models.get(choice.model or "")
        if model is None:
            self.plan = None
            return
        self.plan = self._planning.planned(choice, model)
        self._snapshots[self.plan.base.id] = self.plan.snapshot
        self.planned.emit(self.plan)
        self._planning.look_ahead(self.plan)

    @Slot(object)
    def _came(self, snapshot: Snapshot) -> None:
        if self.plan is not None and self.plan.awaited is snapshot:
            self._plan()
            self._look()

    @Slot()
    def _replan(self) -> None:
        """What was lacking is there."""
        self._plan()
        self._look()

    @Slot(str)
    def _groundwork_busy(self, words: str) -> None:
        self.hold_measuring(bool(words), "groundwork")

    @Slot(object, str)
    def _leave_out(self, snapshot: Snapshot, message: str) -> None:
        """Go on without a snapshot that cannot be read."""
        for key, model in self.models.items():
            if snapshot in model.family.snapshots:
                self.models[key] = model.with_family(model.family.without(snapshot))
        self.failed.emit(f"{message}; its family goes on without it")
        self.select(self.selection)

    def _look(self, *, again: bool = False) -> None:
        picture = self.pictures.get(self.selection.picture or "")
        if picture is None or self.plan is None:
            self._overtake()
            self._request = None
            self._tell()
            return
        # once measured, a network is not measured again for every picture
        measure = not (self._measured() or bool(self._measuring_held))
        plan = self.plan
        request = PreviewRequest(
            picture,
            plan.base,
            plan.pruning,
            self.selection.threads,
            measure,
            unpruned=plan.model.checkpoint,
            look=self.selection.look,
            first_fold=self.fold_in_sight(),
            exact=plan.exact if measure else None,
        )
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

    def _measured(self) -> bool:
        return self._latency is not None and self._latency.latency_final and not self._latency_stale()

    def _tell(self) -> None:
        preview, latency = self._preview, self._latency
        preview_stale, latency_stale = self._preview_stale(), self._latency_stale()
        full = preview is not None and preview.stage == "full" and not preview_stale
        failed = self._broken or self._failed_request is self._request
        waiting = self._request is not None and not full and not failed
        measured = self._measured()
        if self._running and not waiting and (measured or failed or self._request is None):
            self._idle.start()
        self.seen.emit(
            Seen(
                preview,
                preview_stale,
                latency.latency if latency is not None else None,
                latency_stale,
                measured,
                waiting,
                self._snapshots.get(preview.request.checkpoint.id) if preview is not None else None,
                latency.rounding if latency is not None else None,
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


def _looks(selection: Selection) -> tuple[object, ...]:
    """What of a selection, beside the network, asks for another map or latency."""
    return selection.picture, selection.threads, selection.look


def _measured_like(request: PreviewRequest, other: PreviewRequest) -> bool:
    return request.network_key == other.network_key and request.threads == other.threads
