"""What a report consists of once it is composed: blocks that HTML and PDF show alike. Plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gazeengine.card_parts import Fact
from gazeengine.legend import Scale

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Heading:
    """level 1 begins a picture or a chapter, on a page of its own where new_page; level 2 is within it."""

    text: str
    level: int = 1
    more: str = ""
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph: the summary where lead, an explanation where small."""

    text: str
    lead: bool = False
    small: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """A number to remember, what it is of, and what to make of it."""

    value: str
    label: str
    more: str = ""
    colour: str | None = None


@dataclass(frozen=True, slots=True)
class Keys:
    """At most four side by side."""

    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """An outline over a picture in its pixels, closed, and the label that says which area it is."""

    points: tuple[tuple[float, float], ...]
    colour: str
    label: str


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A picture (H, W, 3) with a title, what it shows, marks drawn over it, and what its colours say."""

    title: str
    words: str
    rgb: Pixels
    marks: tuple[Mark, ...] = ()
    scale: Scale | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures side by side; places is for how many there is room, of which some at the end may stay empty."""

    figures: tuple[Figure, ...]
    places: int = 1


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: bar is a part of the column's width in [0, 1], from the middle to either side where it is signed."""

    text: str
    bar: float | None = None
    colour: str | None = None
    problem: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. The first column is words, the others are numbers; signed: bars begin in the middle."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    signed: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Lines with a label."""

    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Points:
    """A list."""

    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Callout:
    """What must not be overlooked; problem where something is missed or untested."""

    title: str
    texts: tuple[str, ...]
    problem: bool = False


Block = Heading | Text | Keys | Figures | Grid | Facts | Points | Callout


@dataclass(frozen=True, slots=True)
class Document:
    """A report to be written: what stands at its top, its blocks, and what at its foot."""

    title: str
    kind: str
    made: str
    about: tuple[str, ...]
    blocks: tuple[Block, ...]
    foot: str
