"""What is done with areas: named, coloured, grouped, moved by keys, removed; each a step of undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QRectF
from PySide6.QtWidgets import QWidget

from app.area_choice import AreaChoice, counted
from app.area_menu import ask_group
from app.area_rows import GROUP
from app.message_bar import MessageBar
from gazeengine.area_shapes import LEAST_SIDE, Point, free_name, moved_inside, next_colour, renamed, stretched
from gazeengine.errors import GazeError
from gazeengine.regions import Area, Shape

ASIDE = 12  # px that a duplicate lies beside what it is one of
_NEW = 0.3  # of what is seen, the sides of an area that is made by keys


class AreaEdits(QObject):
    """Changes the areas that are chosen. What keys call says if it did something."""

    def __init__(self, window: QWidget, choice: AreaChoice, messages: MessageBar) -> None:
        super().__init__(choice)
        self._window, self._choice, self._messages = window, choice, messages
        self._held = ""  # what keys that are down do

    def rename(self, name: str, to: str) -> None:
        try:
            areas = renamed(self._choice.areas, name, to)
        except GazeError as error:
            self._messages.show_problem(str(error))
            return
        self._choice.put(areas, f"rename of {name}")

    def edit(self, name: str, column: int, text: str) -> None:
        """What was typed into a cell of the table."""
        if column == GROUP:
            self.group(" ".join(text.split()), (name,))
        else:
            self.rename(name, text)

    def colour(self, names: Sequence[str], colour: str) -> None:
        self._change(names, lambda area: replace(area, colour=colour), "colour of")

    def group(self, name: str, names: Sequence[str] | None = None) -> None:
        """Put these or the chosen areas into a group; the empty name is none."""
        of = self._choice.names if names is None else names
        self._change(of, lambda area: replace(area, group=name), "grouping of")

    def ask_group(self) -> None:
        chosen = self._choice.chosen
        if chosen and (name := ask_group(self._window, chosen[0].group)) is not None:
            self.group(name)

    def remove(self) -> bool:
        gone = self._choice.chosen
        if gone:
            self._choice.put(tuple(a for a in self._choice.areas if a not in gone), f"removal of {counted(gone)}")
        return bool(gone)

    def duplicate(self) -> None:
        if self._choice.chosen:
            self._choice.add(self.beside(self._choice.chosen), "duplicate")

    def draw(self, shape: Shape, points: tuple[Point, ...]) -> None:
        """An area of what was drawn."""
        areas = self._choice.areas
        name = free_name("Area 1", {area.name for area in areas})
        self._choice.add((Area(name, shape, points, next_colour(areas)),), "new area")

    def draw_in(self, shape: Shape, seen: QRectF) -> None:
        """One in the middle of what is seen of the picture, for keys to move on."""
        across, down = max(seen.width() * _NEW / 2, LEAST_SIDE), max(seen.height() * _NEW / 2, LEAST_SIDE)
        x, y = seen.center().x(), seen.center().y()
        self.draw(shape, ((round(x - across), round(y - down)), (round(x + across), round(y + down))))

    def nudge(self, dx: float, dy: float, *, resize: bool = False) -> bool:
        """Move the chosen areas, or their right and lower sides; a step when the key is let go."""
        choice = self._choice
        if choice.key is None or choice.size is None or not choice.chosen:
            return False
        change = stretched if resize else moved_inside
        changed = {area.name: area for area in change(choice.chosen, dx, dy, choice.size)}
        self._held = "resize" if resize else "move"
        choice.book.show(choice.key, tuple(changed.get(area.name, area) for area in choice.areas))
        return True

    def rest(self) -> None:
        """The key is let go."""
        if self._held:
            words, self._held = self._held, ""
            self._choice.book.rest(f"{words} of {counted(self._choice.chosen)}")

    def beside(self, areas: Sequence[Area]) -> tuple[Area, ...]:
        """The areas a little to the right and down, or to the left and up where there is no room."""
        size = self._choice.size
        assert size is not None
        moved = moved_inside(areas, ASIDE, ASIDE, size)
        return moved_inside(areas, -ASIDE, -ASIDE, size) if moved == tuple(areas) else moved

    def _change(self, names: Sequence[str], change: Callable[[Area], Area], words: str) -> None:
        areas = self._choice.areas
        changed = [area for area in areas if area.name in names]
        if changed:
            self._choice.put(tuple(change(a) if a in changed else a for a in areas), f"{words} {counted(changed)}")
