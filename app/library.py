"""The open pictures and models: reads them in the background, and tells what came of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.background import Background
from app.picture_rows import PictureEntry
from gazeengine.checkpoint import SUFFIX, Checkpoint
from gazeengine.families import Family
from gazeengine.family_files import family_place, read_family
from gazeengine.image import Picture, decode_image, read_image, thumbnail

THUMBNAIL = 320  # px, its longer side: twice what is drawn, for fine displays


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
    """Keys are stable while a thing is open: a picture's is its path, or its name and number for pasted ones."""

    pictures_changed = Signal()
    picture_opened = Signal(str, object)  # key, Picture
    picture_failed = Signal(str)  # key; problem follows
    models_changed = Signal()
    model_opened = Signal(str, object)  # key, Checkpoint; the family is in models
    model_failed = Signal(str)  # key
    problem = Signal(str)

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self.pictures: dict[str, PictureEntry] = {}
        self.models: dict[str, ModelEntry] = {}
        self._reading: set[str] = set()  # keys of pictures
        self._n_pasted = 0
        self._sources: dict[str, Callable[[], Picture]] = {}
        self.cache: Path | None = None  # of networks that were made here, by their parents

    def open_pictures(self, paths: Sequence[Path]) -> list[str]:
        """Read these; a picture that is open already is read again. Returns their keys."""
        by_key = {key_of(path): path for path in paths}
        self._list({key: path.name for key, path in by_key.items()})
        for key, path in by_key.items():
            self._read(key, path.name, partial(read_image, path))
        return list(by_key)

    def paste(self, data: Callable[[], bytes]) -> str:
        """Read a picture from the clipboard; data gives the bytes of its file, in the background. Returns its key."""
        self._n_pasted += 1
        name = "Pasted picture" if self._n_pasted == 1 else f"Pasted picture {self._n_pasted}"
        key = f"clipboard:{self._n_pasted}"
        self._list({key: name})
        self._read(key, name, lambda: decode_image(data(), name))
        return key

    def open_as(self, key: str, name: str, source: Callable[[], Picture]) -> None:
        """List a picture under key, and read it by source, in the background."""
        self._list({key: name})
        self._read(key, name, source)

    def source(self, key: str) -> Callable[[], Picture]:
        """What reads a picture again, in the background."""
        return self._sources.get(key) or partial(read_image, Path(key))

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
            key = key_of(path)
            self.models[key] = ModelEntry(key, path.name.removesuffix(SUFFIX), path, shipped=True)
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
            self.models_changed.emit()
            self.model_opened.emit(key, family.checkpoint)
            if family.problem is not None:
                self.problem.emit(family.problem)

        def failed(message: str) -> None:
            self.models_changed.emit()  # the list shows the chosen one again
            self.model_failed.emit(key)
            self.problem.emit(message)

        self._background.do(lambda: read_family(path, known, self.cache), opened, failed)
        return key

    def _list(self, names: Mapping[str, str]) -> None:
        new = {key: PictureEntry(key, name, "…") for key, name in names.items() if key not in self.pictures}
        if new:
            self.pictures |= new
            self.pictures_changed.emit()

    def _read(self, key: str, name: str, source: Callable[[], Picture]) -> None:
        self._sources[key] = source
        if key in self._reading:
            return

        def read() -> tuple[Picture, PictureEntry]:
            picture = source()
            height, width = picture.rgb.shape[:2]
            small = thumbnail(picture.rgb, THUMBNAIL)
            return picture, PictureEntry(key, name, f"{width} × {height}", small, None)

        def opened(result: tuple[Picture, PictureEntry]) -> None:
            self._reading.discard(key)
            if key in self.pictures:  # not removed meanwhile
                picture, self.pictures[key] = result
                self.pictures_changed.emit()
                self.picture_opened.emit(key, picture)

        def failed(message: str) -> None:
            self._reading.discard(key)
            if key in self.pictures:
                entry = self.pictures[key]
                detail = "not opened" if entry.thumbnail is None else entry.detail
                self.pictures[key] = replace(entry, detail=detail, problem=message)
                self.pictures_changed.emit()
                self.picture_failed.emit(key)
                self.problem.emit(message)

        self._reading.add(key)
        self._background.do(read, opened, failed)


def key_of(path: Path) -> str:
    """The same for every way to write a path."""
    return os.path.abspath(path)
