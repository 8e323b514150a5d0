"""evaluate: scores of models on pictures with fixations."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from gazeengine.checkpoint import Checkpoint
from gazeengine.commands.output import Progress, Result, model
from gazeengine.cost import flops_model
from gazeengine.errors import DataError
from gazeengine.evaluation import Scored, evaluate, render_table
from gazeengine.fixations import DataSet, Floats, center_bias, read_data_set
from gazeengine.networks import build, uniform_center_bias
from gazeengine.scores import Scores


def run(options: Namespace) -> Result:
    data_sets = [read_data_set(folder, options.split) for folder in options.data]
    checkpoints = [model(name) for name in options.models]
    grid, name = _baseline(options.baseline, checkpoints[0])
    rows = []
    for checkpoint in checkpoints:
        gflop = flops_model(checkpoint.architecture, *checkpoint.working_size).total(checkpoint.widths) / 1e9
        for data_set, found in scored(checkpoint, data_sets, grid, name):
            rows.append(Scored(checkpoint.name, data_set, gflop, found))
    table = render_table(rows, options.format)
    values = {"baseline": name, "scores": [_values(row) for row in rows]}
    return Result(values, table.rstrip("\n"))


def scored(checkpoint: Checkpoint, data_sets: Sequence[DataSet], grid: Floats, name: str) -> list[tuple[str, Scores]]:
    """The name of each data set and the scores on it; progress goes to stderr."""
    network = build(checkpoint)
    result = []
    for data in data_sets:
        progress = Progress(f"{checkpoint.name} on {data.name}")
        for step in evaluate(network, checkpoint.working_size, data, grid, name):
            progress.show(step.n_done, step.n_pictures, step.left_s)
            if step.scores is not None:
                result.append((data.name, step.scores))
    return result


def bias_name(names: Sequence[str]) -> str:
    """What a baseline is called: the center bias of these data sets."""
    return f"center bias of {', '.join(names)}"


def _values(row: Scored) -> dict[str, object]:
    about = {"model": row.model, "data_set": row.data_set, "gflop": row.gflop}
    return about | row.scores.to_json()


def _baseline(asked_for: Sequence[str] | None, first: Checkpoint) -> tuple[Floats, str]:
    if asked_for is None:
        known = first.provenance.get("center_bias")
        name = bias_name(known) if isinstance(known, list) else f"center bias of model {first.name}"
        return first.weights["center_bias"], name
    if "uniform" in asked_for:
        if len(asked_for) > 1:
            raise DataError("baseline: 'uniform' and data sets are given, wanted one or the other")
        return uniform_center_bias(), "uniform density"
    training = [read_data_set(Path(folder), "train") for folder in asked_for]
    return center_bias(training), bias_name([data.name for data in training])
