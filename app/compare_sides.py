"""What stands beside one another in a comparison: the selection's own picture and network as A, and the others."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath

from app.comparing import LETTERS, Comparing, Other, owner, owner_of_a
from app.explorer import Explorer
from app.other_maps import MapRequest
from app.planned import Planned
from app.presentation import network_words
from app.selection import NetworkChoice
from gazeengine.image import Picture


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """A picture and the network that looks at it, as far as they are open; problem says what is lacking.

    name is the one that was given, or else what makes it another than the other sides.
    """

    letter: str
    owner: Hashable
    usual_name: str
    name: str
    key: str | None
    picture: Picture | None
    plan: Planned | None
    request: MapRequest | None
    problem: str = ""

    @property
    def title(self) -> str:
        return f"{self.letter}: {self.name}"


def sides(explorer: Explorer, comparing: Comparing, names: Mapping[str, str]) -> tuple[Side, ...]:
    """A, B and so on; names are those of pictures by key."""
    by_picture = any(other.picture is not None for other in comparing.others)
    by_network = any(other.other_network for other in comparing.others)
    keys = owner_of_a(comparing, explorer.selection), *(owner(other) for other in comparing.others)
    found = []
    for letter, key, other in zip(LETTERS, keys, (Other(), *comparing.others), strict=False):
        side = _side(explorer, letter, key, other, names, by_picture=by_picture, by_network=by_network)
        found.append(replace(side, name=comparing.name_of(key) or side.usual_name))
    return tuple(found)


def _side(
    explorer: Explorer,
    letter: str,
    key: Hashable,
    other: Other,
    names: Mapping[str, str],
    *,
    by_picture: bool,
    by_network: bool,
) -> Side:
    selection = explorer.selection
    place, choice = other.picture_key(selection), other.choice(selection)
    picture = explorer.pictures.get(place or "")
    model = explorer.models.get(choice.model or "")
    plan = None
    if model is not None:
        plan = explorer.plan if choice == selection.network else explorer.planning.planned(choice, model)
    usual = []
    if by_picture:
        usual.append(names.get(place or "", "a picture that is no longer open"))
    if by_network:
        usual.append(_network_name(plan, choice))
    problem = "" if picture is not None else "Reading the picture…"
    if picture is not None and plan is None:
        problem = "Reading the network…"
    request = None
    if picture is not None and plan is not None and plan.awaited is None:
        request = MapRequest(picture, plan.base, plan.pruning, selection.look)
    name = " · ".join(usual)
    return Side(letter, key, name, name, place, picture, plan, request, problem)


def _network_name(plan: Planned | None, choice: NetworkChoice) -> str:
    if plan is None:
        return PurePath(choice.model or "network").stem
    words = network_words(plan.base, plan.pruning, plan.snapshot)
    return " · ".join(words if len(words) > 1 else [*words, "unpruned"])
