"""Control with Left and Right in a field, as on its slider: to the mark before or the next one."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class JumpKeys(QObject):
    """Watches field, whose text is in editor: jumped(±1), unless something is being typed, in which the cursor goes."""

    jumped = Signal(int)

    def __init__(self, field: QWidget, editor: QLineEdit) -> None:
        super().__init__(field)
        self._editor = editor
        field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or self._editor.isModified():
            return super().eventFilter(watched, event)
        keys = event.keyCombination()
        step = STEPS.get(keys.key()) if keys.keyboardModifiers() == Qt.KeyboardModifier.ControlModifier else None
        if step is None:
            return super().eventFilter(watched, event)
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # not the window's
            return True
        if event.type() == QEvent.Type.KeyPress:
            self.jumped.emit(step)
            return True
        return super().eventFilter(watched, event)
