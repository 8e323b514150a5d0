"""Areas that are found in a picture and wait to be taken: looked for in the background, walked through by keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.background import Background
from gazeengine.area_shapes import free_name, next_colour
from gazeengine.image import Picture
from gazeengine.regions import Area
from gazeengine.suggested_areas import KINDS, Suggestion, finds_faces, suggested_areas

Find = Callable[[Picture], tuple[Suggestion, ...]]


def _what(joined: str) -> str:
    kinds = ["text", "buttons", "pictures", *(["faces"] * finds_faces())]
    return f"{', '.join(kinds[:-1])} {joined} {kinds[-1]}"


def _found(picture: Picture) -> tuple[Suggestion, ...]:
    return suggested_areas(picture.rgb)


class AreaSuggestions(QObject):
    """Suggestions for one picture; changed() when there are others, or another is pointed at."""

    changed = Signal()

    def __init__(self, background: Background, parent: QObject | None = None, find: Find = _found) -> None:
        super().__init__(parent)
        self._background, self._find = background, find
        self._picture: Picture | None = None
        self._found: tuple[Suggestion, ...] = ()
        self.pointed: int | None = None
        self.words = ""

    @property
    def areas(self) -> tuple[Area, ...]:
        return tuple(Area(KINDS[s.kind], "rectangle", s.points, "#4a5568") for s in self._found)

    @property
    def hints(self) -> tuple[str, ...]:
        """What stands beside the one that is pointed at."""
        return tuple(f"{100 * s.confidence:.0f} % sure · click or Enter" for s in self._found)

    def look_for(self, picture: Picture, failed: Callable[[str], None]) -> None:
        """Find suggestions for a picture; what there was of another goes."""
        self._picture, self._found, self.pointed = picture, (), None
        self.words = f"Looking for {_what('and')}…"
        self.changed.emit()

        def came(found: tuple[Suggestion, ...]) -> None:
            if self._picture is picture:
                self._found = found
                self.pointed = 0 if found else None
                self._tell()

        def went_wrong(message: str) -> None:
            if self._picture is picture:
                self.drop()
            failed(message)

        self._background.do(lambda: self._find(picture), came, went_wrong)

    def point_at(self, i: int) -> None:
        self.pointed = i
        self.changed.emit()

    def step(self, by: int) -> bool:
        """Point at the next one, or the one before; whether there is any."""
        if not self._found:
            return False
        at = -1 if self.pointed is None and by > 0 else self.pointed or 0
        self.pointed = (at + by) % len(self._found)
        self.changed.emit()
        return True

    def take(self, i: int, areas: tuple[Area, ...]) -> Area:
        """One of them as an area beside those that there are; the next one is pointed at."""
        area = self._named(self._found[i], areas)
        self.leave_out(i)
        return area

    def take_all(self, areas: tuple[Area, ...]) -> tuple[Area, ...]:
        taken: tuple[Area, ...] = ()
        for found in self._found:
            taken = (*taken, self._named(found, (*areas, *taken)))
        self.drop()
        return taken

    def leave_out(self, i: int) -> None:
        self._found = self._found[:i] + self._found[i + 1 :]
        self.pointed = min(i, len(self._found) - 1) if self._found else None
        if self._found:
            self._tell()
        else:
            self.drop()

    def drop(self) -> bool:
        """None any more; whether there were some, or they were being looked for."""
        had = bool(self._found) or bool(self.words)
        self._picture, self._found, self.pointed, self.words = None, (), None, ""
        if had:
            self.changed.emit()
        return had

    def _tell(self) -> None:
        n = len(self._found)
        if n:
            self.words = f"{n} suggestion{'s' * (n > 1)}: click one, or Tab and Enter to take, Delete to leave out."
        else:
            self.words = f"Found no {_what('or')} that stand out clearly."
        self.changed.emit()

    @staticmethod
    def _named(found: Suggestion, areas: tuple[Area, ...]) -> Area:
        name = free_name(f"{KINDS[found.kind]} 1", {area.name for area in areas})
        return replace(Area(name, "rectangle", found.points), colour=next_colour(areas))
