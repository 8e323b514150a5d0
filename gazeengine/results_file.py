"""Evaluations as they are stored: models, their scores on each data set and picture, and the machine that timed them.

Plain JSON with a format version. Pictures and their fixations stand once for all models of a data set. What is read
is checked: the scores of the pictures must average to those that stand beside them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from gazeengine.atomic import written_beside
from gazeengine.errors import DataError, cause
from gazeengine.picture_scores import PictureScores
from gazeengine.results_records import KINDS, EvaluatedModel, Evaluation, Machine, StoredEvaluations, Timing, words
from gazeengine.scores import METRICS, Scores

FORMAT = "fishergaze-evaluation"
VERSION = 1
DIGITS = 7  # of the scores of a picture
LARGEST_DEVIATION = 1e-4  # of stored averages from those of the pictures


def store(found: StoredEvaluations, path: Path) -> None:
    """Write evaluations to path, whole or not at all.

    Raises DataError for a model or a data set that is there twice, and for scores that are not finite; OutputError
    where the file cannot be written.
    """
    text = json.dumps(_values(found), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    with written_beside(path) as beside:
        beside.write_text(text + "\n", encoding="utf-8")


def read_evaluations(path: Path) -> StoredEvaluations:
    """What store wrote. Raises DataError for a file that is missing, foreign, damaged or of a newer version."""
    subject = f"evaluations {path}"
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError(f"{subject}: there is no such file, wanted one that evaluate --store wrote") from error
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{subject}: cannot be read ({error}), wanted a file that evaluate --store wrote") from error
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise DataError(f"{subject}: it is some other JSON, wanted a file that evaluate --store wrote")
    if values.get("version") != VERSION:
        raise DataError(f"{subject}: it has format version {values.get('version')!r}, wanted {VERSION}")
    try:
        return _read(values)
    except DataError as error:
        raise DataError(f"{subject}: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise DataError(f"{subject}: it is damaged ({cause(error)}), wanted it as evaluate --store wrote it") from error


def _values(found: StoredEvaluations) -> dict[str, Any]:
    data_sets: dict[str, Any] = {}
    models: dict[int, dict[str, Any]] = {}
    for row in found.rows:
        pictures = row.pictures
        about = {"pictures": list(pictures.pictures), "n_fixations": pictures.n_fixations.tolist()}
        if data_sets.setdefault(row.data_set, about) != about:
            raise DataError(f"data set {row.data_set}: found two of this name with other pictures, wanted one to store")
        model = models.setdefault(id(row.model), asdict(row.model) | {"scores": {}, "by_picture": {}})
        if row.data_set in model["scores"]:
            raise DataError(f"data set {row.data_set}: found it twice, wanted it once to store")
        model["scores"][row.data_set] = row.scores.to_json()
        model["by_picture"][row.data_set] = {
            name: [float(f"{value:.{DIGITS}g}") for value in column] for name, column in pictures.values.items()
        }
    _check_each_once([row.model for row in found.rows])
    return {
        "format": FORMAT,
        "version": VERSION,
        "date": found.date,
        "command": found.command,
        "machine": asdict(found.machine),
        "bootstrap": {"resamples": found.resamples, "seed": found.seed},
        "data_sets": data_sets,
        "models": list(models.values()),
    }


def _check_each_once(models: Sequence[EvaluatedModel]) -> None:
    seen: dict[tuple[str | None, str], EvaluatedModel] = {}
    for model in models:
        key = model.id, "" if model.id else model.name
        if seen.setdefault(key, model) is not model:
            raise DataError(f"model {model.name}: found it twice ({model.source}), wanted it once to store")


def _read(values: Mapping[str, Any]) -> StoredEvaluations:
    rows = []
    for about in values["models"]:
        model = _model(about)
        for name, scored in about["scores"].items():
            scores = Scores.from_json(scored)
            by_picture = about["by_picture"][name]
            pictures = _pictures(values["data_sets"][name], by_picture, scores.baseline)
            _check(f"{model.name} on {name}", scores, pictures)
            rows.append(Evaluation(model, name, scores, pictures))
    bootstrap = values["bootstrap"]
    return StoredEvaluations(
        str(values["date"]),
        str(values["command"]),
        Machine(str(values["machine"]["cpu"]), int(values["machine"]["cores"]), str(values["machine"]["torch"])),
        int(bootstrap["resamples"]),
        int(bootstrap["seed"]),
        tuple(rows),
    )


def _model(about: Mapping[str, Any]) -> EvaluatedModel:
    fields = {name: value for name, value in about.items() if name not in ("scores", "by_picture")}
    if fields["kind"] not in KINDS:
        raise DataError(f"model {fields['name']}: its kind is {fields['kind']!r}, wanted one of {', '.join(KINDS)}")
    timing = fields["timing"]
    if timing is not None:
        low, high = timing["quartiles_ms"]
        timing = Timing(
            float(timing["median_ms"]), (float(low), float(high)), int(timing["runs"]), int(timing["threads"])
        )
        if not 0 < timing.median_ms < math.inf:
            raise DataError(f"model {fields['name']}: it took {timing.median_ms} ms, wanted a time above 0")
    for name in ("gflop", "gflop_640x480"):
        if fields[name] is not None and not 0 <= float(fields[name]) < math.inf:
            raise DataError(f"model {fields['name']}: {name} is {fields[name]}, wanted a number of at least 0")
    size = fields["working_size"]
    checked = {
        "timing": timing,
        "data": words(fields["data"]),
        "teachers": words(fields["teachers"]),
        "working_size": None if size is None else tuple(size),
    }
    return EvaluatedModel(**(fields | checked))


def _pictures(data: Mapping[str, Any], by_picture: Mapping[str, Any], baseline: str) -> PictureScores:
    names = tuple(str(name) for name in data["pictures"])
    n_fixations = np.array(data["n_fixations"], np.int64)
    columns = {name: np.array(by_picture[name], np.float64) for name in METRICS if name in by_picture}
    for name, column in {"n_fixations": n_fixations, **columns}.items():
        if column.shape != (len(names),) or not np.isfinite(column).all():
            raise DataError(f"{name} has {column.size} numbers, wanted a finite one for each of {len(names)} pictures")
    if not names or (n_fixations < 1).any():
        raise DataError("found a data set with pictures that nobody looked at, wanted fixations on each")
    return PictureScores(names, n_fixations, columns, baseline)


def _check(subject: str, scores: Scores, pictures: PictureScores) -> None:
    if (scores.n_images, scores.n_fixations) != (len(pictures.pictures), int(pictures.n_fixations.sum())):
        raise DataError(
            f"{subject}: its scores are of {scores.n_images} pictures with {scores.n_fixations} fixations, "
            f"wanted {len(pictures.pictures)} with {pictures.n_fixations.sum()} as listed"
        )
    for name in METRICS:
        stored = scores.value(name)
        mean = pictures.mean(name) if name in pictures.values else None
        if (stored is None) != (mean is None):
            raise DataError(f"{subject}: {name} is {stored}, and {mean} over its pictures, wanted the same")
        if stored is not None and mean is not None and abs(stored - mean) > LARGEST_DEVIATION * max(1, abs(mean)):
            raise DataError(f"{subject}: {name} is {stored:.6g}, wanted {mean:.6g} as its pictures average to")
