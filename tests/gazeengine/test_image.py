import errno
import io
import os
import struct
import threading
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from gazeengine import image as image_module
from gazeengine.errors import ImageError, OutputError
from gazeengine.image import (
    MOST_PIXELS,
    SMALLEST_SIDE,
    WORKING_PIXELS,
    decode_image,
    read_image,
    resized,
    thumbnail,
    write_png,
)

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")


def corners(height=40, width=60):
    """Red, green, blue and grey quarters, so that every turn shows."""
    rgb = np.empty((height, width, 3), np.uint8)
    rgb[: height // 2, : width // 2] = 200, 30, 30
    rgb[: height // 2, width // 2 :] = 30, 200, 30
    rgb[height // 2 :, : width // 2] = 30, 30, 200
    rgb[height // 2 :, width // 2 :] = 128
    return rgb


def saved(picture, kind="PNG", **options):
    """The bytes of a file."""
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray(picture)
    file = io.BytesIO()
    picture.save(file, format=kind, **options)
    return file.getvalue()


def png(width, height, bits, color_type, rows):
    """A PNG made by hand, for the kinds that Pillow doesn't write."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def tiff_rgb16(samples):
    """An uncompressed big-endian TIFF of (H, W, 3) uint16 samples."""
    height, width, _ = samples.shape
    data = samples.astype(">u2").tobytes()
    bits_at = 8 + len(data)
    short, long = 3, 4
    tags = [(256, long, 1, width), (257, long, 1, height), (258, short, 3, bits_at), (259, short, 1, 1)]
    tags += [(262, short, 1, 2), (273, long, 1, 8), (277, short, 1, 3), (278, long, 1, height)]
    tags += [(279, long, 1, len(data))]
    directory = struct.pack(">H", len(tags))
    for tag, kind, count, value in tags:
        packed = struct.pack(">HH", value, 0) if kind == short and count == 1 else struct.pack(">I", value)
        directory += struct.pack(">HHI", tag, kind, count) + packed
    return b"MM\0*" + struct.pack(">I", bits_at + 6) + data + struct.pack(">HHH", 16, 16, 16) + directory + bytes(4)


# reading


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_read(kind, tmp_path):
    path = tmp_path / f"quarters.{kind.lower()}"
    path.write_bytes(saved(corners(), kind))
    picture = read_image(path)
    assert (picture.name, picture.path, picture.note) == (path.name, path, None)
    assert picture.rgb.dtype == np.uint8
    assert picture.rgb.flags.c_contiguous
    assert not picture.rgb.flags.writeable
    np.testing.assert_allclose(picture.rgb[::39, ::59].astype(int), corners()[::39, ::59], atol=10)


def test_what_is_pasted_is_read_like_a_file(tmp_path):
    (tmp_path / "a.png").write_bytes(saved(corners()))
    file, pasted = read_image(tmp_path / "a.png"), decode_image(saved(corners()), "clipboard")
    assert (pasted.name, pasted.path) == ("clipboard", None)
    assert (pasted.rgb == file.rgb).all()


def test_the_digest_is_of_the_pixels_and_their_shape():
    flat = np.zeros((40, 60, 3), np.uint8)
    digests = [decode_image(saved(flat, kind), kind).digest for kind in ("PNG", "BMP", "TIFF")]
    assert len(set(digests)) == 1
    assert decode_image(saved(flat.reshape(60, 40, 3)), "turned").digest != digests[0]
    flat[3, 3] = 1
    assert decode_image(saved(flat), "changed").digest != digests[0]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_rotated_picture_comes_upright(orientation, kind):
    stored = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
        8: lambda a: np.rot90(a, -1),
    }[orientation](corners())
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = decode_image(saved(np.ascontiguousarray(stored), kind, exif=exif), "turned")
    assert picture.rgb.shape == (40, 60, 3)
    np.testing.assert_allclose(picture.rgb[5:40:30, 5:60:50].astype(int), corners()[5:40:30, 5:60:50], atol=10)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_of_a_moving_picture_the_first_frame_is_read(kind):
    frames = [Image.fromarray(np.full((40, 40, 3), level, np.uint8)) for level in (250, 100, 20, 180)]
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:])
    picture = decode_image(data, "moving")
    assert picture.note == "first of 4 frames"
    np.testing.assert_allclose(picture.rgb, 250, atol=2)


def ramp(dtype, low, high):
    return np.tile(np.linspace(low, high, 256).astype(dtype), (40, 1))


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_grey_of_16_bits_is_scaled_and_not_clipped(kind):
    picture = decode_image(saved(ramp(np.uint16, 0, 65535), kind), "deep")
    assert (picture.rgb == np.arange(256)[None, :, None]).all()
    assert picture.note == "16-bit reduced to 8"


@pytest.mark.parametrize("big_endian", [True, False])
def test_the_byte_order_of_grey_tiffs_is_kept(big_endian):
    data = saved(ramp(">u2" if big_endian else "<u2", 0, 65535), "TIFF")
    assert data.startswith(b"MM" if big_endian else b"II")
    assert (decode_image(data, "deep").rgb == np.arange(256)[None, :, None]).all()


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_color_of_16_bits_is_scaled_and_not_clipped(kind):
    samples = np.repeat(ramp(np.uint16, 0, 65535)[..., None], 3, axis=2)
    if kind == "PNG":
        data = png(256, 40, 16, 2, [row.astype(">u2").tobytes() for row in samples])
    else:
        data = tiff_rgb16(samples)
    picture = decode_image(data, "deep")
    np.testing.assert_allclose(picture.rgb.astype(int), samples / 257, atol=1)
    assert picture.note == "16-bit reduced to 8"


def test_16_bits_with_transparency_are_both_told():
    pixel = struct.pack(">HH", 0, 65535), struct.pack(">HH", 0, 0)
    picture = decode_image(png(40, 40, 16, 4, [pixel[0] * 20 + pixel[1] * 20] * 40), "deep")
    assert picture.note == "16-bit reduced to 8, transparency over white"
    assert (picture.rgb[:, :20] == 0).all()
    assert (picture.rgb[:, 20:] == 255).all()


def test_floats_between_0_and_1_are_taken_for_brightness():
    picture = decode_image(saved(ramp(np.float32, 0.25, 0.5), "TIFF"), "float")
    assert (picture.rgb.min(), picture.rgb.max()) == (64, 128)
    assert picture.note == "floating point from 0 to 1 reduced to 8 bits"


@pytest.mark.parametrize(("dtype", "low", "high"), [(np.float32, -3.5, 18), (np.int32, -7000, 90000)])
def test_other_values_are_stretched(dtype, low, high):
    picture = decode_image(saved(ramp(dtype, low, high), "TIFF"), "data")
    np.testing.assert_allclose(picture.rgb[0, :, 0].astype(int), np.arange(256), atol=1)
    assert picture.note == f"values from {low:g} to {high:g} stretched to 8 bits"


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_floats_that_are_no_numbers_are_refused(bad):
    values = ramp(np.float32, 0, 1)
    values[3, 4] = bad
    with pytest.raises(ImageError, match="not finite"):
        decode_image(saved(values, "TIFF"), "float")


def without_adobe_mark(jpeg):
    at = jpeg.index(b"\xff\xee")
    return jpeg[:at] + jpeg[at + 2 + int.from_bytes(jpeg[at + 2 : at + 4]) :]


def test_inks_become_colors_by_either_convention():
    inks = Image.fromarray(corners()).convert("CMYK")
    adobe = saved(inks, "JPEG", quality=95)  # which stores 255 for no ink; without the mark, 0 is no ink
    plain = without_adobe_mark(saved(ImageChops.invert(inks), "JPEG", quality=95))
    for data in (adobe, plain):
        picture = decode_image(data, "print")
        assert picture.note == "CMYK converted"
        np.testing.assert_allclose(picture.rgb[5:40:30, 5:60:50].astype(int), corners()[5:40:30, 5:60:50], atol=12)


def test_palettes_are_looked_up():
    palette = Image.fromarray(corners()).quantize(8)
    picture = decode_image(saved(palette), "palette")
    np.testing.assert_allclose(picture.rgb.astype(int), corners(), atol=2)
    assert picture.note is None


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_a_transparent_color_of_a_palette_is_white(kind):
    palette = Image.fromarray(corners()).quantize(8)
    picture = decode_image(saved(palette, kind, transparency=palette.getpixel((0, 0))), "palette")
    assert (picture.rgb[:20, :30] == 255).all()
    np.testing.assert_allclose(picture.rgb[20:].astype(int), corners()[20:], atol=2)
    assert picture.note == "transparency over white"


def test_a_palette_may_be_partly_transparent():
    palette = Image.fromarray(np.zeros((40, 40), np.uint8), "P")
    picture = decode_image(saved(palette, transparency=bytes([128])), "palette")
    np.testing.assert_allclose(picture.rgb, 127, atol=1)


def test_black_and_white_becomes_black_and_white():
    bits = np.zeros((40, 50), bool)
    bits[::2] = True
    for kind in ("PNG", "TIFF", "BMP"):
        assert (decode_image(saved(bits, kind), "bits").rgb == np.where(bits, 255, 0)[..., None]).all()


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_is_transparent_is_laid_over_white(mode, kind):
    grey = Image.fromarray(np.full((40, 40), 100, np.uint8)).convert(mode)
    grey.putalpha(Image.fromarray(np.tile(np.repeat([0, 51, 255, 255], 10).astype(np.uint8), (40, 1))))
    picture = decode_image(saved(grey, kind, **({"lossless": True} if kind == "WEBP" else {})), "clear")
    assert picture.note == "transparency over white"
    np.testing.assert_allclose(picture.rgb[0, ::10, 0], [255, 224, 100, 100], atol=1)


def test_alpha_that_hides_nothing_is_not_mentioned():
    assert decode_image(saved(Image.fromarray(corners()).convert("RGBA")), "opaque").note is None


# too large, too small


def test_a_huge_picture_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(Image.core, "new", lambda *_: pytest.fail("was decoded"))
    with pytest.raises(ImageError, match=r"huge.png: found 30000 × 30000 \(900\), wanted at most 85 megapixels"):
        decode_image(png(30000, 30000, 8, 2, []), "huge.png")


def test_a_huge_webp_which_pillow_refuses_by_itself_is_told_the_same():
    header = b"VP8X" + struct.pack("<IB3x", 10, 0) + (16382).to_bytes(3, "little") * 2
    with pytest.raises(ImageError, match="found a WebP of far more pixels, wanted at most 85 megapixels"):
        decode_image(b"RIFF" + struct.pack("<I", 22) + b"WEBP" + header, "huge.webp")


@pytest.mark.parametrize("kind", ["JPEG", "GIF", "BMP", "TIFF", "WEBP", "AVIF", "PNG"])
def test_every_format_tells_its_size_first(kind, monkeypatch):
    monkeypatch.setattr(image_module, "MOST_PIXELS", 2000)
    monkeypatch.setattr(image_module, "MOST_PIXELS_JPEG", 2000)
    with pytest.raises(ImageError, match="found 60 × 40"):
        decode_image(saved(corners(), kind), "large")


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    ("limit", "size"), [(1e6, (600, 400)), (24e4, (600, 400)), (23e4, (300, 200)), (4e4, (200, 133))]
)
def test_a_large_picture_is_reduced(kind, limit, size, monkeypatch):
    monkeypatch.setattr(image_module, "WORKING_PIXELS", limit)
    picture = decode_image(saved(corners(400, 600), kind), "large")
    assert picture.rgb.shape == (size[1], size[0], 3)
    assert picture.note == (None if size == (600, 400) else f"reduced from 600 × 400 to {size[0]} × {size[1]}")
    np.testing.assert_allclose(picture.rgb[:: size[1] - 1, :: size[0] - 1].astype(int), corners()[::39, ::59], atol=10)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "F", "I"])
def test_every_mode_can_be_reduced(mode, monkeypatch):
    monkeypatch.setattr(image_module, "WORKING_PIXELS", 60_000)
    if mode in ("I;16", "F", "I"):
        dtype = {"I;16": np.uint16, "F": np.float32, "I": np.int32}[mode]
        full = Image.fromarray(np.zeros((400, 600), dtype))
    else:
        full = Image.fromarray(np.zeros((400, 600, 3), np.uint8)).convert(mode)
    picture = decode_image(saved(full, "TIFF"), "large")
    assert "reduced from 600 × 400 to 300 × 200" in picture.note
    assert (picture.rgb == 0).all()


def test_a_large_rotated_picture_is_reduced_and_upright(monkeypatch):
    monkeypatch.setattr(image_module, "WORKING_PIXELS", 60_000)
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = np.ascontiguousarray(np.rot90(corners(400, 600)))
    picture = decode_image(saved(stored, "JPEG", exif=exif), "large")
    np.testing.assert_allclose(picture.rgb[::199, ::299].astype(int), corners()[::39, ::59], atol=10)


def test_a_picture_that_pillow_calls_a_bomb_is_read_by_any_thread_without_a_warning():
    data = saved(Image.new("L", (10_000, 9_500), 90), "JPEG")
    pictures = []
    thread = threading.Thread(target=lambda: pictures.append(decode_image(data, "photo")))
    thread.start()
    thread.join()
    assert pictures[0].rgb.shape == (4750, 5000, 3)
    assert pictures[0].note == "reduced from 10000 × 9500 to 5000 × 4750"


def test_the_limits_leave_pillow_nothing_to_warn_of():
    assert WORKING_PIXELS < MOST_PIXELS < Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize(("width", "height"), [(1, 1), (4000, 2), (SMALLEST_SIDE - 1, 100)])
def test_a_picture_too_small_to_look_at_is_refused(width, height):
    with pytest.raises(ImageError, match=rf"dot: found {width} × {height}, wanted 32 pixels or more on each side"):
        decode_image(saved(Image.new("RGB", (width, height))), "dot")


def test_a_narrow_picture_is_fine():
    assert decode_image(saved(Image.new("RGB", (4000, SMALLEST_SIDE))), "strip").rgb.shape == (32, 4000, 3)


def test_a_picture_too_narrow_when_reduced_is_refused():
    with pytest.raises(ImageError, match=r"found 1000000 × 40, reduced to 500000 × 20"):
        decode_image(png(1_000_000, 40, 1, 0, []), "ribbon")


# what is no picture


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "an empty file"),
        (b"Dear diary,\r\n\ttoday", "a text file"),
        ("ein schöner Text ".encode() * 50, "a text file"),
        (b'<?xml version="1.0"?><svg xmlns=""/>', "an SVG drawing"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\0\0\0\x18ftypheic", "an HEIC picture"),
        (b"\0\0\0\x18ftypmp42", "a video"),
        (b"PK\3\4aa", "a ZIP archive"),
        (bytes(range(256)), "data of an unknown kind"),
        (b"\x89", "data of an unknown kind"),
    ],
)
def test_what_is_no_picture_is_named(data, found, tmp_path):
    path = tmp_path / "notes.png"
    path.write_bytes(data)
    with pytest.raises(ImageError) as raised:
        read_image(path)
    assert str(raised.value) == f"picture notes.png: found {found}, wanted PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF"


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("part", [0.5, 0.9])
def test_a_truncated_file_is_refused(kind, part):
    noise = np.random.default_rng(3).integers(0, 256, (80, 90, 3), dtype=np.uint8)
    data = saved(noise, kind)
    with pytest.raises(ImageError, match=r"cut: found a damaged, incomplete or unusual .*, wanted a whole") as raised:
        decode_image(data[: int(part * len(data))], "cut")
    assert raised.value.__cause__ is not None


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(FORMATS),
    places=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8),
    length=st.floats(0, 1),
)
def test_damage_gives_a_picture_or_a_telling_error(kind, places, length):
    data = bytearray(saved(corners(), kind))
    for place, value in places:
        # the first bytes count most
        data[int(place**3 * len(data))] = value
    with suppress(ImageError):
        assert decode_image(bytes(data[: int(length**0.2 * len(data))]), "broken").rgb.ndim == 3


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(ImageError, match="found a folder, wanted PNG"):
        read_image(tmp_path)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(ImageError, match=r"picture gone.png: found no such file in .*, wanted PNG"):
        read_image(tmp_path / "gone.png")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_a_pipe_does_not_make_us_wait(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(ImageError, match="found a device or a pipe"):
        read_image(tmp_path / "pipe.png")


@pytest.mark.parametrize(
    ("number", "found"),
    [
        (errno.EACCES, "found no permission, wanted a file that you may read"),
        (errno.EIO, "found 'Input/output error'"),
    ],
)
def test_a_file_that_cannot_be_opened_is_told(number, found, tmp_path, monkeypatch):
    path = tmp_path / "locked.png"
    path.write_bytes(saved(corners()))

    def refuse(*_args, **_keywords):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ImageError, match=found):
        read_image(path)


# other sizes


def test_shrinking_averages_areas():
    rgb = np.random.default_rng(1).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    expected = rgb.reshape(20, 2, 20, 3, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(resized(rgb, 20, 20), expected, atol=0.51)


@given(height=st.integers(1, 90), width=st.integers(1, 90))
def test_a_flat_picture_stays_flat_at_any_size(height, width):
    flat = resized(np.full((30, 40, 3), 77, np.uint8), height, width)
    assert flat.shape == (height, width, 3)
    assert (flat == 77).all()


def test_growing_is_linear_between_pixels():
    grown = resized(np.array([[0.0, 8.0]], np.float32), 1, 8)
    np.testing.assert_allclose(grown[0], [0, 0, 1, 3, 5, 7, 8, 8])


@given(height=st.integers(1, 300), width=st.integers(1, 300))
def test_a_thumbnail_fits_and_keeps_proportions(height, width):
    small = thumbnail(np.zeros((height, width, 3), np.uint8), 48)
    assert max(small.shape[:2]) == min(48, max(height, width))
    scale = min(1, 48 / max(height, width))
    assert abs(small.shape[0] - height * scale) <= 1
    assert abs(small.shape[1] - width * scale) <= 1


# writing


@pytest.mark.parametrize("shape", [(40, 60), (40, 60, 3), (40, 60, 4)])
def test_a_png_comes_back_as_it_was(shape, tmp_path):
    pixels = np.random.default_rng(2).integers(0, 256, shape, dtype=np.uint8)
    write_png(tmp_path / "out.png", pixels)
    with Image.open(tmp_path / "out.png") as file:
        assert (np.asarray(file) == pixels).all()
    assert os.listdir(tmp_path) == ["out.png"]


def test_what_is_written_is_no_view_that_outlives_a_failure(tmp_path, monkeypatch):
    """A view of the PNG in memory broke the garbage collector's work on Python 3.12.1 and 3.13.0."""
    written = []

    def full(self, content):
        written.append(content)
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError):
        write_png(tmp_path / "a.png", corners())
    assert isinstance(written[0], bytes)
