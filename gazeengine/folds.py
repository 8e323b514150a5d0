"""Splits of data sets for cross-validation, and for sets that are published without a split.

What is drawn depends on the seed and on the names of the pictures only, not on the machine or the order of
files. The same picture, under two names or in two data sets, stays on one side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

from gazeengine.errors import DataError
from gazeengine.same_pictures import same_pictures
from gazeengine.stimuli import DataSet

DRAWN = ("train", "val", "test")
"""Splits that are drawn where a data set has none: 80, 10 and 10 percent."""


@dataclass(frozen=True, slots=True)
class Fold:
    """One way to hold pictures out: of each data set those to learn from and those that are held out."""

    training: tuple[DataSet, ...]
    validation: tuple[DataSet, ...]


def folds(data_sets: Sequence[DataSet], n: int = 10, seed: int = 0) -> tuple[Fold, ...]:
    """n folds in which each picture is held out once, as the paper splits MIT1003 into 10.

    Each data set is divided evenly. Raises DataError where it has fewer different pictures than there are folds.
    """
    paths = [s.path for data in data_sets for s in data.stimuli]
    owners = [i for i, data in enumerate(data_sets) for _ in data.stimuli]
    parts = _dealt(paths, same_pictures(paths), owners, n, seed)
    for i, data in enumerate(data_sets):
        found = len({part for part, owner in zip(parts, owners, strict=True) if owner == i})
        if found < n:
            raise DataError(
                f"data set {data.name}: its {len(data.stimuli)} pictures make {found} parts, "
                f"wanted {n}, one for each fold"
            )
    return tuple(Fold(*(_divided(data_sets, parts, k, n, held_out) for held_out in (False, True))) for k in range(n))


def drawn(paths: Sequence[Path], split: str, seed: int = 0) -> list[Path]:
    """The pictures of one of DRAWN, in the order of paths: of ten parts eight, one and one.

    Raises DataError where there are fewer than three different pictures.
    """
    groups = same_pictures(paths)
    n = min(10, len(groups))
    if n < len(DRAWN):
        folder = paths[0].parent if paths else "without pictures"
        raise DataError(f"data set {folder}: found {n} different pictures, wanted 3 or more to draw {', '.join(DRAWN)}")
    splits = ["train"] * (n - 2) + ["val", "test"]
    parts = _dealt(paths, groups, [0] * len(paths), n, seed)
    return [path for path, part in zip(paths, parts, strict=True) if splits[part] == split]


def _dealt(
    paths: Sequence[Path], groups: Sequence[Sequence[int]], owners: Sequence[int], n: int, seed: int
) -> list[int]:
    """For each picture the part, of n, that its group is dealt to. Each owner's are spread evenly over the parts."""

    def rank(group: Sequence[int]) -> tuple[int, list[bytes]]:
        return -len(group), sorted(_drawn_number(paths[i], seed) for i in group)  # what is alone levels the rest

    parts = [0] * len(paths)
    dealt = [[0] * n for _ in range(max(owners, default=0) + 1)]
    for group in sorted(groups, key=rank):
        # to the part that has least of what these belong to, and of them to that which has least of all
        part = min(range(n), key=lambda k: (sum(dealt[owners[i]][k] for i in group), sum(d[k] for d in dealt), k))
        for i in group:
            parts[i] = part
            dealt[owners[i]][part] += 1
    return parts


def _drawn_number(path: Path, seed: int) -> bytes:
    """A number drawn for a picture; with the name of its folder, as categories have pictures of the same name."""
    return blake2b(f"{seed} {path.parent.name}/{path.name}".encode(), digest_size=16).digest()


def _divided(data_sets: Sequence[DataSet], parts: Sequence[int], k: int, n: int, held_out: bool) -> tuple[DataSet, ...]:
    divided, begin = [], 0
    for data in data_sets:
        own = parts[begin : begin + len(data.stimuli)]
        begin += len(data.stimuli)
        stimuli = tuple(s for s, part in zip(data.stimuli, own, strict=True) if (part == k) == held_out)
        what = "validation" if held_out else "training"
        divided.append(replace(data, name=f"{data.name}, fold {k + 1} of {n} {what}", stimuli=stimuli, n_outside=0))
    return tuple(divided)
