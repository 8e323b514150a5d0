"""Long work in a thread of its own, one request at a time, that can be ended and begun again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from app.latest import Answer, LatestWins
from gazeengine.records import Failure


class OneAtATime(QObject):
    """Its thread begins with the first request and waits for the next. Answers carry their request."""

    failed = Signal(str)  # instead of a last answer

    def __init__(self, prepare_answer: Callable[[], Answer], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._prepare = prepare_answer
        self._answers: LatestWins | None = None
        self._request: object | None = None

    def stop(self) -> None:
        """End the thread behind the step that is being made, and wait for it."""
        self._end()
        if self._answers is not None:
            self._answers.stop()
            self._answers.wait()

    def _begin(self, request: object) -> None:
        self._request = request
        if self._answers is None:
            self._answers = LatestWins(self._prepare, self)
            self._answers.answered.connect(self._answered)
            self._answers.failed.connect(self._failed)
            self._answers.start()
        self._answers.submit(request)

    def _end(self) -> None:
        """Nothing more of what is under way is wanted."""
        self._request = None

    @Slot(object)
    def _answered(self, answer: object) -> None:
        """One answer, to the request under way or to one that was ended."""
        raise NotImplementedError

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        if failure.request is None and self._answers is not None:  # the thread could not begin: another may
            self._answers.wait()
            self._answers = None
        if failure.request in (None, self._request) and self._request is not None:
            self._request = None
            self.failed.emit(failure.message)
