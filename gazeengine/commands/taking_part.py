"""Runs of several processes, as the commands have them: the first one claims, writes and speaks, the others help."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from gazeengine.commands.events import present_orders, signals
from gazeengine.commands.output import Result
from gazeengine.distributed import OthersStoppedError, World, joined
from gazeengine.runs import claimed, note


@contextmanager
def taking_part(folder: Path, begun: Mapping[str, Any]) -> Iterator[World]:
    """The processes that torchrun started, or this one alone.

    The first of them has claimed the run's folder, and noted there with what it was begun. Raises as these do.
    """
    with joined() as world, claimed(folder) if world.first else nullcontext():
        if world.first:
            note(folder, begun)
        yield world


def helped(steps: Generator[Any]) -> Result:
    """Go through the steps of a run that the first process follows; there is nothing to say of it.

    Ctrl-C and SIGTERM end it for all behind a step. torchrun gives them to every process, and the first one tells.
    """
    orders = present_orders()
    with signals(orders), orders.attended(), closing(steps):
        try:
            for _ in steps:
                if orders.next_at_once() is not None:
                    break
        except OthersStoppedError:
            pass
    return Result({}, "")
