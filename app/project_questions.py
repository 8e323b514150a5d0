"""What is asked about projects: where they are, whether to save first, whether pictures are put inside."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app.settings import Settings
from gazeengine.project import SUFFIX

KIND = f"FisherGaze project (*{SUFFIX})"


def ask_for_file(parent: QWidget, settings: Settings) -> Path | None:
    """A project to open."""
    name, _ = QFileDialog.getOpenFileName(parent, "Open project", str(settings.folder("projects")), KIND)
    if not name:
        return None
    settings.save_folder("projects", Path(name).parent)
    return Path(name)


def ask_for_place(parent: QWidget, settings: Settings, suggested: Path) -> Path | None:
    """Where to save a project; with its suffix, and nothing is replaced unasked."""
    name, _ = QFileDialog.getSaveFileName(parent, "Save project", str(suggested), KIND)
    if not name:
        return None
    path = Path(name)
    if path.suffix.lower() != SUFFIX:
        path = path.with_name(path.name + SUFFIX)
        question = f"{path.name} already exists. Replace it?"  # the dialog asked for the name without suffix only
        yes = QMessageBox.StandardButton.Yes
        if path.exists() and QMessageBox.question(parent, "Replace file", question) != yes:
            return None
    settings.save_folder("projects", path.parent)
    return path


def ask_to_save(parent: QWidget, name: str | None) -> Literal["save", "discard"] | None:
    """What is to become of changes; name is the project's, None where there are only areas that were drawn."""
    text = f"Save changes to {name}?" if name is not None else "Save the areas that were drawn, in a project?"
    box = QMessageBox(QMessageBox.Icon.Question, "Project", text, parent=parent)
    box.setInformativeText("Otherwise they are lost.")
    buttons = QMessageBox.StandardButton
    box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
    box.setDefaultButton(buttons.Save)
    answer = box.exec()
    box.deleteLater()
    return "save" if answer == buttons.Save else "discard" if answer == buttons.Discard else None


def ask_inside(parent: QWidget, paths: Sequence[Path]) -> bool | None:
    """Whether pictures are to be copied into the project; None where the user changed their mind."""
    if not paths:
        return False
    n_bytes = 0
    for path in paths:
        with suppress(OSError):
            n_bytes += path.stat().st_size
    copies = f"copies of the {len(paths)} pictures" if len(paths) > 1 else "a copy of the picture"
    text = f"Put {copies} into the project?"
    box = QMessageBox(QMessageBox.Icon.Question, "Save project", text, parent=parent)
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
