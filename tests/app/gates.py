"""Threads held where a test wants them; nobody sleeps."""

from threading import Event

LIMIT_S = 20


class Gate:
    """A place in a thread's way: it says that it is there, and waits until the test opens."""

    def __init__(self) -> None:
        self._reached, self._opened = Event(), Event()

    def pass_through(self) -> None:
        """In the thread."""
        self._reached.set()
        if not self._opened.wait(LIMIT_S):
            raise TimeoutError("nobody opened the gate")

    @property
    def reached(self) -> bool:
        return self._reached.is_set()

    def wait_until_reached(self) -> None:
        """In the test."""
        assert self._reached.wait(LIMIT_S), "nobody came to the gate"

    def open(self) -> None:
        self._opened.set()
