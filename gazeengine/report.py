"""A report on pictures, composed into the blocks that HTML and PDF show alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from gazeengine.card_parts import Card, Section, Table
from gazeengine.regions import AreaShare
from gazeengine.report_comparison import comparison
from gazeengine.report_figures import is_long, mark_of
from gazeengine.report_input import Measured, Report, ReportPicture, View
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
    Mark,
    Points,
    Text,
)
from gazeengine.report_words import multiple, percent, times

MOST_KEYS = 4
MOST_COLUMNS = 5
UNTESTED = "Not tested on"
"""The section of a card that says so."""
PREDICTION = (
    "These are predictions of a trained network, not measurements of people. They say where people who look freely are "
    "likely to look in the first seconds; not in which order, not what they read, understand, want or click."
)
FOLD = "#5c6470"  # lines where folds begin
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def composed(report: Report) -> Document:
    """The report in the order in which it is read: what was found, picture by picture, how far to trust it, and how."""
    measured = [Measured.of(picture) for picture in report.pictures]
    blocks: list[Block] = []
    if report.comparison is not None:
        blocks += comparison(report, measured)
    for i, found in enumerate(measured):
        blocks += _picture(found, _letter(i, report), report.least, new_page=bool(blocks))
    blocks += _trust(report.cards, report.tested)
    blocks += _how(report)
    for card in report.cards:
        blocks += _model(card)
    about = tuple(fact.text for fact in report.making[:2])
    made = f"{report.made.day} {MONTHS[report.made.month - 1]} {report.made.year}"
    return Document(report.title, "Attention report", made, about, tuple(blocks), f"FisherGaze{_version()} · {made}")


# one picture


def _picture(found: Measured, letter: str, least: Mapping[str, float], *, new_page: bool) -> Iterator[Block]:
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
    views = picture.views or (View("Picture", "As it was looked at.", picture.rgb),)
    if picture.areas:
        scale = views[0].rgb.shape[1] / width
        marks = tuple(mark_of(area, f"{s.rank}  {s.name}  {percent(s.share)}", scale) for s, area in found.by_rank)
        marks += tuple(_folds(picture, scale))
        words = f"Numbered by their share of attention, over the {views[0].title.lower()}."
        yield Figures((Figure("Areas", words, views[0].rgb, marks, views[0].scale),))
        yield _areas(found)
        if found.groups:
            yield _groups(found.groups)
    yield from _views(views, picture)


def _finding(found: Measured) -> str:
    if not found.shares:
        half, most = _concentration(found.picture)
        return f"Half of the attention falls on {percent(half)} of the picture, four fifths on {percent(most)}."
    first, _ = found.by_rank[0]
    return (
        f"“{first.name}” gets the most of {_counted(len(found.shares))}: {percent(first.share)} of attention on "
        f"{percent(first.area_share)} of the picture, {times(first.intensity)} what chance would give it."
    )


def _keys(found: Measured) -> Iterator[Key]:
    if not found.shares:
        half, most = _concentration(found.picture)
        yield Key(percent(half), "of the picture", "holds half of the attention")
        yield Key(percent(most), "of the picture", "holds four fifths of it")
        return
    for share, area in found.by_rank[:MOST_KEYS]:
        yield Key(percent(share.share), share.name, f"{multiple(share.intensity)} × chance", area.colour)


def _areas(found: Measured) -> Grid:
    most = max((share.share for share in found.shares), default=0.0) or 1.0
    pairs = zip(found.shares, found.within, strict=False)
    within = {share: Cell(f"{percent(part.share.share)} of {part.fold.number}") for share, part in pairs}
    rows = tuple(
        (
            Cell(f"{share.rank}  {share.name}", colour=area.colour),
            Cell(percent(share.share), share.share / most),
            *((within[share],) if share in within else ()),
            Cell(percent(share.area_share)),
            Cell(f"{share.intensity:.2f} ×"),
            Cell(str(share.rank)),
        )
        for share, area in found.by_rank
    )
    of_its_fold = ("Of its fold",) if within else ()
    return Grid(("Area", "Attention", *of_its_fold, "Of the picture", "Against chance", "Rank"), rows)


def _folds(picture: ReportPicture, scale: float) -> Iterator[Mark]:
    """Where the folds of a long page begin, and how much attention each gets."""
    across = picture.rgb.shape[1] * scale
    for fold in picture.saliency_map.folds:
        y = fold.top * scale + 1
        yield Mark(((0.0, y), (across, y)), FOLD, f"{fold.name}  {percent(fold.weight)}")


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
    figures = [Figure(view.title, view.words, view.rgb, scale=view.scale) for view in views]
    folds = tuple(_folds(picture, views[0].rgb.shape[1] / picture.rgb.shape[1]))
    figures[0] = replace(figures[0], marks=folds)
    if picture.areas:  # the first is there, under the areas
        figures[0] = Figure("Picture", "As it was looked at.", picture.rgb)
    elif not is_long(picture.rgb):
        yield Figures(tuple(figures[:1]))
        figures[0] = Figure("Picture", "As it was looked at.", picture.rgb)
    else:
        figures.insert(0, Figure("Picture", "As it was looked at.", picture.rgb))
    step = 1 if is_long(picture.rgb) or len(figures) == 1 else 2
    for i in range(0, len(figures), step):
        yield Figures(tuple(figures[i : i + step]), places=step)


def _concentration(picture: ReportPicture) -> tuple[float, float]:
    """The least parts of the picture that hold a half and four fifths of the attention."""
    density = np.sort(np.exp(picture.saliency_map.log_density, dtype=np.float64), axis=None)[::-1]
    held = np.cumsum(density) / density.sum()
    half, most = (float((np.searchsorted(held, share) + 1) / held.size) for share in (0.5, 0.8))
    return half, min(most, 1.0)


# how far to trust it, and how it was made


def _trust(cards: Sequence[Card], tested: Sequence[str]) -> Iterator[Block]:
    yield Heading("How far to trust this", new_page=True)
    estimates = dict.fromkeys(card.estimate for card in cards if card.estimate)
    yield Callout("A prediction", (PREDICTION, *tested, *estimates))
    for card in cards:
        for section in card.sections:
            if section.title == UNTESTED:
                texts = (*section.points, *filter(None, (section.note,)))
                yield Callout(f"The network itself, {card.name}, was not tested on", texts, problem=True)


def _how(report: Report) -> Iterator[Block]:
    yield Heading("How these maps were made", level=2)
    yield Facts(report.making)
    yield Heading("How to read them", level=2)
    yield Points(
        (
            "Attention: the share of all looks at the picture that the model expects within an area.",
            "Against chance: how many times as much that is as looks spread evenly over the picture would give it.",
            "Colours are stretched from picture to picture: compare pictures by shares, not by colours.",
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
        if not section.facts:
            yield Heading(section.title, level=3)
        yield _table(section.table)
    if section.points:
        yield Points(section.points)
    if section.note:
        yield Text(section.note, small=True)


def _table(table: Table) -> Grid:
    """A table of scores, turned where it has more columns than fit on paper: a row for each score."""
    lines = [table.head, *table.rows]
    if len(table.head) > MOST_COLUMNS:
        lines = list(zip(*lines, strict=True))
    return Grid(tuple(lines[0]), tuple(tuple(Cell(cell) for cell in line) for line in lines[1:]))


# words


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
