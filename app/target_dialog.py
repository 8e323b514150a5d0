"""Asking for a network that costs at most so much."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.job_dialogs import words
from app.job_fields import NumberField
from app.room_on_screen import resize_within_screen
from app.targeting import UnitName
from app.theme import SPACE

UNITS: dict[UnitName, str] = {"gflop": "GFLOP a picture", "ms": "ms a map, predicted"}
INTRODUCTION = (
    "The β and the number of pruned features whose network costs at most this and is expected to lose least: what its "
    "trained network was measured to lose, and the estimate of what is pruned past that."
)


@dataclass(frozen=True, slots=True)
class Target:
    """At most amount of unit; tuned: at any β, else at the present one."""

    amount: float
    unit: UnitName
    tuned: bool


class TargetDialog(QDialog):
    """Stays open, so that one target can be tried behind the other; asked(Target) for each."""

    asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Prune to a target")
        self.amount = NumberField(1e-6, 1e6, 1.0, 6)
        self.amount.setAccessibleName("At most so much is left")
        self.unit = QComboBox()
        self.unit.setAccessibleName("Unit of the target")
        for name, title in UNITS.items():
            self.unit.addItem(title, name)
        self.tuned = QCheckBox("Tune β, too")
        self.tuned.setChecked(True)
        self.tuned.setToolTip("Of all β the one that is expected to lose least. Unticked: the present β stays")
        self._answer = words()
        self._answer.setAccessibleName("What was found")
        self.go, close = QPushButton("Go there"), QPushButton("Close")
        self.go.setDefault(True)
        self.go.clicked.connect(self._ask)
        close.setAutoDefault(False)
        close.clicked.connect(self.reject)
        row, buttons = QHBoxLayout(), QHBoxLayout()
        for part in (row, buttons):
            part.setSpacing(SPACE)
        most = QLabel("At &most")
        most.setBuddy(self.amount)
        for widget in (most, self.amount, self.unit):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.tuned)
        buttons.addStretch(1)
        buttons.addWidget(self.go)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(words(INTRODUCTION))
        layout.addLayout(row)
        layout.addWidget(self._answer)
        layout.addStretch(1)
        layout.addLayout(buttons)
        resize_within_screen(self, 520, 200)

    @property
    def target(self) -> Target:
        return Target(self.amount.value(), self.unit.currentData(), self.tuned.isChecked())

    @property
    def answer(self) -> str:
        return self._answer.text()

    def show_answer(self, text: str, *, working: bool = False) -> None:
        """What was found, or why nothing was; or what is being done, in which nothing else is asked for."""
        self._answer.setText(text)
        self.go.setEnabled(not working)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.amount.setFocus()
        self.amount.selectAll()

    def _ask(self) -> None:
        self.amount.interpretText()
        self.asked.emit(self.target)
