"""What a comparison finds, computed beside the window: the difference, how alike maps are, and what areas change."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gazeengine.comparison import (
    Agreement,
    AreaChange,
    Difference,
    agreement,
    area_changes,
    at_same_place,
    common_grid,
    difference,
    why_not_comparable,
)
from gazeengine.difference_image import DrawnDifference, drawn
from gazeengine.errors import GazeError
from gazeengine.regions import Area, AreaShare, Attention, order_flips

Floats = NDArray[np.float32]
Size = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Maps (h, w) of pictures of sizes (height, width), with their areas, A before B and so on.

    The one that is against is held against A, with colours that end at range_bits, or fit where that is None.
    """

    maps: tuple[Floats, ...]
    sizes: tuple[Size, ...]
    areas: tuple[tuple[Area, ...], ...]
    against: int
    range_bits: float | None

    def like(self, other: Question | None) -> bool:
        """Whether both have the same answer."""
        return (
            other is not None
            and len(self.maps) == len(other.maps)
            and all(a is b for a, b in zip(self.maps, other.maps, strict=True))
            and (self.areas, self.against, self.range_bits) == (other.areas, other.against, other.range_bits)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """The answer to a question. reason says why there is no difference of the maps, if there is none.

    changes are those of areas from A to each of the others, then of groups. lent says that areas of A stand in for
    another's, which has none; flips are pairs of areas of which the first is before the second in A alone.
    """

    question: Question
    difference: Difference | None
    drawn: DrawnDifference | None
    agreement: Agreement | None
    reason: str | None
    changes: tuple[tuple[AreaChange, ...], ...] = ()
    lent: bool = False
    flips: tuple[tuple[str, str], ...] = ()
    problem: str = ""


def found(question: Question) -> Generator[Findings, None, None]:
    """In a thread of its own: the maps first, then the areas."""
    i = question.against + 1
    maps, sizes = (question.maps[0], question.maps[i]), (question.sizes[0], question.sizes[i])
    reason = why_not_comparable(*sizes)
    if reason is None:
        grids = common_grid(*maps, sizes)
        differing = difference(*grids)
        findings = Findings(question, differing, drawn(differing, question.range_bits), agreement(*grids), None)
    else:
        findings = Findings(question, None, None, None, reason)
    if not any(question.areas):
        yield findings
        return
    try:
        changes, lent, flips = _areas(question)
    except GazeError as error:  # an area outside a picture that was replaced: said beside the table
        yield Findings(question, findings.difference, findings.drawn, findings.agreement, reason, problem=str(error))
        return
    yield Findings(
        question, findings.difference, findings.drawn, findings.agreement, reason, changes, lent, tuple(flips)
    )


def _areas(question: Question) -> tuple[tuple[tuple[AreaChange, ...], ...], bool, list[tuple[str, str]]]:
    lent, shares, groups = False, list[tuple[AreaShare, ...]](), list[tuple[AreaShare, ...]]()
    for log_density, size, areas in zip(question.maps, question.sizes, question.areas, strict=True):
        mine = areas
        if not areas and why_not_comparable(question.sizes[0], size) is None:
            mine = at_same_place(question.areas[0], question.sizes[0], size)
            lent = lent or bool(mine)
        attention = Attention(log_density, size)
        shares.append(attention.of(mine))
        groups.append(attention.of_groups(mine))
    changes = tuple(
        (*area_changes(shares[0], after), *area_changes(groups[0], together, groups=True))
        for after, together in zip(shares[1:], groups[1:], strict=True)
    )
    return changes, lent, order_flips(shares[0], shares[question.against + 1])
