"""The areas of interest of all open pictures; every change of them is a step of undo, a whole drag one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from gazeengine.regions import Area

Areas = tuple[Area, ...]


class AreaBook(QObject):
    """Areas by the key of their picture. Names are unique within a picture, which those see to who put areas in.

    changed(key) follows every change, each step of a drag too; restored(keys) when undo or redo brought it about.
    """

    changed = Signal(str)
    restored = Signal(object)

    def __init__(self, history: QUndoStack, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._history = history
        self._areas: dict[str, Areas] = {}
        self._before: dict[str, Areas] = {}  # what a drag began with

    def of(self, key: str | None) -> Areas:
        """The areas of a picture, in the order in which they were made."""
        return self._areas.get(key or "", ())

    @property
    def all(self) -> Mapping[str, Areas]:
        """What there is, without pictures that have none."""
        return {key: areas for key, areas in self._areas.items() if areas}

    @property
    def dragged(self) -> bool:
        """Whether something was shown that does not rest yet."""
        return bool(self._before)

    def show(self, key: str, areas: Areas) -> None:
        """What the areas are in the middle of a drag; rest makes a step of it."""
        if areas != self.of(key):
            self._before.setdefault(key, self.of(key))
            self._set(key, areas)

    def rest(self, words: str = "change of areas") -> None:
        """The hand rests: what was shown since it began is a step, if it changed anything."""
        before, self._before = self._before, {}
        self._push(words, before, {key: self.of(key) for key in before})

    def cancel(self) -> None:
        """Back to where the drag began."""
        before, self._before = self._before, {}
        for key, areas in before.items():
            self._set(key, areas)

    def put(self, key: str, areas: Areas, words: str) -> None:
        """These are the areas of a picture from now on; words say what the step did, as "new area"."""
        self.put_all({key: areas}, words)

    def put_all(self, areas: Mapping[str, Areas], words: str) -> None:
        """The same for several pictures in one step."""
        self.rest()
        self._push(words, {key: self.of(key) for key in areas}, dict(areas))

    def open_all(self, areas: Mapping[str, Areas]) -> None:
        """What a project holds in place of all there is: not a step."""
        self._before = {}
        gone = [key for key in self.all if key not in areas]
        for key, found in (dict.fromkeys(gone, ()) | dict(areas)).items():
            self._set(key, found)

    def _push(self, words: str, before: Mapping[str, Areas], after: Mapping[str, Areas]) -> None:
        changed = [key for key in after if before[key] != after[key]]
        if changed:
            self._history.push(_Step(words, {k: before[k] for k in changed}, {k: after[k] for k in changed}, self._go))

    def _go(self, areas: Mapping[str, Areas], again: bool) -> None:
        self._before = {}
        for key, found in areas.items():
            self._set(key, found)
        if again:
            self.restored.emit(tuple(areas))

    def _set(self, key: str, areas: Areas) -> None:
        if areas != self.of(key):
            self._areas[key] = areas
            self.changed.emit(key)


class _Step(QUndoCommand):
    def __init__(
        self,
        words: str,
        before: Mapping[str, Areas],
        after: Mapping[str, Areas],
        go: Callable[[Mapping[str, Areas], bool], None],
    ) -> None:
        super().__init__(words)
        self._before, self._after, self._go = before, after, go
        self._done = False  # pushing calls redo for the first time

    def undo(self) -> None:
        self._go(self._before, True)

    def redo(self) -> None:
        self._go(self._after, self._done)
        self._done = True
