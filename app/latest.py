"""The newest request wins: one thread that answers requests step by step, and drops those that are overtaken."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import closing
from threading import Condition
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from gazeengine.errors import GazeError
from gazeengine.records import Failure

log = logging.getLogger(__name__)

Answer = Callable[[Any], Generator[Any, None, None]]


class LatestWins(QThread):
    """Answers the last submitted request with the results of a generator, each emitted as soon as it is there.

    A pending request is replaced by a newer one; the one being answered always gives its first result, so that a
    slider dragged without a pause still sees its picture move. answer() runs in this thread, prepare() before
    the first; prepared says that it is done.
    """

    prepared = Signal()
    answered = Signal(object)
    failed = Signal(object)

    def __init__(self, prepare: Callable[[], Answer], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._prepare = prepare
        self._changed = Condition()
        self._pending: object | None = None
        self._stopping = False

    def submit(self, request: object) -> None:
        """Answer this, and nothing older."""
        with self._changed:
            self._pending = request
            self._changed.notify()

    def stop(self) -> None:
        """End behind the result that is being made; wait for it with wait()."""
        with self._changed:
            self._stopping = True
            self._pending = None
            self._changed.notify()

    def run(self) -> None:
        try:
            answer = self._prepare()
        except Exception as error:
            log.exception("could not prepare")
            self.failed.emit(Failure(None, f"the engine could not start: {error}"))
            return
        self.prepared.emit()
        while (request := self._next_request()) is not None:
            try:
                # closing() runs the generator's finally blocks here, in its own thread
                with closing(answer(request)) as results:
                    for result in results:
                        self.answered.emit(result)
                        if self._overtaken():
                            break
            except GazeError as error:
                self.failed.emit(Failure(request, str(error)))
            except Exception as error:  # the one that catches all: it reports
                log.exception("could not answer a %s", type(request).__name__)  # all of it would be pages
                self.failed.emit(Failure(request, f"{type(error).__name__}: {error}"))

    def _next_request(self) -> object | None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._pending is not None)
            request, self._pending = self._pending, None
            return request

    def _overtaken(self) -> bool:
        with self._changed:
            return self._stopping or self._pending is not None
