"""A report as PDF: A4, the same blocks as in HTML, with an outline, page numbers and its font embedded."""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from gazeengine.atomic import written_beside
from gazeengine.card_parts import Fact
from gazeengine.fallback_fonts import FallbackFont, fonts_for
from gazeengine.report_figures import GAP, Slice, encoded, slices
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
    Points,
    Text,
)
from gazeengine.report_style import ACCENT, INK, LESS, LINE, MORE, MUTED, PROBLEM, PROBLEM_SOFT, SOFT
from gazeengine.typography import FAMILY, font_file, has

MARGIN, TOP, BOTTOM = 18.0, 18.0, 20.0  # mm
COLUMN = 210.0 - 2 * MARGIN
HIGHEST, HIGHEST_IN_PAIR = 150.0, 118.0  # mm of a figure
PX = 25.4 / 130  # mm to a unit of figures: letters of labels come out at 6.6 pt
FINE = 9.0  # pixels of a picture to a mm: 230 to an inch
BETWEEN = 6.0  # mm of two figures side by side
LEADING = 1.42
POINT = 25.4 / 72  # mm


def write_pdf(document: Document, path: str | os.PathLike[str]) -> str:
    """Write the report as PDF. Returns the characters that no font of this computer has; raises OutputError."""
    with written_beside(path) as beside:
        data, missing = as_pdf(document)
        beside.write_bytes(data)
    return missing


def as_pdf(document: Document) -> tuple[bytes, str]:
    """The report as PDF, and the characters that no font of this computer has: they are boxes in it."""
    lacking = {c for words in _words(document) for c in words if not has(c) and c.isprintable()}
    fallback, missing = fonts_for(lacking)
    pages = _Pages(document, fallback)
    pages.show()
    return bytes(pages.output()), missing


class _Pages(FPDF):
    def __init__(self, document: Document, fallback: Sequence[FallbackFont]) -> None:
        super().__init__("portrait", "mm", "A4")
        self._document = document
        self.set_margins(MARGIN, TOP, MARGIN)
        self.set_auto_page_break(True, BOTTOM)
        logging.getLogger("fontTools").setLevel(logging.ERROR)  # it tells of every table that it leaves out
        self.add_font(FAMILY, "", font_file("Regular"))
        self.add_font(FAMILY, "B", font_file("SemiBold"))
        for i, font in enumerate(fallback):
            self.add_font(f"fallback{i}", "", font.path, collection_font_number=font.number)
        self.set_fallback_fonts([f"fallback{i}" for i in range(len(fallback))], exact_match=False)
        self.set_text_shaping(True, features={"kern": True, "tnum": True, "calt": True})
        self.set_title(document.title)
        self.set_lang("en")
        self.set_creator("FisherGaze")
        self.set_producer("fpdf2")
        self.set_creation_date(datetime.now(UTC))
        self.c_margin = 0.0  # of cells: all stands on one line

    def footer(self) -> None:
        self.set_y(-13)
        self._font(7.5, MUTED)
        self.cell(COLUMN / 2, 4, self._document.foot)
        self.cell(COLUMN / 2, 4, f"{self.page_no()}", align="R")

    def show(self) -> None:
        self.add_page()
        self._front()
        blocks = self._document.blocks
        for block, after in zip(blocks, [*blocks[1:], None], strict=True):
            self._block(block, after)

    # what stands at the top

    def _front(self) -> None:
        document = self._document
        self.ln(4)
        self._font(8, ACCENT, bold=True)
        self.set_char_spacing(0.5)
        self._line(document.kind.upper(), 8)
        self.set_char_spacing(0)
        self.ln(2)
        self._font(26, INK, bold=True)
        self._paragraph(document.title, 26, leading=1.15)
        self.ln(3)
        self._font(9.5, MUTED)
        self._paragraph("  ·  ".join((document.made, *document.about)), 9.5)
        self.ln(5)
        self._rule(LINE)
        self.ln(1)

    # blocks

    def _block(self, block: Block, after: Block | None) -> None:
        match block:
            case Heading():
                self._heading(block, after)
            case Text("", _, _):
                pass
            case Text():
                self._text(block)
            case Keys():
                self._keys(block.keys)
            case Figures():
                self._figures(block.figures)
            case Grid():
                self._grid(block)
            case Facts():
                self._facts(block.facts)
            case Points():
                self.ln(2)
                for point in block.points:
                    self._point(point)
            case Callout():
                self._callout(block)

    def _heading(self, heading: Heading, after: Block | None) -> None:
        size, above, below = {1: (18.0, 11.0, 1.5), 2: (12.5, 8.0, 2.0), 3: (10.0, 5.0, 1.5)}[heading.level]
        if heading.new_page and self.get_y() > TOP + 20:
            self.add_page()
            above = 2.0
        elif self.get_y() + above > self._lowest - {1: 60, 2: 34, 3: 26}[heading.level]:
            self.add_page()
            above = 0.0
        self.ln(above)
        self._font(size, INK, bold=True)
        if heading.level < 3:
            self.start_section(heading.text, heading.level - 1, strict=False)
        self._font(size, INK, bold=True)
        self._paragraph(heading.text, size, leading=1.2)
        if heading.more:
            self.ln(0.8)
            self._font(9, MUTED)
            self._paragraph(heading.more, 9)
        self.ln(below)

    def _text(self, text: Text) -> None:
        size = 13.0 if text.lead else 8.5 if text.small else 9.5
        self._font(size, MUTED if text.small else INK)
        self.ln(2.5 if text.lead else 1.5)
        self._paragraph(text.text, size, width=min(COLUMN, 150), leading=1.4)
        self.ln(1)

    def _keys(self, keys: Sequence[Key]) -> None:
        if not keys:
            return
        gap, n = 6.0, 4
        width = (COLUMN - (n - 1) * gap) / n
        self._need(26)
        self.ln(5)
        top, lowest = self.get_y(), self.get_y()
        for i, key in enumerate(keys):
            x = MARGIN + i * (width + gap)
            self.set_fill_color(key.colour or ACCENT)
            self.rect(x, top, width, 0.8, style="F")
            self.set_xy(x, top + 2.6)
            for text, size, colour, bold in (
                (key.value, 20.0, INK, True),
                (key.label, 9.0, INK, True),
                (key.more, 8.0, MUTED, False),
            ):
                if text:
                    self._font(size, colour, bold=bold)
                    self._paragraph(text, size, width=width, leading=1.25, x=x)
            lowest = max(lowest, self.get_y())
        self.set_y(lowest + 1)

    # figures

    def _figures(self, figures: Sequence[Figure]) -> None:
        n = max(len(figures), 1)
        width = (COLUMN - (n - 1) * BETWEEN) / n
        highest = HIGHEST if n == 1 else HIGHEST_IN_PAIR
        parts = [slices(figure, width / PX, highest / PX) for figure in figures]
        heights = [max(part.height for part in some) * PX for some in parts]
        self._need(max(heights) + 14)
        self.ln(5)
        top, lowest = self.get_y(), self.get_y()
        for i, (figure, some, height) in enumerate(zip(figures, parts, heights, strict=True)):
            x = MARGIN + i * (width + BETWEEN)
            for j, part in enumerate(some):
                self._slice(part, x + j * (some[0].width + GAP) * PX, top, figure, first=j == 0)
            self.set_xy(x, top + height + 1.8)
            columns = " Read in columns, from left to right." if len(some) > 1 else ""
            self._caption(figure, columns, width, x)
            lowest = max(lowest, self.get_y())
        self.set_y(lowest + 1)

    def _slice(self, part: Slice, x: float, y: float, figure: Figure, *, first: bool) -> None:
        width, height = part.width * PX, part.height * PX
        _, data = encoded(part.rgb, max(1, round(width * FINE)))
        alt = f"{figure.title}. {figure.words}" if first else None
        with self.rect_clip(x, y, width, height):
            self.image(io.BytesIO(data), x, y, width, height, alt_text=alt)
            for outline in part.outlines:
                points = [(x + a * PX, y + b * PX) for a, b in outline.points]
                for colour, line in (("#ffffff", 0.75), (outline.colour, 0.4)):
                    self.set_draw_color(colour)
                    self.set_line_width(line)
                    self.polygon(points, style="D")
            for label in part.labels:
                self.set_fill_color(label.colour)
                self.rect(x + label.x * PX, y + label.y * PX, label.width * PX, label.height * PX, style="F", round_corners=True, corner_radius=0.5)
                self._font(label.size * PX / POINT, label.ink, bold=True)
                self.set_xy(x + (label.x + label.pad) * PX, y + label.y * PX)
                self.cell(label.width * PX, label.height * PX, label.text)
        self.set_draw_color(LINE)
        self.set_line_width(0.15)
        self.rect(x, y, width, height, style="D")

    def _caption(self, figure: Figure, more: str, width: float, x: float) -> None:
        self._font(8.5, INK, bold=True)
        title = f"{figure.title}  "
        at = self.get_string_width(title)
        self.cell(at, 8.5 * LEADING * POINT, title)
        self._font(8.5, MUTED)
        self._paragraph(f"{figure.words}{more}", 8.5, width=width - at, x=x + at)

    # tables

    def _grid(self, grid: Grid) -> None:
        wide = len(grid.head) > 5
        size = 8.0 if wide else 9.5
        widths = self._column_widths(grid, size)
        self._need(14 + 7 * min(len(grid.rows), 4))
        self.ln(5)
        self._head(grid, widths, size)
        for row in grid.rows:
            lines = max(cell.text.count(" [") for cell in row) + 1
            height = 3.2 + lines * size * 1.3 * POINT
            if self.get_y() + height > self._lowest:
                self.add_page()
                self._head(grid, widths, size)
            self._row(row, widths, size, height, signed=grid.signed)
        self.ln(1)

    def _column_widths(self, grid: Grid, size: float) -> list[float]:
        """As wide as the longest number; the first column, and the one with bars, share what is left."""
        barred = {i for row in grid.rows for i, cell in enumerate(row) if cell.bar is not None}
        gap, widths = 6.0 if len(grid.head) <= 5 else 3.5, []
        for i, head in enumerate(grid.head):
            self._font(size, INK, bold=True)
            longest = max((self._longest_line(row[i].text) for row in grid.rows), default=0.0)
            self._font(7.5, MUTED, bold=True)
            widths.append(max(longest, self.get_string_width(head) * (i not in barred)) + gap * (i > 0))
        rest = COLUMN - sum(widths)
        wanted = min(46.0, max(rest, 0)) / max(len(barred), 1)
        for i in barred:
            widths[i] += wanted
        widths[0] += COLUMN - sum(widths)
        return widths

    def _longest_line(self, text: str) -> float:
        return max(self.get_string_width(line) for line in text.replace(" [", "\n[").split("\n"))

    def _head(self, grid: Grid, widths: Sequence[float], size: float) -> None:
        self._font(7.5, MUTED, bold=True)
        for i, (text, width) in enumerate(zip(grid.head, widths, strict=True)):
            self.cell(width, 6, text, align="L" if i == 0 else "R")
        self.ln(6)
        self._rule(INK, 0.25)

    def _row(self, row: Sequence[Cell], widths: Sequence[float], size: float, height: float, *, signed: bool) -> None:
        top, x = self.get_y(), MARGIN
        for i, (cell, width) in enumerate(zip(row, widths, strict=True)):
            self._font(size, INK, bold=cell.problem)
            left = x
            if cell.colour:
                self.set_fill_color(cell.colour)
                self.rect(x, top + height / 2 - 1.3, 2.6, 2.6, style="F")
                left += 4.6
            lines = cell.text.replace(" [", "\n[").split("\n")
            line = size * 1.3 * POINT
            y = top + (height - len(lines) * line) / 2
            for words in lines:
                self.set_xy(left, y)
                shown = self._fitting(words, width - (left - x) - 1) if i == 0 else words
                self.cell(width - (left - x), line, shown, align="L" if i == 0 else "R")
                y += line
            if cell.bar is not None:
                self._bar(cell, x + 6, width - 6 - max(18.0, self._longest_line(cell.text) + 4), top + height / 2, signed=signed)
            x += width
        self.set_y(top + height)
        self._rule(LINE)

    def _bar(self, cell: Cell, x: float, width: float, middle: float, *, signed: bool) -> None:
        if width <= 2 or cell.bar is None:
            return
        self.set_fill_color(SOFT)
        self.rect(x, middle - 0.9, width, 1.8, style="F")
        begin, length = (x + width / 2 * (1 + min(cell.bar, 0)), width / 2 * abs(cell.bar)) if signed else (x, width * cell.bar)
        self.set_fill_color((MORE if cell.bar > 0 else LESS) if signed else ACCENT)
        self.rect(begin, middle - 0.9, max(length, 0.2), 1.8, style="F")

    # words

    def _facts(self, facts: Sequence[Fact]) -> None:
        label, size = 34.0, 9.0
        self.ln(1.5)
        for fact in facts:
            lines = self._n_lines(fact.text, size, COLUMN - label) + (1 if fact.url else 0)
            self._need(lines * size * LEADING * POINT + 3)
            self._rule(LINE)
            self.ln(1.2)
            top = self.get_y()
            self._font(size, MUTED)
            self._paragraph(fact.label, size, width=label - 4)
            below = self.get_y()
            self.set_xy(MARGIN + label, top)
            self._font(size, INK)
            self._paragraph(fact.text, size, width=COLUMN - label, x=MARGIN + label)
            if fact.url:
                self._font(7.5, ACCENT)
                self.set_x(MARGIN + label)
                self.cell(COLUMN - label, 7.5 * LEADING * POINT, self._fitting(fact.url, COLUMN - label), link=fact.url, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            self.set_y(max(below, self.get_y()) + 1.2)

    def _point(self, text: str, indent: float = 0.0, size: float = 9.5) -> None:
        self._need(size * LEADING * POINT)
        self._font(size, MUTED)
        y = self.get_y()
        self.set_xy(MARGIN + indent, y)
        self.cell(4, size * LEADING * POINT, "–")
        self._font(size, INK)
        self._paragraph(text, size, width=150 - indent, x=MARGIN + indent + 4)
        self.ln(0.8)

    def _callout(self, callout: Callout) -> None:
        listed = len(callout.texts) > 1 and callout.problem
        inner, size = COLUMN - 12, 9.5
        height = 7.0 + 6.5 + sum((self._n_lines(t, size, inner - 4 * listed) * size * LEADING * POINT + 1) for t in callout.texts)
        self._need(height + 5)
        self.ln(5)
        top = self.get_y()
        self.set_fill_color(PROBLEM_SOFT if callout.problem else SOFT)
        self.rect(MARGIN, top, COLUMN, height, style="F")
        self.set_fill_color(PROBLEM if callout.problem else ACCENT)
        self.rect(MARGIN, top, 1.0, height, style="F")
        self.set_xy(MARGIN + 6, top + 3.5)
        self._font(10, INK, bold=True)
        self._paragraph(callout.title, 10, width=inner, x=MARGIN + 6)
        self.ln(0.8)
        for text in callout.texts:
            if listed:
                self._point(text, indent=6)
            else:
                self._font(size, INK)
                self._paragraph(text, size, width=inner, x=MARGIN + 6)
                self.ln(0.8)
        self.set_y(top + height + 1)

    def _font(self, size: float, colour: str, *, bold: bool = False) -> None:
        self.set_font(FAMILY, "B" if bold else "", size)
        self.set_text_color(colour)

    def _line(self, text: str, size: float) -> None:
        self.cell(COLUMN, size * LEADING * POINT, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _paragraph(self, text: str, size: float, *, width: float = COLUMN, x: float = MARGIN, leading: float = LEADING) -> None:
        self.set_x(x)
        self.multi_cell(width, size * leading * POINT, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _n_lines(self, text: str, size: float, width: float) -> int:
        self._font(size, INK)
        return len(self.multi_cell(width, size * LEADING * POINT, text, align="L", dry_run=True, output="LINES"))

    def _fitting(self, text: str, width: float) -> str:
        if self.get_string_width(text) <= width:
            return text
        while text and self.get_string_width(text + "…") > width:
            text = text[:-1]
        return text + "…"

    def _rule(self, colour: str, thickness: float = 0.15) -> None:
        self.set_draw_color(colour)
        self.set_line_width(thickness)
        self.line(MARGIN, self.get_y(), MARGIN + COLUMN, self.get_y())

    def _need(self, height: float) -> None:
        if self.get_y() + height > self._lowest and self.get_y() > TOP + 5:
            self.add_page()

    @property
    def _lowest(self) -> float:
        return float(self.h) - BOTTOM


def _words(document: Document) -> Iterator[str]:
    """All text of the report."""
    yield from (document.title, document.kind, document.made, *document.about, document.foot)
    for block in document.blocks:
        match block:
            case Heading():
                yield from (block.text, block.more)
            case Text():
                yield block.text
            case Keys():
                yield from (word for key in block.keys for word in (key.value, key.label, key.more))
            case Figures():
                for figure in block.figures:
                    yield from (figure.title, figure.words, *(mark.label for mark in figure.marks))
            case Grid():
                yield from (*block.head, *(cell.text for row in block.rows for cell in row))
            case Facts():
                yield from (word for fact in block.facts for word in (fact.label, fact.text))
            case Points():
                yield from block.points
            case Callout():
                yield from (block.title, *block.texts)
