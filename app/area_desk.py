"""Areas of interest in the window: joins their book to canvas, table, tools, keys and files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QPoint, QPointF, Slot
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QWidget

from app.area_drawing import Tool
from app.area_files import AreaFiles, areas_on_clipboard, copied_areas, copy_areas
from app.area_keys import AreaKeys
from app.area_layer import AreaLayer
from app.area_measuring import AreaMeasuring
from app.area_menu import area_menu, ask_group, colour_menu, show_at
from app.area_name_field import AreaNameField
from app.area_rows import GROUP
from app.area_shares import AreaTable, percent
from app.area_suggestions import AreaSuggestions
from app.area_tools import AreaTools
from app.areas import AreaBook
from app.areas_panel import AreasPanel
from app.background import Background
from app.explorer import Explorer
from app.layout import Panels
from app.other_maps import OtherMaps
from app.settings import Settings
from app.theme import Theme
from gazeengine.area_shapes import (
    LEAST_SIDE,
    Point,
    Size,
    fitted,
    free_name,
    moved_inside,
    named_apart,
    next_colour,
    renamed,
)
from gazeengine.errors import GazeError
from gazeengine.image import Picture
from gazeengine.regions import Area, AreaFile, Shape

_ASIDE = 12  # px that a duplicate lies beside what it is one of
_NEW = 0.3  # of what is seen, the sides of an area that is made by keys


class AreaDesk(QObject):
    """Owns the book, and what is chosen of the shown picture's areas. What keys call says if it did something."""

    def __init__(
        self,
        window: QWidget,
        panels: Panels,
        explorer: Explorer,
        history: QUndoStack,
        maps: OtherMaps,
        background: Background,
        settings: Settings,
    ) -> None:
        super().__init__(window)
        self._window, self._explorer, self._messages = window, explorer, panels.messages
        self._canvas, self._box = panels.saliency, panels.saliency.box
        self.book = AreaBook(history, self)
        self.selection: tuple[str, ...] = ()
        self._names: tuple[str, ...] = ()
        self._shown: tuple[str | None, str | None] = (None, None)  # key and digest of the picture
        self._sizes: dict[str, Size] = {}  # of the pictures that the areas in the book are on
        self._keys_held = ""
        self._table = AreaTable()
        self.layer = AreaLayer(self._box)
        self.panel, self.tools = AreasPanel(), AreaTools()
        panels.look_bench.addWidget(self.panel)
        panels.look.add_section("Areas of interest", self.tools)
        self._field = AreaNameField(self._canvas)
        self._files = AreaFiles(window, background, panels.messages, settings)
        self._suggestions = AreaSuggestions(background, self)
        self._measuring = AreaMeasuring(explorer, maps, self)
        AreaKeys(self._canvas, self)
        maps.came.connect(self._measuring.came)
        maps.failed.connect(self._measuring.failed)
        explorer.selected.connect(self._show_picture)
        explorer.planned.connect(self._show_shares)
        self._measuring.changed.connect(self._show_picture)
        self.book.changed.connect(self._book_changed)
        self.book.restored.connect(self._go_where_restored)
        self._suggestions.changed.connect(self._show_suggestions)
        self.layer.dragged.connect(self._drag)
        self.layer.rested.connect(self.book.rest)
        self.layer.drawn.connect(self._add_drawn)
        self.layer.chosen.connect(self.choose)
        self.layer.name_asked.connect(lambda name: self.ask_name(name))
        self.layer.suggestion_taken.connect(self.take_suggestion)
        self.layer.menu_asked.connect(self.show_menu)
        self.tools.tool_chosen.connect(self.take_tool)
        self.tools.suggest_asked.connect(self.suggest)
        self.tools.accept_all_asked.connect(self.accept_all)
        self.tools.dismiss_asked.connect(self._suggestions.drop)
        self.panel.chosen.connect(self.choose)
        self.panel.edited.connect(self._edit)
        self.panel.colour_asked.connect(lambda names, at: show_at(colour_menu(names, self, window), at))
        self.panel.menu_asked.connect(self.show_menu)
        self.panel.copy_asked.connect(self.copy)
        self.panel.removal_asked.connect(self.remove)
        self.panel.save_asked.connect(self.ask_and_save)
        self.panel.open_asked.connect(self.ask_and_open)
        self._field.named.connect(self.rename)
        self._show_picture()

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What menu entries do, by their names."""
        return {
            "area_rectangle": lambda: self.take_tool("rectangle"),
            "area_ellipse": lambda: self.take_tool("ellipse"),
            "area_polygon": lambda: self.take_tool("polygon"),
            "suggest_areas": self.suggest,
            "accept_areas": self.accept_all,
            "dismiss_areas": self.dismiss,
            "name_area": self.ask_name,
            "group_areas": self.ask_group,
            "duplicate_areas": self.duplicate,
            "copy_areas": self.copy,
            "copy_areas_to_all": self.copy_to_all,
            "remove_areas": self.remove,
            "open_areas": self.ask_and_open,
            "save_areas": self.ask_and_save,
        }

    # --- what there is

    @property
    def key(self) -> str | None:
        return self._explorer.selection.picture

    @property
    def picture(self) -> Picture | None:
        return self._explorer.pictures.get(self.key or "")

    @property
    def size(self) -> Size | None:
        picture = self.picture
        return (picture.rgb.shape[0], picture.rgb.shape[1]) if picture is not None else None

    @property
    def areas(self) -> tuple[Area, ...]:
        return self.book.of(self.key)

    @property
    def chosen(self) -> tuple[Area, ...]:
        return tuple(area for area in self.areas if area.name in self.selection)

    @property
    def suggested(self) -> bool:
        return bool(self._suggestions.areas)

    @property
    def table(self) -> AreaTable:
        """What is in the table, for those who take it along."""
        return self._table

    # --- choosing

    @Slot(object)
    def choose(self, names: Sequence[str]) -> bool:
        """These areas are what keys and menus mean."""
        present = {area.name for area in self.areas}
        self.selection = tuple(name for name in names if name in present)
        self._show_areas()
        return True

    def choose_all(self) -> bool:
        return self.choose([area.name for area in self.areas])

    def take_tool(self, tool: Tool) -> None:
        """Draw with this from now on, or choose with the hand."""
        if tool != "hand" and self.size is None:
            self._messages.show_problem("areas: no picture is open, wanted one to draw on")
            tool = "hand"
        self.layer.show_tool(tool)
        self.tools.show_tool(tool)
        if tool != "hand":
            self._canvas.setFocus()

    # --- changing; each is a step of undo

    def rename(self, name: str, to: str) -> None:
        try:
            areas = renamed(self.areas, name, to)
        except GazeError as error:
            self._messages.show_problem(str(error))
            self._show_shares()  # the cell shows the old name again
            return
        self._put(areas, f"rename of {name}")

    def colour(self, names: Sequence[str], colour: str) -> None:
        self._put(tuple(replace(a, colour=colour) if a.name in names else a for a in self.areas), "colour of areas")

    def group(self, name: str, names: Sequence[str] | None = None) -> None:
        """Put the chosen areas into a group; the empty name is none."""
        of = self.selection if names is None else names
        self._put(tuple(replace(a, group=name) if a.name in of else a for a in self.areas), "grouping of areas")

    def ask_group(self) -> None:
        if self.chosen and (name := ask_group(self._window, self.chosen[0].group)) is not None:
            self.group(name)

    def remove(self, *, corner: bool = False) -> bool:
        """Delete what is chosen: a corner that was drawn last, a suggestion pointed at, or areas."""
        if corner and self.layer.drop_corner():
            return True
        if self.suggested and not self.selection and self._suggestions.pointed is not None:
            self._suggestions.leave_out(self._suggestions.pointed)
            return True
        gone = self.selection
        if gone:
            words = f"removal of {gone[0] if len(gone) == 1 else f'{len(gone)} areas'}"
            self._put(tuple(area for area in self.areas if area.name not in gone), words)
        return bool(gone)

    def duplicate(self) -> None:
        if self.chosen and self.size is not None:
            self._add(self._beside(self.chosen, self.size), "duplicate")

    def nudge(self, dx: float, dy: float, *, resize: bool = False) -> bool:
        """Move the chosen areas, or their right and lower sides; a step when the key is let go."""
        if self.key is None or self.size is None or not self.chosen:
            return False
        change = self._stretched if resize else moved_inside
        changed = {area.name: area for area in change(self.chosen, dx, dy, self.size)}
        self._keys_held = "resize" if resize else "move"
        self.book.show(self.key, tuple(changed.get(area.name, area) for area in self.areas))
        return True

    def rest_keys(self) -> None:
        if self._keys_held:
            words, self._keys_held = self._keys_held, ""
            self.book.rest(f"{words} of {self.selection[0] if len(self.selection) == 1 else 'areas'}")

    def settle(self) -> None:
        """What is in the hand rests, as something else is about to happen."""
        self.layer.let_go()
        self._keys_held = ""
        self.book.rest("change of areas")

    # --- keys that mean what is at hand

    @property
    def can_escape(self) -> bool:
        waiting = self.suggested or bool(self._suggestions.words)
        return self.layer.busy or self.layer.tool != "hand" or waiting or bool(self.selection)

    def escape(self) -> bool:
        """One step back: out of a drag, a tool, suggestions, a choice."""
        if self.layer.let_go():
            self.book.cancel()
        elif self.layer.tool != "hand":
            self.take_tool("hand")
        elif not self._suggestions.drop():
            if not self.selection:
                return False
            self.choose(())
        return True

    @property
    def can_enter(self) -> bool:
        return self.layer.tool != "hand" or (self.suggested and self._suggestions.pointed is not None)

    def enter(self) -> bool:
        """Close the polygon, make an area in the middle, or take a suggestion."""
        if self.layer.tool == "polygon":
            return self.layer.close_polygon() or True
        if self.layer.tool != "hand":
            self._add_in_the_middle(self.layer.tool)
            return True
        if self._suggestions.pointed is None:
            return False
        self.take_suggestion(self._suggestions.pointed)
        return True

    @property
    def can_remove(self) -> bool:
        return bool(self.selection) or self.suggested or self.layer.busy

    def ask_name(self, name: str | None = None) -> bool:
        """Have an area named on the canvas."""
        name = name or (self.selection[0] if len(self.selection) == 1 else None)
        place = self.layer.label_place(name) if name is not None else None
        if name is None or place is None:
            return False
        self.choose((name,))
        at = self._canvas.mapFromGlobal(self._on_screen(place.topLeft()))
        self._field.ask(name, at)
        return True

    def show_menu(self, at: QPoint) -> None:
        if self.size is not None:
            show_at(area_menu(self, self._window), at)

    # --- suggestions

    def suggest(self) -> None:
        picture = self.picture
        if picture is None:
            self._messages.show_problem("areas: no picture is open, wanted one to suggest areas for")
            return
        self.take_tool("hand")
        self.choose(())
        self._canvas.setFocus()
        self._suggestions.look_for(picture, self._messages.show_problem)

    def step_suggestion(self, by: int) -> bool:
        self.choose(())
        return self._suggestions.step(by)

    def take_suggestion(self, i: int) -> None:
        self._add((self._suggestions.take(i, self.areas),), "suggested area", choose=False)

    def accept_all(self) -> None:
        if self.suggested:
            self._add(self._suggestions.take_all(self.areas), "suggested areas", choose=False)

    def dismiss(self) -> None:
        self._suggestions.drop()

    # --- to other pictures, and files

    def copy(self, names: Sequence[str] = ()) -> bool:
        """The named areas, else the chosen ones, else all, to the clipboard: as areas, and as a table."""
        wanted = names or self.selection or [area.name for area in self.areas]
        if self.size is None or not wanted:
            return False
        areas = [area for area in self.areas if area.name in wanted]
        rows = [row for row in self._table.areas if row.name in wanted]
        groups = self._table.groups if len(areas) == len(self.areas) else ()
        copy_areas(areas, self.size, (*rows, *groups), compared=self._table.compared)
        many = areas[0].name if len(areas) == 1 else f"{len(areas)} areas"
        self._messages.show_notice(f"Copied {many}: paste on another picture, or into a spreadsheet.")
        return True

    def paste(self) -> bool:
        """The areas on the clipboard, if there are any; scaled where they are of a picture of another size."""
        if not areas_on_clipboard() or self.size is None:
            return False
        try:
            self._take_file(copied_areas(), "clipboard")
        except GazeError as error:
            self._messages.show_problem(str(error))
        return True

    def paste_or(self, otherwise: Callable[[], None]) -> None:
        """Paste areas, or what else is on the clipboard."""
        if not self.paste():
            otherwise()

    def copy_to_all(self) -> None:
        """All areas of this picture to all others that are open; what is called the same there is replaced."""
        size, areas = self.size, self.areas
        others = {key: p for key, p in self._explorer.pictures.items() if key != self.key}
        if size is None or not areas:
            return
        if not others:
            self._messages.show_problem("areas: no other picture is open, wanted one to copy them to")
            return
        put: dict[str, tuple[Area, ...]] = {}
        scaled = 0
        for key, picture in others.items():
            there = picture.rgb.shape[0], picture.rgb.shape[1]
            scaled += there != size
            own = [area for area in self.book.of(key) if area.name not in {a.name for a in areas}]
            put[key] = (*own, *fitted(areas, size, there))
            self._sizes[key] = there
        self.book.put_all(put, "copy of areas to all pictures")
        more = f", scaled to the size of {scaled} of them" if scaled else ""
        self._messages.show_notice(f"Copied {_many(areas)} to {_count(len(others), 'other picture')}{more}.")

    def ask_and_save(self) -> None:
        picture, size = self.picture, self.size
        if picture is None or size is None or not self.areas:
            self._messages.show_problem("areas: there are none on this picture, wanted some to save")
            return
        self._files.ask_and_save(self.areas, size, (*self._table.areas, *self._table.groups), picture.name)

    def ask_and_open(self) -> None:
        if self.size is None:
            self._messages.show_problem("areas: no picture is open, wanted the one that they are for")
            return
        key = self.key

        def found(file: AreaFile, name: str) -> None:
            if key == self.key:
                try:
                    self._take_file(file, name)
                except GazeError as error:
                    self._messages.show_problem(str(error))

        self._files.ask_and_open(found)

    # --- inside

    def _take_file(self, file: AreaFile, name: str) -> None:
        """Add areas that were drawn on this picture, or another. Raises RegionError for one beside this picture."""
        size = self.size
        assert size is not None
        if not file.areas:
            self._messages.show_problem(f"{name}: found no areas in it, wanted at least one")
            return
        of = file.size or size
        areas = fitted(file.areas, of, size)
        if any(area.points == other.points for area in areas for other in self.areas):
            areas = self._beside(areas, size)
        self._add(areas, "paste of areas" if name == "clipboard" else "opening of areas")
        if of != size:
            said = (
                f"{_many(areas)} scaled from a picture of {of[1]} × {of[0]} to this one's {size[1]} × {size[0]} pixels"
            )
            distorted = abs(of[1] * size[0] / (of[0] * size[1]) - 1) > 0.02
            self._messages.show_notice(f"{said}{'; their proportions changed with it' if distorted else ''}.")

    def _put(self, areas: tuple[Area, ...], words: str) -> None:
        if self.key is not None:
            self.book.put(self.key, areas, words)

    def _add(self, areas: Sequence[Area], words: str, *, choose: bool = True) -> None:
        added = named_apart(areas, {area.name for area in self.areas})
        self._put((*self.areas, *added), words)
        if choose:
            self.choose([area.name for area in added])

    def _add_drawn(self, shape: Shape, points: tuple[Point, ...]) -> None:
        name = free_name("Area 1", {area.name for area in self.areas})
        self._add((Area(name, shape, points, next_colour(self.areas)),), "new area")
        self.take_tool("hand")

    def _add_in_the_middle(self, shape: Tool) -> None:
        seen = self._box.viewRect().intersected(self.layer.extent)
        across, down = max(seen.width() * _NEW / 2, LEAST_SIDE), max(seen.height() * _NEW / 2, LEAST_SIDE)
        x, y = seen.center().x(), seen.center().y()
        corners = (round(x - across), round(y - down)), (round(x + across), round(y + down))
        if shape in ("rectangle", "ellipse"):
            self._add_drawn("ellipse" if shape == "ellipse" else "rectangle", corners)

    def _beside(self, areas: Sequence[Area], size: Size) -> tuple[Area, ...]:
        moved = moved_inside(areas, _ASIDE, _ASIDE, size)
        return moved_inside(areas, -_ASIDE, -_ASIDE, size) if moved == tuple(areas) else moved

    @staticmethod
    def _stretched(areas: Sequence[Area], dx: float, dy: float, size: Size) -> tuple[Area, ...]:
        """The right and the lower side elsewhere; a polygon is stretched with them."""
        found = []
        for area in areas:
            left, top, right, bottom = area.box
            x = (min(max(right + dx, left + LEAST_SIDE), size[1]) - left) / (right - left)
            y = (min(max(bottom + dy, top + LEAST_SIDE), size[0]) - top) / (bottom - top)
            points = tuple((left + x * (px - left), top + y * (py - top)) for px, py in area.points)
            found.append(replace(area, points=points))
        return tuple(found)

    def _drag(self, areas: tuple[Area, ...]) -> None:
        if self.key is not None:
            self.book.show(self.key, areas)

    def _edit(self, name: str, column: int, text: str) -> None:
        if column == GROUP:
            self.group(" ".join(text.split()), (name,))
        else:
            self.rename(name, text)

    def _on_screen(self, place: QPointF) -> QPoint:
        view = self._box.getViewWidget()
        at: QPoint = view.mapToGlobal(view.mapFromScene(self._box.mapViewToScene(place)))
        return at

    # --- what is shown

    def show_theme(self, theme: Theme) -> None:
        self.panel.show_theme(theme)
        self.tools.show_theme(theme)
        self._show_shares()

    @Slot()
    def _show_picture(self, *_: object) -> None:
        picture, key = self.picture, self.key
        shown = key, picture.digest if picture is not None else None
        if shown != self._shown:
            self.settle()
            if self._shown[0] != key:
                self.selection = ()
            self._shown = shown
            self._suggestions.drop()
            self.tools.show_ready(picture is not None)
            if picture is None:
                self.take_tool("hand")
            else:
                self._fit_to(shown[0] or "", picture)
            self._show_areas()
        else:
            self._show_shares()

    def _fit_to(self, key: str, picture: Picture) -> None:
        """A file that was read again may have another size."""
        size = picture.rgb.shape[0], picture.rgb.shape[1]
        before = self._sizes.get(key, size)
        self._sizes[key] = size
        areas = self.book.of(key)
        if before != size and areas:
            self.book.put(key, fitted(areas, before, size), "fit to the picture's new size")
            self._messages.show_notice(
                f"{picture.name}: it has {size[1]} × {size[0]} pixels now and had {before[1]} × {before[0]}; its "
                f"areas are scaled with it."
            )

    @Slot(str)
    def _book_changed(self, key: str) -> None:
        if key != self.key:
            return
        names = tuple(area.name for area in self.areas)
        if len(names) == len(self._names):  # one that is called otherwise stays chosen
            now = dict(zip(self._names, names, strict=True))
            self.selection = tuple(now.get(name, name) for name in self.selection)
        self.selection = tuple(name for name in self.selection if name in names)
        self._show_areas()

    def _show_areas(self) -> None:
        self._names = tuple(area.name for area in self.areas)
        self.layer.show_areas(self.areas, self.selection, self.size)
        self._show_shares()
        self.panel.show_selection(self.selection)

    @Slot()
    def _show_shares(self, *_: object) -> None:
        self._table = table = self._measuring.table(self.picture, self.areas, self.selection)
        self.panel.show_table(table)
        words = {row.name: percent(row.share) for row in table.areas if row.share is not None}
        self.layer.show_words(words, table.stale)

    def _show_suggestions(self) -> None:
        found = self._suggestions
        self.layer.show_suggestions(found.areas, found.hints, found.pointed)
        self.tools.show_suggestions(found.words, some=bool(found.areas))

    @Slot(object)
    def _go_where_restored(self, keys: tuple[str, ...]) -> None:
        """Undo is to be seen: on to the picture where it changed something."""
        if self.key not in keys and (there := [key for key in keys if key in self._explorer.pictures]):
            self._explorer.select(replace(self._explorer.selection, picture=there[0]))


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'s' * (n != 1)}"


def _many(areas: Sequence[Area]) -> str:
    return _count(len(areas), "area")
