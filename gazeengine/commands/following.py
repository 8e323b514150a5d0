"""Following a run from step to step: progress on stderr, its history in the run's folder, orders obeyed in between."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Literal

from gazeengine.commands.events import ENDING, Order, Orders, present_orders, signals, tell
from gazeengine.commands.output import Progress
from gazeengine.runs import History, TrainingProgress

Outcome = Literal["done", "kept", "stopped", "discarded"]

PACE_STEPS = 200  # of which the mean is the pace behind a pause: with about one validation among them

_OUTCOMES: dict[Order, Outcome] = {"stop": "kept", "end": "stopped", "discard": "discarded"}


def follow(what: str, steps: Iterator[TrainingProgress], folder: Path | None, events: bool) -> Outcome:
    """Go through the steps of a run, whose history folder keeps; whether it came to its end, or how it was ended.

    "kept" asks for a result from what there is so far; "stopped" that nothing more is done, so that the run can go on
    another time; "discarded" that it will not. A generator is closed where it is ended, and may save itself then.
    """
    orders, pace, line = present_orders(), _Pace(), Progress(what)
    kept = History(folder) if folder is not None else nullcontext()
    with signals(orders), orders.attended(), kept as history, _closed(steps):
        for progress in steps:
            shown = pace.without_pauses(progress)
            if history is not None:
                history.append(shown)
            _show(line, shown, events)
            if (ending := _obeyed(orders, pace, events)) is not None:
                if events:
                    tell("saving")
                return _OUTCOMES[ending]
            pace.goes_on()
    return "done"


@contextmanager
def _closed(steps: Iterator[TrainingProgress]) -> Iterator[None]:
    """Closes a generator behind the block, here and not when it is forgotten."""
    try:
        yield
    finally:
        if isinstance(steps, Generator):
            steps.close()


class _Pace:
    """Takes pauses out of the time that is left: the run itself would take them for a very slow step."""

    def __init__(self) -> None:
        self._steps_s: deque[tuple[float, int]] = deque(maxlen=PACE_STEPS)  # seconds, and steps that they took it on
        self._step = 0
        self._begun = math.nan  # the first step is slower, and comes with all that is prepared
        self.paused = False

    def without_pauses(self, progress: TrainingProgress) -> TrainingProgress:
        if not math.isnan(self._begun):
            self._steps_s.append((time.monotonic() - self._begun, progress.step - self._step))
        self._step = progress.step
        if not self.paused or not self._steps_s:
            return progress
        pace = sum(s for s, _ in self._steps_s) / max(1, sum(n for _, n in self._steps_s))
        return replace(progress, left_s=pace * max(0, progress.n_steps - progress.step))

    def goes_on(self) -> None:
        self._begun = time.monotonic()


def _obeyed(orders: Orders, pace: _Pace, events: bool) -> Order | None:
    """The order that ends the run, if there is one; a pause is waited through."""
    while (order := orders.next_at_once()) is not None:
        if order == "pause":
            pace.paused = True
            if events:
                tell("paused")
            while (order := orders.next()) == "pause":
                pass
            if order == "resume" and events:
                tell("resumed")
        if order in ENDING:
            return order
    return None


def _show(line: Progress, progress: TrainingProgress, events: bool) -> None:
    best = f", best {progress.best_loss:.3f} at step {progress.best_step}" if progress.best_step else ""
    if progress.validation_loss is not None:
        line.say(f"step {progress.step}: validation loss {progress.validation_loss:.3f} nats{best}")
    if progress.snapshot is not None:
        say(f"{progress.snapshot}: {progress.n_pruned:,} features pruned", events, line)
    pruned = f", {progress.n_pruned:,} pruned" if progress.n_pruned else ""
    words = progress.doing or f"loss {progress.loss:.3f}{best}{pruned}"
    line.show(progress.step, progress.n_steps, progress.left_s, words)
    if events:
        tell("progress", progress=progress.to_json())


def say(text: str, events: bool, line: Progress | None = None) -> None:
    """A line on stderr, and a message to whoever follows the events."""
    (line or Progress("")).say(text)
    if events:
        tell("message", text=text)
