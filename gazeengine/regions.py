"""Areas of interest: shapes over a picture, and the share of attention that falls into each.

The share is the density summed over an area; intensity says how many times as much that is as a gaze without
preference would give it. A map may be coarser than its picture: pixels on an area's border count by the part of them
that lies inside.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import cv2
import numpy as np
import numpy.typing as npt

from gazeengine.errors import GazeError, cause

Shape = Literal["rectangle", "ellipse", "polygon"]
Floats = npt.NDArray[np.float32]
VERSION = 1
FINE = 4  # sub-pixel bits with which OpenCV draws: a sixteenth of a pixel
OVERSAMPLED = 4  # times in each direction, for the parts of pixels
LEAST_PIXELS = 400  # of a map along its longer side, below which it is refined for areas
ROUNDING = 0.0005  # of all attention: shares closer than that have no order


class RegionError(GazeError):
    """An area that is none, or lies beside the picture."""


@dataclass(frozen=True, slots=True)
class Area:
    """A shape in pixels of the picture, x to the right and y down: two opposite corners, or a polygon's."""

    name: str
    shape: Shape
    points: tuple[tuple[float, float], ...]
    colour: str = "#2f6fde"
    group: str = ""

    def moved(self, dx: float, dy: float) -> Area:
        """The same elsewhere."""
        points = tuple((x + dx, y + dy) for x, y in self.points)
        return Area(self.name, self.shape, points, self.colour, self.group)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom."""
        xs, ys = zip(*self.points, strict=True)
        return min(xs), min(ys), max(xs), max(ys)


@dataclass(frozen=True, slots=True)
class AreaShare:
    """What an area, or a group of areas together, gets.

    share is of all attention and area_share of the picture, both in [0, 1]; intensity their ratio; rank counts from 1,
    the greatest share first, among areas or among groups.
    """

    name: str
    share: float
    area_share: float
    intensity: float
    rank: int
    group: str = ""


def checked(area: Area, size: tuple[int, int]) -> Area:
    """The area, if some of it lies in a picture of size (height, width). Raises RegionError if not."""
    n, wanted = len(area.points), 2 if area.shape != "polygon" else 3
    if (area.shape == "polygon" and n < wanted) or (area.shape != "polygon" and n != wanted):
        raise RegionError(f"area {area.name!r}: found {n} points, wanted {'at least ' * (wanted == 3)}{wanted}")
    if not np.isfinite(area.points).all():
        raise RegionError(f"area {area.name!r}: found a point that is no number, wanted pixels of the picture")
    left, top, right, bottom = area.box
    height, width = size
    if right <= 0 or bottom <= 0 or left >= width or top >= height:
        raise RegionError(
            f"area {area.name!r}: it lies from {left:.0f}, {top:.0f} to {right:.0f}, {bottom:.0f}, beside the picture "
            f"of {width} × {height} pixels, wanted some of it inside"
        )
    if right <= left or bottom <= top:
        raise RegionError(
            f"area {area.name!r}: it is {right - left:g} × {bottom - top:g} pixels, wanted more than none"
        )
    return area


def coverage(area: Area, grid: tuple[int, int], size: tuple[int, int]) -> Floats:
    """How much of each cell of a grid (h, w) over a picture of size (height, width) lies in the area, in [0, 1]."""
    whole = np.zeros(grid, np.float32)
    part = _covered(area, grid, size)
    whole[part.rows, part.columns] = part.cover
    return whole


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """What an area covers of a grid's cells, in the least window of them."""

    rows: slice
    columns: slice
    cover: Floats


def _covered(area: Area, grid: tuple[int, int], size: tuple[int, int]) -> _Part:
    (n_rows, n_columns), (height, width) = grid, size
    x_scale, y_scale = n_columns / width, n_rows / height
    left, top, right, bottom = area.box
    left, right, top, bottom = left * x_scale, right * x_scale, top * y_scale, bottom * y_scale
    rows, columns = _window(top, bottom, n_rows), _window(left, right, n_columns)
    if area.shape == "rectangle":
        across, down = _overlap(left, right, columns), _overlap(top, bottom, rows)
        return _Part(rows, columns, np.asarray(np.outer(down, across), np.float32))
    n_down, n_across = rows.stop - rows.start, columns.stop - columns.start
    if not n_down or not n_across:
        return _Part(rows, columns, np.zeros((n_down, n_across), np.float32))
    corners = np.array(area.points, float) * [x_scale, y_scale]
    if area.shape == "ellipse":
        middle, radii = (corners[0] + corners[1]) / 2, np.abs(corners[0] - corners[1]) / 2
        angles = np.linspace(0, 2 * np.pi, 180, endpoint=False)
        corners = middle + radii * np.stack([np.cos(angles), np.sin(angles)], 1)
    fine = np.zeros((n_down * OVERSAMPLED, n_across * OVERSAMPLED), np.uint8)
    corners = (corners - [columns.start, rows.start]) * OVERSAMPLED
    # a pixel is drawn where its middle is inside: OpenCV counts from there
    cv2.fillPoly(fine, [np.rint((corners - 0.5) * 2**FINE).astype(np.int32)], 255, shift=FINE)
    cover = cv2.resize(fine, (n_across, n_down), interpolation=cv2.INTER_AREA)
    return _Part(rows, columns, np.asarray(cover, np.float32) / np.float32(255))


class Attention:
    """A map's density, ready for the shares of many areas, again and again while one of them is dragged."""

    def __init__(self, log_density: Floats, size: tuple[int, int]) -> None:
        """log_density (h, w) in nats over the cells of a grid; size is the picture's (height, width)."""
        density = cv2.exp(np.ascontiguousarray(log_density - log_density.max(), np.float32))
        longer = max(density.shape)
        if longer < min(LEAST_PIXELS, max(size)):
            factor = min(LEAST_PIXELS, max(size)) / longer
            shape = tuple(max(1, round(extent * factor)) for extent in density.shape)
            density = cv2.resize(density, shape[::-1], interpolation=cv2.INTER_LINEAR)
        self.size = size
        self._density: Floats = np.asarray(density, np.float32)
        self._total = float(self._density.sum(dtype=np.float64))
        self._known: dict[Area, tuple[_Part, float, float]] = {}
        self._known_groups: dict[tuple[Area, ...], tuple[float, float]] = {}

    def of(self, areas: Sequence[Area]) -> tuple[AreaShare, ...]:
        """Shares of areas, in their order. What did not change since the last call is not computed again.

        Raises RegionError for an area beside the picture.
        """
        self._known = {area: self._known.get(area) or self._measured(area) for area in areas}
        return _ranked([(area.name, *self._known[area][1:], area.group) for area in areas])

    def of_groups(self, areas: Sequence[Area]) -> tuple[AreaShare, ...]:
        """Shares of what the areas of each group cover together, each pixel once; without a group they are left out."""
        self.of(areas)
        names = dict.fromkeys(area.group for area in areas if area.group)
        members = {name: tuple(area for area in areas if area.group == name) for name in names}
        known = self._known_groups
        self._known_groups = {own: known.get(own) or self._together(own) for own in members.values()}
        return _ranked([(name, *self._known_groups[own], name) for name, own in members.items()])

    def _measured(self, area: Area) -> tuple[_Part, float, float]:
        part = _covered(checked(area, self.size), self._density.shape, self.size)
        return part, *self._sums(part)

    def _together(self, areas: Sequence[Area]) -> tuple[float, float]:
        """What areas cover, each pixel once."""
        parts = [self._known[area][0] for area in areas]
        rows = slice(min(p.rows.start for p in parts), max(p.rows.stop for p in parts))
        columns = slice(min(p.columns.start for p in parts), max(p.columns.stop for p in parts))
        left_out = np.ones((rows.stop - rows.start, columns.stop - columns.start), np.float32)
        for p in parts:
            down = slice(p.rows.start - rows.start, p.rows.stop - rows.start)
            across = slice(p.columns.start - columns.start, p.columns.stop - columns.start)
            left_out[down, across] *= 1 - p.cover
        return self._sums(_Part(rows, columns, 1 - left_out))

    def _sums(self, part: _Part) -> tuple[float, float]:
        density = self._density[part.rows, part.columns]
        share = float((part.cover * density).sum(dtype=np.float64)) / self._total
        return share, float(part.cover.sum(dtype=np.float64)) / self._density.size


def order_flips(before: Sequence[AreaShare], after: Sequence[AreaShare]) -> list[tuple[str, str]]:
    """Pairs of areas, the stronger before first, of which the other is the stronger after; beyond rounding."""
    later = {share.name: share.share for share in after}
    found = []
    for i, one in enumerate(before):
        for other in before[i + 1 :]:
            if one.name not in later or other.name not in later:
                continue
            was, now = one.share - other.share, later[one.name] - later[other.name]
            if min(abs(was), abs(now)) > ROUNDING and was * now < 0:
                found.append((one.name, other.name) if was > 0 else (other.name, one.name))
    return found


def _window(low: float, high: float, cells: int) -> slice:
    """The cells that an extent touches."""
    first, last = min(max(math.floor(low), 0), cells), min(max(math.ceil(high), 0), cells)
    return slice(first, max(first, last))


def _overlap(low: float, high: float, window: slice) -> Floats:
    edges = np.arange(window.start, window.stop + 1, dtype=float)
    return np.asarray(np.clip(np.minimum(high, edges[1:]) - np.maximum(low, edges[:-1]), 0, 1), np.float32)


def _ranked(found: Sequence[tuple[str, float, float, str]]) -> tuple[AreaShare, ...]:
    by_share = sorted(range(len(found)), key=lambda i: -found[i][1])
    ranks = {i: rank for rank, i in enumerate(by_share, 1)}
    return tuple(
        AreaShare(name, share, area, share / area if area else 0.0, ranks[i], group)
        for i, (name, share, area, group) in enumerate(found)
    )


# files


@dataclass(frozen=True, slots=True)
class AreaFile:
    """Areas, and the size (height, width) of the picture that they were drawn on; None where that is not known."""

    areas: tuple[Area, ...]
    size: tuple[int, int] | None = None


def to_json(areas: Sequence[Area], size: tuple[int, int] | None = None) -> str:
    """Areas as they are stored, with a format version and the size (height, width) of their picture."""
    rows = [
        {"name": a.name, "shape": a.shape, "points": [list(p) for p in a.points], "colour": a.colour, "group": a.group}
        for a in areas
    ]
    stored: dict[str, Any] = {"format": "fishergaze-areas", "version": VERSION}
    if size is not None:
        stored["picture"] = {"width": size[1], "height": size[0]}
    return json.dumps(stored | {"areas": rows}, ensure_ascii=False, indent=1)


def from_json(text: str, subject: str = "areas") -> tuple[Area, ...]:
    """The areas of a file. Raises RegionError with what was found and wanted."""
    return read_areas(text, subject).areas


def read_areas(text: str, subject: str = "areas") -> AreaFile:
    """What is in the text of a file of areas. Raises RegionError with what was found and wanted."""
    try:
        found: Any = json.loads(text)
        if not isinstance(found, Mapping) or found.get("format") != "fishergaze-areas":
            raise RegionError(f"{subject}: found another kind of file, wanted areas as FisherGaze writes them")
        if int(found["version"]) > VERSION:
            raise RegionError(f"{subject}: it has version {found['version']}, wanted at most {VERSION}: it is newer")
        size = (int(found["picture"]["height"]), int(found["picture"]["width"])) if "picture" in found else None
        if size is not None and min(size) < 1:
            raise RegionError(f"{subject}: found a picture of {size[1]} × {size[0]} pixels, wanted one of some")
        return AreaFile(tuple(_area(row, subject) for row in found["areas"]), size)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise RegionError(
            f"{subject}: it is damaged ({cause(error)}), wanted areas as FisherGaze writes them"
        ) from error


def _area(row: Mapping[str, Any], subject: str) -> Area:
    shape, colour = row["shape"], str(row.get("colour", "#2f6fde"))
    if shape not in get_args(Shape):
        raise RegionError(f"{subject}: found shape {shape!r}, wanted {', '.join(get_args(Shape))}")
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise RegionError(f"{subject}: found colour {colour!r}, wanted one as #2f6fde")
    points = tuple((float(x), float(y)) for x, y in row["points"])
    name, group = (" ".join(str(words).split()) for words in (row["name"], row.get("group", "")))
    return Area(name or shape.capitalize(), shape, points, colour, group)


def to_csv(shares: Sequence[AreaShare]) -> str:
    """A table with a line for each area, percentages in percent."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["area", "group", "attention_percent", "area_percent", "times_chance", "rank"])
    for s in shares:
        writer.writerow(
            [s.name, s.group, f"{100 * s.share:.3f}", f"{100 * s.area_share:.3f}", f"{s.intensity:.3f}", s.rank]
        )
    return text.getvalue()
