"""The picture on the canvas with its map: which is shown, what stands in for one that cannot be read; taken along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from app.compare_page import ComparePage
from app.explorer import Explorer, Seen
from app.layout import Panels
from app.library import Library
from app.presentation import caption
from app.saving import Saving
from app.spot_words import Spot
from gazeengine.errors import GazeError
from gazeengine.image import Picture


class CanvasDesk(QObject):
    """Follows the selection, the library and what the engine has seen."""

    pointed = Signal(str)  # words on what is under the mouse; empty beside all
    map_there = Signal(bool)  # whether there is one to take along

    def __init__(
        self, panels: Panels, explorer: Explorer, library: Library, comparison: ComparePage, saving: Saving
    ) -> None:
        super().__init__(panels)
        self._panels, self._explorer, self._library = panels, explorer, library
        self._comparison, self._saving = comparison, saving
        self._seen: Seen | None = None
        self._shown: str | None = None  # the digest of the picture
        self._last: str | None = None  # the key of the last one that could be shown
        explorer.selected.connect(self.show_picture)
        explorer.seen.connect(self._see)
        library.pictures_changed.connect(self.show_picture)
        library.picture_opened.connect(self._opened)
        library.picture_failed.connect(self._failed)
        panels.images.selected.connect(self._choose)
        panels.images.removal_asked.connect(self.remove)
        panels.saliency.hovered.connect(self._point)

    # what the user does

    def remove(self, key: str) -> None:
        """Close a picture; where it is shown the next one is."""
        if key == self._explorer.selection.picture:
            self._choose(self._library.neighbour(key))
        self._library.remove_picture(key)
        self._explorer.remove_picture(key)

    def step(self, by: int) -> None:
        """So many pictures on, and round."""
        keys = list(self._library.pictures)
        if self._explorer.selection.picture in keys:
            self._choose(keys[(keys.index(self._explorer.selection.picture) + by) % len(keys)])

    def save_map(self) -> None:
        """Ask for a file for the picture with its map, or the comparison."""
        style, page = self._explorer.selection.style, self._comparison
        if page.begun:
            self._with_comparison(lambda made: self._saving.ask_and_save_picture(made, page.file_name))
        else:
            self._with_map(lambda p, m: self._saving.ask_and_save_map(p.rgb, m, style, p.name))

    def copy_map(self) -> None:
        """Put the picture with its map, or the comparison, on the clipboard."""
        style = self._explorer.selection.style
        if self._comparison.begun:
            self._with_comparison(lambda made: self._saving.copy_picture(made, "Copied the comparison."))
        else:
            self._with_map(lambda p, m: self._saving.copy_map(p.rgb, m, style))

    def _choose(self, key: str | None) -> None:
        self._explorer.select(replace(self._explorer.selection, picture=key))

    def _with_map(self, use: Callable[[Picture, NDArray[np.float32]], None]) -> None:
        self._panels.messages.withdraw_about("picture with map")
        picture = self._explorer.pictures.get(self._explorer.selection.picture or "")
        seen = self._seen
        preview = seen.preview if seen is not None and not seen.preview_stale else None
        if picture is None or preview is None or preview.stage != "full" or preview.saliency_map is None:
            self._panels.messages.show_problem("picture with map: the map is not ready yet, wanted a moment's patience")
        else:
            use(picture, preview.saliency_map.log_density)

    def _with_comparison(self, use: Callable[[Callable[[], NDArray[np.uint8]]], None]) -> None:
        try:
            use(self._comparison.rendered(self._explorer.selection.style))
        except GazeError as error:
            self._panels.messages.show_problem(str(error))

    # what is shown

    @Slot()
    def show_picture(self, *_: object) -> None:
        key, canvas = self._explorer.selection.picture, self._panels.saliency
        picture = self._explorer.pictures.get(key or "")
        shown = picture.digest if picture is not None else None
        if shown != self._shown:
            self._shown = shown
            canvas.show_picture(picture.rgb if picture is not None else None)
            self._show_map()
        if key is None:
            canvas.show_message(None)
        elif picture is None:
            problem = self._library.pictures[key].problem if key in self._library.pictures else None
            if problem is not None:
                self._panels.display.show_map(None, None)
            canvas.show_message(problem or "Reading…")
        else:
            self._last = key
            canvas.show_message(None)
        self._panels.images.show_pictures(list(self._library.pictures.values()), key)

    def _opened(self, key: str, picture: Picture) -> None:
        self._explorer.add_picture(key, picture)
        if key == self._explorer.selection.picture:
            self.show_picture()
            if picture.note:
                self._panels.messages.show_notice(f"{picture.name}: {picture.note}.")

    def _failed(self, key: str) -> None:
        """Back to the picture that was shown before, or on to another."""
        if key == self._explorer.selection.picture and key not in self._explorer.pictures:
            good = self._last if self._last in self._explorer.pictures else self._library.readable_beside(key)
            if good is not None:
                self._choose(good)

    def _see(self, seen: Seen) -> None:
        self._seen = seen
        self._show_map()

    def _show_map(self) -> None:
        """The latest map, if it is of the picture that is shown."""
        seen = self._seen
        if seen is None:
            return
        preview = seen.preview
        if preview is not None and preview.request.picture.digest != self._shown:
            preview = None
        map_ = preview.saliency_map if preview is not None else None
        words = caption(replace(seen, preview=preview)) if self._shown is not None else ""
        self._panels.saliency.show_map(
            map_.log_density if map_ is not None else None, words, map_ is not None and seen.preview_stale
        )
        self.map_there.emit(map_ is not None)

    def _point(self, spot: Spot | None) -> None:
        known = spot is not None and spot.density is not None
        self.pointed.emit(self._panels.saliency.spot_words(spot) if spot is not None and known else "")
