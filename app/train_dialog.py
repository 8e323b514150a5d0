""" "Train…": a network from pretrained features, or the present one further, on fixations or to a teacher's maps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox, QLineEdit, QSizePolicy, QWidget

from app.background import Background
from app.job_commands import command_line
from app.job_dialogs import JobDialog, Wanted
from app.job_estimates import TRAINING_PASSES, Speed, time_needed
from app.job_fields import NumberField, PlaceField, SizeField
from app.job_records import Kind
from gazeengine.architecture import ARCHITECTURES
from gazeengine.checkpoint import SUFFIX
from gazeengine.commands.arguments import TRAINING
from gazeengine.cost import flops_model
from gazeengine.runs import PRECISIONS

INTRODUCTION = (
    "A network learns where people look: from fixations, or from a teacher's maps and fixations. In the end it has a "
    "Fisher signal, so that it can be pruned, and its scores on the pictures that were kept for testing."
)
TRAINABLE = ("fastgaze", "densegaze", "litegaze")
SIZE = (240, 320)
MAIN = ("n_steps", "batch")  # of the table of options; the others are folded away
LARGEST = 10**9 - 1
LABELS = {
    "n_steps": "Steps",
    "batch": "Pictures a step",
    "learning_rate": "Learning rate",
    "readout_learning_rate": "… of the readout",
    "warm_up_steps": "Warm-up",
    "gradient_norm": "Gradient norm",
    "validate_every": "Validate every",
    "patience": "Patience",
    "least_scale": "Least part seen",
    "teacher_share": "Teacher's share",
    "seed": "Seed",
    "precision": "Precision",
}
"""Names of options in the window; what they mean is told by the command line's table."""


@dataclass(frozen=True, slots=True)
class Present:
    """The network that is open, to go on from; speed is None where no latency was measured."""

    name: str
    architecture: str
    path: Path
    size: tuple[int, int]
    flops: int
    speed: Speed | None


class TrainDialog(JobDialog):
    """Composes train, or distill where there is a teacher or a network to go on from."""

    def __init__(self, background: Background, parent: QWidget, folder: Path) -> None:
        place = PlaceField("Model file to write")
        super().__init__("Train", INTRODUCTION, place, background, parent)
        self._folder = folder
        self._present: Present | None = None
        self._begin_with = QComboBox()
        self._begin_with.addItems(["Pretrained features", "Random features"])
        self._begin_with.currentIndexChanged.connect(self.refresh)
        self._architecture = QComboBox()
        for name in TRAINABLE:
            self._architecture.addItem(ARCHITECTURES[name].title, name)
        self._architecture.currentIndexChanged.connect(self.refresh)
        for box in (self._begin_with, self._architecture):
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._features = PlaceField("Features", existing=True)
        self._features.changed.connect(self.refresh)
        self._name = QLineEdit()
        self._name.textEdited.connect(self.refresh)
        self._size = SizeField()
        self._size.show_extent(SIZE)
        self._size.changed.connect(self.refresh)
        self._numbers: dict[str, NumberField] = {}
        self.add_row("Begin with", self._begin_with)
        self.add_row("Features", self._features, hint="A safetensors file with the names of torchvision's networks")
        self.add_row("Architecture", self._architecture)
        hint = "Folders with pictures and fixations, in the plain format or as published"
        self.add_row("Data", self.data, hint=hint)
        self._add_numbers(main=True)
        self.add_row("Result", place)
        self.add_row("Teacher", self.teacher, more=True, hint="Maps that the network learns from beside fixations")
        self.add_row("Pictures", self.unlabelled, more=True, hint="Without fixations: the teacher's maps stand in")
        self.add_row("Looks at", self._size, more=True, hint="The network's working size")
        self.add_row("Name", self._name, more=True)
        self._add_numbers(main=False)

    def show_present(self, present: Present | None) -> None:
        """Offer to go on from this network."""
        self._present = present
        with QSignalBlocker(self._begin_with):
            while self._begin_with.count() > 2:
                self._begin_with.removeItem(2)
            if present is not None:
                self._begin_with.addItem(present.name)
        self.place.renew()
        self.refresh()

    def suggest_features(self, path: Path) -> None:
        """The file of features that was used last."""
        self._features.suggest(path)
        self.refresh()

    @property
    def features(self) -> Path | None:
        """The file that is chosen; None where it begins with something else."""
        return self._features.path if self._begin_with.currentIndex() == 0 else None

    def refresh(self) -> None:
        on = self._goes_on
        for field, shown in ((self._features, self._begin_with.currentIndex() == 0), (self._architecture, not on)):
            self.show_row(field, shown)
        self._name.setPlaceholderText(self._title())
        self.place.suggest(
            self._folder / f"{self._title().lower().replace(' ', '-')}-{'further' if on else 'own'}{SUFFIX}"
        )
        super().refresh()

    def problem(self) -> str:
        if self._begin_with.currentIndex() == 0:
            path = self._features.path
            if path is None:
                return "features: no file is named, wanted one with pretrained features, or random ones"
            if not path.is_file():
                return f"features {path}: there is no such file, wanted a safetensors file"
        return super().problem()

    def estimate(self) -> str:
        p = self._present
        size = self._size.extent
        if self._goes_on and p is not None:
            name, flops = p.architecture, p.flops * size[0] * size[1] / (p.size[0] * p.size[1])
        else:
            name = self._architecture.currentData()
            flops = float(flops_model(ARCHITECTURES[name], *size).total(ARCHITECTURES[name].widths))
        n_steps, batch = (round(self._numbers[name].value()) for name in MAIN)
        return time_needed(p.speed if p is not None else None, n_steps, batch, flops, TRAINING_PASSES, name)

    def job(self) -> Wanted:
        assert self.place.path is not None
        on, p = self._goes_on, self._present
        kind: Kind = "distill" if on or self.teacher.folders else "train"
        values: dict[str, Any] = {
            "data": self.data.folders,
            "size": self._size.extent,
            "name": self._name.text().strip() or None,
            **{field: box.value() for field, box in self._numbers.items()},
            "precision": self._precision.currentText(),
        }
        if on and p is not None:
            values["model"] = p.path
        else:
            values["architecture"] = self._architecture.currentData()
            values["features"] = self.features or "random"
        if kind == "distill":
            values |= {"teacher": self.teacher.folders, "unlabelled": self.unlabelled.folders}
        name = self._name.text().strip() or self._title()
        taught = " by a teacher" if self.teacher.folders else ""
        return Wanted(
            kind, f"Train {name}{' further' if on else ''}{taught}", command_line(kind, **values), self.place.path
        )

    @property
    def _goes_on(self) -> bool:
        return self._begin_with.currentIndex() == 2

    def _title(self) -> str:
        if self._goes_on and self._present is not None:
            return self._present.name
        return self._architecture.currentText()

    def _add_numbers(self, *, main: bool) -> None:
        for _, field, _, default, what in TRAINING:
            if (field in MAIN) == main:
                if isinstance(default, str):
                    self._add_precision(default, f"{what[0].upper()}{what[1:]}")
                    continue
                assert isinstance(default, int | float)
                whole = isinstance(default, int)
                least = 1 if main or field in ("validate_every", "patience") else 0
                share = field in ("least_scale", "teacher_share")
                box = NumberField(
                    0.1 if field == "least_scale" else least, 1 if share else LARGEST, default, 0 if whole else 9
                )
                box.valueChanged.connect(self.refresh)
                self._numbers[field] = box
                self.add_row(LABELS.get(field, field), box, more=not main, hint=f"{what[0].upper()}{what[1:]}")

    def _add_precision(self, default: str, hint: str) -> None:
        self._precision = QComboBox()
        self._precision.addItems(PRECISIONS)
        self._precision.setCurrentText(default)
        self._precision.currentIndexChanged.connect(self.refresh)
        self.add_row(LABELS["precision"], self._precision, more=True, hint=hint)
