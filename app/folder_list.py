"""A list of folders to choose: added by a dialog or dropped, each with a line on what was found in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.background import Background
from app.clipboard import local_files
from app.drawing import sized
from app.theme import RADIUS, SPACE

Check = Callable[[Path], str]


class FolderList(QFrame):
    """Folders in the order in which they came. check says in the background what is in one, or raises a GazeError.

    changed() also comes when a check has ended.
    """

    changed = Signal()

    def __init__(self, what: str, check: Check, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._what = what
        self._check = check
        self._background = background
        self._rows: dict[Path, _Row] = {}
        self.begins_at: Path | None = None  # where the dialog looks first
        self.setAcceptDrops(True)
        self.setObjectName("folders")
        self.setStyleSheet(
            f"#folders {{ border: 1px solid palette(mid); border-radius: {RADIUS}px; background: palette(base); }}"
        )
        self._hint = QLabel(f"Drop {what} here")
        self._hint.setProperty("role", "muted")
        self._add = QPushButton("Add…")
        self._add.setAutoDefault(False)
        self._add.setAccessibleName(f"Add {what}")
        self._add.clicked.connect(self._ask)
        bottom = QHBoxLayout()
        bottom.setContentsMargins(0, 0, 0, 0)
        bottom.addWidget(self._hint, 1)
        bottom.addWidget(self._add)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(SPACE, SPACE // 2, SPACE // 2, SPACE // 2)
        self._column.setSpacing(2)
        self._column.addLayout(bottom)

    @property
    def folders(self) -> list[Path]:
        return list(self._rows)

    @property
    def problem(self) -> str:
        """What is wrong with the first folder that cannot be used; empty where all can."""
        return next((row.problem for row in self._rows.values() if row.problem), "")

    @property
    def checking(self) -> bool:
        """Whether it is not known yet of all folders what is in them."""
        return any(row.checking for row in self._rows.values())

    def show_folders(self, folders: Sequence[Path]) -> None:
        """These, and no others; what is known of one stays."""
        for path in [path for path in self._rows if path not in folders]:
            self._remove(path)
        self.add(folders)

    def add(self, folders: Sequence[Path]) -> None:
        for path in folders:
            if path not in self._rows:
                row = self._rows[path] = _Row(path)
                row.removed.connect(partial(self._remove, path))
                self._column.insertWidget(self._column.count() - 1, row)
                self._background.do(
                    partial(self._check, path), partial(self._told, row, problem=False), partial(self._told, row)
                )
        self.changed.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(path.is_dir() for path in local_files(event.mimeData())):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        folders = [path for path in local_files(event.mimeData()) if path.is_dir()]
        if folders:
            event.acceptProposedAction()
            self.add(folders)

    def _ask(self) -> None:
        begin = str(self.begins_at or (self.folders[-1].parent if self._rows else Path.home()))
        if name := QFileDialog.getExistingDirectory(self, f"Add {self._what}", begin):
            self.add([Path(name)])

    def _told(self, row: _Row, words: str, *, problem: bool = True) -> None:
        if self._rows.get(row.path) is row:
            row.show_words(words, problem=problem)
            self.changed.emit()

    def _remove(self, path: Path) -> None:
        row = self._rows.pop(path)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()
        self.changed.emit()


class _Row(QWidget):
    """A folder's name, what is in it, and a button to leave it out."""

    removed = Signal()

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.problem = ""
        self.checking = True
        self._name, self._words = QLabel(path.name or str(path)), QLabel("looking…")
        self._name.setToolTip(str(path))
        for label in (self._name, self._words):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setFont(sized(self.font(), 0.92))
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._words.setProperty("role", "muted")
        remove = QToolButton()
        remove.setText("✕")
        remove.setAutoRaise(True)
        remove.setToolTip("Leave it out")
        remove.setAccessibleName(f"Leave out {path.name}")
        remove.clicked.connect(self.removed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self._name)
        layout.addWidget(self._words, 1)
        layout.addWidget(remove)

    def show_words(self, words: str, *, problem: bool) -> None:
        self.checking = False
        self.problem = words if problem else ""
        self._words.setText(words)
        self._words.setToolTip(words if problem else "")
        self._words.setProperty("role", "problem" if problem else "muted")
        self._words.style().polish(self._words)
