"""Lines of text in a screenshot, and the blocks that they make up, by classical vision: nothing here is trained.

A line is a row of strokes of about one height, in two colours, with gaps between its letters; a block is lines of one
height under one another with one edge in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Box = tuple[int, int, int, int]
"""Left, top, right and bottom, in pixels; right and bottom are the first ones outside."""

_SCALES = (1.0, 0.5, 0.25)  # of the picture: small print, headings, large type
_LEAST_CONTRAST = 36  # between strokes and ground, of 255
_HEIGHTS = (6, 26)  # px of a line at its scale
_LEAST_TWO_COLOURS = 0.62  # of the variance in a line that two colours explain
_STROKES = (0.06, 0.6)  # share of a line's box that strokes cover
_CALM = 0.45  # strokes beside a line against those in it
_JOINED = 0.9  # of a line's height: a larger gap between words begins another line


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line's box, how much it looks like text, in [0, 1], and the height of its small letters in pixels."""

    box: Box
    confidence: float
    letter: float = 1.0

    @property
    def height(self) -> int:
        return self.box[3] - self.box[1]


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Lines that belong together."""

    lines: tuple[TextLine, ...]

    @property
    def box(self) -> Box:
        return around([line.box for line in self.lines])

    @property
    def height(self) -> float:
        """Of a line."""
        return float(np.median([line.height for line in self.lines]))

    @property
    def confidence(self) -> float:
        return float(np.mean([line.confidence for line in self.lines]))


def text_lines(grey: NDArray[np.uint8]) -> list[TextLine]:
    """Lines in a grey picture (H, W), each once, the larger type first."""
    found: list[TextLine] = []
    for scale in reversed(_SCALES):
        small = grey if scale == 1 else _grey(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
        if min(small.shape) < 2 * _HEIGHTS[0]:
            continue
        for line in _lines_of_one_scale(small):
            left, top, right, bottom = (round(value / scale) for value in line.box)
            corners = (left, top, min(right, grey.shape[1]), min(bottom, grey.shape[0]))
            whole = TextLine(corners, line.confidence, line.letter / scale)
            if not any(covered(whole.box, other.box) > 0.3 or covered(other.box, whole.box) > 0.3 for other in found):
                found.append(whole)
    return found


def text_blocks(lines: Sequence[TextLine]) -> list[TextBlock]:
    """Blocks of lines of about one height, close under one another, with their left edges or middles in line."""
    order = sorted(lines, key=lambda line: (line.box[1], line.box[0]))
    blocks: list[list[TextLine]] = []
    for line in order:
        home = next((block for block in reversed(blocks) if _follows(block, line)), None)
        if home is None:
            blocks.append([line])
        else:
            home.append(line)
    return [TextBlock(tuple(block)) for block in blocks]


def text_rows(lines: Sequence[TextLine], least: int = 3) -> list[TextBlock]:
    """Rows of short lines of one height beside one another, as a navigation has them."""
    rows: list[list[TextLine]] = []
    for line in sorted(lines, key=lambda line: line.box[0]):
        home = next((row for row in rows if _beside(row[-1], line)), None)
        if home is None:
            rows.append([line])
        else:
            home.append(line)
    return [TextBlock(tuple(row)) for row in rows if len(row) >= least]


def around(boxes: Sequence[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def covered(box: Box, by: Box) -> float:
    """The share of a box that lies in another."""
    width = min(box[2], by[2]) - max(box[0], by[0])
    height = min(box[3], by[3]) - max(box[1], by[1])
    return max(width, 0) * max(height, 0) / max(1, (box[2] - box[0]) * (box[3] - box[1]))


def _lines_of_one_scale(grey: NDArray[np.uint8]) -> list[TextLine]:
    cross = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))
    edges = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, cross)
    strokes = _grey((edges > _LEAST_CONTRAST).astype(np.uint8))
    # rules, frames and edges of boxes are longer than any letter
    for shape in ((1, 3 * _HEIGHTS[1] // 2), (4 * _HEIGHTS[1], 1)):
        long = cv2.morphologyEx(strokes, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, shape))
        strokes = _grey(cv2.subtract(strokes, cv2.dilate(long, cross)))
    joined = cv2.morphologyEx(strokes, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_RECT, (5, 1)))
    n, _, stats, _ = cv2.connectedComponentsWithStats(_grey(joined), connectivity=4)
    words: list[Box] = []
    for left, top, width, height, area in stats[1:n].tolist():
        if 3 <= height <= 1.3 * _HEIGHTS[1] and width >= 2 and area >= 0.2 * width * height:
            words.append((left, top, left + width, top + height))
    return [line for box in _rows(words) if (line := _line(grey, strokes, box)) is not None]


def _rows(words: list[Box]) -> list[Box]:
    """Words in one row with gaps as between words, joined."""
    rows: list[Box] = []
    for word in sorted(words):
        for i in range(len(rows) - 1, -1, -1):
            row = rows[i]
            tall = max(row[3] - row[1], word[3] - word[1], _HEIGHTS[0])
            overlap = min(row[3], word[3]) - max(row[1], word[1])
            low = min(row[3] - row[1], word[3] - word[1])
            together = max(row[3], word[3]) - min(row[1], word[1])
            if (
                word[0] - row[2] <= _JOINED * (tall * max(low, 0.6 * tall)) ** 0.5
                and overlap >= 0.55 * low
                and together <= 1.5 * tall
            ):
                rows[i] = around([row, word])
                break
        else:
            rows.append(word)
    return rows


def _line(grey: NDArray[np.uint8], strokes: NDArray[np.uint8], box: Box) -> TextLine | None:
    """The box as a line of text, if it looks like one."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    if not (_HEIGHTS[0] <= height <= _HEIGHTS[1]) or width < 1.7 * height:
        return None
    part = grey[top:bottom, left:right]
    level, _ = cv2.threshold(part, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    dark = part <= level
    share = float(dark.mean())
    ink = dark if share < 0.5 else ~dark
    if not _STROKES[0] <= min(share, 1 - share) <= _STROKES[1]:
        return None
    contrast = abs(float(part[dark].mean()) - float(part[~dark].mean()))
    total = float(part.astype(np.float32).var())
    two_colours = share * (1 - share) * contrast**2 / total if total else 0.0
    if contrast < _LEAST_CONTRAST or two_colours < _LEAST_TWO_COLOURS:
        return None
    # letters: strokes go up and down along the line, about once or more in the width of a letter
    changes = float(np.abs(np.diff(ink.astype(np.int8), axis=1)).sum(1).max()) / (width / height)
    if not 1.4 <= changes <= 11 or float((strokes[top:bottom, left:right].mean(1) > 0.15).mean()) < 0.55:
        return None
    # above and below it is calm, as it is not in grass or fur
    calm = max(2, height // 5)
    outside = np.concatenate(
        [
            strokes[max(0, top - 1 - calm) : max(0, top - 1), left:right],
            strokes[bottom + 1 : bottom + 1 + calm, left:right],
        ]
    )
    inside = float(strokes[top:bottom, left:right].mean())
    if outside.size and float(outside.mean()) > _CALM * inside:
        return None
    gaps = float((ink.sum(0) == 0).mean())
    if not 0.03 <= gaps <= 0.6:
        return None
    rows = ink.mean(1)
    if float(rows[round(0.25 * height) : round(0.75 * height)].min(initial=1)) < 0.006:
        return None  # two lines, or a label and what stands under it
    # a frame's edge is longer than any letter; an underline may be
    if _longest_run(ink[: round(0.75 * height)]) > 1.7 * height:
        return None
    sure = 0.35 + 0.25 * (two_colours - _LEAST_TWO_COLOURS) / (1 - _LEAST_TWO_COLOURS)
    sure += 0.25 * min(1.0, width / height / 5) + 0.15 * min(1.0, contrast / 120)
    return TextLine(box, sure, float((rows >= 0.45 * rows.max()).sum()))


def _longest_run(ink: NDArray[np.bool_]) -> int:
    """Pixels of ink one behind the other in any row."""
    padded = np.zeros((ink.shape[0], ink.shape[1] + 2), np.int8)
    padded[:, 1:-1] = ink
    steps = np.diff(padded, axis=1)
    begins, ends = np.nonzero(steps == 1), np.nonzero(steps == -1)
    return int((ends[1] - begins[1]).max(initial=0))


def _beside(last: TextLine, line: TextLine) -> bool:
    tall = max(last.height, line.height)
    level = abs(last.box[3] - line.box[3]) <= 0.35 * tall or abs(last.box[1] - line.box[1]) <= 0.35 * tall
    small, large = sorted((last.letter, line.letter))
    short = max(one.box[2] - one.box[0] for one in (last, line)) <= 12 * tall
    return level and short and large <= 1.5 * small + 1 and 0 <= line.box[0] - last.box[2] <= 6 * tall


def _follows(block: list[TextLine], line: TextLine) -> bool:
    last = block[-1]
    small, large = sorted((last.letter, line.letter))
    gap, tall = line.box[1] - last.box[3], min(last.height, line.height)
    left, right = min(one.box[0] for one in block), max(one.box[2] for one in block)
    if line.box[2] - line.box[0] > 1.8 * (right - left) and len(block) > 1:  # another column, or a footer
        return False
    if large > 1.45 * small + 1 or not -0.25 * tall <= gap <= 1.7 * large:
        return False
    lefts = abs(last.box[0] - line.box[0])
    middles = abs((last.box[0] + last.box[2]) - (line.box[0] + line.box[2])) / 2
    return lefts <= 1.5 * large or middles <= 1.5 * large


def _grey(pixels: object) -> NDArray[np.uint8]:
    return np.asarray(pixels, dtype=np.uint8)
