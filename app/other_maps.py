"""Maps beside the one that is shown: of other pictures or networks, to compare with, or to take along."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.background import Background
from app.engine_start import give_way, load_libraries, without_collecting
from gazeengine.checkpoint import Checkpoint
from gazeengine.domain import USUAL_LOOK, Look
from gazeengine.image import Picture
from gazeengine.plan import PruningPlan
from gazeengine.records import network_key
from gazeengine.saliency_map import SaliencyMap

if TYPE_CHECKING:  # it would import torch
    from gazeengine.looking import Onlooker

KEPT = 8  # maps, at least: a comparison shows six
KEPT_BYTES = 128 * 2**20  # of more of them: a picture's has two megabytes, a long page's twenty
MOST_PIXELS = 500_000


@dataclass(frozen=True, slots=True, eq=False)
class MapRequest:
    """The full map of a picture by a checkpoint's network pruned as plan says, or as it is, made as look says."""

    picture: Picture
    checkpoint: Checkpoint
    plan: PruningPlan | None = None
    look: Look = USUAL_LOOK

    @property
    def key(self) -> Hashable:
        """Equal for requests that have the same map."""
        return network_key(self.checkpoint, self.plan), self.picture.digest, self.look


class OtherMaps(QObject):
    """Computes maps one behind the other, and keeps the last ones."""

    came = Signal(object, object)  # MapRequest, SaliencyMap
    failed = Signal(object, str)  # MapRequest, message

    def __init__(self, look_on: Callable[[], Onlooker] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background("other maps")
        self._look_on = look_on or _onlooker
        self._onlooker: Onlooker | None = None  # the worker's
        self._maps: OrderedDict[Hashable, SaliencyMap] = OrderedDict()
        self._asked: dict[Hashable, MapRequest] = {}

    def known(self, request: MapRequest) -> SaliencyMap | None:
        """The map, where it is there already."""
        if (found := self._maps.get(request.key)) is not None:
            self._maps.move_to_end(request.key)
        return found

    def ask(self, request: MapRequest) -> SaliencyMap | None:
        """The map at once where it is known; else it comes by the signal. Asking again costs nothing."""
        if (found := self.known(request)) is not None or request.key in self._asked:
            return found
        self._asked[request.key] = request
        self._background.do(
            lambda: self._answered(request), lambda map_: self._came(request, map_), lambda m: self._failed(request, m)
        )
        return None

    def forget(self) -> None:
        """What is asked for and not begun need not be made any more."""
        self._asked.clear()

    def close(self) -> None:
        self.forget()
        self._background.close()

    def _answered(self, request: MapRequest) -> SaliencyMap | None:
        if request.key not in self._asked:
            return None
        if self._onlooker is None:
            self._onlooker = self._look_on()
        return self._onlooker.look(request.picture, request.checkpoint, request.plan, request.look, MOST_PIXELS)

    def _came(self, request: MapRequest, map_: SaliencyMap | None) -> None:
        self._asked.pop(request.key, None)
        if map_ is None:
            return
        self._maps[request.key] = map_
        held = sum(kept.log_density.nbytes for kept in self._maps.values())
        while len(self._maps) > KEPT and held > KEPT_BYTES:
            held -= self._maps.popitem(last=False)[1].log_density.nbytes
        self.came.emit(request, map_)

    def _failed(self, request: MapRequest, message: str) -> None:
        self._asked.pop(request.key, None)
        self.failed.emit(request, message)


def _onlooker() -> Onlooker:
    """Loads the engine, in the worker, which gives way to the map that is shown."""
    load_libraries()
    with without_collecting():
        from gazeengine.looking import Onlooker

    give_way()
    return Onlooker()
