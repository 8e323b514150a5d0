"""A process with its children: held, let go, and made to make way for others."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress

import psutil

NICE = 10  # of jobs, where 0 is a window's and 19 the most
IO_LEVEL = 7  # the last of 0 to 7 at the disk, without giving it up


class Tree:
    """The process of this number; of another one that got its number later all is left as it is."""

    def __init__(self, number: int) -> None:
        self._process: psutil.Process | None = None
        with suppress(psutil.Error):
            self._process = psutil.Process(number)

    def suspend(self) -> None:
        self._each(psutil.Process.suspend)

    def resume(self) -> None:
        self._each(psutil.Process.resume)

    @property
    def suspended(self) -> bool:
        with suppress(psutil.Error):
            return self._process is not None and self._process.status() == psutil.STATUS_STOPPED
        return False

    def lower(self) -> None:
        """Behind others on the cores and at the disk; children that come later inherit it."""
        process = self._process
        if process is None:
            return
        with suppress(psutil.Error, AttributeError, OSError):
            if sys.platform == "win32":
                process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
                process.ionice(psutil.IOPRIO_LOW)
            else:
                process.nice(max(NICE, process.nice()))
                process.ionice(psutil.IOPRIO_CLASS_BE, IO_LEVEL)

    def _each(self, act: Callable[[psutil.Process], None]) -> None:
        """With the process itself first: held, it gets no more children."""
        with suppress(psutil.Error):
            if self._process is not None:
                act(self._process)
                for child in self._process.children(recursive=True):
                    with suppress(psutil.Error):
                        act(child)
