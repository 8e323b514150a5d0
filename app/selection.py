"""The whole state of the window as a value: what is looked at, with which network, and how it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.map_style import MapStyle
from app.pruning_method import USUAL, PruningMethod
from gazeengine.domain import USUAL_LOOK, Look
from gazeengine.resources import DEFAULT_BETA

if TYPE_CHECKING:  # it knows selections
    from app.comparing import Comparing


@dataclass(frozen=True, slots=True)
class NetworkChoice:
    """A model by its key, β in nats per GFLOP (None for β*), n pruned features, chosen by method: what undo restores.

    β is of another unit where the method has another cost.
    """

    model: str | None = None
    beta: float | None = DEFAULT_BETA
    n: int = 0
    method: PruningMethod = USUAL


@dataclass(frozen=True, slots=True)
class Selection:
    """picture is the key of an open picture; comparing what it is held against, if anything.

    dataclasses.replace changes it.
    """

    picture: str | None = None
    network: NetworkChoice = field(default_factory=NetworkChoice)
    style: MapStyle = field(default_factory=MapStyle)
    look: Look = USUAL_LOOK
    threads: int = 1
    comparing: Comparing | None = None

    @property
    def pictures(self) -> tuple[str, ...]:
        """Keys of all pictures that are on display, the chosen one first."""
        others = self.comparing.others if self.comparing is not None else ()
        keys = (self.picture, *(other.picture for other in others))
        return tuple(key for key in keys if key is not None)
