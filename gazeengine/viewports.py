"""Long pages are read as people see them: viewport by viewport, each with its own map, joined into one.

A full-page screenshot is on no screen at once. Looked at as a whole it would be squeezed until nothing on it can be
read, under the habits of a gaze that never was. So it is cut where a reader scrolls: fold 1 is what a browser shows
first, fold 2 what follows a screenful below, and so on.

Folds don't overlap. Where a reader stops scrolling is unknown but for the first viewport, and a mean over all places
would be the map of no viewport, washed out at each border; so the borders are put where they are drawn, and within a
fold the map is that viewport's alone. The last viewport ends where the page does: of its map counts what the fold
before it has not shown. Each map is made on rows of its own, so that nothing is interpolated across a fold, and weighs
as much as its fold is high: maps without preference join to one without, and there is no seam but the fold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from gazeengine.errors import GazeError
from gazeengine.regions import Area, AreaShare, Attention
from gazeengine.saliency_map import SaliencyMap, normalised

Viewport = Literal["auto", "16:10", "16:9", "4:3", "phone", "none"]
Depth = Literal["even", "viewing time"]
VIEWPORTS: tuple[Viewport, ...] = get_args(Viewport)
DEPTHS: tuple[Depth, ...] = get_args(Depth)

HEIGHTS = {"16:10": 10 / 16, "16:9": 9 / 16, "4:3": 3 / 4, "phone": 16 / 9}
"""Height of a viewport by its width. A phone's is what its browser leaves of a screen of 19.5:9."""
PAGE_ABOVE = 2.4
"""A screenshot is a page where it is more than so many times as high as wide: phones' screens end at 21:9, or 2.33."""
PHONE_WIDTH = 540  # px, up to which a page is one of a phone: what it calls 360 to 430 of its own
LEAST_FOLDS = 1.25  # viewports that a picture must be high, where a viewport is chosen
LEAST_REST = 0.05  # viewports; what is left of a page below that belongs to the fold above it
MOST_FOLDS = 120
PAGE_PIXELS = 1_200_000  # of a page's map on display, all folds together
FOLD_PIXELS = 100_000  # of one fold's map on display at most: as fine as networks look

VIEWING_TIME = (57, 17, 7, 5, 3, 2)
REST_OF_TIME = 1
"""Percent of the time on a page that is spent on each screenful, and on each further one. Nielsen Norman Group,
Scrolling and Attention (2018): 130,000 fixations of 120 people on pages of all kinds, at 1920 x 1080."""


class ViewportError(GazeError):
    """A page that cannot be cut into viewports as asked for."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows top to bottom of a page, in its pixels, as seen in a viewport that shows rows shown to bottom.

    number counts from 1; weight is the share of the page's attention that the fold gets.
    """

    number: int
    top: int
    bottom: int
    shown: int
    weight: float

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def name(self) -> str:
        return f"fold {self.number}"


@dataclass(frozen=True, slots=True)
class FoldShare:
    """An area in the fold that most of it lies in: its share of the attention there, beside the share of the page."""

    fold: Fold
    share: AreaShare


def viewport_of(height: int, width: int, viewport: Viewport = "auto", *, screen: bool = True) -> int | None:
    """How high a viewport of a picture is, in its pixels; None where it is one view and no page.

    By itself a picture is a page where it is a screen's and more than PAGE_ABOVE times as high as wide; its viewport is
    then 16:10, or a phone's where it is at most PHONE_WIDTH wide. A chosen viewport makes a page of all that is
    LEAST_FOLDS of it high. Raises ViewportError for one of more than MOST_FOLDS folds where the viewport was chosen.
    """
    if viewport == "none":
        return None
    chosen = viewport != "auto"
    if not chosen:
        if not screen or height <= PAGE_ABOVE * width:
            return None
        viewport = "phone" if width <= PHONE_WIDTH else "16:10"
    rows = max(1, round(width * HEIGHTS[viewport]))
    if height < LEAST_FOLDS * rows:
        return None
    if height > MOST_FOLDS * rows:
        if not chosen:
            return None  # a strip of something, no page
        raise ViewportError(
            f"page of {width} × {height} pixels: found {-(-height // rows)} folds of {viewport}, "
            f"wanted at most {MOST_FOLDS}: choose a higher viewport, or none"
        )
    return rows


def folds_of(
    height: int, width: int, viewport: Viewport = "auto", depth: Depth = "even", *, screen: bool = True
) -> tuple[Fold, ...]:
    """The folds of a page from top to bottom; none where the picture is one view, as viewport_of says."""
    rows = viewport_of(height, width, viewport, screen=screen)
    if rows is None:
        return ()
    tops = [top for top in range(0, height, rows) if top == 0 or height - top >= LEAST_REST * rows]
    edges = zip(tops, [*tops[1:], height], strict=True)
    folds = [Fold(i, top, bottom, min(top, height - rows), 0.0) for i, (top, bottom) in enumerate(edges, 1)]
    weights = np.array([_depth_weight(fold, depth) * fold.height for fold in folds])
    return tuple(replace(fold, weight=float(w)) for fold, w in zip(folds, weights / weights.sum(), strict=True))


def _depth_weight(fold: Fold, depth: Depth) -> float:
    if depth == "even":
        return 1.0
    return float(VIEWING_TIME[fold.number - 1] if fold.number <= len(VIEWING_TIME) else REST_OF_TIME)


def fold_rows(folds: Sequence[Fold], rows: int) -> list[slice]:
    """Which of a map's rows, over a whole page, each fold has."""
    height = folds[-1].bottom
    edges = [round(fold.top * rows / height) for fold in folds] + [rows]
    return [slice(low, high) for low, high in pairwise(edges)]


def viewport_rows(fold: Fold, folds: Sequence[Fold], rows: int) -> int:
    """How many rows the map of the fold's whole viewport has, where that of the page has rows."""
    shown: int = round((fold.bottom - fold.shown) * rows / folds[-1].bottom)
    own = fold_rows(folds, rows)[fold.number - 1]
    return max(1, shown, len(range(rows)[own]))


def page_size(height: int, width: int, folds: Sequence[Fold]) -> tuple[int, int]:
    """Rows and columns of a page's map on display: of the page's aspect, each fold as fine as there is room for all."""
    fold = folds[0]
    wanted = min(FOLD_PIXELS * height / fold.height, PAGE_PIXELS)
    scale = min(1.0, (wanted / (height * width)) ** 0.5)
    # whole rows for a fold, else those of one would be higher than another's
    rows = max(1, round(fold.height * scale))
    scale = rows / fold.height
    return max(len(folds), round(height * scale)), max(1, round(width * scale))


class PageMap:
    """The map (rows, columns) of a page while it is read, fold by fold."""

    def __init__(self, folds: Sequence[Fold], size: tuple[int, int]) -> None:
        self.folds = tuple(folds)
        self._log_density = np.empty(size, np.float32)
        self._places = fold_rows(folds, size[0])
        self._read: set[int] = set()
        for fold, place in zip(folds, self._places, strict=True):
            n = (place.stop - place.start) * size[1]
            self._log_density[place] = np.log(fold.weight / max(1, n))
        # a map with fewer rows than the page has folds leaves some of them out
        left_out = sum(fold.weight for fold, p in zip(folds, self._places, strict=True) if p.stop == p.start)
        self._log_density -= np.float32(np.log(1 - left_out))

    @property
    def read(self) -> tuple[int, ...]:
        """Numbers of the folds that have their maps."""
        return tuple(sorted(self._read))

    def put(self, fold: Fold, log_density: NDArray[np.float32]) -> None:
        """Take the map (h, columns) of the fold's viewport: its last rows, which are the fold's, with its weight."""
        place = self._places[fold.number - 1]
        self._read.add(fold.number)
        if n := place.stop - place.start:
            present = self._log_density[place]
            total = np.exp(present, dtype=np.float64).sum()
            own = normalised(log_density[len(log_density) - n :]).log_density
            self._log_density[place] = own + np.float32(np.log(total))

    def saliency_map(self) -> SaliencyMap:
        """The map so far: what is not read yet is as if each of its pixels were looked at equally often."""
        log_density = self._log_density.copy()
        log_density.setflags(write=False)
        return SaliencyMap(log_density, self.folds)


def reading_order(folds: Sequence[Fold], first: int = 1) -> list[Fold]:
    """The folds in the order in which they are read: the one in sight, then from it downwards, then the ones above."""
    at = min(max(first, 1), len(folds)) - 1
    return [*folds[at:], *reversed(folds[:at])]


def fold_of(area: Area, folds: Sequence[Fold]) -> Fold:
    """The fold that most of an area's height lies in; the upper one where it is halved."""
    _, top, _, bottom = area.box
    return max(folds, key=lambda fold: (min(bottom, fold.bottom) - max(top, fold.top), -fold.number))


class FoldAttention:
    """A page's map, ready for the shares that areas get within their folds, again and again while one is dragged."""

    def __init__(self, log_density: NDArray[np.float32], size: tuple[int, int], folds: Sequence[Fold]) -> None:
        """log_density (h, w) is a page's map, size its (height, width)."""
        self._log_density = log_density
        self._width = size[1]
        self.folds = tuple(folds)
        self._rows = fold_rows(folds, log_density.shape[0])
        self._within: dict[int, Attention] = {}

    def of(self, areas: Sequence[Area]) -> list[FoldShare]:
        """For each area what of the attention to its fold it gets; ranks are among areas of the same fold.

        Raises RegionError for an area beside the page.
        """
        places = [fold_of(area, self.folds) for area in areas]
        found: dict[int, AreaShare] = {}
        for fold in dict.fromkeys(places):
            mine = [i for i, place in enumerate(places) if place is fold]
            shares = self._of(fold).of([areas[i].moved(0, -fold.top) for i in mine])
            found |= dict(zip(mine, shares, strict=True))
        return [FoldShare(place, found[i]) for i, place in enumerate(places)]

    def _of(self, fold: Fold) -> Attention:
        if fold.number not in self._within:
            rows = self._rows[fold.number - 1]
            some = self._log_density[rows.start : max(rows.stop, rows.start + 1)]
            self._within[fold.number] = Attention(some, (fold.height, self._width))
        return self._within[fold.number]
