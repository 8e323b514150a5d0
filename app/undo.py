"""Undo of what the network is: model, β and number of pruned features, one step for each drag."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand, QUndoStack

from app.selection import NetworkChoice

Restore = Callable[[NetworkChoice], None]


class ChoiceHistory(QUndoStack):
    """Remembers the choice at rest; a change of it is one step, however many values a drag went through."""

    def __init__(self, restore: Restore, at_rest: NetworkChoice) -> None:
        super().__init__()
        self._restore = restore
        self._at_rest = at_rest

    @property
    def at_rest(self) -> NetworkChoice:
        return self._at_rest

    def rest(self, choice: NetworkChoice) -> None:
        """The hand rests at choice: a step, if it is another than before."""
        if choice != self._at_rest:
            before, self._at_rest = self._at_rest, choice
            self.push(_Step(before, choice, self._go))

    def begin(self, choice: NetworkChoice) -> None:
        """Nothing to undo before this choice."""
        self._at_rest = choice
        self.clear()

    def _go(self, choice: NetworkChoice) -> None:
        if choice != self._at_rest:
            self._at_rest = choice
            self._restore(choice)


class _Step(QUndoCommand):
    def __init__(self, before: NetworkChoice, after: NetworkChoice, go: Restore) -> None:
        super().__init__(_said(before, after))
        self._before, self._after, self._go = before, after, go

    def undo(self) -> None:
        self._go(self._before)

    def redo(self) -> None:
        self._go(self._after)


def _said(before: NetworkChoice, after: NetworkChoice) -> str:
    if before.model != after.model:
        return "choice of model"
    if before.method != after.method:
        return "change of the way of pruning"
    if before.beta != after.beta and before.n != after.n:
        return "change of β and pruned features"
    return "change of β" if before.beta != after.beta else "change of pruned features"
