"""What the hand does to areas, as pure functions: moved, resized, fitted to a picture, named apart."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from gazeengine.regions import Area, RegionError, checked

Point = tuple[float, float]
Size = tuple[int, int]
"""(height, width) of a picture, in pixels."""

LEAST_SIDE = 4.0  # px, of an area that was drawn or resized
HANDLES: tuple[tuple[float, float], ...] = (
    (0, 0),
    (0.5, 0),
    (1, 0),
    (1, 0.5),
    (1, 1),
    (0.5, 1),
    (0, 1),
    (0, 0.5),
)
"""Places of the handles of a box, as shares of its width and height, from the corner at the top left clockwise."""

COLOURS: tuple[tuple[str, str], ...] = (
    ("Blue", "#2f6fde"),
    ("Orange", "#d55e00"),
    ("Green", "#008a60"),
    ("Pink", "#c2478f"),
    ("Yellow", "#c79a00"),
    ("Sky", "#2a9fd6"),
    ("Violet", "#7a52cc"),
    ("Grey", "#6b7280"),
)
"""Names and colours, told apart by people who see colours otherwise as far as eight can be (after Okabe and Ito)."""


def handles(area: Area) -> tuple[Point, ...]:
    """Where an area is taken hold of: eight places around its box, or a polygon's corners."""
    if area.shape == "polygon":
        return area.points
    left, top, right, bottom = area.box
    return tuple((left + x * (right - left), top + y * (bottom - top)) for x, y in HANDLES)


def moved_inside(areas: Sequence[Area], dx: float, dy: float, size: Size) -> tuple[Area, ...]:
    """Areas moved together by whole pixels, as far as all of them stay in the picture."""
    height, width = size
    boxes = [area.box for area in areas]
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[2] for box in boxes), max(box[3] for box in boxes)
    dx, dy = _between(round(dx), -left, width - right), _between(round(dy), -top, height - bottom)
    return tuple(area.moved(dx, dy) for area in areas)


def stretched(areas: Sequence[Area], dx: float, dy: float, size: Size) -> tuple[Area, ...]:
    """Areas with their right and lower sides elsewhere, within the picture; a polygon is stretched with them."""
    found = []
    for area in areas:
        left, top, right, bottom = area.box
        x = (min(max(right + dx, left + LEAST_SIDE), size[1]) - left) / (right - left)
        y = (min(max(bottom + dy, top + LEAST_SIDE), size[0]) - top) / (bottom - top)
        points = tuple((left + x * (px - left), top + y * (py - top)) for px, py in area.points)
        found.append(replace(area, points=points))
    return tuple(found)


def with_handle(area: Area, handle: int, to: Point, size: Size, *, square: bool = False) -> Area:
    """The area with one of its handles elsewhere, cut at the picture's border; a box keeps its sides if square.

    A handle may be dragged past the opposite one. No side gets shorter than LEAST_SIDE.
    """
    x, y = inside(to, size)
    if area.shape == "polygon":
        points = list(area.points)
        points[handle] = x, y
        changed = replace(area, points=tuple(points))
        left, top, right, bottom = changed.box
        return changed if right - left >= LEAST_SIDE and bottom - top >= LEAST_SIDE else area
    left, top, right, bottom = area.box
    across, down = HANDLES[handle]
    fixed_x, fixed_y = (right if across == 0 else left), (bottom if down == 0 else top)
    if square and across != 0.5 and down != 0.5:
        x, y = _in_proportion((fixed_x, fixed_y), (x, y), (right - left, bottom - top), size)
    if across != 0.5:
        left, right = _span(fixed_x, x, size[1])
    if down != 0.5:
        top, bottom = _span(fixed_y, y, size[0])
    return replace(area, points=((left, top), (right, bottom)))


def box_between(start: Point, end: Point, size: Size, *, square: bool = False) -> tuple[Point, Point]:
    """The corners of a box drawn from start to end, in whole pixels of the picture."""
    (x0, y0), (x1, y1) = inside(start, size), inside(end, size)
    if square:
        x1, y1 = _in_proportion((x0, y0), (x1, y1), (1, 1), size)
    return (min(x0, x1), min(y0, y1)), (max(x0, x1), max(y0, y1))


def large_enough(points: Sequence[Point]) -> bool:
    """Whether what was drawn is meant to be an area, rather than a click."""
    xs, ys = zip(*points, strict=True)
    return bool(max(xs) - min(xs) >= LEAST_SIDE and max(ys) - min(ys) >= LEAST_SIDE)


def inside(point: Point, size: Size) -> Point:
    """The nearest whole pixel of the picture, its right and lower border included."""
    return _between(float(round(point[0])), 0, size[1]), _between(float(round(point[1])), 0, size[0])


def fitted(areas: Iterable[Area], of: Size, to: Size) -> tuple[Area, ...]:
    """Areas of a picture of one size on one of another: scaled in both directions, and cut at its border.

    Raises RegionError for an area that lies beside the picture.
    """
    y, x = to[0] / of[0], to[1] / of[1]
    return tuple(
        cut(replace(area, points=tuple((px * x, py * y) for px, py in area.points)) if of != to else area, to)
        for area in areas
    )


def cut(area: Area, size: Size) -> Area:
    """The area as far as it lies in the picture. Raises RegionError where none of it does."""
    checked(area, size)
    left, top, right, bottom = area.box
    if left >= 0 and top >= 0 and right <= size[1] and bottom <= size[0]:
        return area
    if area.shape != "polygon":  # an ellipse becomes the one of the rest of its box
        left, right = max(left, 0), min(right, size[1])
        top, bottom = max(top, 0), min(bottom, size[0])
        return replace(area, points=((left, top), (right, bottom)))
    points = _clipped(area.points, size)
    if len(points) < 3:
        raise RegionError(
            f"area {area.name!r}: it lies beside the picture of {size[1]} × {size[0]} pixels, wanted some of it inside"
        )
    return checked(replace(area, points=points), size)


def named_apart(areas: Iterable[Area], taken: Collection[str] = ()) -> tuple[Area, ...]:
    """The areas, with names that neither they nor others have: "Button 2" for a second "Button"."""
    used, found = set(taken), []
    for area in areas:
        name = free_name(area.name, used)
        used.add(name)
        found.append(replace(area, name=name))
    return tuple(found)


def free_name(wanted: str, taken: Collection[str]) -> str:
    """wanted, or with the first number behind it that makes it another than all taken ones."""
    if wanted not in taken:
        return wanted
    stem = re.sub(r"\s+\d+$", "", wanted) or wanted
    number = 2
    while f"{stem} {number}" in taken:
        number += 1
    return f"{stem} {number}"


def next_colour(areas: Sequence[Area]) -> str:
    """The first colour that the fewest areas have."""
    colours = [colour for _, colour in COLOURS]
    counts = {colour: sum(area.colour == colour for area in areas) for colour in colours}
    return min(colours, key=lambda colour: counts[colour])


def renamed(areas: Sequence[Area], name: str, to: str) -> tuple[Area, ...]:
    """The areas with another name for one. Raises RegionError where that is empty, or another's."""
    to = " ".join(to.split())
    if not to:
        raise RegionError(f"area {name!r}: found no name, wanted one")
    if to != name and any(area.name == to for area in areas):
        raise RegionError(f"area {name!r}: another area of this picture is called {to!r}, wanted a name of its own")
    return tuple(replace(area, name=to) if area.name == name else area for area in areas)


def _between(value: float, low: float, high: float) -> float:
    return min(max(value, low), max(low, high))


def _span(fixed: float, free: float, extent: float) -> tuple[float, float]:
    """From the fixed end to the free one, at least as long as it must be, within the extent."""
    if abs(free - fixed) < LEAST_SIDE:
        free = fixed + (LEAST_SIDE if free >= fixed else -LEAST_SIDE)
        if not 0 <= free <= extent:
            free = 2 * fixed - free
    return min(fixed, free), max(fixed, free)


def _in_proportion(fixed: Point, free: Point, sides: Point, size: Size) -> Point:
    """The free corner, such that the sides have the proportion of these and it stays in the picture."""
    dx, dy = free[0] - fixed[0], free[1] - fixed[1]
    right, down = (1 if dx >= 0 else -1), (1 if dy >= 0 else -1)
    scale = max(abs(dx) / sides[0], abs(dy) / sides[1])
    room_x = size[1] - fixed[0] if right > 0 else fixed[0]
    room_y = size[0] - fixed[1] if down > 0 else fixed[1]
    scale = min(scale, room_x / sides[0], room_y / sides[1])
    return fixed[0] + right * round(scale * sides[0]), fixed[1] + down * round(scale * sides[1])


def _clipped(points: Sequence[Point], size: Size) -> tuple[Point, ...]:
    """A polygon within the picture (Sutherland and Hodgman: side by side of the border)."""
    for axis, limit, sign in ((0, 0, 1), (0, size[1], -1), (1, 0, 1), (1, size[0], -1)):
        kept: list[Point] = []
        for i, point in enumerate(points):
            before = points[i - 1]
            a, b = sign * (before[axis] - limit), sign * (point[axis] - limit)
            if (a < 0) != (b < 0):
                t = a / (a - b)
                kept.append((before[0] + t * (point[0] - before[0]), before[1] + t * (point[1] - before[1])))
            if b >= 0:
                kept.append(point)
        points = kept
    return tuple(points)
