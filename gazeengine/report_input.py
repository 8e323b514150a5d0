"""What goes into a report, frozen: the window and the commands hand over the same; and the shares of its areas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gazeengine.card_parts import Card, Fact
from gazeengine.legend import Scale
from gazeengine.regions import Area, AreaShare, Attention
from gazeengine.report_parts import Pixels
from gazeengine.saliency_map import SaliencyMap
from gazeengine.viewports import FoldAttention, FoldShare


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A way to see a picture: what it is called, what it shows, how it looks (h, w, 3), and what its colours say.

    It may be smaller than the picture, in the same proportions.
    """

    title: str
    words: str
    rgb: Pixels
    scale: Scale | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ReportPicture:
    """A picture (H, W, 3) with its map and areas. The areas are drawn over the first of the views.

    by says which network made the map, where there is more than one; note, what was changed as it was read.
    """

    name: str
    rgb: Pixels
    saliency_map: SaliencyMap
    views: tuple[View, ...] = ()
    areas: tuple[Area, ...] = ()
    by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """The first two pictures, A and B, are to be compared; difference shows where B gets more and where less.

    overlap is the attention that their maps have in common, in [0, 1]. Both are None for pictures of other proportions.
    """

    difference: View | None = None
    overlap: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """All that a report tells. least are the shares of attention that areas should get, by name.

    cards are those of the networks that looked; making says how maps were made, tested on what
    that was tested beyond the networks themselves.
    """

    title: str
    made: datetime
    pictures: tuple[ReportPicture, ...]
    cards: tuple[Card, ...]
    making: tuple[Fact, ...]
    tested: tuple[str, ...] = ()
    comparison: Comparison | None = None
    least: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    picture: ReportPicture
    shares: tuple[AreaShare, ...]
    groups: tuple[AreaShare, ...]
    within: tuple[FoldShare, ...] = ()  # of long pages

    @staticmethod
    def of(picture: ReportPicture) -> Measured:
        map_, size = picture.saliency_map, (picture.rgb.shape[0], picture.rgb.shape[1])
        attention = Attention(map_.log_density, size)
        within = FoldAttention(map_.log_density, size, map_.folds).of(picture.areas) if map_.folds else ()
        return Measured(picture, attention.of(picture.areas), attention.of_groups(picture.areas), tuple(within))

    @property
    def by_rank(self) -> list[tuple[AreaShare, Area]]:
        return sorted(zip(self.shares, self.picture.areas, strict=True), key=lambda pair: pair[0].rank)
