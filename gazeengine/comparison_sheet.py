"""Several pictures on one sheet, each under its title: what is compared, to be taken along."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from gazeengine.difference_image import image_font
from gazeengine.image import resized

Pixels = npt.NDArray[np.uint8]

MOST_WIDTH = 2560  # px of one picture where there are several: sheets are for slides and mails
_GROUND, _INK = "#f8f9fb", "#1c2027"


def sheet(pictures: Sequence[Pixels], titles: Sequence[str], columns: int) -> Pixels:
    """Pictures (H, W, 3) in a grid of so many columns, (h, w, 3); all as wide as the widest, at most MOST_WIDTH."""
    width = min(MOST_WIDTH, max(picture.shape[1] for picture in pictures))
    shown = [resized(p, max(1, round(p.shape[0] * width / p.shape[1])), width) for p in pictures]
    font = image_font(min(max(11, width / 52), 30))
    gap, line = max(4, round(font.size / 2)), round(2 * font.size)
    rows = [shown[i : i + columns] for i in range(0, len(shown), columns)]
    heights = [max(picture.shape[0] for picture in row) for row in rows]
    whole = Image.new(
        "RGB",
        (columns * (width + gap) + gap, sum(heights) + len(rows) * (line + gap)),
        _GROUND,
    )
    pen, top = ImageDraw.Draw(whole), 0
    names = iter(titles)
    for row, height in zip(rows, heights, strict=True):
        for column, picture in enumerate(row):
            left = gap + column * (width + gap)
            pen.text((left, top + line / 2), _fitting(pen, next(names), width, font), _INK, font, anchor="lm")
            whole.paste(Image.fromarray(picture), (left, top + line))
        top += line + height + gap
    return np.asarray(whole, np.uint8)


def _fitting(pen: ImageDraw.ImageDraw, words: str, width: int, font: ImageFont.FreeTypeFont) -> str:
    """As much of the words as there is room for."""
    if pen.textlength(words, font) <= width:
        return words
    while words and pen.textlength(words + "…", font) > width:
        words = words[:-1]
    return words + "…"
