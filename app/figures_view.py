"""The table of figures: what is left, what it costs and how long it takes, what it loses."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAction,
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from app.drawing import mixed, sized, type_scale
from app.figures import FigureRow, Figures, figure_rows, figures_sentence, figures_tsv
from app.theme import LIGHT, RADIUS, SPACE, Theme

ROW_HEIGHT = 32  # px, with usual type
N_ROWS = 7
LEAST_WIDTH = 260


class FiguresView(QWidget):
    """Rows of name, value and unit, each with a smaller line on what it is compared with."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._figures: Figures | None = None
        self._rows: tuple[FigureRow, ...] = ()
        self._theme = LIGHT
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Figures")

    def show_figures(self, figures: Figures) -> None:
        if figures != self._figures:
            self._figures = figures
            self._rows = figure_rows(figures)
            self.setAccessibleDescription(figures_sentence(figures))
            self.update()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def copy(self) -> None:
        """Puts the table on the clipboard as tab-separated values."""
        if self._figures is not None:
            QGuiApplication.clipboard().setText(figures_tsv(self._figures))

    def row_area(self, index: int) -> QRect:
        """Where a row is drawn."""
        height = self._row_height()
        return QRect(SPACE, index * height, self.width() - 2 * SPACE, height)

    def explanation_at(self, y: int) -> str:
        """The definition of the figure at that height; empty below the last."""
        row = y // self._row_height()
        return self._rows[row].explanation if 0 <= row < len(self._rows) else ""

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()

    def _row_height(self) -> int:
        return round(ROW_HEIGHT * type_scale(self.font()))

    def sizeHint(self) -> QSize:
        return QSize(300, N_ROWS * self._row_height())

    def minimumSizeHint(self) -> QSize:
        return QSize(LEAST_WIDTH, N_ROWS * self._row_height())

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.explanation_at(event.pos().y()), self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.addAction(self.copy_action(menu))
        menu.exec(event.globalPos())

    def copy_action(self, parent: QWidget) -> QAction:
        """Copies the table; for menus."""
        action = QAction("Copy figures", parent)
        action.setShortcut(QKeySequence.StandardKey.Copy)
        action.setEnabled(self._figures is not None)
        action.triggered.connect(self.copy)
        return action

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        t = self._theme
        base, small, large = self.font(), sized(self.font(), 0.88), sized(self.font(), 1.2, bold=True)
        units = QFontMetricsF(base)
        scale = type_scale(base)
        for i, row in enumerate(self._rows):
            area = self.row_area(i)
            if i:
                painter.setPen(QPen(mixed(t.panel, t.line, 0.7), 1))
                painter.drawLine(area.left(), area.top(), area.right(), area.top())
            line1, line2 = area.top() + round(15 * scale), area.top() + round(28 * scale)
            right = area.right()
            unit_width = units.horizontalAdvance(row.unit) + 5 if row.unit else 0
            self._text(painter, base, t.text, area.left(), line1, row.name)
            self._text(painter, base, t.muted, right, line1, row.unit, right=True)
            colour = t.estimate if row.mark == "estimate" else t.problem if row.mark == "problem" else t.text
            value_colour = t.muted if row.value == "–" else colour
            self._text(painter, large, value_colour, right - unit_width, line1, row.value, right=True)
            word_width = QFontMetricsF(small).horizontalAdvance(row.word) + (SPACE if row.word else 0)
            self._text(painter, small, colour if row.mark else t.muted, area.left(), line2, row.word)
            detail = QFontMetricsF(small).elidedText(row.detail, Qt.TextElideMode.ElideRight, area.width() - word_width)
            self._text(painter, small, t.muted, right, line2, detail, right=True)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(t.accent), 1.5))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)

    @staticmethod
    def _text(
        painter: QPainter, font: QFont, colour: str, x: float, y: float, text: str, *, right: bool = False
    ) -> None:
        if text:
            painter.setFont(font)
            painter.setPen(QColor(colour))
            width = QFontMetricsF(font).horizontalAdvance(text) if right else 0
            painter.drawText(QPointF(round(x - width), y), text)
