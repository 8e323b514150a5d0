"""How the window is laid out, remembered from one start to the next."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QMainWindow

from app.layout import Panels
from app.settings import Settings

USUAL_SIZE = QSize(1280, 800)


def save_layout(window: QMainWindow, panels: Panels, settings: Settings) -> None:
    settings.save_layout("window", window.saveGeometry())
    settings.save_layout("rows", panels.rows.saveState())
    settings.save_layout("columns", panels.columns.saveState())
    settings.save_layout("bench", panels.bench.saveState())
    settings.save_workspace(panels.shown_workspace())


def restore_layout(window: QMainWindow, panels: Panels, settings: Settings) -> None:
    """As it was left; at first of a usual size, or as large as the screen allows."""
    window.resize(USUAL_SIZE.boundedTo(window.screen().availableSize()))
    panels.show_workspace(settings.workspace())
    for name, restore in (
        ("window", window.restoreGeometry),
        ("rows", panels.rows.restoreState),
        ("columns", panels.columns.restoreState),
        ("bench", panels.bench.restoreState),
    ):
        if (state := settings.layout(name)) is not None:
            restore(state)
