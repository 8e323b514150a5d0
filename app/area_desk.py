"""Areas of interest in the window: joins their book to canvas, table, tools, keys and files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, QPoint, Signal, Slot
from PySide6.QtGui import QAction, QUndoStack
from PySide6.QtWidgets import QWidget

from app.area_choice import AreaChoice
from app.area_drawing import Tool
from app.area_edits import AreaEdits
from app.area_files import AreaFiles
from app.area_keys import AreaKeys
from app.area_layer import AreaLayer
from app.area_measuring import AreaMeasuring
from app.area_menu import area_menu, colour_menu, possible, show_at
from app.area_name_field import AreaNameField
from app.area_shares import AreaTable, percent
from app.area_suggestions import AreaSuggestions
from app.area_tools import AreaTools
from app.area_transfer import AreaTransfer
from app.areas import AreaBook
from app.areas_panel import AreasPanel
from app.background import Background
from app.explorer import Explorer
from app.layout import Panels
from app.other_maps import OtherMaps
from app.settings import Settings
from app.theme import Theme
from gazeengine.area_shapes import Point
from gazeengine.regions import Shape


class AreaDesk(QObject):
    """Owns the book, and what works on it. What keys call says if it did something."""

    begun = Signal()  # something is to be drawn or suggested, over the picture alone

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
        self._shown: tuple[str | None, str | None] = (None, None)  # key and digest of the picture
        self._table = AreaTable()
        self._actions: Mapping[str, QAction] = {}
        self.book = AreaBook(history, self)
        self.choice = AreaChoice(explorer, self.book, self)
        self.edits = AreaEdits(window, self.choice, panels.messages)
        files = AreaFiles(window, background, panels.messages, settings)
        self.transfer = AreaTransfer(explorer, self.choice, self.edits, files, panels.messages, lambda: self._table)
        self.layer = AreaLayer(self._box)
        self.panel, self.tools = AreasPanel(), AreaTools()
        panels.look_bench.addWidget(self.panel)
        panels.look.add_section("Areas of interest", self.tools)
        self.field = AreaNameField(self._canvas)
        self.suggestions = AreaSuggestions(background, self)
        self._measuring = AreaMeasuring(explorer, maps, self)
        AreaKeys(self._canvas, self)
        maps.came.connect(self._measuring.came)
        maps.failed.connect(self._measuring.failed)
        explorer.selected.connect(self._show_picture)
        explorer.planned.connect(self._show_shares)
        self._measuring.changed.connect(self._show_picture)
        self.choice.changed.connect(self._show_areas)
        self.book.restored.connect(self._go_where_restored)
        self.suggestions.changed.connect(self._show_suggestions)
        self._join()
        self._show_picture()

    def _join(self) -> None:
        """What the views say goes to those that do it."""
        layer, panel, tools, edits = self.layer, self.panel, self.tools, self.edits
        layer.dragged.connect(lambda areas: self.book.show(self.choice.key or "", areas))
        layer.rested.connect(self.book.rest)
        layer.drawn.connect(self._draw)
        layer.chosen.connect(self.choice.choose)
        layer.name_asked.connect(lambda name: self.ask_name(name))
        layer.suggestion_taken.connect(self.take_suggestion)
        layer.suggestion_pointed.connect(self.suggestions.point_at)
        layer.menu_asked.connect(self.show_menu)
        tools.tool_chosen.connect(self.take_tool)
        tools.suggest_asked.connect(self.suggest)
        tools.accept_all_asked.connect(self.accept_all)
        tools.dismiss_asked.connect(self.suggestions.drop)
        panel.chosen.connect(self.choice.choose)
        panel.edited.connect(edits.edit)
        panel.colour_asked.connect(lambda names, at: show_at(colour_menu(names, self, self._window), at))
        panel.menu_asked.connect(self.show_menu)
        panel.copy_asked.connect(self.transfer.copy)
        panel.removal_asked.connect(edits.remove)
        panel.save_asked.connect(self.transfer.ask_and_save)
        panel.open_asked.connect(self.transfer.ask_and_open)
        self.field.named.connect(edits.rename)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What menu entries do, by their names."""
        return {
            "area_rectangle": lambda: self.take_tool("rectangle"),
            "area_ellipse": lambda: self.take_tool("ellipse"),
            "area_polygon": lambda: self.take_tool("polygon"),
            "suggest_areas": self.suggest,
            "accept_areas": self.accept_all,
            "dismiss_areas": self.suggestions.drop,
            "name_area": self.ask_name,
            "group_areas": self.edits.ask_group,
            "duplicate_areas": self.edits.duplicate,
            "copy_areas": self.transfer.copy,
            "copy_areas_to_all": self.transfer.copy_to_all,
            "remove_areas": self.edits.remove,
            "open_areas": self.transfer.ask_and_open,
            "save_areas": self.transfer.ask_and_save,
        }

    def show_in(self, actions: Mapping[str, QAction]) -> None:
        """Enable the menu entries of what can be done, from now on."""
        self._actions = actions
        self._show_possible()

    @property
    def table(self) -> AreaTable:
        """What is in the table, for those who take it along."""
        return self._table

    @property
    def suggested(self) -> bool:
        return bool(self.suggestions.areas)

    def take_tool(self, tool: Tool) -> None:
        """Draw with this from now on, or choose with the hand."""
        if tool != "hand":
            self._messages.withdraw_about("areas")
        if tool != "hand" and self.choice.size is None:
            self._messages.show_problem("areas: no picture is open, wanted one to draw on")
            tool = "hand"
        self.layer.show_tool(tool)
        self.tools.show_tool(tool)
        if tool != "hand":
            self.begun.emit()
            self._canvas.setFocus()

    def settle(self) -> None:
        """What is in the hand rests, as something else is about to happen."""
        self.layer.let_go()
        self.edits.rest()
        self.book.rest()

    def ask_name(self, name: str | None = None) -> bool:
        """Have an area named on the canvas, the chosen one if none is given."""
        name = name or (self.choice.names[0] if len(self.choice.names) == 1 else None)
        place = self.layer.label_place(name) if name is not None else None
        if name is None or place is None:
            return False
        self.choice.choose((name,))
        view = self._box.getViewWidget()
        at = view.mapToGlobal(view.mapFromScene(self._box.mapViewToScene(place.topLeft())))
        self.field.ask(name, self._canvas.mapFromGlobal(at))
        return True

    def show_menu(self, at: QPoint) -> None:
        if self.choice.size is not None:
            show_at(area_menu(self, self._window), at)

    # --- keys that mean what is at hand

    @property
    def can_escape(self) -> bool:
        waiting = self.suggested or bool(self.suggestions.words)
        return self.layer.busy or self.layer.tool != "hand" or waiting or bool(self.choice.names)

    def escape(self) -> bool:
        """One step back: out of a drag, a tool, suggestions, a choice."""
        if self.layer.let_go():
            self.book.cancel()
        elif self.layer.tool != "hand":
            self.take_tool("hand")
        elif not self.suggestions.drop():
            if not self.choice.names:
                return False
            self.choice.choose(())
        return True

    @property
    def can_enter(self) -> bool:
        return self.layer.tool != "hand" or (self.suggested and self.suggestions.pointed is not None)

    def enter(self) -> bool:
        """Close the polygon, make an area in the middle, or take a suggestion."""
        tool = self.layer.tool
        if tool == "polygon":
            self.layer.close_polygon()
        elif tool != "hand":
            self.edits.draw_in(tool, self._box.viewRect().intersected(self.layer.extent))
            self.take_tool("hand")
        elif self.suggestions.pointed is None:
            return False
        else:
            self.take_suggestion(self.suggestions.pointed)
        return True

    def take_back(self) -> bool:
        """Undo of what is being drawn: a polygon's last corner, or all of another; whether there was something."""
        return self.layer.drawing and (self.layer.drop_corner() or self.layer.let_go())

    @property
    def can_remove(self) -> bool:
        return bool(self.choice.names) or self.suggested or self.layer.busy

    def remove(self, *, corner: bool = False) -> bool:
        """Delete the corner that was drawn last, the suggestion that is pointed at, or what is chosen."""
        if corner and self.layer.drop_corner():
            return True
        if self.suggested and not self.choice.names and self.suggestions.pointed is not None:
            self.suggestions.leave_out(self.suggestions.pointed)
            return True
        return self.edits.remove()

    # --- suggestions

    def suggest(self) -> None:
        self._messages.withdraw_about("areas")
        picture = self.choice.picture
        if picture is None:
            self._messages.show_problem("areas: no picture is open, wanted one to suggest areas for")
            return
        self.take_tool("hand")
        self.choice.choose(())
        self._canvas.setFocus()
        self.suggestions.look_for(picture, self._messages.show_problem)

    def step_suggestion(self, by: int) -> bool:
        self.choice.choose(())
        return self.suggestions.step(by)

    def take_suggestion(self, i: int) -> None:
        self.choice.add((self.suggestions.take(i, self.choice.areas),), "suggested area", choose=False)

    def accept_all(self) -> None:
        if self.suggested:
            self.choice.add(self.suggestions.take_all(self.choice.areas), "suggested areas", choose=False)

    # --- what is shown

    def show_theme(self, theme: Theme) -> None:
        self.panel.show_theme(theme)
        self.tools.show_theme(theme)

    def _draw(self, shape: Shape, points: tuple[Point, ...]) -> None:
        self.edits.draw(shape, points)
        self.take_tool("hand")

    @Slot()
    def _show_picture(self, *_: object) -> None:
        """Another picture, or another map of it."""
        picture, key = self.choice.picture, self.choice.key
        shown = key, picture.digest if picture is not None else None
        if shown == self._shown:
            self._show_shares()
            return
        self.settle()
        self._shown = shown
        self.choice.begin()
        self.suggestions.drop()
        self.tools.show_ready(picture is not None)
        if picture is None:
            self.take_tool("hand")
        elif key is not None:
            self.transfer.fit_to(key, picture)
        self._show_areas()

    @Slot()
    def _show_areas(self) -> None:
        self.layer.show_areas(self.choice.areas, self.choice.names, self.choice.size)
        self._show_shares()
        self.panel.show_selection(self.choice.names)
        self._show_possible()

    @Slot()
    def _show_shares(self, *_: object) -> None:
        choice = self.choice
        self._table = table = self._measuring.table(choice.picture, choice.areas, choice.names)
        self.panel.show_table(table)
        words = {row.name: percent(row.share) for row in table.areas if row.share is not None}
        self.layer.show_words(words, table.stale)

    def _show_suggestions(self) -> None:
        found = self.suggestions
        self.layer.show_suggestions(found.areas, found.hints, found.pointed)
        self.tools.show_suggestions(found.words, some=bool(found.areas))
        self._show_possible()

    def _show_possible(self) -> None:
        if self._actions:
            for name, enabled in possible(self).items():
                self._actions[name].setEnabled(enabled)

    @Slot(object)
    def _go_where_restored(self, keys: tuple[str, ...]) -> None:
        """Undo is to be seen: on to the picture where it changed something."""
        if self.choice.key not in keys and (there := [key for key in keys if key in self._explorer.pictures]):
            self._explorer.select(replace(self._explorer.selection, picture=there[0]))
