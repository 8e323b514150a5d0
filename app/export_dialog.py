"""Choosing what to export, of which pictures and where to; then how far it is, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.export_order import AREAS, DATA, REPORTS, VIEWS, ExportStep
from app.export_words import progress_words, written_words
from app.job_dialogs import words
from app.theme import RADIUS, SPACE

Of = Literal["shown", "every", "compared"]
"""The picture that is shown, all that are open, or A and B, which a report sets against each other."""
GROUPS = (("Views", VIEWS), ("Areas", AREAS), ("Map data", DATA), ("Report", REPORTS))
COLUMNS = 2
WIDTH = 560  # px
LONGEST_NAME = 44  # characters


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """What is wanted, of which pictures and where; title is the report's."""

    wanted: tuple[str, ...]
    of: Of
    folder: Path
    title: str


@dataclass(frozen=True, slots=True)
class ExportPossible:
    """What there is to export: the picture that is shown, how many there are, and what is compared, if anything.

    with_areas are those of which some have areas.
    """

    name: str
    n_pictures: int
    compared: str = ""
    with_areas: frozenset[Of] = frozenset()


class ExportDialog(QDialog):
    """Says export_asked(ExportChoice), and shows the steps of what comes of it. Closing it does not stop that."""

    export_asked = Signal(object)
    cancel_asked = Signal()
    folder_asked = Signal(object)  # Path: to be shown

    def __init__(self, count: Callable[[ExportChoice], int], parent: QWidget | None = None) -> None:
        """count says how many files a choice comes to."""
        super().__init__(parent)
        self.setWindowTitle("Export")
        self.setMinimumWidth(WIDTH)
        self._count = count
        self._possible = ExportPossible("", 0)
        self._ticks: dict[str, QCheckBox] = {}
        self._pages = QStackedWidget()
        self._pages.addWidget(self._choosing())
        self._pages.addWidget(self._running())
        self._pages.addWidget(self._done())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.addWidget(self._pages)

    # what is shown

    def show_choice(self, choice: ExportChoice, possible: ExportPossible) -> None:
        """Let the user choose, beginning with this."""
        self._possible = possible
        for name, tick in self._ticks.items():
            with QSignalBlocker(tick):
                tick.setChecked(name in choice.wanted)
        with QSignalBlocker(self._folder), QSignalBlocker(self._title):
            self._folder.setText(str(choice.folder))
            self._title.setText(choice.title)
        many = possible.n_pictures > 1
        self._every.setText(f"&All {possible.n_pictures} pictures" if many else "&All pictures")
        self._every.setEnabled(many)
        self._one.setText(f"T&his picture: {_short(possible.name)}")
        self._one.setToolTip(possible.name)
        self._pair.setText("A and B, &compared")
        self._pair.setToolTip(possible.compared)
        self._pair.setVisible(bool(possible.compared))
        possible_of = {"shown": True, "every": many, "compared": bool(possible.compared)}
        (self._radios[choice.of] if possible_of[choice.of] else self._one).setChecked(True)
        self._pages.setCurrentIndex(0)
        self._show_count()

    def show_step(self, step: ExportStep, folder: Path) -> None:
        """How far the export is, or what came of it."""
        self._shown_folder = folder
        if not step.finished:
            self._bar.setMaximum(max(step.n, 1))
            self._bar.setValue(step.n_done)
            self._doing.setText(progress_words(step))
            self._pages.setCurrentIndex(1)
            return
        self._ended.setText("Not all was exported" if step.missing else "Done")
        self._outcome.setText(written_words(step, folder))
        self._missing.clear()
        self._missing.addItems([f"{missing.name}: {missing.reason}" for missing in step.missing])
        self._missing.setVisible(bool(step.missing))
        self._show_folder.setEnabled(bool(step.written))
        self._pages.setCurrentIndex(2)
        self._close.setFocus()

    def show_problem(self, text: str) -> None:
        """Why nothing could be exported."""
        self._ended.setText("Nothing was exported")
        self._outcome.setText(text)
        self._missing.hide()
        self._show_folder.setEnabled(False)
        self._pages.setCurrentIndex(2)

    @property
    def choice(self) -> ExportChoice:
        """What is chosen at present."""
        wanted = tuple(name for name, tick in self._ticks.items() if tick.isChecked() and tick.isEnabled())
        folder = Path(self._folder.text().strip()).expanduser()
        return ExportChoice(wanted, self._of, folder, self._title.text().strip())

    @property
    def _of(self) -> Of:
        return next((of for of, radio in self._radios.items() if radio.isChecked()), "shown")

    # the three pages

    def _choosing(self) -> QWidget:
        page = QWidget()
        rows = QGridLayout(page)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setHorizontalSpacing(3 * SPACE)
        rows.setVerticalSpacing(2 * SPACE)
        rows.setColumnStretch(1, 1)
        self._title = QLineEdit()
        self._title.setPlaceholderText("Its title: by the name of the picture")
        self._title.setAccessibleName("Title of the report")
        for title, choices in GROUPS:
            ticks = self._tick_boxes(choices)
            if choices is REPORTS:
                ticks.addWidget(self._title, ticks.rowCount(), 0, 1, COLUMNS)
            self._add_row(rows, title, ticks)
        self._one, self._every, self._pair = QRadioButton(), QRadioButton(), QRadioButton()
        self._radios: dict[Of, QRadioButton] = {"shown": self._one, "every": self._every, "compared": self._pair}
        of = QVBoxLayout()
        of.setSpacing(SPACE // 2)
        for radio in self._radios.values():
            of.addWidget(radio)
        self._add_row(rows, "Of", of)
        self._add_row(rows, "To", self._place())
        self._words = words()
        self._begin, cancel = QPushButton("&Export"), QPushButton("Cancel")
        self._begin.setDefault(True)
        cancel.setAutoDefault(False)
        self._begin.clicked.connect(lambda: self.export_asked.emit(self.choice))
        cancel.clicked.connect(self.close)
        buttons = _buttons(self._begin, cancel)
        buttons.insertWidget(0, self._words, 1)
        rows.addLayout(buttons, rows.rowCount(), 0, 1, 2)
        for tick in self._ticks.values():
            tick.toggled.connect(self._show_count)
        for radio in self._radios.values():
            radio.toggled.connect(self._show_count)
        self._folder.textChanged.connect(self._show_count)
        return page

    def _add_row(self, rows: QGridLayout, title: str, content: QLayout) -> None:
        row = rows.rowCount() if rows.count() else 0
        rows.addWidget(_heading(title), row, 0, Qt.AlignmentFlag.AlignTop)
        rows.addLayout(content, row, 1)

    def _tick_boxes(self, choices: Sequence[tuple[str, str, str]]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * SPACE)
        grid.setVerticalSpacing(SPACE // 2)
        for i, (name, title, ending) in enumerate(choices):
            self._ticks[name] = tick = QCheckBox(title)
            tick.setToolTip(f"…-{ending}")
            grid.addWidget(tick, i // COLUMNS, i % COLUMNS)
        for column in range(COLUMNS):
            grid.setColumnStretch(column, 1)
        return grid

    def _place(self) -> QHBoxLayout:
        self._folder = QLineEdit()
        self._folder.setAccessibleName("Folder to export to")
        choose = QPushButton("C&hoose…")
        choose.setToolTip("Another folder")
        choose.setAutoDefault(False)
        choose.clicked.connect(self._ask_folder)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self._folder, 1)
        row.addWidget(choose)
        return row

    def _running(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        self._doing, self._bar = words(), QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("How much is exported")
        hide, cancel = QPushButton("Go on &behind"), QPushButton("Cancel")
        hide.setToolTip("Close this; it goes on, and says when it is done")
        cancel.setToolTip("Stop behind the file that is being written; what is done stays")
        hide.clicked.connect(self.close)
        cancel.clicked.connect(lambda: self.cancel_asked.emit())
        for button in (hide, cancel):
            button.setAutoDefault(False)
        layout.addStretch(1)
        layout.addWidget(_heading("Exporting"))
        layout.addWidget(self._bar)
        layout.addWidget(self._doing)
        layout.addStretch(1)
        layout.addLayout(_buttons(hide, cancel))
        return page

    def _done(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        self._ended, self._outcome = _heading(""), words("", "")
        self._missing = QListWidget()
        self._missing.setWordWrap(True)
        self._missing.setAccessibleName("What was not exported, and why")
        self._missing.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self._missing.setStyleSheet(f"QListWidget {{ border: 1px solid palette(mid); border-radius: {RADIUS}px; }}")
        self._shown_folder = Path()
        self._show_folder, self._close = QPushButton("&Show folder"), QPushButton("Close")
        again = QPushButton("Export &more…")
        self._show_folder.clicked.connect(lambda: self.folder_asked.emit(self._shown_folder))
        again.clicked.connect(lambda: self._pages.setCurrentIndex(0))
        self._close.clicked.connect(self.close)
        layout.addStretch(1)
        layout.addWidget(self._ended)
        layout.addWidget(self._outcome)
        layout.addWidget(self._missing, 4)
        layout.addStretch(1)
        layout.addLayout(_buttons(again, self._show_folder, self._close))
        return page

    # what is chosen

    def _ask_folder(self) -> None:
        if name := QFileDialog.getExistingDirectory(self, "Export to", self._folder.text()):
            self._folder.setText(name)

    def _show_count(self) -> None:
        for name, _, _ in AREAS:
            self._ticks[name].setEnabled(self._of in self._possible.with_areas)
        self._title.setEnabled(any(self._ticks[name].isChecked() for name, _, _ in REPORTS))
        choice = self.choice
        n = self._count(choice) if choice.wanted else 0
        self._words.setText(f"{n} file{'s' * (n != 1)}" if n else "Nothing is chosen yet")
        self._begin.setEnabled(n > 0 and bool(self._folder.text().strip()))


def _short(name: str) -> str:
    """A name whose middle is left out where it is long; with no mnemonics of its own."""
    half = LONGEST_NAME // 2
    return (name if len(name) <= LONGEST_NAME else f"{name[:half]}…{name[-half:]}").replace("&", "&&")


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "heading")
    return label


def _buttons(*buttons: QPushButton) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(SPACE)
    row.addStretch(1)
    for button in buttons:
        row.addWidget(button)
    return row
