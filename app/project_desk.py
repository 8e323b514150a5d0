"""Projects: new, open, save, what was opened lately, and the question before unsaved work goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMainWindow

from app.areas import AreaBook
from app.background import Background
from app.explorer import Explorer
from app.laboratory import Laboratory
from app.layout import Panels
from app.library import Library, key_of
from app.project_menu import ProjectMenu
from app.project_network import ProjectNetworks
from app.project_opening import Opened, ProjectOpening
from app.project_questions import ask_for_file, ask_for_place, ask_inside, ask_to_save
from app.project_saving import Held, written
from app.project_state import comparison_of, network_of, taken, values_of
from app.selection import NetworkChoice
from app.settings import Settings
from app.undo import ChoiceHistory
from gazeengine.image import Picture, decode_image, read_image
from gazeengine.project import SUFFIX, Project, ProjectNetwork, ProjectPicture
from gazeengine.project_file import picture_bytes


class ProjectDesk(QObject):
    """Knows the project that is open and whether it was changed since; the title bar says both.

    Which picture is looked at, and how maps are shown, is saved but is no change: looking around asks for nothing.
    Without a project only areas are worth a question.
    """

    def __init__(
        self,
        window: QMainWindow,
        panels: Panels,
        explorer: Explorer,
        library: Library,
        areas: AreaBook,
        laboratory: Laboratory,
        history: ChoiceHistory,
        settings: Settings,
        background: Background,
    ) -> None:
        super().__init__(window)
        self._window, self._explorer, self._library, self._areas = window, explorer, library, areas
        self._laboratory, self._messages = laboratory, panels.messages
        self._settings, self._background = settings, background
        self.path: Path | None = None
        self._inside = False  # whether files are to be copied into the project
        self._digests: dict[str, str] = {}  # of pictures, as they were opened
        self._members: dict[str, tuple[Path, str]] = {}  # of pictures that are in a project file
        self._lost: tuple[ProjectPicture, ...] = ()
        self._expected: dict[str, str] = {}  # digests of pictures that are being opened
        self.networks = ProjectNetworks(explorer, library, laboratory, history, self)
        self.networks.settled.connect(self._settled)
        self._saved = self._mark()
        self._afterwards: Callable[[], object] | None = None
        self.menu = ProjectMenu(settings, window)
        self.menu.wanted.connect(self.open)
        self.opening = ProjectOpening(window, background, settings)
        self.opening.opened.connect(self._take)
        self.opening.failed.connect(panels.messages.show_problem)
        library.picture_opened.connect(self._picture_opened)
        library.pictures_changed.connect(self._show_title)
        areas.changed.connect(lambda _: self._show_title())
        explorer.selected.connect(lambda _: self._show_title())
        laboratory.pins_changed.connect(self._show_title)
        self._show_title()

    # what there is

    @property
    def modified(self) -> bool:
        """Whether something would be lost."""
        if self.path is None:
            return bool(self._areas.all)
        return self._mark() != self._saved

    # what the user does

    def new(self) -> None:
        self._leave(self._clear)

    def ask_open(self) -> None:
        def ask() -> None:
            if (path := ask_for_file(self._window, self._settings)) is not None:
                self._read(path)

        self._leave(ask)

    def open(self, path: Path) -> None:
        """Open a project in place of what is open, which may be saved first."""
        self._leave(partial(self._read, path))

    def save(self) -> None:
        """Write the project to its file; ask for one where there is none."""
        if self.path is None:
            self.save_as()
        else:
            self._write(self.path)

    def save_as(self) -> None:
        suggested = self.path or self._settings.folder("projects") / f"{self._suggested}{SUFFIX}"
        path = ask_for_place(self._window, self._settings, suggested)
        files = [Path(key) for key in self._library.pictures if Path(key).is_absolute()]
        inside = ask_inside(self._window, files) if path is not None else None
        if path is None or inside is None:
            self._afterwards = None
            return
        self._inside = inside
        self._write(path)

    def may_close(self) -> bool:
        """Whether the window may close now; where the user wants to save first it closes once that is done."""
        going = False

        def close() -> None:
            nonlocal going
            going = True

        self._leave(close, later=self._window.close)
        return going

    # leaving what is open

    def _leave(self, then: Callable[[], object], later: Callable[[], object] | None = None) -> None:
        """Do this, once unsaved work is saved or given up; later instead, where it has to be saved first."""
        if not self.modified:
            then()
            return
        answer = ask_to_save(self._window, self.path.stem if self.path is not None else None)
        if answer == "discard":
            then()
        elif answer == "save":
            self._afterwards = later or then
            self.save()

    def _clear(self) -> None:
        """Nothing is open any more but the model."""
        self._explorer.select(replace(self._explorer.selection, picture=None, comparing=None))
        for key in list(self._library.pictures):
            self._library.remove_picture(key)
            self._explorer.remove_picture(key)
        self._areas.open_all({})
        self.networks.begin()
        self.path, self._lost, self._members, self._expected = None, (), {}, {}
        self._saved = self._mark()
        self._show_title()

    # opening

    def _read(self, path: Path) -> None:
        self._messages.show_notice(f"Opening {path.name}…")
        self.opening.open(path)

    def _take(self, opened: Opened) -> None:
        """Show a project in place of what is open."""
        project = opened.project
        self._clear()
        self.path = opened.path.absolute()
        self._inside = any(p.member is not None and p.path is not None for p in project.pictures)
        self._lost = tuple(project.pictures[i] for i in opened.lost)
        keys: dict[int, str] = {}
        sources: dict[str, tuple[str, Callable[[], Picture]]] = {}
        for i, picture in enumerate(project.pictures):
            if i not in opened.lost:
                keys[i], source = self._source(picture, i)
                sources[keys[i]] = picture.name, source
                self._expected[keys[i]] = picture.digest
        self._library.open_as(sources)
        self._areas.open_all({keys[i]: p.areas for i, p in enumerate(project.pictures) if i in keys and p.areas})
        found = taken(project.style, project.look)
        shown = keys.get(project.shown if project.shown is not None else -1) or next(iter(keys.values()), None)
        self._explorer.select(replace(self._explorer.selection, picture=shown, style=found.style, look=found.look))
        notes = [*opened.notes, *found.notes]
        if self._lost:
            names = ", ".join(picture.name for picture in self._lost)
            notes.append(f"without {names}: not found, the areas stay in the project file")
        said = f"Opened {self.path.name}"
        notes += self.networks.look_with(project)
        if project.compare is not None:
            notes += self.networks.compare(project.compare, keys)
        self._saved = self._mark()
        self.menu.remember(self.path)
        self._show_title()
        self._messages.show_notice(f"{said}: {'; '.join(notes)}." if notes else f"{said}.")

    def _source(self, picture: ProjectPicture, index: int) -> tuple[str, Callable[[], Picture]]:
        """A picture's key, and what reads it."""
        assert self.path is not None, "set before its pictures are opened"
        if picture.member is None:
            assert picture.path is not None, "what is neither inside nor found is lost"
            return key_of(picture.path), partial(read_image, picture.path)
        key = key_of(picture.path) if picture.path is not None else f"inside:{index}:{picture.digest}"
        self._members[key] = self.path, picture.member
        return key, partial(_picture_in, self.path, picture.member, picture.name)

    def _settled(self, notes: list[str]) -> None:
        """Its network may have come later than all else."""
        self._saved = self._mark()
        self._show_title()
        if notes and self.path is not None:
            self._messages.show_notice(f"{self.path.name}: {'; '.join(notes)}.")

    def _picture_opened(self, key: str, picture: Picture) -> None:
        self._digests[key] = picture.digest
        wanted = self._expected.pop(key, "")
        if wanted and wanted != picture.digest and key in self._library.pictures:
            self._messages.show_notice(
                f"{self._library.pictures[key].name} has changed since the project was saved: see whether its areas "
                "still fit."
            )

    # saving

    def _write(self, path: Path) -> None:
        project, held, inside, mark = self._project(), self._held(), self._inside, self._mark()
        keys = list(self._library.pictures)
        then, self._afterwards = self._afterwards, None
        self._messages.show_notice(f"Saving {path.name}…")

        def saved(whole: Project) -> None:
            self.path = path.absolute()
            self._saved = mark
            pairs = zip(keys, whole.pictures, strict=False)  # behind them are those that were not found
            self._members = {key: (self.path, p.member) for key, p in pairs if p.member is not None}
            self.menu.remember(self.path)
            self._show_title()
            self._messages.show_notice(f"Saved {path.name}.")
            if then is not None:
                then()

        work = partial(written, project, held, path, inside=inside)
        self._background.do(work, saved, self._messages.show_problem, keep=True)

    def _project(self) -> Project:
        """All but the pictures that are open: those that were not found, and how is looked at them."""
        selection = self._explorer.selection
        keys = list(self._library.pictures)
        ids = {key: model.checkpoint.id for key, model in self._explorer.models.items()}
        pins = {letter: self._network(choice) for letter, choice in self._laboratory.pinned.items()}
        return Project(
            self._lost,
            keys.index(selection.picture) if selection.picture in keys else None,
            self._network(selection.network),
            tuple((letter, network) for letter, network in pins.items() if network is not None),
            values_of(selection.look),
            values_of(selection.style),
            comparison_of(selection.comparing, selection, keys, ids) if selection.comparing is not None else None,
        )

    def _network(self, choice: NetworkChoice) -> ProjectNetwork | None:
        model = self._explorer.models.get(choice.model or "")
        return network_of(choice, model.checkpoint.id if model is not None else "")

    def _held(self) -> list[Held]:
        found = []
        for key, entry in self._library.pictures.items():
            path = Path(key) if Path(key).is_absolute() else None
            record = ProjectPicture(
                entry.name, self._digests.get(key) or self._expected.get(key, ""), path, None, 0, self._areas.of(key)
            )
            unreadable = entry.problem is not None and path is not None
            found.append(Held(record, self._library.source(key), self._members.get(key), unreadable))
        return found

    # what is remembered and shown

    def _mark(self) -> tuple[object, ...]:
        """Equal where nothing that counts has changed."""
        comparing = self._explorer.selection.comparing
        return (
            tuple(self._library.pictures),
            {key: areas for key, areas in self._areas.all.items() if key in self._library.pictures},
            self.networks.wanted,
            self._explorer.selection.look,
            (comparing.others, comparing.names) if comparing is not None else None,
            tuple(self._laboratory.pinned.items()),
        )

    @property
    def _suggested(self) -> str:
        first = next(iter(self._library.pictures.values()), None)
        return Path(first.name).stem if first is not None else "Untitled"

    def _show_title(self) -> None:
        modified = self.modified
        name = self.path.stem if self.path is not None else "Untitled" if modified else ""
        title = f"{name}[*] – FisherGaze" if name else "FisherGaze"
        if (title, modified) != (self._window.windowTitle(), self._window.isWindowModified()):  # costs as much as a map
            self._window.setWindowTitle(title)
            self._window.setWindowModified(modified)


def _picture_in(path: Path, member: str, name: str) -> Picture:
    """A picture within a project file."""
    return decode_image(picture_bytes(path, member), name)
