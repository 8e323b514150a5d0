"""The part of a report that sets one picture or network against another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gazeengine.regions import AreaShare, order_flips
from gazeengine.report_figures import mark_of
from gazeengine.report_input import Measured, Report
from gazeengine.report_parts import Block, Callout, Cell, Figure, Figures, Grid, Heading, Key, Keys, Text
from gazeengine.report_words import percent, points

MOST_KEYS = 4


def comparison(report: Report, measured: Sequence[Measured]) -> Iterator[Block]:
    """A beside B, where they differ, and what changes for each area that is in both."""
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
    elif report.comparison is not None and report.comparison.overlap is not None:
        overlap = percent(report.comparison.overlap)
        yield Text(f"The maps have {overlap} of their attention in common.", lead=True)
    yield Figures((_side(a, "A"), _side(b, "B")), places=2)
    if report.comparison is not None and (view := report.comparison.difference) is not None:
        yield Figures((Figure(view.title, view.words, view.rgb, scale=view.scale),))
    if pairs:
        yield _changes(pairs, a)
    for first, second in order_flips(a.shares, b.shares):
        words = f"“{first}” is ahead of “{second}” in A, and behind it in B."
        yield Callout("The order changes", (words,))
    alone = [s.name for s in a.shares if s.name not in later]
    alone += [s.name for s in b.shares if s.name not in {s.name for s in a.shares}]
    if alone:
        yield Text(f"Not in both, and so not compared: {', '.join(f'“{name}”' for name in alone)}.", small=True)


def _side(found: Measured, letter: str) -> Figure:
    picture = found.picture
    shown = picture.views[0].rgb if picture.views else picture.rgb
    scale = shown.shape[1] / picture.rgb.shape[1]
    marks = tuple(mark_of(area, f"{s.rank}  {s.name}", scale) for s, area in found.by_rank)
    return Figure(letter, picture.by or picture.name, shown, marks)


def _called(found: Measured, one_picture: bool) -> str:
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


def _changes(pairs: Sequence[tuple[AreaShare, AreaShare]], a: Measured) -> Grid:
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
