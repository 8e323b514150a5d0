"""Areas to other pictures, to the clipboard and to files, and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject

from app.area_choice import AreaChoice, counted, size_of
from app.area_edits import AreaEdits
from app.area_files import AreaFiles, areas_on_clipboard, copied_areas, copy_areas
from app.area_shares import AreaTable
from app.explorer import Explorer
from app.message_bar import MessageBar
from gazeengine.area_shapes import Size, fitted
from gazeengine.errors import GazeError
from gazeengine.image import Picture
from gazeengine.regions import Area, AreaFile

_DISTORTED = 0.02  # difference of proportions that is told


class AreaTransfer(QObject):
    """Takes areas along and brings them in; scaled where pictures differ in size, which is told."""

    def __init__(
        self,
        explorer: Explorer,
        choice: AreaChoice,
        edits: AreaEdits,
        files: AreaFiles,
        messages: MessageBar,
        table: Callable[[], AreaTable],
    ) -> None:
        super().__init__(choice)
        self._explorer, self._choice, self._edits, self._files = explorer, choice, edits, files
        self._messages, self._table = messages, table
        self._sizes: dict[str, Size] = {}  # of the pictures as the areas in the book know them

    def copy(self, names: Sequence[str] = ()) -> bool:
        """The named areas, else the chosen ones, else all, to the clipboard: as areas, and as a table."""
        choice, table = self._choice, self._table()
        wanted = names or choice.names or [area.name for area in choice.areas]
        if choice.size is None or not wanted:
            return False
        areas = [area for area in choice.areas if area.name in wanted]
        rows = [row for row in table.areas if row.name in wanted]
        groups = table.groups if len(areas) == len(choice.areas) else ()
        copy_areas(areas, choice.size, (*rows, *groups), compared=table.compared)
        self._messages.show_notice(f"Copied {counted(areas)}: paste on another picture, or into a spreadsheet.")
        return True

    def paste(self) -> bool:
        """The areas on the clipboard, if there are any."""
        self._messages.withdraw_about("areas", "clipboard")
        if not areas_on_clipboard() or self._choice.size is None:
            return False
        try:
            self._take(copied_areas(), "clipboard")
        except GazeError as error:
            self._messages.show_problem(str(error))
        return True

    def paste_or(self, otherwise: Callable[[], None]) -> None:
        """Paste areas, or what else is on the clipboard."""
        if not self.paste():
            otherwise()

    def copy_to_all(self) -> None:
        """All areas of this picture to all others that are open; what is called the same there is replaced."""
        size, areas, book = self._choice.size, self._choice.areas, self._choice.book
        others = {key: p for key, p in self._explorer.pictures.items() if key != self._choice.key}
        if size is None or not areas:
            self._messages.show_problem("areas: there are none on this picture, wanted some to copy")
            return
        if not others:
            self._messages.show_problem("areas: no other picture is open, wanted one to copy them to")
            return
        names = {area.name for area in areas}
        put: dict[str, tuple[Area, ...]] = {}
        for key, picture in others.items():
            self._sizes[key] = size_of(picture)
            own = [area for area in book.of(key) if area.name not in names]
            put[key] = (*own, *fitted(areas, size, size_of(picture)))
        book.put_all(put, "copy of areas to all pictures")
        scaled = sum(size_of(picture) != size for picture in others.values())
        more = f", scaled to the size of {scaled} of them" if scaled else ""
        many = "1 other picture" if len(others) == 1 else f"{len(others)} other pictures"
        self._messages.show_notice(f"Copied {counted(areas)} to {many}{more}.")

    def ask_and_save(self) -> None:
        picture, size, table = self._choice.picture, self._choice.size, self._table()
        if picture is None or size is None or not self._choice.areas:
            self._messages.show_problem("areas: there are none on this picture, wanted some to save")
            return
        self._files.ask_and_save(self._choice.areas, size, (*table.areas, *table.groups), picture.name)

    def ask_and_open(self) -> None:
        key = self._choice.key
        self._messages.withdraw_about("areas")
        if self._choice.size is None:
            self._messages.show_problem("areas: no picture is open, wanted the one that they are for")
            return

        def found(file: AreaFile, name: str) -> None:
            if key == self._choice.key:
                try:
                    self._take(file, name)
                except GazeError as error:
                    self._messages.show_problem(str(error))

        self._files.ask_and_open(found)

    def fit_to(self, key: str, picture: Picture) -> None:
        """A picture is shown; one whose file was read again may have another size, and its areas go with it."""
        size = size_of(picture)
        before = self._sizes.get(key, size)
        self._sizes[key] = size
        areas = self._choice.book.of(key)
        if before != size and areas:
            self._choice.book.put(key, fitted(areas, before, size), "fit to the picture's new size")
            self._messages.show_notice(
                f"{picture.name}: it has {size[1]} × {size[0]} pixels now, and had {before[1]} × {before[0]}. "
                f"Its areas are scaled with it."
            )

    def _take(self, file: AreaFile, name: str) -> None:
        """Add areas that were drawn on this picture, or another. Raises RegionError for one beside this picture."""
        size = self._choice.size
        assert size is not None
        if not file.areas:
            self._messages.show_problem(f"{name}: found no areas in it, wanted at least one")
            return
        of = file.size or size
        areas = fitted(file.areas, of, size)
        if any(area.points == other.points for area in areas for other in self._choice.areas):
            areas = self._edits.beside(areas)
        self._choice.add(areas, "paste of areas" if name == "clipboard" else "opening of areas")
        if of != size:
            told = f"Scaled {counted(areas)} from a picture of {of[1]} × {of[0]} to {size[1]} × {size[0]} pixels"
            distorted = abs(of[1] * size[0] / (of[0] * size[1]) - 1) > _DISTORTED
            self._messages.show_notice(f"{told}{'; their proportions changed' if distorted else ''}.")
