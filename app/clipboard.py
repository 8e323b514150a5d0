"""Pictures out of what is pasted or dropped: files, image data, what browsers give of one, or only its address."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from html import unescape
from pathlib import Path
from urllib.parse import unquote_to_bytes

import numpy as np
from PySide6.QtCore import QByteArray, QMimeData, QUrl
from PySide6.QtGui import QImage

from gazeengine.errors import ImageError
from gazeengine.image import Picture, decode_image, picture_of

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif")
ENCODED = tuple(f"image/{kind}" for kind in ("png", "webp", "avif", "jpeg", "tiff", "gif", "bmp", "x-bmp"))
"""Formats of image data that are read as they come, the one that loses least before others."""
PROMISED = ("application/octet-stream", "FileContents")
"""How browsers give the content of a file that is not there yet: X11's direct save, and Windows."""
MOST_FOLDERS = 500  # within a folder, in which is looked for pictures to tell of

_IMAGE_TAG = re.compile(r"<img\b[^>]*?\bsrc\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)", re.IGNORECASE)
_DATA_URI = re.compile(r"data:image/[\w.+-]+((?:;[\w.=+-]+)*),(.*)", re.IGNORECASE | re.DOTALL)

Source = Callable[[], Picture]


@dataclass(frozen=True, slots=True)
class Found:
    """What there is for us: files and folders, or a picture, which source gives in the background, or its address.

    A plain source keeps all pixels as they are.
    """

    files: tuple[Path, ...] = ()
    source: Source | None = None
    address: str | None = None
    name: str = "Pasted picture"
    plain: bool = False


def found_in(data: QMimeData, name: str = "Pasted picture") -> Found | None:
    """The best that data has: local files before pixels, these before an address of the net. None where it has none."""
    files = tuple(local_files(data))
    if any(file.exists() for file in files):
        return Found(files=files)
    for promised in (False, True):
        for content in _encoded(data, promised=promised):
            if not promised or _begins_like_picture(content):
                return Found(source=partial(decode_image, content, name), name=name)
        if not promised and data.hasImage():
            image = data.imageData()
            if isinstance(image, QImage) and not image.isNull():
                return Found(source=image_source(image, name), name=name, plain=True)
    return _addressed(data, name) or (Found(files=files) if files else None)


def may_have_picture(data: QMimeData) -> bool:
    """Whether it is worth to let it be dropped; asks for no content, which another program would have to make."""
    formats = data.formats()
    return (
        data.hasUrls()
        or data.hasImage()
        or any(kind in formats for kind in (*ENCODED, "text/html", "text/x-moz-url"))
        or any(promise in kind for kind in formats for promise in PROMISED)
    )


def local_files(data: QMimeData) -> list[Path]:
    """Files and folders of this computer among the URLs."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def image_source(image: QImage, name: str) -> Source:
    """The picture of an image in memory, over white where it is transparent; to be called in the background."""

    def source() -> Picture:
        if image.isNull():
            raise ImageError(f"picture {name}: found none, wanted one")
        rgba = image.convertToFormat(QImage.Format.Format_RGBA8888)
        rows = np.frombuffer(rgba.constBits(), np.uint8).reshape(rgba.height(), rgba.bytesPerLine())
        return picture_of(rows[:, : 4 * rgba.width()].reshape(rgba.height(), rgba.width(), 4), name)

    return source


def pictures_in(folder: Path) -> list[Path]:
    """Files in folder that are pictures by their name, in the order of names. Raises ImageError where it has none.

    All others are left out without a word: a folder is full of things that nobody means. Folders within it are, too, or
    a home folder would list thousands; where only they have pictures the error says so.
    """
    found = _pictures_of(folder)
    if not found:
        kinds = ", ".join(suffix.removeprefix(".") for suffix in PICTURE_SUFFIXES)
        wanted = f"wanted files ending in {kinds}"
        if within := _folder_within(folder):
            wanted = f"but some in {within.relative_to(folder)} within it: open that folder"
        raise ImageError(f"folder {folder.name}: found no pictures in it, {wanted}")
    return sorted(found, key=lambda path: path.name.lower())


def _pictures_of(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [Path(e.path) for e in entries if _is_picture(e.name) and e.is_file()]
    except OSError as error:
        raise ImageError(f"folder {folder.name}: it cannot be read ({error.strerror}), wanted pictures") from error


def _folder_within(folder: Path) -> Path | None:
    """The first folder within that has pictures."""
    for n, (place, folders, names) in enumerate(os.walk(folder)):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if n and any(_is_picture(name) for name in names):
            return Path(place)
        if n >= MOST_FOLDERS:
            return None
    return None


def _is_picture(name: str) -> bool:
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in PICTURE_SUFFIXES


def _encoded(data: QMimeData, *, promised: bool) -> Iterator[bytes]:
    formats = data.formats()
    kinds = [f for f in formats if any(p in f for p in PROMISED)] if promised else [k for k in ENCODED if k in formats]
    for kind in kinds:
        content: QByteArray = data.data(kind)
        if content.size():
            yield bytes(content.data())


def _begins_like_picture(content: bytes) -> bool:
    return content[:4] in (b"\x89PNG", b"RIFF", b"GIF8") or content[:3] == b"\xff\xd8\xff" or content[4:8] == b"ftyp"


def _addressed(data: QMimeData, name: str) -> Found | None:
    """What only says where the picture is: in the address itself, on this computer, or on the net."""
    net: str | None = None
    for address in _addresses(data):
        if (embedded := _DATA_URI.fullmatch(address)) is not None:
            return Found(source=_embedded(embedded[1], embedded[2], name), name=name)
        url = QUrl(address)
        if url.isLocalFile() and Path(url.toLocalFile()).exists():
            return Found(files=(Path(url.toLocalFile()),))
        if url.scheme() in ("http", "https", "blob"):
            net = net or address
    return Found(address=net) if net is not None else None


def _addresses(data: QMimeData) -> Iterator[str]:
    """Addresses that data names, those of pictures before those of what they link to."""
    if data.hasHtml():
        yield from (unescape(src.strip("\"'")).strip() for src in _IMAGE_TAG.findall(data.html()))
    if data.hasFormat("text/x-moz-url"):
        yield from _words(data, "text/x-moz-url")
    yield from (url.toString() for url in data.urls())
    text = data.text().strip() if data.hasText() else ""
    if text and not any(c.isspace() for c in text):
        yield text


def _words(data: QMimeData, kind: str) -> list[str]:
    """The first line of a text in UTF-16, as Firefox gives addresses."""
    try:
        return bytes(data.data(kind).data()).decode("utf-16").split("\n")[:1]
    except UnicodeDecodeError:
        return []


def _embedded(parameters: str, content: str, name: str) -> Source:
    """The picture that a data: address holds itself."""

    def source() -> Picture:
        raw = unquote_to_bytes(content)
        if ";base64" in parameters.lower():
            raw = bytes(QByteArray.fromBase64(QByteArray(raw)).data())
        return decode_image(raw, name)

    return source
