"""Comparing: chosen at the right, in the menu or in the list; followed by every slider."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast, get_args

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QWidget

from app.compare_choices import Choice, choices, rows_of
from app.compare_controls import CompareControls
from app.compare_maps import Maps
from app.compare_page import ComparePage
from app.compare_sides import Side, sides
from app.comparing import MOST_OTHERS, CompareMode, Comparing, Other, followed, swapped
from app.explorer import Explorer, Seen
from app.layout import Panels
from app.library import Library
from app.selection import Selection
from app.settings import Settings
from app.theme import Theme
from app.tradeoff import Pin
from app.undo import ChoiceHistory

MODE_ACTIONS: dict[str, CompareMode] = {f"compare_{mode}": mode for mode in get_args(CompareMode)}


class CompareDesk(QObject):
    """Joins controls and page to the explorer; what is compared is part of the selection."""

    def __init__(
        self,
        window: QWidget,
        panels: Panels,
        explorer: Explorer,
        library: Library,
        maps: Maps,
        history: ChoiceHistory,
        settings: Settings,
    ) -> None:
        super().__init__(window)
        self._panels, self._explorer, self._library = panels, explorer, library
        self._history, self._settings = history, settings
        self.pins: Callable[[], Sequence[Pin]] = tuple
        self.actions: Mapping[str, QAction] = {}
        self.controls = CompareControls()
        panels.look.add_section("Compare", self.controls)
        self.page = ComparePage(panels, maps, self)
        self._seen: Seen | None = None
        self._before = explorer.selection
        self._sides: tuple[Side, ...] = ()
        self._opened: set[str] = set()  # models that were asked for
        self._last: Comparing | None = None
        self._due = False  # the controls, once they are seen
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._show)
        explorer.seen.connect(self._see)
        for happened in (
            explorer.selected,
            explorer.planned,
            explorer.planning.came,
            library.pictures_changed,
            library.models_changed,
            library.model_opened,
            self.page.changed,
        ):
            happened.connect(self.refresh)
        library.model_failed.connect(self._give_up)
        self._wire()
        window.installEventFilter(self)
        self.controls.installEventFilter(self)
        self.refresh()

    def _wire(self) -> None:
        controls, bar = self.controls, self.page.view.bar
        controls.other_chosen.connect(self._choose)
        controls.picture_chosen.connect(lambda key: self._select(picture=key))
        controls.named.connect(self._name)
        controls.add_asked.connect(self.add)
        controls.removal_asked.connect(lambda row: self._change(lambda c: c.without(row)))
        controls.leave_asked.connect(self.leave)
        controls.again_asked.connect(self.resume)
        bar.mode_chosen.connect(self.show_mode)
        bar.against_chosen.connect(lambda row: self._change(lambda c: replace(c, against=row)))
        bar.range_chosen.connect(lambda bits: self._change(lambda c: replace(c, range_bits=bits)))
        bar.blink_chosen.connect(lambda seconds: self._change(lambda c: replace(c, blink_s=seconds)))
        bar.swap_asked.connect(self.swap)
        bar.leave_asked.connect(self.leave)

    # --- what the user does

    @property
    def comparing(self) -> Comparing | None:
        return self._explorer.selection.comparing

    def ask(self) -> None:
        """Have a person choose what to compare with."""
        self._panels.show_workspace("look")
        self._show()
        self._panels.show_section(self.controls)
        self.controls.ask()

    def compare(self, keys: Sequence[str]) -> None:
        """Compare these pictures; the present one is A where it is among them, else the first."""
        present = self._explorer.selection.picture
        first = present if present in keys else keys[0]
        others = tuple(Other(picture=key) for key in keys if key != first)[:MOST_OTHERS]
        if others:
            self._select(picture=first, comparing=Comparing(others, self._settings.compare_mode()))

    def add(self) -> None:
        """One more beside them: the next picture, or else the next network."""
        taken = self.comparing.others if self.comparing is not None else ()
        free = [choice.other for choice in self._choices() if choice.other not in taken]
        if free and len(taken) < MOST_OTHERS:
            self._choose(len(taken), free[0])

    def swap(self) -> None:
        """A takes the place of what is held against it; a step of undo where networks change."""
        if (comparing := self.comparing) is None:
            return
        self._before = after = swapped(comparing, self._explorer.selection)
        self._explorer.select(after)
        self._history.rest(self._explorer.selection.network)

    @Slot()
    def leave(self) -> None:
        if self.comparing is not None:
            self._last = self.comparing
            self._select(comparing=None)
            self._show()  # what follows means the picture alone

    def resume(self) -> None:
        """Go on with the comparison that was left."""
        if self.comparing is None and (again := self._again()) is not None:
            self._select(comparing=again)

    def show_mode(self, mode: str) -> None:
        """Show the comparison so, or go on with the one that was left."""
        self.resume()
        self._settings.save_compare_mode(cast(CompareMode, mode))
        self._change(lambda c: replace(c, mode=cast(CompareMode, mode)))

    def handlers(self) -> dict[str, Callable[[], None]]:
        """For the menu."""
        modes = {name: lambda mode=mode: self.show_mode(mode) for name, mode in MODE_ACTIONS.items()}
        return {
            "compare": self.ask,
            "add_side": self.add,
            "swap_sides": self.swap,
            "leave_comparison": self.leave,
            **modes,
        }

    def stop(self) -> None:
        self._soon.stop()
        self.page.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys that nobody in the window took; and controls that come in sight."""
        if watched is self.controls:
            if event.type() == QEvent.Type.Show and self._due:
                self._show()
            return super().eventFilter(watched, event)
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self.comparing is not None:
            if event.key() == Qt.Key.Key_Escape:
                self.leave()
                return True
            if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
                self.page.view.next_in_front()
                return True
        return super().eventFilter(watched, event)

    def _choose(self, row: int, other: Other) -> None:
        comparing = self.comparing or Comparing((), self._settings.compare_mode())
        self._select(comparing=comparing.with_other(row, other))

    def _name(self, row: int, name: str) -> None:
        if row < len(self._sides):
            owner = self._sides[row].owner
            self._change(lambda c: c.named(owner, name))

    def _change(self, change: Callable[[Comparing], Comparing | None]) -> None:
        if (comparing := self.comparing) is not None:
            self._select(comparing=change(comparing))

    def _select(self, **changes: object) -> None:
        self._explorer.select(replace(self._explorer.selection, **changes))  # type: ignore[arg-type]

    # --- what is shown

    def show_theme(self, theme: Theme) -> None:
        self.page.view.show_theme(theme)
        self.page.table.show_theme(theme)
        self.controls.show_theme(theme)

    @Slot()
    def refresh(self, *_: object) -> None:
        """Show what has changed, once all that changes together has."""
        self._soon.start()

    def _see(self, seen: Seen) -> None:
        self._seen = seen
        self.refresh()

    def _choices(self) -> tuple[Choice, ...]:
        library = self._library
        return choices(self._explorer, list(library.pictures.values()), list(library.models.values()), self.pins())

    def _show(self) -> None:
        selection = self._explorer.selection
        comparing = self._settled(selection)
        self._before = selection
        if comparing != selection.comparing:
            self._select(comparing=comparing)
            return
        self._sides = sides(self._explorer, comparing or Comparing(()), self._names())
        self._show_controls(comparing)
        self._show_actions(comparing)
        self._read_networks(comparing)
        if comparing is None:
            self.page.hide()
        else:
            self.page.show(comparing, self._sides, self._seen, selection.style)

    def _names(self) -> dict[str, str]:
        return {entry.key: entry.name for entry in self._library.pictures.values()}

    def _again(self) -> Comparing | None:
        """The comparison that was left, as far as it is with something else than what is shown."""
        again, present = self._last, self._explorer.selection.picture
        if again is None:
            return None
        open_ = self._library.pictures.keys() - {present}
        others = tuple(other for other in again.others if other.picture is None or other.picture in open_)
        return replace(again, others=others, against=min(again.against, len(others) - 1)) if others else None

    def _settled(self, selection: Selection) -> Comparing | None:
        """What is compared, less what is closed; a picture chosen that is beside A changes places with it."""
        comparing = followed(self._before, selection)
        for row, other in reversed(list(enumerate(comparing.others if comparing is not None else ()))):
            if comparing is not None and other.picture is not None and other.picture not in self._library.pictures:
                comparing = comparing.without(row)
        return comparing

    def _read_networks(self, comparing: Comparing | None) -> None:
        """Those of models that are listed and were not opened, and trained ones that were not read."""
        for other in comparing.others if comparing is not None else ():
            key = other.network.model if other.network is not None else None
            if key is None or key in self._explorer.models or key in self._opened:
                continue
            if key in self._library.models:
                self._opened.add(key)
                self._library.open_model(self._library.models[key].path)
        plans = [side.plan for side in self._sides[1:] if side.plan is not None]
        awaited = [plan.awaited for plan in plans if plan.awaited is not None]
        self._explorer.planning.want_also(awaited, "compare")

    @Slot(str)
    def _give_up(self, key: str) -> None:
        """A model that cannot be read is not compared with; the library says why."""
        self._opened.discard(key)
        comparing = self.comparing
        for row, other in reversed(list(enumerate(comparing.others if comparing is not None else ()))):
            if comparing is not None and other.network is not None and other.network.model == key:
                comparing = comparing.without(row)
        self._select(comparing=comparing)

    def _show_controls(self, comparing: Comparing | None) -> None:
        """Where they are seen: a drag in the other workspace does not wait for their lists."""
        self._due = not self.controls.isVisible()
        if self._due:
            return
        found = self._choices()
        rows = rows_of(self._sides, comparing, found, list(self._library.pictures.values()))
        taken = len(comparing.others) if comparing is not None else 0
        again = self._again() if comparing is None else None
        self.controls.show_again(sides(self._explorer, again, self._names())[1].name if again is not None else None)
        self.controls.show_rows(rows, comparing=comparing is not None, can_add=taken < min(MOST_OTHERS, len(found)))

    def _show_actions(self, comparing: Comparing | None) -> None:
        for name, mode in MODE_ACTIONS.items():
            if (action := self.actions.get(name)) is not None:
                action.setEnabled(comparing is not None or self._again() is not None)
                action.setChecked(comparing is not None and comparing.mode == mode)
        for name in ("add_side", "swap_sides", "leave_comparison"):
            if (action := self.actions.get(name)) is not None:
                action.setEnabled(comparing is not None)
