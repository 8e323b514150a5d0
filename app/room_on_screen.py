"""Dialogs that are no larger than the screen, so that their buttons can be reached."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

FRAME = QSize(16, 48)  # px for a title bar and edges, which nobody knows before it is shown


def resize_within_screen(dialog: QWidget, width: int, height: int) -> None:
    """To this size where the screen has room for it, else to what it has."""
    dialog.resize(QSize(width, height).boundedTo(dialog.screen().availableSize() - FRAME))
