"""How a long page is read: in what viewport, and how attention is shared among its folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QSizePolicy, QWidget

from app.theme import SPACE
from gazeengine.domain import USUAL_LOOK, Look
from gazeengine.viewports import Depth, Fold, Viewport

VIEWPORT_WORDS: tuple[tuple[Viewport, str, str], ...] = (
    (
        "auto",
        "By its size",
        "Screenshots much longer than any screen are read as pages: 16:10, narrow ones as a phone's",
    ),
    ("16:10", "16:10", "A laptop's browser"),
    ("16:9", "16:9", "A wide screen"),
    ("4:3", "4:3", "A tablet"),
    ("phone", "Phone", "What a phone's browser shows, 9:16"),
    ("none", "All at once", "No page: the whole picture is one view"),
)
DEPTH_WORDS: tuple[tuple[Depth, str, str], ...] = (
    ("even", "Evenly", "Every screenful gets as much, so that folds compare"),
    (
        "viewing time",
        "By viewing time",
        "57 % of the time on a page goes to the first screenful, 17 % to the second and ever less below "
        "(Nielsen Norman Group 2018, 120 people)",
    ),
)


class FoldControls(QWidget):
    """Choices of viewport and depth, and whether fold lines are drawn."""

    look_chosen = Signal(object)  # Look
    lines_chosen = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = USUAL_LOOK
        self.viewport_box, self.depth_box = QComboBox(), QComboBox()
        self.lines = QCheckBox("Fold &lines")
        self.lines.setToolTip("Lines over the page where a viewport ends, and the numbers of folds")
        self._found = QLabel()
        self._found.setProperty("role", "muted")
        self._found.setWordWrap(True)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(SPACE)
        layout.setVerticalSpacing(SPACE)
        layout.setColumnStretch(1, 1)
        for row, (label, box, words, hint) in enumerate(
            (
                (
                    "View&port",
                    self.viewport_box,
                    VIEWPORT_WORDS,
                    "What of the page is seen and read at once",
                ),
                ("Atte&ntion", self.depth_box, DEPTH_WORDS, "How attention is shared among the folds"),
            )
        ):
            title = QLabel(label)
            title.setBuddy(box)
            box.setAccessibleName(hint)
            box.setToolTip(hint)
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            box.setMinimumContentsLength(8)
            for at, (value, name, explanation) in enumerate(words):
                box.addItem(name, value)
                box.setItemData(at, explanation, Qt.ItemDataRole.ToolTipRole)
            layout.addWidget(title, row, 0)
            layout.addWidget(box, row, 1)
        layout.addWidget(self.lines, 2, 0, 1, 2)
        layout.addWidget(self._found, 3, 0, 1, 2)
        self.viewport_box.currentIndexChanged.connect(
            lambda row: self._choose(replace(self._look, viewport=VIEWPORT_WORDS[row][0]))
        )
        self.depth_box.currentIndexChanged.connect(
            lambda row: self._choose(replace(self._look, depth=DEPTH_WORDS[row][0]))
        )
        self.lines.toggled.connect(self.lines_chosen)
        self.show_look(self._look)
        self.show_folds(())

    @property
    def words(self) -> str:
        """What is said of the page."""
        return self._found.text()

    def show_look(self, look: Look) -> None:
        self._look = look
        rows = (
            [v for v, _, _ in VIEWPORT_WORDS].index(look.viewport),
            [d for d, _, _ in DEPTH_WORDS].index(look.depth),
        )
        for box, row in zip((self.viewport_box, self.depth_box), rows, strict=True):
            with QSignalBlocker(box):
                box.setCurrentIndex(row)

    def show_lines(self, lines: bool) -> None:
        with QSignalBlocker(self.lines):
            self.lines.setChecked(lines)

    def show_folds(self, folds: Sequence[Fold]) -> None:
        """Say how the picture is read: in these folds, or as one view."""
        self.depth_box.setEnabled(bool(folds))
        self.lines.setEnabled(bool(folds))
        if folds:
            first = folds[0]
            self._found.setText(
                f"Read in {len(folds)} folds of {first.height:,} px. PgDn and PgUp go from one to the next."
            )
        else:
            self._found.setText("Read as one view.")

    def _choose(self, look: Look) -> None:
        if look != self._look:
            self._look = look
            self.look_chosen.emit(look)
