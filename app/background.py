"""Work that must not hold up the window: reading pictures and models, saving, exporting."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from gazeengine.errors import GazeError

log = logging.getLogger(__name__)

T = TypeVar("T")


class Background(QObject):
    """One thread that does what it is given in turn; results come back in the thread that asked."""

    busy_changed = Signal(bool)
    _ended = Signal(object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._n_open = 0
        self._droppable: set[Future[Any]] = set()
        self._closed = False
        # queued: work that is done at once must not come back before do() has returned
        self._ended.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def do(
        self,
        work: Callable[[], T],
        then: Callable[[T], None],
        failed: Callable[[str], None],
        *,
        keep: bool = False,
    ) -> None:
        """Call work() in the background, then then(result) or failed(message) here.

        What is to be kept, such as a file to write, is done even where the program is closed before its turn.
        """
        if self._closed:
            return
        self._n_open += 1
        if self._n_open == 1:
            self.busy_changed.emit(True)
        future = self._pool.submit(work)
        if not keep:
            self._droppable.add(future)
            future.add_done_callback(self._droppable.discard)
        future.add_done_callback(lambda f: self._ended.emit((f, then, failed)))

    def close(self) -> None:
        """Drop what has not begun, unless it is to be kept, and wait for the rest: nothing is left half done."""
        self._closed = True
        for future in tuple(self._droppable):
            future.cancel()
        self._pool.shutdown(wait=True)

    @Slot(object)
    def _deliver(self, ended: tuple[Future[Any], Callable[[Any], None], Callable[[str], None]]) -> None:
        if self._closed:
            return
        future, then, failed = ended
        self._n_open -= 1
        if self._n_open == 0:
            self.busy_changed.emit(False)
        try:
            result = future.result()
        except CancelledError:
            return
        except GazeError as error:
            failed(str(error))
            return
        except Exception as error:  # the one that catches all: it reports
            log.exception("background work failed")
            failed(f"{type(error).__name__}: {error}")
            return
        then(result)
