"""What a project looks with: its model, which may have to be read first, then as it was pruned, and its pins."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal, Slot

from app.explorer import Explorer
from app.laboratory import Laboratory
from app.library import Library, key_of
from app.planned import Planned
from app.project_state import choice_of, comparing_of
from app.selection import NetworkChoice
from app.undo import ChoiceHistory
from gazeengine.errors import GazeError
from gazeengine.family_files import family_place
from gazeengine.project import Project, ProjectComparison, ProjectNetwork
from gazeengine.resources import find_model


@dataclass(frozen=True, slots=True)
class _Awaited:
    key: str
    network: ProjectNetwork
    pins: tuple[tuple[str, ProjectNetwork], ...]


class ProjectNetworks(QObject):
    """settled(notes) once a project's own network is looked with; notes say in words what is otherwise."""

    model_wanted = Signal(object)  # Path: to look with; it may be read later
    settled = Signal(object)

    def __init__(
        self, explorer: Explorer, library: Library, laboratory: Laboratory, history: ChoiceHistory, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._explorer, self._library, self._laboratory, self._history = explorer, library, laboratory, history
        self._awaited: _Awaited | None = None
        explorer.planned.connect(self._planned)

    @property
    def wanted(self) -> NetworkChoice:
        """The network that is looked with, or is to be."""
        if self._awaited is None:
            return self._explorer.selection.network
        return choice_of(self._awaited.network, self._awaited.key)[0]

    def begin(self) -> None:
        """Nothing of a project: no pins, nothing to undo, nothing awaited."""
        self._awaited = None
        self._laboratory.restore({})
        self._history.begin(self._explorer.selection.network)

    def look_with(self, project: Project) -> list[str]:
        """Have a project's network looked with; what is wrong with that is said."""
        if project.network is None:
            return []
        try:
            path = find_model(project.network.model)
        except GazeError as error:
            return [f"{error}; the present model stays"]
        self._awaited = _Awaited(key_of(family_place(path)), project.network, project.pins)
        self.model_wanted.emit(path)
        self._settle()
        return []

    def compare(self, comparison: ProjectComparison, keys: Mapping[int, str]) -> list[str]:
        """Have the same compared, pictures by their keys; models that are needed for it are read."""
        models: dict[str, str] = {}
        for name in {side.network.model for side in comparison.sides if side.network is not None}:
            with suppress(GazeError):
                path = find_model(name)
                models[name] = key_of(family_place(path))
                if models[name] not in self._library.models:
                    self._library.open_model(path)
        selection = self._explorer.selection
        comparing = comparing_of(comparison, selection, keys, models)
        self._explorer.select(replace(selection, comparing=comparing))
        lacking = len(comparison.sides) - (len(comparing.others) if comparing is not None else 0)
        return [f"{lacking} of what was compared is not there"] if lacking else []

    @Slot(object)
    def _planned(self, _: Planned) -> None:
        self._settle()

    def _settle(self) -> None:
        awaited = self._awaited
        if awaited is None or awaited.key != self._explorer.selection.network.model:
            return
        model = self._explorer.models.get(awaited.key)
        if model is None:
            return
        self._awaited = None
        network = awaited.network
        choice, found = choice_of(network, awaited.key)
        notes = list(found)
        if network.checkpoint and model.checkpoint.id != network.checkpoint:
            notes.append(f"model {network.model} is another than the project was saved with")
        self._explorer.select(replace(self._explorer.selection, network=choice))
        own = {letter: choice_of(pin, awaited.key)[0] for letter, pin in awaited.pins if pin.model == network.model}
        if len(own) < len(awaited.pins):
            notes.append("settings pinned of other models are left out")
        self._laboratory.restore(own)
        self._history.begin(self._explorer.selection.network)  # what came before was of other pictures
        self.settled.emit(notes)
