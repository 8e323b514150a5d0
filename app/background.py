"""Work that must not hold up the window: reading pictures and models, saving, exporting."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal, Slot

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
        self._ended.connect(self._deliver)

    def do(self, work: Callable[[], T], then: Callable[[T], None], failed: Callable[[str], None]) -> None:
        """Call work() in the background, then then(result) or failed(message) here."""
        self._n_open += 1
        if self._n_open == 1:
            self.busy_changed.emit(True)
        future = self._pool.submit(work)
        future.add_done_callback(lambda f: self._ended.emit((f, then, failed)))

    def close(self) -> None:
        """Drop what has not begun and wait for what has: nothing is left half done."""
        self._ended.disconnect(self._deliver)
        self._pool.shutdown(wait=True, cancel_futures=True)

    @Slot(object)
    def _deliver(self, ended: tuple[Future[Any], Callable[[Any], None], Callable[[str], None]]) -> None:
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
