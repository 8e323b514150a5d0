"""Exporting: asks what, of which pictures and where to, has it done in the background, and tells what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, get_args

from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from app.compare_sides import Side, sides
from app.explorer import Explorer
from app.export_dialog import ExportChoice, ExportDialog, ExportPossible, Of
from app.export_job import ExportJob
from app.export_order import ExportFile, ExportItem, ExportOrder, ExportStep, planned_files, renamed, taken
from app.export_words import outcome_words
from app.layout import Panels
from app.library import Library
from app.settings import Settings
from gazeengine.errors import OutputError
from gazeengine.image import Picture
from gazeengine.regions import Area


class AreasOf(Protocol):
    """The areas of interest of the open pictures."""

    def of(self, key: str | None) -> tuple[Area, ...]: ...


class ExportDesk(QObject):
    """One export at a time; no latency is measured meanwhile."""

    def __init__(
        self,
        window: QWidget,
        panels: Panels,
        explorer: Explorer,
        library: Library,
        areas: AreasOf,
        settings: Settings,
        job: ExportJob | None = None,
    ) -> None:
        super().__init__(window)
        self._window, self._messages = window, panels.messages
        self._explorer, self._library, self._areas, self._settings = explorer, library, areas, settings
        self._folder = Path()
        self._wanted: tuple[str, ...] = ()  # the last time
        self._job = job or ExportJob(parent=self)
        self._job.stepped.connect(self._stepped)
        self._job.failed.connect(self._failed)
        self.button = QPushButton("Export…")
        self.button.setToolTip("Views, areas, maps and a report, of one picture or all (Ctrl+Shift+E)")
        self.button.clicked.connect(self.ask)
        panels.look.add_section("Export", self.button)
        self.dialog = ExportDialog(self._n_files, window)
        self.dialog.export_asked.connect(self.begin)
        self.dialog.cancel_asked.connect(self._job.cancel)
        self.dialog.folder_asked.connect(_show_folder)

    def ask(self) -> None:
        """Let the user choose; or show how far the export under way is."""
        self._messages.withdraw_about("export")
        if not self._job.running:
            key = self._explorer.selection.picture
            if key is None or key not in self._library.pictures or self._explorer.plan is None:
                missing = "model" if key in self._library.pictures else "picture"
                self._messages.show_problem(f"export: found no {missing}, wanted one to be open")
                return
            style = self._explorer.selection.style
            wanted = self._wanted or ("overlay" if style.mode == "picture" else style.mode,)
            compared = self._compared()
            of: Of = "compared" if compared else "shown"
            choice = ExportChoice(wanted, of, self._settings.folder("exports"), "")
            possible = ExportPossible(
                self._library.pictures[key].name,
                len(self._library.pictures),
                " and ".join(side.name for side in compared),
                frozenset(of for of in get_args(Of) if any(item.areas for item in self._items(of))),
            )
            self.dialog.show_choice(choice, possible)
        self.dialog.open()
        self.dialog.raise_()

    def begin(self, choice: ExportChoice) -> None:
        """Export this, if the user lets what exists be replaced or kept beside it."""
        plan, selection = self._explorer.plan, self._explorer.selection
        if plan is None or self._job.running:
            return
        items = self._items(choice.of)
        files = planned_files(choice.wanted, items, choice.folder)
        try:
            choice.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            problem = OutputError(f"folder {choice.folder}: cannot be made ({error.strerror}), wanted one to write to")
            self.dialog.show_problem(str(problem))
            return
        allowed = self._allowed(files)
        if allowed is None:
            return
        self._settings.save_folder("exports", choice.folder)
        self._folder, self._wanted = choice.folder, choice.wanted
        compared = choice.of == "compared"
        title = choice.title or _title(items, compared=compared)
        order = ExportOrder(
            items, allowed, title, plan.base, plan.pruning, selection.look, selection.style, compared=compared
        )
        self._explorer.hold_measuring(True, "export")
        self._job.start(order)
        self.dialog.show_step(ExportStep(0, len(allowed), "Beginning", (), ()), self._folder)

    def may_close(self) -> bool:
        """Whether the program may end: the user is asked where an export is under way, which then stops."""
        if not self._job.running:
            return True
        box = QMessageBox(QMessageBox.Icon.Question, "Export", "An export is under way.", parent=self._window)
        box.setInformativeText("What is written already stays.")
        stop = box.addButton("Stop it and close", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        clicked = box.clickedButton()
        box.deleteLater()
        return clicked is stop

    def stop(self) -> None:
        self.dialog.close()
        self._job.stop()

    def _n_files(self, choice: ExportChoice) -> int:
        return len(planned_files(choice.wanted, self._items(choice.of), choice.folder))

    def _items(self, of: Of) -> tuple[ExportItem, ...]:
        entries = self._library.pictures
        if of == "compared":
            return tuple(self._side_item(side) for side in self._compared())
        shown = self._explorer.selection.picture
        keys = list(entries) if of == "every" else [shown] if shown in entries else []
        found = [(key, entries[key].name) for key in keys if key is not None]
        source = self._library.source if of == "every" else self._source  # not all of them in memory at once
        return tuple(ExportItem(key, name, source(key), self._areas.of(key)) for key, name in found)

    def _source(self, key: str) -> Callable[[], Picture]:
        """What gives a picture, in the background: from memory where it is there, as its file may be gone."""
        picture = self._explorer.pictures.get(key)
        return self._library.source(key) if picture is None else lambda: picture

    def _compared(self) -> tuple[Side, ...]:
        """A and what is held against it, where both are there."""
        comparing = self._explorer.selection.comparing
        if comparing is None:
            return ()
        found = sides(self._explorer, comparing, {key: e.name for key, e in self._library.pictures.items()})
        pair = found[0], found[1 + min(comparing.against, len(found) - 2)]
        return pair if all(side.request is not None and side.key in self._library.pictures for side in pair) else ()

    def _side_item(self, side: Side) -> ExportItem:
        assert side.key is not None, "a side with a request has a picture"
        assert side.plan is not None, "and a network"
        name = self._library.pictures[side.key].name
        comparing = self._explorer.selection.comparing
        by_network = comparing is not None and comparing.other.other_network
        network = (side.plan.base, side.plan.pruning) if by_network and side.letter != "A" else None
        by, stem = (side.name, f"{Path(name).stem}-{side.letter.lower()}.png") if by_network else ("", "")
        return ExportItem(side.key, name, self._source(side.key), self._areas.of(side.key), network, by, stem)

    def _allowed(self, files: Sequence[ExportFile]) -> tuple[ExportFile, ...] | None:
        """The files as they may be written; None where the user changed their mind."""
        pictures = frozenset(path for key in self._library.pictures if (path := Path(key)).is_absolute())
        files = renamed(files, pictures)  # an open picture is never written over
        existing = frozenset(taken(files))
        if not existing:
            return tuple(files)
        answer = _ask_about(self.dialog, sorted(path.name for path in existing), len(files))
        if answer is None:
            return None
        return renamed(files, existing) if answer == "keep" else tuple(files)

    @Slot(object)
    def _stepped(self, step: ExportStep) -> None:
        self.dialog.show_step(step, self._folder)
        if step.finished:
            self._explorer.hold_measuring(False, "export")
            if not self.dialog.isVisible():
                said, folder = outcome_words(step, self._folder), self._folder
                self._messages.show_notice(said, "Show folder", lambda: _show_folder(folder))

    @Slot(str)
    def _failed(self, message: str) -> None:
        self._explorer.hold_measuring(False, "export")
        self.dialog.show_problem(message)
        if not self.dialog.isVisible():
            self._messages.show_problem(message)


def _ask_about(parent: QWidget, names: Sequence[str], n: int) -> str | None:
    """What is to be done with files that exist: "replace", "keep" them beside the new ones, or None."""
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    text = f"{shown} exists already." if len(names) == 1 else f"{len(names)} of {n} files exist already: {shown}."
    box = QMessageBox(QMessageBox.Icon.Question, "Export", text, parent=parent)
    replace = box.addButton("&Replace", QMessageBox.ButtonRole.DestructiveRole)
    keep = box.addButton("&Keep both", QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(keep)
    box.exec()
    clicked = box.clickedButton()
    box.deleteLater()
    return "replace" if clicked is replace else "keep" if clicked is keep else None


def _title(items: Sequence[ExportItem], *, compared: bool) -> str:
    names = [Path(item.name).stem for item in items]
    if compared and items[0].by:  # two networks look at one picture
        return f"{names[0]}: {' against '.join(item.by for item in items)}"
    if compared:
        return " against ".join(names)
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _show_folder(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder.absolute())))
