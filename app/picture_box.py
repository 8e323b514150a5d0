"""Where in a picture one looks: zoom and pan in the coordinates of its pixels, never losing it."""

from dataclasses import dataclass
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal

from app.theme import SPACE
from gazeengine.viewports import PAGE_ABOVE

_GREATEST_ZOOM = 32.0  # device pixels for one of the picture
_WHEEL_STEP = 1.2  # for one notch of 120
_PANNING = (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton)


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """Where one looks in any picture: x and y of the middle in shares of its width and height; zoom 1 shows it whole.

    fitted pictures stay whole when their window changes size. Pages are as long as they happen to be: where this or the
    other picture is one, what counts is how wide it is, across, in widths of the window, and how much lies above what
    is seen, above, in widths of the picture. aspect is height by width of the one that is looked at, 0 if unknown.
    """

    x: float = 0.5
    y: float = 0.5
    zoom: float = 1.0
    fitted: bool = True
    across: float = 1.0
    above: float = 0.0
    aspect: float = 0.0


class PictureBox(pg.ViewBox):  # type: ignore[misc]
    """A ViewBox whose coordinates are the picture's pixels, y down.

    Other items (regions, marks) may be added to it; they get the mouse first.
    """

    pointed = Signal(object)  # QPointF in the picture's pixels, or None as the mouse leaves
    moved = Signal()  # to another place or zoom, by the hand

    # pyqtgraph resizes the box before its constructor is done
    _size: tuple[int, int] | None = None
    _centre = QPointF()
    _scale = 1.0  # logical pixels of the screen for one of the picture
    _fitted = True
    _told: Viewpoint | None = None  # where it was told to look, until the hand moves it

    def __init__(self) -> None:
        super().__init__(lockAspect=True, invertY=True, enableMenu=False, defaultPadding=0)
        self.disableAutoRange()

    @property
    def zoom(self) -> float:
        """Pixels of the screen for one of the picture: 1 shows them as they are."""
        return self._scale * self._device_ratio()

    @property
    def fitted(self) -> bool:
        """Whether the whole picture is shown, and goes on to be when the window changes size."""
        return self._fitted

    def show_extent(self, width: int, height: int) -> None:
        """Show a picture of this size; where the size is the same, zoom and place stay."""
        if (width, height) != self._size:
            self._size = width, height
            self._fitted, self._told = True, None
            self._apply()

    def fit(self) -> None:
        """Show all of the picture, as large as it gets."""
        self._fitted, self._told = True, None
        self._apply()
        self.moved.emit()

    @property
    def viewpoint(self) -> Viewpoint:
        """Where it looks."""
        if self._size is None or self._fitted or not self._has_room():
            return Viewpoint()
        width, height = self._size
        x, y, box = self._centre.x() / width, self._centre.y() / height, self.rect()
        across = self._scale * width / (box.width() - 2 * SPACE)
        above = (self._centre.y() - box.height() / 2 / self._scale) / width
        return Viewpoint(x, y, self._scale / self._scale_of_fit(), False, across, above, height / width)

    def show_viewpoint(self, viewpoint: Viewpoint) -> None:
        """Look there, as far as this picture and the size of this box allow it.

        Where the box changes size then, as when it is only now laid out, it looks there again, until the hand moves it.
        """
        self._fitted, self._told = viewpoint.fitted, viewpoint
        if self._size is not None and not viewpoint.fitted and self._has_room():
            width, height = self._size
            if viewpoint.aspect and max(viewpoint.aspect, height / width) > PAGE_ABOVE:
                box = self.rect()
                self._scale = max(viewpoint.across * (box.width() - 2 * SPACE) / width, self._scale_of_fit())
                y = viewpoint.above * width + box.height() / 2 / self._scale
            else:
                self._scale = self._scale_of_fit() * viewpoint.zoom
                y = viewpoint.y * height
            self._centre = QPointF(viewpoint.x * width, y)
        self._apply()

    def zoom_to_pixels(self, at: QPointF | None = None) -> None:
        """Show one pixel of the picture on one of the screen; what is at this point of the box stays."""
        self.zoom_by(1 / self.zoom, at)

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Enlarge; what is at this point of the box, or in its middle, stays there."""
        middle = self.rect().center()
        aside = (at if at is not None else middle) - middle
        lowest, highest = self._limits()
        scale = min(max(self._scale * factor, lowest), highest)
        self._centre = self._centre + aside / self._scale - aside / scale
        self._scale, self._fitted, self._told = scale, False, None
        self._apply()
        self.moved.emit()

    def pan_by(self, offset: QPointF) -> None:
        """Shift the picture by an offset in logical pixels of the screen."""
        self._centre, self._told = self._centre - offset / self._scale, None
        # a picture that cannot move stays fitted
        self._fitted = self._fitted and self._scale <= self._scale_of_fit()
        self._apply()
        self.moved.emit()

    def _apply(self) -> None:
        box = self.rect()
        if self._size is None or not self._has_room():
            return
        if self._fitted:
            self._scale = self._scale_of_fit()
        width, height = box.width() / self._scale, box.height() / self._scale
        margin = SPACE / self._scale
        self._centre = QPointF(
            _clamped(self._centre.x(), width, self._size[0], margin),
            _clamped(self._centre.y(), height, self._size[1], margin),
        )
        # on whole pixels of the screen, else 1:1 would be blurred
        snap = self._scale * self._device_ratio()
        left = round((self._centre.x() - width / 2) * snap) / snap
        top = round((self._centre.y() - height / 2) * snap) / snap
        self.setRange(QRectF(left, top, width, height), padding=0)

    def _has_room(self) -> bool:
        return bool(min(self.rect().width(), self.rect().height()) > 2 * SPACE)

    def _scale_of_fit(self) -> float:
        assert self._size is not None
        box = self.rect()
        fit = min((box.width() - 2 * SPACE) / self._size[0], (box.height() - 2 * SPACE) / self._size[1])
        return float(min(fit, _GREATEST_ZOOM))

    def _limits(self) -> tuple[float, float]:
        fit, one = self._scale_of_fit() if self._size else 1.0, 1 / self._device_ratio()
        return min(fit, one), max(fit, one * _GREATEST_ZOOM)

    def _device_ratio(self) -> float:
        view = self.getViewWidget()
        return 1.0 if view is None else float(view.devicePixelRatioF())

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        if self._told is None:
            self._apply()
        else:
            self.show_viewpoint(self._told)

    def wheelEvent(self, event: Any, axis: int | None = None) -> None:
        if self._size is not None:
            self.zoom_by(_WHEEL_STEP ** (event.delta() / 120), event.pos())
        event.accept()

    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:
        if event.button() not in _PANNING or self._size is None:
            event.ignore()
            return
        event.accept()
        self.pan_by(QPointF(event.pos() - event.lastPos()))
        if event.isFinish():
            self.unsetCursor()
        else:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseClickEvent(self, event: Any) -> None:
        if event.double() and event.button() == Qt.MouseButton.LeftButton:
            event.accept()
            self.fit()

    def hoverEvent(self, event: Any) -> None:
        self.pointed.emit(None if event.isExit() else QPointF(self.mapToView(event.pos())))

    def keyPressEvent(self, event: Any) -> None:
        event.ignore()  # pyqtgraph would walk through its history of zooms


def _clamped(centre: float, visible: float, extent: float, margin: float) -> float:
    """The middle of what is visible, such that no more than the margin is empty unless all is visible."""
    free = (extent + 2 * margin - visible) / 2
    return extent / 2 if free <= 0 else min(max(centre, extent / 2 - free), extent / 2 + free)
