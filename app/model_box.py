"""Choosing the model, and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.beta_scale import beta_words
from app.library import ModelEntry
from app.model_names import told_apart
from app.theme import SPACE
from gazeengine.checkpoint import Checkpoint
from gazeengine.families import Family

MOST_SHOWN = 60  # characters of a name in the list that opens


class ModelBox(QWidget):
    """The models that can be chosen, shipped ones first, and a few words on the chosen one."""

    chosen = Signal(str)  # key
    open_asked = Signal()
    about_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._list = QComboBox()
        self._list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._list.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._list.setAccessibleName("Model")
        self._list.setToolTip("The network that looks")
        self._list.activated.connect(lambda row: self.chosen.emit(self._list.itemData(row)))
        self._open = QPushButton("Open…")
        self._open.setToolTip("Open a model file")
        self._open.clicked.connect(self.open_asked)
        self._more = QPushButton("i")
        self._more.setToolTip("About this model: its data, scores, and what it was not tested on (F1)")
        self._more.setAccessibleName("About this model")
        self._more.setStyleSheet("padding: 3px 0px; font-weight: 600;")
        self._more.setFixedWidth(28)
        self._more.clicked.connect(self.about_asked)
        self._about = QLabel(wordWrap=True)
        self._about.setTextFormat(Qt.TextFormat.PlainText)
        self._about.setProperty("role", "muted")
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self._list, 1)
        row.addWidget(self._more)
        row.addWidget(self._open)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE // 2)
        layout.addLayout(row)
        layout.addWidget(self._about)

    def show_models(self, entries: Sequence[ModelEntry], selected: str | None) -> None:
        with QSignalBlocker(self._list):
            self._list.clear()
            names = told_apart(entries)
            for entry in sorted(entries, key=lambda e: not e.shipped):
                self._list.addItem(names[entry.key], entry.key)
                self._list.setItemData(self._list.count() - 1, str(entry.path), Qt.ItemDataRole.ToolTipRole)
                if entry.key == selected:
                    self._list.setCurrentIndex(self._list.count() - 1)
                    self._show_about(entry.checkpoint, entry.family)
            if selected is None:
                self._list.setCurrentIndex(-1)
        view = self._list.view()  # as wide as the names
        most = MOST_SHOWN * view.fontMetrics().averageCharWidth()
        view.setMinimumWidth(min(view.sizeHintForColumn(0) + 2 * SPACE, most))

    def _show_about(self, checkpoint: Checkpoint | None, family: Family | None) -> None:
        self._about.setText(summary(checkpoint, family) if checkpoint is not None else "Reading…")
        self._about.setToolTip(details(checkpoint, family) if checkpoint is not None else "")


def summary(checkpoint: Checkpoint, family: Family | None = None) -> str:
    """What it was trained on and how well it does, in a line or two."""
    height, width = checkpoint.working_size
    n = len(family.snapshots) if family is not None else 0
    snapshots = f", {n} snapshot{'s' if n > 1 else ''}" if n else ""
    lines = [f"{checkpoint.architecture.title}, looks at {width} × {height}{snapshots}"]
    scores = [line for name, s in checkpoint.scores.items() if (line := _score(name.removesuffix(" test"), s))]
    lines += scores or ["no scores of its own yet"]
    if checkpoint.signal is None:
        lines.append("carries no Fisher signal: it cannot be pruned here")
    return "\n".join(lines)


def details(checkpoint: Checkpoint, family: Family | None = None) -> str:
    """All that its file says of where it comes from, and which networks were trained from it on."""
    lines = [f"{key}: {value}" for key, value in checkpoint.provenance.items()]
    lines += [f"{name}: {_all_of(s)}" for name, s in checkpoint.scores.items()]
    snapshots = family.snapshots if family is not None else ()
    for beta in dict.fromkeys(s.beta for s in snapshots):
        run = [s for s in snapshots if s.beta == beta]
        for made in dict.fromkeys(s.made for s in run):
            of_these = ", ".join(f"{s.n:,}{_gain(s.scores)}" for s in run if s.made == made)
            lines.append(f"{made} at {beta_words(beta)} with so many pruned: {of_these}")
    return "\n".join(lines)


def _gain(scores: Mapping[str, object]) -> str:
    """The first measured one, in brackets."""
    for found in scores.values():
        match found:
            case {"information_gain_bits": float(bits)}:
                return f" ({bits:.2f} bit)"
    return ""


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
