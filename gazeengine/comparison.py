"""Two saliency maps beside each other: where attention differs, how much the maps agree, what areas gain and lose.

A and B are of two pictures, or by two networks of one. A density depends on how many pixels it is spread over, so maps
are compared by density per share of the picture, as multiples of the average: 1 is what a gaze without preference gives
everywhere. Their ratio does not depend on the sizes of the pictures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gazeengine.area_shapes import fitted
from gazeengine.errors import GazeError
from gazeengine.image import resized
from gazeengine.metrics import correlation, similarity
from gazeengine.regions import Area, AreaShare

Floats = npt.NDArray[np.float32]
Size = tuple[int, int]

SAME_ASPECT = 0.01
"""Relative difference in aspect up to which two pictures count as of the same: 1366 x 768 and 1280 x 720 do."""

MOST_CELLS = 160_000  # of the common grid: maps are blurred, finer ones hold no more
RANGES = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Bits at which the colours of a difference may end; one of them, so that pictures can be compared by eye."""

_COVERED = 0.9  # of the attention whose differences lie within the range that is chosen


class ComparisonError(GazeError):
    """Two pictures or maps that cannot be compared place by place."""


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """Where attention differs, on a grid (h, w) over the picture; arrays are read-only.

    bits is log2 of B's density over A's at the same place: +1 twice as much in B, -1 half as much. attention is the
    mean of both densities in multiples of the average: where it is low, few look in either, and bits mean little.
    """

    bits: Floats
    attention: Floats

    @property
    def range_bits(self) -> float:
        """The least of RANGES that holds 90 % of the attention, or the greatest."""
        size = np.abs(self.bits).ravel()
        order = np.argsort(size)
        held = np.cumsum(self.attention.ravel()[order], dtype=np.float64)
        largest = float(size[order[min(np.searchsorted(held, _COVERED * held[-1]), len(order) - 1)]])
        return next((bits for bits in RANGES if bits >= largest), RANGES[-1])


@dataclass(frozen=True, slots=True)
class Agreement:
    """How alike two maps are: SIM, the overlap Σ min(a, b) in [0, 1]; CC, Pearson's correlation in [-1, 1].

    kl_bits is KL(A‖B), Σ a log2(a / b): bits lost for each fixation that follows A where B is taken for it;
    kl_back_bits the other way round, KL(B‖A).
    """

    similarity: float
    correlation: float
    kl_bits: float
    kl_back_bits: float


@dataclass(frozen=True, slots=True)
class AreaChange:
    """An area, or a group of them, in A and in B; None where there is none of its name."""

    name: str
    before: AreaShare | None
    after: AreaShare | None
    is_group: bool = False

    @property
    def points(self) -> float | None:
        """What it gains, in percentage points of all attention."""
        if self.before is None or self.after is None:
            return None
        return 100 * (self.after.share - self.before.share)

    @property
    def ratio(self) -> float | None:
        """How many times as much of the attention it gets in B; None where it got none."""
        if self.before is None or self.after is None or self.before.share <= 0:
            return None
        return self.after.share / self.before.share


def why_not_comparable(a: Size, b: Size) -> str | None:
    """Why pictures of sizes (height, width) cannot be compared place by place; None where they can."""
    if abs(math.log((a[1] / a[0]) / (b[1] / b[0]))) <= SAME_ASPECT:
        return None
    return (
        f"A is {a[1]} × {a[0]} and B {b[1]} × {b[0]} pixels: their proportions differ, so the same place in both shows "
        "different things, and a difference of the maps would only show that"
    )


def common_grid(a: Floats, b: Floats, sizes: tuple[Size, Size] | None = None) -> tuple[Floats, Floats]:
    """Densities of two log densities (h, w) in multiples of the average, on one grid as fine as the coarser of both.

    sizes are those of the pictures, where they are other than the maps'. Raises ComparisonError where their proportions
    differ.
    """
    size_a, size_b = sizes or ((a.shape[0], a.shape[1]), (b.shape[0], b.shape[1]))
    if (reason := why_not_comparable(size_a, size_b)) is not None:
        raise ComparisonError(f"comparison: {reason}; wanted pictures of the same proportions")
    rows, columns = (min(x, y) for x, y in zip(a.shape, b.shape, strict=True))
    scale = min(1.0, math.sqrt(MOST_CELLS / (rows * columns)))
    rows, columns = max(1, round(rows * scale)), max(1, round(columns * scale))
    return _relative(a, rows, columns), _relative(b, rows, columns)


def difference(a: Floats, b: Floats) -> Difference:
    """Where B differs from A, both on one grid as common_grid gives them."""
    bits, attention = np.log2(b / a), np.multiply(a + b, np.float32(0.5))
    for array in (bits, attention):
        array.setflags(write=False)
    return Difference(bits, attention)


def agreement(a: Floats, b: Floats) -> Agreement:
    """How alike two densities on one grid are."""
    bits = np.log2(b, dtype=np.float64) - np.log2(a, dtype=np.float64)
    forth, back = float((-a * bits).mean()), float((b * bits).mean())
    return Agreement(similarity(b, a), correlation(b, a), max(0.0, forth), max(0.0, back))


def area_changes(before: Sequence[AreaShare], after: Sequence[AreaShare], *, groups: bool = False) -> list[AreaChange]:
    """Areas of A and B matched by name, in A's order, then those that only B has. Of one name, the first meets the
    first."""
    left = list(after)
    found = []
    for share in before:
        partner = next((other for other in left if other.name == share.name), None)
        if partner is not None:
            left.remove(partner)
        found.append(AreaChange(share.name, share, partner, groups))
    return found + [AreaChange(share.name, None, share, groups) for share in left]


def at_same_place(areas: Sequence[Area], of: Size, to: Size) -> tuple[Area, ...]:
    """Areas of a picture of size (height, width) at the same relative places of another, where proportions agree.

    Raises ComparisonError where they differ.
    """
    if (reason := why_not_comparable(of, to)) is not None:
        raise ComparisonError(f"areas: {reason}; wanted areas for each of the pictures")
    return fitted(areas, of, to)


def signed(value: float, digits: int) -> str:
    """A number with its sign, which is a true minus; what rounds to nothing has none."""
    rounded = round(value, digits)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else "±"
    return f"{sign}{abs(rounded):.{digits}f}"


def _relative(log_density: Floats, rows: int, columns: int) -> Floats:
    density = np.exp(log_density, dtype=np.float64)
    if density.shape != (rows, columns):
        density = np.asarray(resized(density, rows, columns), np.float64)
    # what is too little for float32 is still something: its logarithm is taken
    return np.asarray(np.maximum(density / density.mean(), 1e-30), np.float32)
