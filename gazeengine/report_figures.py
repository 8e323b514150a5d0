"""Figures of reports: long pages cut into columns, marks with labels that keep out of one another's way, encoding."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from gazeengine.image import resized
from gazeengine.regions import Area
from gazeengine.report_parts import Figure, Mark, Pixels
from gazeengine.typography import LABEL_WEIGHT, shortened, width_of

LONG = 2.4  # times higher than wide: from there on a picture stands in columns
COLUMN = 1.4  # times higher than wide the columns together, about
GAP = 12.0  # between columns, in the units in which a figure is drawn
QUALITY = 90  # of JPEG
LABEL, SMALLER = 12.0, 10.0  # size of a label's letters, and in figures no wider than
SMALL = 600.0
PAD = 5.0  # around them
CAPITALS = 0.727  # em, the height of a capital letter
LONGEST = 190.0  # label


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """A part of a figure at its place: all of it, or a column of a long page. Lengths are those that it is drawn at.

    rgb is the part's; marks and labels are measured from its upper left corner.
    """

    rgb: Pixels
    width: float
    height: float
    outlines: tuple[Outline, ...]
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    points: tuple[tuple[float, float], ...]
    colour: str


@dataclass(frozen=True, slots=True)
class Label:
    """A filled box with a word; ink is black or white, whatever reads better on colour."""

    x: float
    y: float
    width: float
    height: float
    text: str
    colour: str
    ink: str
    size: float = LABEL
    pad: float = PAD

    @property
    def baseline(self) -> float:
        """Where its word stands, from above."""
        return self.y + self.height / 2 + CAPITALS * self.size / 2


def is_long(rgb: Pixels) -> bool:
    """Whether a picture is a page that is read by scrolling."""
    return bool(rgb.shape[0] > LONG * rgb.shape[1])


def slices(figure: Figure, width: float, highest: float) -> tuple[Slice, ...]:
    """The figure as it is drawn in a column of that width, at most highest: one part, or several side by side."""
    height, across = figure.rgb.shape[:2]
    n = max(1, math.ceil(math.sqrt(height / across / COLUMN))) if is_long(figure.rgb) else 1
    rows = math.ceil(height / n)
    scale = min((width - (n - 1) * GAP) / n / across, highest / rows)
    size = LABEL if width > SMALL else SMALLER
    parts = []
    for top in range(0, height, rows):
        below = min(top + rows, height)
        marks = [_moved(mark, top) for mark in figure.marks if _meets(mark, top, below)]
        extent = across * scale, (below - top) * scale
        outlines = [Outline(tuple((x * scale, y * scale) for x, y in m.points), m.colour) for m in marks]
        begun = [mark for mark in marks if min(y for _, y in mark.points) >= 0 or top == 0]
        parts.append(Slice(figure.rgb[top:below], *extent, tuple(outlines), labels(begun, scale, extent, size)))
    return tuple(parts)


def labels(marks: Sequence[Mark], scale: float, extent: tuple[float, float], size: float = LABEL) -> tuple[Label, ...]:
    """Labels at the corners of their marks, where they hide least of one another; the first ones choose first."""
    placed: list[Label] = []
    for mark in marks:
        if not mark.label:
            continue
        xs, ys = zip(*((x * scale, y * scale) for x, y in mark.points), strict=True)
        text = shortened(mark.label, size, min(LONGEST, extent[0] - 2 * PAD), LABEL_WEIGHT)
        width, height = width_of(text, size, LABEL_WEIGHT) + 2 * PAD, size + PAD + 1
        left, right, top, bottom = min(xs), max(xs), min(ys), max(ys)
        corners = (
            (left, top - height),
            (left, top),
            (right - width, top - height),
            (left, bottom),
            (right - width, top),
            (left, bottom - height),
            (right - width, bottom),
            (right, top),
            (left - width, top),
        )
        inside = [
            (min(max(x, 0), max(extent[0] - width, 0)), min(max(y, 0), max(extent[1] - height, 0))) for x, y in corners
        ]
        tried = [Label(x, y, width, height, text, mark.colour, ink_on(mark.colour), size) for x, y in inside]
        moved = [abs(x - a) + abs(y - b) for (x, y), (a, b) in zip(inside, corners, strict=True)]
        best = min(
            range(len(tried)), key=lambda i: (sum(_overlap(tried[i], other) for other in placed), moved[i] > 1, i)
        )
        placed.append(tried[best])
    return tuple(placed)


def mark_of(area: Area, label: str, scale: float = 1) -> Mark:
    """The outline of an area over its picture, drawn scale times as large."""
    return Mark(tuple((x * scale, y * scale) for x, y in _outline(area)), area.colour, label)


def _outline(area: Area) -> Sequence[tuple[float, float]]:
    """A rectangle's four corners, an ellipse's many points, a polygon's own."""
    if area.shape == "polygon":
        return area.points
    left, top, right, bottom = area.box
    if area.shape == "rectangle":
        return (left, top), (right, top), (right, bottom), (left, bottom)
    turns = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    xs = (left + right) / 2 + (right - left) / 2 * np.cos(turns)
    ys = (top + bottom) / 2 + (bottom - top) / 2 * np.sin(turns)
    return list(zip(xs.tolist(), ys.tolist(), strict=True))


def ink_on(colour: str) -> str:
    """Black or white, whichever has more contrast on "#rrggbb" (WCAG's relative luminance)."""
    levels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4 for level in levels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (luminance + 0.05) ** 2 > 0.05 * 1.05 else "#ffffff"


def encoded(rgb: Pixels, most_pixels_across: int) -> tuple[str, bytes]:
    """MIME type and bytes of a picture, reduced to so many pixels across: PNG for screens of few colours, else JPEG."""
    height, width = rgb.shape[:2]
    if width > most_pixels_across:
        rgb = resized(rgb, max(1, round(height * most_pixels_across / width)), most_pixels_across)
    image, written = Image.fromarray(np.ascontiguousarray(rgb)), io.BytesIO()
    step = max(1, round(math.sqrt(rgb.shape[0] * rgb.shape[1] / 1000)))
    some = rgb[::step, ::step].reshape(-1, 3)
    if len(np.unique(some, axis=0)) <= len(some) / 8:
        image.save(written, format="PNG", compress_level=6)
        return "image/png", written.getvalue()
    image.save(written, format="JPEG", quality=QUALITY, subsampling=0)
    return "image/jpeg", written.getvalue()


def _moved(mark: Mark, top: float) -> Mark:
    return Mark(tuple((x, y - top) for x, y in mark.points), mark.colour, mark.label)


def _meets(mark: Mark, top: float, below: float) -> bool:
    ys = [y for _, y in mark.points]
    return max(ys) > top and min(ys) < below


def _overlap(one: Label, other: Label) -> float:
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return max(across, 0) * max(down, 0)
