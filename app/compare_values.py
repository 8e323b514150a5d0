"""What is compared, as simple values for a project file; and back, as far as its pictures and models are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app.comparing import BLINK_S, COMPARE_MODES, LETTERS, MOST_OTHERS, Comparing, Other, owner, owner_of_a
from app.library import key_of
from app.project_state import choice_of, network_of
from app.selection import Selection
from gazeengine.errors import GazeError
from gazeengine.project import ProjectNetwork, Value, Values
from gazeengine.resources import find_model

_METHOD = "_method_"


def values_of_comparing(comparing: Comparing, selection: Selection, names: Mapping[str, str]) -> dict[str, Value]:
    """names are those of open pictures by key, in the order of the list; pictures go by place and name."""
    found: dict[str, Value] = {
        "mode": comparing.mode,
        "against": comparing.against,
        "range_bits": comparing.range_bits,
        "blink_s": comparing.blink_s,
        "a_name": comparing.name_of(owner_of_a(comparing, selection)),
    }
    keys = list(names)
    for letter, other in zip(LETTERS[1:].lower(), comparing.others, strict=False):
        values: dict[str, Value] = {"name": comparing.name_of(owner(other)), "unpruned": other.unpruned}
        if (picture := other.picture) is not None and picture in names:
            values |= {"place": keys.index(picture), "picture": names[picture]}
        if other.network is not None and (network := network_of(other.network, "")) is not None:
            values |= {"model": network.model, "beta": network.beta, "n": network.n}
            values |= {_METHOD[1:] + name: value for name, value in network.method.items()}
        found |= {f"{letter}_{name}": value for name, value in values.items()}
    return found


def comparing_of(values: Values, selection: Selection, names: Mapping[str, str]) -> Comparing | None:
    """What values say, without what is not there or not known; None where nothing is left to be compared."""
    others: list[tuple[Other, str]] = []
    for letter in LETTERS[1 : 1 + MOST_OTHERS].lower():
        own = {key[2:]: value for key, value in values.items() if key.startswith(f"{letter}_")}
        other = _other(own, names)
        if other is not None:
            others.append((other, str(own.get("name") or "")))
    if not others:
        return None
    comparing = Comparing(tuple(other for other, _ in others))
    if (mode := values.get("mode")) in COMPARE_MODES:
        comparing = replace(comparing, mode=next(known for known in COMPARE_MODES if known == mode))
    against, range_bits, blink_s = (values.get(name) for name in ("against", "range_bits", "blink_s"))
    if type(against) is int and 0 <= against < len(others):
        comparing = replace(comparing, against=against)
    if isinstance(range_bits, float | int) and 0 < range_bits <= 16:
        comparing = replace(comparing, range_bits=float(range_bits))
    if isinstance(blink_s, float | int) and BLINK_S[0] <= blink_s <= BLINK_S[1]:
        comparing = replace(comparing, blink_s=float(blink_s))
    for other, name in others:
        comparing = comparing.named(owner(other), name)
    return comparing.named(owner_of_a(comparing, selection), str(values.get("a_name") or ""))


def _other(own: Values, names: Mapping[str, str]) -> Other | None:
    picture, network = _picture(own, names), None
    if "picture" in own and picture is None:
        return None
    if isinstance(model := own.get("model"), str):
        method = {key.removeprefix(_METHOD[1:]): v for key, v in own.items() if key.startswith(_METHOD[1:])}
        beta, n = own.get("beta"), own.get("n")
        if not isinstance(n, int) or not (beta is None or isinstance(beta, float | int)):
            return None
        try:
            key = key_of(find_model(model))
        except GazeError:
            return None
        network = choice_of(ProjectNetwork(model, "", beta, n, method), key)[0]
    other = Other(picture, network, unpruned=own.get("unpruned") is True and network is None)
    return other if other != Other() else None


def _picture(own: Values, names: Mapping[str, str]) -> str | None:
    """The open picture of that name, the one at its place before others."""
    place, name = own.get("place"), own.get("picture")
    keys = [key for key in names if names[key] == name]
    there = list(names)[place : place + 1] if isinstance(place, int) and place >= 0 else []
    return next((key for key in there if key in keys), keys[0] if keys else None)
