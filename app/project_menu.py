"""The menu of projects that were opened or saved lately."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.settings import Settings

MOST = 10


class ProjectMenu(QMenu):
    """Filled anew each time it is opened, without what is gone by then."""

    wanted = Signal(object)  # Path

    def __init__(self, settings: Settings, parent: QWidget) -> None:
        super().__init__("Open &recent project", parent)
        self.setToolTipsVisible(True)
        self._settings = settings
        self.aboutToShow.connect(self._fill)

    @property
    def paths(self) -> list[Path]:
        """The latest first."""
        return self._settings.recent_projects()

    def remember(self, path: Path) -> None:
        """It was opened or saved just now."""
        self._settings.save_recent_projects([path, *(other for other in self.paths if other != path)][:MOST])

    def add_behind(self, entry: QAction) -> None:
        """Put this menu behind an entry of the menus."""
        for menu in entry.associatedObjects():
            if isinstance(menu, QMenu):
                menu.insertMenu(menu.actions()[menu.actions().index(entry) + 1], self)

    def _fill(self) -> None:
        self.clear()
        for n, path in enumerate(self.paths, 1):
            action = self.addAction(f"{'&' if n < MOST else ''}{n}  {path.stem.replace('&', '&&')}")
            action.setToolTip(str(path))
            action.setStatusTip(str(path))
            action.triggered.connect(lambda _=False, path=path: self.wanted.emit(path))
        if not self.actions():
            self.addAction("Nothing yet").setEnabled(False)
