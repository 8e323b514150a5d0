"""The legend of a difference: its colours, what they stand for in bits and factors, and one sentence on that."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.drawing import sized
from app.theme import SPACE, Theme
from gazeengine.difference_image import colour_table, legend_ticks

EXPLANATION = (
    "log₂ of the attention in B over that in A at the same place: +1 bit is twice as much in B, −1 bit half as much, "
    "0 the same; the fainter a colour, the fewer look there at all."
)


class DifferenceLegend(QWidget):
    """As large as its words need."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._range_bits = 1.0
        self._letters = "A", "B"
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setToolTip(EXPLANATION)
        self.hide()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_range(self, range_bits: float, letters: tuple[str, str]) -> None:
        self._range_bits, self._letters = range_bits, letters
        self.setToolTip(EXPLANATION.replace(" B", f" {letters[1]}"))
        self.setAccessibleName(f"{self._title}, from −{range_bits:g} to +{range_bits:g} bit")
        self.updateGeometry()
        self.update()

    @property
    def _title(self) -> str:
        return f"Attention in {self._letters[1]} over {self._letters[0]} (bit)"

    def sizeHint(self) -> QSize:
        return self._size(6)

    def minimumSizeHint(self) -> QSize:
        return self._size(3)

    def _size(self, n_words: float) -> QSize:
        """With room for so many words below the colours: of five, those at the ends stand inside."""
        small, font = QFontMetricsF(sized(self.font(), 0.86)), QFontMetricsF(self.font())
        widest = max(small.horizontalAdvance(words) for _, words in legend_ticks(self._range_bits))
        width = max(n_words * widest + 4 * SPACE, font.horizontalAdvance(self._title)) + 2 * SPACE
        return QSize(round(width), round(font.height() + small.height() + 2.5 * SPACE + self._bar()))

    def _bar(self) -> float:
        return max(10.0, 0.7 * QFontMetricsF(self.font()).height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font, small = self.font(), sized(self.font(), 0.86)
        top = SPACE / 2 + QFontMetricsF(font).ascent()
        painter.setPen(QColor(self._theme.text))
        painter.drawText(QPointF(SPACE, top), self._title)
        bar = QRectF(SPACE, top + SPACE, self.width() - 2 * SPACE, self._bar())
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        table = colour_table()
        for i in range(0, 256, 15):
            gradient.setColorAt(i / 255, QColor(*(int(part) for part in table[i])))
        painter.setPen(QPen(QColor(self._theme.muted), 1))
        painter.setBrush(gradient)
        painter.drawRect(bar)
        painter.setFont(small)
        metrics = QFontMetricsF(small)
        painter.setPen(QColor(self._theme.text))
        base = bar.bottom() + SPACE / 2 + metrics.ascent()
        for place, words in legend_ticks(self._range_bits)[:: 1 if self.width() >= self.sizeHint().width() else 2]:
            x = bar.left() + place * bar.width()
            painter.drawLine(QPointF(x, bar.bottom()), QPointF(x, bar.bottom() + 3))
            left = x - metrics.horizontalAdvance(words) * place
            painter.drawText(QPointF(left, base), words)
        self._draw_lines(painter, bar)

    def _draw_lines(self, painter: QPainter, bar: QRectF) -> None:
        """The lines at half the range, as they are drawn round what gains and loses."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for place, style in ((0.25, Qt.PenStyle.DashLine), (0.75, Qt.PenStyle.SolidLine)):
            x = round(bar.left() + place * bar.width())
            for width, colour in ((3, "#ffffff"), (1, "#101216")):
                pen = QPen(QColor(colour), width, style if width == 1 else Qt.PenStyle.SolidLine)
                painter.setPen(pen)
                painter.drawLine(QPointF(x, bar.top() + 1), QPointF(x, bar.bottom()))
