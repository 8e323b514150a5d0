"""Areas of interest: shapes over a picture, and the share of attention that falls into each.

The share is the density summed over an area; intensity says how many times as much that is as a gaze without
preference would give it. A map may be coarser than its picture: pixels on an area's border count by the part of them
that lies inside.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import cv2
import numpy as np
import numpy.typing as npt

from gazeengine.errors import GazeError

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
            f"of {width} x {height} pixels, wanted some of it inside"
        )
    if right <= left or bottom <= top:
        raise RegionError(
            f"area {area.name!r}: it is {right - left:g} x {bottom - top:g} pixels, wanted more than none"
        )
    return area


def coverage(area: Area, grid: tuple[int, int], size: tuple[int, int]) -> Floats:
    """How much of each cell of a grid (h, w) over a picture of size (height, width) lies in the area, in [0, 1]."""
    (rows, columns), (height, width) = grid, size
    x_scale, y_scale = columns / width, rows / height
    if area.shape == "rectangle":
        left, top, right, bottom = area.box
        across = _overlap(left * x_scale, right * x_scale, columns)
        down = _overlap(top * y_scale, bottom * y_scale, rows)
        return np.asarray(np.outer(down, across), np.float32)
    fine = np.zeros((rows * OVERSAMPLED, columns * OVERSAMPLED), np.uint8)
    scale = np.array([x_scale, y_scale]) * OVERSAMPLED
    corners = np.array(area.points, float) * scale
    if area.shape == "ellipse":
        middle, radii = (corners[0] + corners[1]) / 2, np.abs(corners[0] - corners[1]) / 2
        angles = np.linspace(0, 2 * np.pi, 180, endpoint=False)
        corners = middle + radii * np.stack([np.cos(angles), np.sin(angles)], 1)
    # a pixel is drawn where its middle is inside: OpenCV counts from there
    cv2.fillPoly(fine, [np.rint((corners - 0.5) * 2**FINE).astype(np.int32)], 1, shift=FINE)
    return np.asarray(fine.reshape(rows, OVERSAMPLED, columns, OVERSAMPLED).mean((1, 3)), np.float32)


class Attention:
    """A map's density, ready for the shares of many areas, again and again while one of them is dragged."""

    def __init__(self, log_density: Floats, size: tuple[int, int]) -> None:
        """log_density (h, w) in nats over the cells of a grid; size is the picture's (height, width)."""
        density = np.exp(log_density, dtype=np.float64)
        longer = max(density.shape)
        if longer < min(LEAST_PIXELS, max(size)):
            factor = min(LEAST_PIXELS, max(size)) / longer
            shape = tuple(max(1, round(extent * factor)) for extent in density.shape)
            density = np.asarray(cv2.resize(density, shape[::-1], interpolation=cv2.INTER_LINEAR), np.float64)
        self.size = size
        self._density = density / density.sum()
        self._known: dict[Area, tuple[Floats, float, float]] = {}

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
        found = []
        for name in names:
            covered = [self._known[area][0] for area in areas if area.group == name]
            union = 1 - np.prod([1 - cover for cover in covered], axis=0)
            found.append((name, *self._sums(union), name))
        return _ranked(found)

    def _measured(self, area: Area) -> tuple[Floats, float, float]:
        cover = coverage(checked(area, self.size), (self._density.shape[0], self._density.shape[1]), self.size)
        return cover, *self._sums(cover)

    def _sums(self, cover: Floats) -> tuple[float, float]:
        rows = np.flatnonzero(cover.any(1))
        if not len(rows):
            return 0.0, 0.0
        some = slice(rows[0], rows[-1] + 1)
        share = float(np.einsum("ij,ij->", cover[some], self._density[some]))
        return share, float(cover[some].sum(dtype=np.float64) / cover.size)


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


def _overlap(low: float, high: float, cells: int) -> Floats:
    edges = np.arange(cells + 1, dtype=float)
    return np.asarray(np.clip(np.minimum(high, edges[1:]) - np.maximum(low, edges[:-1]), 0, 1), np.float32)


def _ranked(found: Sequence[tuple[str, float, float, str]]) -> tuple[AreaShare, ...]:
    by_share = sorted(range(len(found)), key=lambda i: -found[i][1])
    ranks = {i: rank for rank, i in enumerate(by_share, 1)}
    return tuple(
        AreaShare(name, share, area, share / area if area else 0.0, ranks[i], group)
        for i, (name, share, area, group) in enumerate(found)
    )


# files


def to_json(areas: Sequence[Area]) -> str:
    """Areas as they are stored, with a format version."""
    rows = [
        {"name": a.name, "shape": a.shape, "points": [list(p) for p in a.points], "colour": a.colour, "group": a.group}
        for a in areas
    ]
    return json.dumps({"format": "fishergaze-areas", "version": VERSION, "areas": rows}, ensure_ascii=False, indent=1)


def from_json(text: str, subject: str = "areas") -> tuple[Area, ...]:
    """The areas of a file. Raises RegionError with what was found and wanted."""
    try:
        found: Any = json.loads(text)
        if not isinstance(found, Mapping) or found.get("format") != "fishergaze-areas":
            raise RegionError(f"{subject}: found another kind of file, wanted areas as FisherGaze writes them")
        if int(found["version"]) > VERSION:
            raise RegionError(f"{subject}: it has version {found['version']}, wanted at most {VERSION}: it is newer")
        return tuple(_area(row, subject) for row in found["areas"])
    except (ValueError, KeyError, TypeError) as error:
        raise RegionError(f"{subject}: it is damaged ({error!r}), wanted areas as FisherGaze writes them") from error


def _area(row: Mapping[str, Any], subject: str) -> Area:
    shape, colour = row["shape"], str(row.get("colour", "#2f6fde"))
    if shape not in get_args(Shape):
        raise RegionError(f"{subject}: found shape {shape!r}, wanted {', '.join(get_args(Shape))}")
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise RegionError(f"{subject}: found colour {colour!r}, wanted one as #2f6fde")
    points = tuple((float(x), float(y)) for x, y in row["points"])
    return Area(str(row["name"]), shape, points, colour, str(row.get("group", "")))


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
