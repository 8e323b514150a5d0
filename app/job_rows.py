"""The rows of the list of jobs: the model, and how one is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.drawing import sized
from app.job_words import JobRow, Tone
from app.theme import RADIUS, SPACE, Theme

ROW = Qt.ItemDataRole.UserRole
_INSET = 4  # px from the list's edge to the fill of a row
_BAR = 3  # px, of the bar that says how much is done
_DOT = 4.0  # px, radius of the dot that says how it stands


class JobRows(QAbstractListModel):
    """Jobs in their order. Showing others touches only the rows that differ."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[JobRow] = []

    def show_rows(self, rows: Sequence[JobRow]) -> None:
        if [row.key for row in rows] != [row.key for row in self._rows]:
            self.beginResetModel()
            self._rows = list(rows)
            self.endResetModel()
            return
        for i, row in enumerate(rows):
            if row != self._rows[i]:
                self._rows[i] = row
                self.dataChanged.emit(self.index(i), self.index(i))

    def row(self, i: int) -> JobRow:
        return self._rows[i]

    def row_of(self, key: str | None) -> int:
        """Its row, or -1."""
        return next((i for i, row in enumerate(self._rows) if row.key == key), -1)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self._rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{row.title}: {row.line}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(filter(None, (row.title, row.line, row.message)))
        return row if role == ROW else None


class JobDelegate(QStyledItemDelegate):
    """Draws a row: a dot, the title, how the job stands, and a bar for how much is done."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        view: Any = option
        words = QFontMetrics(view.font).height() + QFontMetrics(sized(view.font, 0.92)).height()
        return QSize(2 * SPACE, _INSET + words + _BAR + 2 * SPACE + 3)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        view: Any = option  # the stubs leave out what the option carries
        row: JobRow = index.data(ROW)
        t = self._theme
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area: QRect = view.rect.adjusted(_INSET, _INSET // 2, -_INSET, -_INSET // 2)
        painter.setPen(Qt.PenStyle.NoPen)
        if view.state & QStyle.StateFlag.State_Selected:
            painter.setBrush(QColor(t.accent_soft))
            painter.drawRoundedRect(area, RADIUS, RADIUS)
        elif view.state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(t.field))
            painter.drawRoundedRect(area, RADIUS, RADIUS)
        inner = area.adjusted(SPACE, SPACE - 2, -SPACE, -SPACE + 2)
        colour = tone_colour(row.tone, t)
        title, below = sized(view.font, 1.0, bold=True), sized(view.font, 0.92)
        heights = QFontMetrics(title).height(), QFontMetrics(below).height()
        indent = round(2 * _DOT) + SPACE
        painter.setBrush(QColor(colour))
        painter.drawEllipse(QPointF(inner.left() + _DOT, inner.top() + heights[0] / 2), _DOT, _DOT)
        width = inner.width() - indent
        for font, text, words, top, height in (
            (title, t.text, row.title, inner.top(), heights[0]),
            (below, t.problem if row.tone == "bad" else t.muted, row.line, inner.top() + heights[0], heights[1]),
        ):
            painter.setFont(font)
            painter.setPen(QColor(text))
            elided = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, width)
            place = QRect(inner.left() + indent, top, width, height)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)
        if row.share and row.tone in ("busy", "waiting"):
            track = QRectF(inner.left() + indent, inner.top() + sum(heights) + 3, width, _BAR)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(t.line))
            painter.drawRoundedRect(track, _BAR / 2, _BAR / 2)
            painter.setBrush(QColor(colour))
            track.setWidth(max(_BAR, track.width() * row.share))
            painter.drawRoundedRect(track, _BAR / 2, _BAR / 2)
        painter.restore()


def tone_colour(tone: Tone, theme: Theme) -> str:
    """What a dot or bar of this tone is painted with."""
    return {
        "busy": theme.accent,
        "waiting": theme.estimate,
        "ended": theme.line,
        "good": theme.muted,
        "bad": theme.problem,
    }[tone]
