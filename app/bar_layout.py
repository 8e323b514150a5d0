"""Where the bars, numbers and labels of the width diagram go, in whole pixels. Plain data, no Qt."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

WIDEST_BAR = 64
GROUP_GAP = 6  # the least between groups, before what is left over is shared out
NUMBER_GAP = 3  # between a bar and its number

Placement = Literal["inside", "above", "rotated"]
"""Of the numbers: over the fill within the outline, over the outline, or there and upright."""


@dataclass(frozen=True, slots=True)
class Span:
    """From left up to, not including, right."""

    left: int
    right: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


@dataclass(frozen=True, slots=True)
class BarLayout:
    """Horizontal extents of bars and of the groups they belong to."""

    bars: tuple[Span, ...]
    groups: tuple[tuple[str, Span], ...]

    def bar_at(self, x: float) -> int | None:
        """The bar nearest to x; None beyond the outer ones."""
        if not self.bars or not self.bars[0].left - GROUP_GAP <= x <= self.bars[-1].right + GROUP_GAP:
            return None
        return bisect_right([(a.right + b.left) / 2 for a, b in pairwise(self.bars)], x)


def bar_layout(groups: Sequence[str], joined: Sequence[bool], left: int, width: int) -> BarLayout:
    """Bars of one width side by side: joined ones close together, groups apart.

    Whole pixels keep equal bars equal; what is left over widens the gaps, then the groups' gaps.
    """
    if not groups:
        return BarLayout((), ())
    kinds = [
        "joined" if j else "next" if a == b else "group" for (a, b), j in zip(pairwise(groups), joined[1:], strict=True)
    ]
    bar, gaps = _widths(kinds, width)
    spare = max(width - bar * len(groups) - sum(gaps[kind] for kind in kinds), 0)
    if n := kinds.count("next"):
        more = min(spare // n, bar // 3)
        gaps["next"] += more
        spare -= n * more
    if n := kinds.count("group"):
        more = min(spare // n, 3 * GROUP_GAP)
        gaps["group"] += more
        spare -= n * more
    x = left + spare // 2
    bars = []
    for kind in ["", *kinds]:
        x += gaps.get(kind, 0)
        bars.append(Span(x, x + bar))
        x += bar
    return BarLayout(tuple(bars), tuple(_groups(groups, bars)))


def _widths(kinds: Sequence[str], width: int) -> tuple[int, dict[str, int]]:
    for bar in range(WIDEST_BAR, 1, -1):
        gaps = {
            "joined": max(1, bar // 10),
            "next": max(2, round(0.3 * bar)),
            "group": max(GROUP_GAP, min(round(0.9 * bar), 40)),
        }
        if bar * (len(kinds) + 1) + sum(gaps[kind] for kind in kinds) <= width:
            return bar, gaps
    return 1, {"joined": 0, "next": 1, "group": 3}


def _groups(names: Sequence[str], bars: Sequence[Span]) -> Iterator[tuple[str, Span]]:
    first = 0
    for i in range(1, len(names) + 1):
        if i == len(names) or names[i] != names[first]:
            yield names[first], Span(bars[first].left, bars[i - 1].right)
            first = i


def bar_height(value: float, most: float, pixels: int) -> int:
    """Height by the square root, so that 1 of 512 features shows and 512 fits; at least 2 px but for 0."""
    if value <= 0 or most <= 0:
        return 0
    return max(2, round(pixels * math.sqrt(value / most)))


def axis_values(most: float, pixels: int, *, base: int, least_px: int = 20) -> tuple[float, ...]:
    """Values for grid lines from most's order downwards, at least so many pixels apart.

    base 2 gives every other power of two, each half as high as the one before, for widths; base 10 gives 1, 2,
    5 and their tenfolds.
    """
    values = []
    last = pixels + least_px + 1
    for value in _round_values(most, base):
        height = bar_height(value, most, pixels)
        if height < least_px:
            break
        if last - height >= least_px:
            values.append(value)
            last = height
    return tuple(values)


def _round_values(most: float, base: int) -> Iterator[float]:
    power = math.floor(math.log(most, base) + 1e-9) if most > 0 else 0
    digits, step = ((1,), -2) if base == 2 else ((5, 2, 1), -1)
    for exponent in range(power, power - 12, step):
        for digit in digits:
            if (value := digit * float(base) ** exponent) <= most:
                yield value


def fitting_numbers(
    bars: Sequence[Span], heights: Sequence[int], widths: Sequence[float], height: float
) -> tuple[bool, ...]:
    """Which numbers, of these widths and one height, stand over their bars and touch nothing else."""
    shown: list[bool] = []
    kept: list[tuple[float, float, float]] = []  # left, right, bottom
    for i, (bar, top, width) in enumerate(zip(bars, heights, widths, strict=True)):
        left, right = bar.middle - width / 2, bar.middle + width / 2
        bottom = top + NUMBER_GAP
        near = range(max(i - 4, 0), min(i + 5, len(bars)))
        free = all(j == i or heights[j] + 1 < bottom or right <= bars[j].left or left >= bars[j].right for j in near)
        apart = all(left >= r + 1 or abs(bottom - b) >= height for _, r, b in kept[-4:])
        shown.append(free and apart)
        if free and apart:
            kept.append((left, right, bottom))
    return tuple(shown)


def group_labels(
    groups: Sequence[tuple[str, Span]],
    measure: Callable[[str], float],
    left: int,
    right: int,
    *,
    gap: int = 6,
) -> tuple[tuple[str, float], ...]:
    """Text and left edge of each group's label: under its middle, or moved inside, shortened, left out.

    Wide groups choose first.
    """
    taken: list[tuple[float, float]] = []
    placed: dict[int, tuple[str, float]] = {}
    for i in sorted(range(len(groups)), key=lambda i: -groups[i][1].width):
        name, span = groups[i]
        for text in (name, f"{name[:5]}.", name[:1].upper()) if len(name) > 6 else (name,):
            width = measure(text)
            x = min(max(span.middle - width / 2, left), right - width)
            if all(x >= end + gap or x + width <= begin - gap for begin, end in taken):
                taken.append((x, x + width))
                placed[i] = (text, x)
                break
    return tuple(placed.get(i, ("", 0.0)) for i in range(len(groups)))
