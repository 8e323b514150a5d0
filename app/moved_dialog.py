"""Pictures of a project that are not where they were: to be found in another folder, or gone on without."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from app.job_dialogs import words
from app.theme import RADIUS, SPACE
from gazeengine.project import ProjectPicture

EXPLANATION = (
    "They are looked for by their names, and by what is in them: a renamed file is found, too. Without a picture the "
    "project opens all the same; its areas stay in the project file."
)


class MovedDialog(QDialog):
    """Lists what is missing; folder_asked when the user wants to name a folder, accepted to go on without the rest."""

    folder_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Pictures have moved")
        self.setMinimumWidth(520)
        self._intro, self._state = words("", ""), words()
        self._list = QListWidget()
        self._list.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self._list.setAccessibleName("Pictures that are not where they were")
        self._list.setStyleSheet(f"QListWidget {{ border: 1px solid palette(mid); border-radius: {RADIUS}px; }}")
        self._find = QPushButton("&Find in a folder…")
        self._without = QPushButton("&Go on without them")
        self._cancel = QPushButton("Cancel")
        self._find.setDefault(True)
        self._without.setAutoDefault(False)
        self._cancel.setAutoDefault(False)
        self._find.clicked.connect(lambda: self.folder_asked.emit())
        self._without.clicked.connect(self.accept)
        self._cancel.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addStretch(1)
        for button in (self._find, self._without, self._cancel):
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self._intro)
        layout.addWidget(self._list, 1)
        layout.addWidget(words(EXPLANATION))
        layout.addWidget(self._state)
        layout.addLayout(row)

    def show_missing(self, pictures: Sequence[ProjectPicture], n_all: int, state: str = "") -> None:
        """These of n_all are missing; state says what the last search came to."""
        n = len(pictures)
        are = "is" if n == 1 else "are"
        self._intro.setText(f"{n} of {n_all} picture{'s' * (n_all != 1)} {are} not where the project saw them last:")
        self._list.clear()
        for picture in pictures:
            item = QListWidgetItem(picture.name)
            if picture.path is not None:
                item.setText(f"{picture.name}\n{picture.path.parent}")
            self._list.addItem(item)
        self._state.setText(state)
        self._state.setVisible(bool(state))
        self._find.setEnabled(True)
        self._without.setText("&Go on without it" if n == 1 else "&Go on without them")

    def show_searching(self, folder: str) -> None:
        self._state.setText(f"Looking in {folder}…")
        self._state.show()
        self._find.setEnabled(False)
