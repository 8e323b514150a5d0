"""Between what the window shows and what a project file holds: values both ways, and what could not be taken over."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from app.comparing import BLINK_S, COMPARE_MODES, MOST_OTHERS, Comparing, Other, owner, owner_of_a
from app.map_style import MODES, MapStyle
from app.pruning_method import PruningMethod
from app.selection import NetworkChoice, Selection
from gazeengine.checkpoint import SUFFIX
from gazeengine.comparison import RANGES
from gazeengine.criteria import CRITERIA
from gazeengine.domain import Look
from gazeengine.errors import GazeError
from gazeengine.pricing import COSTS
from gazeengine.project import ProjectComparison, ProjectNetwork, ProjectSide, Value, Values
from gazeengine.resources import FOLDER
from gazeengine.saliency_map import COLOR_MAPS

T = TypeVar("T", MapStyle, Look, PruningMethod)

_KNOWN: Mapping[str, Callable[[Any], bool]] = {
    "mode": lambda value: value in [mode for mode, _, _ in MODES],
    "color_map": lambda value: value in COLOR_MAPS,
    "opacity": lambda value: 0 <= value <= 1,
    "gamma": lambda value: 0.01 <= value <= 10,
    "low": lambda value: 0 <= value < 100,
    "high": lambda value: 0 < value <= 100,
    "domain": lambda value: value in ("auto", "photographs", "screens"),
    "prior": lambda value: value in ("own", "photographs", "screens", "none"),
    "center_bias": lambda value: 0 <= value <= 1,
    "criterion": lambda value: value in CRITERIA,
    "cost": lambda value: value in COSTS,
}
"""What a field may be, beyond being of its type."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a project file says of the window, as far as this program knows it; notes say what it does not."""

    style: MapStyle
    look: Look
    notes: tuple[str, ...] = ()


def values_of(shown: MapStyle | Look | PruningMethod) -> dict[str, Value]:
    """Its fields, as a project file holds them."""
    return asdict(shown)


def taken(style: Values, look: Values) -> Taken:
    """How maps are shown and made; what is missing or not known is as usual."""
    notes: list[str] = []
    shown = _merged(MapStyle(), style, notes)
    if (low := getattr(shown, "low", 0.0)) >= getattr(shown, "high", 100.0):
        notes.append(f"found black at {low:g} % above white, wanted below")
        shown = replace(MapStyle(), mode=shown.mode, opacity=shown.opacity, color_map=shown.color_map)
    try:
        seen = _merged(Look(), look, notes)
    except GazeError as error:
        notes.append(str(error))
        seen = Look()
    return Taken(shown, seen, tuple(notes))


def network_of(choice: NetworkChoice, checkpoint: str) -> ProjectNetwork | None:
    """A chosen network, whose unpruned one is checkpoint; one that comes with the program by its name."""
    if choice.model is None:
        return None
    path = Path(choice.model)
    folder = FOLDER / "models"
    name = path.relative_to(folder).as_posix().removesuffix(SUFFIX) if path.is_relative_to(folder) else str(path)
    return ProjectNetwork(name, checkpoint, choice.beta, choice.n, values_of(choice.method))


def choice_of(network: ProjectNetwork, model: str) -> tuple[NetworkChoice, tuple[str, ...]]:
    """The choice that a project's network is, of a model by its key; and what of it is not known."""
    notes: list[str] = []
    method = _merged(PruningMethod(), network.method, notes)
    return NetworkChoice(model, network.beta, network.n, method), tuple(notes)


def comparison_of(
    comparing: Comparing, selection: Selection, keys: Sequence[str], ids: Mapping[str, str]
) -> ProjectComparison:
    """What is compared with a selection; keys are those of the pictures in their order, ids of models' networks."""
    sides = []
    for other in comparing.others:
        network = network_of(other.network, ids.get(other.network.model or "", "")) if other.network else None
        picture = keys.index(other.picture) if other.picture in keys else None
        sides.append(ProjectSide(picture, network, other.unpruned, comparing.name_of(owner(other))))
    shown: Values = {
        "mode": comparing.mode,
        "against": comparing.against,
        "range_bits": comparing.range_bits,
        "blink_s": comparing.blink_s,
    }
    return ProjectComparison(tuple(sides), comparing.name_of(owner_of_a(comparing, selection)), shown)


def comparing_of(
    comparison: ProjectComparison, selection: Selection, keys: Mapping[int, str], models: Mapping[str, str]
) -> Comparing | None:
    """The same with a selection: keys are those of pictures by index, models those of models by name or path.

    Sides whose picture or model is not there are left out; None where none is left.
    """
    others, names = [], []
    for side in comparison.sides[:MOST_OTHERS]:
        if side.picture is not None and side.picture not in keys:
            continue
        choice = None
        if side.network is not None:
            if side.network.model not in models:
                continue
            choice, _ = choice_of(side.network, models[side.network.model])
        other = Other(keys[side.picture] if side.picture is not None else None, choice, side.unpruned)
        if other == Other():
            continue
        others.append(other)
        names.append((owner(other), side.name))
    if not others:
        return None
    found, shown = Comparing(tuple(others)), comparison.shown
    mode = next((mode for mode in COMPARE_MODES if mode == shown.get("mode")), found.mode)
    against = shown.get("against")
    found = replace(found, mode=mode, against=against if isinstance(against, int) and 0 <= against < len(others) else 0)
    bits, seconds = shown.get("range_bits"), shown.get("blink_s")
    if isinstance(bits, int | float) and bits in RANGES:
        found = replace(found, range_bits=float(bits))
    if isinstance(seconds, int | float) and BLINK_S[0] <= seconds <= BLINK_S[1]:
        found = replace(found, blink_s=float(seconds))
    for key, name in (*names, (owner_of_a(found, selection), comparison.name)):
        found = found.named(key, name)
    return found


def _merged(usual: T, values: Values, notes: list[str]) -> T:
    """usual with what values have for its fields; what is of another kind than the field is noted."""
    found: dict[str, Any] = {}
    for field in fields(usual):
        if field.name not in values:
            continue
        value, present = values[field.name], getattr(usual, field.name)
        if isinstance(present, float) and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        fits = type(value) is type(present) and not (isinstance(value, float) and not math.isfinite(value))
        if fits and _KNOWN.get(field.name, lambda _: True)(value):
            found[field.name] = value
        else:
            notes.append(f"{field.name.replace('_', ' ')} {value!r} is not known here, as usual instead")
    return replace(usual, **found)
