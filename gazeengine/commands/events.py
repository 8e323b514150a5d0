"""What a job says to the program that started it, and hears from it: events on stdout, orders on stdin, line by line.

An event is a JSON object whose "event" says which: progress, message, paused, resumed, saving, result, error. An order
is pause, resume, stop (end here and make the most of it), or discard. When stdin ends, whoever gave orders is gone,
and the job ends as on Ctrl-C: it can be taken up again.
"""

from __future__ import annotations

import _thread
import json
import math
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from queue import Empty, SimpleQueue
from threading import Thread
from types import FrameType
from typing import Any, Literal, get_args

Event = Literal["progress", "message", "paused", "resumed", "saving", "result", "error"]
Order = Literal["pause", "resume", "stop", "discard", "end"]
GIVEN = tuple(order for order in get_args(Order) if order != "end")
ENDING: tuple[Order, ...] = ("stop", "discard", "end")

FLAG = "--events"

_listening: ContextVar[Orders | None] = ContextVar("orders", default=None)


def tell(event: Event, **values: Any) -> None:
    """Print an event at once. What nobody hears any more is dropped: that the orders have ended says the same."""
    line = json.dumps({"event": event} | _finite(values), ensure_ascii=False, allow_nan=False)
    try:
        print(line, flush=True)
    except BrokenPipeError:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _finite(value: Any) -> Any:
    match value:
        case float() if not math.isfinite(value):
            return None
        case Mapping():
            return {str(name): _finite(v) for name, v in value.items()}
        case list() | tuple():
            return [_finite(v) for v in value]
        case _:
            return value


class Orders:
    """Orders one after the other, from stdin and from signals.

    While nobody attends, one that ends the job does so by a KeyboardInterrupt in the main thread; others wait.
    """

    def __init__(self) -> None:
        self._given: SimpleQueue[Order] = SimpleQueue()  # a signal may come in the middle of its put
        self._attended = self._closed = False

    def give(self, order: Order) -> None:
        self._given.put(order)
        if order in ENDING and not self._attended and not self._closed:
            _thread.interrupt_main()

    def close(self) -> None:
        """The job has ended: orders come too late."""
        self._closed = True

    def next(self) -> Order:
        """Wait for an order."""
        return self._given.get()

    def next_at_once(self) -> Order | None:
        try:
            return self._given.get_nowait()
        except Empty:
            return None

    @contextmanager
    def attended(self) -> Iterator[None]:
        """Whoever is in the block asks for orders, and obeys."""
        before, self._attended = self._attended, True
        try:
            yield
        finally:
            self._attended = before

    def read(self, file: int) -> None:
        """Take orders from a file descriptor until it ends, in a thread of its own."""
        # not sys.stdin: a thread that waits in its buffer would hold up the end of the program
        Thread(target=self._read, args=(file,), name="orders", daemon=True).start()

    def _read(self, file: int) -> None:
        rest = b""
        with suppress(OSError):
            while chunk := os.read(file, 4096):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    order = line.decode("utf-8", "replace").strip()
                    if order in GIVEN:
                        self.give(order)  # type: ignore[arg-type]
                    elif order:
                        print(f"gazeengine: there is no order {order!r}, wanted one of {GIVEN}", file=sys.stderr)
        self.give("end")


@contextmanager
def listening(events: bool, file: int = 0) -> Iterator[Orders]:
    """Orders from file, if events are wanted; they are what present_orders gives within the block."""
    orders = Orders()
    if events:
        orders.read(file)
    token = _listening.set(orders)
    try:
        yield orders
    finally:
        orders.close()
        _listening.reset(token)


def present_orders() -> Orders:
    """Those that are listened to; ones that only signals give, if nobody listens."""
    return _listening.get() or Orders()


@contextmanager
def signals(orders: Orders) -> Iterator[None]:
    """In the block Ctrl-C and SIGTERM are the order to end; a second one raises KeyboardInterrupt.

    Outside the main thread, where Python hears no signals, nothing changes.
    """
    heard: list[int] = []

    def remember(number: int, frame: FrameType | None) -> None:
        if heard:
            raise KeyboardInterrupt
        heard.append(number)
        orders.give("end")

    previous = {}
    with suppress(ValueError):
        for number in (signal.SIGINT, signal.SIGTERM):
            previous[number] = signal.signal(number, remember)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
