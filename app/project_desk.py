"""Projects: new, open, save, what was opened lately, and the question before unsaved work goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMainWindow, QMenu, QMessageBox

from app.areas import AreaBook
from app.background import Background
from app.explorer import Explorer
from app.laboratory import Laboratory
from app.layout import Panels
from app.library import Library, key_of
from app.planned import Planned
from app.project_opening import Opened, ProjectOpening
from app.project_saving import Held, written
from app.project_state import choice_of, network_of, taken, values_of
from app.selection import NetworkChoice
from app.settings import Settings
from app.undo import ChoiceHistory
from gazeengine.errors import GazeError
from gazeengine.family_files import family_place
from gazeengine.image import Picture, decode_image, read_image
from gazeengine.project import SUFFIX, Project, ProjectNetwork, ProjectPicture, Values
from gazeengine.project_file import picture_bytes
from gazeengine.resources import find_model

KIND = f"FisherGaze project (*{SUFFIX})"
MOST_RECENT = 10


class Comparing(Protocol):
    """What is compared and how, as simple values; empty where nothing is. Pictures go by their place in the list."""

    def values(self) -> Values: ...
    def show_values(self, values: Values) -> None: ...


class ProjectDesk(QObject):
    """Knows the project that is open and whether it was changed since; the title bar says both.

    Which picture is looked at, and how maps are shown, is saved but is no change: looking around asks for nothing.
    Without a project only areas are worth a question.
    """

    model_wanted = Signal(object)  # Path: to look with; it may be read later

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
        comparing: Comparing | None = None,
    ) -> None:
        super().__init__(window)
        self._window, self._explorer, self._library, self._areas = window, explorer, library, areas
        self._laboratory, self._history, self._messages = laboratory, history, panels.messages
        self._settings, self._background, self._comparing = settings, background, comparing
        self.path: Path | None = None
        self._inside = False  # whether files are to be copied into the project
        self._digests: dict[str, str] = {}  # of pictures, as they were opened
        self._members: dict[str, tuple[Path, str]] = {}  # of pictures that are in a project file
        self._lost: tuple[ProjectPicture, ...] = ()
        self._expected: dict[str, str] = {}  # digests of pictures that are being opened
        self._awaited: tuple[str, ProjectNetwork, tuple[tuple[str, ProjectNetwork], ...]] | None = None
        self._notes: list[str] = []  # of the project that is being opened
        self._saved = self._mark()
        self._afterwards: Callable[[], object] | None = None
        self._menu = QMenu("Open &recent project", window)
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.opening = ProjectOpening(window, background, settings)
        self.opening.opened.connect(self._take)
        self.opening.failed.connect(self._could_not_open)
        library.picture_opened.connect(self._picture_opened)
        library.pictures_changed.connect(self._show_title)
        explorer.planned.connect(self._planned)
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

    @property
    def recent(self) -> list[Path]:
        """Projects that were opened or saved last, the latest first."""
        return self._settings.recent_projects()

    def add_to(self, entry: QAction) -> None:
        """Put the menu of recent projects behind an entry of the menus."""
        for menu in entry.associatedObjects():
            if isinstance(menu, QMenu):
                menu.insertMenu(menu.actions()[menu.actions().index(entry) + 1], self._menu)

    # what the user does

    def new(self) -> None:
        self._leave(self._clear)

    def ask_open(self) -> None:
        def ask() -> None:
            folder = str(self._settings.folder("projects"))
            name, _ = QFileDialog.getOpenFileName(self._window, "Open project", folder, KIND)
            if name:
                self._settings.save_folder("projects", Path(name).parent)
                self._read(Path(name))

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
        name, _ = QFileDialog.getSaveFileName(self._window, "Save project", str(suggested), KIND)
        path = Path(name) if name else None
        if path is not None and path.suffix.lower() != SUFFIX:
            path = path.with_name(path.name + SUFFIX)
            if path.exists() and not self._may_replace(path):  # the dialog asked for the name without suffix only
                path = None
        inside = self._ask_inside() if path is not None else None
        if path is None or inside is None:
            self._afterwards = None
            return
        self._inside = inside
        self._settings.save_folder("projects", path.parent)
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
        name = self.path.stem if self.path is not None else "areas that were drawn"
        box = QMessageBox(QMessageBox.Icon.Question, "Project", f"Save changes to {name}?", parent=self._window)
        if self.path is None:
            box.setText("Save the areas that were drawn, in a project?")
        box.setInformativeText("Otherwise they are lost.")
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        answer = box.exec()
        box.deleteLater()
        if answer == buttons.Discard:
            then()
        elif answer == buttons.Save:
            self._afterwards = later or then
            self.save()

    def _clear(self) -> None:
        """Nothing is open any more but the model."""
        self._explorer.select(replace(self._explorer.selection, picture=None))
        for key in list(self._library.pictures):
            self._library.remove_picture(key)
            self._explorer.remove_picture(key)
        self._areas.open_all({})
        self._laboratory.restore({})
        self._history.begin(self._explorer.selection.network)
        self.path, self._lost, self._members, self._expected, self._awaited = None, (), {}, {}, None
        self._saved = self._mark()
        self._show_title()

    # opening

    def _read(self, path: Path) -> None:
        self._messages.show_notice(f"Opening {path.name}…")
        self.opening.open(path)

    def _could_not_open(self, message: str) -> None:
        self._messages.show_problem(message)

    def _take(self, opened: Opened) -> None:
        """Show a project in place of what is open."""
        project = opened.project
        self._clear()
        self.path = opened.path.absolute()
        self._inside = any(p.member is not None and p.path is not None for p in project.pictures)
        self._lost = tuple(project.pictures[i] for i in opened.lost)
        keys: dict[int, str] = {}
        for i, picture in enumerate(project.pictures):
            if i not in opened.lost:
                keys[i] = self._open_picture(picture, i)
                self._expected[keys[i]] = picture.digest
        self._areas.open_all({keys[i]: p.areas for i, p in enumerate(project.pictures) if i in keys and p.areas})
        found = taken(project.style, project.look)
        shown = keys.get(project.shown if project.shown is not None else -1) or next(iter(keys.values()), None)
        self._explorer.select(replace(self._explorer.selection, picture=shown, style=found.style, look=found.look))
        notes = [*opened.notes, *found.notes]
        if self._lost:
            names = ", ".join(picture.name for picture in self._lost)
            notes.append(f"without {names}: not found, the areas stay in the project file")
        if project.network is not None:
            notes += self._look_with(project.network, project.pins)
        if self._comparing is not None:
            self._comparing.show_values(project.compare)
        self._saved = self._mark()
        self._remember(self.path)
        self._show_title()
        said = f"Opened {self.path.name}"
        self._messages.show_notice(f"{said}: {'; '.join(notes)}." if notes else f"{said}.")

    def _open_picture(self, picture: ProjectPicture, index: int) -> str:
        assert self.path is not None
        if picture.member is None:
            assert picture.path is not None, "what is neither inside nor found is lost"
            key = key_of(picture.path)
            self._library.open_as(key, picture.name, partial(read_image, picture.path))
        else:
            key = key_of(picture.path) if picture.path is not None else f"inside:{index}:{picture.digest}"
            self._members[key] = self.path, picture.member
            self._library.open_as(key, picture.name, partial(_picture_in, self.path, picture.member, picture.name))
        return key

    def _look_with(self, network: ProjectNetwork, pins: tuple[tuple[str, ProjectNetwork], ...]) -> Sequence[str]:
        """Have the network looked with, once it is read; what is wrong with it in words."""
        try:
            path = find_model(network.model)
        except GazeError as error:
            return [f"{error}; the present model stays"]
        self._awaited = key_of(family_place(path)), network, pins
        self._notes = []
        self.model_wanted.emit(path)
        self._settle()
        return self._notes

    @Slot(object)
    def _planned(self, plan: Planned) -> None:
        if self._settle() and self._notes:
            self._messages.show_notice(f"{self.path.name if self.path else 'project'}: {'; '.join(self._notes)}.")

    def _settle(self) -> bool:
        """Where the awaited model is looked with: as it was pruned, and the pins."""
        if self._awaited is None or self._awaited[0] != self._explorer.selection.network.model:
            return False
        key, network, pins = self._awaited
        if key not in self._explorer.models:
            return False
        self._awaited = None
        choice, notes = choice_of(network, key)
        self._notes += notes
        found = self._explorer.models[key].checkpoint.id
        if network.checkpoint and found != network.checkpoint:
            self._notes.append(f"model {network.model} is another than the project was saved with")
        self._explorer.select(replace(self._explorer.selection, network=choice))
        own = {letter: choice_of(pin, key)[0] for letter, pin in pins if pin.model == network.model}
        if len(own) < len(pins):
            self._notes.append("settings pinned of other models are left out")
        self._laboratory.restore(own)
        self._history.begin(self._explorer.selection.network)  # what came before was of other pictures
        self._saved = self._mark()
        self._show_title()
        return True

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
            self._remember(self.path)
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
        pins = {letter: self._network(choice) for letter, choice in self._laboratory.pinned.items()}
        return Project(
            self._lost,
            keys.index(selection.picture) if selection.picture in keys else None,
            self._network(selection.network),
            tuple((letter, network) for letter, network in pins.items() if network is not None),
            values_of(selection.look),
            values_of(selection.style),
            self._comparing.values() if self._comparing is not None else {},
        )

    def _network(self, choice: NetworkChoice) -> ProjectNetwork | None:
        model = self._explorer.models.get(choice.model or "")
        return network_of(choice, model.checkpoint.id if model is not None else "")

    def _held(self) -> list[Held]:
        found = []
        for key, entry in self._library.pictures.items():
            path = Path(key) if Path(key).is_absolute() else None
            record = ProjectPicture(entry.name, self._digests.get(key, ""), path, None, 0, self._areas.of(key))
            unreadable = entry.problem is not None and path is not None
            found.append(Held(record, self._library.source(key), self._members.get(key), unreadable))
        return found

    def _ask_inside(self) -> bool | None:
        """Whether files are to be copied into the project; None where the user changed their mind."""
        paths = [Path(key) for key in self._library.pictures if Path(key).is_absolute()]
        if not paths:
            return False
        n_bytes = 0
        for path in paths:
            with suppress(OSError):
                n_bytes += path.stat().st_size
        text = (
            f"Put copies of the {len(paths)} pictures into the project?"
            if len(paths) > 1
            else ("Put a copy of the picture into the project?")
        )
        box = QMessageBox(QMessageBox.Icon.Question, "Save project", text, parent=self._window)
        box.setInformativeText(
            f"With copies ({n_bytes / 1e6:.1f} MB) it opens everywhere. Without them it remembers where the files are."
        )
        inside = box.addButton("&Put them inside", QMessageBox.ButtonRole.AcceptRole)
        outside = box.addButton("&Leave them where they are", QMessageBox.ButtonRole.ActionRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(inside)
        box.exec()
        clicked = box.clickedButton()
        box.deleteLater()
        return True if clicked is inside else False if clicked is outside else None

    def _may_replace(self, path: Path) -> bool:
        question = f"{path.name} already exists. Replace it?"
        return QMessageBox.question(self._window, "Replace file", question) == QMessageBox.StandardButton.Yes

    # what is remembered and shown

    def _mark(self) -> tuple[object, ...]:
        """Equal where nothing that counts has changed."""
        network = self._explorer.selection.network
        if self._awaited is not None:
            network = choice_of(self._awaited[1], self._awaited[0])[0]
        return (
            tuple(self._library.pictures),
            {key: areas for key, areas in self._areas.all.items() if key in self._library.pictures},
            network,
            self._explorer.selection.look,
            tuple(self._laboratory.pinned.items()),
        )

    @property
    def _suggested(self) -> str:
        first = next(iter(self._library.pictures.values()), None)
        return Path(first.name).stem if first is not None else "Untitled"

    def _remember(self, path: Path) -> None:
        others = [other for other in self.recent if other != path]
        self._settings.save_recent_projects([path, *others][:MOST_RECENT])

    def _fill_menu(self) -> None:
        self._menu.clear()
        for n, path in enumerate(self.recent, 1):
            action = self._menu.addAction(f"{'&' if n < MOST_RECENT else ''}{n}  {path.stem.replace('&', '&&')}")
            action.setToolTip(str(path))
            action.setStatusTip(str(path))
            action.triggered.connect(lambda _=False, path=path: self.open(path))
        if not self._menu.actions():
            self._menu.addAction("Nothing yet").setEnabled(False)

    def _show_title(self) -> None:
        modified = self.modified
        name = self.path.stem if self.path is not None else "Untitled" if modified else ""
        self._window.setWindowTitle(f"{name}[*] – FisherGaze" if name else "FisherGaze")
        self._window.setWindowModified(modified)


def _picture_in(path: Path, member: str, name: str) -> Picture:
    """A picture within a project file."""
    return decode_image(picture_bytes(path, member), name)
