"""Where a long page folds: lines over it, a label for each fold, and a veil over what is not read yet."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.theme import RADIUS, SPACE, Theme, current_theme
from gazeengine.viewports import Fold

_VEIL = 0.8  # opacity of what covers a fold that is not read yet
_EVEN = 0.01  # by which weights of a pixel may differ that are not told


class FoldMarks(QGraphicsItem):
    """Lies over a picture in its pixels. Labels keep their size, and stay in sight while their fold is."""

    def __init__(self) -> None:
        super().__init__()
        self._folds: tuple[Fold, ...] = ()
        self._read: frozenset[int] = frozenset()
        self._width = 0
        self._lines = True
        self._theme = current_theme()
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    @property
    def labels(self) -> tuple[str, ...]:
        """What each fold is called here."""
        return tuple(self._label(fold) for fold in self._folds)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_folds(self, folds: Sequence[Fold], read: Sequence[int], width: int) -> None:
        """Mark these on a page of this width; those with the numbers read have their maps."""
        if (tuple(folds), width) != (self._folds, self._width):
            self.prepareGeometryChange()
        self._folds, self._read, self._width = tuple(folds), frozenset(read), width
        self.update()

    def show_lines(self, lines: bool) -> None:
        """With lines and labels, or with neither; what is not read yet is veiled all the same."""
        self._lines = lines
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, self._width, self._folds[-1].bottom) if self._folds else QRectF()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        to_screen = painter.worldTransform()
        painter.save()
        painter.setWorldTransform(QTransform())  # pixels of the widget: lines and words don't grow with the zoom
        for fold in self._folds:
            place = to_screen.mapRect(QRectF(0, fold.top, self._width, fold.height))
            if fold.number not in self._read:
                veil = QColor(self._theme.canvas)
                veil.setAlphaF(_VEIL)
                painter.fillRect(place, veil)
            if self._lines or fold.number not in self._read:
                self._draw_mark(painter, fold, place, _lowest(widget))
        painter.restore()

    def _draw_mark(self, painter: QPainter, fold: Fold, place: QRectF, lowest: float) -> None:
        y = round(place.top()) + 0.5
        if fold.number > 1 and self._lines:
            for pen in (QPen(QColor(255, 255, 255, 190), 3), QPen(QColor(20, 24, 32), 1, Qt.PenStyle.DashLine)):
                painter.setPen(pen)  # dark dashes on a light band: seen on every picture
                painter.drawLine(QPointF(place.left(), y), QPointF(place.right(), y))
        top = max(place.top(), 0.0) + SPACE / 2
        words = self._label(fold)
        metrics = painter.fontMetrics()
        size = metrics.horizontalAdvance(words) + 2 * SPACE, metrics.height() + SPACE / 2
        if top + size[1] > min(place.bottom(), lowest):  # no room in what is seen of it
            return
        left = max(place.left(), 0.0) + SPACE / 2
        badge = QRectF(left, top, *size)
        ground = QColor(self._theme.panel)
        ground.setAlphaF(0.92)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._theme.line), 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(badge, RADIUS - 2, RADIUS - 2)
        painter.setPen(QColor(self._theme.text))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, words)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

    def _label(self, fold: Fold) -> str:
        if fold.number not in self._read:
            return f"{fold.name}: not read yet"
        if self._uneven():
            return f"{fold.name}: {100 * fold.weight:.{0 if fold.weight >= 0.095 else 1}f} % of attention"
        return fold.name

    def _uneven(self) -> bool:
        densities = [fold.weight / fold.height for fold in self._folds]
        return max(densities) > (1 + _EVEN) * min(densities)


def _lowest(widget: QWidget | None) -> float:
    return float("inf") if widget is None else float(widget.height())
