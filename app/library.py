"""The open pictures and models: reads them in the background, and tells what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.background import Background
from app.picture_rows import PictureEntry
from gazeengine import checkpoint as model_files
from gazeengine.checkpoint import Checkpoint
from gazeengine.image import Picture, decode_image, read_image, thumbnail

THUMBNAIL = 320  # px, its longer side: twice what is drawn, for fine displays


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model that can be chosen. checkpoint is None while it is not read; shipped ones come with the program."""

    key: str
    title: str
    path: Path
    shipped: bool
    checkpoint: Checkpoint | None = None


class Library(QObject):
    """Keys are stable while a thing is open: a picture's is its path, or its name and number for pasted ones."""

    pictures_changed = Signal()
    picture_opened = Signal(str, object)  # key, Picture
    models_changed = Signal()
    model_opened = Signal(str, object)  # key, Checkpoint
    problem = Signal(str)

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self.pictures: dict[str, PictureEntry] = {}
        self.models: dict[str, ModelEntry] = {}
        self._n_pasted = 0

    def open_pictures(self, paths: Sequence[Path]) -> list[str]:
        """Read these; a picture that is open already is read again. Returns their keys."""
        return [self._open(str(path.absolute()), path.name, path) for path in paths]

    def paste(self, data: Callable[[], bytes]) -> str:
        """Read a picture from the clipboard; data gives the bytes of its file, in the background. Returns its key."""
        self._n_pasted += 1
        name = "Pasted picture" if self._n_pasted == 1 else f"Pasted picture {self._n_pasted}"
        return self._open(f"clipboard:{self._n_pasted}", name, data)

    def remove_picture(self, key: str) -> None:
        if self.pictures.pop(key, None) is not None:
            self.pictures_changed.emit()

    def neighbour(self, key: str) -> str | None:
        """The picture to look at when key goes: the next one in the list, or the one before."""
        keys = list(self.pictures)
        if key not in keys or len(keys) < 2:
            return None
        i = keys.index(key)
        return keys[i + 1] if i + 1 < len(keys) else keys[i - 1]

    def list_models(self, paths: Sequence[Path]) -> None:
        """The shipped models, to choose from; read when they are chosen."""
        for path in paths:
            key = str(path)
            self.models[key] = ModelEntry(key, path.stem, path, shipped=True)
        self.models_changed.emit()

    def open_model(self, path: Path) -> str:
        """Read a model file, again if it is open. Returns its key; model_opened follows."""
        key = str(path.absolute())

        def opened(checkpoint: Checkpoint) -> None:
            shipped = self.models[key].shipped if key in self.models else False
            self.models[key] = ModelEntry(key, checkpoint.name, path, shipped, checkpoint)
            self.models_changed.emit()
            self.model_opened.emit(key, checkpoint)

        def failed(message: str) -> None:
            self.models_changed.emit()  # the list shows the chosen one again
            self.problem.emit(message)

        self._background.do(lambda: model_files.load(path), opened, failed)
        return key

    def _open(self, key: str, name: str, source: Path | Callable[[], bytes]) -> str:
        if key not in self.pictures:
            self.pictures[key] = PictureEntry(key, name, "…", None, None)
            self.pictures_changed.emit()

        def read() -> tuple[Picture, PictureEntry]:
            picture = read_image(source) if isinstance(source, Path) else decode_image(source(), name)
            height, width = picture.rgb.shape[:2]
            small = thumbnail(picture.rgb, THUMBNAIL)
            return picture, PictureEntry(key, name, f"{width} × {height}", small, None)

        def opened(result: tuple[Picture, PictureEntry]) -> None:
            if key in self.pictures:  # not removed meanwhile
                picture, self.pictures[key] = result
                self.pictures_changed.emit()
                self.picture_opened.emit(key, picture)

        def failed(message: str) -> None:
            if key in self.pictures:
                self.pictures[key] = replace(self.pictures[key], detail="not opened", problem=message)
                self.pictures_changed.emit()
            self.problem.emit(message)

        self._background.do(read, opened, failed)
        return key
