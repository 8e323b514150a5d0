"""How a comparison is shown: its mode, what that mode leaves open, swapping the sides, and leaving."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QFrame, QPushButton, QWidget

from app.comparing import BLINK_S, COMPARE_MODES, RANGE_CHOICES, TITLES, CompareMode, Comparing, range_words
from app.flow_layout import FlowLayout
from app.segmented_switch import SegmentedSwitch
from app.theme import SPACE, Theme, current_theme

_BLINK_S = 0.8


class CompareBar(QFrame):
    """A line of controls over the pictures that are compared."""

    mode_chosen = Signal(str)  # CompareMode
    against_chosen = Signal(int)
    range_chosen = Signal(object)  # bits, or None
    blink_chosen = Signal(object)  # seconds, or None
    swap_asked = Signal()
    leave_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.mode = SegmentedSwitch([TITLES[mode][0] for mode in COMPARE_MODES])
        self.mode.setAccessibleName("How the comparison is shown")
        for i in range(len(COMPARE_MODES)):
            self.mode.button(i).setFont(self.font())
            self.mode.button(i).setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.mode.button(i).setToolTip(TITLES[COMPARE_MODES[i]][1])
        self.mode.chosen.connect(lambda row: self.mode_chosen.emit(COMPARE_MODES[row]))
        self.against = QComboBox()
        self.against.setAccessibleName("What is held against A")
        self.against.setToolTip("What is held against A")
        self.against.activated.connect(self.against_chosen)
        self.range = QComboBox()
        self.range.setAccessibleName("Range of the colours of the difference")
        self.range.setToolTip("Where the colours end: a fixed range makes comparisons comparable with one another")
        for bits in RANGE_CHOICES:
            self.range.addItem(range_words(bits), bits)
        self.range.activated.connect(lambda row: self.range_chosen.emit(RANGE_CHOICES[row]))
        self.timed = QCheckBox("On its own, every")
        self.timed.setToolTip("Change on its own; Space does so at any time")
        self.timed.setAccessibleName("Blink on its own")
        self.every = QDoubleSpinBox(minimum=BLINK_S[0], maximum=BLINK_S[1], singleStep=0.2, decimals=1, suffix=" s")
        self.every.setAccessibleName("Seconds between pictures")
        self.every.setToolTip("Seconds between pictures")
        self.every.setValue(_BLINK_S)
        self.timed.clicked.connect(self._choose_blink)
        self.every.valueChanged.connect(self._choose_blink)
        self.swap = QPushButton("⇄ Swap")
        self.swap.setToolTip("A takes the place of B, and B that of A (Alt+5)")
        self.swap.setAccessibleName("Swap A and B")
        self.swap.clicked.connect(self.swap_asked)
        self.leave = QPushButton("✕ Close")
        self.leave.setToolTip("Back to one picture (Esc)")
        self.leave.setAccessibleName("Close the comparison")
        self.leave.clicked.connect(self.leave_asked)
        layout = FlowLayout(self, spacing=SPACE)
        layout.setContentsMargins(SPACE, SPACE // 2, SPACE, SPACE // 2)
        for control in (
            self.mode,
            self.against,
            self.range,
            self.timed,
            self.every,
            self.swap,
            self.leave,
        ):
            layout.addWidget(control)
        self.setObjectName("bar")
        self.show_theme(current_theme())

    def show_comparing(self, comparing: Comparing, mode: CompareMode, letters: Sequence[str], reason: str) -> None:
        """mode is the one that is shown; letters are those of the sides; reason why only side by side makes sense."""
        self.mode.show_chosen(COMPARE_MODES.index(mode))
        for i, each in enumerate(COMPARE_MODES):
            title, hint = TITLES[each]
            possible = each == "beside" or not reason
            self.mode.button(i).setEnabled(possible)
            self.mode.button(i).setToolTip(f"{hint} (Alt+{i + 1})" if possible else f"{title}: {reason}")
        with QSignalBlocker(self.against):
            self.against.clear()
            self.against.addItems([f"A and {letter}" for letter in letters[1:]])
            self.against.setCurrentIndex(comparing.against)
        with QSignalBlocker(self.range):
            known = comparing.range_bits in RANGE_CHOICES
            self.range.setCurrentIndex(RANGE_CHOICES.index(comparing.range_bits) if known else 0)
        with QSignalBlocker(self.every):
            self.every.setValue(comparing.blink_s or self.every.value())
        self.timed.setChecked(comparing.blink_s is not None)
        self.every.setEnabled(comparing.blink_s is not None)
        self.against.setVisible(len(letters) > 2)
        self.range.setVisible(mode == "difference")
        self.timed.setVisible(mode == "blink")
        self.every.setVisible(mode == "blink")
        self.swap.setText(f"⇄ Swap A and {letters[1 + comparing.against]}" if len(letters) > 2 else "⇄ Swap")

    def show_theme(self, theme: Theme) -> None:
        self.mode.show_theme(theme)
        self.setStyleSheet(f"#bar {{ background: {theme.panel}; border-bottom: 1px solid {theme.line}; }}")

    def _choose_blink(self) -> None:
        self.blink_chosen.emit(self.every.value() if self.timed.isChecked() else None)
