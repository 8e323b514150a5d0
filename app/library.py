"""The open pictures and models: reads them in the background, and tells what came of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.background import Background
from app.picture_rows import PictureEntry
from gazeengine.architecture import ARCHITECTURES
from gazeengine.checkpoint import SUFFIX, Checkpoint
from gazeengine.errors import GazeError
from gazeengine.families import Family, Snapshot
from gazeengine.family_files import family_place, read_family
from gazeengine.image import Picture, decode_image, png_bytes, read_image, thumbnail

THUMBNAIL = 320  # px, its longer side: twice what is drawn, for fine displays
MOST_THUMBNAILS = 400  # in memory: some 70 MB
AHEAD = 48  # of pictures opened together, how many are read before they are looked at


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model that can be chosen, with its family; shipped ones come with the program.

    checkpoint, its unpruned network, and family are None while they are not read.
    """

    key: str
    title: str
    path: Path
    shipped: bool
    checkpoint: Checkpoint | None = None
    family: Family | None = None


class Library(QObject):
    """Keys are stable while a thing is open: a picture's is its path, or a number for pasted ones.

    Pictures themselves are not kept here: picture_opened hands them over, and want() has one read again.
    """

    pictures_changed = Signal()
    picture_opened = Signal(str, object)  # key, Picture
    picture_failed = Signal(str)  # key; problem follows
    models_changed = Signal()
    model_opened = Signal(str, object)  # key, Checkpoint; the family is in models
    model_failed = Signal(str)  # key
    problem = Signal(str)
    mended = Signal(str)  # what was told by problem is so no longer

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self.pictures: dict[str, PictureEntry] = {}
        self.models: dict[str, ModelEntry] = {}
        self._sources: dict[str, Path | Callable[[], Picture]] = {}  # of pictures, by key
        self._queue: list[str] = []  # keys of pictures to be read
        self._reading: str | None = None
        self._wanted: str | None = None  # the last that was to be looked at
        self._n_pasted = 0
        self._n_named: dict[str, int] = {}
        self._unpacked: set[str] = set()  # keys of pictures whose sources keep plain pixels
        self._with_thumbnail: dict[str, None] = {}  # keys, the latest last
        self._seen_last: set[str] = set()  # keys of the rows in sight
        self._unread: dict[str, str] = {}  # what was told of models that could not be read, by key
        self.cache: Path | None = None  # of networks that were made here, by their parents

    def open_pictures(self, paths: Sequence[Path]) -> list[str]:
        """List these, and read the first of them ahead; one that is open already is read again. Returns their keys."""
        by_key = {key_of(path): path for path in paths}
        self._sources |= by_key
        self._list({key: path.name for key, path in by_key.items()})
        self._queue_up(list(by_key)[:AHEAD])
        return list(by_key)

    def paste(self, source: Callable[[], Picture], name: str = "Pasted picture", *, pack: bool = False) -> str:
        """Take a picture that is no file; source gives it, in the background, again and again. Returns its key.

        Several of the same name are numbered. Where source keeps plain pixels they are to be packed once it was read.
        """
        n = self._n_named[name] = self._n_named.get(name, 0) + 1
        self._n_pasted += 1
        while (key := f"clipboard:{self._n_pasted}") in self.pictures:  # a project may have brought some
            self._n_pasted += 1
        listed = name if n == 1 else f"{name} {n}"
        self._sources[key] = lambda: replace(source(), name=listed)  # so that a report tells it from the others
        self._list({key: listed})
        if pack:
            self._unpacked.add(key)
        self._queue_up([key], first=True)
        return key

    def open_as(self, sources: Mapping[str, tuple[str, Callable[[], Picture]]]) -> None:
        """List pictures under keys of their own, each with its name and what reads it; read the first of them ahead."""
        self._sources |= {key: source for key, (_, source) in sources.items()}
        self._list({key: name for key, (name, _) in sources.items()})
        self._queue_up(list(sources)[:AHEAD])

    def source(self, key: str) -> Callable[[], Picture]:
        """What reads a picture again, in the background."""
        source = self._sources.get(key, Path(key))
        return partial(read_image, source) if isinstance(source, Path) else source

    def want(self, key: str) -> None:
        """Read a picture before all others, again where it was; picture_opened or picture_failed follows."""
        if key in self.pictures:
            self._wanted = key
            self._queue_up([key], first=True)

    def want_thumbnails(self, keys: Sequence[str]) -> None:
        """Read those of these that were not read yet, or whose thumbnails went for others, before what is not seen."""
        entries = [self.pictures[key] for key in keys if key in self.pictures]
        lacking = [entry.key for entry in entries if entry.thumbnail is None and entry.problem is None]
        self._seen_last = set(keys)
        if lacking:
            self._queue_up(lacking, first=True)

    def fetch(
        self, keys: Sequence[str], have: Mapping[str, Picture], then: Callable[[dict[str, Picture]], None]
    ) -> None:
        """Call then with all pictures of keys; what have lacks is read first. Those that can't be read are left out."""
        there = {key: have[key] for key in keys if key in have}
        lacking = {key: self.source(key) for key in keys if key not in there and key in self._sources}
        if not lacking:
            then(there)
            return

        def read() -> dict[str, Picture]:
            found = {}
            for key, source in lacking.items():
                with suppress(GazeError):  # it was told when it was opened, or is as it is looked at
                    found[key] = source()
            return found

        def came(found: dict[str, Picture]) -> None:
            then({key: picture for key in keys if (picture := there.get(key) or found.get(key)) is not None})

        self._background.do(read, came, self.problem.emit)

    def remove_picture(self, key: str) -> None:
        if self.pictures.pop(key, None) is not None:
            self._sources.pop(key, None)
            self.pictures_changed.emit()

    def neighbour(self, key: str) -> str | None:
        """The picture to look at when key goes: the next one in the list, or the one before."""
        keys = list(self.pictures)
        if key not in keys or len(keys) < 2:
            return None
        i = keys.index(key)
        return keys[i + 1] if i + 1 < len(keys) else keys[i - 1]

    def readable_beside(self, key: str) -> str | None:
        """The next picture without a problem, from the beginning behind the last."""
        entries = list(self.pictures.values())
        at = list(self.pictures).index(key)
        return next((entry.key for entry in entries[at:] + entries[:at] if entry.problem is None), None)

    def list_models(self, paths: Sequence[Path]) -> None:
        """The shipped models, to choose from; read when they are chosen."""
        for path in paths:
            key, name = key_of(path), path.name.removesuffix(SUFFIX)
            title = ARCHITECTURES[name].title if name in ARCHITECTURES else name  # what it is called once it is read
            self.models[key] = ModelEntry(key, title, path, shipped=True)
        self.models_changed.emit()

    def open_model(self, path: Path) -> str:
        """Read a model file with its family, or a folder with one, again if it is open.

        Returns its key; model_opened follows.
        """
        path = family_place(path)
        key = key_of(path)
        known = {e.checkpoint.id: e.path for e in self.models.values() if e.checkpoint is not None and e.path.is_file()}

        def opened(family: Family) -> None:
            shipped = self.models[key].shipped if key in self.models else False
            self.models[key] = ModelEntry(key, family.name, path, shipped, family.checkpoint, family)
            self.mended.emit(self._unread.pop(key, ""))
            self.models_changed.emit()
            self.model_opened.emit(key, family.checkpoint)
            if family.problem is not None:
                self.problem.emit(family.problem)

        def failed(message: str) -> None:
            self._unread[key] = message
            self.models_changed.emit()  # the list shows the chosen one again
            self.model_failed.emit(key)
            self.problem.emit(message)

        self._background.do(lambda: read_family(path, known, self.cache), opened, failed)
        return key

    def join(self, parent: str, snapshots: Sequence[Snapshot]) -> None:
        """More networks of the families of a parent, by its id."""
        for key, entry in self.models.items():
            if entry.family is not None and entry.family.origin.parent == parent:
                self.models[key] = replace(entry, family=entry.family.joined(snapshots))
        self.models_changed.emit()

    def _list(self, names: Mapping[str, str]) -> None:
        new = {key: PictureEntry(key, name, "…") for key, name in names.items() if key not in self.pictures}
        if new:
            self.pictures |= new
            self.pictures_changed.emit()

    def _queue_up(self, keys: Sequence[str], *, first: bool = False) -> None:
        """Read these in this order, one at a time, so that other work has its turn between."""
        waiting = [key for key in self._queue if not first or key not in keys]
        new = [key for key in keys if key != self._reading and (first or key not in waiting)]
        self._queue = [*new, *waiting] if first else [*waiting, *new]
        self._queue.sort(key=lambda key: key != self._wanted)
        self._read_next()

    def _read_next(self) -> None:
        if self._reading is not None:
            return
        self._queue = [key for key in self._queue if key in self.pictures]
        if not self._queue:
            return
        key = self._reading = self._queue.pop(0)
        name, source = self.pictures[key].name, self.source(key)

        def read() -> tuple[Picture, PictureEntry]:
            picture = source()
            height, width = picture.rgb.shape[:2]
            small = thumbnail(picture.rgb, THUMBNAIL)
            return picture, PictureEntry(key, name, f"{width} × {height}", small, None)

        def opened(result: tuple[Picture, PictureEntry]) -> None:
            self._reading = None
            if key in self.pictures:  # not removed meanwhile
                self.mended.emit(self.pictures[key].problem or "")
                picture, self.pictures[key] = result
                self._drop_thumbnails(key)
                self.pictures_changed.emit()
                self.picture_opened.emit(key, picture)
                self._pack(key, picture)
            self._read_next()

        def failed(message: str) -> None:
            self._reading = None
            if key in self.pictures:
                entry = self.pictures[key]
                detail = "not opened" if entry.thumbnail is None else entry.detail
                self.pictures[key] = replace(entry, detail=detail, problem=message)
                self.pictures_changed.emit()
                self.picture_failed.emit(key)
                self.problem.emit(message)
            self._read_next()

        self._background.do(read, opened, failed)

    def _pack(self, key: str, picture: Picture) -> None:
        """From now on read it from a PNG in memory, a tenth of its pixels."""
        if key not in self._unpacked:
            return
        self._unpacked.discard(key)

        def packed(png: bytes) -> None:
            if key in self._sources:
                self._sources[key] = partial(decode_image, png, picture.name)

        self._background.do(partial(png_bytes, picture.rgb), packed, self.problem.emit)

    def _drop_thumbnails(self, latest: str) -> None:
        """Of a thousand pictures only the thumbnails that were made last are kept; others are made again when seen."""
        self._with_thumbnail.pop(latest, None)
        self._with_thumbnail[latest] = None
        for key in list(self._with_thumbnail)[: max(0, len(self._with_thumbnail) - MOST_THUMBNAILS)]:
            if key in self._seen_last:
                continue
            del self._with_thumbnail[key]
            if key in self.pictures:
                self.pictures[key] = replace(self.pictures[key], thumbnail=None)


def key_of(path: Path) -> str:
    """The same for every way to write a path."""
    return os.path.abspath(path)
