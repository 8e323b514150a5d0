"""A project: pictures with their areas, and how they were looked at. Plain data; project_file.py has its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gazeengine.errors import GazeError
from gazeengine.regions import Area

Value = str | float | int | bool | None
Values = Mapping[str, Value]
"""Fields of something that the window knows: how a map is shown, a way of pruning."""

SUFFIX = ".fishergaze"


class ProjectError(GazeError):
    """A project file that cannot be read, or is none."""


@dataclass(frozen=True, slots=True)
class ProjectPicture:
    """A picture of a project.

    digest names its pixels (Picture.digest). path is where its file is, or was; member names its copy within the
    project file. One of both is there, and where both are the copy counts. size_bytes is that of the file, 0 if it is
    not known: what is looked for elsewhere is known by it.
    """

    name: str
    digest: str
    path: Path | None = None
    member: str | None = None
    size_bytes: int = 0
    areas: tuple[Area, ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectNetwork:
    """A network: model is a shipped one's name or a file's path, checkpoint its id; method says how it was pruned.

    beta is None for β*; n features are pruned.
    """

    model: str
    checkpoint: str = ""
    beta: float | None = None
    n: int = 0
    method: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProjectSide:
    """What is held against the present picture and network; None for what is the same. picture is an index.

    unpruned is the present network with nothing pruned; name is one that was given.
    """

    picture: int | None = None
    network: ProjectNetwork | None = None
    unpruned: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class ProjectComparison:
    """Sides beside one another, name that of the present one; shown says how they are."""

    sides: tuple[ProjectSide, ...]
    name: str = ""
    shown: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Project:
    """All that a project file brings back. shown is the index of the picture that is looked at.

    look and style say how maps are made and shown; what a program does not know of them it leaves out. compare is what
    is compared, if anything. pins are networks by their letter.
    """

    pictures: tuple[ProjectPicture, ...] = ()
    shown: int | None = None
    network: ProjectNetwork | None = None
    pins: tuple[tuple[str, ProjectNetwork], ...] = ()
    look: Values = field(default_factory=dict)
    style: Values = field(default_factory=dict)
    compare: ProjectComparison | None = None
