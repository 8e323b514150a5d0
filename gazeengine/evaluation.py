"""How well a network predicts where people looked in a data set, picture by picture, and tables of such scores.

Averages are pysaliency's (see metrics.py): AUC, shuffled AUC, NSS and information gain over fixations, SIM, CC and KL
over pictures. Maps are over the pixels of each picture as given.
"""

from __future__ import annotations

import csv
import io
import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from gazeengine import metrics
from gazeengine.errors import DataError
from gazeengine.fixations import DataSet, Floats, Stimulus, resized_log_density
from gazeengine.image import read_image
from gazeengine.networks import GazeNetwork
from gazeengine.predict import predict
from gazeengine.scores import Scores

SIGMA_OF_WIDTH = 0.03
"""Standard deviation of the blurred fixations for SIM, CC and KL, in widths of the picture.

About one degree of visual angle, which is what a fovea sees and an eye tracker resolves, as is usual: OSIE's 800
pixels spanned 33 degrees, so that one degree is 24 of them. The distance of other data sets is not always told;
as a share of the width it is the same for all of them.
"""

TableFormat = Literal["markdown", "csv", "json"]


@dataclass(frozen=True, slots=True)
class EvaluationProgress:
    """Pictures done of those with fixations; scores come with the last one."""

    n_done: int
    n_pictures: int
    elapsed_s: float
    left_s: float
    scores: Scores | None = None


def evaluate(
    network: GazeNetwork,
    working_size: tuple[int, int],
    data_set: DataSet,
    baseline_grid: Floats,
    baseline_name: str,
) -> Iterator[EvaluationProgress]:
    """Scores of network over the pictures of data_set that have fixations; yields after each, and can be stopped there.

    baseline_grid is a log density on a grid over the picture (a center bias), over which the information gain is
    counted; baseline_name says which. The shuffled AUC takes its negatives from all other pictures of the set.
    Raises DataError where no picture has fixations, or a picture is not of the size that its table says.
    """
    stimuli = [s for s in data_set.stimuli if len(s.x)]
    if not stimuli:
        raise DataError(f"data set {data_set.name}: no picture has fixations, wanted some to evaluate on")
    started = time.monotonic()
    rows: list[tuple[float, ...]] = []
    for i, stimulus in enumerate(stimuli):
        others = stimuli[:i] + stimuli[i + 1 :]
        rows.append(_scored(network, working_size, stimulus, others, baseline_grid))
        elapsed = time.monotonic() - started
        left = elapsed / (i + 1) * (len(stimuli) - i - 1)
        scores = _averaged(rows, stimuli, baseline_name) if i + 1 == len(stimuli) else None
        yield EvaluationProgress(i + 1, len(stimuli), elapsed, left, scores)


def _scored(
    network: GazeNetwork,
    working_size: tuple[int, int],
    stimulus: Stimulus,
    others: Sequence[Stimulus],
    baseline_grid: Floats,
) -> tuple[float, ...]:
    """Information gain, AUC, NSS, shuffled AUC (nan where there are no others), SIM, CC and KL of one picture."""
    rgb = read_image(stimulus.path).rgb
    shape = stimulus.height, stimulus.width
    if rgb.shape[:2] != shape:
        raise DataError(
            f"picture {stimulus.path.name}: it is {rgb.shape[1]} x {rgb.shape[0]} pixels, "
            f"wanted {stimulus.width} x {stimulus.height} as images.csv says"
        )
    log_density = predict(network, rgb, working_size).log_density
    baseline = resized_log_density(baseline_grid, *shape)
    density = np.exp(log_density, dtype=np.float64)
    x, y = stimulus.x, stimulus.y
    reference = metrics.fixation_density(x, y, shape, SIGMA_OF_WIDTH * stimulus.width)
    return (
        metrics.information_gain(log_density, baseline, x, y),
        metrics.auc(log_density, x, y),
        metrics.nss(density, x, y),
        metrics.shuffled_auc(log_density, x, y, *_elsewhere(others, shape)) if others else math.nan,
        metrics.similarity(density, reference),
        metrics.correlation(density, reference),
        metrics.kl_divergence(density, reference),
    )


def _elsewhere(
    others: Sequence[Stimulus], shape: tuple[int, int]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    moved = [metrics.rescaled_fixations(s.x, s.y, (s.height, s.width), shape) for s in others]
    return np.concatenate([x for x, _ in moved]), np.concatenate([y for _, y in moved])


def _averaged(rows: Sequence[tuple[float, ...]], stimuli: Sequence[Stimulus], baseline: str) -> Scores:
    n_fixations = np.array([len(s.x) for s in stimuli])
    columns = np.array(rows).T
    gain, auc, nss, sauc = (float(column @ n_fixations / n_fixations.sum()) for column in columns[:4])
    sim, cc, kl = (float(column.mean()) for column in columns[4:])
    return Scores(
        gain,
        auc,
        nss,
        sim,
        cc,
        kl,
        None if math.isnan(sauc) else sauc,
        len(stimuli),
        int(n_fixations.sum()),
        baseline,
    )


@dataclass(frozen=True, slots=True)
class Scored:
    """A line of a table: which model on which data set."""

    model: str
    data_set: str
    gflop: float
    scores: Scores


_COLUMNS = {
    "IG (bits)": "information_gain_bits",
    "AUC": "auc",
    "sAUC": "sauc",
    "NSS": "nss",
    "SIM": "sim",
    "CC": "cc",
    "KL (nats)": "kl",
}


def render_table(rows: Sequence[Scored], format: TableFormat) -> str:
    """Scores as a Markdown table with its baselines named below, as CSV with every digit, or as a JSON list."""
    match format:
        case "json":
            return json.dumps([_flat(row) for row in rows], ensure_ascii=False)
        case "csv":
            text = io.StringIO()
            names = list(_flat(rows[0])) if rows else []
            writer = csv.DictWriter(text, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(_flat(row) for row in rows)
            return text.getvalue()
        case "markdown":
            return _markdown(rows)


def _flat(row: Scored) -> dict[str, float | int | str | None]:
    return {"model": row.model, "data_set": row.data_set, "gflop": row.gflop, **row.scores.to_json()}


def _markdown(rows: Sequence[Scored]) -> str:
    head = ["model", "data", "GFLOP", *_COLUMNS, "pictures", "fixations"]
    lines = [head, ["---"] * 2 + ["---:"] * (len(head) - 2)]
    for row in rows:
        values = row.scores.to_json()
        numbers = ["–" if values[key] is None else f"{values[key]:.3f}" for key in _COLUMNS.values()]
        n = f"{row.scores.n_images}", f"{row.scores.n_fixations}"
        lines.append([_cell(row.model), _cell(row.data_set), f"{row.gflop:.2f}", *numbers, *n])
    baselines = list(dict.fromkeys(row.scores.baseline for row in rows))
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return table + "".join(f"\n\nIG is the information gain per fixation over the {name}." for name in baselines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
