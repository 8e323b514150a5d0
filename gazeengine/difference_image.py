"""How a difference of attention is shown: colours of its own, outlines, and signs, so that colour never is alone.

Blue where B gets less than A, orange where it gets more; both stay apart to the colour-blind. Solid lines go round what
gets more, dashed ones round what gets less, and the places of the greatest changes have their number and sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from gazeengine.comparison import Difference, signed
from gazeengine.image import resized
from gazeengine.resources import FOLDER

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

LESS, SAME, MORE = "#1c45cf", "#a6a6a6", "#f58700"
FAINT = 0.12
"""Multiples of the average attention below which no line or sign is drawn: hardly anyone looks there."""

MOST_SIGNS = 3  # of each sign
_LEAST_SIGN = 0.3  # of the greatest gain or loss, that another has to be for a number of its own
_APART = 0.14  # of the picture's longer side, between signs
_SIDE = 512  # cells of the grid, along its longer side, that lines are found on
_SMOOTHED = 5  # points of a line that are averaged
_THINNED = 3  # of those one is drawn
_LEAST_LINE = 0.04  # of the picture's longer side that a line must span to be drawn
_GREY = 88, 0.46  # what black becomes, and the contrast that is left of the picture below


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """Round what gains at least so many bits, or loses them; points (n, 2): x and y in shares of width and height."""

    bits: float
    points: Floats


@dataclass(frozen=True, slots=True)
class Mark:
    """A place where attention changes most: x and y in shares of width and height, and the difference there."""

    x: float
    y: float
    bits: float

    @property
    def words(self) -> str:
        return signed(self.bits, 1)


@dataclass(frozen=True, slots=True, eq=False)
class DrawnDifference:
    """All that is drawn of a difference whose colours end at range_bits.

    colours are RGBA (h, w, 4), not premultiplied; outlines are at half the range.
    """

    range_bits: float
    colours: Pixels
    outlines: tuple[Outline, ...]
    marks: tuple[Mark, ...]


def colour_table() -> Pixels:
    """RGB (256, 3) from what gets less to what gets more, as they look over a grey picture."""
    ends = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in (LESS, SAME, MORE)], float)
    place = np.linspace(0, 2, 256)
    table = np.column_stack([np.interp(place, range(3), ends[:, i]) for i in range(3)])
    return np.asarray(np.rint(table), np.uint8)


def drawn(difference: Difference, range_bits: float | None = None) -> DrawnDifference:
    """What to draw; without a range it is the difference's own."""
    limit = range_bits or difference.range_bits
    return DrawnDifference(
        limit, colours(difference, limit), tuple(outlines(difference, limit / 2)), tuple(marks(difference, limit / 4))
    )


def colours(difference: Difference, range_bits: float) -> Pixels:
    """RGBA (h, w, 4): the more opaque the greater the difference; and fainter where few look in either."""
    share = np.clip(difference.bits / range_bits, -1, 1)
    seen = np.sqrt(np.minimum(difference.attention, 1))
    ends = colour_table()[[0, -1]]
    alpha = np.rint(205 * seen * np.abs(share) ** 0.8).astype(np.uint8)
    return np.asarray(np.concatenate([ends[(share > 0).astype(np.intp)], alpha[..., None]], 2), np.uint8)


def outlines(difference: Difference, level: float) -> list[Outline]:
    """Closed lines round what gains more than level, or loses it, where anyone looks; none too small to be read."""
    rows, columns = difference.bits.shape
    scale = _SIDE / max(rows, columns)
    height, width = max(2, round(rows * scale)), max(2, round(columns * scale))
    fine, attention = (
        np.asarray(cv2.resize(array, (width, height), interpolation=cv2.INTER_LINEAR))
        for array in (difference.bits, difference.attention)
    )
    found = []
    for bits in (level, -level):
        mask = (fine >= bits if bits > 0 else fine <= bits) & (attention >= FAINT)
        lines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        for line in lines:
            points = np.asarray(line, np.float32)[:, 0]
            if np.ptp(points, axis=0).max() >= _LEAST_LINE * _SIDE:
                smooth = _smooth(points)
                smooth = np.concatenate([smooth[:-1:_THINNED], smooth[:1]])
                found.append(Outline(bits, ((smooth + 0.5) / (width, height)).astype(np.float32)))
    return found


def marks(difference: Difference, least_bits: float) -> list[Mark]:
    """Where most attention is gained and lost, the greatest first, not too near to each other."""
    ratio = np.exp2(difference.bits, dtype=np.float32)
    moved = 2 * difference.attention * (ratio - 1) / (ratio + 1)  # B's density less A's
    rows, columns = moved.shape
    blur = max(1.0, 0.02 * max(rows, columns))
    moved = np.asarray(cv2.GaussianBlur(moved, (0, 0), blur))
    found: list[Mark] = []
    for sign in (1, -1):
        left = sign * moved
        least = max(_LEAST_SIGN * float(left.max()), 1e-9)
        for _ in range(MOST_SIGNS):
            row, column = np.unravel_index(int(np.argmax(left)), left.shape)
            bits = float(difference.bits[row, column])
            if left[row, column] < least or sign * bits < least_bits or difference.attention[row, column] < FAINT:
                break
            found.append(Mark((column + 0.5) / columns, (row + 0.5) / rows, bits))
            cv2.circle(left, (int(column), int(row)), max(1, round(_APART * max(rows, columns))), 0.0, -1)
    return found


def below(rgb: Pixels) -> Pixels:
    """The picture as it lies below a difference: grey, without its darkest and brightest tones, (H, W, 3)."""
    black, contrast = _GREY
    grey = cv2.convertScaleAbs(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), alpha=contrast, beta=black)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)


def rendered_difference(rgb: Pixels, shown: DrawnDifference, names: tuple[str, str] = ("A", "B")) -> Pixels:
    """The difference over the picture (H, W, 3) at its own resolution, above a legend that says what it shows."""
    height, width = rgb.shape[:2]
    over = np.asarray(resized(shown.colours.astype(np.float32), height, width))
    weight = over[..., 3:] / 255
    picture = Image.fromarray(np.rint(below(rgb) * (1 - weight) + over[..., :3] * weight).astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    thick = max(1, round(max(height, width) / 700))
    for line in shown.outlines:
        _draw_line(pen, line.points * (width, height), thick, dashed=line.bits < 0)
    font = image_font(max(11, max(height, width) / 64))
    for mark in shown.marks:
        _draw_words(pen, (mark.x * width, mark.y * height), mark.words, font)
    legend = _legend(width, shown.range_bits, names)
    return np.concatenate([np.asarray(picture), legend])


def _smooth(points: Floats) -> Floats:
    """A closed line without the steps of the grid; it ends where it begins."""
    padded = np.pad(points, ((_SMOOTHED, _SMOOTHED), (0, 0)), "wrap")
    kernel = np.hanning(2 * _SMOOTHED + 3)[1:-1]
    smooth = np.stack([np.convolve(padded[:, i], kernel / kernel.sum(), "valid") for i in range(2)], 1)
    return np.asarray(np.concatenate([smooth, smooth[:1]]), np.float32)


def _draw_line(pen: ImageDraw.ImageDraw, points: Floats, thick: int, *, dashed: bool) -> None:
    for width, colour in ((thick + 2, "white"), (thick, "black")):
        for part in _dashes(points, 7.0 * thick) if dashed else [points]:
            pen.line([(float(x), float(y)) for x, y in part], fill=colour, width=width, joint="curve")


def _dashes(points: Floats, length: float) -> list[Floats]:
    """Every other stretch of so many pixels."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    number = (along // length).astype(int)
    parts = [points[number == i] for i in range(0, int(number.max()) + 1, 2)]
    return [part for part in parts if len(part) > 1]


def _draw_words(
    pen: ImageDraw.ImageDraw, middle: tuple[float, float], words: str, font: ImageFont.FreeTypeFont
) -> None:
    left, top, right, bottom = pen.textbbox(middle, words, font=font, anchor="mm")
    pad = font.size / 3
    box = (left - pad, top - pad, right + pad, bottom + pad)
    pen.rounded_rectangle(box, radius=pad, fill="#1c2027", outline="white")
    pen.text(middle, words, fill="white", font=font, anchor="mm")


def _legend(width: int, range_bits: float, names: tuple[str, str]) -> Pixels:
    """A strip (h, width, 3) with the colours, their values in bits and factors, and what is compared."""
    font = image_font(min(max(9, width / 64), 22))
    line = round(1.5 * font.size)
    words = ["log2 of attention in B over A: +1 bit is twice as much", f"A: {names[0]}", f"B: {names[1]}"]
    strip = Image.new("RGB", (width, round((4 + len(words)) * line)), "#f8f9fb")
    pen = ImageDraw.Draw(strip)
    left, top, bar = line, line // 2, max(2, min(width - 2 * line, round(36 * font.size)))
    table = colour_table()
    for x in range(bar):
        red, green, blue = (int(part) for part in table[255 * x // (bar - 1)])
        pen.line([(left + x, top), (left + x, top + line)], fill=(red, green, blue))
    pen.rectangle((left, top, left + bar, top + line), outline="#626b78")
    ticks = legend_ticks(range_bits)
    for place, tick in ticks if bar > 24 * font.size else ticks[::2]:
        at = left + bar * place
        pen.line([(at, top + line), (at, top + line + 4)], fill="#626b78")
        anchor = "la" if place == 0 else "ra" if place == 1 else "ma"
        pen.text((at, top + line + 5), tick, fill="#1c2027", font=font, anchor=anchor)
    for i, told in enumerate(words):
        pen.text((left, top + (2.4 + i) * line + 5), told, fill="#4a525e", font=font, anchor="la")
    return np.asarray(strip, np.uint8)


def tick_words(bits: float) -> str:
    """A difference in bits with the factor that it is."""
    if bits == 0:
        return "0 (×1)"
    digits = 3 if abs(bits) < 0.25 else 2 if bits % 0.5 else 1 if bits % 1 else 0
    factor = 2.0**bits
    return f"{signed(bits, digits)} (×{factor:.{1 if factor >= 2 else 2}f})"


def image_font(size: float) -> ImageFont.FreeTypeFont:
    """That of reports: Latin, Greek and Cyrillic letters, and true signs."""
    return ImageFont.truetype(FOLDER / "fonts" / "Inter-Regular.ttf", size)


def legend_ticks(range_bits: float) -> Sequence[tuple[float, str]]:
    """Where along the colours, in [0, 1], and what stands there."""
    return [((share + 1) / 2, tick_words(share * range_bits)) for share in (-1.0, -0.5, 0.0, 0.5, 1.0)]
