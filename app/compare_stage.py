"""The pictures that are compared, placed side by side, one over the other behind a line, or in turn."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from app.comparing import CompareMode, best_columns
from app.divider import WIDTH, Divider

_GAP = 1  # px between pictures
_LEAST = 240, 180  # px that it is wide and high


class CompareStage(QWidget):
    """Places panes, each in a window of its own that may show a part of it, and one that shows the difference."""

    resized = Signal()

    def __init__(self, difference: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._windows: list[QWidget] = []
        self._panes: list[QWidget] = []
        self._n = 0
        self._mode: CompareMode = "beside"
        self._second, self._front = 1, 0
        self._share, self._aspect = 0.5, 1.6
        self._difference = difference
        difference.setParent(self)
        self.divider = Divider(self)
        self.divider.moved.connect(self._move_divider)
        self.setMinimumSize(*_LEAST)

    def add(self, pane: QWidget) -> None:
        """One more; it is shown once it counts."""
        window = QWidget(self)
        pane.setParent(window)
        window.hide()
        pane.show()
        self._windows.append(window)
        self._panes.append(pane)
        self.divider.raise_()

    def show_arrangement(
        self, mode: CompareMode, n: int, aspect: float, second: int, front: int, letters: Sequence[str]
    ) -> None:
        """Show the first n panes; in swipe the one of index second beside the first, in blink the one in front."""
        self._mode, self._n, self._aspect = mode, n, aspect
        self._second, self._front = second, front
        self.divider.show_share(self._share, (letters[0], letters[min(second, n - 1)]))
        self._place()

    @property
    def shown(self) -> list[int]:
        """Indices of the panes that are shown."""
        if self._mode == "beside":
            return list(range(self._n))
        return {"swipe": [0, self._second], "blink": [self._front]}.get(self._mode, [])

    @property
    def columns(self) -> int:
        """Of the grid in which all stand side by side."""
        return best_columns(max(1, self._n), self.width(), self.height(), self._aspect)

    def _move_divider(self, share: float) -> None:
        self._share = share
        self.divider.show_share(share)
        self._place()

    def _place(self) -> None:
        shown = self.shown
        whole = self.rect()
        for i, window in enumerate(self._windows):
            window.setVisible(i in shown)
        self._difference.setVisible(self._mode == "difference")
        self.divider.setVisible(self._mode == "swipe")
        if self._n == 0:
            return
        if self._mode == "beside":
            self._place_grid()
        elif self._mode == "swipe":
            x = round(self._share * whole.width())
            self._put(0, QRect(0, 0, x, whole.height()), whole)
            self._put(self._second, QRect(x, 0, whole.width() - x, whole.height()), whole)
            self.divider.setGeometry(x - WIDTH // 2, 0, WIDTH, whole.height())
            self.divider.raise_()
        elif self._mode == "blink":
            for i in range(self._n):  # the hidden ones, too: nothing moves as they come to the front
                self._put(i, whole, whole)
        else:
            self._difference.setGeometry(whole)

    def _place_grid(self) -> None:
        columns = self.columns
        rows = -(-self._n // columns)
        # all of one size, that they have one scale to the last digit
        width = (self.width() - (columns - 1) * _GAP) // columns
        height = (self.height() - (rows - 1) * _GAP) // rows
        for i in range(self._n):
            row, column = divmod(i, columns)
            cell = QRect(column * (width + _GAP), row * (height + _GAP), width, height)
            self._put(i, cell, cell)

    def _put(self, i: int, window: QRect, pane: QRect) -> None:
        """Show of a pane that would fill one rectangle what lies in another."""
        self._windows[i].setGeometry(window)
        self._panes[i].setGeometry(pane.translated(-window.topLeft()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()
        self.resized.emit()
