"""Fonts of this computer for characters that the report's own font lacks: names may be in any script."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fontTools.ttLib import TTCollection, TTFont, TTLibError

log = logging.getLogger(__name__)

PREFERRED = (
    "notosans-regular",
    "notosanscjk-regular",
    "notosans",
    "sourcehansans",
    "dejavusans",
    "arialunicode",
    "arial unicode",
    "pingfang",
    "hiragino",
    "applesdgothicneo",
    "msyh",
    "yugoth",
    "meiryo",
    "malgun",
    "segoeui",
    "nirmala",
    "leelawui",
    "seguisym",
    "arial",
    "tahoma",
)
"""Beginnings of files' names, the best first: sans-serif, and of large coverage."""
PASSED_OVER = ("emoji", "mono", "italic", "oblique", "bold", "condensed", "serif", "light", "thin", "black", "display")
SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")
MOST_FILES = 600  # looked into
NO_EMBEDDING = 0x0002  # of OS/2's fsType


@dataclass(frozen=True, slots=True)
class FallbackFont:
    """A font file, the font's number within a collection, and the characters that it was chosen for."""

    path: Path
    number: int
    characters: frozenset[str]


def fonts_for(characters: Iterable[str], folders: Iterable[Path] | None = None) -> tuple[tuple[FallbackFont, ...], str]:
    """Fonts that together have the characters, and those characters that none has."""
    missing, chosen = set(characters), []
    files = _files(font_folders() if folders is None else folders) if missing else iter(())
    for path in files:
        if not missing:
            break
        for number, covered in _covered(path, missing):
            chosen.append(FallbackFont(path, number, frozenset(covered)))
            missing -= covered
            break
    return tuple(chosen), "".join(sorted(missing))


def font_folders() -> tuple[Path, ...]:
    """Where this system keeps fonts."""
    home = Path.home()
    if sys.platform == "win32":
        return (
            Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts",
            Path(os.environ.get("LOCALAPPDATA", home)) / "Microsoft" / "Windows" / "Fonts",
        )
    if sys.platform == "darwin":
        return Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library" / "Fonts"
    return Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / ".local/share/fonts", home / ".fonts"


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    found = []
    for folder in folders:
        for place, _, names in os.walk(folder):
            found += [Path(place) / name for name in names if name.lower().endswith(SUFFIXES)]
    ranked = sorted(found, key=lambda path: (_rank(path.name.lower()), path.name, str(path)))
    yield from ranked[:MOST_FILES]


def _rank(name: str) -> tuple[bool, int]:
    """Regular sans-serif fonts that are known first, then other ones, what is hardly meant for text last."""
    at = next((i for i, beginning in enumerate(PREFERRED) if name.startswith(beginning)), len(PREFERRED))
    return any(word in name.replace("sansserif", "") for word in PASSED_OVER), at


def _covered(path: Path, characters: set[str]) -> Iterator[tuple[int, set[str]]]:
    """The font's number and the characters that it has, for each font of a file that has some and may be embedded."""
    many = path.suffix.lower() in (".ttc", ".otc")
    try:
        with path.open("rb") as file:
            for number, font in enumerate(TTCollection(file, lazy=True) if many else [TTFont(file, lazy=True)]):
                if not {"glyf", "CFF "} & set(font.keys()) or font["OS/2"].fsType & NO_EMBEDDING:
                    continue
                table = font.getBestCmap() or {}
                if covered := {character for character in characters if ord(character) in table}:
                    yield number, covered
    except (TTLibError, OSError, KeyError, ValueError, AssertionError) as error:  # what broken files give
        log.info("font %s is passed over: %s", path, error)
