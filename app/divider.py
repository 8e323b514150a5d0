"""The line between two pictures that are swiped: moved with the mouse or by keys."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.theme import Theme, current_theme

WIDTH = 24  # px that take the mouse; the line in their middle is 3
_STEP, _PAGE = 0.02, 0.1
_GRIP = 20.0


class Divider(QWidget):
    """Its parent places it; moved(share) says where in [0, 1] of the parent's width the hand wants it."""

    moved = Signal(float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = current_theme()
        self._share = 0.5
        self._grabbed: float | None = None  # px between its middle and the mouse
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.show_share(self._share)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_share(self, share: float, letters: tuple[str, str] = ("A", "B")) -> None:
        """How much of the width belongs to the first."""
        self._share = share
        left, right = letters
        self.setAccessibleName(f"Divider between {left} and {right}, {100 * share:.0f} % {left}")
        self.setToolTip(f"Drag, or press Left and Right: {left} is at the left, {right} at the right")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._grabbed = event.position().x() - self.width() / 2

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None:
            x = self.mapToParent(event.position()).x() - self._grabbed
            self._move(x / max(1, self._room()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._move(0.5)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = Qt.Key
        steps = {keys.Key_Left: -_STEP, keys.Key_Right: _STEP, keys.Key_PageUp: -_PAGE, keys.Key_PageDown: _PAGE}
        places = {keys.Key_Home: 0.0, keys.Key_End: 1.0}
        key = keys(event.key())
        if key in steps:
            self._move(self._share + steps[key])
        elif key in places:
            self._move(places[key])
        else:
            super().keyPressEvent(event)

    def _room(self) -> int:
        parent = self.parentWidget()
        assert parent is not None
        return parent.width()

    def _move(self, share: float) -> None:
        self.moved.emit(min(max(share, 0.0), 1.0))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QPointF(self.width() / 2, self.height() / 2)
        accent = QColor(self._theme.accent)
        for width, colour in ((5.0, QColor(255, 255, 255, 230)), (3.0, accent)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(QPointF(middle.x(), 0), QPointF(middle.x(), self.height()))
        grip = QRectF(middle.x() - _GRIP / 2, middle.y() - _GRIP / 2, _GRIP, _GRIP)
        painter.setPen(QPen(QColor(255, 255, 255), 3 if self.hasFocus() else 1.5))
        painter.setBrush(accent)
        painter.drawEllipse(grip)
        painter.setPen(QPen(QColor(self._theme.on_accent), 1.75))
        for side in (-1, 1):
            tip = middle + QPointF(side * 6, 0)
            painter.drawLine(tip, tip + QPointF(-side * 3, -3.5))
            painter.drawLine(tip, tip + QPointF(-side * 3, 3.5))
