"""Exporting in a thread of its own that gives way to the live map; one order at a time."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from app.engine_start import give_way, load_libraries, without_collecting
from app.export_order import ExportOrder, ExportStep
from app.latest import Answer, LatestWins
from gazeengine.records import Failure


@dataclass(frozen=True, slots=True, eq=False)
class _Stepped:
    order: ExportOrder
    step: ExportStep


class ExportJob(QObject):
    """Its thread begins with the first order and waits for the next."""

    stepped = Signal(object)  # ExportStep; the last one is finished
    failed = Signal(str)  # instead of a last step

    def __init__(self, prepare_answer: Callable[[], Answer] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._prepare = prepare_answer or _prepare_answer
        self._answers: LatestWins | None = None
        self._order: ExportOrder | None = None
        self._step: ExportStep | None = None

    @property
    def step(self) -> ExportStep | None:
        """How far the order under way is; None where there is none."""
        return self._step if self._order is not None else None

    @property
    def running(self) -> bool:
        return self._order is not None

    def start(self, order: ExportOrder) -> None:
        """Carry this out; only where none is under way."""
        self._order, self._step = order, None
        if self._answers is None:
            self._answers = LatestWins(self._prepare, self)
            self._answers.answered.connect(self._answered)
            self._answers.failed.connect(self._failed)
            self._answers.start()
        self._answers.submit(order)

    def cancel(self) -> None:
        """No more files than the one that is being written; the last step tells which there are."""
        if self._order is not None:
            self._order.stopped.set()

    def stop(self) -> None:
        """End the thread behind the file that is being written, and wait for it."""
        self.cancel()
        self._order = None
        if self._answers is not None:
            self._answers.stop()
            self._answers.wait()

    @Slot(object)
    def _answered(self, answer: _Stepped) -> None:
        if answer.order is self._order:
            self._step = answer.step
            if answer.step.finished:
                self._order = None
            self.stepped.emit(answer.step)

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        if failure.request is None and self._answers is not None:  # the thread could not begin: another may
            self._answers.wait()
            self._answers = None
        if failure.request in (None, self._order) and self._order is not None:
            self._order = None
            self.failed.emit(failure.message)


def _prepare_answer() -> Answer:
    """Load the engine, in the thread that answers."""
    load_libraries()
    with without_collecting():
        from app.exporting import exported  # its reports need fonts' tables, which the window can do without
        from gazeengine.looking import Onlooker

    give_way()

    def answer(order: ExportOrder) -> Generator[_Stepped, None, None]:
        for step in exported(order, Onlooker()):
            yield _Stepped(order, step)

    return answer
