"""The rows of the list of pictures: what one holds, the model, and how one is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.theme import RADIUS, SPACE, Theme

ENTRY = Qt.ItemDataRole.UserRole
_THUMBNAIL_HEIGHT = 88
_MOST_CROPPED = 1.2  # times larger than whole, a thumbnail still fills its place rather than leave bars
_INSET = 4  # px from the list's edge to the fill of a row


@dataclass(frozen=True, slots=True, eq=False)
class PictureEntry:
    """An open picture. thumbnail is RGB (h, w, 3), None while it is being read; problem, what is wrong."""

    key: str
    name: str
    detail: str
    thumbnail: NDArray[np.uint8] | None = None
    problem: str | None = None


class PictureRows(QAbstractListModel):
    """Entries in their order. Showing others touches only the rows that differ, so the list stays put."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[PictureEntry] = []

    def show_entries(self, entries: Sequence[PictureEntry]) -> None:
        old, new = [entry.key for entry in self._entries], [entry.key for entry in entries]
        head = _common(old, new)
        tail = _common(old[head:][::-1], new[head:][::-1])
        if len(old) > head + tail:
            self.beginRemoveRows(QModelIndex(), head, len(old) - tail - 1)
            del self._entries[head : len(old) - tail]
            self.endRemoveRows()
        if len(new) > head + tail:
            self.beginInsertRows(QModelIndex(), head, len(new) - tail - 1)
            self._entries[head:head] = entries[head : len(new) - tail]
            self.endInsertRows()
        for row, entry in enumerate(entries):
            if not _alike(entry, self._entries[row]):
                self._entries[row] = entry
                self.dataChanged.emit(self.index(row), self.index(row))

    def entry(self, row: int) -> PictureEntry:
        return self._entries[row]

    def row_of(self, key: str | None) -> int:
        """Its row, or -1."""
        return next((row for row, entry in enumerate(self._entries) if entry.key == key), -1)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._entries)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(filter(None, (entry.name, entry.detail, entry.problem)))
        return entry if role == ENTRY else None


class PictureDelegate(QStyledItemDelegate):
    """Draws a row: the thumbnail above the name and the detail, or the problem."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        view: Any = option
        words = QFontMetrics(view.font).height() + QFontMetrics(_smaller(view.font)).height() + 2
        return QSize(2 * SPACE, 2 * _INSET + _THUMBNAIL_HEIGHT + words + 3 * SPACE - 2)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        view: Any = option  # the stubs leave out what the option carries
        entry: PictureEntry = index.data(ENTRY)
        painter.save()
        painter.setFont(view.font)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        row: QRect = view.rect.adjusted(_INSET, _INSET // 2, -_INSET, -_INSET // 2)
        self._draw_ground(painter, row, view.state)
        inner = row.adjusted(SPACE, SPACE, -SPACE, -SPACE)
        self._draw_thumbnail(painter, QRect(inner.topLeft(), QSize(inner.width(), _THUMBNAIL_HEIGHT)), entry)

        below = entry.problem if entry.thumbnail is not None else None  # else it stands in place of that
        top = inner.top() + _THUMBNAIL_HEIGHT + SPACE - 2
        texts = (
            (entry.name, view.font, self._theme.text, Qt.TextElideMode.ElideMiddle),
            (
                below or entry.detail,
                _smaller(view.font),
                self._theme.problem if below else self._theme.muted,
                Qt.TextElideMode.ElideRight,
            ),
        )
        for text, font, colour, elide in texts:
            metrics = QFontMetrics(font)
            place = QRect(inner.left(), top, inner.width(), metrics.height())
            painter.setFont(font)
            painter.setPen(QColor(colour))
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft, metrics.elidedText(text, elide, place.width()))
            top += metrics.height() + 2
        painter.restore()

    def _draw_ground(self, painter: QPainter, row: QRect, state: QStyle.StateFlag) -> None:
        selected = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        if not (selected or hovered):
            return
        fill = QColor(self._theme.accent_soft)
        fill.setAlphaF(1 if selected else 0.4)
        focused = selected and bool(state & QStyle.StateFlag.State_HasFocus)
        painter.setPen(QPen(QColor(self._theme.accent), 1) if focused else Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRoundedRect(QRectF(row).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)

    def _draw_thumbnail(self, painter: QPainter, place: QRect, entry: PictureEntry) -> None:
        self._draw_well(painter, place)
        if entry.thumbnail is None:
            self._draw_instead(painter, place, entry.problem)
            return
        pixels = np.ascontiguousarray(entry.thumbnail)
        height, width = pixels.shape[:2]
        image = QImage(pixels.data, width, height, pixels.strides[0], QImage.Format.Format_RGB888)
        whole, full = sorted((place.width() / width, place.height() / height))
        scale = min(1, full if full < _MOST_CROPPED * whole else whole)
        size = QSize(max(1, round(width * scale)), max(1, round(height * scale)))
        sharp = size * painter.device().devicePixelRatioF()
        if scale < 1 and sharp.width() < width:
            image = image.scaled(
                sharp, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
        target = QRect(QPoint(), size)
        target.moveCenter(place.center())
        rounded = QPainterPath()
        rounded.addRoundedRect(QRectF(place).adjusted(1, 1, -1, -1), RADIUS - 3, RADIUS - 3)
        painter.save()
        painter.setClipPath(rounded)
        painter.drawImage(target, image)
        painter.restore()

    def _draw_instead(self, painter: QPainter, place: QRect, problem: str | None) -> None:
        """What is wrong, as many whole lines of it as there is room for, or a sign that it is being read."""
        painter.setPen(QColor(self._theme.problem if problem else self._theme.muted))
        if problem is None:
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, "…")
            return
        painter.setFont(_smaller(painter.font()))
        line = painter.fontMetrics().lineSpacing()
        words = place.adjusted(_INSET + 2, _INSET, -_INSET - 2, -_INSET)
        wrap = int(Qt.TextFlag.TextWordWrap)
        words.setHeight(min(words.height() // line * line, painter.boundingRect(words, wrap, problem).height()))
        words.moveCenter(place.center())
        painter.save()
        painter.setClipRect(words)
        painter.drawText(words, wrap, problem)
        painter.restore()

    def _draw_well(self, painter: QPainter, place: QRect) -> None:
        painter.setPen(QPen(QColor(self._theme.line), 1))
        painter.setBrush(QColor(self._theme.canvas))
        painter.drawRoundedRect(QRectF(place).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS - 2, RADIUS - 2)


def _smaller(font: QFont) -> QFont:
    smaller = QFont(font)
    smaller.setPointSizeF(0.88 * font.pointSizeF())
    return smaller


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    """How many keys both begin with."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(left), len(right)))


def _alike(left: PictureEntry, right: PictureEntry) -> bool:
    def words(entry: PictureEntry) -> tuple[str | None, ...]:
        return entry.key, entry.name, entry.detail, entry.problem

    return left.thumbnail is right.thumbnail and words(left) == words(right)
