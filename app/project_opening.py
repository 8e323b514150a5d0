"""Opening a project file: it is read in the background, and what has moved is looked for where the user says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.background import Background
from app.moved_dialog import MovedDialog
from app.settings import Settings
from gazeengine.project import Project
from gazeengine.project_file import load_project, moved
from gazeengine.project_search import Search, searched


@dataclass(frozen=True, slots=True)
class Opened:
    """A project as it was read: lost are the pictures, by index, that were not found; notes say what is otherwise."""

    path: Path
    project: Project
    lost: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


class ProjectOpening(QObject):
    """One project at a time; opened, failed or given_up follows."""

    opened = Signal(object)  # Opened
    failed = Signal(str)
    given_up = Signal()

    def __init__(self, window: QWidget, background: Background, settings: Settings) -> None:
        super().__init__(window)
        self._background, self._settings = background, settings
        self._found: Opened | None = None
        self._search: Event | None = None  # set to end it
        self.dialog = MovedDialog(window)
        self.dialog.folder_asked.connect(self._ask_folder)
        self.dialog.accepted.connect(self._go_on)
        self.dialog.rejected.connect(self._give_up)

    def open(self, path: Path) -> None:
        def read() -> Opened:
            project = load_project(path)
            return Opened(path, project, moved(project))

        self._background.do(read, self._read, self.failed.emit)

    def _read(self, found: Opened) -> None:
        self._found = found
        if not found.lost:
            self._go_on()
            return
        self._show_missing()
        self.dialog.open()

    def _show_missing(self, state: str = "") -> None:
        if (found := self._found) is not None:
            pictures = found.project.pictures
            self.dialog.show_missing([pictures[i] for i in found.lost], len(pictures), state)

    def _ask_folder(self) -> None:
        place = str(self._settings.folder("pictures"))
        if name := QFileDialog.getExistingDirectory(self.dialog, "Look for pictures in", place):
            self.look_in(Path(name))

    def look_in(self, folder: Path) -> None:
        """Look for what is missing in a folder and all within it."""
        if (found := self._found) is None:
            return
        wanted = {i: found.project.pictures[i] for i in found.lost}
        self._search = ended = Event()

        def search() -> Search:
            found = Search(0, 0)
            for step in searched(folder, wanted):
                found = step
                if ended.is_set():
                    break
            return found

        self.dialog.show_searching(folder.name or str(folder))
        self._background.do(search, self._unless(ended, lambda result: self._searched(folder, result)), self._could_not)

    def _unless(self, ended: Event, then: Callable[[Search], None]) -> Callable[[Search], None]:
        return lambda result: None if ended.is_set() else then(result)

    def _searched(self, folder: Path, result: Search) -> None:
        if (found := self._found) is None:
            return
        pictures = list(found.project.pictures)
        for i, path in result.found.items():
            pictures[i] = replace(pictures[i], path=path)
        changed = [pictures[i].name for i in sorted(result.changed)]
        notes = tuple(f"{name} was found by its name, but is another picture than it was" for name in changed)
        lost = tuple(i for i in found.lost if i not in result.found)
        project = replace(found.project, pictures=tuple(pictures))
        self._found = Opened(found.path, project, lost, found.notes + notes)
        if result.found:
            self._settings.save_folder("pictures", folder)
        if lost:
            n = len(result.found)
            self._show_missing(
                f"Found {n} in {folder.name or folder}." if n else f"None is in {folder.name or folder}."
            )
        else:
            self.dialog.accept()

    def _could_not(self, message: str) -> None:
        self._show_missing(message)

    def _go_on(self) -> None:
        found, self._found = self._found, None
        if self._search is not None:
            self._search.set()
        if found is not None:
            self.opened.emit(found)

    def _give_up(self) -> None:
        self._found = None
        if self._search is not None:
            self._search.set()
        self.given_up.emit()
