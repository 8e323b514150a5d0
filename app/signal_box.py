"""On whose pictures the Fisher signal was estimated, and the progress of estimating it on one's own."""

from __future__ import annotations

import html
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.drawing import sized
from app.theme import LIGHT, SPACE, Theme
from gazeengine.commands.output import duration

BAR_HEIGHT = 4


@dataclass(frozen=True, slots=True)
class Running:
    """A calibration under way, of the network called name, which elsewhere says is not the chosen one.

    acts says that the sliders act on its signal already.
    """

    name: str
    elsewhere: bool
    n_done: int
    n_pictures: int
    left_s: float | None
    acts: bool


@dataclass(frozen=True, slots=True)
class SignalState:
    """source is on whose pictures the signal is, in words; empty without one. own: it may be discarded again."""

    source: str = ""
    own: bool = False
    running: Running | None = None
    possible: bool = False


class SignalBox(QWidget):
    """A line on the signal; a second one while another is estimated."""

    calibration_asked = Signal()
    keep_asked = Signal()
    cancel_asked = Signal()
    discard_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = SignalState()
        self._theme = LIGHT
        self._source, self._progress = _label(), _label()
        self._source.setWordWrap(True)
        self._calibrate = _link("Calibrate…", "Estimate the signal on pictures that are open here")
        self._discard = _link("✕", "Discard it: back to the signal that came with the model")
        self._discard.setAccessibleName("Discard the signal of your pictures")
        self._keep = _link("Keep", "Stop here, and go on with the signal of the pictures so far")
        self._cancel = _link("Cancel", "Stop, and go back to the signal before")
        self._bar = QProgressBar(textVisible=False)
        self._bar.setFixedHeight(BAR_HEIGHT)
        self._bar.setAccessibleName("Calibration")
        for button, asked in (
            (self._calibrate, self.calibration_asked),
            (self._discard, self.discard_asked),
            (self._keep, self.keep_asked),
            (self._cancel, self.cancel_asked),
        ):
            button.clicked.connect(lambda _=False, asked=asked: asked.emit())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, 0, SPACE // 2, 2)
        layout.setSpacing(2)
        layout.addLayout(_row(self._source, self._discard, self._calibrate, self._keep, self._cancel))
        layout.addWidget(self._progress)
        layout.addWidget(self._bar)
        self.show_theme(LIGHT)

    def show_state(self, state: SignalState) -> None:
        if state != self._state:
            self._state = state
            self._show()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setStyleSheet(
            f"QToolButton {{ border: 1px solid transparent; border-radius: 4px; padding: 0px 3px;"
            f" color: {theme.accent}; background: transparent; }}"
            "QToolButton:hover { text-decoration: underline; }"
            f"QToolButton:focus {{ border-color: {theme.accent}; }}"
            f"QToolButton:disabled {{ color: {theme.muted}; }}"
            f"QProgressBar {{ background: {theme.line}; border: none; border-radius: {BAR_HEIGHT // 2}px; }}"
            f"QProgressBar::chunk {{ background: {theme.accent}; border-radius: {BAR_HEIGHT // 2}px; }}"
        )
        self._show()

    def _show(self) -> None:
        s, t, running = self._state, self._theme, self._state.running
        colour = t.accent if s.own else t.text
        source = f"<span style='color:{colour if s.source else t.muted}'>{html.escape(s.source or 'none')}</span>"
        self._source.setText(f"<span style='color:{t.muted}'>Signal:</span> {source}")
        self._source.setToolTip(
            f"What each feature is worth was estimated on {s.source}."
            if s.source
            else "The model carries no Fisher signal: it can be pruned here once it is calibrated."
        )
        self._discard.setVisible(s.own and running is None)
        self._calibrate.setVisible(running is None)
        self._calibrate.setEnabled(s.possible)
        for part in (self._progress, self._cancel, self._bar):
            part.setVisible(running is not None)
        self._keep.setVisible(running is not None and running.acts)
        if running is None:
            return
        left = f" · {duration(running.left_s)} left" if running.left_s is not None else "…"
        n = f"{running.n_done} of {running.n_pictures} pictures"
        which = f" {html.escape(running.name)}" if running.elsewhere else ""
        self._progress.setText(f"<span style='color:{t.muted}'>Calibrating{which}:</span> {n}{left}")
        self._progress.setToolTip(f"{running.name}: {n} done.")
        self._bar.setMaximum(running.n_pictures)
        self._bar.setValue(running.n_done)


def _label() -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setFont(sized(label.font(), 0.92))
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label


def _link(text: str, hint: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(hint)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setFont(sized(button.font(), 0.92))
    return button


def _row(label: QLabel, *buttons: QToolButton) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(SPACE // 2)
    row.addWidget(label, 1)
    for button in buttons:
        row.addWidget(button)
    return row
