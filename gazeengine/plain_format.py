"""Data sets in the project's plain format.

A folder holds images/, images.csv (image, width, height, ..., split) and, where people were measured,
fixations.csv (image, observer, order, x, y, ...): x to the right and y down in pixels of the picture. The
first fixation of each scanpath (order 0) is the forced central one and is left out.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from gazeengine.errors import DataError
from gazeengine.stimuli import DataSet, Stimulus

N = TypeVar("N", int, float)


def read_plain(folder: Path, split: str) -> DataSet:
    """One split of a folder in the plain format.

    Raises DataError where a file or column is missing, a number is malformed, a picture is not there, has no
    row or is in two splits, a fixation lies outside its picture, or the split is empty.
    """
    subject = f"data set {folder}"
    sizes: dict[str, tuple[int, int]] = {}
    splits: dict[str, str] = {}
    for row in _rows(folder / "images.csv", ("image", "width", "height", "split")):
        if splits.setdefault(row["image"], row["split"]) != row["split"]:
            raise DataError(
                f"{row.path}: line {row.line} has {row['image']!r} in split {row['split']!r} and an earlier line "
                f"in {splits[row['image']]!r}, wanted each picture in one"
            )
        if row["split"] == split:
            sizes[row["image"]] = row.pixels("height"), row.pixels("width")
    if not sizes:
        known = ", ".join(sorted(set(splits.values()))) or "a table with pictures"
        raise DataError(f"{subject}: there is no split {split!r}, wanted one of {known}")
    points: dict[str, list[tuple[float, float]]] = {name: [] for name in sizes}
    if (folder / "fixations.csv").exists():
        for row in _rows(folder / "fixations.csv", ("image", "order", "x", "y")):
            if row["image"] not in splits:
                raise DataError(
                    f"{subject}: picture {row['image']!r} has fixations but no row, wanted one in images.csv"
                )
            if row["image"] in sizes and row.number("order", int) > 0:
                points[row["image"]].append((row.number("x", float), row.number("y", float)))
    stimuli = []
    for name, (height, width) in sizes.items():
        path = folder / "images" / name
        if not path.exists():
            raise DataError(f"{subject}: picture images/{name} is missing, images.csv lists it")
        with np.errstate(over="ignore"):  # one that is too large for float32 is outside
            xy = np.array(points[name]).astype(np.float32).reshape(-1, 2)
        inside = (xy >= 0).all(1) & (xy < (width, height)).all(1)
        if not inside.all():
            x, y = xy[~inside][0]
            raise DataError(f"{subject}: {name} has a fixation at ({x:g}, {y:g}), wanted one within {width} x {height}")
        stimuli.append(Stimulus(path, height, width, xy[:, 0], xy[:, 1]))
    return DataSet(f"{folder.name} {split}", tuple(stimuli))


def observers(folder: Path) -> dict[str, tuple[str, ...]]:
    """Who made each fixation, by picture, in the order in which read_plain gives them.

    Raises DataError where fixations.csv is missing or has no column for it.
    """
    found: dict[str, list[str]] = {}
    for row in _rows(folder / "fixations.csv", ("image", "observer", "order")):
        if row.number("order", int) > 0:
            found.setdefault(row["image"], []).append(row["observer"])
    return {image: tuple(names) for image, names in found.items()}


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of a table, which knows where it stands."""

    path: Path
    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def number(self, column: str, kind: Callable[[str], N]) -> N:
        try:
            return kind(self.cells[column])
        except ValueError as error:
            raise self._unlike(column, "a whole number" if kind is int else "a number") from error

    def pixels(self, column: str) -> int:
        n = self.number(column, int)
        if n < 1:
            raise self._unlike(column, "a number of pixels above 0")
        return n

    def _unlike(self, column: str, wanted: str) -> DataError:
        found = self.cells[column]
        return DataError(f"{self.path}: line {self.line} has {found!r} in column {column!r}, wanted {wanted}")


def _rows(path: Path, columns: Sequence[str]) -> Iterator[_Row]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if missing := [c for c in columns if c not in (reader.fieldnames or ())]:
                raise DataError(f"{path}: column {missing[0]!r} is missing, wanted {', '.join(columns)}")
            for cells in reader:
                if short := [c for c in columns if cells[c] is None]:
                    raise DataError(
                        f"{path}: line {reader.line_num} has nothing in column {short[0]!r}, "
                        f"wanted a row of {', '.join(columns)}"
                    )
                yield _Row(path, reader.line_num, cells)
    except FileNotFoundError as error:
        raise DataError(
            f"{path}: the file is missing, wanted a folder with images/, images.csv and fixations.csv, "
            "or MIT1003, SALICON, CAT2000 or OSIE as published"
        ) from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read ({error}), wanted a table of {', '.join(columns)}") from error
