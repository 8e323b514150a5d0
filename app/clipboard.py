"""Files and pictures out of what is pasted or dropped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMimeData
from PySide6.QtGui import QImage


def local_files(data: QMimeData) -> list[Path]:
    """Files of this computer among the URLs; a folder stands for the files in it."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    files = []
    for path in paths:
        files += sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
    return files


def image_bytes(image: QImage) -> Callable[[], bytes]:
    """What encodes image as PNG; to be called in the background."""

    def encoded() -> bytes:
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "PNG", 100)  # type: ignore[call-overload]  # 100: uncompressed, fast
        return bytes(buffer.data().data())

    return encoded
