"""A field over an area's label to type another name in; Enter takes it, Escape leaves it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

_WIDTH_EM = 14


class AreaNameField(QLineEdit):
    """Hidden but while an area is being named; named(old, new)."""

    named = Signal(str, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._canvas = parent
        self._name = ""
        self.setAccessibleName("Name of the area")
        self.hide()

    def ask(self, name: str, at: QPoint) -> None:
        """Have an area named, the field's corner at this place of its parent."""
        self._name = name
        self.setText(name)
        self.selectAll()
        size = self.sizeHint()
        size.setWidth(min(_WIDTH_EM * self.fontMetrics().horizontalAdvance("m"), self._canvas.width()))
        room = self._canvas.rect()
        x = min(max(at.x(), 0), max(0, room.width() - size.width()))
        y = min(max(at.y(), 0), max(0, room.height() - size.height()))
        self.setGeometry(x, y, size.width(), size.height())
        self.show()
        self.raise_()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason and self.isVisible():
            self._take()

    def _take(self) -> None:
        name, self._name = self._name, ""
        text = self.text()
        self._leave()
        if name and text != name:
            self.named.emit(name, text)

    def _leave(self) -> None:
        self._name = ""
        if self.isVisible():
            had = self.hasFocus()
            self.hide()
            if had:
                self._canvas.setFocus()
