"""A line over the picture that says what went wrong, or what was done, until it is closed."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from app.theme import RADIUS, SPACE, Theme, current_theme

BURST_S = 2.0  # in which problems are taken for those of one thing that was done
MOST_LINES = 3  # of a burst


class MessageBar(QFrame):
    """The last message; hidden when there is none. Escape closes it.

    Problems that come together, as of several files that cannot be read, stand together.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = QLabel(wordWrap=True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)  # a file may be called <b>
        self._text.setMinimumWidth(1)  # a long path must not widen the window
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._action = QPushButton()
        self._action.hide()
        self._act: Callable[[], None] = lambda: None
        self._action.clicked.connect(lambda: self._act())
        self._close = QToolButton()
        self._close.setText("✕")
        self._close.setAutoRaise(True)
        self._close.setAccessibleName("Close this message")
        self._close.setToolTip("Close (Esc)")
        self._close.clicked.connect(self.hide)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self.hide)
        escape.activatedAmbiguously.connect(self.hide)  # others close by it, too: one at a time
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._action)
        layout.addWidget(self._close)
        self._is_problem = False
        self._burst: list[str] = []
        self._came = 0.0  # by monotonic()
        self.setObjectName("message")
        self.show_theme(current_theme())
        self.hide()

    @property
    def text(self) -> str:
        return self._text.text() if not self.isHidden() else ""

    def show_problem(self, text: str) -> None:
        now = monotonic()
        together = self._is_problem and not self.isHidden() and now < self._came + BURST_S
        self._burst = [*(one for one in self._burst if together and one != text), text]
        self._came = now
        self._show_burst()

    def show_notice(self, text: str, action: str = "", act: Callable[[], None] | None = None) -> None:
        """Say what was done; action labels a button that calls act."""
        self._show(text, problem=False, action=action, act=act)

    def withdraw(self, text: str) -> None:
        """No longer say this, if it is said: it is no longer so."""
        if self._is_problem and text in self._burst and len(self._burst) > 1 and not self.isHidden():
            self._burst.remove(text)
            self._show_burst()
        elif self.text == text:
            self.hide()

    def withdraw_about(self, *subjects: str) -> None:
        """No longer tell problems of these, as they are named before the colon: it is tried again, or has succeeded."""
        if not self._is_problem or self.isHidden():
            return
        left = [text for text in self._burst if not text.startswith(tuple(f"{subject}:" for subject in subjects))]
        if left != self._burst:
            self._burst = left
            self._show_burst() if left else self.hide()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        colour = theme.problem if self._is_problem else theme.accent
        self.setStyleSheet(
            f"#message {{ background: {theme.field}; border: 1px solid {colour}; border-left: 4px solid {colour};"
            f" border-radius: {RADIUS}px; }}"
        )

    def _show_burst(self) -> None:
        lines = self._burst
        if len(lines) > MOST_LINES:
            lines = [*lines[: MOST_LINES - 1], f"and {len(lines) - MOST_LINES + 1} more problems"]
        self._show("\n".join(lines), problem=True)
        self._text.setToolTip("\n".join(self._burst) if len(self._burst) > MOST_LINES else "")

    def _show(self, text: str, *, problem: bool, action: str = "", act: Callable[[], None] | None = None) -> None:
        self._is_problem = problem
        self._text.setText(text)
        self._text.setToolTip("")
        self._action.setText(action)
        self._action.setToolTip(action)
        self._action.setVisible(bool(action))
        self._act = act or (lambda: None)
        self.show_theme(self._theme)
        self.show()
