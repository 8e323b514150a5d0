"""Pictures that are the same, whatever they are called and however they were saved.

Data sets share pictures and list some twice: OSIE's 1279 and 1374 are one, saved twice. Whoever learns from one of them
has seen the other.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from gazeengine.errors import DataError
from gazeengine.image import resized

CELLS = 16
"""Pictures are compared as means over as many cells each way."""
SAME = 2.5
"""Mean difference, in grey levels of 255, up to which two are the same. Saved anew at another size they differ by up to
1.3 in OSIE, and different ones there by 14 or more."""

_DAMAGE = (OSError, SyntaxError, ValueError, TypeError, struct.error, Image.DecompressionBombError)


def same_pictures(paths: Sequence[Path]) -> tuple[tuple[int, ...], ...]:
    """Groups of indices into paths, each of one picture, by their first member. Most have one.

    Raises DataError for a picture that cannot be read.
    """
    places: dict[Path, int] = {}
    for path in paths:
        places.setdefault(path, len(places))
    thumbnails = np.array([_thumbnail(path) for path in places]).reshape(len(places), CELLS**2)
    joined = _joined(thumbnails)
    groups: dict[int, list[int]] = {}
    for i, path in enumerate(paths):
        groups.setdefault(joined[places[path]], []).append(i)
    return tuple(tuple(group) for group in groups.values())


def _thumbnail(path: Path) -> npt.NDArray[np.float32]:
    try:
        with Image.open(path) as image:
            image.draft("L", (4 * CELLS, 4 * CELLS))  # a JPEG is decoded at an eighth of its size where that is enough
            grey = np.asarray(image.convert("L"), np.float32)
    except _DAMAGE as error:
        raise DataError(f"picture {path}: it cannot be read ({error}), wanted a whole one") from error
    return np.asarray(resized(grey, CELLS, CELLS))  # not Pillow's: its boxes are of whole pixels


def _joined(thumbnails: npt.NDArray[np.float32]) -> list[int]:
    """For each the index of the first that it is the same as, itself where there is none before it."""
    firsts = list(range(len(thumbnails)))

    def first(i: int) -> int:
        while firsts[i] != i:
            i = firsts[i]
        return i

    # no two are the same whose means differ more: only neighbours in their order need be compared
    means = thumbnails.mean(1)
    order = np.argsort(means, kind="stable")
    lasts = np.searchsorted(means[order], means[order] + SAME, side="right")
    for rank, i in enumerate(order):
        near = order[rank + 1 : lasts[rank]]
        differences = np.abs(thumbnails[near] - thumbnails[i]).mean(1)
        for j in near[differences <= SAME]:
            a, b = sorted((first(int(i)), first(int(j))))
            firsts[b] = a
    return [first(i) for i in range(len(thumbnails))]
