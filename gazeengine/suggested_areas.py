"""Areas of interest that a picture suggests: blocks of text, buttons, large pictures, faces. Classical vision only.

Rather a few that a designer would draw as well than many: what is in doubt is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from gazeengine.text_lines import Box, TextBlock, TextLine, covered, text_blocks, text_lines, text_rows

Kind = Literal["text", "button", "picture", "face"]
KINDS: Mapping[Kind, str] = MappingProxyType({"text": "Text", "button": "Button", "picture": "Picture", "face": "Face"})
MOST = 12
MOST_OF_A_KIND: Mapping[Kind, int] = MappingProxyType({"text": 6, "button": 5, "picture": 5, "face": 4})
_WORKING_WIDTH = 1280  # px, to which wider pictures are reduced
_CASCADE: Any = getattr(cv2, "CascadeClassifier", None)
_PHONE = (1.7, 2.35)  # times as high as wide
_LEAST_FACE = 3.0  # summed votes of the last stage
_LEAST_TEXT = 0.52
_ONE_COLOUR = 18.0  # mean distance of what is written from its usual a and b
_PLAIN = 6  # of 255, that neighbours differ at most on a plain ground
_LEAST_GROUND = 0.004  # of the whole, that one plain ground has
_MOST_PICTURE = 0.6  # of the whole: a larger one is the ground itself
_LEAST_PICTURE = 0.012  # of the whole


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A box by two opposite corners in whole pixels of the picture, what it seems to be, and how sure that is."""

    kind: Kind
    points: tuple[tuple[float, float], tuple[float, float]]
    confidence: float


def suggested_areas(rgb: NDArray[np.uint8]) -> tuple[Suggestion, ...]:
    """At most MOST suggestions for a picture (H, W, 3), from the top to the bottom, none over another."""
    scale = _working_scale(rgb.shape[1], rgb.shape[0])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = rgb if scale == 1 else _bytes(cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=how))
    grey = _bytes(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    lines = [line for line in text_lines(grey) if _of_one_colour(small, line.box)]
    pictures = _pictures(small, lines)
    lines = [line for line in lines if not _lost_in_a_picture(line, pictures, grey.shape)]
    buttons = _buttons(small, lines)
    in_buttons = {line for line in lines if any(covered(line.box, box) > 0.6 for box, _ in buttons)}
    loose = [line for line in lines if line not in in_buttons]
    rows = text_rows(loose)
    in_rows = {line for row in rows for line in row.lines}
    blocks = [*rows, *text_blocks([line for line in loose if line not in in_rows])]
    usual = float(np.median([line.letter for line in lines])) if lines else 1.0
    found: list[tuple[Kind, Box, float]] = [("button", box, sure) for box, sure in buttons]
    found += [("picture", box, sure) for box, sure in pictures]
    found += [("face", box, sure) for box, sure in _faces(grey)]
    found += [
        ("text", block.box, sure) for block in blocks if (sure := _weight(block, usual, grey.shape)) > _LEAST_TEXT
    ]
    kept = _apart(sorted(found, key=lambda one: -one[2]))
    kept.sort(key=lambda one: (one[1][1], one[1][0]))
    height, width = rgb.shape[:2]
    return tuple(Suggestion(kind, _corners(box, scale, width, height), round(sure, 2)) for kind, box, sure in kept)


def finds_faces() -> bool:
    """Whether the OpenCV that is installed has its cascade of faces: 4.x has, 5.x carries none."""
    return _cascade_file().is_file() and _CASCADE is not None


def _cascade_file() -> Path:
    return Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"


def _faces(grey: NDArray[np.uint8]) -> list[tuple[Box, float]]:
    """Faces that look this way, where OpenCV can find them; only those that many windows agree on."""
    if not finds_faces():
        return []
    cascade = _CASCADE(str(_cascade_file()))
    boxes, _, weights = cascade.detectMultiScale3(
        grey, scaleFactor=1.1, minNeighbors=8, minSize=(36, 36), outputRejectLevels=True
    )
    found = []
    for (left, top, wide, tall), weight in zip(np.reshape(boxes, (-1, 4)).tolist(), np.ravel(weights), strict=True):
        if weight > _LEAST_FACE:
            found.append(((left, top, left + wide, top + tall), float(min(0.95, 0.5 + 0.06 * weight))))
    return found


def _working_scale(width: int, height: int) -> float:
    """Screens as they are shown, about 1,280 pixels wide, those of phones 640; smaller copies of them are enlarged."""
    phone = _PHONE[0] <= height / width <= _PHONE[1]
    wanted = _WORKING_WIDTH / 2 if phone else _WORKING_WIDTH
    scale = wanted / width
    return 1.0 if 0.95 < scale < 1.25 else min(scale, 2.0)


def _of_one_colour(rgb: NDArray[np.uint8], box: Box) -> bool:
    """Whether what is written has one colour, or nearly; a row of coloured things is no text."""
    left, top, right, bottom = box
    part = rgb[top:bottom, left:right]
    grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
    level, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    dark = grey <= level
    ink = dark if dark.mean() < 0.5 else ~dark
    colours = cv2.cvtColor(part, cv2.COLOR_RGB2LAB)[ink][:, 1:].astype(np.float32)
    return bool(np.abs(colours - np.median(colours, axis=0)).max(1).mean() < _ONE_COLOUR) if len(colours) else False


def _pictures(rgb: NDArray[np.uint8], lines: Sequence[TextLine]) -> list[tuple[Box, float]]:
    """Large boxes of many colours that stand out of the plain ground, or grounds, of a page."""
    height, width = rgb.shape[:2]
    least = _LEAST_PICTURE * height * width
    window = np.ones((3, 3), np.uint8)
    apart = cv2.subtract(cv2.dilate(rgb, window), cv2.erode(rgb, window)).max(2)
    plain = (apart <= _PLAIN).astype(np.uint8)
    n, labels, stats, _ = cv2.connectedComponentsWithStats(plain, connectivity=4)
    large = np.flatnonzero(stats[:n, cv2.CC_STAT_AREA] >= _LEAST_GROUND * height * width)
    ground = np.isin(labels, large[large != 0])
    things = (~ground).astype(np.uint8)
    for line in lines:
        left, top, right, bottom = line.box
        things[max(0, top - 2) : bottom + 2, max(0, left - 2) : right + 2] = 0
    things = _bytes(cv2.morphologyEx(things, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8)))
    contours, _ = cv2.findContours(things, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found: list[tuple[Box, float]] = []
    for contour in contours:
        left, top, wide, tall = cv2.boundingRect(contour)
        fill = cv2.contourArea(contour) / max(1, (wide - 1) * (tall - 1))
        share = wide * tall / (height * width)
        if wide * tall < least or min(wide, tall) < 40 or fill < 0.72 or share > _MOST_PICTURE or wide > 8 * tall:
            continue
        colours = _colourful(rgb[top : top + tall, left : left + wide], apart[top : top + tall, left : left + wide])
        if colours > 0:
            sure = 0.3 + 0.25 * min(1.0, colours) + 0.15 * fill + 0.6 * min(share, 0.2) ** 0.5
            found.append(((left, top, left + wide, top + tall), float(min(0.97, sure))))
    return found


def _colourful(part: NDArray[np.uint8], apart: NDArray[np.uint8]) -> float:
    """How much like a photograph a part is, 0 where it is drawn in a few colours."""
    step = max(1, round((part.shape[0] * part.shape[1] / 20_000) ** 0.5))
    few = (part[::step, ::step] >> 4).reshape(-1, 3).astype(np.int32) @ [256, 16, 1]
    _, counts = np.unique(few, return_counts=True)
    shares = np.sort(counts)[::-1] / counts.sum()
    perplexity = float(np.exp(-(shares * np.log(shares)).sum()))  # as many colours, equally common, were as varied
    busy = float((apart > _PLAIN).mean())
    if perplexity < 14 or busy < 0.3:
        return 0.0
    return perplexity / 80


def _buttons(rgb: NDArray[np.uint8], lines: Sequence[TextLine]) -> list[tuple[Box, float]]:
    """Boxes of one colour around one short line of text in their middle."""
    found: list[tuple[Box, float]] = []
    page = _page_colour(rgb)
    for line in lines:
        left, top, right, bottom = line.box
        width, height = right - left, bottom - top
        if not 6 <= height <= 48 or width > 16 * height:
            continue
        reach_x, reach_y = round(3.2 * height + 0.6 * width), round(1.9 * height)
        x0, y0 = max(0, left - reach_x), max(0, top - reach_y)
        part = np.ascontiguousarray(rgb[y0 : bottom + reach_y, x0 : right + reach_x])
        box = _one_colour_around(part, (left - x0, top - y0, right - x0, bottom - y0))
        if box is None:
            continue
        around_, ground, fill = box
        whole = (around_[0] + x0, around_[1] + y0, around_[2] + x0, around_[3] + y0)
        wide, tall = whole[2] - whole[0], whole[3] - whole[1]
        if not 1.35 * height <= tall <= 4.6 * height or wide < 1.25 * tall or wide < width + 0.5 * height:
            continue
        aside = abs((whole[0] + whole[2]) - (left + right)) / 2
        above = abs((whole[1] + whole[3]) - (top + bottom)) / 2
        if aside > 0.14 * wide or above > 0.2 * tall or fill < 0.72:
            continue
        distinct = float(np.abs(ground - page).max())
        vivid = float(ground.max() - ground.min())
        sure = 0.4 + 0.2 * min(1.0, distinct / 90) + 0.25 * min(1.0, vivid / 110) + 0.15 * line.confidence
        if not any(covered(whole, other) > 0.5 or covered(other, whole) > 0.5 for other, _ in found):
            found.append((whole, sure))
    return found


def _one_colour_around(part: NDArray[np.uint8], text: Box) -> tuple[Box, NDArray[np.float64], float] | None:
    """The box of the ground around text that ends within part, its colour, and how much of the box it fills."""
    left, top, right, bottom = text
    height, width = part.shape[:2]
    seeds = ((left - 2, (top + bottom) // 2), (right + 1, (top + bottom) // 2), ((left + right) // 2, top - 2))
    for x, y in seeds:
        if not (0 <= x < width and 0 <= y < height):
            continue
        mask = np.zeros((height + 2, width + 2), np.uint8)
        _, _, _, rect = cv2.floodFill(
            part.copy(), mask, (x, y), (0, 0, 0), (9, 9, 9), (9, 9, 9),
            4 | cv2.FLOODFILL_FIXED_RANGE | cv2.FLOODFILL_MASK_ONLY | (255 << 8),
        )  # fmt: skip
        x0, y0, wide, tall = rect
        if x0 <= 0 or y0 <= 0 or x0 + wide >= width or y0 + tall >= height:
            continue  # it goes on: no button
        filled = mask[1:-1, 1:-1][y0 : y0 + tall, x0 : x0 + wide] > 0
        inked = filled.copy()
        inked[max(0, top - y0) : bottom - y0, max(0, left - x0) : right - x0] = True
        if x0 <= left and x0 + wide >= right and y0 <= top and y0 + tall >= bottom:
            ground = np.median(part[y0 : y0 + tall, x0 : x0 + wide][filled].astype(np.float64), axis=0)
            return (x0, y0, x0 + wide, y0 + tall), ground, float(inked.mean())
    return None


def _page_colour(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The colour that most of a picture has."""
    coarse = (rgb[::4, ::4] >> 4).reshape(-1, 3).astype(np.int32)
    values, counts = np.unique(coarse @ [256, 16, 1], return_counts=True)
    most = int(values[counts.argmax()])
    return np.array([most // 256, most // 16 % 16, most % 16], float) * 16 + 8


def _weight(block: TextBlock, usual: float, size: tuple[int, ...]) -> float:
    """How sure it is that somebody would draw an area around a block; usual is the height of most small letters."""
    left, top, right, bottom = block.box
    share = (right - left) * (bottom - top) / (size[0] * size[1])
    larger = float(np.median([line.letter for line in block.lines])) / usual
    if share < 0.0012 or (len(block.lines) == 1 and larger < 1.4 and share < 0.008):
        return 0.0
    heading = min(1.0, max(0.0, larger - 1) / 1.5)
    lines = min(3, len(block.lines) - 1) / 3
    return block.confidence * (0.58 + 0.24 * heading + 0.1 * lines + 1.6 * min(share, 0.08))


def _lost_in_a_picture(line: TextLine, pictures: Sequence[tuple[Box, float]], size: tuple[int, ...]) -> bool:
    """Texture that looks like small print; large type over a picture is one."""
    inside = any(covered(line.box, box) > 0.7 for box, _ in pictures)
    return inside and (line.height < 18 or line.confidence < 0.72)


def _apart(found: Sequence[tuple[Kind, Box, float]]) -> list[tuple[Kind, Box, float]]:
    """The surest, a few of each kind, none over another of its kind or mostly within a smaller one."""
    kept: list[tuple[Kind, Box, float]] = []
    for kind, box, sure in found:
        if len(kept) == MOST or sum(k == kind for k, _, _ in kept) == MOST_OF_A_KIND[kind]:
            continue
        if any(_clash(kind, box, k, other) for k, other, _ in kept):
            continue
        kept.append((kind, box, sure))
    return kept


def _clash(kind: Kind, box: Box, other_kind: Kind, other: Box) -> bool:
    both = covered(box, other), covered(other, box)
    if kind == other_kind:
        return max(both) > 0.25
    return min(both) > 0.5


def _corners(box: Box, scale: float, width: int, height: int) -> tuple[tuple[float, float], tuple[float, float]]:
    left, top, right, bottom = (value / scale for value in box)
    pad = 2.0  # px, that the outline does not lie on the letters
    return (
        (float(max(0, round(left - pad))), float(max(0, round(top - pad)))),
        (float(min(width, round(right + pad))), float(min(height, round(bottom + pad)))),
    )


def _bytes(pixels: object) -> NDArray[np.uint8]:
    return np.asarray(pixels, dtype=np.uint8)
