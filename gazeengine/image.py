"""Pictures: files or clipboard bytes to RGB and back to PNG, and other sizes of them."""

import hashlib
import io
import os
import stat
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from gazeengine.atomic import written_beside
from gazeengine.errors import ImageError

WANTED = "PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF"
SMALLEST_SIDE = 32  # two cells of the features that gaze is read from
WORKING_PIXELS = 24_000_000
"""Pictures with more pixels are reduced to fewer as they are read."""
MOST_PIXELS = 85_000_000
"""Pictures with more are refused unseen: they decode to some 400 MB. Pillow warns a little above."""
MOST_PIXELS_JPEG = 120_000_000
"""What telephones take has 108 million; a JPEG is decoded at half its size."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is worked on: RGB (H, W, 3), uint8, read-only.

    digest names the pixels, whatever file they came from; note is what was changed on reading, if anything.
    """

    name: str
    path: Path | None
    rgb: NDArray[np.uint8] = field(repr=False, compare=False)
    digest: str
    note: str | None = None


def read_image(path: str | os.PathLike[str]) -> Picture:
    """The picture in a file, upright, over white where it is transparent, the first frame if it moves.

    Raises ImageError for all that is no such picture.
    """
    path = Path(path)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise ImageError(f"picture {path.name}: found a folder, wanted {WANTED}")
        if not stat.S_ISREG(mode):  # a pipe would have us wait
            raise ImageError(f"picture {path.name}: found a device or a pipe, wanted {WANTED}")
        with path.open("rb") as file:
            return _decoded(file, path.name, path)
    except FileNotFoundError as error:
        raise ImageError(f"picture {path.name}: found no such file in {path.parent}, wanted {WANTED}") from error
    except PermissionError as error:
        raise ImageError(f"picture {path.name}: found no permission, wanted a file that you may read") from error
    except OSError as error:
        found = error.strerror or str(error)
        raise ImageError(f"picture {path.name}: found '{found}', wanted a file that can be read") from error


def decode_image(data: bytes, name: str) -> Picture:
    """The picture in the bytes of a file or the clipboard, like read_image."""
    return _decoded(io.BytesIO(data), name, None)


def picture_of(pixels: NDArray[np.uint8], name: str) -> Picture:
    """A picture of RGB (H, W, 3) or RGBA (H, W, 4) in memory, like read_image."""
    height, width = pixels.shape[:2]
    target = _working_size((width, height), name, jpeg=False)
    notes: list[str] = []
    image = _over_white(Image.fromarray(pixels), notes)
    if target != image.size:
        notes.append(f"reduced from {width} × {height} to {target[0]} × {target[1]}")
        image = image.resize(target, Image.Resampling.BOX)
    return _named(np.asarray(image), name, None, notes)


def write_png(path: str | os.PathLike[str], pixels: NDArray[np.uint8]) -> None:
    """Write RGB (H, W, 3), RGBA (H, W, 4) or grey (H, W) as a PNG, all of it or nothing.

    Raises OutputError.
    """
    with written_beside(path) as beside:
        # by way of memory: Pillow's own writing tells no full disk from any other trouble
        png = io.BytesIO()
        Image.fromarray(pixels).save(png, format="PNG")
        beside.write_bytes(png.getvalue())  # not getbuffer: its cycles crash Python 3.12.1 where the disk is full


def png_bytes(rgb: NDArray[np.uint8]) -> bytes:
    """RGB (H, W, 3) as a PNG in memory, packed fast rather than small."""
    _, png = cv2.imencode(".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return bytes(png)


def resized(pixels: NDArray[Any], height: int, width: int) -> NDArray[Any]:
    """Pixels (H, W, ...) at another size: mean over areas where it shrinks, linear where it grows."""
    for h, w, how in (
        (min(height, pixels.shape[0]), min(width, pixels.shape[1]), cv2.INTER_AREA),
        (height, width, cv2.INTER_LINEAR),
    ):
        if pixels.shape[:2] != (h, w):
            pixels = np.asarray(cv2.resize(pixels, (w, h), interpolation=how))
    return pixels


def thumbnail(rgb: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The picture at most side pixels high and wide, in its proportions; a smaller one stays as it is."""
    scale = min(1, side / max(rgb.shape[:2]))
    height, width = (max(1, round(scale * extent)) for extent in rgb.shape[:2])
    return resized(rgb, height, width)


READERS: tuple[tuple[str, type[ImageFile], tuple[bytes, ...]], ...] = (
    ("PNG", PngImageFile, (b"\x89PNG",)),
    ("JPEG", JpegImageFile, (b"\xff\xd8\xff",)),
    ("WebP", WebPImageFile, (b"RIFF....WEBP",)),
    ("GIF", GifImageFile, (b"GIF8",)),
    ("BMP", BmpImageFile, (b"BM",)),
    ("TIFF", TiffImageFile, (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
    ("AVIF", AvifImageFile, (b"....ftypavif", b"....ftypavis", b"....ftypmif1")),
)
"""Formats, Pillow's classes for them, and how a file begins, where . is any byte."""

_OTHERS = (
    ("a PDF document", (b"%PDF",)),
    ("an HEIC picture", (b"....ftyphei", b"....ftyphev", b"....ftypmsf1")),
    ("a video", (b"....ftyp", b"\x1aE\xdf\xa3")),
    ("a Photoshop document", (b"8BPS",)),
    ("a ZIP archive", (b"PK\3\4",)),
    ("an icon", (b"\0\0\1\0",)),
)

# All that decoders throw at broken data. They warn of some of it, which may be turned into errors, too.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    EOFError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
    Warning,
)

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112  # EXIF


def _decoded(file: IO[bytes], name: str, path: Path | None) -> Picture:
    kind, reader = _recognised(file.read(512), name)
    file.seek(0)
    notes: list[str] = []
    try:
        # not Image.open: it warns of large pictures before one can look at their size
        with reader(file) as image:
            target = _working_size(image.size, name, jpeg=reader is JpegImageFile)
            rgb = np.asarray(_upright_rgb(image, target, notes))
    except Image.DecompressionBombError as error:  # a WebP or a frame, twice as large as what Pillow warns of
        wanted = f"at most {MOST_PIXELS / 1e6:.0f} megapixels"
        raise ImageError(f"picture {name}: found a {kind} of far more pixels, wanted {wanted}") from error
    except _DAMAGE as error:
        found = f"a damaged, incomplete or unusual {kind} ({str(error) or type(error).__name__})"
        raise ImageError(f"picture {name}: found {found}, wanted a whole one of {WANTED}") from error
    return _named(rgb, name, path, notes)


def _named(rgb: NDArray[np.uint8], name: str, path: Path | None, notes: Sequence[str]) -> Picture:
    rgb.setflags(write=False)
    digest = hashlib.blake2b(str(rgb.shape).encode(), digest_size=10)
    digest.update(rgb.data)
    return Picture(name, path, rgb, digest.hexdigest(), ", ".join(notes) or None)


def _recognised(head: bytes, name: str) -> tuple[str, type[ImageFile]]:
    for kind, reader, beginnings in READERS:
        if _begins(head, beginnings):
            return kind, reader
    raise ImageError(f"picture {name}: found {_what_it_is(head)}, wanted {WANTED}")


def _begins(head: bytes, beginnings: tuple[bytes, ...]) -> bool:
    return any(
        len(head) >= len(beginning)
        and all(wanted in (ord("."), found) for wanted, found in zip(beginning, head, strict=False))
        for beginning in beginnings
    )


def _what_it_is(head: bytes) -> str:
    if not head:
        return "an empty file"
    for what, beginnings in _OTHERS:
        if _begins(head, beginnings):
            return what
    text = head.decode("utf-8", errors="ignore")
    cut_off = 3  # bytes of a last character
    if text and len(text.encode()) >= len(head) - cut_off and not set(text) & set(map(chr, range(9))):
        return "an SVG drawing" if "<svg" in text else "a text file"
    return "data of an unknown kind"


def _working_size(size: tuple[int, int], name: str, *, jpeg: bool) -> tuple[int, int]:
    """The (width, height) to work with; raises ImageError for what is too large or too small."""
    width, height = size
    most = MOST_PIXELS_JPEG if jpeg else MOST_PIXELS
    if width * height > most:
        wanted = f"at most {most / 1e6:.0f} megapixels"
        raise ImageError(f"picture {name}: found {width} × {height} ({width * height / 1e6:.0f}), wanted {wanted}")
    factor = 1
    while (width // factor) * (height // factor) > WORKING_PIXELS:
        factor += 1
    target = width // factor, height // factor
    if min(target) < SMALLEST_SIDE:
        found = f"{width} × {height}" if factor == 1 else f"{width} × {height}, reduced to {target[0]} × {target[1]}"
        raise ImageError(f"picture {name}: found {found}, wanted {SMALLEST_SIDE} pixels or more on each side")
    return target


def _upright_rgb(image: ImageFile, target: tuple[int, int], notes: list[str]) -> Image.Image:
    full = image.size
    if (frames := getattr(image, "n_frames", 1)) > 1:
        notes.append(f"first of {frames} frames")
    if target != full:
        image.draft(None, target)  # JPEG only, at a half or a quarter
    # the tiles tell how samples are stored, and are gone once it is loaded
    deep = any(";16" in str(tile) for tile in image.tile)
    image.load()
    orientation = image.getexif().get(_ORIENTATION, 1)  # not earlier: TIFF turns itself as it is loaded
    if target != full:
        notes.append(f"reduced from {full[0]} × {full[1]} to {target[0]} × {target[1]}")
    if image.mode == "CMYK":
        notes.append("CMYK converted")
    flat = _eight_bit(image, notes)
    if deep and image.mode[0] not in "IF":
        notes.append("16-bit reduced to 8")
    if flat.size != target:
        flat = flat.resize(target, Image.Resampling.BOX)
    flat = _over_white(flat, notes)
    return flat.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else flat


def _eight_bit(image: ImageFile, notes: list[str]) -> Image.Image:
    """The picture in a mode with eight bits a sample that can be averaged: grey, RGB, CMYK or with alpha."""
    if image.mode.startswith(("I", "F")):
        return Image.fromarray(_grey_levels(np.asarray(image), notes))
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode == "1":
        return image.convert("L")
    if image.mode == "CMYK" and isinstance(image, JpegImageFile) and "adobe" not in image.info:
        return ImageChops.invert(image)  # Pillow takes every one for Adobe's, where 255 is no ink
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


def _grey_levels(values: NDArray[Any], notes: list[str]) -> NDArray[np.uint8]:
    """Samples (H, W) of any type as 0 to 255. Pillow would clip them."""
    if values.dtype.kind == "u":
        notes.append("16-bit reduced to 8")
        low, high = 0.0, 65535.0
    else:
        low, high = float(values.min()), float(values.max())
        if not np.isfinite([low, high]).all():  # one that is not a number makes both so
            raise ValueError("samples that are not finite")
        if values.dtype.kind == "f" and low >= 0 and high <= 1:
            notes.append("floating point from 0 to 1 reduced to 8 bits")
            low, high = 0.0, 1.0
        else:
            notes.append(f"values from {low:g} to {high:g} stretched to 8 bits")
    scale = 255 / (high - low) if high > low else 0.0
    levels = np.empty(values.shape, dtype=np.uint8)
    for rows in range(0, len(values), 256):  # all at once would need eight bytes a pixel
        levels[rows : rows + 256] = np.rint((values[rows : rows + 256].astype(np.float64) - low) * scale)
    return levels


def _over_white(image: Image.Image, notes: list[str]) -> Image.Image:
    if image.mode == "RGBA":
        alpha = image.getchannel("A")
        if alpha.getextrema() != (255, 255):
            notes.append("transparency over white")
            white = Image.new("RGB", image.size, "white")
            white.paste(image, mask=alpha)
            return white
    return image.convert("RGB")
