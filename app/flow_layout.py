"""A row of controls that goes on in a next line where the width, or the size of the type, leaves no room."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Controls from left to right, those of a line in its middle; its height follows from its width."""

    def __init__(self, parent: QWidget | None = None, *, spacing: int) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setSpacing(spacing)

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # noqa: N802
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # noqa: N802
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        return self._laid(QRect(0, 0, width, 0), place=False)

    def minimumSize(self) -> QSize:  # noqa: N802
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        margins = self.contentsMargins()
        return size + QSize(margins.left() + margins.right(), margins.top() + margins.bottom())

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802
        super().setGeometry(rect)
        self._laid(rect, place=True)

    def _laid(self, rect: QRect, *, place: bool) -> int:
        """Put the controls there, or only find how high they are together."""
        inner = rect.marginsRemoved(self.contentsMargins())
        top, left, line = inner.top(), inner.left(), list[tuple[QLayoutItem, int]]()
        height = 0
        shown = [item for item in self._items if not item.isEmpty()]
        for item in [*shown, None]:
            wanted = item.sizeHint() if item is not None else QSize()
            if line and (item is None or left + wanted.width() > inner.right() + 1):
                for done, x in line if place else ():
                    size = done.sizeHint().boundedTo(QSize(inner.width(), done.sizeHint().height()))
                    done.setGeometry(QRect(QPoint(x, top + (height - size.height()) // 2), size))
                top, left, line = top + height + self.spacing(), inner.left(), []
                height = 0
            if item is not None:
                line.append((item, left))
                left += wanted.width() + self.spacing()
                height = max(height, wanted.height())
        bottom = self.contentsMargins().bottom()
        return top - (self.spacing() if shown else 0) - rect.top() + bottom
