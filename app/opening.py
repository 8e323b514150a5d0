"""Pictures and models from wherever they come: the command line, a dialog, the clipboard, a drop."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from app.clipboard import PICTURE_SUFFIXES, found_in, image_source, pictures_in
from app.library import Library
from app.message_bar import MessageBar
from app.settings import Settings
from gazeengine.checkpoint import SUFFIX
from gazeengine.errors import GazeError, ImageError
from gazeengine.family_files import holds_family
from gazeengine.project import SUFFIX as PROJECT_SUFFIX

_LONGEST_ADDRESS = 80  # characters of a message


class Opening(QObject):
    """Has the library read what the user means, and says which of it is to be looked at, or with."""

    picture_wanted = Signal(str)  # key
    model_wanted = Signal(str)  # key of a model that is being read
    opened = Signal(object)  # paths of pictures and folders of them, as the user gave them
    project_wanted = Signal(object)  # Path

    def __init__(self, window: QWidget, library: Library, messages: MessageBar, settings: Settings) -> None:
        super().__init__(window)
        self._window = window
        self._library = library
        self._messages = messages
        self._settings = settings

    def open_paths(self, paths: Sequence[Path], *, show: bool = True) -> None:
        """Open pictures and models by what files are called, of a folder what is in it; show the first picture."""
        projects = [path for path in paths if path.suffix.lower() == PROJECT_SUFFIX]
        pictures: list[Path] = []
        given: list[Path] = []
        for path in paths:
            if path in projects:
                continue
            if path.is_dir():
                try:
                    if found := self._in_folder(path):
                        pictures += found
                        given.append(path)
                except GazeError as error:
                    self._messages.show_problem(str(error))
            elif path.suffix.lower() == SUFFIX:
                self.model_wanted.emit(self._library.open_model(path))
            else:
                pictures.append(path)
                given.append(path)
        keys = self._library.open_pictures(pictures)
        if given:
            self.opened.emit(given)
        if keys and show:
            self.picture_wanted.emit(keys[0])
        if projects:  # one at a time, in place of what is open
            self.project_wanted.emit(projects[0])

    def ask_pictures(self) -> None:
        kinds = f"Pictures ({' '.join('*' + suffix for suffix in PICTURE_SUFFIXES)});;All files (*)"
        folder = str(self._settings.folder("pictures"))
        names, _ = QFileDialog.getOpenFileNames(self._window, "Open pictures", folder, kinds)
        if names:
            self._settings.save_folder("pictures", Path(names[0]).parent)
            self.open_paths([Path(name) for name in names])

    def ask_model(self) -> None:
        folder = str(self._settings.folder("models"))
        name, _ = QFileDialog.getOpenFileName(self._window, "Open model", folder, f"FisherGaze models (*{SUFFIX})")
        if name:
            self._settings.save_folder("models", Path(name).parent)
            self.open_paths([Path(name)])

    def ask_family(self) -> None:
        folder = str(self._settings.folder("models"))
        if name := QFileDialog.getExistingDirectory(self._window, "Open folder of trained snapshots", folder):
            self._settings.save_folder("models", Path(name).parent)
            self.model_wanted.emit(self._library.open_model(Path(name)))

    def paste(self) -> None:
        """The clipboard's files, or else its picture."""
        if not self.take(QGuiApplication.clipboard().mimeData()):
            self._messages.show_problem("clipboard: found no picture, wanted one, or picture files")

    def take(self, data: QMimeData) -> bool:
        """Open what was pasted or dropped; False where there is nothing in it for us."""
        self._messages.withdraw_about("clipboard", "what was dropped")
        found = found_in(data)
        if found is None:
            return False
        if found.files:
            self.open_paths(found.files)
        elif found.source is not None:
            self.picture_wanted.emit(self._library.paste(found.source, found.name, pack=found.plain))
        else:
            self._messages.show_problem(
                f"picture {_shortened(found.address or '')}: found only its address, wanted the picture itself: "
                "this program does not go online. Copy the picture in the browser (right click, Copy image) "
                "and paste it here"
            )
        return True

    def take_image(self, image: QImage, name: str) -> None:
        """Look at a picture in memory."""
        self.picture_wanted.emit(self._library.paste(image_source(image, name), name, pack=True))

    def ask_folder(self) -> None:
        folder = str(self._settings.folder("pictures"))
        if name := QFileDialog.getExistingDirectory(self._window, "Open folder of pictures", folder):
            self._settings.save_folder("pictures", Path(name))
            self.open_paths([Path(name)])

    def _in_folder(self, folder: Path) -> list[Path]:
        """Its pictures; opens the family that is in it. Raises GazeError where there is neither."""
        if not holds_family(folder):
            return pictures_in(folder)
        self.model_wanted.emit(self._library.open_model(folder))
        with suppress(ImageError):
            return pictures_in(folder)
        return []


def _shortened(address: str) -> str:
    return address if len(address) <= _LONGEST_ADDRESS else f"{address[: _LONGEST_ADDRESS - 1]}…"
