"""What pruning needs beside models' files, made in the background: statistics of criteria, times of this computer."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from app.engine_start import load_libraries, without_collecting
from app.latest import Answer, LatestWins
from app.pruning_method import FISHER
from gazeengine.checkpoint import Checkpoint
from gazeengine.cost import CostModel
from gazeengine.criteria import CRITERIA, FeatureStatistics
from gazeengine.errors import DataError
from gazeengine.image import Picture
from gazeengine.machine import machine_name, times_file
from gazeengine.plan import FisherSignal
from gazeengine.pricing import CostName, Pricing
from gazeengine.records import Failure

if TYPE_CHECKING:  # it would import torch
    from gazeengine.time_cost import TimeModel

log = logging.getLogger(__name__)

KEPT = 24  # networks whose statistics are kept: a float for each feature and kind
MOST_PICTURES = 8  # seconds rather than minutes; more is what calibration is for

Quiet = Callable[[], AbstractContextManager[None]]
Place = tuple[str, tuple[int, int]]
"""An architecture by its name, and a size of pictures (height, width)."""


@dataclass(frozen=True, slots=True, eq=False)
class StatisticsWanted:
    checkpoint: Checkpoint
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TimesWanted:
    """Times of an architecture's layers; file has them if they were measured before."""

    checkpoint: Checkpoint
    file: Path


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """How much of a request is done, in words; found is there at the end."""

    request: StatisticsWanted | TimesWanted
    words: str
    found: Any = None


class Groundwork(QObject):
    """Gives what it has at once, and makes what is wanted; came() says that there is more, busy(words) what is made."""

    came = Signal()
    busy = Signal(str)  # empty where nothing is being made
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None, prepare_answer: Callable[[], Answer] | None = None) -> None:
        super().__init__(parent)
        self.folder = Path()  # where times are kept
        self.quiet: Quiet = nullcontext  # what they are measured in
        self._statistics: OrderedDict[str, FeatureStatistics] = OrderedDict()
        self._signals: dict[tuple[str, str], FisherSignal] = {}
        self._times: dict[Place, TimeModel] = {}
        self._pricings: dict[tuple[CostModel, CostName], Pricing] = {}
        self._under_way: StatisticsWanted | TimesWanted | None = None
        self._failed: set[object] = set()  # what is not tried again
        self._answers = LatestWins(prepare_answer or (lambda: _prepare(self.quiet)), self)
        self._answers.answered.connect(self._answered)
        self._answers.failed.connect(self._could_not)

    def signal(self, checkpoint: Checkpoint, criterion: str) -> FisherSignal | None:
        """What criterion says of a network; None where that is not known yet."""
        if criterion == FISHER:
            return checkpoint.signal
        key = checkpoint.id, criterion
        if key not in self._signals:
            chosen = CRITERIA[criterion]
            statistics = self._statistics.get(checkpoint.id)
            if not chosen.of_pictures:
                statistics = FeatureStatistics.none(checkpoint)
            if statistics is None:
                return None
            self._signals[key] = chosen.signal(statistics, checkpoint)
        return self._signals[key]

    def times(self, checkpoint: Checkpoint) -> TimeModel | None:
        """Of this computer, for networks of the architecture at its working size; None where not measured yet."""
        return self._times.get(_place(checkpoint))

    def pricing(
        self, name: CostName, checkpoint: Checkpoint, flops: CostModel, parameters: CostModel
    ) -> Pricing | None:
        """The cost of that name, always the same one; None for time where it was not measured yet."""
        key = flops, name
        if key not in self._pricings:
            times = self.times(checkpoint)
            if name == "time" and times is None:
                return None
            of_time, whole = times.cost if times is not None else None, checkpoint.architecture.widths
            self._pricings[key] = Pricing.of(name, flops, parameters, of_time, whole)
        return self._pricings[key]

    def want(self, checkpoint: Checkpoint, criterion: str, cost: CostName, pictures: tuple[Picture, ...]) -> None:
        """Make what is not there yet for these, one after the other; nothing that was wanted before.

        Fisher's own signal is the model's, or comes by calibration: it is not made here.
        """
        if cost == "time" and self.times(checkpoint) is None and _place(checkpoint) not in self._failed:
            self._ask(TimesWanted(checkpoint, times_file(*_place(checkpoint), folder=self.folder)))
        elif criterion == FISHER or checkpoint.id in self._failed:
            return
        elif self.signal(checkpoint, criterion) is None and pictures:
            self._ask(StatisticsWanted(checkpoint, pictures[:MOST_PICTURES]))

    def stop(self) -> None:
        """End behind the step that is being made, and wait for it."""
        self._answers.stop()
        self._answers.wait()

    def _ask(self, request: StatisticsWanted | TimesWanted) -> None:
        present = self._under_way
        if type(present) is type(request) and present is not None and present.checkpoint.id == request.checkpoint.id:
            return
        self._under_way = request
        self._answers.submit(request)
        self._answers.start()  # does nothing where it runs already
        self.busy.emit("…")

    @Slot(object)
    def _answered(self, done: Done) -> None:
        if done.found is None:
            if done.request is self._under_way:
                self.busy.emit(done.words)
            return
        checkpoint = done.request.checkpoint
        if isinstance(done.request, TimesWanted):
            self._times[_place(checkpoint)] = done.found
        else:
            self._statistics[checkpoint.id] = done.found
            while len(self._statistics) > KEPT:
                gone, _ = self._statistics.popitem(last=False)
                self._signals = {key: signal for key, signal in self._signals.items() if key[0] != gone}
        if done.request is self._under_way:
            self._under_way = None
            self.busy.emit("")
        self.came.emit()

    @Slot(object)
    def _could_not(self, failure: Failure) -> None:
        request = failure.request
        if isinstance(request, StatisticsWanted | TimesWanted):
            self._failed.add(_place(request.checkpoint) if isinstance(request, TimesWanted) else request.checkpoint.id)
        self._under_way = None
        self.busy.emit("")
        self.failed.emit(failure.message)


def _place(checkpoint: Checkpoint) -> Place:
    return checkpoint.architecture.name, checkpoint.working_size


def _prepare(quiet: Quiet) -> Answer:
    """Load the engine, in the thread that answers."""
    load_libraries()
    with without_collecting():
        from gazeengine.calibration import statistics_of
        from gazeengine.time_cost import TimeTable, time_model, timed

    def statistics(request: StatisticsWanted) -> Generator[Done, None, None]:
        n, found = len(request.pictures), None
        for found in statistics_of(request.checkpoint, request.pictures):
            yield Done(request, f"looking at picture {found.n_images} of {n}")
        yield Done(request, "", found)

    def times(request: TimesWanted) -> Generator[Done, None, None]:
        architecture, size = request.checkpoint.architecture, request.checkpoint.working_size
        if request.file.is_file():
            try:
                yield Done(request, "", time_model(architecture, TimeTable.load(request.file)))
            except DataError as error:  # it is measured anew, and written over
                log.warning("%s", error)
            else:
                return
        measuring = timed(architecture, size, machine_name())
        while True:
            with quiet():
                step = next(measuring)
            if isinstance(step, TimeTable):
                break
            yield Done(request, f"measuring layers, {100 * step:.0f} %")
        request.file.parent.mkdir(parents=True, exist_ok=True)
        step.save(request.file)
        yield Done(request, "", time_model(architecture, step))

    def answer(request: StatisticsWanted | TimesWanted) -> Generator[Done, None, None]:
        return statistics(request) if isinstance(request, StatisticsWanted) else times(request)

    return answer
