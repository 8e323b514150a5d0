"""A picture with its map as on display, at the picture's own resolution: what is saved, copied and put in reports."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from gazeengine.attention_levels import Floats
from gazeengine.image import resized
from gazeengine.map_style import MapStyle
from gazeengine.marks import (
    CASED,
    CASING,
    DASH,
    GAP,
    LINE,
    SOLID_SHARE,
    TEXT,
    THIN,
    THIN_CASED,
    TWO_DIGITS,
    WHITE,
    Label,
    Marks,
    labels,
    marks,
)
from gazeengine.saliency_map import intensity, linear_intensity, overlay, rgba, shade_range
from gazeengine.tracing import Polyline
from gazeengine.views import focus

Pixels = NDArray[np.uint8]

UNIT_OF_SIDE = 1 / 600  # of the shorter side: lines and type are in proportion to the picture
LEAST_UNIT = 1.0  # px: type stays readable
ICON_LINES, ICON_NUMBERS = 3.5, 10.0  # times as large
ICON_MOST = 3
_FINE = 4  # sub-pixel bits with which OpenCV draws


def rendered(
    rgb: Pixels, log_density: Floats | None, style: MapStyle, *, icon: bool = False, unit: float | None = None
) -> Pixels:
    """The picture with its map as on display, (H, W, 3) at the picture's own resolution.

    The map (h, w) may be coarser. Lines and type suit the picture's size, or have the scale unit; an icon, which is
    shown small, has thicker ones, no words, and only the inner contour and the first three numbers. A large picture
    takes a second, so call it from a worker. Without a map it is the picture.
    """
    if log_density is None or style.mode == "picture":
        return rgb.copy()
    height, width = rgb.shape[:2]
    drawn = marks(log_density, (height, width), style)
    image = _filled(_layered(rgb, log_density, style), drawn, style)
    given, unit = unit, UNIT_OF_SIDE * min(height, width)
    if icon:
        drawn = replace(drawn, hotspots=drawn.hotspots[:ICON_MOST])
        _draw_lines(image, replace(drawn, contours=drawn.contours[:1]), ICON_LINES * unit)
        _draw_labels(image, labels(drawn, (height, width), ICON_NUMBERS * unit, None), ICON_NUMBERS * unit)
    else:
        unit = given or max(LEAST_UNIT, unit)
        _draw_lines(image, drawn, unit)
        _draw_labels(image, labels(drawn, (height, width), unit, _font(unit).getlength), unit)
    return image


def fills(drawn: Marks, style: MapStyle) -> list[tuple[tuple[Polyline, ...], tuple[int, int, int], float]]:
    """Regions that are tinted, with a colour and an opacity each: in the views that have no other colours.

    The style's opacity is yet to be applied.
    """
    if style.mode == "contours":
        shades = ((0.95, 0.35), (0.6, 0.3))
        return [
            (lines, _colour(style, shade), alpha)
            for (_, lines), (shade, alpha) in reversed(list(zip(drawn.contours, shades, strict=True)))
        ]
    if style.mode == "hotspots" and drawn.hotspots:
        most = drawn.hotspots[0].share
        return [(spot.border, _colour(style, 0.35 + 0.6 * spot.share / most), 0.45) for spot in drawn.hotspots]
    return []


def _colour(style: MapStyle, shade: float) -> tuple[int, int, int]:
    red, green, blue = (int(part) for part in style.lut[round(255 * shade)])
    return red, green, blue


def _layered(rgb: Pixels, log_density: Floats, style: MapStyle) -> Pixels:
    """Picture and colours, without marks."""
    if style.mode == "focus":
        return focus(rgb, log_density, style.opacity)
    if style.mode not in ("overlay", "map", "log_density"):
        return rgb.copy()
    fine = resized(log_density, *rgb.shape[:2])
    shades = shade_range(log_density, style.low, style.high)
    if style.mode == "log_density":
        colours = rgba(linear_intensity(fine, shades), style.lut, follow_intensity=False)[..., :3]
        return np.asarray(cv2.addWeighted(rgb, 1 - style.opacity, colours, style.opacity, 0), np.uint8)
    shown = intensity(fine, style.gamma, shades)
    if style.mode == "map":
        return np.ascontiguousarray(rgba(shown, style.lut, follow_intensity=False)[..., :3])
    return overlay(rgb, shown, style.lut, style.opacity)


def _filled(image: Pixels, drawn: Marks, style: MapStyle) -> Pixels:
    for lines, colour, alpha in fills(drawn, style):
        mask = np.zeros(image.shape[:2], np.uint8)
        cv2.fillPoly(mask, [_fixed(line) for line in lines], 255, cv2.LINE_AA, _FINE)
        weight = mask * np.float32(alpha * style.opacity / 255)
        tint = np.broadcast_to(np.array(colour, np.uint8), image.shape)
        image = np.asarray(cv2.blendLinear(image, np.ascontiguousarray(tint), 1 - weight, weight), np.uint8)
    return image


def _draw_lines(image: Pixels, drawn: Marks, unit: float) -> None:
    """Contours and borders on an image that is written to."""
    for spot in drawn.hotspots if drawn.bordered else ():
        _lines(image, spot.border, CASING, THIN_CASED * unit)
        _lines(image, spot.border, WHITE, THIN * unit)
    for share, lines in drawn.contours:
        _lines(image, lines, CASING, CASED * unit)
        if share != SOLID_SHARE:
            lines = tuple(dash for line in lines for dash in dashes(line, DASH * unit, GAP * unit))
        _lines(image, lines, WHITE, LINE * unit)


def _draw_labels(image: Pixels, placed: tuple[Label, ...], unit: float) -> None:
    """Words and numbers, the most important above the others."""
    for label in reversed(placed):
        _draw_label(image, label, unit, _font(unit))


def _draw_label(image: Pixels, label: Label, unit: float, font: ImageFont.FreeTypeFont) -> None:
    left, top, right, bottom = label.box
    radius = (bottom - top) / 2
    middle = (top + bottom) / 2
    ends = np.array([[left + radius, middle], [max(right - radius, left + radius), middle]])
    _lines(image, (ends,), WHITE, 2 * radius + 1.6 * unit)
    _lines(image, (ends,), CASING, 2 * radius)
    words_at = (left + right) / 2
    if label.number:
        disc = np.array([[label.x, label.y]] * 2)
        _lines(image, (disc,), WHITE, 2 * radius - 3 * unit)
        digits = font if len(label.number) == 1 else _font(TWO_DIGITS * unit)
        _write(image, label.number, (label.x, label.y), digits, CASING)
        words_at = (label.x + radius + right) / 2 - 0.15 * TEXT * unit
    if label.words:
        _write(image, label.words, (words_at, middle), font, WHITE)


def _write(
    image: Pixels, words: str, middle: tuple[float, float], font: ImageFont.FreeTypeFont, colour: tuple[int, int, int]
) -> None:
    """Words in the middle of a place; only what is around them is touched."""
    reach_x, reach_y = int(font.getlength(words)) + 4, int(2 * font.size) + 4
    left, top = max(0, round(middle[0]) - reach_x), max(0, round(middle[1]) - reach_y)
    patch = image[top : round(middle[1]) + reach_y, left : round(middle[0]) + reach_x]
    if not patch.size:
        return
    written = Image.fromarray(patch)
    # capitals and digits stand on the line: their middle is 0.36 of the type's size above it
    place = middle[0] - left, middle[1] - top + 0.36 * font.size
    ImageDraw.Draw(written).text(place, words, fill=colour, font=font, anchor="ms")
    patch[:] = np.asarray(written)


def _lines(
    image: Pixels, lines: tuple[Polyline, ...] | list[Polyline], colour: tuple[int, int, int], width: float
) -> None:
    cv2.polylines(image, [_fixed(line) for line in lines], False, colour, max(1, round(width)), cv2.LINE_AA, _FINE)


def _fixed(line: Polyline) -> NDArray[np.int32]:
    """A line as OpenCV draws it: from the middles of pixels."""
    return np.asarray(np.rint((line - 0.5) * 2**_FINE), np.int32)


def dashes(line: Polyline, dash: float, gap: float) -> list[Polyline]:
    """The dashes of a line (n, 2), each a polyline, so long and so far apart."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate(([0.0], np.cumsum(steps)))
    if along[-1] < dash + gap:
        return [line]
    found = []
    for begin in np.arange(0, along[-1], dash + gap):
        end = min(begin + dash, along[-1])
        at = np.concatenate(([begin], along[(along > begin) & (along < end)], [end]))
        found.append(np.column_stack([np.interp(at, along, line[:, axis]) for axis in (0, 1)]))
    return found


@lru_cache(maxsize=16)
def _font(unit: float) -> ImageFont.FreeTypeFont:
    """Type that comes with Pillow, so that an export looks the same on every computer."""
    font = ImageFont.load_default(max(8, round(TEXT * unit)))
    assert isinstance(font, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
    return font
