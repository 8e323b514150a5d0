"""Tables of a report on the pages of its PDF."""

from __future__ import annotations

from collections.abc import Sequence

from gazeengine.report_pages import COLUMN, MARGIN, POINT, Pages
from gazeengine.report_parts import Cell, Grid
from gazeengine.report_style import ACCENT, INK, LESS, LINE, MORE, MUTED, SOFT

NARROW = 5  # columns, beside which a bar is wide


def draw_grid(pages: Pages, grid: Grid) -> None:
    """The table, its head again on every page that it goes on to."""
    size = 9.5
    widths = _column_widths(pages, grid, size)
    pages.need(14 + 7 * min(len(grid.rows), 4))
    pages.ln(5)
    _head(pages, grid, widths)
    for row in grid.rows:
        height = 3.2 + size * 1.3 * POINT
        if pages.get_y() + height > pages.lowest:
            pages.add_page()
            _head(pages, grid, widths)
        _row(pages, row, widths, size, height, signed=grid.signed)
    pages.ln(1)


def _column_widths(pages: Pages, grid: Grid, size: float) -> list[float]:
    """As wide as the longest number; the first column, and the one with bars, share what is left."""
    barred = {i for row in grid.rows for i, cell in enumerate(row) if cell.bar is not None}
    gap, widths = 6.0, []
    for i, head in enumerate(grid.head):
        pages.write_in(size, INK, bold=True)
        longest = max((pages.get_string_width(row[i].text) for row in grid.rows), default=0.0)
        pages.write_in(7.5, MUTED, bold=True)
        widths.append(max(longest, pages.get_string_width(head) * (i not in barred)) + gap * (i > 0))
    rest = COLUMN - sum(widths)
    wanted = min(46.0 if len(grid.head) <= NARROW else 24.0, max(rest, 0)) / max(len(barred), 1)
    for i in barred:
        widths[i] += wanted
    widths[0] += COLUMN - sum(widths)
    return widths


def _head(pages: Pages, grid: Grid, widths: Sequence[float]) -> None:
    pages.write_in(7.5, MUTED, bold=True)
    for i, (text, width) in enumerate(zip(grid.head, widths, strict=True)):
        pages.cell(width, 6, text, align="L" if i == 0 else "R")
    pages.ln(6)
    pages.draw_rule(INK, 0.25)


def _row(
    pages: Pages, row: Sequence[Cell], widths: Sequence[float], size: float, height: float, *, signed: bool
) -> None:
    top, x = pages.get_y(), MARGIN
    for i, (cell, width) in enumerate(zip(row, widths, strict=True)):
        pages.write_in(size, INK, bold=cell.problem)
        left = x
        if cell.colour:
            pages.set_fill_color(cell.colour)
            pages.rect(x, top + height / 2 - 1.3, 2.6, 2.6, style="F")
            left += 4.6
        pages.set_xy(left, top)
        shown = pages.fitting(cell.text, width - (left - x) - 1) if i == 0 else cell.text
        pages.cell(width - (left - x), height, shown, align="L" if i == 0 else "R")
        if cell.bar is not None:
            free = width - 6 - max(18.0, pages.get_string_width(cell.text) + 4)
            _bar(pages, cell, x + 6, free, top + height / 2, signed=signed)
        x += width
    pages.set_y(top + height)
    pages.draw_rule(LINE)


def _bar(pages: Pages, cell: Cell, x: float, width: float, middle: float, *, signed: bool) -> None:
    if width <= 2 or cell.bar is None:
        return
    pages.set_fill_color(SOFT)
    pages.rect(x, middle - 0.9, width, 1.8, style="F")
    begin, length = (
        (x + width / 2 * (1 + min(cell.bar, 0)), width / 2 * abs(cell.bar)) if signed else (x, width * cell.bar)
    )
    pages.set_fill_color((MORE if cell.bar > 0 else LESS) if signed else ACCENT)
    pages.rect(begin, middle - 0.9, max(length, 0.2), 1.8, style="F")
