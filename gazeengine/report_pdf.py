"""A report as PDF: A4, the same blocks as in HTML, with an outline, page numbers and its font embedded."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence

from fpdf.enums import XPos, YPos

from gazeengine.atomic import written_beside
from gazeengine.card_parts import Fact
from gazeengine.fallback_fonts import FallbackFont, fonts_for
from gazeengine.legend import Scale
from gazeengine.report_figures import GAP, Slice, encoded, slices
from gazeengine.report_pages import COLUMN, LEADING, MARGIN, POINT, TOP, Pages
from gazeengine.report_parts import (
    Block,
    Callout,
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
from gazeengine.report_style import ACCENT, INK, LINE, MUTED, PROBLEM, PROBLEM_SOFT, SOFT
from gazeengine.report_tables import draw_grid
from gazeengine.typography import has

HIGHEST, HIGHEST_IN_PAIR = 150.0, 118.0  # mm of a figure
PX = 25.4 / 130  # mm to a unit of figures: letters of labels come out at 6.6 pt
FINE = 9.0  # pixels of a picture to a mm: 230 to an inch
BETWEEN = 6.0  # mm of two figures side by side
CAPTION = 14.0  # mm around a figure: the space above it, its caption
SCALE, SCALE_HEIGHT = 80.0, 9.0  # mm that a scale of colours is wide, at most, and high
STOPS = 96  # of its colours
SHRUNK = 0.7  # of its height a figure may be, to stay on the page


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
    pages = _Report(document, fallback)
    pages.show()
    return bytes(pages.output()), missing


class _Report(Pages):
    def __init__(self, document: Document, fallback: Sequence[FallbackFont]) -> None:
        super().__init__(document, fallback)
        self._document = document

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
        self.write_in(8, ACCENT, bold=True)
        self.set_char_spacing(0.5)
        self.write_line(document.kind.upper(), 8)
        self.set_char_spacing(0)
        self.ln(2)
        self.write_in(26, INK, bold=True)
        self.write_paragraph(document.title, 26, leading=1.15)
        self.ln(3)
        self.write_in(9.5, MUTED)
        self.write_paragraph("  ·  ".join((document.made, *document.about)), 9.5)
        self.ln(5)
        self.draw_rule(LINE)
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
                self._figures(block.figures, block.places)
            case Grid():
                draw_grid(self, block)
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
        elif self.get_y() + above > self.lowest - {1: 60, 2: 34, 3: 26}[heading.level]:
            self.add_page()
            above = 0.0
        self.ln(above)
        self.write_in(size, INK, bold=True)
        if heading.level < 3:
            self.start_section(heading.text, heading.level - 1, strict=False)
        self.write_in(size, INK, bold=True)
        self.write_paragraph(heading.text, size, leading=1.2)
        if heading.more:
            self.ln(0.8)
            self.write_in(9, MUTED)
            self.write_paragraph(heading.more, 9)
        self.ln(below)

    def _text(self, text: Text) -> None:
        size = 13.0 if text.lead else 8.5 if text.small else 9.5
        self.write_in(size, MUTED if text.small else INK)
        self.ln(2.5 if text.lead else 1.5)
        self.write_paragraph(text.text, size, width=min(COLUMN, 150), leading=1.4)
        self.ln(1)

    def _keys(self, keys: Sequence[Key]) -> None:
        if not keys:
            return
        gap, n = 6.0, 4
        width = (COLUMN - (n - 1) * gap) / n
        self.need(26)
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
                    self.write_in(size, colour, bold=bold)
                    self.write_paragraph(text, size, width=width, leading=1.25, x=x)
            lowest = max(lowest, self.get_y())
        self.set_y(lowest + 1)

    # figures

    def _figures(self, figures: Sequence[Figure], n: int) -> None:
        """Side by side; a little smaller where they would go to the next page otherwise."""
        width = (COLUMN - (n - 1) * BETWEEN) / n
        highest = HIGHEST if n == 1 else HIGHEST_IN_PAIR

        def drawn(highest: float) -> tuple[list[tuple[Slice, ...]], list[float]]:
            parts = [slices(figure, width / PX, highest / PX) for figure in figures]
            return parts, [max(part.height for part in some) * PX for some in parts]

        parts, heights = drawn(highest)
        caption = CAPTION + SCALE_HEIGHT * any(figure.scale is not None for figure in figures)
        left = self.lowest - self.get_y() - caption
        if SHRUNK * max(heights) <= left < max(heights):
            parts, heights = drawn(left)
        self.need(max(heights) + caption)
        self.ln(5)
        top, lowest = self.get_y(), self.get_y()
        for i, (figure, some, height) in enumerate(zip(figures, parts, heights, strict=True)):
            x = MARGIN + i * (width + BETWEEN)
            for j, part in enumerate(some):
                self._slice(part, x + j * (some[0].width + GAP) * PX, top, figure, first=j == 0)
            below = top + height + 1.8
            if figure.scale is not None:
                below = self._scale(figure.scale, x, below + 0.4, min(width, SCALE))
            self.set_xy(x, below)
            columns = " Read in columns, from left to right." if len(some) > 1 else ""
            self._caption(figure, columns, width, x)
            lowest = max(lowest, self.get_y())
        self.set_y(lowest + 1)

    def _slice(self, part: Slice, x: float, y: float, figure: Figure, *, first: bool) -> None:
        width, height = part.width * PX, part.height * PX
        _, data = encoded(part.rgb, max(1, round(width * FINE)))
        alt = f"{figure.title}. {figure.words}" if first else None
        # what is set within a clip is gone behind it, which fpdf knows only of a context
        with self.local_context(), self.rect_clip(x, y, width, height):
            self.image(io.BytesIO(data), x, y, width, height, alt_text=alt)
            for outline in part.outlines:
                points = [(x + a * PX, y + b * PX) for a, b in outline.points]
                for colour, line in (("#ffffff", 0.75), (outline.colour, 0.4)):
                    self.set_draw_color(colour)
                    self.set_line_width(line)
                    self.polygon(points, style="D")
            for label in part.labels:
                self.set_fill_color(label.colour)
                self.rect(
                    x + label.x * PX,
                    y + label.y * PX,
                    label.width * PX,
                    label.height * PX,
                    style="F",
                    round_corners=True,
                    corner_radius=0.5,
                )
                self.write_in(label.size * PX / POINT, label.ink, bold=True)
                self.set_xy(x + (label.x + label.pad) * PX, y + label.y * PX)
                self.cell(label.width * PX, label.height * PX, label.text)
        self.set_draw_color(LINE)
        self.set_line_width(0.15)
        self.rect(x, y, width, height, style="D")

    def _scale(self, scale: Scale, x: float, y: float, width: float) -> float:
        """The colours from left to right, and what stands for what; returns where it ends."""
        step = width / STOPS
        for i in range(STOPS):
            colour = scale.colours[round(i * (len(scale.colours) - 1) / (STOPS - 1))]
            self.set_fill_color(*(int(part) for part in colour))
            self.rect(x + i * step, y, step + 0.05 * (i < STOPS - 1), 1.6, style="F")
        self.write_in(6.8, MUTED)
        for tick in scale.ticks:
            half = self.get_string_width(tick.words) / 2
            middle = min(max(tick.place * width, half), width - half)
            self.set_xy(x + middle - half, y + 2.1)
            self.cell(2 * half, 2.8, tick.words)
        self.set_xy(x, y + 5.0)
        self.cell(width, 2.8, scale.title)
        return y + 9.2

    def _caption(self, figure: Figure, more: str, width: float, x: float) -> None:
        self.write_in(8.5, INK, bold=True)
        title = f"{figure.title}  "
        at = self.get_string_width(title)
        self.cell(at, 8.5 * LEADING * POINT, title)
        self.write_in(8.5, MUTED)
        self.write_paragraph(f"{figure.words}{more}", 8.5, width=width - at, x=x + at)

    # words

    def _facts(self, facts: Sequence[Fact]) -> None:
        label, size = 34.0, 9.0
        self.ln(1.5)
        for fact in facts:
            lines = self.n_lines(fact.text, size, COLUMN - label) + (1 if fact.url else 0)
            self.need(lines * size * LEADING * POINT + 3)
            self.draw_rule(LINE)
            self.ln(1.2)
            top = self.get_y()
            self.write_in(size, MUTED)
            self.write_paragraph(fact.label, size, width=label - 4)
            below = self.get_y()
            self.set_xy(MARGIN + label, top)
            self.write_in(size, INK)
            self.write_paragraph(fact.text, size, width=COLUMN - label, x=MARGIN + label)
            if fact.url:
                self.write_in(7.5, ACCENT)
                self.set_x(MARGIN + label)
                self.cell(
                    COLUMN - label,
                    7.5 * LEADING * POINT,
                    self.fitting(fact.url, COLUMN - label),
                    link=fact.url,
                    new_x=XPos.LMARGIN,
                    new_y=YPos.NEXT,
                )
            self.set_y(max(below, self.get_y()) + 1.2)

    def _point(self, text: str, indent: float = 0.0, size: float = 9.5) -> None:
        self.need(size * LEADING * POINT)
        self.write_in(size, MUTED)
        y = self.get_y()
        self.set_xy(MARGIN + indent, y)
        self.cell(4, size * LEADING * POINT, "–")
        self.write_in(size, INK)
        self.write_paragraph(text, size, width=150 - indent, x=MARGIN + indent + 4)
        self.ln(0.8)

    def _callout(self, callout: Callout) -> None:
        listed = len(callout.texts) > 1 and callout.problem
        inner, size = COLUMN - 12, 9.5
        height = (
            7.0
            + 6.5
            + sum((self.n_lines(t, size, inner - 4 * listed) * size * LEADING * POINT + 1) for t in callout.texts)
        )
        self.need(height + 5)
        self.ln(5)
        top = self.get_y()
        self.set_fill_color(PROBLEM_SOFT if callout.problem else SOFT)
        self.rect(MARGIN, top, COLUMN, height, style="F")
        self.set_fill_color(PROBLEM if callout.problem else ACCENT)
        self.rect(MARGIN, top, 1.0, height, style="F")
        self.set_xy(MARGIN + 6, top + 3.5)
        self.write_in(10, INK, bold=True)
        self.write_paragraph(callout.title, 10, width=inner, x=MARGIN + 6)
        self.ln(0.8)
        for text in callout.texts:
            if listed:
                self._point(text, indent=6)
            else:
                self.write_in(size, INK)
                self.write_paragraph(text, size, width=inner, x=MARGIN + 6)
                self.ln(0.8)
        self.set_y(top + height + 1)


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
                    if figure.scale is not None:
                        yield from (figure.scale.title, *(tick.words for tick in figure.scale.ticks))
            case Grid():
                yield from (*block.head, *(cell.text for row in block.rows for cell in row))
            case Facts():
                yield from (word for fact in block.facts for word in (fact.label, fact.text))
            case Points():
                yield from block.points
            case Callout():
                yield from (block.title, *block.texts)
