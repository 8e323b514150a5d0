"""How pictures come in: dropped, captured, out of the recent ones, or by the invitation where there are none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QRect
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QMainWindow, QMenu

from app.capture import Capture
from app.clipboard import local_files, may_have_picture
from app.drop_highlight import DropHighlight
from app.empty_state import EmptyState
from app.explorer import Explorer
from app.layout import Panels
from app.library import Library
from app.opening import Opening
from app.recent_menu import RecentMenu
from app.selection import Selection
from app.settings import Settings
from app.theme import Theme
from app.tour import Step, Tour
from gazeengine.checkpoint import SUFFIX
from gazeengine.errors import GazeError
from gazeengine.resources import sample_pictures


class Incoming(QObject):
    """Watches the window for what is dragged over it, and has Opening take what comes."""

    def __init__(
        self,
        window: QMainWindow,
        panels: Panels,
        explorer: Explorer,
        library: Library,
        opening: Opening,
        settings: Settings,
    ) -> None:
        super().__init__(window)
        self._window, self._panels = window, panels
        self._explorer, self._library, self._opening = explorer, library, opening
        self.capture = Capture(window)
        self.capture.captured.connect(self._captured)
        self.capture.problem.connect(panels.messages.show_problem)
        self.recent = RecentMenu(settings, window)
        self.recent.wanted.connect(lambda path: opening.open_paths([path]))
        self.recent.gone.connect(self._say_gone)
        opening.opened.connect(self.recent.note)
        self.empty = EmptyState(panels.saliency)
        self.empty.chosen.connect(self._chosen)
        self.highlight = DropHighlight(window)
        self.tour = Tour(window, self._steps(), settings)
        panels.images.in_sight.connect(library.want_thumbnails)
        explorer.selected.connect(self._show_selection)
        window.setAcceptDrops(True)
        window.installEventFilter(self)
        self._show_selection(explorer.selection)

    def add_to(self, entry: QAction) -> None:
        """Put the menu of recent pictures behind an entry of the menus."""
        for menu in entry.associatedObjects():
            if isinstance(menu, QMenu):
                behind = menu.actions()[menu.actions().index(entry) + 1]
                menu.insertMenu(behind, self.recent)

    def show_theme(self, theme: Theme) -> None:
        self.empty.show_theme(theme)
        self.highlight.show_theme(theme)
        self.tour.show_theme(theme)

    def open_samples(self) -> None:
        """The pictures that come with the program."""
        try:
            self._opening.open_paths([sample.path for sample in sample_pictures()])
        except GazeError as error:
            self._panels.messages.show_problem(str(error))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDragEnterEvent):
            if may_have_picture(event.mimeData()):
                event.acceptProposedAction()
                self.highlight.show_over(self._canvas(), drop_words(event.mimeData()))
            return True
        if event.type() == QEvent.Type.DragLeave:
            self.highlight.hide()
        elif isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            self.highlight.hide()
            if self._opening.take(event.mimeData()):
                event.acceptProposedAction()
            else:
                self._panels.messages.show_problem("what was dropped: found no picture in it, wanted one, or files")
            return True
        return super().eventFilter(watched, event)

    def _canvas(self) -> QRect:
        stage = self._panels.stage
        return QRect(stage.mapTo(self._window, QPoint()), stage.size())

    def _show_selection(self, selection: Selection) -> None:
        self.empty.setVisible(selection.picture is None)
        for key in reversed(selection.pictures):  # what is wanted last is read first
            entry = self._library.pictures.get(key)
            if key not in self._explorer.pictures and entry is not None and entry.problem is None:
                self._library.want(key)

    def _captured(self, image: QImage) -> None:
        self._opening.take_image(image, "Captured region")

    def _say_gone(self, path: Path) -> None:
        self._panels.messages.show_problem(
            f"picture {path.name}: it is no longer in {path.parent}, wanted it there; it is off the list of recent ones"
        )

    def _chosen(self, name: str) -> None:
        {
            "paste": self._opening.paste,
            "open": self._opening.ask_pictures,
            "capture": self.capture.begin,
            "samples": self.open_samples,
        }[name]()

    def _steps(self) -> Sequence[Step]:
        panels = self._panels
        return (
            Step(
                "Paste a screenshot",
                "Ctrl+V takes a picture from the clipboard, Ctrl+Shift+P a region of the screen; or drop pictures, "
                "folders and what you drag out of a browser on the window. Nothing leaves this computer.",
                panels.stage,
            ),
            Step(
                "See where people look",
                "At the right you choose how it is shown, and for what the picture is taken: a screen or a photograph. "
                "Wheel zooms, dragging pans, F fits. Move the mouse over the picture for numbers.",
                panels.sides,
                lambda: panels.show_workspace("look"),
            ),
            Step(
                "Look into the network",
                "Under Network two sliders say how little of it is enough: map, cost and time follow the hand. "
                "Ctrl+Z takes everything back, and Help > Tour shows this again.",
                panels.sides,
                lambda: panels.show_workspace("network"),
            ),
        )


def drop_words(data: QMimeData) -> str:
    """What dropping does, by what files are called."""
    files = local_files(data)
    models = [file for file in files if file.suffix.lower() == SUFFIX]
    if files and len(models) == len(files):
        return "Drop to look with this model"
    if len(files) == 1:
        return f"Drop to look at {files[0].name}" + (" and what is in it" if files[0].is_dir() else "")
    if files:
        return f"Drop to add {len(files):,} to the pictures and look at the first"
    return "Drop to look at this picture"
