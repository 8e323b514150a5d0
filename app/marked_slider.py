"""A slider with a scale of its own, and marks to jump to."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QToolTip, QWidget

from app.drawing import type_scale
from app.groove_drawing import HANDLE, Groove, GrooveDrawing
from app.theme import LIGHT, Theme

FLAG, LABEL = 18, 15  # px above and below the handle for words, in usual type
REACH = 5  # px around a mark in which a click means it
SNAP = 4  # px around a mark in which a drag is held by it
WHEEL_REST_MS = 400
NOTCH = 120  # eighths of a degree

Keys = Qt.Key


class MarkedSlider(QAbstractSlider):
    """Asks to be moved, and is where it is told to be: gestures are signals, show_position moves the handle.

    dragged(position) is sent with every move of a pressed mouse, mark_reached(index) by one that comes near a mark
    without Shift held, or by a click on it; stepped(steps) by keys and wheel, a page being page_steps of them;
    jumped(±1) by Control and an arrow; came_to_rest() behind each gesture.
    """

    dragged = Signal(float)
    stepped = Signal(int)
    mark_reached = Signal(int)
    jumped = Signal(int)
    came_to_rest = Signal()

    def __init__(
        self, page_steps: int, *, wheel_steps: int = 1, flagged: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._page_steps = page_steps
        self._wheel_steps = wheel_steps
        self._flagged = flagged
        self._groove = Groove()
        self._position = 0.0
        self._settled = 0.0
        self._theme = LIGHT
        self._grab: float | None = None  # px from the middle of the handle to where it was taken
        self._wheel_angle = 0
        self._wheel_rest = QTimer(self, singleShot=True, interval=WHEEL_REST_MS)
        self._wheel_rest.timeout.connect(self.came_to_rest)
        self.valueChanged.connect(self._set_by_assistant)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_position(self, position: float, *, settled: float = 1.0, of: int = 1000) -> None:
        """Moves the handle; the fill is plain up to settled and marked as an estimate beyond.

        of is the whole range as assistive technology reads it.
        """
        if (position, settled, of) == (self._position, self._settled, self.maximum()):
            return
        self._position, self._settled = position, settled
        with QSignalBlocker(self):
            self.setRange(0, of)
            self.setValue(round(position * of))
        self.update()

    def show_groove(self, groove: Groove) -> None:
        if groove != self._groove:
            self._groove = groove
            self.update()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def drawing(self) -> GrooveDrawing:
        """Where things are at the present size."""
        return GrooveDrawing(self._groove, self._theme, self.font(), self.width(), self.middle)

    def x_of(self, position: float) -> float:
        """Pixels from the left edge at which a position is drawn."""
        return self.drawing().x_of(position)

    def position_at(self, x: float) -> float:
        """The position at that many pixels from the left edge."""
        return self.drawing().position_at(x)

    @property
    def middle(self) -> int:
        """Pixels from the top edge to the middle of the groove."""
        return round(FLAG * type_scale(self.font())) + HANDLE + 4 if self._flagged else HANDLE + 4

    def _height(self) -> int:
        return self.middle + HANDLE + 4 + round(LABEL * type_scale(self.font()))

    def sizeHint(self) -> QSize:
        return QSize(280, self._height())

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self._height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()

    # gestures

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._end_wheel()
        place = event.position()
        if (mark := self.mark_at(place.toPoint())) is not None:
            self._grab = 0.0
            self.mark_reached.emit(mark)
            return
        away = place.x() - self.x_of(self._position)
        on_handle = abs(away) <= HANDLE + 2 and abs(place.y() - self.middle) <= HANDLE + 2
        self._grab = away if on_handle else 0.0
        if not on_handle:
            self._drag(place.x(), event)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grab is not None:
            self._drag(event.position().x() - self._grab, event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._grab is not None:
            self._grab = None
            self.update()
            self.came_to_rest.emit()

    def mark_at(self, place: QPoint) -> int | None:
        """The mark under the mouse."""
        below = HANDLE <= place.y() - self.middle <= HANDLE + 10
        return self._mark_near(place.x(), REACH) if below else None

    def _mark_near(self, x: float, reach: float) -> int | None:
        """The nearest mark, if it is that near."""
        drawing = self.drawing()
        away = [(abs(drawing.x_of(mark.position) - x), i) for i, mark in enumerate(self._groove.marks)]
        nearest = min(away, default=(reach + 1, 0))
        return nearest[1] if nearest[0] <= reach else None

    def _drag(self, x: float, event: QMouseEvent) -> None:
        held = not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if held and (mark := self._mark_near(x, SNAP)) is not None:
            self.mark_reached.emit(mark)
        else:
            self.dragged.emit(self.position_at(x))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            flag = self._groove.flag
            if (i := self.mark_at(event.pos())) is not None:
                text = self._groove.marks[i].explanation
            elif flag and event.pos().y() < self.middle - HANDLE:
                text = flag.explanation
            else:
                text = self.toolTip()
            QToolTip.showText(event.globalPos(), text, self)
            return True
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and _jump_of(event):
            event.accept()  # not the window's
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if jump := _jump_of(event):
            self.jumped.emit(jump)
            return
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
            return
        steps = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        self._end_wheel()
        match event.key():
            case Keys.Key_Right | Keys.Key_Up:
                self.stepped.emit(steps)
            case Keys.Key_Left | Keys.Key_Down:
                self.stepped.emit(-steps)
            case Keys.Key_PageUp:
                self.stepped.emit(self._page_steps)
            case Keys.Key_PageDown:
                self.stepped.emit(-self._page_steps)
            case Keys.Key_Home:
                self.dragged.emit(0.0)
            case Keys.Key_End:
                self.dragged.emit(1.0)
            case _:
                event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not event.isAutoRepeat():  # a key held down is one gesture
            self.came_to_rest.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.came_to_rest.emit()
        super().focusOutEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.hasFocus():  # scrolling past changes nothing
            event.ignore()
            return
        self._wheel_angle += event.angleDelta().y() or -event.angleDelta().x()
        notches = int(self._wheel_angle / NOTCH)
        self._wheel_angle -= notches * NOTCH
        if notches:
            self.stepped.emit(notches * self._wheel_steps)
            self._wheel_rest.start()
        event.accept()

    def _end_wheel(self) -> None:
        if self._wheel_rest.isActive():
            self._wheel_rest.stop()
            self.came_to_rest.emit()

    def _set_by_assistant(self, value: int) -> None:
        self.dragged.emit(value / max(self.maximum(), 1))
        self.came_to_rest.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        self.drawing().draw(
            QPainter(self),
            self._position,
            self._settled,
            focused=self.hasFocus(),
            grabbed=self._grab is not None,
        )


def _jump_of(event: QKeyEvent) -> int:
    """To the mark before, -1, or to the next one, 1, by Control and an arrow; 0 for all other keys."""
    if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
        return 0
    return {Keys.Key_Right: 1, Keys.Key_Up: 1, Keys.Key_Left: -1, Keys.Key_Down: -1}.get(Keys(event.key()), 0)
