"""Arrays of float16 on disk, one .npy a picture in a folder, named by the bytes of the picture.

So a picture is found in whatever folder it lies, and another one of its name is not taken for it.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gazeengine.atomic import written_beside
from gazeengine.errors import DataError
from gazeengine.fixations import Stimulus

Halves = npt.NDArray[np.float16]

_LONGEST = 80, 200  # characters and bytes of a picture's own name in that of its file, whose limit is 255 bytes


def picture_digest(path: Path) -> str:
    """Twelve hexadecimal digits of what is in a picture's file."""
    try:
        return hashlib.blake2b(path.read_bytes(), digest_size=6).hexdigest()
    except OSError as error:
        raise DataError(f"picture {path}: cannot be read ({error.strerror}), wanted it where it was") from error


@dataclass(frozen=True, slots=True)
class PictureArrays:
    """Arrays in folder. Errors call them what, and say the remedy for one that is missing or damaged."""

    folder: Path
    what: str
    remedy: str
    _paths: dict[Path, Path] = field(default_factory=dict, repr=False)  # by picture; a run reads each many times

    def path(self, stimulus: Stimulus) -> Path:
        """Where the array of a picture is, or would be. Raises DataError where the picture cannot be read."""
        if stimulus.path not in self._paths:
            characters, size = _LONGEST
            name = stimulus.path.stem[:characters].encode("utf-8", "ignore")[:size].decode("utf-8", "ignore")
            self._paths[stimulus.path] = self.folder / f"{name}-{picture_digest(stimulus.path)}.npy"
        return self._paths[stimulus.path]

    def has(self, stimulus: Stimulus) -> bool:
        return self.path(stimulus).exists()

    def write(self, stimulus: Stimulus, array: npt.NDArray[Any]) -> None:
        """Write array, as float16: it is there as a whole or not at all. Raises OutputError."""
        content = io.BytesIO()  # np.save would tell of a full disk without saying so
        np.save(content, array.astype(np.float16))
        with written_beside(self.path(stimulus)) as beside:
            beside.write_bytes(content.getvalue())

    def read(self, stimulus: Stimulus, shape: tuple[int, ...] | None = None) -> Halves:
        """The array of a picture. Raises DataError where there is none, or not one of finite numbers, or of this shape.

        shape is that of any grid (h, w) where it isn't given.
        """
        path = self.path(stimulus)
        try:
            with path.open("rb") as file:
                found = np.lib.format.read_array(file, allow_pickle=False)
        except FileNotFoundError as error:
            raise DataError(
                f"{self.what} {self.folder}: there is none of {stimulus.path.name}, "
                f"wanted one for every picture; {self.remedy}"
            ) from error
        except (OSError, ValueError) as error:
            raise DataError(
                f"{self.what} {path}: cannot be read ({error}), wanted it as written; delete the file and {self.remedy}"
            ) from error
        fits = found.shape == shape if shape is not None else found.ndim == 2 and found.size > 0
        if not fits or found.dtype != np.float16 or not np.isfinite(found).all():
            raise DataError(
                f"{self.what} {path}: found {found.dtype} {found.shape}{_not_finite(found)}, "
                f"wanted finite float16 {shape or '(rows, columns)'}; delete the file and {self.remedy}"
            )
        return found


def _not_finite(found: npt.NDArray[Any]) -> str:
    if not np.issubdtype(found.dtype, np.floating) or np.isfinite(found).all():
        return ""
    return " with values that are not finite"
