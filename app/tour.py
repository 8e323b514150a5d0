"""Three steps through the window at its first start, and never again unless they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.drawing import sized
from app.settings import Settings
from app.theme import RADIUS, SPACE, Theme, current_theme

_SEEN = "tour_seen"
_WIDEST = 34  # times the height of type


@dataclass(frozen=True, slots=True)
class Step:
    """What is said about a widget; before() brings it in sight."""

    title: str
    words: str
    of: QWidget
    before: Callable[[], None] = lambda: None


class TourBubble(QFrame):
    """One step beside the widget it is about. It blocks nothing: the window goes on under the hand."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._theme = current_theme()
        self.setObjectName("tour")
        self.title, self.words, self.place = QLabel(), QLabel(), QLabel()
        self.words.setWordWrap(True)
        self.title.setWordWrap(True)
        self.place.setProperty("role", "muted")
        self.back, self.next, self.skip = QPushButton("Back"), QPushButton("Next"), QPushButton("Skip")
        self.back.setToolTip("The step before (Left)")
        self.next.setToolTip("The next step (Right or Enter)")
        self.skip.setToolTip("End the tour (Esc). Help > Tour shows it again")
        bottom = QHBoxLayout()
        bottom.setSpacing(SPACE)
        bottom.addWidget(self.place, 1)
        for button in (self.skip, self.back, self.next):
            bottom.addWidget(button)
        self._layout = layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self.title)
        layout.addWidget(self.words)
        layout.addLayout(bottom)
        for key, button in ((Qt.Key.Key_Right, self.next), (Qt.Key.Key_Left, self.back)):
            shortcut = QShortcut(QKeySequence(key), self, button.click)  # a button would hand the focus on instead
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.hide()
        self.show_theme(self._theme)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setStyleSheet(
            f"#tour {{ background: {theme.field}; border: 2px solid {theme.accent}; border-radius: {2 * RADIUS}px; }}"
        )

    def show_step(self, step: Step, number: int, of: int) -> None:
        self.title.setText(step.title)
        self.title.setFont(sized(self.font(), 1.2, bold=True))
        self.words.setText(step.words)
        self.place.setText(f"{number} of {of}")
        self.back.setEnabled(number > 1)
        self.next.setText("Next" if number < of else "Done")
        self.skip.setVisible(number < of)
        self.setAccessibleName(f"Tour, {number} of {of}: {step.title}")
        self.setAccessibleDescription(step.words)

    def stand_by(self, place: QRect) -> None:
        """Beside a place of the window, or over its middle where there is no room."""
        window = self._window.rect()
        width = min(_WIDEST * self.fontMetrics().height(), window.width() - 4 * SPACE)
        self.setFixedWidth(width)
        height = max(self._layout.totalHeightForWidth(width), self._layout.totalMinimumSize().height())
        size = QSize(width, height)
        around = (
            QRect(QPoint(place.left() - SPACE - width, place.top() + 2 * SPACE), size),
            QRect(QPoint(place.right() + SPACE, place.top() + 2 * SPACE), size),
            QRect(QPoint(place.center().x() - width // 2, place.bottom() - height - 2 * SPACE), size),
        )
        inside = window.adjusted(SPACE, SPACE, -SPACE, -SPACE)
        chosen = next((rect for rect in around if inside.contains(rect)), around[-1])
        chosen.moveLeft(max(inside.left(), min(chosen.left(), inside.right() - width)))
        chosen.moveTop(max(inside.top(), min(chosen.top(), inside.bottom() - height)))
        self.setGeometry(chosen)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focus = self.focusWidget()
            (focus if isinstance(focus, QPushButton) else self.next).click()
        else:
            super().keyPressEvent(event)


class Tour(QObject):
    """Goes through steps; offered once, begun by the menu as often as it is wanted."""

    def __init__(self, window: QWidget, steps: Sequence[Step], settings: Settings) -> None:
        super().__init__(window)
        self._window = window
        self._steps = tuple(steps)
        self._settings = settings
        self._at = 0
        self.bubble = TourBubble(window)
        self.bubble.next.clicked.connect(lambda: self._go(self._at + 1))
        self.bubble.back.clicked.connect(lambda: self._go(self._at - 1))
        self.bubble.skip.clicked.connect(self.end)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self.bubble, self.end)
        escape.activatedAmbiguously.connect(self.end)
        window.installEventFilter(self)

    @property
    def at(self) -> int | None:
        """The number of the step that is shown, from 1."""
        return self._at + 1 if not self.bubble.isHidden() else None

    def offer(self) -> None:
        """Begin, unless it has ever been begun here."""
        if not self._settings.flag(_SEEN, usual=False):
            self.begin()

    def begin(self) -> None:
        self._settings.save_flag(_SEEN, True)
        self._go(0)

    def end(self) -> None:
        self.bubble.hide()

    def show_theme(self, theme: Theme) -> None:
        self.bubble.show_theme(theme)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.at is not None:
            self._place()
        return super().eventFilter(watched, event)

    def _go(self, at: int) -> None:
        if not 0 <= at < len(self._steps):
            self.end()
            return
        self._at = at
        step = self._steps[at]
        step.before()
        self.bubble.show_step(step, at + 1, len(self._steps))
        self._place()
        self.bubble.show()
        self.bubble.raise_()
        self.bubble.next.setFocus(Qt.FocusReason.OtherFocusReason)

    def _place(self) -> None:
        of = self._steps[self._at].of
        self.bubble.stand_by(QRect(of.mapTo(self._window, QPoint()), of.size()))
