"""The model in the window: chosen from the list, by a file, by a project; read first where it has not been."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from app.explorer import Explorer
from app.layout import Panels
from app.library import Library, ModelEntry, key_of
from app.planned import Planned
from app.trained_choice import choice_at, go_to
from app.undo import ChoiceHistory
from gazeengine.checkpoint import Checkpoint
from gazeengine.families import Family, Snapshot
from gazeengine.family_files import family_place

Place = Callable[[Family], Snapshot | None]
"""Which network of a family that was read to go to; None where something else is wanted by then."""


class ModelDesk(QObject):
    """Follows the library and the plan. as_listed makes of the library's entries those that the list shows."""

    taken = Signal()  # another model

    def __init__(
        self,
        panels: Panels,
        explorer: Explorer,
        library: Library,
        history: ChoiceHistory,
        as_listed: Callable[[list[ModelEntry]], Sequence[ModelEntry]],
    ) -> None:
        super().__init__(panels)
        self._panels, self._explorer, self._library, self._history = panels, explorer, library, history
        self._as_listed = as_listed
        self._shown: str | None = None
        self._wanted: str | None = None  # is being read, and is taken then
        self._place: Place | None = None  # at which it is taken; where it stands if None
        library.models_changed.connect(self.show)
        library.model_opened.connect(self._opened)
        library.model_failed.connect(self._failed)
        explorer.planned.connect(self._planned)
        panels.model.chosen.connect(self.choose)

    def choose(self, key: str) -> None:
        """Take the model of key; it is read first where it has not been."""
        entry = self._library.models[key]
        self.want(key)
        if entry.checkpoint is None:
            self._library.open_model(entry.path)
        else:
            self._take(key)

    def look_with(self, path: Path) -> None:
        """Take the model of a file, which may be open."""
        key = key_of(family_place(path))
        if key in self._library.models:
            self.choose(key)
        else:
            self.want(self._library.open_model(path))

    def open_at(self, path: Path, place: Place) -> None:
        """Read the model of a file or folder, again where it is open, and take it at a network of its family."""
        self.want(self._library.open_model(path))
        self._place = place

    def want(self, key: str | None) -> None:
        """Take the model of key once it is read; None for none."""
        self._wanted, self._place = key, None

    @Slot()
    def show(self) -> None:
        entries = self._as_listed(list(self._library.models.values()))
        self._panels.model.show_models(entries, self._explorer.selection.network.model)

    def _opened(self, key: str, checkpoint: Checkpoint) -> None:
        self._explorer.add_model(key, self._library.models[key].family or checkpoint)
        if key == self._wanted:
            self._take(key)

    def _failed(self, key: str) -> None:
        """Where no model is chosen yet, take the last one that could be read instead."""
        known = self._explorer.models
        if key != self._wanted:
            return
        self.want(None)
        if self._explorer.selection.network.model is None and known:
            self._take(list(known)[-1])

    def _take(self, key: str) -> None:
        selection = self._explorer.selection
        first = selection.network.model is None
        choice = replace(selection.network, model=key)
        if (place := self._place) is not None:
            self._place = None
            if (snapshot := place(self._explorer.models[key].family)) is None:
                return
            choice = choice_at(selection.network, key, snapshot)
        go_to(self._explorer, self._history, choice)
        if first:
            self._history.begin(self._explorer.selection.network)
        self.taken.emit()

    def _planned(self, plan: Planned) -> None:
        if plan.choice.model != self._shown:
            self._shown = plan.choice.model
            self.show()
