"""What can be done with areas, as a menu where the mouse is; and colours to choose from."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QInputDialog, QMenu, QWidget

from app.area_files import areas_on_clipboard
from app.area_rows import swatch
from gazeengine.area_shapes import COLOURS

if TYPE_CHECKING:
    from app.area_desk import AreaDesk


def area_menu(desk: AreaDesk, window: QWidget) -> QMenu:
    """For the chosen areas, or for the picture where none is."""
    menu = QMenu(window)
    menu.setAccessibleName("Areas")
    choice, edits, transfer = desk.choice, desk.edits, desk.transfer
    chosen = bool(choice.names)
    _entry(menu, "Rename…", desk.ask_name, len(choice.names) == 1, "F2")
    colours = menu.addMenu("Colour")
    fill_colours(colours, choice.names, desk, window)
    colours.setEnabled(chosen)
    groups = menu.addMenu("Group")
    for name in dict.fromkeys(area.group for area in choice.areas if area.group):
        _entry(groups, name, partial(edits.group, name))
    _entry(groups, "New group…", edits.ask_group, keys="Ctrl+Shift+G")
    _entry(groups, "No group", lambda: edits.group(""))
    groups.setEnabled(chosen)
    menu.addSeparator()
    _entry(menu, "Duplicate", edits.duplicate, chosen, "Ctrl+Shift+D")
    _entry(menu, "Copy", transfer.copy, chosen, "Ctrl+C")
    _entry(menu, "Paste areas", transfer.paste, areas_on_clipboard(), "Ctrl+V")
    _entry(menu, "Copy all areas to all pictures", transfer.copy_to_all, bool(choice.areas))
    menu.addSeparator()
    _entry(
        menu, "Choose all", partial(choice.choose, [area.name for area in choice.areas]), bool(choice.areas), "Ctrl+A"
    )
    _entry(menu, "Delete", edits.remove, chosen, "Del")
    return menu


def possible(desk: AreaDesk) -> dict[str, bool]:
    """Whether entries of the menu bar would do anything, by their names."""
    choice = desk.choice
    of_chosen = dict.fromkeys(("group_areas", "duplicate_areas", "remove_areas"), bool(choice.names))
    of_all = dict.fromkeys(("copy_areas", "copy_areas_to_all", "save_areas"), bool(choice.areas))
    of_suggested = dict.fromkeys(("accept_areas", "dismiss_areas"), desk.suggested)
    return of_chosen | of_all | of_suggested | {"name_area": len(choice.names) == 1}


def colour_menu(names: tuple[str, ...], desk: AreaDesk, window: QWidget) -> QMenu:
    menu = QMenu(window)
    fill_colours(menu, names, desk, window)
    return menu


def fill_colours(menu: QMenu, names: tuple[str, ...], desk: AreaDesk, window: QWidget) -> None:
    for name, colour in COLOURS:
        action = menu.addAction(swatch(colour), name)
        action.triggered.connect(lambda _=False, colour=colour: desk.edits.colour(names, colour))

    def ask() -> None:
        present = next((area.colour for area in desk.choice.areas if area.name in names), COLOURS[0][1])
        chosen = QColorDialog.getColor(QColor(present), window, "Colour of the area")
        if chosen.isValid():
            desk.edits.colour(names, chosen.name())

    menu.addSeparator()
    menu.addAction("Another…").triggered.connect(ask)


def ask_group(window: QWidget, present: str) -> str | None:
    """The name of a group; None where it was not given."""
    name, given = QInputDialog.getText(window, "Group areas", "Name of the group:", text=present)
    return " ".join(name.split()) if given else None


def show_at(menu: QMenu, place: QPoint) -> None:
    """Show a menu, which goes when it is closed; the window goes on meanwhile."""
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(place)


def _entry(menu: QMenu, text: str, act: Callable[[], object], enabled: bool = True, keys: str = "") -> None:
    action = menu.addAction(f"{text}\t{keys}" if keys else text)
    action.setEnabled(enabled)
    action.triggered.connect(lambda _=False: act())
