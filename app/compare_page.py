"""What a comparison shows: the map of each side, the difference that is found of them, the table, and what is told."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.compare_maps import Maps, SideMap, SideMaps
from app.compare_rows import area_words, table_data
from app.compare_sides import Side
from app.compare_table import CompareTable
from app.compare_view import CompareView, Pane, ShownDifference
from app.comparing import Comparing
from app.difference_view import Place
from app.explorer import Seen
from app.findings import Findings, Question, found
from app.latest import LatestWins
from app.layout import Panels
from app.map_style import MapStyle, rendered
from app.picture_box import PictureBox
from app.shown_areas import LabelledAreas
from gazeengine.comparison import signed, why_not_comparable
from gazeengine.comparison_sheet import sheet
from gazeengine.difference_image import rendered_difference
from gazeengine.errors import GazeError
from gazeengine.regions import Area

_USUAL_ASPECT = 1.6


class ComparePage(QObject):
    """Fills the page and the table below it, which take the places of the single picture and its bench."""

    changed = Signal()  # something came that is to be shown
    told = Signal(str)  # what is under the mouse; empty off the pictures

    def __init__(self, panels: Panels, maps: Maps, parent: QObject) -> None:
        super().__init__(parent)
        self._panels = panels
        self.areas: Callable[[str], Sequence[Area]] = lambda key: ()
        self.view, self.table = CompareView(), CompareTable()
        panels.stage.addWidget(self.view)
        self._maps = SideMaps(maps, self)
        self._maps.changed.connect(self.changed)
        self._bench_before: QWidget | None = None
        self._sides: tuple[Side, ...] = ()
        self._shown: tuple[SideMap, ...] = ()
        self._asked: Question | None = None
        self._findings: Findings | None = None
        self._work = LatestWins(lambda: found, self)
        self._work.answered.connect(self._found)
        self.view.pointed.connect(self._point)

    @property
    def begun(self) -> bool:
        return self._panels.stage.currentWidget() is self.view

    @property
    def box(self) -> PictureBox | None:
        """Where A is looked at, or what stands in its place; None while nothing is compared."""
        view = self.view
        return None if not self.begun else view.panes[0].box if 0 in view.stage.shown else view.canvas().box

    @property
    def findings(self) -> Findings | None:
        """What was found last of what is compared, perhaps of an earlier setting."""
        return self._findings

    def show(self, comparing: Comparing, sides: Sequence[Side], seen: Seen | None, style: MapStyle) -> None:
        """Show these sides; seen is what the explorer has of A."""
        if begins := not self.begun:
            self._begin()
        self._sides = tuple(sides)
        self._maps.want([side.request for side in sides[1:]])
        others = (self._maps.of(i, _digest(side)) for i, side in enumerate(sides[1:]))
        self._shown = (_own_map(seen, _digest(sides[0])), *others)
        pictures = sides[0].picture, sides[comparing.against + 1].picture
        sizes = [(p.rgb.shape[0], p.rgb.shape[1]) for p in pictures if p is not None]
        reason = why_not_comparable(*sizes) or "" if len(sizes) == 2 else ""
        aspect = sizes[0][1] / sizes[0][0] if sizes else _USUAL_ASPECT
        self.view.show_comparing(comparing, [side.letter for side in sides], aspect, reason)
        self.view.show_style(style)
        self._ask(comparing)
        panes = enumerate(zip(sides, self._shown, strict=True))
        self.view.show_panes([replace(_pane(side, map_), areas=self._labelled(i)) for i, (side, map_) in panes])
        self._show_findings(comparing, reason)
        if begins:
            self.view.focus()

    def hide(self) -> None:
        """Back to one picture, where the comparison looked."""
        if not self.begun:
            return
        panels = self._panels
        self.view.leave()
        self._maps.rest()
        self._asked = self._findings = None
        panels.saliency.box.show_viewpoint(self.view.links.viewpoint)
        panels.stage.setCurrentWidget(panels.saliency)
        panels.look_bench.removeWidget(self.table)
        self.table.setParent(None)
        if self._bench_before is not None:
            panels.look_bench.setCurrentWidget(self._bench_before)
        panels.show_workspace(panels.shown_workspace())
        panels.saliency.setFocus()
        self.told.emit("")

    @property
    def file_name(self) -> str:
        """For a picture of it, without its suffix."""
        kind = "difference" if self.view.difference.isVisible() else "comparison"
        names = [re.sub(r"[^\w.]+", "-", Path(side.name).stem).strip("-.") for side in self._sides]
        return "-".join([*names[:2], kind])

    def rendered(self, style: MapStyle) -> Callable[[], NDArray[np.uint8]]:
        """What makes a picture of what is shown, for a worker. Raises GazeError while maps are not ready."""
        if self._waits() or any(side.picture is None for side in self._sides):
            raise GazeError("comparison: not all maps are ready yet, wanted a moment's patience")
        pictures = [(side.picture, map_.log_density) for side, map_ in zip(self._sides, self._shown, strict=True)]
        titles = [side.title for side in self._sides]
        if not self.view.difference.isVisible():
            shown = [(picture.rgb, map_) for picture, map_ in pictures if picture is not None]
            columns = self.view.stage.columns
            return lambda: sheet([rendered(rgb, map_, style) for rgb, map_ in shown], titles, columns)
        findings = self._findings
        if findings is None or findings.painted is None or findings.question is not self._asked:
            raise GazeError("difference: it is not ready yet, wanted a moment's patience")
        drawn, other = findings.painted.drawn, findings.question.against + 1
        picture, names = pictures[other][0], (self._sides[0].name, self._sides[other].name)
        assert picture is not None
        rgb = picture.rgb
        return lambda: rendered_difference(rgb, drawn, names)

    def stop(self) -> None:
        self.view.leave()
        self._work.stop()
        self._work.wait()

    def _begin(self) -> None:
        panels = self._panels
        self.view.links.show_viewpoint(panels.saliency.box.viewpoint)
        panels.stage.setCurrentWidget(self.view)
        self._bench_before = panels.look_bench.currentWidget()
        panels.look_bench.addWidget(self.table)
        panels.look_bench.setCurrentWidget(self.table)
        panels.show_workspace(panels.shown_workspace())

    def _ask(self, comparing: Comparing) -> None:
        """What there is to be found, once all maps are there."""
        ready = [
            (side.picture, side.key, map_.log_density)
            for side, map_ in zip(self._sides, self._shown, strict=True)
            if not map_.stale
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

    def _found(self, findings: Findings) -> None:
        self._findings = findings
        self.changed.emit()

    def _show_findings(self, comparing: Comparing, reason: str) -> None:
        findings, stale, other = self._present(), self._stale(), self._sides[comparing.against + 1]
        letters, names = [side.letter for side in self._sides], [side.name for side in self._sides]
        data = table_data(findings, letters, names) if findings is not None else None
        self.table.show_data(data, stale=stale)
        painted = findings.painted if findings is not None and findings.question.against == comparing.against else None
        if painted is None:
            caption = "Waiting for both maps…"
        else:
            caption = f"{other.name} against {self._sides[0].name}" + " · of an earlier setting" * stale
        rgb = other.picture.rgb if other.picture is not None else None
        areas = self._labelled(comparing.against + 1)
        self.view.show_difference(ShownDifference(rgb, painted, caption, stale, reason, areas))

    def _present(self) -> Findings | None:
        """What was found, unless it is of other pictures."""
        findings = self._findings
        return findings if findings is not None and findings.question.sizes == self._sizes() else None

    def _stale(self) -> bool:
        findings = self._present()
        return findings is not None and (findings.question is not self._asked or self._waits())

    def _labelled(self, side: int) -> LabelledAreas:
        """The areas of a side as they are now, with what was found of them."""
        areas, size = tuple(self.areas(self._sides[side].key or "")), self._sizes()[side]
        findings = self._present()
        if findings is None or side >= len(findings.areas):
            return LabelledAreas(areas, ("",) * len(areas), stale=True, size=size)
        if not areas and findings.lent:
            areas = findings.areas[side]
        words = dict(zip((area.name for area in findings.areas[side]), area_words(findings, side), strict=True))
        return LabelledAreas(areas, tuple(words.get(area.name, "") for area in areas), self._stale(), size)

    def _sizes(self) -> tuple[tuple[int, int], ...]:
        pictures = [side.picture for side in self._sides]
        return tuple((p.rgb.shape[0], p.rgb.shape[1]) if p is not None else (0, 0) for p in pictures)

    def _waits(self) -> bool:
        return any(map_.stale or map_.log_density is None for map_ in self._shown)

    def _point(self, place: Place | None) -> None:
        told, bits = [], []
        for side, map_ in zip(self._sides, self._shown, strict=True):
            if place is not None and map_.log_density is not None:
                rows, columns = map_.log_density.shape
                log_density = float(map_.log_density[int(place.y * rows), int(place.x * columns)])
                bits.append((log_density + math.log(rows * columns)) / math.log(2))
                told.append(f"{side.letter} {2 ** bits[-1]:.2g} ×")
        words = f"Looked at, as often as on average: {', '.join(told)}" if told else ""
        if len(bits) == len(self._sides) == 2:
            words += f"; B over A {signed(bits[1] - bits[0], 2)} bit"
        self.told.emit(words)


def _digest(side: Side) -> str | None:
    return side.picture.digest if side.picture is not None else None


def _own_map(seen: Seen | None, digest: str | None) -> SideMap:
    """A's, which the explorer has asked for."""
    preview = seen.preview if seen is not None else None
    if seen is None or preview is None or preview.saliency_map is None or preview.request.picture.digest != digest:
        return SideMap(None)
    # a coarse map differs from a full one of the same network
    return SideMap(preview.saliency_map.log_density, seen.preview_stale or preview.stage != "full")


def _pane(side: Side, map_: SideMap) -> Pane:
    words = [side.title]
    if map_.stale:
        words.append("of an earlier setting")
    elif map_.log_density is None:
        words.append(map_.problem or side.problem or "waiting for the map…")
    rgb = side.picture.rgb if side.picture is not None else None
    return Pane(side.letter, side.name, rgb, map_.log_density, " · ".join(words), map_.stale, side.problem)
