"""Undo keys in a field: its own while something is being typed, the window's otherwise."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit, QWidget

KEYS = tuple(QKeySequence(keys) for keys in ("Ctrl+Z", "Ctrl+Shift+Z", "Ctrl+Y"))


class UndoKeys(QObject):
    """Watches field, whose text is in editor: that would take these keys even where it has nothing worth undoing."""

    def __init__(self, field: QWidget, editor: QLineEdit) -> None:
        super().__init__(field)
        self._editor = editor
        field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and QKeySequence(event.keyCombination()) in KEYS
            and not self._editor.isModified()
        ):
            event.ignore()
            return True
        return super().eventFilter(watched, event)
