"""Where what is dragged over the window would go."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.theme import RADIUS, SPACE, Theme, current_theme

_BORDER = 3  # px


class DropHighlight(QWidget):
    """A frame over its parent that says what dropping does; never takes the mouse, or the drop."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = current_theme()
        self.words = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_over(self, place: QRect, words: str) -> None:
        """Frame a place in the parent, with words in its middle."""
        self.words = words
        self.setAccessibleName(words)
        self.setGeometry(place)
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(SPACE, SPACE, -SPACE, -SPACE)
        ground = QColor(self._theme.accent)
        ground.setAlphaF(0.14)
        painter.setBrush(ground)
        painter.setPen(QPen(QColor(self._theme.accent), _BORDER, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(frame, 2 * RADIUS, 2 * RADIUS)
        wrap = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignCenter)
        room = self.rect().adjusted(5 * SPACE, 0, -5 * SPACE, 0)
        badge = painter.boundingRect(room, wrap, self.words).adjusted(-2 * SPACE, -SPACE, 2 * SPACE, SPACE)
        painter.setPen(QPen(QColor(self._theme.accent), 1))
        painter.setBrush(QColor(self._theme.panel))
        painter.drawRoundedRect(badge, RADIUS, RADIUS)
        painter.setPen(QColor(self._theme.text))
        painter.drawText(badge, wrap, self.words)
