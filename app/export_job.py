"""Exporting in a thread of its own that gives way to the live map; one order at a time."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from app.engine_start import give_way, load_libraries, without_collecting
from app.export_order import ExportOrder, ExportStep
from app.latest import Answer
from app.one_at_a_time import OneAtATime


@dataclass(frozen=True, slots=True, eq=False)
class _Stepped:
    order: ExportOrder
    step: ExportStep


class ExportJob(OneAtATime):
    """Carries out one order at a time."""

    stepped = Signal(object)  # ExportStep; the last one is finished

    def __init__(self, prepare_answer: Callable[[], Answer] | None = None, parent: QObject | None = None) -> None:
        super().__init__(prepare_answer or _prepare_answer, parent)
        self._step: ExportStep | None = None

    @property
    def step(self) -> ExportStep | None:
        """How far the order under way is; None where there is none."""
        return self._step if self.running else None

    @property
    def running(self) -> bool:
        return self._request is not None

    def start(self, order: ExportOrder) -> None:
        """Carry this out; only where none is under way."""
        self._step = None
        self._begin(order)

    def cancel(self) -> None:
        """No more files than the one that is being written; the last step tells which there are."""
        if isinstance(self._request, ExportOrder):
            self._request.stopped.set()

    def _end(self) -> None:
        self.cancel()
        super()._end()

    @Slot(object)
    def _answered(self, answer: _Stepped) -> None:  # type: ignore[override]
        if answer.order is self._request:
            self._step = answer.step
            if answer.step.finished:
                self._request = None
            self.stepped.emit(answer.step)


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
