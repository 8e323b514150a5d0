"""A Fisher signal over pictures, estimated in a thread of its own that gives way to the live map."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from threading import Event

from PySide6.QtCore import QObject, Signal, Slot

from app.engine_start import give_way, load_libraries, without_collecting
from app.latest import Answer
from app.one_at_a_time import OneAtATime
from gazeengine.checkpoint import Checkpoint
from gazeengine.image import Picture
from gazeengine.signal_source import OWN, CalibrationProgress

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationRequest:
    """checkpoint's signal over pictures. Once stopped is set nothing more of it is wanted."""

    checkpoint: Checkpoint
    pictures: tuple[Picture, ...]
    stopped: Event = field(default_factory=Event)


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationAnswer:
    """One more picture done."""

    request: CalibrationRequest
    progress: CalibrationProgress


class CalibrationJob(OneAtATime):
    """One calibration at a time."""

    progressed = Signal(object)  # CalibrationProgress, after each picture

    def __init__(self, prepare_answer: Callable[[], Answer] | None = None, parent: QObject | None = None) -> None:
        super().__init__(prepare_answer or _prepare_answer, parent)

    @property
    def request(self) -> CalibrationRequest | None:
        """The one under way; None where there is none."""
        return self._request if isinstance(self._request, CalibrationRequest) else None

    def start(self, checkpoint: Checkpoint, pictures: tuple[Picture, ...]) -> None:
        """Estimate this signal and nothing else."""
        self.end()
        self._begin(CalibrationRequest(checkpoint, pictures))

    def end(self) -> None:
        """No more of what is under way; a picture that is being looked at comes to its end unheard."""
        self._end()

    def _end(self) -> None:
        if self.request is not None:
            self.request.stopped.set()
        super()._end()

    @Slot(object)
    def _answered(self, answer: CalibrationAnswer) -> None:  # type: ignore[override]
        if answer.request is self._request:
            if answer.progress.n_done == answer.progress.n_pictures:
                self._request = None
            self.progressed.emit(answer.progress)


def _prepare_answer() -> Answer:
    """Load the engine, in the thread that answers."""
    load_libraries()
    with without_collecting():
        from gazeengine.calibration import calibrate

    give_way()

    def answer(request: CalibrationRequest) -> Generator[CalibrationAnswer, None, None]:
        for progress in calibrate(request.checkpoint, [OWN], request.pictures):
            yield CalibrationAnswer(request, progress)
            if request.stopped.is_set():
                return

    return answer
