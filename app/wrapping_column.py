"""A column of views that is never lower than the controls in it, whose lines wrap where it is narrow."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget


class WrappingColumn(QWidget):
    """Without it a splitter would squeeze them: a minimum for all widths knows nothing of the lines at this one."""

    def __init__(self, *views: QWidget) -> None:
        """The last of the views takes the room that is left."""
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        for view in views:
            self._column.addWidget(view)
        self._column.setStretchFactor(views[-1], 1)

    def minimumSizeHint(self) -> QSize:
        least = super().minimumSizeHint()
        return QSize(least.width(), self._column.minimumHeightForWidth(max(least.width(), self.width())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()
