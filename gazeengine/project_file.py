"""The project file: a ZIP archive of project.json and, as chosen, the pictures. Nothing of it is ever unpacked to disk.

It may come from anywhere, so nothing in it is believed: members are read by names of one pattern and up to limits,
and paths in it are only ever read as pictures.
"""

from __future__ import annotations

import json
import math
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gazeengine.atomic import written_beside
from gazeengine.project import (
    Project,
    ProjectComparison,
    ProjectError,
    ProjectNetwork,
    ProjectPicture,
    ProjectSide,
    Value,
)
from gazeengine.regions import RegionError, from_json, to_json

FORMAT = "fishergaze-project"
VERSION = 1
DESCRIPTION = "project.json"
MEMBER = re.compile(r"pictures/[0-9]{1,6}\.[a-z0-9]{1,5}")
MOST_DESCRIPTION = 64_000_000  # bytes
MOST_PICTURE = 400_000_000
MOST_PICTURES = 10_000
MOST_PACKED = 1100  # times smaller than it unpacks: deflate's own limit is 1,032
WANTED = "a project as FisherGaze writes them"

_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    AttributeError,
    RuntimeError,  # encrypted
    NotImplementedError,  # packed in an unknown way
    RecursionError,
    OverflowError,
    RegionError,
)


def save_project(project: Project, path: Path, contents: Mapping[str, Callable[[], bytes]]) -> None:
    """Write a project, all of it or nothing; contents gives the bytes of each member, one after the other.

    Raises OutputError, and what contents raises.
    """
    members = [picture.member for picture in project.pictures if picture.member is not None]
    described = json.dumps(_described(project, path), ensure_ascii=False, indent=1, allow_nan=False)
    with written_beside(path) as beside, zipfile.ZipFile(beside, "w") as archive:
        archive.writestr(DESCRIPTION, described.encode("utf-8", "surrogatepass"), zipfile.ZIP_DEFLATED)
        for member in members:
            archive.writestr(member, contents[member](), zipfile.ZIP_STORED)  # pictures are packed already


def load_project(path: Path) -> Project:
    """The project in a file. Raises ProjectError.

    A picture's path is the one beside the project where that exists, so that both can be moved together, and else
    that at which it was.
    """
    with _archive(path) as archive:
        found = json.loads(_member(archive, DESCRIPTION, MOST_DESCRIPTION, path).decode("utf-8", "surrogatepass"))
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise ProjectError(f"project {path.name}: found another kind of file, wanted {WANTED}")
        if (number := int(found["version"])) > VERSION:
            raise ProjectError(
                f"project {path.name}: it has version {number}, wanted at most {VERSION}: a newer FisherGaze wrote it"
            )
        present = set(archive.namelist())
        rows = list(found["pictures"])
        if len(rows) > MOST_PICTURES:
            raise ProjectError(f"project {path.name}: found {len(rows)} pictures, wanted at most {MOST_PICTURES:,}")
        pictures = tuple(_picture(row, path, present) for row in rows)
        shown, network = found.get("shown"), found.get("network")
        return Project(
            pictures,
            shown if isinstance(shown, int) and 0 <= shown < len(pictures) else None,
            _network(network, path) if network is not None else None,
            tuple((str(letter), _network(row, path)) for letter, row in found.get("pins", ())),
            _values(found.get("look", {})),
            _values(found.get("style", {})),
            _comparison(found.get("compare"), len(pictures), path),
        )


def picture_bytes(path: Path, member: str) -> bytes:
    """The bytes of a picture's file within a project. Raises ProjectError."""
    with _archive(path) as archive:
        return _member(archive, member, MOST_PICTURE, path)


def moved(project: Project) -> tuple[int, ...]:
    """The pictures, by index, that are neither in the project nor where they were."""
    return tuple(
        i for i, p in enumerate(project.pictures) if p.member is None and (p.path is None or not _is_file(p.path))
    )


# writing


def _described(project: Project, path: Path) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "pictures": [
            {
                "name": picture.name,
                "digest": picture.digest,
                "member": picture.member,
                "size_bytes": picture.size_bytes,
                "areas": json.loads(to_json(picture.areas)),
                **_paths(picture.path, path),
            }
            for picture in project.pictures
        ],
        "shown": project.shown,
        "network": _network_described(project.network, path) if project.network is not None else None,
        "pins": [[letter, _network_described(network, path)] for letter, network in project.pins],
        "look": dict(project.look),
        "style": dict(project.style),
        "compare": _comparison_described(project.compare, path) if project.compare is not None else None,
    }


def _network_described(network: ProjectNetwork, path: Path) -> dict[str, Any]:
    is_path = os.path.isabs(network.model)
    return {
        "model": network.model,
        "relative": _relative(Path(network.model), path) if is_path else None,
        "checkpoint": network.checkpoint,
        "beta": network.beta,
        "n": network.n,
        "method": dict(network.method),
    }


def _comparison_described(comparison: ProjectComparison, path: Path) -> dict[str, Any]:
    return {
        "name": comparison.name,
        "shown": dict(comparison.shown),
        "sides": [
            {
                "picture": side.picture,
                "network": _network_described(side.network, path) if side.network is not None else None,
                "unpruned": side.unpruned,
                "name": side.name,
            }
            for side in comparison.sides
        ],
    }


def _paths(picture: Path | None, project: Path) -> dict[str, Any]:
    if picture is None:
        return {"path": None, "relative": None}
    return {"path": str(picture), "relative": _relative(picture, project)}


def _relative(path: Path, project: Path) -> str | None:
    """From the project's folder, with slashes; None on another drive."""
    try:
        return Path(os.path.relpath(path, project.absolute().parent)).as_posix()
    except ValueError:
        return None


# reading


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            yield archive
    except FileNotFoundError as error:
        raise ProjectError(f"project {path}: there is no such file, wanted {WANTED}") from error
    except IsADirectoryError as error:
        raise ProjectError(f"project {path}: found a folder, wanted {WANTED}") from error
    except OSError as error:
        found = error.strerror or str(error)
        raise ProjectError(f"project {path.name}: it cannot be read ({found}), wanted {WANTED}") from error
    except _DAMAGE as error:
        said = " ".join(str(error).split())[:120] or type(error).__name__
        raise ProjectError(f"project {path.name}: it is damaged or incomplete ({said}), wanted {WANTED}") from error


def _member(archive: zipfile.ZipFile, name: str, most: int, path: Path) -> bytes:
    info = archive.getinfo(name)
    if info.file_size > most or info.file_size > MOST_PACKED * max(info.compress_size, 1):
        raise ProjectError(
            f"project {path.name}: {name} unpacks to {info.file_size / 1e6:,.0f} MB, wanted at most {most / 1e6:,.0f}"
        )
    with archive.open(info) as file:
        data = file.read(most + 1)  # what it says of its size need not be true
    if len(data) > most:
        raise ProjectError(f"project {path.name}: {name} unpacks to more than it says, wanted {WANTED}")
    return data


def _picture(row: Any, project: Path, present: set[str]) -> ProjectPicture:
    member = row["member"]
    if member is not None and (not MEMBER.fullmatch(member) or member not in present):
        raise ValueError(f"no picture {member!r} in it")
    path = _found(row.get("path"), row.get("relative"), project)
    areas = from_json(json.dumps(row["areas"]), "areas")
    size = row.get("size_bytes", 0)
    return ProjectPicture(
        str(row["name"]), str(row["digest"]), path, member, size if isinstance(size, int) and size > 0 else 0, areas
    )


def _network(row: Any, project: Path) -> ProjectNetwork:
    model, beta = str(row["model"]), row["beta"]
    if os.path.isabs(model) and (path := _found(model, row.get("relative"), project)) is not None:
        model = str(path)
    return ProjectNetwork(
        model,
        str(row.get("checkpoint", "")),
        _finite(beta) if beta is not None else None,
        max(0, int(row["n"])),
        _values(row.get("method", {})),
    )


def _comparison(found: Any, n_pictures: int, project: Path) -> ProjectComparison | None:
    if found is None:
        return None
    sides = []
    for row in found["sides"]:
        picture, network = row.get("picture"), row.get("network")
        if picture is not None and not (isinstance(picture, int) and 0 <= picture < n_pictures):
            raise ValueError(f"no picture {picture!r} in it")
        side = _network(network, project) if network is not None else None
        sides.append(ProjectSide(picture, side, row.get("unpruned") is True, str(row.get("name", ""))))
    return ProjectComparison(tuple(sides), str(found.get("name", "")), _values(found.get("shown", {})))


def _found(path: Any, relative: Any, project: Path) -> Path | None:
    """Where a file is, or was. Another computer's share is not asked: the asking alone would tell it who is here."""
    if isinstance(relative, str) and relative and not os.path.isabs(relative) and not _is_remote(relative):
        beside = Path(os.path.normpath(project.absolute().parent / relative))
        if _is_file(beside) or path is None:
            return beside
    if not isinstance(path, str) or not path:
        return None
    return None if _is_remote(path) and not _is_remote(str(project)) else Path(path)


def _is_remote(path: str) -> bool:
    return path.startswith(("\\\\", "//"))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _finite(number: Any) -> float:
    if not math.isfinite(value := float(number)):
        raise ValueError(f"{number} where a number should be")
    return value


def _values(found: Any) -> dict[str, Value]:
    """Fields that are simple values; all else is left out."""
    return {str(key): value for key, value in dict(found).items() if isinstance(value, str | float | int | None)}
