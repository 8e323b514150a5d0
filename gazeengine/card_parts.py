"""What a model's card consists of, and the card as Markdown. Plain data: what it says is in card.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the card; url leads to where it is from."""

    label: str
    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as they are written; the first column is words, the others are numbers."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the card: facts, a table, points of a list, and a note below; each may be missing."""

    title: str
    facts: tuple[Fact, ...] = ()
    table: Table | None = None
    points: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """What to know of a model before one trusts it.

    trained says which part of it was trained; estimate what is pruned without training and so without measured
    scores, empty where nothing is.
    """

    name: str
    summary: str
    trained: str
    estimate: str
    sections: tuple[Section, ...]


def markdown(card: Card) -> str:
    """The card as Markdown, as it is printed and copied."""
    parts = [f"# {_escaped(card.name)}", card.summary, f"**Trained:** {card.trained}"]
    if card.estimate:
        parts.append(f"**Estimate:** {card.estimate}")
    for section in card.sections:
        parts.append(f"## {section.title}")
        if section.facts:
            parts.append("\n".join(f"- **{fact.label}:** {_linked(fact)}" for fact in section.facts))
        if section.table is not None:
            parts.append("\n".join(_rows(section.table)))
        if section.points:
            parts.append("\n".join(f"- {point}" for point in section.points))
        if section.note:
            parts.append(section.note)
    return "\n\n".join(parts) + "\n"


def _rows(table: Table) -> Iterator[str]:
    rule = ("---", *["---:"] * (len(table.head) - 1))
    for row in (table.head, rule, *table.rows):
        yield "| " + " | ".join(_escaped(cell) for cell in row) + " |"


def _linked(fact: Fact) -> str:
    return f"{fact.text} (<{fact.url}>)" if fact.url else fact.text


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
