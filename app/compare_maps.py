"""Maps of what stands beside the present selection: the wanted one, or the last there was until it comes."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, SignalInstance, Slot

from app.other_maps import MapRequest
from gazeengine.saliency_map import SaliencyMap


class Maps(Protocol):
    """Where maps come from: OtherMaps."""

    @property
    def came(self) -> SignalInstance: ...
    @property
    def failed(self) -> SignalInstance: ...
    def known(self, request: MapRequest) -> SaliencyMap | None: ...
    def ask(self, request: MapRequest) -> SaliencyMap | None: ...


@dataclass(frozen=True, slots=True, eq=False)
class SideMap:
    """A map (h, w), or none; stale where it is of another setting than is asked for."""

    log_density: NDArray[np.float32] | None
    stale: bool = False
    problem: str = ""


class SideMaps(QObject):
    """Asks for one map at a time, the newest request of each side, so that a drag is followed as fast as maps come."""

    changed = Signal()

    def __init__(self, maps: Maps, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._maps = maps
        self._last: dict[int, tuple[MapRequest, SaliencyMap]] = {}
        self._problems: dict[Hashable, str] = {}
        self._asked: tuple[int, MapRequest] | None = None
        self._wanted: tuple[MapRequest | None, ...] = ()
        maps.came.connect(self._came)
        maps.failed.connect(self._failed)

    def want(self, requests: Sequence[MapRequest | None]) -> None:
        """These, and nothing older."""
        self._wanted = tuple(requests)
        self._ask()

    def of(self, row: int, digest: str | None) -> SideMap:
        """The map of a side whose picture has this digest."""
        request = self._wanted[row] if row < len(self._wanted) else None
        if request is not None:
            if (known := self._maps.known(request)) is not None:
                self._last[row] = request, known
                return SideMap(known.log_density)
            if (problem := self._problems.get(request.key)) is not None:
                return SideMap(None, problem=problem)
        last = self._last.get(row)
        if last is None or last[0].picture.digest != digest:
            return SideMap(None)
        return SideMap(last[1].log_density, stale=True)

    def rest(self) -> None:
        """Nothing is wanted any more."""
        self._wanted = ()
        self._last.clear()
        self._problems.clear()

    def _ask(self) -> None:
        if self._asked is not None:
            return
        for row, request in enumerate(self._wanted):
            if request is None or request.key in self._problems or self._maps.known(request) is not None:
                continue
            self._asked = row, request
            if self._maps.ask(request) is None:
                return
            self._asked = None

    @Slot(object, object)
    def _came(self, request: MapRequest, map_: SaliencyMap) -> None:
        if self._asked is not None and self._asked[1].key == request.key:
            row, self._asked = self._asked[0], None
            self._last[row] = request, map_
        self._ask()
        if self._wanted:
            self.changed.emit()

    @Slot(object, str)
    def _failed(self, request: MapRequest, message: str) -> None:
        if self._asked is not None and self._asked[1].key == request.key:
            self._asked = None
            self._problems[request.key] = message
            self._ask()
            self.changed.emit()
