"""Comparing: chosen at the right or in the list, followed by every slider, shown on a page of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast, get_args

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QWidget

from app.compare_controls import CompareControls, Offer, Row
from app.compare_maps import Maps, SideMap, SideMaps
from app.compare_rows import table_data
from app.compare_sides import Choice, Side, choices, sides
from app.compare_table import CompareTable
from app.compare_view import CompareView, Pane, ShownDifference
from app.comparing import MOST_OTHERS, CompareMode, Comparing, Other, followed, swapped
from app.difference_view import Place
from app.explorer import Explorer, Seen
from app.findings import Findings, Question, found
from app.latest import LatestWins
from app.layout import Panels
from app.library import Library
from app.selection import Selection
from app.settings import Settings
from app.theme import Theme
from app.tradeoff import Pin
from app.undo import ChoiceHistory
from gazeengine.comparison import signed, why_not_comparable
from gazeengine.regions import Area

MODE_ACTIONS: dict[str, CompareMode] = {f"compare_{mode}": mode for mode in get_args(CompareMode)}


class CompareDesk(QObject):
    """Joins page, controls and table to the explorer; what is compared is part of the selection."""

    told = Signal(str)  # what is under the mouse; empty off the pictures

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
        self.areas: Callable[[str], Sequence[Area]] = lambda key: ()
        self.pins: Callable[[], Sequence[Pin]] = tuple
        self.actions: Mapping[str, QAction] = {}
        self.view, self.controls, self.table = CompareView(), CompareControls(), CompareTable()
        panels.look.add_section("Compare", self.controls)
        panels.stage.addWidget(self.view)
        self._maps = SideMaps(maps, self)
        self._maps.changed.connect(self.refresh)
        self._seen: Seen | None = None
        self._before = explorer.selection
        self._sides: tuple[Side, ...] = ()
        self._shown: tuple[SideMap, ...] = ()
        self._asked: Question | None = None
        self._findings: Findings | None = None
        self._opened: set[str] = set()  # models that were asked for
        self._work = LatestWins(lambda: found, self)
        self._work.answered.connect(self._found)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._show)
        explorer.selected.connect(self.refresh)
        explorer.planned.connect(self.refresh)
        explorer.seen.connect(self._see)
        explorer.planning.came.connect(self.refresh)
        library.pictures_changed.connect(self.refresh)
        library.models_changed.connect(self.refresh)
        library.model_opened.connect(self.refresh)
        self._wire()
        window.installEventFilter(self)
        self.refresh()

    def _wire(self) -> None:
        controls, bar = self.controls, self.view.bar
        controls.other_chosen.connect(self._choose)
        controls.picture_chosen.connect(lambda key: self._select(picture=key))
        controls.named.connect(self._name)
        controls.add_asked.connect(self.add)
        controls.removal_asked.connect(lambda row: self._change(lambda c: c.without(row)))
        controls.leave_asked.connect(self.leave)
        bar.mode_chosen.connect(self.show_mode)
        bar.against_chosen.connect(lambda row: self._change(lambda c: replace(c, against=row)))
        bar.range_chosen.connect(lambda bits: self._change(lambda c: replace(c, range_bits=bits)))
        bar.blink_chosen.connect(lambda seconds: self._change(lambda c: replace(c, blink_s=seconds)))
        bar.swap_asked.connect(self.swap)
        bar.leave_asked.connect(self.leave)
        self.view.pointed.connect(self._point)

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
        if free:
            self._choose(len(taken), free[0])

    def swap(self) -> None:
        """A takes the place of what is held against it; a step of undo where networks change."""
        if (comparing := self.comparing) is None:
            return
        self._before = after = swapped(comparing, self._explorer.selection)
        self._explorer.select(after)
        self._history.rest(self._explorer.selection.network)

    def leave(self) -> None:
        self._select(comparing=None)

    def show_mode(self, mode: str) -> None:
        self._settings.save_compare_mode(cast(CompareMode, mode))
        self._change(lambda c: replace(c, mode=cast(CompareMode, mode)))

    def handlers(self) -> dict[str, Callable[[], None]]:
        """For the menu."""
        modes = {name: lambda mode=mode: self.show_mode(mode) for name, mode in MODE_ACTIONS.items()}
        return {"compare": self.ask, "swap_sides": self.swap, **modes}

    def stop(self) -> None:
        self._soon.stop()
        self.view.leave()
        self._work.stop()
        self._work.wait()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys that nobody in the window took."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self.comparing is not None:
            if event.key() == Qt.Key.Key_Escape:
                self.leave()
                return True
            if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
                self.view.next_in_front()
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
        self.view.show_theme(theme)
        self.table.show_theme(theme)

    @Slot()
    def refresh(self, *_: object) -> None:
        """Show what has changed, once all that changes together has."""
        self._soon.start()

    def _see(self, seen: Seen) -> None:
        self._seen = seen
        self.refresh()

    def _found(self, findings: Findings) -> None:
        self._findings = findings
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
        names = {entry.key: entry.name for entry in self._library.pictures.values()}
        self._sides = sides(self._explorer, comparing or Comparing(()), names)
        self._show_controls(comparing)
        self._show_actions(comparing)
        if comparing is None:
            self._show_page(shown=False)
            return
        self._read_models(comparing)
        begins = self._panels.stage.currentWidget() is not self.view
        self._show_page(shown=True)
        self._show_sides(comparing)
        if begins:
            self.view.focus()

    def _settled(self, selection: Selection) -> Comparing | None:
        """What is compared, less what is closed; a picture chosen that is beside A changes places with it."""
        comparing = followed(self._before, selection)
        for row, other in reversed(list(enumerate(comparing.others if comparing is not None else ()))):
            if comparing is not None and other.picture is not None and other.picture not in self._library.pictures:
                comparing = comparing.without(row)
        return comparing

    def _read_models(self, comparing: Comparing) -> None:
        """What is chosen of models that are listed, and of networks that were not read."""
        for other in comparing.others:
            key = other.network.model if other.network is not None else None
            if (
                key is not None
                and key in self._library.models
                and key not in self._explorer.models | self._opened_now()
            ):
                self._opened.add(key)
                self._library.open_model(self._library.models[key].path)
        plans = [side.plan for side in self._sides[1:]]
        self._explorer.planning.want_also([p.awaited for p in plans if p is not None and p.awaited is not None])

    def _opened_now(self) -> dict[str, None]:
        return dict.fromkeys(self._opened)

    def _show_sides(self, comparing: Comparing) -> None:
        all_sides = self._sides
        self._maps.want([side.request for side in all_sides[1:]])
        self._shown = (self._own_map(), *(self._maps.of(i, _digest(s)) for i, s in enumerate(all_sides[1:])))
        first, other = all_sides[0].picture, all_sides[comparing.against + 1].picture
        sizes = [(p.rgb.shape[0], p.rgb.shape[1]) for p in (first, other) if p is not None]
        reason = why_not_comparable(*sizes) or "" if len(sizes) == 2 else ""
        aspect = sizes[0][1] / sizes[0][0] if sizes else 1.6
        self.view.show_comparing(comparing, [side.letter for side in all_sides], aspect, reason)
        self.view.show_style(self._explorer.selection.style)
        self.view.show_panes([_pane(s, m) for s, m in zip(all_sides, self._shown, strict=True)])
        self._ask(comparing)
        self._show_findings(comparing, reason)

    def _own_map(self) -> SideMap:
        """A's, which the explorer has asked for."""
        seen = self._seen
        preview = seen.preview if seen is not None else None
        if seen is None or preview is None or preview.saliency_map is None:
            return SideMap(None)
        if preview.request.picture.digest != _digest(self._sides[0]):
            return SideMap(None)
        # a coarse map differs from a full one of the same network
        return SideMap(preview.saliency_map.log_density, seen.preview_stale or preview.stage != "full")

    def _ask(self, comparing: Comparing) -> None:
        """What there is to be found, once all maps are there."""
        ready = [
            (s.picture, s.key, m.log_density) for s, m in zip(self._sides, self._shown, strict=True) if not m.stale
        ]
        whole = [(p, k, m) for p, k, m in ready if p is not None and m is not None]
        if len(whole) < len(self._sides):
            return
        question = Question(
            tuple(m for _, _, m in whole),
            tuple((p.rgb.shape[0], p.rgb.shape[1]) for p, _, _ in whole),
            tuple(tuple(self.areas(k or "")) for _, k, _ in whole),
            comparing.against,
            comparing.range_bits,
        )
        if not question.like(self._asked):
            self._asked = question
            self._work.submit(question)
            self._work.start()  # does nothing where it runs already

    def _show_findings(self, comparing: Comparing, reason: str) -> None:
        findings, other = self._findings, self._sides[comparing.against + 1]
        if findings is not None and len(findings.question.maps) != len(self._sides):
            findings = None
        stale = findings is not None and (self._asked is None or findings.question is not self._asked or self._waits())
        names = [side.name for side in self._sides]
        data = table_data(findings, [side.letter for side in self._sides], names) if findings is not None else None
        self.table.show_data(data, stale=stale)
        drawn = findings.drawn if findings is not None and findings.question.against == comparing.against else None
        same = other.picture is not None and drawn is not None
        caption = f"{other.letter} against A" + (" · of an earlier setting" if stale else "")
        self.view.show_difference(
            ShownDifference(
                other.picture.rgb if other.picture is not None else None,
                drawn if same else None,
                caption if same else "Waiting for both maps…",
                stale,
                reason,
            )
        )

    def _waits(self) -> bool:
        return any(m.stale or m.log_density is None for m in self._shown)

    def _show_controls(self, comparing: Comparing | None) -> None:
        found_ = self._choices()
        offers = _offers(found_)
        pictures = tuple(Offer(e.key, e.name, e.detail) for e in self._library.pictures.values())
        a = self._sides[0]
        usual = [side.usual_name for side in self._sides]
        given = [side.name if side.name != side.usual_name else "" for side in self._sides]
        rows = [Row("A", pictures, self._explorer.selection.picture, usual[0], given[0])] if a.key is not None else []
        for i, other in enumerate(comparing.others if comparing is not None else (), 1):
            rows.append(Row(self._sides[i].letter, offers, other, usual[i], given[i], usual[i]))
        if rows and comparing is None and offers:
            rows.append(Row("B", offers, None, "", ""))
        taken = len(comparing.others) if comparing is not None else 0
        self.controls.show_rows(rows, comparing=comparing is not None, can_add=taken < min(MOST_OTHERS, len(found_)))

    def _show_actions(self, comparing: Comparing | None) -> None:
        for name, mode in MODE_ACTIONS.items():
            if (action := self.actions.get(name)) is not None:
                action.setEnabled(comparing is not None)
                action.setChecked(comparing is not None and comparing.mode == mode)
        if (swap := self.actions.get("swap_sides")) is not None:
            swap.setEnabled(comparing is not None)

    def _show_page(self, *, shown: bool) -> None:
        panels = self._panels
        if shown == (panels.stage.currentWidget() is self.view):
            return
        if shown:
            self.view.links.show_viewpoint(panels.saliency.box.viewpoint)
            panels.stage.setCurrentWidget(self.view)
            panels.look_bench.addWidget(self.table)
            self._bench_before = panels.look_bench.currentWidget()
            panels.look_bench.setCurrentWidget(self.table)
        else:
            self.view.leave()
            self._maps.rest()
            self._asked = self._findings = None
            self._explorer.planning.want_also(())
            panels.saliency.box.show_viewpoint(self.view.links.viewpoint)
            panels.stage.setCurrentWidget(panels.saliency)
            panels.look_bench.removeWidget(self.table)
            self.table.setParent(None)
            self.told.emit("")
            panels.saliency.setFocus()
        panels.show_workspace(panels.shown_workspace())

    def _point(self, place: Place | None) -> None:
        if place is None:
            self.told.emit("")
            return
        told, densities = [], []
        for side, shown in zip(self._sides, self._shown, strict=True):
            if shown.log_density is not None:
                rows, columns = shown.log_density.shape
                log_density = float(shown.log_density[int(place.y * rows), int(place.x * columns)])
                densities.append(log_density + np.log(rows * columns))
                told.append(f"{side.letter} {np.exp(densities[-1]):.2g} ×")
        words = f"Looked at, as often as on average: {', '.join(told)}"
        if len(densities) == len(self._sides) == 2:
            words += f"; B over A {signed(float(densities[1] - densities[0]) / np.log(2), 2)} bit"
        self.told.emit(words if told else "")


def _digest(side: Side) -> str | None:
    return side.picture.digest if side.picture is not None else None


def _pane(side: Side, shown: SideMap) -> Pane:
    words = [side.title]
    if shown.stale:
        words.append("of an earlier setting")
    elif shown.log_density is None:
        words.append(shown.problem or side.problem or "waiting for the map…")
    rgb = side.picture.rgb if side.picture is not None else None
    return Pane(side.letter, side.name, rgb, shown.log_density, " · ".join(words), shown.stale, side.problem)


def _offers(found_: Sequence[Choice]) -> tuple[Offer, ...]:
    """Pictures, a line, networks."""
    pictures = [Offer(c.other, c.title, c.hint) for c in found_ if not c.is_network]
    networks = [Offer(c.other, c.title, c.hint) for c in found_ if c.is_network]
    line = [Offer(None, "")] if pictures and networks else []
    return *pictures, *line, *networks
