"""Looking for pictures of a project in another folder: by their names, and by what is in them."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gazeengine.errors import ImageError
from gazeengine.image import read_image
from gazeengine.project import ProjectPicture

MOST_FILES = 100_000  # of a folder, that are looked at by name and size


@dataclass(frozen=True, slots=True)
class Search:
    """What was found so far, paths by the index that was asked for; n_looked of n candidates were looked into.

    changed are those of found that have the name, but not the pixels.
    """

    n_looked: int
    n: int
    found: Mapping[int, Path] = field(default_factory=dict)
    changed: frozenset[int] = frozenset()


def searched(folder: Path, wanted: Mapping[int, ProjectPicture]) -> Generator[Search, None, None]:
    """Look for pictures in a folder and all within it, file by file; the last record has all that was found.

    Of files with the name or the size of a picture those with its pixels are taken, and where there are none one with
    its name; that is enough where the pixels are not known.
    """
    files = _files(folder)
    candidates = [
        (
            path,
            [
                i
                for i, picture in wanted.items()
                if path.name.casefold() == _name(picture) or size == picture.size_bytes
            ],
        )
        for path, size in files
    ]
    candidates = sorted(((p, ids) for p, ids in candidates if ids), key=lambda pair: _order(pair, wanted))
    found: dict[int, Path] = {}
    alike: dict[int, Path] = {}
    yield Search(0, len(candidates))
    for n, (path, indices) in enumerate(candidates, 1):
        if any(i not in found for i in indices):
            try:
                digest = read_image(path).digest
            except ImageError:
                continue
            for i in indices:
                if digest == wanted[i].digest:
                    found.setdefault(i, path)
                elif path.name.casefold() == _name(wanted[i]):
                    (alike if wanted[i].digest else found).setdefault(i, path)
        yield Search(n, len(candidates), dict(found))
    changed = {i: path for i, path in alike.items() if i not in found}
    yield Search(len(candidates), len(candidates), found | changed, frozenset(changed))


def _name(picture: ProjectPicture) -> str:
    return (picture.path.name if picture.path is not None else picture.name).casefold()


def _order(candidate: tuple[Path, Sequence[int]], wanted: Mapping[int, ProjectPicture]) -> tuple[bool, int, str]:
    """Those with a wanted name first, and of these those that lie least deep."""
    path, indices = candidate
    return not any(path.name.casefold() == _name(wanted[i]) for i in indices), len(path.parts), str(path)


def _files(folder: Path) -> list[tuple[Path, int]]:
    """Files and their sizes; links to folders are not followed, and what cannot be read is left out."""
    found: list[tuple[Path, int]] = []
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in names:
            path = Path(place) / name
            try:
                found.append((path, path.stat().st_size))
            except OSError:
                continue
        if len(found) >= MOST_FILES:
            break
    return found[:MOST_FILES]
