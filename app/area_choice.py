"""What is chosen of the areas of the picture that is shown."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from app.areas import AreaBook
from app.explorer import Explorer
from gazeengine.area_shapes import Size, named_apart
from gazeengine.image import Picture
from gazeengine.regions import Area


class AreaChoice(QObject):
    """The shown picture's areas in the book, and which of them keys and menus mean; changed() with either."""

    changed = Signal()

    def __init__(self, explorer: Explorer, book: AreaBook, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._explorer, self.book = explorer, book
        self.names: tuple[str, ...] = ()  # of those that are chosen
        self._known: tuple[str, ...] = ()  # names of all before the last change
        book.changed.connect(self._book_changed)

    @property
    def key(self) -> str | None:
        return self._explorer.selection.picture

    @property
    def picture(self) -> Picture | None:
        return self._explorer.pictures.get(self.key or "")

    @property
    def size(self) -> Size | None:
        """(height, width) of the picture; None where there is none, or it is being read."""
        picture = self.picture
        return size_of(picture) if picture is not None else None

    @property
    def areas(self) -> tuple[Area, ...]:
        return self.book.of(self.key)

    @property
    def chosen(self) -> tuple[Area, ...]:
        return tuple(area for area in self.areas if area.name in self.names)

    def choose(self, names: Sequence[str]) -> None:
        present = {area.name for area in self.areas}
        found = tuple(name for name in names if name in present)
        if found != self.names:
            self.names = found
            self.changed.emit()

    def put(self, areas: tuple[Area, ...], words: str) -> None:
        """These are the picture's areas, in one step of undo."""
        if self.key is not None:
            self.book.put(self.key, areas, words)

    def add(self, areas: Sequence[Area], words: str, *, choose: bool = True) -> None:
        """Put areas beside those that there are, under names of their own."""
        added = named_apart(areas, {area.name for area in self.areas})
        self.put((*self.areas, *added), words)
        if choose:
            self.choose([area.name for area in added])

    def begin(self) -> None:
        """On another picture nothing is chosen."""
        self.names, self._known = (), tuple(area.name for area in self.areas)

    def _book_changed(self, key: str) -> None:
        if key != self.key:
            return
        before, self._known = self._known, tuple(area.name for area in self.areas)
        now = dict(zip(before, self._known, strict=True)) if len(before) == len(self._known) else {}
        names = (now.get(name, name) for name in self.names)  # what is called otherwise stays chosen
        self.names = tuple(name for name in names if name in self._known)
        self.changed.emit()


def size_of(picture: Picture) -> Size:
    return picture.rgb.shape[0], picture.rgb.shape[1]


def counted(areas: Sequence[Area]) -> str:
    """ "3 areas", or the name of the only one."""
    return areas[0].name if len(areas) == 1 else f"{len(areas)} areas"
