"""Figure 4 of the results: pictures, and below them the maps of models at growing pruning. Needs matplotlib."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from gazeengine.checkpoint import Checkpoint, load
from gazeengine.errors import DataError, ImageError
from gazeengine.fixations import Floats, Stimulus, resized_log_density
from gazeengine.fused import ready
from gazeengine.image import Picture, read_image, resized
from gazeengine.predict import predict
from gazeengine.resources import find_model, sample_pictures
from gazeengine.results_figures import TEXT, drawing, save
from gazeengine.results_gathered import Gathered, pareto
from gazeengine.results_records import EvaluatedModel
from gazeengine.saliency_map import intensity
from gazeengine.teacher_maps import TeacherMaps

MOST_OF_AN_ARCHITECTURE = 4  # rows, where no models are asked for
SAMPLES = {"photograph": 4, "screenshot": 2}  # columns, where no pictures are asked for
MOST_PICTURES = 10
CELL_PX = 240  # rows of pixels of a picture and of a map
CELL_INCHES, LABEL_INCHES, GAP_INCHES = 1.2, 1.45, 0.05
LABEL_LETTERS = 18  # of a line
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")

Pixels = npt.NDArray[np.uint8]
Label = tuple[str, str]
"""What stands before a row: a name, and what it costs."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MapProgress:
    """A row of maps that is done, of how many."""

    n_done: int
    n_rows: int


def chosen_models(found: Gathered, wanted: Sequence[str] | None) -> list[tuple[EvaluatedModel, Checkpoint]]:
    """The models whose maps are shown, in the order of found: those of an architecture by falling cost.

    wanted are model files, or names of shipped models. Without it these are the published one, teachers, and of each
    other architecture the unpruned network and some Pareto-optimal ones. Raises DataError for a model that was not
    evaluated, or whose file has changed since, CheckpointError for one whose file is gone.
    """
    networks = [model for model in found.models if model.id is not None]
    if wanted is not None:
        asked = {checkpoint.id: checkpoint for checkpoint in (load(find_model(name)) for name in wanted)}
        if unknown := [one for one in asked.values() if one.id not in {model.id for model in networks}]:
            raise DataError(
                f"maps of {unknown[0].name}: no evaluated model has its id {unknown[0].id}, wanted one of "
                f"{', '.join(model.source for model in networks)}"
            )
        return [(model, asked[model.id]) for model in networks if model.id in asked]
    shown = [model for model in networks if model.kind != "network"]
    for architecture in dict.fromkeys(model.architecture for model in networks if model.kind == "network"):
        shown += _spread(found, [m for m in networks if m.architecture == architecture and m.kind == "network"])
    return [(model, _evaluated(model)) for model in networks if model in shown]


def chosen_pictures(folder: Path | None) -> list[Picture]:
    """The pictures of folder, or some of the samples, evenly drawn from each kind.

    Raises ImageError where folder has none, or more than fit into a figure.
    """
    if folder is None:
        samples = sample_pictures()
        paths = [
            path
            for kind, n in SAMPLES.items()
            for path in _evenly([sample.path for sample in samples if sample.kind == kind], n)
        ]
    else:
        try:
            paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
        except OSError as error:
            raise ImageError(f"pictures {folder}: {error.strerror}, wanted a folder of pictures") from error
        if not 1 <= len(paths) <= MOST_PICTURES:
            raise ImageError(
                f"pictures {folder}: found {len(paths)} of {', '.join(SUFFIXES)}, wanted 1 to {MOST_PICTURES}"
            )
    return [read_image(path) for path in paths]


def draw_maps(
    models: Sequence[tuple[EvaluatedModel, Checkpoint]],
    pictures: Sequence[Picture],
    teacher: TeacherMaps | None,
    path: Path,
) -> Iterator[MapProgress]:
    """Draw the figure to path, whose suffix decides the format; yields after each row of maps.

    The teacher's row comes first. Raises DataError where it lacks a map of a picture.
    """
    rows: list[tuple[Label, list[Pixels]]] = [
        (("", ""), [resized(picture.rgb, *_cell(picture.rgb)) for picture in pictures])
    ]
    n = len(models) + (teacher is not None)
    if teacher is not None:
        rows.append(((str(teacher.about.get("name", "Teacher")), ""), [_taught(teacher, one) for one in pictures]))
        yield MapProgress(len(rows) - 1, n)
    for model, checkpoint in models:
        network = ready(checkpoint)
        maps = [
            _grey(predict(network, picture.rgb, checkpoint.working_size, _cell(picture.rgb)).log_density)
            for picture in pictures
        ]
        rows.append((_label(model), maps))
        if len(rows) <= n:  # the last is done when the file is written
            yield MapProgress(len(rows) - 1, n)
    _compose(rows, path)
    yield MapProgress(n, n)


def _compose(rows: Sequence[tuple[Label, Sequence[Pixels]]], path: Path) -> None:
    widths = [CELL_INCHES * cell.shape[1] / CELL_PX for cell in rows[0][1]]
    across = LABEL_INCHES + sum(widths) + GAP_INCHES * len(widths)
    down = (CELL_INCHES + GAP_INCHES) * len(rows) + GAP_INCHES
    with drawing({"font.family": "DejaVu Sans", "font.size": 8, "text.color": TEXT}) as plt:
        figure = plt.figure(figsize=(across, down))
        for i, (label, cells) in enumerate(rows):
            bottom = down - (i + 1) * (CELL_INCHES + GAP_INCHES)
            middle = (bottom + CELL_INCHES / 2) / down
            name, cost = textwrap.fill(label[0], LABEL_LETTERS), label[1]
            edge = (LABEL_INCHES - 0.1) / across
            figure.text(edge, middle + 0.04 / down, name, ha="right", va="bottom", weight="bold")
            figure.text(edge, middle - 0.04 / down, cost, ha="right", va="top", linespacing=1.35)
            left = LABEL_INCHES
            for width, cell in zip(widths, cells, strict=True):
                axes = figure.add_axes((left / across, bottom / down, width / across, CELL_INCHES / down))
                axes.imshow(cell, cmap="gray", vmin=0, vmax=255, aspect="auto", interpolation="none")
                axes.set_axis_off()
                left += width + GAP_INCHES
        save(figure, path, dpi=round(CELL_PX / CELL_INCHES))


def _label(model: EvaluatedModel) -> Label:
    gflop = [] if model.gflop is None else [f"{model.gflop:.1f} GFLOP"]
    time = [] if model.timing is None else [f"{model.timing.median_ms:.0f} ms"]
    name = model.name.replace("β ", "β\N{NO-BREAK SPACE}")
    return name, "\n".join(gflop + time)


def _spread(found: Gathered, own: Sequence[EvaluatedModel]) -> list[EvaluatedModel]:
    """The unpruned models, and of the pruned ones some on the Pareto front of gain and cost, evenly along it."""
    first = found.data_sets[0]
    rows = [row for model in own if model.n_pruned and (row := found.row(model, first)) is not None]
    best = pareto([row.model.gflop or 0 for row in rows], [row.scores.information_gain_bits for row in rows])
    whole = [model for model in own if not model.n_pruned]
    return whole + [rows[i].model for i in _evenly(best, max(1, MOST_OF_AN_ARCHITECTURE - len(whole)))]


def _evaluated(model: EvaluatedModel) -> Checkpoint:
    checkpoint = load(find_model(model.source))
    if checkpoint.id != model.id:
        raise DataError(
            f"maps of {model.name}: {model.source} has the id {checkpoint.id}, wanted {model.id}, which was "
            "evaluated; evaluate it again, or say with --maps which files to take"
        )
    return checkpoint


def _taught(teacher: TeacherMaps, picture: Picture) -> Pixels:
    assert picture.path is not None  # they were read from files
    height, width = picture.rgb.shape[:2]
    nobody = np.zeros(0, np.float32)
    log_density = teacher.log_density(Stimulus(picture.path, height, width, nobody, nobody))
    return _grey(resized_log_density(log_density, *_cell(picture.rgb)))


def _cell(rgb: Pixels) -> tuple[int, int]:
    """Rows and columns of pixels of a picture in the figure."""
    return CELL_PX, max(1, round(CELL_PX * rgb.shape[1] / rgb.shape[0]))


def _grey(log_density: Floats) -> Pixels:
    return np.rint(255 * intensity(log_density)).astype(np.uint8)


def _evenly(items: Sequence[T], n: int) -> list[T]:
    """n of items from first to last, or all where there are fewer."""
    if len(items) <= n:
        return list(items)
    return [items[i] for i in np.linspace(0, len(items) - 1, n).round().astype(int)]
