"""What is to be exported of which pictures, how the files are called, and how far it is. Plain data, no Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from app.map_style import MODES, MapStyle
from gazeengine.checkpoint import Checkpoint
from gazeengine.domain import USUAL_LOOK, Look
from gazeengine.image import Picture
from gazeengine.plan import PruningPlan
from gazeengine.regions import Area

AREAS = (("csv", "Table of areas (CSV)", "areas.csv"), ("json", "Areas themselves (JSON)", "areas.json"))
DATA = (
    ("npy", "Log density (NumPy)", "log-density.npy"),
    ("png16", "Density (16-bit PNG)", "density.png"),
)
REPORTS = (("html", "Report (HTML)", "report.html"), ("pdf", "Report (PDF)", "report.pdf"))
VIEWS: tuple[tuple[str, str, str], ...] = tuple(
    (mode, title, f"{title.lower().replace(' ', '-')}.png") for mode, title, _ in MODES if mode != "picture"
)
"""What can be exported: its name, what it is called, and the end of its file's name."""

ENDINGS = {name: ending for name, _, ending in (*VIEWS, *AREAS, *DATA, *REPORTS)}
OF_ALL = frozenset({"csv", "html", "pdf"})
"""What is one file for all pictures; everything else is a file for each."""


@dataclass(frozen=True, slots=True, eq=False)
class ExportItem:
    """A picture: source reads it, in the background.

    network is another than the order's, where it has one, with what is pruned of it; by says which it is where several
    look. stem begins the names of its files, by default it is the picture's.
    """

    key: str
    name: str
    source: Callable[[], Picture]
    areas: tuple[Area, ...] = ()
    network: tuple[Checkpoint, PruningPlan | None] | None = None
    by: str = ""
    stem: str = ""


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A file to be written: what of ENDINGS, of which items, where."""

    what: str
    items: tuple[int, ...]
    path: Path


@dataclass(frozen=True, slots=True, eq=False)
class ExportOrder:
    """files of items, by a network pruned as plan says, made as look says and shown as style says.

    compared says that the report sets the first two items against each other. Once stopped is set no more files are
    begun.
    """

    items: tuple[ExportItem, ...]
    files: tuple[ExportFile, ...]
    title: str
    checkpoint: Checkpoint
    plan: PruningPlan | None = None
    look: Look = USUAL_LOOK
    style: MapStyle = field(default_factory=MapStyle)
    compared: bool = False
    stopped: Event = field(default_factory=Event)


@dataclass(frozen=True, slots=True)
class Missing:
    """A file that was not written, or a picture that is left out, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExportStep:
    """How far it is: name is what is worked on, the n_done-th of n files and pictures.

    missing grows; boxes are characters that a PDF could not show for want of a font. In the last step finished is true.
    """

    n_done: int
    n: int
    name: str
    written: tuple[Path, ...]
    missing: tuple[Missing, ...]
    left_s: float | None = None
    boxes: str = ""
    finished: bool = False


def planned_files(wanted: Sequence[str], items: Sequence[ExportItem], folder: Path) -> tuple[ExportFile, ...]:
    """The files that are wanted of items, picture by picture, those of all pictures last; their names all differ."""
    stems = _stems([item.stem or item.name for item in items])
    files = [
        ExportFile(what, (i,), folder / f"{stem}-{ENDINGS[what]}")
        for i, stem in enumerate(stems)
        for what in wanted
        if what not in OF_ALL and not (what == "json" and not items[i].areas)
    ]
    whole = tuple(range(len(items)))
    stem = f"{stems[0]}-" if len(items) == 1 else ""
    files += [
        ExportFile(what, whole, folder / f"{stem}{ENDINGS[what]}")
        for what in wanted
        if what in OF_ALL and items and not (what == "csv" and not any(item.areas for item in items))
    ]
    return tuple(files)


def taken(files: Sequence[ExportFile]) -> list[Path]:
    """Those that exist already."""
    return [file.path for file in files if file.path.exists()]


def renamed(files: Sequence[ExportFile], keep: Mapping[Path, object] | frozenset[Path]) -> tuple[ExportFile, ...]:
    """The same with a number behind the names that are in keep, so that nothing is written over."""
    return tuple(ExportFile(file.what, file.items, _free(file.path)) if file.path in keep else file for file in files)


def _free(path: Path) -> Path:
    return next(other for other in _numbered(path) if not other.exists())


def _numbered(path: Path) -> Iterator[Path]:
    n = 2
    while True:
        yield path.with_name(f"{path.stem} {n}{path.suffix}")
        n += 1


def _stems(names: Sequence[str]) -> list[str]:
    """Names of files without endings; numbered where two are the same, for file systems that know no case."""
    stems: list[str] = []
    for name in names:
        stem = Path("".join("-" if c in '<>:"/\\|?*' or ord(c) < 32 else c for c in name)).stem.strip(". ") or "picture"
        free, n = stem, 1
        while free.casefold() in {other.casefold() for other in stems}:
            n += 1
            free = f"{stem}-{n}"
        stems.append(free)
    return stems
