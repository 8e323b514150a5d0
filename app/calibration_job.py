"""A Fisher signal over pictures, estimated in a thread of its own that gives way to the live map."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from threading import Event

from PySide6.QtCore import QObject, Signal, Slot

from app.engine_start import give_way, load_libraries, without_collecting
from app.latest import Answer, LatestWins
from gazeengine.checkpoint import Checkpoint
from gazeengine.image import Picture
from gazeengine.records import Failure
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


class CalibrationJob(QObject):
    """One calibration at a time. Its thread begins with the first and waits for the next."""

    progressed = Signal(object)  # CalibrationProgress, after each picture
    failed = Signal(str)

    def __init__(self, prepare_answer: Callable[[], Answer] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._prepare = prepare_answer or _prepare_answer
        self._answers: LatestWins | None = None
        self._request: CalibrationRequest | None = None

    @property
    def request(self) -> CalibrationRequest | None:
        """The one under way; None where there is none."""
        return self._request

    def start(self, checkpoint: Checkpoint, pictures: tuple[Picture, ...]) -> None:
        """Estimate this signal and nothing else."""
        self.end()
        self._request = CalibrationRequest(checkpoint, pictures)
        if self._answers is None:
            self._answers = LatestWins(self._prepare, self)
            self._answers.answered.connect(self._answered)
            self._answers.failed.connect(self._failed)
            self._answers.start()
        self._answers.submit(self._request)

    def end(self) -> None:
        """No more of what is under way; a picture that is being looked at comes to its end unheard."""
        if self._request is not None:
            self._request.stopped.set()
            self._request = None

    def stop(self) -> None:
        """End the thread behind the picture that is being looked at, and wait for it."""
        self.end()
        if self._answers is not None:
            self._answers.stop()
            self._answers.wait()

    @Slot(object)
    def _answered(self, answer: CalibrationAnswer) -> None:
        if answer.request is self._request:
            if answer.progress.n_done == answer.progress.n_pictures:
                self._request = None
            self.progressed.emit(answer.progress)

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        if failure.request is None and self._answers is not None:  # the thread could not begin: another may
            self._answers.wait()
            self._answers = None
        if failure.request in (None, self._request) and self._request is not None:
            self._request = None
            self.failed.emit(failure.message)


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
