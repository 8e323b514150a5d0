"""The font of reports: how wide its words are, and as much of it as a page needs."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

from fontTools import subset
from fontTools.ttLib import TTFont

from gazeengine.errors import DataError
from gazeengine.resources import FOLDER

Weight = Literal["Regular", "SemiBold"]
FAMILY = "Inter"
WEIGHTS: Mapping[Weight, int] = {"Regular": 400, "SemiBold": 600}
LABEL_WEIGHT: Weight = "SemiBold"
OF_OTHERS = 1.0  # em, of a character that the font lacks: as wide as a Chinese one, the widest
ELLIPSIS = "…"


def font_file(weight: Weight) -> Path:
    """The font's file. Raises DataError where it is gone."""
    path = FOLDER / "fonts" / f"{FAMILY}-{weight}.ttf"
    if not path.is_file():
        raise DataError(f"font {path}: there is no such file, wanted it beside the program's models")
    return path


def width_of(text: str, size: float, weight: Weight = "Regular") -> float:
    """How wide text is in units of size; kerning is left out."""
    advances = _advances(weight)
    return size * sum(advances.get(ord(character), OF_OTHERS) for character in text)


def shortened(text: str, size: float, width: float, weight: Weight = "Regular") -> str:
    """Text that is at most so wide, its end left out."""
    if width_of(text, size, weight) <= width:
        return text
    while text and width_of(text + ELLIPSIS, size, weight) > width:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS


def has(character: str) -> bool:
    """Whether the font can show it."""
    return ord(character) in _advances("Regular")


def for_web(texts: Sequence[str], weight: Weight) -> bytes:
    """A WOFF with the characters of texts."""
    font = _font(weight)
    options = subset.Options()
    options.flavor = "woff"
    options.layout_features = ["kern", "calt", "ccmp", "locl", "mark", "mkmk", "tnum", "case"]
    options.notdef_outline = True
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(sorted(set("".join(texts)))))
    subsetter.subset(font)
    font.flavor = "woff"
    written = io.BytesIO()
    font.save(written)
    return written.getvalue()


def _font(weight: Weight) -> TTFont:
    return TTFont(font_file(weight), recalcTimestamp=False)


@lru_cache(2)
def _advances(weight: Weight) -> dict[int, float]:
    """By code point, in em."""
    with _font(weight) as font:
        metrics, unit = font["hmtx"], font["head"].unitsPerEm
        return {code: metrics[name][0] / unit for code, name in font.getBestCmap().items()}
