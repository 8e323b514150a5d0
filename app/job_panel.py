"""The panel of jobs: which there are and how they stand, and of the chosen one its curves and what can be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.drawing import sized
from app.job_curves import JobCurves
from app.job_rows import JobDelegate, JobRows
from app.job_words import JobRow, last_values
from app.melting_view import MeltingView
from app.theme import LIGHT, SPACE, Theme
from gazeengine.runs import TrainingProgress

LIST_WIDTH = 300
EMPTY = (
    "<p style='line-height:140%'><b>No jobs yet</b><br>A job prunes or trains a network in the background, for minutes "
    "or for days, while you go on here. It survives closing the window. Start one from the network and β that you see, "
    "or from pretrained features.</p>"
)


@dataclass(frozen=True, slots=True)
class Act:
    """Something that can be done with a job."""

    label: str
    hint: str


ACTIONS: Mapping[str, Act] = {
    "pause": Act("Pause", "Take no further step until it goes on; it keeps its turn, and those behind it wait"),
    "resume": Act("Go on", "With the next step, or from where it was saved"),
    "stop": Act("Stop and keep", "End here, with what is learned so far; it can go on another time"),
    "discard": Act("Stop and discard…", "End here, and forget what is learned so far"),
    "open": Act("Open result", "Look at pictures with the network that came of it"),
    "folder": Act("Show folder", "Where its state, its history and its log lie"),
    "remove": Act("Remove from the list", "With all that it kept to go on from; the files that came of it stay"),
}

UNDOING = {"pause": "resume", "resume": "pause"}


class JobPanel(QWidget):
    """Says what is asked for and of which job: asked(action of ACTIONS, key)."""

    selected = Signal(str)  # key, by the user
    asked = Signal(str, str)
    closed = Signal()
    prune_asked = Signal()
    train_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key: str | None = None
        self._rows = JobRows()
        self._delegate = JobDelegate(LIGHT)
        self._list = QListView()
        self._list.setModel(self._rows)
        self._list.setItemDelegate(self._delegate)
        self._list.setUniformItemSizes(True)
        self._list.setMouseTracking(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self._list.setAccessibleName("Jobs")
        self._list.selectionModel().currentChanged.connect(self._select)
        self._title, self._line, self._message = QLabel(), QLabel(), QLabel(wordWrap=True)
        self._title.setFont(sized(self.font(), 1.0, bold=True))
        self._line.setProperty("role", "muted")
        for label in (self._title, self._line, self._message):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._buttons = {name: self._button(name, act) for name, act in ACTIONS.items()}
        self.curves, self.melting = JobCurves(), MeltingView()
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty_page())
        self._pages.addWidget(self._job_page())
        heading = QLabel("Jobs")
        heading.setProperty("role", "heading")
        close = QToolButton()
        close.setText("✕")
        close.setAutoRaise(True)
        close.setToolTip("Hide the jobs, which go on (Ctrl+J)")
        close.setAccessibleName("Hide the jobs")
        close.clicked.connect(self.closed)
        top = QHBoxLayout()
        top.setContentsMargins(SPACE + SPACE // 2, SPACE // 2, SPACE // 2, 0)
        top.addWidget(heading, 1)
        top.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self._pages, 1)
        self.setAutoFillBackground(True)
        self.show_theme(LIGHT)
        self.show_jobs((), None)

    def sizeHint(self) -> QSize:
        return QSize(900, 260)

    def minimumSizeHint(self) -> QSize:
        return QSize(600, 210)

    def show_jobs(self, rows: Sequence[JobRow], selected: str | None) -> None:
        """Show these jobs, the chosen one with all that can be done with it."""
        with QSignalBlocker(self):
            self._rows.show_rows(rows)
            i = self._rows.row_of(selected)
            if i != self._list.currentIndex().row():
                self._list.setCurrentIndex(self._rows.index(i) if i >= 0 else QModelIndex())
        self._pages.setCurrentIndex(1 if rows else 0)
        row = next((row for row in rows if row.key == selected), None)
        self._key = row.key if row is not None else None
        if row is None:
            self.show_history(())
        self._title.setText(row.title if row is not None else "")
        self._line.setText(row.line if row is not None else "")
        self._message.setText(row.message if row is not None else "")
        self._message.setVisible(bool(row is not None and row.message))
        role = "problem" if row is not None and row.tone == "bad" else "muted"
        if self._message.property("role") != role:
            self._message.setProperty("role", role)
            self._message.style().polish(self._message)
        self._show_actions(row.actions if row is not None else ())

    def _show_actions(self, actions: Sequence[str]) -> None:
        """The focus goes from a button that vanishes to what undoes it, or to the list: never to what ends the job."""
        focused = next((name for name, button in self._buttons.items() if button.hasFocus()), None)
        for name, button in self._buttons.items():
            if name in actions:
                button.show()
        if focused is not None and focused not in actions:
            undoing = UNDOING.get(focused, focused)
            (self._buttons[undoing] if undoing in actions else self._list).setFocus()
        for name, button in self._buttons.items():
            if name not in actions:
                button.hide()

    def show_history(self, history: Sequence[TrainingProgress]) -> None:
        """The chosen job's curves, and its melting widths where it prunes."""
        self.curves.show_history(history)
        self.curves.setVisible(not (history and history[-1].doing))  # without losses
        self.melting.show_history(history)
        self.melting.setVisible(not self.melting.empty)
        self._values.setText(last_values(history[-1]) if history else "")

    def show_theme(self, theme: Theme) -> None:
        self._delegate.show_theme(theme)
        self._list.viewport().update()
        self._line_between.setStyleSheet(f"background: {theme.line};")
        self.curves.show_theme(theme)
        self.melting.show_theme(theme)

    def button(self, action: str) -> QPushButton:
        """That of an action of ACTIONS."""
        return self._buttons[action]

    def _button(self, name: str, act: Act) -> QPushButton:
        button = QPushButton(act.label)
        button.setToolTip(act.hint)
        button.clicked.connect(lambda: self._ask(name))
        return button

    def _ask(self, action: str) -> None:
        if self._key is not None:
            self.asked.emit(action, self._key)

    def _select(self, current: QModelIndex) -> None:
        if current.isValid():
            self.selected.emit(self._rows.row(current.row()).key)

    def _starters(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        for label, hint, signal in (
            ("Prune and train…", "From the model, β and number of features that are set", self.prune_asked),
            ("Train…", "A network from pretrained features, or taught by another", self.train_asked),
        ):
            button = QPushButton(label)
            button.setToolTip(hint)
            button.clicked.connect(signal)
            row.addWidget(button)
        return row

    def _empty_page(self) -> QWidget:
        page = QWidget()
        words = QLabel(EMPTY, alignment=Qt.AlignmentFlag.AlignHCenter, wordWrap=True)
        words.setProperty("role", "muted")
        words.setFixedSize(560, words.heightForWidth(560))
        starters = self._starters()
        starters.insertStretch(0)
        starters.addStretch()
        column = QVBoxLayout(page)
        column.addStretch()
        column.addWidget(words, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addLayout(starters)
        column.addStretch()
        return page

    def _job_page(self) -> QWidget:
        page = QWidget()
        left = QVBoxLayout()
        left.setContentsMargins(0, SPACE // 2, 0, SPACE)
        left.setSpacing(SPACE // 2)
        left.addWidget(self._list, 1)
        starters = self._starters()
        starters.setContentsMargins(SPACE, 0, SPACE, 0)
        left.addLayout(starters)
        list_side = QWidget()
        list_side.setLayout(left)
        list_side.setFixedWidth(LIST_WIDTH)
        self._line_between = line = QFrame()
        line.setFixedWidth(1)

        head = QHBoxLayout()
        head.setSpacing(SPACE)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._title)
        words.addWidget(self._line)
        head.addLayout(words, 1)
        for button in self._buttons.values():
            head.addWidget(button)
        views = QHBoxLayout()
        views.setSpacing(2 * SPACE)
        views.addWidget(self.curves, 3)
        views.addWidget(self.melting, 2)
        self._values = QLabel()
        self._values.setTextFormat(Qt.TextFormat.PlainText)
        self._values.setProperty("role", "muted")
        self._values.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        right = QVBoxLayout()
        right.setContentsMargins(2 * SPACE, 0, 2 * SPACE, SPACE)
        right.setSpacing(SPACE // 2)
        right.addLayout(head)
        right.addWidget(self._message)
        right.addLayout(views, 1)
        right.addWidget(self._values)
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(list_side)
        row.addWidget(line)
        row.addLayout(right, 1)
        return page
