"""A screen as it was, dimmed, on which a region is drawn with mouse or keys."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QScreen
from PySide6.QtWidgets import QWidget

from app.theme import RADIUS, SPACE
from gazeengine.image import SMALLEST_SIDE

HINT = "Drag over what you want to see.  Enter or double click: the whole screen.  Arrow keys: a region.  Esc: cancel."
_DIMMED = QColor(0, 0, 0, 115)
_STEP, _FINE_STEP = 8, 1  # px for an arrow key, and with Shift
_FIRST = 4  # of the screen, from its edges to the region that arrow keys begin with: one part in so many


class CaptureOverlay(QWidget):
    """Covers a screen with its own image; nothing but a region, all of it or a refusal comes out."""

    chosen = Signal(object)  # QImage, in the screen's own pixels
    cancelled = Signal()

    def __init__(self, screen: QScreen, image: QImage) -> None:
        """image is the screen's, at its device pixel ratio."""
        super().__init__(None, Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)  # the window is hidden, but not closed
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._image = image
        self._from: QPoint | None = None
        self._to = QPoint()
        self._dragging = False
        self.setWindowTitle("Capture region")
        self.setAccessibleName("Capture region")
        self.setAccessibleDescription(HINT)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setScreen(screen)
        self.setGeometry(screen.geometry())

    @property
    def region(self) -> QRect:
        """What is drawn, in the screen's own pixels; empty where nothing is."""
        if self._from is None:
            return QRect()
        return device_region(self._band(), self._image)

    def _band(self) -> QRect:
        """The rectangle between two edges, in logical pixels; they lie between pixels, so widths are differences."""
        if self._from is None:
            return QRect()
        left, right = sorted((self._from.x(), self._to.x()))
        top, bottom = sorted((self._from.y(), self._to.y()))
        return QRect(left, top, right - left, bottom - top)

    def _take(self) -> None:
        region = self.region
        if _large_enough(region.size()):
            self.chosen.emit(self._image.copy(region))

    def _take_all(self) -> None:
        self.chosen.emit(self._image)

    def _within(self, place: QPoint) -> QPoint:
        return QPoint(min(max(place.x(), 0), self.width()), min(max(place.y(), 0), self.height()))

    # --- mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragging = True
            self._from = self._to = self._within(event.position().toPoint())
            self.update()
        elif event.button() == Qt.MouseButton.RightButton:
            self.cancelled.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._to = self._within(event.position().toPoint())
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self._dragging:
            return
        self._dragging = False
        self._to = self._within(event.position().toPoint())
        if _large_enough(self.region.size()):
            self._take()
        else:  # a click: begin anew
            self._from = None
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._take_all()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = Qt.Key
        steps = {keys.Key_Left: (-1, 0), keys.Key_Right: (1, 0), keys.Key_Up: (0, -1), keys.Key_Down: (0, 1)}
        key = keys(event.key())
        if key == keys.Key_Escape:
            self.cancelled.emit()
        elif key in (keys.Key_Return, keys.Key_Enter):
            self._take_all() if self._from is None else self._take()
        elif key in steps:
            self._step(QPoint(*steps[key]), event.modifiers())
        else:
            super().keyPressEvent(event)

    def _step(self, way: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        """Arrow keys shift the region; with Ctrl they move its lower right corner, with Shift by single pixels."""
        if self._from is None:
            aside = QPoint(self.width() // _FIRST, self.height() // _FIRST)
            self._from, self._to = aside, QPoint(self.width(), self.height()) - aside
        step = way * (_FINE_STEP if modifiers & Qt.KeyboardModifier.ShiftModifier else _STEP)
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            self._to = self._within(self._to + step)
        else:
            band = self._band().translated(step)
            if self.rect().contains(band):
                self._from, self._to = self._from + step, self._to + step
        self.update()

    # --- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawImage(QPoint(), self._image)
        painter.fillRect(self.rect(), _DIMMED)
        band = self._band()
        if not band.isEmpty():
            region = self.region
            painter.drawImage(QRectF(band), self._image, QRectF(region))
            for width, colour in ((3, QColor(0, 0, 0, 160)), (1, QColor("white"))):  # seen on dark and on light
                painter.setPen(QPen(colour, width))
                painter.drawRect(QRectF(band).adjusted(-0.5, -0.5, 0.5, 0.5))
            self._draw_words(painter, _size_words(region.size()), band)
        self._draw_words(painter, HINT, None)

    def _draw_words(self, painter: QPainter, words: str, band: QRect | None) -> None:
        """In a badge below band's lower left corner, inside it where there is no room; without one at the top."""
        wrap = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignCenter)
        most = QRect(0, 0, self.width() - 6 * SPACE, self.height())
        badge = painter.boundingRect(most, wrap, words).adjusted(-SPACE, -SPACE // 2, SPACE, SPACE // 2)
        if band is None:
            badge.moveCenter(QPoint(self.width() // 2, 0))
            badge.moveTop(3 * SPACE)
        else:
            badge.moveTopLeft(band.bottomLeft() + QPoint(0, SPACE))
            if badge.bottom() > self.height():
                badge.moveBottom(min(band.bottom(), self.height()) - SPACE)
            badge.moveLeft(min(max(badge.left(), 0), self.width() - badge.width()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(20, 22, 26, 225))
        painter.drawRoundedRect(badge, RADIUS, RADIUS)
        painter.setPen(QColor("white"))
        painter.drawText(badge, wrap, words)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def device_region(band: QRect, image: QImage) -> QRect:
    """The pixels of an image that a rectangle in logical pixels covers, its edges rounded to whole ones."""
    ratio = image.devicePixelRatio()
    left, top = round(band.left() * ratio), round(band.top() * ratio)
    right, bottom = round((band.left() + band.width()) * ratio), round((band.top() + band.height()) * ratio)
    return QRect(left, top, right - left, bottom - top).intersected(image.rect())


def _large_enough(size: QSize) -> bool:
    return min(size.width(), size.height()) >= SMALLEST_SIDE


def _size_words(size: QSize) -> str:
    words = f"{size.width()} × {size.height()}"
    return words if _large_enough(size) else f"{words}: {SMALLEST_SIDE} or more on each side"
