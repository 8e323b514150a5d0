"""evaluate: scores of models on pictures with fixations, what they cost, and how long they take."""

from __future__ import annotations

import shlex
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gazeengine.checkpoint import Checkpoint
from gazeengine.commands.output import Progress, Result, check_writable, model
from gazeengine.errors import DataError
from gazeengine.evaluation import EvaluationProgress, LogDensityOf, NetworkMaps, evaluate, evaluate_together
from gazeengine.fixations import DataSet, Floats, Stimulus, center_bias, read_data_set
from gazeengine.fused import ready
from gazeengine.latency_comparison import compare_latencies
from gazeengine.networks import GazeNetwork, uniform_center_bias
from gazeengine.picture_scores import RESAMPLES, Evaluated
from gazeengine.results_file import store
from gazeengine.results_records import (
    EvaluatedModel,
    Evaluation,
    StoredEvaluations,
    Timing,
    described,
    this_machine,
    words,
)
from gazeengine.score_table import model_values, render_table, score_values
from gazeengine.scores import Scores
from gazeengine.teacher_maps import TeacherMaps

LATENCY_THREADS = 1  # as in the paper


def run(options: Namespace) -> Result:
    if options.store is not None:
        check_writable(options.store)
    data_sets = [read_data_set(folder, options.split) for folder in options.data]
    checkpoints = [model(name) for name in options.models]
    grid, name = _baseline(options.baseline, checkpoints[0])
    networks = [ready(checkpoint) for checkpoint in checkpoints]
    timings = _timed(checkpoints, networks, options) if options.latency else [None] * len(networks)

    about = [described(*one) for one in zip(checkpoints, map(shown, options.models), timings, strict=True)]
    maps = NetworkMaps()
    predicted = [maps.of(network, c.working_size) for network, c in zip(networks, checkpoints, strict=True)]
    for folder in options.teacher_maps or ():
        teacher = TeacherMaps.open(folder)
        title, data_names = str(teacher.about.get("name", folder.name)), words(teacher.about.get("data"))
        about.append(EvaluatedModel(title, "teacher", shown(folder), data=data_names))
        predicted.append(teacher.log_density)
    if options.with_center_prior:
        about.insert(0, EvaluatedModel("Center prior", "center prior", name))
        predicted.insert(0, _always(grid))

    found = [_evaluated(predicted, data, grid, name, options) for data in data_sets]
    rows = tuple(
        Evaluation(one, data.name, results[i].scores, results[i].pictures)
        for i, one in enumerate(about)
        for data, results in zip(data_sets, found, strict=True)
    )
    values = {
        "baseline": name,
        "scores": [score_values(row) for row in rows],
        "models": [model_values(one) for one in about],
    }
    text = render_table(rows, options.format).rstrip("\n")
    if options.store is not None:
        date = datetime.now(UTC).isoformat(timespec="seconds")
        line, machine = _command_line(options), this_machine()
        store(StoredEvaluations(date, line, machine, options.bootstrap, options.seed, rows), options.store)
        values["stored"] = str(options.store)
    return Result(values, text)


def scored(checkpoint: Checkpoint, data_sets: Sequence[DataSet], grid: Floats, name: str) -> list[tuple[str, Scores]]:
    """The name of each data set and the scores on it, with intervals; progress goes to stderr."""
    result, progress = [], {data.name: Progress(f"{checkpoint.name} on {data.name}") for data in data_sets}
    for data, step in scoring(checkpoint, data_sets, grid, name):
        progress[data.name].show(step.n_done, step.n_pictures, step.left_s)
        if step.scores is not None:
            result.append((data.name, step.scores))
    return result


def scoring(
    checkpoint: Checkpoint, data_sets: Sequence[DataSet], grid: Floats, name: str
) -> Iterator[tuple[DataSet, EvaluationProgress]]:
    """Score checkpoint on each data set, with intervals; yields after each picture, and can be stopped there."""
    network = ready(checkpoint)
    for data in data_sets:
        for step in evaluate(network, checkpoint.working_size, data, grid, name, resamples=RESAMPLES):
            yield data, step


def bias_name(names: Sequence[str]) -> str:
    """What a baseline is called: the center bias of these data sets."""
    return f"center bias of {', '.join(names)}"


def shown(path: str | Path) -> str:
    """A path as it may be told to others: below the current folder, or its name alone."""
    path = Path(path)
    if not path.is_absolute():
        return path.as_posix()
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.name


def _evaluated(
    predicted: Sequence[LogDensityOf], data: DataSet, grid: Floats, name: str, options: Namespace
) -> tuple[Evaluated, ...]:
    """What each model scores on data."""
    progress = Progress(f"{len(predicted)} model{'s' * (len(predicted) > 1)} on {data.name}")
    found: tuple[Evaluated, ...] = ()
    for step in evaluate_together(predicted, data, grid, name, resamples=options.bootstrap, seed=options.seed):
        progress.show(step.n_done, step.n_pictures, step.left_s)
        found = step.results
    return found


def _timed(
    checkpoints: Sequence[Checkpoint], networks: Sequence[GazeNetwork], options: Namespace
) -> list[Timing | None]:
    """The time that each network takes to a map at its working size, all in turn."""
    progress = Progress(f"latency of {len(networks)} model{'s' * (len(networks) > 1)}")
    timed = [(network, c.working_size) for network, c in zip(networks, checkpoints, strict=True)]
    timings: list[Timing | None] = []
    for step in compare_latencies(timed, threads=options.threads or LATENCY_THREADS, runs=options.runs):
        progress.show(step.n_done, options.runs, step.left_s)
        timings = list(step.timings)
    return timings


def _always(grid: Floats) -> Callable[[Stimulus], Floats]:
    return lambda _: grid


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


def _command_line(options: Namespace) -> str:
    """The call that gives the same again, for any reader: data sets lie in a folder DATA."""
    words = ["python", "-m", "gazeengine", "evaluate", *map(shown, options.models)]

    def add(flag: str, *values: Any) -> None:
        words.extend(word for value in values for word in (flag, str(value)))

    add("--data", *(f"DATA/{folder.resolve().name}" for folder in options.data))
    add("--split", options.split)
    for baseline in options.baseline or ():
        add("--baseline", baseline if baseline == "uniform" else f"DATA/{Path(baseline).resolve().name}")
    add("--teacher-maps", *map(shown, options.teacher_maps or ()))
    words += ["--with-center-prior"] * options.with_center_prior
    add("--bootstrap", options.bootstrap)
    add("--seed", options.seed)
    if options.latency:
        words.append("--latency")
        add("--runs", options.runs)
    add("--threads", *[options.threads] * (options.threads is not None))
    add("--store", shown(options.store))
    return shlex.join(words)
