"""A published data set on disk: what is in it, with errors that say what is missing and where it comes from."""

from __future__ import annotations

import struct
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from gazeengine.errors import DataError
from gazeengine.published.matlab import Node, read_matlab

Points = npt.NDArray[np.float64]
PICTURES = (".jpg", ".jpeg", ".png")
_ORIENTATION = 0x0112  # EXIF
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    struct.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a data set comes from. contents says what lies in its folder, for a person who looks for it."""

    title: str
    url: str
    contents: str
    splits: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A picture, named within the folder, and where people looked: xy (K, 2) as MATLAB counts.

    shape is the (height, width) that the fixations were recorded on, where their file says.
    """

    picture: str
    xy: Points
    shape: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class PublishedFolder:
    """The folder of a published data set. Names in it are relative, with slashes."""

    source: Source
    path: Path

    def missing(self, name: str) -> DataError:
        """That a file or folder is not there, and where it can be had."""
        return DataError(
            f"data set {self.path}: {name} is missing, wanted {self.source.contents} of {self.source.title}, "
            f"published at {self.source.url}"
        )

    def complete(self, pictures: Collection[str], measured: Collection[str], picture: str, file: str) -> list[str]:
        """What is in both, sorted. Raises DataError for the first that is in one of them only.

        picture and file say what is missing then, with {} in the place of the name.
        """
        for name in sorted({*pictures} ^ {*measured}):
            raise self.missing((file if name in pictures else picture).format(name))
        return sorted(pictures)

    def has(self, name: str) -> bool:
        return (self.path / name).exists()

    def files(self, name: str, endings: Sequence[str] = PICTURES) -> list[str]:
        """Names within a folder of it, sorted, without the hidden ones that archives leave behind."""
        found = self._listed(name)
        return sorted(p.name for p in found if p.suffix.lower() in endings and not p.name.startswith("."))

    def folders(self, name: str) -> list[str]:
        return sorted(p.name for p in self._listed(name) if p.is_dir() and not p.name.startswith((".", "__")))

    def _listed(self, name: str) -> list[Path]:
        try:
            return list((self.path / name).iterdir())
        except FileNotFoundError as error:
            raise self.missing(f"{name}/") from error
        except OSError as error:
            raise DataError(
                f"data set {self.path}: {name} cannot be read ({error.strerror}), wanted a folder as in "
                f"{self.source.title}"
            ) from error

    def matlab(self, name: str) -> Mapping[str, Node]:
        """The variables of a MATLAB file."""
        try:
            return read_matlab(self.path / name, f"data set {self.path}: {name}")
        except FileNotFoundError as error:
            raise self.missing(name) from error

    def picture_size(self, name: str) -> tuple[int, int]:
        """(height, width) of a picture from its header, upright as image.read_image gives it."""
        try:
            with Image.open(self.path / name) as image:
                width, height = image.size
                turned = image.getexif().get(_ORIENTATION, 1) >= 5
        except FileNotFoundError as error:
            raise self.missing(name) from error
        except _DAMAGE as error:
            raise DataError(
                f"data set {self.path}: picture {name} cannot be read ({error}), wanted a whole one"
            ) from error
        return (width, height) if turned else (height, width)
