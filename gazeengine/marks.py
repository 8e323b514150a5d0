"""Contours and hotspots over a picture: lines, borders, and where their labels go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from gazeengine.attention_levels import AttentionLevels, Floats, levels_of
from gazeengine.map_style import MapStyle
from gazeengine.tracing import Polyline
from gazeengine.views import SHARES, Hotspot, contours, hotspots

Box = tuple[float, float, float, float]
"""Left, top, right and bottom in pixels of the picture."""

CASING = (18, 21, 27)  # around white lines, and behind white words
WHITE = (255, 255, 255)
LINE, CASED = 2.0, 4.0  # widths in units, of the line and of what makes it stand out
THIN, THIN_CASED = 1.2, 2.8  # of the borders of hotspots
DASH, GAP = 7.0, 5.0  # units
SOLID_SHARE = SHARES[0]
"""Its line is solid and the others' are dashed, so that one can tell them without colours or words."""
DISC = 11.0  # units, the radius behind a hotspot's number
TEXT = 14.0  # units, the height of type
TWO_DIGITS = 0.8  # times as high, so that they fit the disc


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """What is drawn over a picture: for each share of attention the lines around it, and hotspots.

    Hotspots are bordered in their own view. Over another one borders would hide more than they say.
    """

    contours: tuple[tuple[float, tuple[Polyline, ...]], ...] = ()
    hotspots: tuple[Hotspot, ...] = ()
    bordered: bool = False

    def hotspot_at(self, x: float, y: float) -> Hotspot | None:
        """The hotspot around a place in pixels of the picture."""
        return next((spot for spot in self.hotspots if _surrounds(spot.border, x, y)), None)


@dataclass(frozen=True, slots=True)
class Label:
    """Words on a dark pill that fills box; number stands in a disc around (x, y) where it is not empty."""

    box: Box
    words: str
    number: str = ""
    x: float = 0.0
    y: float = 0.0


def marks(log_density: Floats, size: tuple[int, int], style: MapStyle, levels: AttentionLevels | None = None) -> Marks:
    """What a style draws over a picture of size (height, width), of its map (h, w)."""
    lines: tuple[tuple[float, tuple[Polyline, ...]], ...] = ()
    spots: tuple[Hotspot, ...] = ()
    if style.with_contours:
        levels = levels or levels_of(log_density)
        lines = tuple((share, contours(log_density, share, size, levels)) for share in SHARES)
    if style.with_hotspots:
        spots = hotspots(log_density, size)
    return Marks(lines, spots, style.mode == "hotspots")


def percent(share: float) -> str:
    """A share as "23 %": whole above ten percent, else with one digit."""
    return f"{100 * share:.0f} %" if share >= 0.0995 else f"{100 * share:.1f} %"


def labels(
    drawn: Marks, size: tuple[int, int], unit: float, width_of: Callable[[str], float] | None
) -> tuple[Label, ...]:
    """Where the words of marks go in a picture of size (height, width), the most important first.

    unit is in pixels of the picture, and width_of tells that of words in the same, None for numbers only.
    All lie within the picture where
    there is room. Where two would cover one another, the lesser hotspot has a number only, and a contour's is left out.
    """
    placed: list[Label] = []
    if width_of is None:
        return tuple(_pill(spot, "", size, unit, len) for spot in drawn.hotspots)
    for spot in drawn.hotspots:
        full = _pill(spot, percent(spot.share), size, unit, width_of)
        covered = any(_overlap(full.box, other.box) for other in placed)
        placed.append(_pill(spot, "", size, unit, width_of) if covered else full)
    for share, lines in drawn.contours:
        words = percent(share)
        half = width_of(words) / 2 + 0.4 * TEXT * unit, 0.75 * TEXT * unit
        for x, y in _anchors(lines, solid=share == SOLID_SHARE):
            box = _within((x - half[0], y - half[1], x + half[0], y + half[1]), size)
            if not any(_overlap(box, other.box) for other in placed):
                placed.append(Label(box, words))
                break
    return tuple(placed)


def _pill(spot: Hotspot, words: str, size: tuple[int, int], unit: float, width_of: Callable[[str], float]) -> Label:
    radius = DISC * unit
    right = width_of(words) + 0.7 * TEXT * unit if words else 0.0
    box = _within((spot.x - radius, spot.y - radius, spot.x + radius + right, spot.y + radius), size)
    return Label(box, words, str(spot.number), box[0] + radius, box[1] + radius)


def _anchors(lines: tuple[Polyline, ...], *, solid: bool) -> list[tuple[float, float]]:
    """Where the words of a contour may go, the best first: at the lowest point of its longest lines, or the highest."""
    longest = sorted(lines, key=lambda line: -float(np.abs(np.diff(line, axis=0)).sum()))[:3]
    ends = (np.argmax, np.argmin) if solid else (np.argmin, np.argmax)
    return [(float(line[end(line[:, 1])][0]), float(line[end(line[:, 1])][1])) for line in longest for end in ends]


def _surrounds(lines: Sequence[Polyline], x: float, y: float) -> bool:
    """Whether an odd number of closed lines goes around a place."""
    around = (cv2.pointPolygonTest(line.astype(np.float32), (x, y), False) > 0 for line in lines)
    return sum(around) % 2 == 1


def _within(box: Box, size: tuple[int, int]) -> Box:
    left, top, right, bottom = box
    across = max(0.0, -left) - max(0.0, right - size[1])
    down = max(0.0, -top) - max(0.0, bottom - size[0])
    return left + across, top + down, right + across, bottom + down


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
