"""What a project file is made of: the open pictures with their areas, and where each one's bytes come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from gazeengine.errors import GazeError, ImageError
from gazeengine.image import Picture, decode_image, png_bytes
from gazeengine.project import Project, ProjectPicture
from gazeengine.project_file import picture_bytes, save_project


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """An open picture, as a project is to hold it. source reads it; inside says which project file has a copy, and as
    what. An unreadable one stays where it is.
    """

    record: ProjectPicture
    source: Callable[[], Picture]
    inside: tuple[Path, str] | None = None
    unreadable: bool = False


def written(project: Project, held: Sequence[Held], path: Path, *, inside: bool) -> Project:
    """Write a project with these pictures, copies of files within it if they are to be; what is no file always is.

    In the background. Pictures that project has already, which were not found, stay behind them. Returns the project as
    it was written. Raises OutputError, and ImageError for a picture that cannot be read any more.
    """
    pictures: list[ProjectPicture] = []
    contents: dict[str, Callable[[], bytes]] = {}
    for i, one in enumerate(held):
        record = one.record
        if record.path is not None and (size := _size(record.path)):
            record = replace(record, size_bytes=size)
        if (inside and not one.unreadable) or record.path is None:
            member = f"pictures/{i}{_suffix(record)}"
            record = replace(record, member=member)
            contents[member] = partial(_content, one)
        else:
            record = replace(record, member=None)
        pictures.append(record)
    whole = replace(project, pictures=(*pictures, *project.pictures))
    save_project(whole, path, contents)
    return whole


def _content(one: Held) -> bytes:
    """The bytes of a picture's file as they were when it was opened; those of its pixels where that is gone."""
    record = one.record
    try:
        if one.inside is not None:
            return picture_bytes(*one.inside)
        if record.path is not None:
            data = record.path.read_bytes()
            if not record.digest or decode_image(data, record.name).digest == record.digest:
                return data
    except (GazeError, OSError):
        pass  # its pixels are as good
    try:
        return png_bytes(one.source().rgb)
    except GazeError as error:
        raise ImageError(f"picture {record.name}: it cannot be put into the project: {error}") from error


def _suffix(record: ProjectPicture) -> str:
    """For people that look into the archive; how a picture is stored is told by its bytes."""
    suffix = record.path.suffix.lower() if record.path is not None else ".png"
    return suffix if suffix[1:].isascii() and suffix[1:].isalnum() and len(suffix) <= 6 else ".img"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
