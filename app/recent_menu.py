"""The menu of pictures that were opened lately."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QFileInfo, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileIconProvider, QMenu, QWidget

from app.settings import Settings
from gazeengine.resources import FOLDER

MOST = 10


class RecentMenu(QMenu):
    """Filled anew each time it is opened, without what is gone by then."""

    wanted = Signal(object)  # Path
    gone = Signal(object)  # Path that was there as the menu was opened

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__("Open &recent", parent)
        self.setToolTipsVisible(True)
        self._settings = settings
        self._icons = QFileIconProvider()
        self.aboutToShow.connect(self.fill)
        self.fill()

    def note(self, paths: Sequence[Path]) -> None:
        """These were opened just now. What comes with the program is no news."""
        own = [path.absolute() for path in paths]
        new = [path for path in own if not path.is_relative_to(FOLDER)]
        if not new:
            return
        rest = [path for path in self._settings.recent() if path not in new]
        self._settings.save_recent([*reversed(new), *rest][:MOST])
        self.fill()

    def forget(self) -> None:
        """As if nothing had been opened."""
        self._settings.save_recent([])
        self.fill()

    def fill(self) -> None:
        self.clear()
        paths = self._settings.recent()
        for n, path in enumerate(paths, 1):
            action = self.addAction(f"{'&' if n < MOST else ''}{n}  {_named(path, paths).replace('&', '&&')}")
            action.setToolTip(str(path))
            action.setStatusTip(str(path))
            action.setIcon(self._icons.icon(QFileInfo(str(path))))
            action.triggered.connect(lambda _=False, path=path: self._choose(path))
        if not paths:
            self.addAction("Nothing yet").setEnabled(False)
        self.addSeparator()
        clear = QAction("&Clear this list", self)
        clear.setEnabled(bool(paths))
        clear.triggered.connect(self.forget)
        self.addAction(clear)

    def _choose(self, path: Path) -> None:
        if path.exists():
            self.wanted.emit(path)
        else:
            self._settings.save_recent(self._settings.recent())
            self.fill()
            self.gone.emit(path)


def _named(path: Path, among: Sequence[Path]) -> str:
    """Its name, with that of its folder where another has the same."""
    alike = [other for other in among if other.name == path.name]
    return f"{path.name} in {path.parent.name}" if len(alike) > 1 else path.name
