"""The line under a canvas: what its map is of, and what its colours and lines stand for."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.caption_badge import CaptionBadge
from app.legend_view import LegendView
from app.theme import SPACE, Theme
from gazeengine.legend import Legend

_BADGE_SHARE = 0.28  # of the width is the caption's where both want more than there is


class CanvasFooter(QWidget):
    """A caption at the left and a legend at the right: beside the picture, so that they hide nothing of it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._caption_right = False
        self.badge = CaptionBadge(theme, self)
        self.legend = LegendView(theme, self)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.badge.show_theme(theme)
        self.legend.show_theme(theme)
        self.update()

    def show_caption(self, caption: str, stale: bool) -> None:
        """What the map is of; a stale one is marked."""
        self.badge.show_caption(caption, stale)
        self.setToolTip(caption)
        self._arrange()

    def show_caption_right(self, right: bool) -> None:
        """The caption stands at the right, where a legend would."""
        self._caption_right = right
        self._arrange()

    def show_legend(self, legend: Legend | None) -> None:
        """What the view's colours and lines stand for; None hides the legend and its place."""
        self.legend.setVisible(legend is not None)
        self.legend.show_legend(legend or Legend())
        self.updateGeometry()
        self._arrange()

    def sizeHint(self) -> QSize:
        height = self.badge.sizeHint().height()
        if not self.legend.isHidden():
            height = max(height, self.legend.sizeHint().height())
        return QSize(200, height + SPACE)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def _arrange(self) -> None:
        """The caption gives way to the legend down to its share, then both are cut."""
        free = self.width() - 2 * SPACE
        badge, legend = self.badge.sizeHint(), self.legend.sizeHint()
        wanted = legend.width() + 2 * SPACE if legend.width() > 1 and not self.legend.isHidden() else 0
        width = min(badge.width(), max(free - wanted, round(_BADGE_SHARE * free)))
        at = self.width() - SPACE - width if self._caption_right else SPACE
        self.badge.setGeometry(at, (self.height() - badge.height()) // 2, width, badge.height())
        left = SPACE + (width + 2 * SPACE if self.badge.caption else 0)
        room = max(0, min(legend.width(), self.width() - SPACE - left))
        self.legend.setGeometry(
            self.width() - SPACE - room, (self.height() - legend.height()) // 2, room, legend.height()
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), QColor(self._theme.canvas))
