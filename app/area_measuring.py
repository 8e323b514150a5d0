"""Shares of areas as they are now: by the map on display, and by the unpruned network's that is asked for beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from app.area_shares import AreaShares, AreaTable, along_words, flips_words, largest_change
from app.explorer import Explorer, Seen
from app.other_maps import MapRequest
from app.presentation import caption
from gazeengine.errors import GazeError
from gazeengine.image import Picture
from gazeengine.records import network_key
from gazeengine.regions import Area
from gazeengine.saliency_map import SaliencyMap


class Maps(Protocol):
    """Where maps beside the shown one come from; those that are not there yet, later."""

    def ask(self, request: MapRequest, /) -> SaliencyMap | None: ...


class AreaMeasuring(QObject):
    """Makes the table of areas; changed() when another map is there to measure by."""

    changed = Signal()

    def __init__(self, explorer: Explorer, maps: Maps, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._explorer, self._maps = explorer, maps
        self._shares = AreaShares()
        self._seen: Seen | None = None
        self._wanted: MapRequest | None = None
        self._said = "", ""  # along pruning, of the last full map of a setting as it was then
        self._said_of = ""  # the area that it spoke of
        self._failed: tuple[object, str] | None = None
        explorer.seen.connect(self._show_seen)

    def came(self, request: MapRequest, map_: SaliencyMap) -> None:
        """A map that was asked for, here or elsewhere."""
        if self._wanted is not None and request.key == self._wanted.key:
            self.changed.emit()

    def failed(self, request: MapRequest, message: str) -> None:
        if self._wanted is not None and request.key == self._wanted.key:
            self._failed = request.key, message
            self.changed.emit()

    def table(self, picture: Picture | None, areas: Sequence[Area], selection: Sequence[str]) -> AreaTable:
        """Lines for areas of the picture that is shown; selection is what the sentence on pruning speaks of."""
        if picture is None or not areas:
            self._wanted = None
            return AreaTable()
        size = picture.rgb.shape[0], picture.rgb.shape[1]
        seen = self._seen_of(picture)
        preview = seen.preview if seen is not None else None
        found = preview.saliency_map if preview is not None else None
        stale = bool(seen is not None and preview is not None and seen.preview_stale)
        self._shares.show_map(found, size)
        compared, trouble = self._compare(picture, size)
        try:
            rows, groups = self._shares.measured(areas)
        except GazeError as error:
            return AreaTable(stale=True, state=str(error))
        state = (caption(seen) if seen is not None else "") or "No map yet: shares follow."
        table = AreaTable(rows, groups, stale, state, compared, self._shares.folded, trouble)
        plan = self._explorer.plan
        if not compared or plan is None:
            return table
        chosen = [row for row in rows if row.name in selection]
        told = chosen[0] if chosen else largest_change(rows)
        fresh = not stale and preview is not None and preview.stage == "full"
        if fresh and not trouble and told is not None:
            share = plan.model.flops.total(plan.widths) / plan.model.flops.total(plan.model.whole)
            self._said = along_words(told, share), flips_words(self._shares.flips(areas))
            self._said_of = told.name
        elif not fresh and told is not None and told.name == self._said_of:
            pass  # what was said of the earlier setting stands beside its shares
        else:
            self._said, self._said_of = ("", ""), ""
        along, flips = self._said
        return replace(table, along=trouble or along, flips=flips)

    def _compare(self, picture: Picture, size: tuple[int, int]) -> tuple[bool, str]:
        """Ask for the unpruned network's map where another is shown; whether it is, and what went wrong."""
        plan = self._explorer.plan
        if plan is None or plan.network_key == network_key(plan.model.checkpoint, None):
            self._wanted = None
            self._shares.show_map(None, size, "unpruned")
            return False, ""
        self._wanted = MapRequest(picture, plan.model.checkpoint, None, self._explorer.selection.look)
        if self._failed is not None and self._failed[0] == self._wanted.key:
            self._shares.show_map(None, size, "unpruned")
            return True, f"Unpruned network: {self._failed[1]}"
        found = self._maps.ask(self._wanted)
        self._shares.show_map(found, size, "unpruned")
        return True, ""

    def _seen_of(self, picture: Picture) -> Seen | None:
        """What is seen, without a map that is of another picture."""
        seen = self._seen
        if seen is None or seen.preview is None or seen.preview.request.picture.digest == picture.digest:
            return seen
        return replace(seen, preview=None)

    def _show_seen(self, seen: Seen) -> None:
        self._seen = seen
        self.changed.emit()
