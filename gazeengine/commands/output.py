"""What the commands say: results on stdout, progress on stderr, and how they are interrupted."""

from __future__ import annotations

import signal
import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from gazeengine.atomic import written_beside
from gazeengine.checkpoint import Checkpoint, load
from gazeengine.domain import Look
from gazeengine.errors import OutputError
from gazeengine.resources import find_model

if TYPE_CHECKING:  # it would import torch
    from gazeengine.export import Verified

SPARSE_S = 30.0  # between two lines of progress in a log


@dataclass(frozen=True, slots=True)
class Result:
    """What a command found: values for --json, text for people, and the exit code."""

    values: Mapping[str, Any]
    text: str
    exit_code: int = 0


@dataclass(slots=True)
class Progress:
    """One line on stderr that is written over, where that is a terminal; else a line every half minute."""

    what: str
    _terminal: bool = field(default_factory=lambda: sys.stderr.isatty())
    _last: float = 0.0
    _said: str = ""

    def show(self, done: int, n: int, left_s: float, more: str = "") -> None:
        """done of n, and the time that it will take: the first, the last and now and then one between."""
        left = f"{duration(left_s)} left" if done < n else ""
        line = ", ".join(filter(None, (f"{self.what}: {done} of {n}", left, more)))
        if line == self._said:
            return
        if self._terminal:
            end = "\n" if done == n else ""
            print(f"\r\x1b[2K{line}", end=end, file=sys.stderr, flush=True)
        elif done == n or time.monotonic() - self._last >= SPARSE_S:
            self._last = time.monotonic()
            print(line, file=sys.stderr, flush=True)
        else:
            return
        self._said = line

    def say(self, text: str) -> None:
        """A line of its own."""
        print(f"{chr(13)}\x1b[2K{text}" if self._terminal else text, file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """Seconds in words, coarse: "8 s", "3 min", "1 h 20 min", "3 d 4 h", "447 d"."""
    if not 0 <= seconds < float("inf"):
        return "unknown time"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    hours = round(minutes / 60)
    return f"{hours // 24} d {hours % 24} h" if hours < 10 * 24 else f"{round(hours / 24):,} d"


@contextmanager
def interruptible() -> Iterator[list[bool]]:
    """A list that is no longer empty after Ctrl-C, so that a loop can stop between steps; a second Ctrl-C raises.

    Outside the main thread, where Python hears no signals, it stays empty.
    """
    stopped: list[bool] = []

    def remember(number: int, frame: FrameType | None) -> None:
        if stopped:
            raise KeyboardInterrupt
        stopped.append(True)

    previous = None
    with suppress(ValueError):
        previous = signal.signal(signal.SIGINT, remember)
    try:
        yield stopped
    finally:
        if previous is not None:
            signal.signal(signal.SIGINT, previous)


class _TrialError(Exception):
    """Ends a trial to write before the file takes its place."""


def check_writable(path: Path) -> None:
    """Raises OutputError where path cannot be written: to know before long work and not after it."""
    with suppress(_TrialError), written_beside(path):
        raise _TrialError


def folder_made(path: Path) -> Path:
    """The folder, which is made where it is missing. Raises OutputError where it cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"folder {path}: cannot be made ({error.strerror}), wanted one to write to") from error
    return path


def model(name: str) -> Checkpoint:
    """The checkpoint of a file or of a shipped model."""
    return load(find_model(name))


def look_of(options: Namespace) -> Look:
    """How the options say to look at pictures."""
    return Look(options.domain, options.center_bias, options.prior, options.viewport, options.depth)


def verified(done: Verified, shown: Path) -> tuple[dict[str, Any], str]:
    """What saving or exporting found, for JSON and for people."""
    values = {
        "file": str(shown),
        "size_bytes": done.size_bytes,
        "largest_difference_nats": done.largest_difference,
        "against": done.against,
        "seconds": done.seconds,
    }
    if done.limits:
        values["limits"] = done.limits
    text = (
        f"{shown}: {done.size_bytes / 1e6:.1f} MB, checked against {done.against}, "
        f"maps differ by at most {done.largest_difference:.1e} nats"
    )
    return values, text + (f"; {done.limits}" if done.limits else "")
