"""Pages of a PDF to write a report on: A4, its font and what stands in for it, paragraphs, rules, page numbers."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from gazeengine.fallback_fonts import FallbackFont
from gazeengine.report_parts import Document
from gazeengine.report_style import INK, MUTED
from gazeengine.typography import FAMILY, font_file

MARGIN, TOP, BOTTOM = 18.0, 18.0, 20.0  # mm
COLUMN = 210.0 - 2 * MARGIN
LEADING = 1.42
POINT = 25.4 / 72  # mm


class Pages(FPDF):
    """Text is set in sizes of points, from the left margin on where no x is given."""

    def __init__(self, document: Document, fallback: Sequence[FallbackFont]) -> None:
        super().__init__("portrait", "mm", "A4")
        self._foot = document.foot
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
        self.write_in(7.5, MUTED)
        self.cell(COLUMN / 2, 4, self._foot)
        self.cell(COLUMN / 2, 4, f"{self.page_no()}", align="R")

    def write_in(self, size: float, colour: str, *, bold: bool = False) -> None:
        self.set_font(FAMILY, "B" if bold else "", size)
        self.set_text_color(colour)

    def write_line(self, text: str, size: float) -> None:
        self.cell(COLUMN, size * LEADING * POINT, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def write_paragraph(
        self, text: str, size: float, *, width: float = COLUMN, x: float = MARGIN, leading: float = LEADING
    ) -> None:
        self.set_x(x)
        self.multi_cell(width, size * leading * POINT, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def n_lines(self, text: str, size: float, width: float) -> int:
        self.write_in(size, INK)
        lines = self.multi_cell(width, size * LEADING * POINT, text, align="L", dry_run=True, output="LINES")
        return len(lines) if isinstance(lines, list) else 1

    def fitting(self, text: str, width: float) -> str:
        if self.get_string_width(text) <= width:
            return text
        while text and self.get_string_width(text + "…") > width:
            text = text[:-1]
        return text + "…"

    def draw_rule(self, colour: str, thickness: float = 0.15) -> None:
        self.set_draw_color(colour)
        self.set_line_width(thickness)
        self.line(MARGIN, self.get_y(), MARGIN + COLUMN, self.get_y())

    def need(self, height: float) -> None:
        if self.get_y() + height > self.lowest and self.get_y() > TOP + 5:
            self.add_page()

    @property
    def lowest(self) -> float:
        return float(self.h) - BOTTOM
