"""The field for an exact number of features."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QSpinBox, QWidget

from app.undo_keys import UndoKeys

WHEEL_REST_MS = 400


class CountField(QSpinBox):
    """A spin box that the wheel moves only with the focus; came_to_rest() when a key is let go, or Enter.

    Everything can be typed: no key is swallowed, so that 2.5 does not become 25 nor 99999 999. What is a whole number,
    as 1e3, counts when it is confirmed, as far as it is in range; for all else the number before is there again.
    """

    came_to_rest = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setKeyboardTracking(False)
        self.setGroupSeparatorShown(True)
        self.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.editingFinished.connect(self.came_to_rest)
        self.editingFinished.connect(lambda: self.lineEdit().setModified(False))
        UndoKeys(self, self.lineEdit())
        self._wheel_rest = QTimer(self, singleShot=True, interval=WHEEL_REST_MS)
        self._wheel_rest.timeout.connect(self.came_to_rest)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        n = whole_number(text)
        within = n is not None and self.minimum() <= n <= self.maximum()
        return QValidator.State.Acceptable if within else QValidator.State.Intermediate, text, position

    def fixup(self, text: str) -> str:
        n = whole_number(text)
        return text if n is None else str(min(max(n, self.minimum()), self.maximum()))

    def valueFromText(self, text: str) -> int:
        n = whole_number(text)
        return self.value() if n is None else n

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        super().keyReleaseEvent(event)
        if not event.isAutoRepeat() and event.key() in (
            Qt.Key.Key_Up,
            Qt.Key.Key_Down,
            Qt.Key.Key_PageUp,
            Qt.Key.Key_PageDown,
        ):
            self.came_to_rest.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.hasFocus():  # scrolling past changes nothing
            event.ignore()
            return
        super().wheelEvent(event)
        self._wheel_rest.start()


def whole_number(text: str) -> int | None:
    """Of "1588", "1,588", "1e3"; None of what is none."""
    plain = text.strip().replace(",", "").replace("−", "-")
    try:
        number = float(plain)
        return int(number) if number.is_integer() else None
    except (ValueError, OverflowError):
        return None
