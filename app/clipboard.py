"""Files and pictures out of what is pasted or dropped."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMimeData
from PySide6.QtGui import QImage

from gazeengine.errors import ImageError

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif")


def local_files(data: QMimeData) -> list[Path]:
    """Files and folders of this computer among the URLs."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def pictures_in(folder: Path) -> list[Path]:
    """Files in folder that are pictures by their name, in the order of names. Raises ImageError where it has none.

    All others are left out without a word: a folder is full of things that nobody means.
    """
    try:
        with os.scandir(folder) as entries:
            found = [Path(e.path) for e in entries if _is_picture(e.name) and e.is_file()]
    except OSError as error:
        raise ImageError(f"folder {folder.name}: it cannot be read ({error.strerror}), wanted pictures") from error
    if not found:
        kinds = ", ".join(suffix.removeprefix(".") for suffix in PICTURE_SUFFIXES)
        raise ImageError(f"folder {folder.name}: found no pictures in it, wanted files ending in {kinds}")
    return sorted(found, key=lambda path: path.name.lower())


def _is_picture(name: str) -> bool:
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in PICTURE_SUFFIXES


def image_bytes(image: QImage) -> Callable[[], bytes]:
    """What encodes image as PNG; to be called in the background."""

    def encoded() -> bytes:
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "PNG", 100)  # type: ignore[call-overload]  # 100: uncompressed, fast
        return bytes(buffer.data().data())

    return encoded
