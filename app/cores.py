"""Whose the cores are: jobs compute on them, and hold still while a latency is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Timer
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # most windows have no job
    from app.processes import Tree

LIMIT_S = 120.0  # that jobs are held for a measurement, should that never end


class Cores:
    """The processes of jobs. Threads may call all of it.

    held_changed(held) is called, from whichever thread it happens in, where jobs begin or end to hold still.
    """

    def __init__(self, held_changed: Callable[[bool], None] = lambda held: None, limit_s: float = LIMIT_S) -> None:
        self._lock = Lock()
        self._jobs: dict[int, Tree] = {}
        self._n_measuring = 0
        self._held_changed = held_changed
        self._limit_s = limit_s

    def add(self, process: int) -> None:
        """A job has begun in this process: it makes way for others, and holds still where something is measured."""
        from app.processes import Tree

        job = Tree(process)
        with self._lock:
            self._jobs[process] = job
            if self._n_measuring:
                job.suspend()
        job.lower()

    def remove(self, process: int) -> None:
        with self._lock:
            self._jobs.pop(process, None)

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """While the block runs no job computes; behind it they go on, whatever happened in it.

        They go on also after limit_s, where a block does not come to its end.
        """
        watchdog = Timer(self._limit_s, self._resume)
        watchdog.daemon = True
        with self._lock:
            self._n_measuring += 1
            for job in self._jobs.values():
                job.suspend()
            held = bool(self._jobs)
        try:
            watchdog.start()
            if held:
                self._held_changed(True)
            yield
        finally:
            watchdog.cancel()
            with self._lock:
                self._n_measuring -= 1
                last = not self._n_measuring
            if last:
                self._resume()
            if held:
                self._held_changed(False)
            watchdog.join()

    def _resume(self) -> None:
        with self._lock:
            for job in self._jobs.values():
                job.resume()


def wake(process: int) -> None:
    """Let a process go on that was held when the window that held it was killed; others are left alone."""
    from app.processes import Tree

    if (tree := Tree(process)).suspended:
        tree.resume()
