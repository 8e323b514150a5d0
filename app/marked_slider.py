"""A slider with a scale of its own: separate stops, labelled ticks, marks to jump to, and what is trained in its fill."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QToolTip, QWidget

from app.drawing import mixed, sized
from app.theme import LIGHT, Theme

HANDLE = 8  # radius in px
GROOVE = 4  # height in px
TICK_SPACE = 26  # below the middle of the groove
REACH = 5  # px around a mark in which a click means it
WHEEL_REST_MS = 400
NOTCH = 120  # eighths of a degree

Keys = Qt.Key


@dataclass(frozen=True, slots=True)
class Tick:
    """A short line below the groove; without a label a shorter one."""

    position: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place worth knowing, and what the tool tip says of it."""

    position: float
    explanation: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Groove:
    """What there is to slide along, in positions from 0 to 1.

    pieces are drawn as bars and stops, apart from them, as rings; marks lie below the groove, and flag, with its
    label, above it.
    """

    pieces: tuple[tuple[float, float], ...] = ((0.0, 1.0),)
    stops: tuple[float, ...] = ()
    ticks: tuple[Tick, ...] = ()
    marks: tuple[Mark, ...] = ()
    flag: Mark | None = None


class MarkedSlider(QAbstractSlider):
    """Asks to be moved and shows where it is told to be: every gesture is a signal, show_position moves the handle.

    dragged(position) is sent with every move of a pressed mouse; stepped(steps) by keys and wheel, a page being
    page_steps of them; mark_clicked(index) by a click on a mark or Control and an arrow; came_to_rest() behind each
    gesture.
    """

    dragged = Signal(float)
    stepped = Signal(int)
    mark_clicked = Signal(int)
    came_to_rest = Signal()

    def __init__(
        self, page_steps: int, *, wheel_steps: int = 1, flagged: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._page_steps = page_steps
        self._wheel_steps = wheel_steps
        self._above = 28 if flagged else HANDLE + 4
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

    def x_of(self, position: float) -> float:
        """Pixels from the left edge at which a position is drawn."""
        return HANDLE + 4 + position * (self.width() - 2 * (HANDLE + 4))

    def position_at(self, x: float) -> float:
        """The position at that many pixels from the left edge."""
        return min(max((x - HANDLE - 4) / max(self.width() - 2 * (HANDLE + 4), 1), 0.0), 1.0)

    @property
    def middle(self) -> int:
        """Pixels from the top edge to the middle of the groove."""
        return self._above

    def sizeHint(self) -> QSize:
        return QSize(280, self._above + TICK_SPACE)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self._above + TICK_SPACE)

    # gestures

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._end_wheel()
        place = event.position()
        if (mark := self.mark_at(place.toPoint())) is not None:
            self._grab = 0.0
            self.mark_clicked.emit(mark)
            return
        away = place.x() - self.x_of(self._position)
        on_handle = abs(away) <= HANDLE + 2 and abs(place.y() - self.middle) <= HANDLE + 2
        self._grab = away if on_handle else 0.0
        if not on_handle:
            self.dragged.emit(self.position_at(place.x()))
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grab is not None:
            self.dragged.emit(self.position_at(event.position().x() - self._grab))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._grab is not None:
            self._grab = None
            self.update()
            self.came_to_rest.emit()

    def mark_at(self, place: QPoint) -> int | None:
        """The mark under the mouse, nearest first."""
        near = [
            (abs(self.x_of(mark.position) - place.x()), i)
            for i, mark in enumerate(self._groove.marks)
            if abs(self.x_of(mark.position) - place.x()) <= REACH
        ]
        below = HANDLE <= place.y() - self.middle <= HANDLE + 10
        return min(near)[1] if near and below else None

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
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._jump(event)
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

    def _jump(self, event: QKeyEvent) -> None:
        """To the next mark on that side."""
        places = [mark.position for mark in self._groove.marks]
        near = 1e-9
        after = [i for i, place in enumerate(places) if place > self._position + near]
        before = [i for i, place in enumerate(places) if place < self._position - near]
        if event.key() in (Keys.Key_Right, Keys.Key_Up) and after:
            self.mark_clicked.emit(after[0])
        elif event.key() in (Keys.Key_Left, Keys.Key_Down) and before:
            self.mark_clicked.emit(before[-1])
        else:
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

    # drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        self._paint_groove(painter)
        self._paint_ticks(painter)
        self._paint_marks(painter)
        self._paint_flag(painter)
        self._paint_handle(painter)

    def _paint_groove(self, painter: QPainter) -> None:
        t = self._theme
        empty = mixed(t.panel, t.muted, 0.32)
        for begin, end in self._groove.pieces:
            self._bar(painter, begin, end, empty)
            settled = min(self._position, self._settled, end)
            if settled > begin:
                self._bar(painter, begin, settled, QColor(t.accent))
            if (reached := min(self._position, end)) > max(self._settled, begin):
                self._bar(painter, max(self._settled, begin), reached, QColor(t.estimate))
        for stop in self._groove.stops:
            painter.setBrush(QColor(t.panel))
            painter.setPen(QPen(empty, 2))
            painter.drawEllipse(QPointF(self.x_of(stop), self.middle), 4, 4)
            painter.setPen(Qt.PenStyle.NoPen)

    def _bar(self, painter: QPainter, begin: float, end: float, colour: QColor) -> None:
        left, right = self.x_of(begin), self.x_of(end)
        painter.setBrush(colour)
        round_ = GROOVE / 2
        painter.drawRoundedRect(
            QRectF(left - round_, self.middle - round_, right - left + GROOVE, GROOVE), round_, round_
        )

    def _paint_ticks(self, painter: QPainter) -> None:
        t = self._theme
        small = sized(self.font(), 0.86)
        metrics = QFontMetricsF(small)
        painter.setFont(small)
        top = self.middle + HANDLE + 1
        for tick in self._groove.ticks:
            x = round(self.x_of(tick.position))
            painter.fillRect(QRectF(x - 0.5, top, 1, 4 if tick.label else 2), mixed(t.panel, t.muted, 0.6))
            if tick.label:
                chosen = abs(tick.position - self._position) < 1e-6
                painter.setPen(QColor(t.text if chosen else t.muted))
                width = metrics.horizontalAdvance(tick.label)
                left = min(max(x - width / 2, 0), self.width() - width)
                painter.drawText(QPointF(left, top + 5 + metrics.ascent()), tick.label)
                painter.setPen(Qt.PenStyle.NoPen)

    def _paint_marks(self, painter: QPainter) -> None:
        """Diamonds: a shape that no tick has."""
        painter.setBrush(QColor(self._theme.accent))
        y = self.middle + HANDLE + 4
        for mark in self._groove.marks:
            x = self.x_of(mark.position)
            painter.drawPolygon(
                QPolygonF([QPointF(x, y - 4), QPointF(x + 4, y), QPointF(x, y + 4), QPointF(x - 4, y)])
            )

    def _paint_flag(self, painter: QPainter) -> None:
        groove = self._groove
        if groove.flag is None:
            return
        x = self.x_of(groove.flag.position)
        tip = self.middle - HANDLE - 1
        painter.setBrush(QColor(self._theme.muted))
        painter.drawPolygon(QPolygonF([QPointF(x, tip), QPointF(x - 4, tip - 6), QPointF(x + 4, tip - 6)]))
        small = sized(self.font(), 0.86)
        metrics = QFontMetricsF(small)
        width = metrics.horizontalAdvance(groove.flag.label)
        left = x + 8 if x + 8 + width <= self.width() else x - 8 - width
        painter.setFont(small)
        painter.setPen(QColor(self._theme.muted))
        painter.drawText(QPointF(left, tip), groove.flag.label)
        painter.setPen(Qt.PenStyle.NoPen)

    def _paint_handle(self, painter: QPainter) -> None:
        t = self._theme
        middle = QPointF(self.x_of(self._position), self.middle)
        colour = QColor(t.accent)
        if self.hasFocus():
            halo = QColor(colour)
            halo.setAlpha(64)
            painter.setBrush(halo)
            painter.drawEllipse(middle, HANDLE + 3.5, HANDLE + 3.5)
        painter.setBrush(mixed(t.accent, t.text, 0.25) if self._grab is not None else colour)
        painter.setPen(QPen(QColor(t.panel), 1.5))
        painter.drawEllipse(middle, HANDLE, HANDLE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(t.on_accent))
        painter.drawEllipse(middle, 2.5, 2.5)
