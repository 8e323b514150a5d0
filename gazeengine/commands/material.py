"""What distill and prune-run learn from: data sets, unlabelled pictures and teachers' maps, as the arguments say."""

from __future__ import annotations

import csv
import platform
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from gazeengine.errors import DataError
from gazeengine.examples import Pictures, fixated
from gazeengine.fixations import DataSet, Floats, center_bias, read_data_set
from gazeengine.folds import folds
from gazeengine.published import recognised
from gazeengine.stimuli import Stimulus
from gazeengine.teacher_maps import TeacherMaps

ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif")


@dataclass(frozen=True, slots=True)
class Material:
    """Data sets by split, pictures without fixations, and where teachers' maps are."""

    training: tuple[DataSet, ...]
    validation: tuple[DataSet, ...]
    test: tuple[DataSet, ...]
    unlabelled: tuple[DataSet, ...]
    teachers: tuple[TeacherMaps, ...]

    @staticmethod
    def of(options: Namespace) -> Material:
        """Raises DataError where a data set is not as it should be, or a picture has no teacher's map."""
        training, validation, test = read_splits(options.data)
        unlabelled = tuple(_unlabelled(folder) for folder in options.unlabelled or ())
        teachers = tuple(TeacherMaps.open(folder) for folder in options.teacher or ())
        if unlabelled and not teachers:
            raise DataError(
                f"pictures {unlabelled[0].name}: they have no fixations, wanted --teacher with maps of them"
            )
        found = Material(training, validation, test, unlabelled, teachers)
        if teachers:
            for stimulus in found.stimuli:
                found._maps_of(stimulus)
        return found

    @property
    def names(self) -> list[str]:
        """Of the data sets that are trained on, those with fixations first."""
        return [data.name for data in (*self.training, *self.unlabelled)]

    @property
    def stimuli(self) -> tuple[Stimulus, ...]:
        labelled = fixated(self.training) if not self.teachers else tuple(s for d in self.training for s in d.stimuli)
        return labelled + tuple(s for data in self.unlabelled for s in data.stimuli)

    @property
    def teacher_names(self) -> list[str]:
        return [str(maps.about.get("name", maps.folder.name)) for maps in self.teachers]

    @property
    def objective(self) -> str:
        return "cross-entropy on fixations" if not self.teachers else "cross-entropy to a teacher's maps and fixations"

    def examples(self, height: int, width: int, least_scale: float, teacher_share: float) -> tuple[Pictures, Pictures]:
        """To train on, and to validate on: the latter with fixations alone."""
        teacher: Callable[[Stimulus], Floats] | None = self._log_density if self.teachers else None
        training = Pictures(
            self.stimuli, height, width, teacher=teacher, teacher_share=teacher_share,
            center_bias=center_bias(self.training), least_scale=least_scale,
        )  # fmt: skip
        return training, Pictures(fixated(self.validation), height, width)

    def _log_density(self, stimulus: Stimulus) -> Floats:
        return self._maps_of(stimulus).log_density(stimulus)

    def _maps_of(self, stimulus: Stimulus) -> TeacherMaps:
        for maps in self.teachers:
            if maps.has(stimulus):
                return maps
        folders = ", ".join(str(maps.folder) for maps in self.teachers)
        raise DataError(
            f"teacher's maps {folders}: there is none of {stimulus.path.name}, wanted one for every picture; "
            "call maps with its data set"
        )


def read_splits(folders: Sequence[Path]) -> tuple[tuple[DataSet, ...], tuple[DataSet, ...], tuple[DataSet, ...]]:
    """Data sets to learn from, to validate on and to test on: their splits train, val and test.

    Of one without val, as CAT2000 is published, the first of ten folds of train is held out instead. Raises DataError
    where a set is not as it should be.
    """
    read = []
    for folder in folders:
        training, test = read_data_set(folder, "train"), read_data_set(folder, "test")
        if has_val(folder):
            validation = read_data_set(folder, "val")
        else:
            fold = folds([training])[0]
            (training,), (validation,) = fold.training, fold.validation
        read.append((training, validation, test))
    return tuple(d[0] for d in read), tuple(d[1] for d in read), tuple(d[2] for d in read)


def has_val(folder: Path) -> bool:
    """False where a data set has other splits, but none of that name."""
    known = splits_of(folder)
    return not known or "val" in known


def pictures_in(folder: Path) -> DataSet:
    """The pictures that lie in a folder, by name, at which nobody looked. Raises DataError where there are none."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS and path.name[0] != ".")
    except OSError as error:
        raise DataError(f"folder {folder}: cannot be read ({error.strerror}), wanted a folder of pictures") from error
    if not paths:
        raise DataError(f"folder {folder}: there are no pictures in it, wanted some, or a data set")
    nobody = np.zeros(0, np.float32)
    return DataSet(folder.resolve().name, tuple(Stimulus(path, 0, 0, nobody, nobody) for path in paths))


def splits_of(folder: Path) -> set[str]:
    """The names of a data set's splits; none where the folder is no data set."""
    table = folder / "images.csv"
    if not table.exists():
        layout = recognised(folder)
        return set(layout.source.splits) if layout is not None else set()
    try:
        with table.open(newline="", encoding="utf-8") as file:
            return {row["split"] for row in csv.DictReader(file)}
    except (OSError, UnicodeDecodeError, csv.Error, KeyError) as error:
        raise DataError(f"{table}: cannot be read ({error}), wanted a table with the column split") from error


def stimuli_in(folder: Path, splits: Sequence[str]) -> Iterator[Stimulus]:
    """The pictures of those splits that a data set has, or those of a folder that is none."""
    known = splits_of(folder)
    if not known:
        yield from pictures_in(folder).stimuli
    elif not known.intersection(splits):
        wanted = ", ".join(sorted(known))
        raise DataError(f"data set {folder}: it has no split {' or '.join(splits)}, wanted some of {wanted}")
    for split in splits:
        if split in known:
            yield from read_data_set(folder, split).stimuli


def _unlabelled(folder: Path) -> DataSet:
    """The split "unlabelled" of a data set, or the pictures of a folder that is none."""
    return read_data_set(folder, "unlabelled") if (folder / "images.csv").exists() else pictures_in(folder)


def versions() -> dict[str, str]:
    """What made a model, by package."""
    found = {"python": platform.python_version()}
    for package in ("fishergaze", "torch", "numpy"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # run from a checkout that is not installed
            continue
    return found


def data_note(sources: Sequence[Path] | None) -> list[str]:
    """Folders as a run's note has them."""
    return [str(folder) for folder in sources or ()]
