"""What the dialogs of jobs have in common: data to learn from, where the result goes, an estimate, and a beginning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.background import Background
from app.clipboard import pictures_in
from app.folder_list import FolderList
from app.job_fields import PlaceField
from app.job_records import Kind
from app.room_on_screen import resize_within_screen
from app.theme import RADIUS, SPACE, Theme
from gazeengine.fixations import read_data_set

WIDTH, HEIGHT, MOST_HEIGHT = 620, 560, 760  # px
LABEL_WIDTH = 108


@dataclass(frozen=True, slots=True)
class Wanted:
    """A job as somebody asked for it."""

    kind: Kind
    title: str
    arguments: tuple[str, ...]
    out: Path


class JobDialog(QDialog):
    """Rows of fields under an introduction; wanted(Wanted) when the job shall begin. It is kept, and shown again."""

    wanted = Signal(object)

    def __init__(
        self, title: str, introduction: str, place: PlaceField, background: Background, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.place = place
        self.data = FolderList("data sets with fixations", data_words, background)
        self.teacher = FolderList("folders of a teacher's maps", teacher_words, background)
        self.unlabelled = FolderList("folders of pictures", picture_words, background)
        self._rows: dict[QWidget, QHBoxLayout] = {}
        self._introduction = words(introduction)
        self.form, self.more = form(), form()
        self._more = QWidget()
        self._more.setLayout(self.more)
        self._more.hide()
        self._open_more = QToolButton()
        self._open_more.setText("More")
        self._open_more.setCheckable(True)
        self._open_more.setObjectName("more")
        self._open_more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._open_more.setArrowType(Qt.ArrowType.RightArrow)
        self._open_more.toggled.connect(self._show_more)
        self._estimate, self._problem = words(), words(role="estimate")
        self.begin = QPushButton("Start")
        self.begin.setDefault(True)
        self.begin.clicked.connect(self._begin)
        cancel = QPushButton("Cancel")
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        self._lay_out(cancel)
        for source in (self.data, self.teacher, self.unlabelled, place):
            source.changed.connect(self.refresh)

    def problem(self) -> str:
        """What keeps the job from beginning; empty where nothing does."""
        for folders in (self.data, self.teacher, self.unlabelled):
            if folders.problem:
                return folders.problem
        if not self.data.folders:
            return "data: no data set is chosen, wanted at least one with the splits train, val and test"
        if self.unlabelled.folders and not self.teacher.folders:
            return "pictures: they have no fixations, wanted a teacher's maps of them"
        return self.place.problem

    def estimate(self) -> str:
        """How long it will take, in words."""
        raise NotImplementedError

    def job(self) -> Wanted:
        """The job as the fields say."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Show what follows from the fields."""
        problem = self.problem()
        checking = any(folders.checking for folders in (self.data, self.teacher, self.unlabelled))
        self._problem.setText(problem or ("Looking into the folders…" if checking else ""))
        self._problem.setVisible(bool(problem) or checking)
        self._estimate.setText(self.estimate())
        self.begin.setEnabled(not problem and not checking)

    def show_theme(self, theme: Theme) -> None:
        self.setStyleSheet(
            f"QLineEdit, QSpinBox, QDoubleSpinBox {{ border: 1px solid {theme.line}; border-radius: {RADIUS}px;"
            f" padding: 3px 7px; background: {theme.field}; color: {theme.text};"
            f" selection-background-color: {theme.accent}; selection-color: {theme.on_accent}; }}"
            f"QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus {{ border-color: {theme.accent}; }}"
            "QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button"
            "{ width: 0px; height: 0px; border: none; subcontrol-origin: border; }"
            f"QToolButton#more {{ border: none; color: {theme.accent}; padding: 2px 0px; }}"
        )

    def add_row(self, label: str, *fields: QWidget, more: bool = False, hint: str = "") -> None:
        """A row of the form, or of what is folded away."""
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        for field in fields:
            row.addWidget(field)
            if hint and not field.toolTip():
                field.setToolTip(hint)
        if all(f.sizePolicy().horizontalPolicy() == QSizePolicy.Policy.Fixed for f in fields):
            row.addStretch(1)
        name = QLabel(label)
        name.setToolTip(hint)
        name.setFixedSize(LABEL_WIDTH, fields[0].fontMetrics().height() + 10)  # beside the first line of what is tall
        name.setBuddy(fields[0])
        (self.more if more else self.form).addRow(name, row)
        self._rows[fields[0]] = row

    def show_row(self, field: QWidget, shown: bool) -> None:
        """Show or hide the row of the form that begins with field."""
        self.form.setRowVisible(self._rows[field], shown)

    def _begin(self) -> None:
        if not self.problem() and may_replace(self, self.place.path):
            job = self.job()
            self.accept()
            self.wanted.emit(job)

    def _show_more(self, shown: bool) -> None:
        self._more.setVisible(shown)
        self._open_more.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)
        if shown:
            screen = self.screen().availableGeometry()
            room = screen.height() - 8 * SPACE
            wanted = self.height() - self._area.viewport().height() + self._content.sizeHint().height()
            self.resize(self.width(), max(self.height(), min(wanted, room, MOST_HEIGHT)))
            below = self.frameGeometry().bottom() - screen.bottom()
            if below > 0:  # its buttons would be out of sight
                self.move(self.x(), max(screen.top(), self.y() - below))

    def _lay_out(self, cancel: QPushButton) -> None:
        content = self._content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, SPACE)
        column.setSpacing(SPACE)
        column.addWidget(self._introduction)
        column.addLayout(self.form)
        column.addWidget(self._open_more)
        column.addWidget(self._more)
        column.addStretch(1)
        area = self._area = QScrollArea()
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        buttons.addStretch(1)
        buttons.addWidget(self.begin)
        buttons.addWidget(cancel)
        bottom = QVBoxLayout()
        bottom.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, 2 * SPACE)
        bottom.setSpacing(SPACE)
        bottom.addWidget(self._estimate)
        bottom.addWidget(self._problem)
        bottom.addLayout(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(area, 1)
        layout.addLayout(bottom)
        resize_within_screen(self, WIDTH, HEIGHT)


def form() -> QFormLayout:
    layout = QFormLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setHorizontalSpacing(2 * SPACE)
    layout.setVerticalSpacing(SPACE)
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
    return layout


def words(text: str = "", role: str = "muted") -> QLabel:
    label = QLabel(text, wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    return label


def data_words(folder: Path) -> str:
    """What is in a data set that can be trained on. Raises DataError where it cannot."""
    training, validation, test = (read_data_set(folder, split) for split in ("train", "val", "test"))
    n = len(training.stimuli)
    return f"{n:,} pictures to train on, {len(validation.stimuli):,} to validate with, {len(test.stimuli):,} to test"


def picture_words(folder: Path) -> str:
    """How many pictures without fixations are in a folder. Raises a GazeError where there are none."""
    if (folder / "images.csv").exists():
        return f"{len(read_data_set(folder, 'unlabelled').stimuli):,} pictures"
    return f"{len(pictures_in(folder)):,} pictures"


def teacher_words(folder: Path) -> str:
    """Whose maps are in a folder. Raises DataError where there are none."""
    from gazeengine.teacher_maps import TeacherMaps  # imports torch

    return f"of {TeacherMaps.open(folder).about.get('name', 'a teacher without a name')}"


def may_replace(parent: QWidget, path: Path | None) -> bool:
    """Asks where a file is there already; a folder is written into."""
    if path is None or not path.is_file():
        return True
    question = f"{path.name} already exists. Replace it when the job is done?"
    return QMessageBox.question(parent, "Replace file", question) == QMessageBox.StandardButton.Yes


def ask_before_closing(parent: QWidget, title: str) -> Literal["leave", "discard"] | None:
    """What becomes of a running job when the window closes: "leave" or "discard"; None to stay."""
    box = QMessageBox(QMessageBox.Icon.Question, "A job is running", f"“{title}” is not done.", parent=parent)
    box.setInformativeText("It can be saved now and go on when FisherGaze is started next time.")
    leave = box.addButton("Pause it and go on next time", QMessageBox.ButtonRole.AcceptRole)
    discard = box.addButton("Stop and discard", QMessageBox.ButtonRole.DestructiveRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(leave)
    box.exec()
    clicked = box.clickedButton()
    box.deleteLater()
    return "leave" if clicked is leave else "discard" if clicked is discard else None


def ask_before_discarding(parent: QWidget, title: str, kept: Sequence[str] = ()) -> bool:
    """Whether what a job has learned may go."""
    box = QMessageBox(QMessageBox.Icon.Question, "Stop and discard", f"Discard “{title}”?", parent=parent)
    files = f" What it has written already stays: {', '.join(kept)}." if kept else ""
    box.setInformativeText(f"All that it has learned so far is deleted.{files}")
    discard = box.addButton("Stop and discard", QMessageBox.ButtonRole.DestructiveRole)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(cancel)
    box.exec()
    clicked = box.clickedButton()
    box.deleteLater()
    return clicked is discard
