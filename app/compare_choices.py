"""What can be compared with the present selection, and how the controls list it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.beta_scale import beta_words
from app.compare_controls import Offer, Row
from app.compare_sides import Side
from app.comparing import Comparing, Other
from app.explorer import Explorer
from app.library import ModelEntry
from app.model_names import told_apart
from app.picture_rows import PictureEntry
from app.selection import NetworkChoice
from app.tradeoff import Pin


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to compare with; pictures come before networks."""

    other: Other
    title: str
    hint: str = ""

    @property
    def is_network(self) -> bool:
        return self.other.other_network


def choices(
    explorer: Explorer, pictures: Sequence[PictureEntry], models: Sequence[ModelEntry], pins: Sequence[Pin]
) -> tuple[Choice, ...]:
    """All that the present selection can be compared with."""
    selection = explorer.selection
    found = [Choice(Other(picture=p.key), p.name, p.detail) for p in pictures if p.key != selection.picture]
    present = selection.network
    model = explorer.models.get(present.model or "")
    if model is None:
        return tuple(found)
    name = model.family.name
    if present.n > model.family.origin.n:
        found.append(Choice(Other(unpruned=True), f"{name}, unpruned", "Nothing pruned, whatever is now"))
    found += [
        Choice(Other(network=pin.choice), f"Pinned {pin.letter}: {pin.words}", "As it was pinned")
        for pin in pins
        if pin.choice != present and pin.choice.model in explorer.models
    ]
    for snapshot in model.family_for(present).snapshots:
        choice = NetworkChoice(present.model, snapshot.beta, snapshot.n, present.method)
        if choice != present:
            words = f"{snapshot.n:,} pruned at {beta_words(snapshot.beta)}, {snapshot.made}"
            found.append(Choice(Other(network=choice), words, snapshot.name))
    names = told_apart(models)
    for entry in models:
        if entry.key != present.model:
            choice = NetworkChoice(entry.key, present.beta, 0)
            found.append(Choice(Other(network=choice), f"{names[entry.key]}, unpruned", str(entry.path)))
    return tuple(found)


def rows_of(
    sides: Sequence[Side], comparing: Comparing | None, found: Sequence[Choice], pictures: Sequence[PictureEntry]
) -> list[Row]:
    """The rows of the controls: A's and those of the others; without a comparison one that begins it."""
    if sides[0].key is None:
        return []
    offers = _offers(found)
    usual = [side.usual_name for side in sides]
    given = [side.name if side.name != side.usual_name else "" for side in sides]
    own = tuple(Offer(entry.key, entry.name, entry.detail) for entry in pictures)
    rows = [Row("A", own, sides[0].key, usual[0], given[0])]
    for i, other in enumerate(comparing.others if comparing is not None else (), 1):
        rows.append(Row(sides[i].letter, offers, other, usual[i], given[i], usual[i]))
    if comparing is None and offers:
        rows.append(Row("B", offers, None, "", ""))
    return rows


def _offers(found: Sequence[Choice]) -> tuple[Offer, ...]:
    """Pictures, a line, networks."""
    pictures = [Offer(c.other, c.title, c.hint) for c in found if not c.is_network]
    networks = [Offer(c.other, c.title, c.hint) for c in found if c.is_network]
    line = [Offer(None, "")] if pictures and networks else []
    return *pictures, *line, *networks
