"""What areas get: of the map that is shown, and of the unpruned network's beside it. Nothing of Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gazeengine.regions import Area, AreaShare, Attention, order_flips
from gazeengine.saliency_map import SaliencyMap
from gazeengine.viewports import FoldAttention

Floats = NDArray[np.float32]
_FRACTIONS = ("", "all", "half", "a third", "a quarter", "a fifth", "a sixth", "a seventh", "an eighth", "a ninth")
_MOST_FLIPS = 3  # that are named


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One line of the table: an area or, where area is None, a group together. None where it is not known.

    share is of all attention, unpruned that by the unpruned network; rank counts areas among areas. in_fold is the
    number of a long page's fold and the share of the attention to that.
    """

    name: str
    group: str
    area: Area | None
    share: float | None = None
    unpruned: float | None = None
    area_share: float | None = None
    intensity: float | None = None
    rank: int | None = None
    in_fold: tuple[int, float] | None = None


@dataclass(frozen=True, slots=True)
class AreaTable:
    """All lines, areas in their order, and what is to be said about them.

    state says of what the shares are and stale that it is another setting than the present; along how they changed
    with pruning, flips which order did. compared: there is an unpruned network beside the present one; folded: the
    picture is a page that is read in folds.
    """

    areas: tuple[AreaRow, ...] = ()
    groups: tuple[AreaRow, ...] = ()
    stale: bool = False
    state: str = ""
    compared: bool = False
    folded: bool = False
    along: str = ""
    flips: str = ""


class AreaShares:
    """Shares of areas by a map and another one beside it, each kept for as long as nothing of it changes."""

    def __init__(self) -> None:
        self._maps: dict[str, tuple[Floats, Attention] | None] = {"present": None, "unpruned": None}
        self._folds: FoldAttention | None = None

    @property
    def folded(self) -> bool:
        """Whether the present map is of a page that is read in folds."""
        return self._folds is not None

    def show_map(
        self, map_: SaliencyMap | None, size: tuple[int, int], which: Literal["present", "unpruned"] = "present"
    ) -> None:
        """Measure by this map of a picture of size (height, width)."""
        log_density = map_.log_density if map_ is not None else None
        known = self._maps[which]
        if log_density is None:
            self._maps[which] = None
        elif known is None or known[0] is not log_density or known[1].size != size:
            self._maps[which] = log_density, Attention(log_density, size)
        if which == "present" and (map_ is None or known is None or known[0] is not log_density):
            self._folds = FoldAttention(map_.log_density, size, map_.folds) if map_ is not None and map_.folds else None

    def measured(self, areas: Sequence[Area]) -> tuple[tuple[AreaRow, ...], tuple[AreaRow, ...]]:
        """Lines of areas and of groups. Raises RegionError for an area beside the picture."""
        present, unpruned = self._maps["present"], self._maps["unpruned"]
        names = tuple(dict.fromkeys(area.group for area in areas if area.group))
        if present is None:
            return (
                tuple(AreaRow(area.name, area.group, area) for area in areas),
                tuple(AreaRow(name, name, None) for name in names),
            )
        shares, groups = present[1].of(areas), present[1].of_groups(areas)
        within = self._folds.of(areas) if self._folds is not None else ()
        before: Sequence[AreaShare] = unpruned[1].of(areas) if unpruned is not None else ()
        before_groups: Sequence[AreaShare] = unpruned[1].of_groups(areas) if unpruned is not None else ()
        return (
            tuple(
                replace(
                    _row(share, area, _nth(before, i)),
                    in_fold=(within[i].fold.number, within[i].share.share) if within else None,
                )
                for i, (share, area) in enumerate(zip(shares, areas, strict=True))
            ),
            tuple(_row(share, None, _nth(before_groups, i)) for i, share in enumerate(groups)),
        )

    def flips(self, areas: Sequence[Area]) -> list[tuple[str, str]]:
        """Pairs of areas whose order is another than with the unpruned network, its stronger one first."""
        present, unpruned = self._maps["present"], self._maps["unpruned"]
        if present is None or unpruned is None:
            return []
        return order_flips(unpruned[1].of(areas), present[1].of(areas))


def along_words(row: AreaRow, share_of_flops: float) -> str:
    """ "Buy: 6.1 % → 5.8 % at a tenth of the FLOPs"; empty where one of them is not known."""
    if row.share is None or row.unpruned is None:
        return ""
    return f"{row.name}: {percent(row.unpruned)} → {percent(row.share)} at {flops_words(share_of_flops)} of the FLOPs"


def flips_words(flips: Sequence[tuple[str, str]]) -> str:
    """Which areas changed places; empty where none did."""
    if not flips:
        return ""
    named = "; ".join(f"“{one}” before “{other}”" for one, other in flips[:_MOST_FLIPS])
    more = f"; and {len(flips) - _MOST_FLIPS} more" if len(flips) > _MOST_FLIPS else ""
    return f"⚠ The order flips. Unpruned: {named}{more}; now it is the other way round."


def flops_words(share: float) -> str:
    """A share in words where that is near enough: "a tenth"."""
    n = round(1 / share) if share > 0 else 0
    if 1 <= n <= 10 and abs(share * n - 1) < 0.06:
        return "a tenth" if n == 10 else _FRACTIONS[n]
    return percent(share)


def percent(share: float) -> str:
    """ "6.1 %", with another digit below one percent."""
    return f"{100 * share:.2f} %" if 0 < share < 0.00995 else f"{100 * share:.1f} %"


def largest_change(rows: Sequence[AreaRow]) -> AreaRow | None:
    """The area that pruning changed most."""
    known = [row for row in rows if row.share is not None and row.unpruned is not None]
    return max(known, key=lambda row: abs((row.share or 0) - (row.unpruned or 0)), default=None)


def to_tsv(rows: Sequence[AreaRow], *, compared: bool) -> str:
    """Lines for a spreadsheet: numbers without units, percentages in percent."""
    heading = ["Area", "Group", "Attention %", *(["Unpruned %"] * compared), "Area %", "× chance", "Rank"]
    lines = ["\t".join(heading)]
    for row in rows:
        unpruned = [_number(row.unpruned, 100)] if compared else []
        cells = [row.name, row.group, _number(row.share, 100), *unpruned]
        cells += [_number(row.area_share, 100), _number(row.intensity), "" if row.rank is None else str(row.rank)]
        lines.append("\t".join(" ".join(cell.split()) for cell in cells))
    return "\n".join(lines) + "\n"


def _row(share: AreaShare, area: Area | None, before: AreaShare | None) -> AreaRow:
    unpruned = before.share if before is not None else None
    return AreaRow(share.name, share.group, area, share.share, unpruned, share.area_share, share.intensity, share.rank)


def _nth(shares: Sequence[AreaShare], i: int) -> AreaShare | None:
    return shares[i] if i < len(shares) else None


def _number(value: float | None, times: float = 1) -> str:
    return "" if value is None else f"{times * value:.3f}"
