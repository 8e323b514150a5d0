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
from app.undo import ChoiceHistory
from gazeengine.checkpoint import Checkpoint
from gazeengine.family_files import family_place


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
        library.models_changed.connect(self.show)
        library.model_opened.connect(self._opened)
        library.model_failed.connect(self._failed)
        explorer.planned.connect(self._planned)
        panels.model.chosen.connect(self.choose)

    def choose(self, key: str) -> None:
        """Take the model of key; it is read first where it has not been."""
        entry = self._library.models[key]
        self._wanted = key
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
            self._wanted = self._library.open_model(path)

    def want(self, key: str | None) -> None:
        """Take the model of key once it is read; None for none."""
        self._wanted = key

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
        if key == self._wanted and self._explorer.selection.network.model is None and known:
            self._take(list(known)[-1])

    def _take(self, key: str) -> None:
        selection = self._explorer.selection
        first = selection.network.model is None
        self._explorer.select(replace(selection, network=replace(selection.network, model=key)))
        (self._history.begin if first else self._history.rest)(self._explorer.selection.network)
        self.taken.emit()

    def _planned(self, plan: Planned) -> None:
        if plan.choice.model != self._shown:
            self._shown = plan.choice.model
            self.show()
