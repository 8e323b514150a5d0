"""A few words in the corner of a canvas: what is shown, and whether it is of the present setting."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import RADIUS, SPACE, Theme

_DOT = 8  # px


class CaptionBadge(QWidget):
    """A caption behind a dot, which is a ring while it is stale. Its layout is the same in both states."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._caption = ""
        self._stale = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.hide()

    @property
    def caption(self) -> str:
        return self._caption

    @property
    def stale(self) -> bool:
        return self._stale

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_caption(self, caption: str, stale: bool) -> None:
        """Show a caption; none hides the badge."""
        self._caption, self._stale = caption, stale
        self.setAccessibleName(f"{caption}, not of the present setting" if stale else caption)
        self.setVisible(bool(caption))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(3 * SPACE + _DOT + metrics.horizontalAdvance(self._caption), metrics.height() + SPACE + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(self._theme.estimate if self._stale else self._theme.muted)
        fill = QColor(self._theme.panel)
        fill.setAlphaF(0.92)
        painter.setPen(QPen(colour if self._stale else QColor(self._theme.line), 1))
        painter.setBrush(fill)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)

        painter.setPen(QPen(colour, 2) if self._stale else Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush if self._stale else colour)
        radius = _DOT / 2 - (1 if self._stale else 0.5)
        painter.drawEllipse(QPointF(SPACE + _DOT / 2, self.height() / 2), radius, radius)

        text = self.rect().adjusted(2 * SPACE + _DOT, 0, -SPACE + 1, 0)
        painter.setPen(colour)
        caption = self.fontMetrics().elidedText(self._caption, Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, caption)
