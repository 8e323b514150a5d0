"""What stands beside one another in a comparison: the selection's own picture and network as A, and the others."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from app.comparing import LETTERS, Comparing, Other, owner, owner_of_a
from app.explorer import Explorer
from app.other_maps import MapRequest
from app.planned import Planned
from app.presentation import network_words
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
    found = [
        _side(explorer, letter, key, other)
        for letter, key, other in zip(LETTERS, keys, (Other(), *comparing.others), strict=False)
    ]
    networks = _network_names(found) if by_network else [""] * len(found)
    named = []
    for side, network in zip(found, networks, strict=True):
        picture = names.get(side.key or "", "a picture that is no longer open") if by_picture else ""
        usual = " · ".join(part for part in (picture, network) if part)
        named.append(replace(side, usual_name=usual, name=comparing.name_of(side.owner) or usual))
    return tuple(named)


def _side(explorer: Explorer, letter: str, key: Hashable, other: Other) -> Side:
    """A side without its name."""
    selection = explorer.selection
    place, choice = other.picture_key(selection), other.choice(selection)
    picture = explorer.pictures.get(place or "")
    model = explorer.models.get(choice.model or "")
    plan = None
    if model is not None:
        plan = explorer.plan if choice == selection.network else explorer.planning.planned(choice, model)
    problem = "" if picture is not None else "Reading the picture…"
    if picture is not None and plan is None:
        problem = "Reading the network…"
    request = None
    if picture is not None and plan is not None and plan.awaited is None:
        request = MapRequest(picture, plan.base, plan.pruning, selection.look)
    return Side(letter, key, choice.model or "", "", place, picture, plan, request, problem)


def _network_names(sides: Sequence[Side]) -> list[str]:
    """Networks in words, without the family's name where all are of one."""
    found = []
    for side in sides:
        plan = side.plan
        if plan is None:
            found.append([PurePath(side.usual_name).stem or "network"])
            continue
        words = network_words(plan.base, plan.pruning, plan.snapshot)
        found.append(words if len(words) > 1 else [*words, "unpruned"])
    of_one = len({words[0] for words in found}) == 1 and all(len(words) > 1 for words in found)
    return [" · ".join(words[1:] if of_one else words) for words in found]
