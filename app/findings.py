"""What a comparison finds, computed beside the window: the difference, how alike maps are, and what areas change."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.difference_colours import PaintedDifference
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

    areas are those of each side, with those of A where it has none itself (lent), and shares what they get. changes
    are from A to each of the others, of areas and then of groups; flips are pairs of areas of which the first is before
    the second in A alone.
    """

    question: Question
    difference: Difference | None
    painted: PaintedDifference | None
    agreement: Agreement | None
    reason: str | None
    areas: tuple[tuple[Area, ...], ...] = ()
    shares: tuple[tuple[AreaShare, ...], ...] = ()
    changes: tuple[tuple[AreaChange, ...], ...] = ()
    lent: bool = False
    flips: tuple[tuple[str, str], ...] = ()
    problem: str = ""


def found(question: Question) -> Generator[Findings, None, None]:
    """In a thread of its own."""
    i = question.against + 1
    maps, sizes = (question.maps[0], question.maps[i]), (question.sizes[0], question.sizes[i])
    reason = why_not_comparable(*sizes)
    if reason is None:
        grids = common_grid(*maps, sizes)
        differing = difference(*grids)
        painted = PaintedDifference.of(differing, question.range_bits)
        findings = Findings(question, differing, painted, agreement(*grids), None)
    else:
        findings = Findings(question, None, None, None, reason)
    if any(question.areas):
        try:
            findings = _with_areas(findings)
        except GazeError as error:  # an area outside a picture that was replaced: said beside the table
            findings = replace(findings, problem=str(error))
    yield findings


def _with_areas(findings: Findings) -> Findings:
    question, lent = findings.question, False
    drawn, shares, groups = list[tuple[Area, ...]](), list[tuple[AreaShare, ...]](), list[tuple[AreaShare, ...]]()
    for log_density, size, areas in zip(question.maps, question.sizes, question.areas, strict=True):
        mine = areas
        if not areas and why_not_comparable(question.sizes[0], size) is None:
            mine = at_same_place(question.areas[0], question.sizes[0], size)
            lent = lent or bool(mine)
        attention = Attention(log_density, size)
        drawn.append(mine)
        shares.append(attention.of(mine))
        groups.append(attention.of_groups(mine))
    changes = tuple(
        (*area_changes(shares[0], after), *area_changes(groups[0], together, groups=True))
        for after, together in zip(shares[1:], groups[1:], strict=True)
    )
    flips = tuple(order_flips(shares[0], shares[question.against + 1]))
    return replace(findings, areas=tuple(drawn), shares=tuple(shares), changes=changes, lent=lent, flips=flips)
