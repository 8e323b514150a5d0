"""What is compared with the present selection, and how it is shown, as a value; nothing of Qt."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Literal, get_args

from app.selection import NetworkChoice, Selection
from gazeengine.comparison import RANGES

CompareMode = Literal["beside", "swipe", "blink", "difference"]
COMPARE_MODES: tuple[CompareMode, ...] = get_args(CompareMode)
TITLES: dict[CompareMode, tuple[str, str]] = {
    "beside": ("Side by side", "All of them, zoomed and moved together"),
    "swipe": ("Swipe", "A at the left of a line that you move, B at its right"),
    "blink": ("Blink", "One in the place of the other: Space goes to the next"),
    "difference": ("Difference", "Where B gets more of the attention than A, or less"),
}
"""Each mode, its name in the window, and what it shows."""

LETTERS = "ABCDEF"
MOST_OTHERS = len(LETTERS) - 1
BLINK_S = 0.4, 3.0
"""Between what changes on its own: three flashes a second are said to be harmless (WCAG 2.3.1)."""


@dataclass(frozen=True, slots=True)
class Other:
    """What is beside the present selection: None for what is the selection's own, and follows it.

    unpruned is the present model with nothing pruned, whichever that is.
    """

    picture: str | None = None
    network: NetworkChoice | None = None
    unpruned: bool = False

    @property
    def other_network(self) -> bool:
        return self.unpruned or self.network is not None

    def choice(self, selection: Selection) -> NetworkChoice:
        """Its network beside a selection."""
        return replace(selection.network, n=0) if self.unpruned else self.network or selection.network

    def picture_key(self, selection: Selection) -> str | None:
        return self.picture or selection.picture


@dataclass(frozen=True, slots=True)
class Comparing:
    """others are B, C and so on; against is which of them is held against A where two are shown.

    names are those that a person gave, by what they belong to. range_bits is where the colours of the difference end,
    None to fit it; blink_s the time between pictures that change on their own, None where Space changes them.
    """

    others: tuple[Other, ...]
    mode: CompareMode = "beside"
    against: int = 0
    names: tuple[tuple[Hashable, str], ...] = ()
    range_bits: float | None = None
    blink_s: float | None = None

    @property
    def other(self) -> Other:
        """The one that is held against A."""
        return self.others[min(self.against, len(self.others) - 1)]

    def name_of(self, owner: Hashable) -> str:
        return next((name for key, name in self.names if key == owner), "")

    def named(self, owner: Hashable, name: str) -> Comparing:
        """With a name for owner; an empty one takes it away."""
        others = tuple((key, given) for key, given in self.names if key != owner)
        return replace(self, names=(*others, (owner, name)) if name else others)

    def with_other(self, row: int, other: Other) -> Comparing:
        """With another in that row, or one more where it is behind the last."""
        others = list(self.others)
        others[row : row + 1] = [other]
        return replace(self, others=tuple(others[:MOST_OTHERS]))

    def without(self, row: int) -> Comparing | None:
        """With one less; None where none is left."""
        others = self.others[:row] + self.others[row + 1 :]
        against = self.against - (row < self.against)
        return replace(self, others=others, against=max(0, min(against, len(others) - 1))) if others else None


def owner(other: Other) -> Hashable:
    """To what the name of B and those behind it belongs: a picture, or a network whichever picture it looks at."""
    network = "unpruned" if other.unpruned else other.network
    return other.picture, network


def owner_of_a(comparing: Comparing, selection: Selection) -> Hashable:
    """To what the name of A belongs: its picture, or the present network where only networks differ."""
    pictures = any(other.picture is not None for other in comparing.others)
    return (selection.picture, None) if pictures else "present"


def swapped(comparing: Comparing, selection: Selection) -> Selection:
    """A selection whose own picture and network are those that were held against it, which takes their place."""
    row = min(comparing.against, len(comparing.others) - 1)
    other = comparing.others[row]
    present = Other(
        selection.picture if other.picture is not None else None,
        selection.network if other.other_network else None,
    )
    after = replace(selection, picture=other.picture_key(selection), network=other.choice(selection))
    name_a, name_b = (comparing.name_of(key) for key in (owner_of_a(comparing, selection), owner(other)))
    changed = comparing.with_other(row, present)
    changed = changed.named(owner_of_a(changed, after), name_b).named(owner(present), name_a)
    return replace(after, comparing=changed)


def followed(before: Selection, after: Selection) -> Comparing | None:
    """What is compared after another picture was chosen: one chosen that is beside A changes places with it."""
    comparing = after.comparing
    if comparing is None or before.picture is None or before.picture == after.picture:
        return comparing
    mine = Other(picture=after.picture)
    if mine not in comparing.others:
        return comparing
    return comparing.with_other(comparing.others.index(mine), Other(picture=before.picture))


def best_columns(n: int, width: float, height: float, aspect: float) -> int:
    """Columns of a grid of n pictures of an aspect (width / height) in which they are shown largest."""

    def shown(columns: int) -> float:
        rows = math.ceil(n / columns)
        return min(width / columns, height / rows * aspect)

    return max(range(1, n + 1), key=lambda columns: (round(shown(columns), 6), columns))


def range_words(bits: float | None) -> str:
    """A range of colours, to choose from."""
    if bits is None:
        return "Range: fits"
    return f"±{bits:g} bit{'s' * (bits > 1)}"


RANGE_CHOICES: tuple[float | None, ...] = (None, *RANGES)
