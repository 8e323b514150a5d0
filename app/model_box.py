"""Choosing the model, and what is known of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.library import ModelEntry
from app.theme import SPACE
from gazeengine.checkpoint import Checkpoint


class ModelBox(QWidget):
    """The models that can be chosen, shipped ones first, and a few words on the chosen one."""

    chosen = Signal(str)  # key
    open_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._list = QComboBox()
        self._list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._list.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._list.setAccessibleName("Model")
        self._list.activated.connect(lambda row: self.chosen.emit(self._list.itemData(row)))
        self._open = QPushButton("Open…")
        self._open.setToolTip("Open a model file")
        self._open.clicked.connect(self.open_asked)
        self._about = QLabel(wordWrap=True)
        self._about.setTextFormat(Qt.TextFormat.PlainText)
        self._about.setProperty("role", "muted")
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self._list, 1)
        row.addWidget(self._open)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE // 2)
        layout.addLayout(row)
        layout.addWidget(self._about)

    def show_models(self, entries: Sequence[ModelEntry], selected: str | None) -> None:
        with QSignalBlocker(self._list):
            self._list.clear()
            for entry in sorted(entries, key=lambda e: not e.shipped):
                title = entry.checkpoint.name if entry.checkpoint is not None else entry.title
                self._list.addItem(title, entry.key)
                self._list.setItemData(self._list.count() - 1, str(entry.path), Qt.ItemDataRole.ToolTipRole)
                if entry.key == selected:
                    self._list.setCurrentIndex(self._list.count() - 1)
                    self._show_about(entry.checkpoint)
            if selected is None:
                self._list.setCurrentIndex(-1)

    def _show_about(self, checkpoint: Checkpoint | None) -> None:
        self._about.setText(summary(checkpoint) if checkpoint is not None else "Reading…")
        self._about.setToolTip(details(checkpoint) if checkpoint is not None else "")


def summary(checkpoint: Checkpoint) -> str:
    """What it was trained on and how well it does, in a line or two."""
    height, width = checkpoint.working_size
    lines = [f"{checkpoint.architecture.title}, looks at {width} × {height}"]
    scores = [line for name, s in checkpoint.scores.items() if (line := _score(name.removesuffix(" test"), s))]
    lines += scores or ["no scores of its own yet"]
    if checkpoint.signal is None:
        lines.append("carries no Fisher signal: it cannot be pruned here")
    return "\n".join(lines)


def details(checkpoint: Checkpoint) -> str:
    """All that its file says of where it comes from."""
    lines = [f"{key}: {value}" for key, value in checkpoint.provenance.items()]
    lines += [f"{name}: {_all_of(s)}" for name, s in checkpoint.scores.items()]
    return "\n".join(lines)


def _score(name: str, scores: object) -> str:
    """In a few words; empty where the file does not say what is known here."""
    match scores:
        case {"information_gain_bits": float(bits), "auc": float(auc)}:
            return f"{name} {bits:.2f} bit, AUC {auc:.3f}"
        case _:
            return ""


def _all_of(scores: object) -> str:
    match scores:
        case {"information_gain_bits": float(bits), "baseline": str(baseline), "nss": float(nss)}:
            return f"{bits:.3f} bit per fixation over the {baseline}, NSS {nss:.2f}"
        case _:
            return str(scores)
