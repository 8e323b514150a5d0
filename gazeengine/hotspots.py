"""Hotspots: the places that hold most of attention, one from another, numbered by what they get.

The rule: taken is the smallest region that holds 80 % of attention. From each of its cells one climbs to the peak that
the steepest way leads to; what leads to the same peak belongs together. A peak that rises less than a quarter of a
nat (1.28 times the density) above the pass to a higher one belongs to that. So every part of the region is in one
hotspot and their shares sum to 80 %, less what the weakest get: of those with under 1 %, or beyond the twelfth, or
whose peak rises no quarter of a nat above the mean density.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gazeengine.attention_levels import Floats, coarser, levels_of
from gazeengine.tracing import Polyline, traced

TAKEN = 0.8  # of attention, which hotspots divide among them
RISE = 0.25  # nats, of a peak above the pass to a higher one
LEAST_SHARE = 0.01
MOST = 12
CELLS = 10_000  # of the grid that is divided; hotspots are far larger

_ROUNDED = 1.6  # cells, of borders
_MARGIN = 5  # cells around a region, in which its border goes to nothing
_NEIGHBOURS = ((0, 1), (1, -1), (1, 0), (1, 1))  # with their opposites, eight


@dataclass(frozen=True, slots=True, eq=False)
class Hotspot:
    """A place where many look: its peak, x to the right and y down in pixels of the picture, and what borders it.

    share is of all attention, in [0, 1]; number counts from 1, the greatest share first. border are closed polylines
    (n, 2) of x and y.
    """

    number: int
    x: float
    y: float
    share: float
    border: tuple[Polyline, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """Cells (h, w) of a map by the hotspot they belong to, 0 for none, and the peaks and shares of hotspots 1, 2, …

    peaks are (row, column).
    """

    number: NDArray[np.int32]
    peaks: tuple[tuple[int, int], ...]
    shares: tuple[float, ...]


def hotspots(log_density: Floats, size: tuple[int, int], most: int = MOST) -> tuple[Hotspot, ...]:
    """The hotspots of a map (h, w) in nats over a picture of size (height, width), by falling share."""
    found = divided(coarser(log_density, CELLS), most)
    rows, columns = found.number.shape
    down, across = size[0] / rows, size[1] / columns
    return tuple(
        Hotspot(
            i,
            (column + 0.5) * across,
            (row + 0.5) * down,
            share,
            _border(found.number == i, size),
        )
        for i, ((row, column), share) in enumerate(zip(found.peaks, found.shares, strict=True), 1)
    )


def divided(log_density: Floats, most: int = MOST) -> Division:
    """The cells of a map (h, w) divided into hotspots by the rule above, exact over them."""
    values = log_density.ravel()
    taken = values >= levels_of(log_density).level(TAKEN)
    peak_of = _merged(_climbed(log_density), log_density, taken.reshape(log_density.shape))
    density = np.exp(values - values.max(), dtype=np.float64)
    density /= density.sum()
    share = np.bincount(peak_of[taken], density[taken], minlength=values.size)
    stands_out = values >= RISE - np.log(values.size) + np.log(np.exp(values - values.max()).sum()) + values.max()
    peaks = np.flatnonzero((share >= LEAST_SHARE) & stands_out)
    # ties by place, so that the same map has the same numbers; shares of what is symmetric differ by rounding
    order = peaks[np.lexsort((peaks, -np.round(share[peaks], 9)))][:most]
    number = np.zeros(values.size, np.int32)
    number[order] = np.arange(1, len(order) + 1)
    columns = log_density.shape[1]
    return Division(
        np.where(taken, number[peak_of], 0).reshape(log_density.shape).astype(np.int32),
        tuple((int(i) // columns, int(i) % columns) for i in order),
        tuple(float(share[i]) for i in order),
    )


def _climbed(log_density: Floats) -> NDArray[np.intp]:
    """The flat index of the peak that the steepest way leads to, for each cell (H * W)."""
    height, width = log_density.shape
    rank = np.empty(log_density.size, np.int32)  # no two are equal, so that one climbs on a plateau, too
    rank[np.argsort(log_density, axis=None, kind="stable")] = np.arange(log_density.size, dtype=np.int32)
    padded = np.full((height + 2, width + 2), -1, np.int32)
    padded[1:-1, 1:-1] = rank.reshape(height, width)
    highest = cv2.dilate(padded.astype(np.float32), np.ones((3, 3), np.uint8))[1:-1, 1:-1]
    at_rank = np.empty(log_density.size, np.intp)
    at_rank[rank] = np.arange(log_density.size)
    up = at_rank[highest.astype(np.int32).ravel()]
    while not np.array_equal(further := up[up], up):
        up = further
    return up


def _merged(peak_of: NDArray[np.intp], log_density: Floats, taken: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The same, without peaks that rise too little above the pass to a higher one."""
    values = log_density.ravel()
    peaks, which = np.unique(peak_of, return_inverse=True)
    parent = {int(p): int(p) for p in peaks}

    def root(peak: int) -> int:
        while parent[peak] != peak:
            peak = parent[peak]
        return peak

    for height, one, other in _passes(peak_of.reshape(log_density.shape), log_density, taken):
        lower, higher = sorted((root(one), root(other)), key=lambda peak: (values[peak], -peak))
        if lower != higher and values[lower] - height < RISE:
            parent[lower] = higher
    return np.array([root(int(p)) for p in peaks])[which]


def _passes(peak_of: NDArray[np.intp], log_density: Floats, taken: NDArray[np.bool_]) -> list[tuple[float, int, int]]:
    """The highest pass between the cells of two peaks, where both are taken: its log density and the peaks, falling."""
    found: list[tuple[NDArray[np.float32], NDArray[np.intp], NDArray[np.intp]]] = []
    height, width = log_density.shape
    for down, right in _NEIGHBOURS:
        here = slice(0, height - down), slice(max(0, -right), width - max(0, right))
        there = slice(down, height), slice(max(0, right), width - max(0, -right))
        border = (peak_of[here] != peak_of[there]) & taken[here] & taken[there]
        low = np.minimum(log_density[here], log_density[there])[border]
        one, other = peak_of[here][border], peak_of[there][border]
        found.append((low, np.minimum(one, other), np.maximum(one, other)))
    low, one, other = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((other, one, -low))
    _, first = np.unique(one[order] * log_density.size + other[order], return_index=True)
    return [(float(low[i]), int(one[i]), int(other[i])) for i in order[np.sort(first)]]


def _border(inside: NDArray[np.bool_], size: tuple[int, int]) -> tuple[Polyline, ...]:
    """What borders some of the cells (h, w), rounded where they have corners."""
    rows, columns = inside.shape
    down, across = size[0] / rows, size[1] / columns
    here = np.argwhere(inside)
    top, left = np.maximum(here.min(0) - _MARGIN, 0)
    bottom, right = np.minimum(here.max(0) + _MARGIN + 1, (rows, columns))
    soft = np.asarray(cv2.GaussianBlur(inside[top:bottom, left:right].astype(np.float32), (0, 0), _ROUNDED), np.float32)
    lines = traced(soft, 0.5, ((bottom - top) * down, (right - left) * across))
    return tuple(line + np.array([left * across, top * down]) for line in lines)
