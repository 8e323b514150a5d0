"""What a canvas says while there is nothing on it."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.theme import RADIUS, SPACE, Theme

_FIELD = (380, 220)  # px, of the dashed field
_PICTURE = (48, 38)  # px, of the little picture above the words


class EmptyMessage(QWidget):
    """A dashed field with a message under the outline of a picture; nothing of it takes the mouse."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    @property
    def text(self) -> str:
        return self._text

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_text(self, text: str) -> None:
        self._text = text
        self.setAccessibleName(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = min(_FIELD[0], self.width() - 4 * SPACE)
        height = min(_FIELD[1], self.height() - 4 * SPACE)
        if width <= 0 or height <= 0:
            return
        field = QRectF((self.width() - width) // 2, (self.height() - height) // 2, width, height)
        pen = QPen(QColor(self._theme.muted), 1.25, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([4, 4])
        faint = QColor(self._theme.muted)
        faint.setAlphaF(0.5)
        pen.setColor(faint)
        painter.setPen(pen)
        painter.drawRoundedRect(field.adjusted(0.5, 0.5, -0.5, -0.5), 2 * RADIUS, 2 * RADIUS)

        words = field.adjusted(2 * SPACE, 0, -2 * SPACE, 0)
        wrap = int(Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap)
        needed = painter.boundingRect(words, wrap, self._text).height()
        with_picture = field.height() >= needed + _PICTURE[1] + 6 * SPACE
        above = _PICTURE[1] + 2 * SPACE if with_picture else 0
        top = field.center().y() - (needed + above) / 2
        if with_picture:
            self._draw_picture(painter, QPointF(round(field.center().x()), round(top)))
        words.setTop(top + above)
        painter.setPen(QColor(self._theme.muted))
        painter.drawText(words, wrap, self._text)

    def _draw_picture(self, painter: QPainter, top: QPointF) -> None:
        width, height = _PICTURE
        colour = QColor(self._theme.muted)
        painter.setPen(QPen(colour, 1.75, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        frame = QRectF(top.x() - width / 2, top.y(), width, height)
        painter.drawRoundedRect(frame, RADIUS, RADIUS)
        left, bottom = frame.left(), frame.bottom()
        hills = ((5, -6), (17, -19), (25, -11), (32, -17), (43, -6))
        painter.drawPolyline(QPolygonF([QPointF(left + x, bottom + y) for x, y in hills]))
        painter.drawEllipse(QPointF(frame.right() - 13, frame.top() + 11), 3.5, 3.5)
