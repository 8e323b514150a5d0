"""Between what the window shows and what a project file holds: values both ways, and what could not be taken over."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from app.map_style import MODES, MapStyle
from app.pruning_method import PruningMethod
from app.selection import NetworkChoice
from gazeengine.checkpoint import SUFFIX
from gazeengine.criteria import CRITERIA
from gazeengine.domain import Look
from gazeengine.errors import GazeError
from gazeengine.pricing import COSTS
from gazeengine.project import ProjectNetwork, Value, Values
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
