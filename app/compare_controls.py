"""What is compared: the present picture and network as A, and what is chosen beside it, each with a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.comparing import LETTERS
from app.theme import RADIUS, SPACE, Theme, current_theme

_MOST_NAME = 180  # px
_LEAST_WORDS = 12  # characters that a list is at least wide


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be chosen; an offer without a key is a heading."""

    key: object
    title: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One side: what it can be and is, how it is usually called, and the name that it was given."""

    letter: str
    offers: tuple[Offer, ...]
    chosen: object
    usual_name: str
    given_name: str
    shown: str = ""  # where what is chosen is not among the offers


class CompareControls(QWidget):
    """A row for each side; without a comparison one that begins it."""

    other_chosen = Signal(int, object)  # row among the others, key of an offer
    picture_chosen = Signal(object)  # key of an offer: A's
    named = Signal(int, str)  # row, A's is 0
    add_asked = Signal()
    removal_asked = Signal(int)  # row among the others
    leave_asked = Signal()
    again_asked = Signal()
    open_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hint = QLabel(wordWrap=True)
        self.hint.setProperty("role", "muted")
        self.rows: list[_RowControls] = []
        self._grid = QVBoxLayout()
        self._grid.setSpacing(SPACE)
        self.open = QPushButton("Open a picture…")
        self.open.setToolTip("A second design, to compare this one with (Ctrl+O)")
        self.open.clicked.connect(self.open_asked)
        self.again = QPushButton()
        self.again.setToolTip("Go on with the comparison that was closed (Alt+1 to Alt+4)")
        self.again.clicked.connect(self.again_asked)
        self.again.hide()
        self.add = QPushButton("Add another")
        self.add.setToolTip("Show one more beside them (Alt+6)")
        self.add.clicked.connect(self.add_asked)
        self.leave = QPushButton("Close comparison")
        self.leave.setToolTip("Back to one picture (Esc)")
        self.leave.clicked.connect(self.leave_asked)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        buttons.addWidget(self.add)
        buttons.addWidget(self.leave)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.hint)
        layout.addLayout(self._grid)
        layout.addWidget(self.again)
        layout.addWidget(self.open)
        layout.addLayout(buttons)
        self.show_theme(current_theme())
        self.show_rows((), comparing=False, can_add=False)

    def show_rows(self, rows: Sequence[Row], *, comparing: bool, can_add: bool) -> None:
        """rows are A's and those of the others; without a comparison the last is what it begins with."""
        while len(self.rows) < len(rows):
            self._add_row()
        for controls, row in zip(self.rows, rows, strict=False):
            removable = comparing and len(rows) > 2 and controls.index > 0
            controls.show_row(row, comparing=comparing, removable=removable)
        for controls in self.rows:
            controls.setVisible(controls.index < len(rows))
        several = bool(rows) and len(rows[0].offers) > 1
        words = "" if comparing or several else "Open a second picture to compare with, or choose another network."
        if not rows:
            words = "Open two pictures to compare them."
        self.hint.setText(words)
        self.hint.setVisible(bool(words))
        self.open.setVisible(not comparing and not several)
        self.add.setVisible(comparing)
        self.add.setEnabled(can_add)
        self.leave.setVisible(comparing)

    def show_theme(self, theme: Theme) -> None:
        self.setStyleSheet(
            f"QLineEdit {{ border: 1px solid {theme.line}; border-radius: {RADIUS - 2}px; padding: 2px 5px;"
            f" background: {theme.field}; }} QLineEdit:focus {{ border-color: {theme.accent}; }}"
        )

    def show_again(self, name: str | None) -> None:
        """Offer to go on with what was compared with last; None for nothing."""
        words = self.fontMetrics().elidedText(name or "", Qt.TextElideMode.ElideMiddle, _MOST_NAME)
        self.again.setText(f"Again with {words}")
        self.again.setVisible(name is not None)

    def ask(self) -> None:
        """Have a person choose what to compare with."""
        if len(self.rows) > 1 and not self.rows[1].isHidden():
            self.rows[1].list.setFocus()
            self.rows[1].list.showPopup()
        else:
            self.open.setFocus()

    def _add_row(self) -> None:
        row = _RowControls(len(self.rows))
        i = row.index
        if i == 0:
            row.list.activated.connect(lambda _: self.picture_chosen.emit(row.chosen))
        else:
            row.list.activated.connect(lambda _: self.other_chosen.emit(i - 1, row.chosen))
        row.name.editingFinished.connect(lambda: self.named.emit(i, row.name.text().strip()))
        row.remove.clicked.connect(lambda: self.removal_asked.emit(i - 1))
        self.rows.append(row)
        self._grid.addWidget(row)


class _RowControls(QWidget):
    """The letter of a side, a list to choose from, and below it a field for its name."""

    def __init__(self, index: int) -> None:
        super().__init__()
        self.index = index
        self._row: Row | None = None
        self.letter = QLabel()
        font = self.letter.font()
        font.setBold(True)
        self.letter.setFont(font)
        widest = max(QFontMetrics(font).horizontalAdvance(letter) for letter in LETTERS)
        self.letter.setMinimumWidth(widest)  # lists stand one exactly below the other
        self.list = QComboBox()
        self.list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.list.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.list.setMinimumContentsLength(_LEAST_WORDS)
        self.name = QLineEdit()
        self.remove = QToolButton()
        self.remove.setText("✕")
        self.remove.setAutoRaise(True)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(SPACE)
        layout.setVerticalSpacing(SPACE // 2)
        layout.addWidget(self.letter, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self.list, 0, 1)
        layout.addWidget(self.remove, 0, 2)
        layout.addWidget(self.name, 1, 1)
        layout.setColumnStretch(1, 1)

    @property
    def chosen(self) -> object:
        return self.list.currentData()

    def show_row(self, row: Row, *, comparing: bool, removable: bool) -> None:
        before, self._row = self._row, row
        if before is None or (before.offers, before.chosen, before.shown) != (row.offers, row.chosen, row.shown):
            self._fill(row)
        self.letter.setText(row.letter)
        self.list.setAccessibleName(f"{row.letter}: what is compared")
        self.list.setToolTip(f"What {row.letter} is: a picture, or another network on the same one")
        self.name.setPlaceholderText(f"Name: {row.usual_name}" if row.usual_name else "Name")
        self.name.setAccessibleName(f"Name of {row.letter}")
        self.name.setToolTip(f"How {row.letter} is called in pictures and tables")
        self.name.setVisible(comparing)
        if not (self.name.hasFocus() and self.name.isModified()):
            with QSignalBlocker(self.name):
                self.name.setText(row.given_name)
        self.remove.setVisible(removable)
        self.remove.setToolTip(f"Take {row.letter} out of the comparison")
        self.remove.setAccessibleName(f"Remove {row.letter}")

    def _fill(self, row: Row) -> None:
        with QSignalBlocker(self.list):
            self.list.clear()
            for offer in row.offers:
                if offer.key is None:
                    self.list.insertSeparator(self.list.count())
                    continue
                self.list.addItem(offer.title, offer.key)
                self.list.setItemData(self.list.count() - 1, offer.hint, Qt.ItemDataRole.ToolTipRole)
            keys = [self.list.itemData(i) for i in range(self.list.count())]  # None for a line
            at = keys.index(row.chosen) if row.chosen is not None and row.chosen in keys else -1
            if at < 0 and row.chosen is not None:
                self.list.addItem(row.shown, row.chosen)
                at = self.list.count() - 1
            self.list.setPlaceholderText(row.shown or "Compare with…")
            self.list.setCurrentIndex(at)
            self.list.setToolTip(self.list.itemText(at) if at >= 0 else "")
