"""A report on pictures: what goes into it, and its composition into blocks that HTML and PDF show alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from gazeengine.card_parts import Card, Fact, Section
from gazeengine.regions import Area, AreaShare, Attention, order_flips
from gazeengine.report_figures import is_long, mark_of
from gazeengine.report_parts import (
    Block,
    Callout,
    Cell,
    Document,
    Facts,
    Figure,
    Figures,
    Grid,
    Heading,
    Key,
    Keys,
    Pixels,
    Points,
    Text,
)
from gazeengine.saliency_map import SaliencyMap

MOST_KEYS = 4
UNTESTED = "Not tested on"
"""The section of a card that says so."""
MONTHS = "January February March April May June July August September October November December".split()


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A way to see a picture: what it is called, what it shows, and how it looks (H, W, 3)."""

    title: str
    words: str
    rgb: Pixels


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
    """The first two pictures, A and B, are to be compared; difference shows where B gets more and where less."""

    difference: View | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """All that a report tells. least are the shares of attention that areas should get, by name.

    making says how the maps were made, reading how their views are to be read.
    """

    title: str
    made: datetime
    pictures: tuple[ReportPicture, ...]
    card: Card
    making: tuple[Fact, ...]
    reading: tuple[str, ...] = ()
    comparison: Comparison | None = None
    least: Mapping[str, float] = field(default_factory=dict)


def composed(report: Report) -> Document:
    """The report in the order in which it is read: what was found, picture by picture, how far to trust it, and how."""
    measured = [_Measured.of(picture) for picture in report.pictures]
    blocks: list[Block] = []
    if report.comparison is not None:
        blocks += _comparison(report, measured)
    for i, found in enumerate(measured):
        blocks += _picture(found, _letter(i, report), report.least, new_page=bool(blocks))
    blocks += _trust(report.card)
    blocks += _how(report)
    blocks += _model(report.card)
    about = tuple(fact.text for fact in report.making[:2])
    made = f"{report.made.day} {MONTHS[report.made.month - 1]} {report.made.year}"
    return Document(report.title, "Attention report", made, about, tuple(blocks), f"FisherGaze{_version()} · {made}")


def percent(share: float) -> str:
    """A share in percent: two digits below ten, whole above."""
    value = 100 * share
    digits = 0 if value >= 99.95 or value == 0 else 1 if value >= 0.95 else 2
    return f"{value:.{digits}f}\N{NO-BREAK SPACE}%"


def points(change: float) -> str:
    """A change of a share in percentage points, with its sign."""
    value = 100 * change
    if abs(value) < 0.05:
        return "±0.0"
    return f"{'+' if value > 0 else '−'}{abs(value):.1f}"


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    picture: ReportPicture
    shares: tuple[AreaShare, ...]
    groups: tuple[AreaShare, ...]

    @staticmethod
    def of(picture: ReportPicture) -> _Measured:
        attention = Attention(picture.saliency_map.log_density, (picture.rgb.shape[0], picture.rgb.shape[1]))
        return _Measured(picture, attention.of(picture.areas), attention.of_groups(picture.areas))

    @property
    def by_rank(self) -> list[tuple[AreaShare, Area]]:
        return sorted(zip(self.shares, self.picture.areas, strict=True), key=lambda pair: pair[0].rank)


# one picture


def _picture(found: _Measured, letter: str, least: Mapping[str, float], *, new_page: bool) -> Iterator[Block]:
    picture = found.picture
    height, width = picture.rgb.shape[:2]
    more = " · ".join(filter(None, (f"{width} × {height} pixels", picture.by, picture.note)))
    yield Heading(f"{letter}{picture.name}", more=more, new_page=new_page)
    yield Text(_finding(found), lead=True)
    yield Keys(tuple(_keys(found)))
    missed = [s for s in found.shares if s.share < least.get(s.name, 0.0)]
    if missed:
        wanted = (f"“{s.name}” gets {percent(s.share)}, wanted at least {percent(least[s.name])}." for s in missed)
        yield Callout("Less attention than it should get", tuple(wanted), problem=True)
    views = picture.views or (View("Picture", "As it was looked at", picture.rgb),)
    if picture.areas:
        marks = tuple(mark_of(area, f"{s.rank}  {s.name}  {percent(s.share)}") for s, area in found.by_rank)
        words = "Numbered by their share of attention, the greatest first."
        yield Figures((Figure("Areas", words, views[0].rgb, marks),))
        yield _areas(found)
        if found.groups:
            yield _groups(found.groups)
    yield from _views(views, picture)


def _finding(found: _Measured) -> str:
    if not found.shares:
        half, most = _concentration(found.picture)
        return f"Half of the attention falls on {percent(half)} of the picture, four fifths on {percent(most)}."
    first, _ = found.by_rank[0]
    return (
        f"“{first.name}” gets the most of {_counted(len(found.shares))}: {percent(first.share)} of attention on "
        f"{percent(first.area_share)} of the picture, {times(first.intensity)} what chance would give it."
    )


def _keys(found: _Measured) -> Iterator[Key]:
    if not found.shares:
        half, most = _concentration(found.picture)
        yield Key(percent(half), "of the picture", "holds half of the attention")
        yield Key(percent(most), "of the picture", "holds four fifths of it")
        return
    for share, area in found.by_rank[:MOST_KEYS]:
        yield Key(percent(share.share), share.name, f"{share.intensity:.1f} × chance", area.colour)


def _areas(found: _Measured) -> Grid:
    most = max((share.share for share in found.shares), default=0.0) or 1.0
    rows = tuple(
        (
            Cell(f"{share.rank}  {share.name}", colour=area.colour),
            Cell(percent(share.share), share.share / most),
            Cell(percent(share.area_share)),
            Cell(f"{share.intensity:.2f} ×"),
            Cell(str(share.rank)),
        )
        for share, area in found.by_rank
    )
    return Grid(("Area", "Attention", "Of the picture", "Against chance", "Rank"), rows)


def _groups(groups: Sequence[AreaShare]) -> Grid:
    most = max(group.share for group in groups) or 1.0
    rows = tuple(
        (
            Cell(group.name),
            Cell(percent(group.share), group.share / most),
            Cell(percent(group.area_share)),
            Cell(f"{group.intensity:.2f} ×"),
            Cell(str(group.rank)),
        )
        for group in sorted(groups, key=lambda group: group.rank)
    )
    return Grid(("Group", "Attention", "Of the picture", "Against chance", "Rank"), rows)


def _views(views: Sequence[View], picture: ReportPicture) -> Iterator[Figures]:
    """Side by side in twos; a long page has the whole width."""
    figures = [Figure(view.title, view.words, view.rgb) for view in views]
    if all(view.rgb is not picture.rgb for view in views):
        figures.insert(0, Figure("Picture", "As it was looked at.", picture.rgb))
    step = 1 if is_long(picture.rgb) or len(figures) == 1 else 2
    for i in range(0, len(figures), step):
        yield Figures(tuple(figures[i : i + step]))


def _concentration(picture: ReportPicture) -> tuple[float, float]:
    """The least parts of the picture that hold a half and four fifths of the attention."""
    density = np.sort(np.exp(picture.saliency_map.log_density, dtype=np.float64), axis=None)[::-1]
    held = np.cumsum(density) / density.sum()
    half, most = (float((np.searchsorted(held, share) + 1) / held.size) for share in (0.5, 0.8))
    return half, min(most, 1.0)


# two


def _comparison(report: Report, measured: Sequence[_Measured]) -> Iterator[Block]:
    a, b = measured[0], measured[1]
    one_picture = bool(a.picture.by) and a.picture.name == b.picture.name
    yield Heading("A against B", more=f"A is {_called(a, one_picture)}, B is {_called(b, one_picture)}")
    later = {share.name: share for share in b.shares}
    pairs = [(share, later[share.name]) for share in a.shares if share.name in later]
    changes = sorted(pairs, key=lambda pair: -abs(pair[1].share - pair[0].share))
    if changes:
        yield Text(_change_in_words(*changes[0]), lead=True)
        colours = {area.name: area.colour for area in a.picture.areas}
        yield Keys(
            tuple(
                Key(points(y.share - x.share), x.name, f"{percent(x.share)} → {percent(y.share)}", colours[x.name])
                for x, y in changes[:MOST_KEYS]
            )
        )
    yield Figures((_side(a, "A"), _side(b, "B")))
    if report.comparison is not None and (view := report.comparison.difference) is not None:
        yield Figures((Figure(view.title, view.words, view.rgb),))
    if pairs:
        yield _changes(pairs, a)
    for first, second in order_flips(a.shares, b.shares):
        words = f"“{first}” is ahead of “{second}” in A, and behind it in B."
        yield Callout("The order changes", (words,))
    alone = [s.name for s in a.shares if s.name not in later]
    alone += [s.name for s in b.shares if s.name not in {s.name for s in a.shares}]
    if alone:
        yield Text(f"Not in both, and so not compared: {', '.join(f'“{name}”' for name in alone)}.", small=True)


def _side(found: _Measured, letter: str) -> Figure:
    picture = found.picture
    shown = picture.views[0].rgb if picture.views else picture.rgb
    marks = tuple(mark_of(area, f"{s.rank}  {s.name}") for s, area in found.by_rank)
    return Figure(letter, picture.by or picture.name, shown, marks)


def _called(found: _Measured, one_picture: bool) -> str:
    return found.picture.by if one_picture else found.picture.name


def _change_in_words(before: AreaShare, after: AreaShare) -> str:
    change = after.share - before.share
    if abs(change) < 0.0005:
        return "No area changes by as much as a twentieth of a percent."
    verb = "gains" if change > 0 else "loses"
    return (
        f"“{before.name}” {verb} the most from A to B: from {percent(before.share)} of attention to "
        f"{percent(after.share)}, {points(change)} percentage points."
    )


def _changes(pairs: Sequence[tuple[AreaShare, AreaShare]], a: _Measured) -> Grid:
    most = max(abs(after.share - before.share) for before, after in pairs) or 1.0
    colours = {area.name: area.colour for area in a.picture.areas}
    rows = tuple(
        (
            Cell(before.name, colour=colours[before.name]),
            Cell(percent(before.share)),
            Cell(percent(after.share)),
            Cell(points(after.share - before.share), (after.share - before.share) / most),
            Cell(f"{before.rank} → {after.rank}", problem=before.rank != after.rank),
        )
        for before, after in sorted(pairs, key=lambda pair: pair[0].rank)
    )
    return Grid(("Area", "A", "B", "Change in points", "Rank"), rows, signed=True)


# how far to trust it, and how it was made


def _trust(card: Card) -> Iterator[Block]:
    yield Heading("How far to trust this", new_page=True)
    texts = [
        "These are predictions of a trained network, not measurements of people. They say where people who look freely "
        "are likely to look in the first seconds; not in which order, not what they read, understand, want or click.",
    ]
    if card.estimate:
        texts.append(card.estimate)
    yield Callout("A prediction", tuple(texts))
    for section in card.sections:
        if section.title == UNTESTED:
            yield Callout("The model was not tested on", (*section.points, *filter(None, (section.note,))), problem=True)


def _how(report: Report) -> Iterator[Block]:
    yield Heading("How these maps were made", level=2)
    yield Facts(report.making)
    yield Heading("How to read them", level=2)
    yield Points(
        (
            "Attention: the share of all looks at the picture that the model expects within an area.",
            "Against chance: how many times as much that is as looks spread evenly over the picture would give the area.",
            "Colours are stretched from picture to picture: compare pictures by shares, not by colours.",
            *report.reading,
        )
    )


def _model(card: Card) -> Iterator[Block]:
    yield Heading(f"About the model: {card.name}", level=2)
    yield Text(card.summary)
    yield Text(f"Trained: {card.trained}")
    for section in card.sections:
        if section.title != UNTESTED:
            yield from _section(section)


def _section(section: Section) -> Iterator[Block]:
    if section.facts:
        yield Heading(section.title, level=3)
        yield Facts(section.facts)
    if section.table is not None:
        rows = tuple(tuple(Cell(cell) for cell in row) for row in section.table.rows)
        yield Heading(section.title, level=3) if not section.facts else Text("")
        yield Grid(section.table.head, rows)
    if section.points:
        yield Points(section.points)
    if section.note:
        yield Text(section.note, small=True)


# words


def times(factor: float) -> str:
    """“3.2 times”, for a sentence."""
    return f"{factor:.1f} times"


def _counted(n: int) -> str:
    return "one area" if n == 1 else f"{n} areas"


def _letter(i: int, report: Report) -> str:
    """A and B before the names of what is compared."""
    return f"{'AB'[i]} · " if report.comparison is not None and i < 2 else ""


def _version() -> str:
    try:
        return f" {version('fishergaze')}"
    except PackageNotFoundError:  # run from a folder that was not installed
        return ""
