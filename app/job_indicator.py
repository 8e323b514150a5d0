"""The job whose turn it is, in a corner of the window: its title, how much is done, and the time left."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from app.drawing import sized
from app.theme import LIGHT, SPACE, Theme

MOST_WIDTH = 460
_BAR = 3.0  # px
_BAR_WIDTH = 56


class JobIndicator(QAbstractButton):
    """A line with a bar, to be clicked; hidden where no job has its turn."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._share = 0.0
        self._waiting = False
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip("Show the jobs (Ctrl+J)")
        self.hide()

    def show_job(self, words: str, share: float, *, waiting: bool = False) -> None:
        """Empty words hide it; waiting is shown in the colour of what is not of now."""
        if (words, share, waiting) != (self.text(), self._share, self._waiting):
            self._share, self._waiting = share, waiting
            self.setText(words)
            self.setAccessibleName(f"Job: {words}")
            self.setVisible(bool(words))
            self.updateGeometry()
            self.update()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        words = QFontMetrics(sized(self.font(), 0.92)).horizontalAdvance(self.text())
        return QSize(min(MOST_WIDTH, words + _BAR_WIDTH + 3 * SPACE), self.fontMetrics().height() + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        t = self._theme
        middle = self.height() / 2
        track = QRectF(SPACE, middle - _BAR / 2, _BAR_WIDTH, _BAR)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(t.line))
        painter.drawRoundedRect(track, _BAR / 2, _BAR / 2)
        painter.setBrush(QColor(t.estimate if self._waiting else t.accent))
        painter.drawRoundedRect(
            QRectF(track.topLeft(), track.size()).adjusted(0, 0, -(1 - self._share) * _BAR_WIDTH, 0), 1, 1
        )
        font = sized(self.font(), 0.92)
        font.setUnderline(self.underMouse() or self.hasFocus())
        painter.setFont(font)
        painter.setPen(QColor(t.text if self.underMouse() or self.hasFocus() else t.muted))
        left = round(track.right()) + SPACE
        area = self.rect().adjusted(left, 0, -SPACE, 0)
        # the end says more than the middle of a title
        words = QFontMetrics(font).elidedText(self.text(), Qt.TextElideMode.ElideMiddle, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
