"""Scores of many models on several data sets as a table: Markdown for people, CSV with every digit, values for JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any, Literal

from gazeengine.results_records import EvaluatedModel, Evaluation, Timing
from gazeengine.scores import METRICS

TableFormat = Literal["markdown", "csv"]
NONE = "–"


def render_table(rows: Sequence[Evaluation], format: TableFormat) -> str:
    """A line for each row; below a Markdown table stands what its figures are."""
    if format == "markdown":
        return _markdown(rows)
    text = io.StringIO()
    lines = [_flat(row) for row in rows]
    writer = csv.DictWriter(text, list(dict.fromkeys(name for line in lines for name in line)), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def model_values(model: EvaluatedModel) -> dict[str, Any]:
    """What is the same for a model on every data set, as a JSON object."""
    timing = model.timing
    return {
        "model": model.name,
        "id": model.id,
        "kind": model.kind,
        "n_pruned": model.n_pruned,
        "features": model.n_features,
        "params": model.n_parameters,
        "gflop": model.gflop,
        "gflop_640x480": model.gflop_640x480,
        "latency_ms": timing and timing.median_ms,
        "latency_quartiles_ms": timing and list(timing.quartiles_ms),
        "threads": timing and timing.threads,
    }


def score_values(row: Evaluation) -> dict[str, Any]:
    """The scores of a row as a JSON object, with the model, what it costs, and the data set."""
    return {"model": row.model.name, "data_set": row.data_set, "gflop": row.model.gflop} | row.scores.to_json()


def cell(text: str) -> str:
    """Text as it may stand in a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")


def lines_of(head: Sequence[str], rows: Sequence[Sequence[str]], n_words: int) -> str:
    """A Markdown table; its first n_words columns are flush left, the others are numbers."""
    rule = ["---"] * n_words + ["---:"] * (len(head) - n_words)
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, rule, *rows))


def thousands(n: int | None) -> str:
    return NONE if n is None else f"{n:,}"


def decimals(value: float | None, digits: int) -> str:
    return NONE if value is None else signed(value, digits)


def signed(value: float, digits: int, *, plus: bool = False) -> str:
    """Rounded, with a real minus sign, and none for what rounds to 0."""
    rounded = round(value, digits) + 0.0  # turns -0.0 to 0.0
    return f"{rounded:{'+' if plus and rounded else ''}.{digits}f}".replace("-", "−")


def milliseconds(timing: Timing | None) -> str:
    """The median with quartiles."""
    if timing is None:
        return NONE
    low, high = timing.quartiles_ms
    digits = 0 if timing.median_ms >= 100 else 1
    return f"{timing.median_ms:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def _flat(row: Evaluation) -> dict[str, Any]:
    values = model_values(row.model) | score_values(row)
    low, high = values.pop("latency_quartiles_ms") or (None, None)
    values |= {"latency_low_ms": low, "latency_high_ms": high}
    intervals = values.pop("intervals", {})
    for name in METRICS:
        low, high = intervals.get(name, (None, None))
        values |= {f"{name}_low": low, f"{name}_high": high}
    return values


def _markdown(rows: Sequence[Evaluation]) -> str:
    timed = any(row.model.timing for row in rows)
    head = ["model", "data", "features", "parameters", "GFLOP", *["ms"] * timed, *METRICS.values()]
    lines = []
    for row in rows:
        model = row.model
        cost = [thousands(model.n_features), thousands(model.n_parameters), decimals(model.gflop, 2)]
        time = [milliseconds(model.timing)] * timed
        scores = [_with_interval(row, name) for name in METRICS]
        lines.append([cell(model.name), cell(row.data_set), *cost, *time, *scores])
    table = lines_of([*head, "pictures", "fixations"], [
        [*line, str(row.scores.n_images), str(row.scores.n_fixations)] for line, row in zip(lines, rows, strict=True)
    ], 2)  # fmt: skip
    return "\n\n".join([table, *_notes(rows, timed)])


def _with_interval(row: Evaluation, metric: str) -> str:
    ends = row.scores.intervals.get(metric)
    shown = decimals(row.scores.value(metric), 3)
    return shown if ends is None else f"{shown} [{signed(ends[0], 3)}, {signed(ends[1], 3)}]"


def _notes(rows: Sequence[Evaluation], timed: bool) -> list[str]:
    notes = [
        f"IG is the information gain per fixation over the {name}."
        for name in dict.fromkeys(row.scores.baseline for row in rows)
    ]
    if any(row.scores.intervals for row in rows):
        notes.append("In brackets: 95 % bootstrap intervals over pictures.")
    if timed:
        threads = next(row.model.timing.threads for row in rows if row.model.timing is not None)
        notes.append(
            f"ms: median time to a map at the working size with {threads} thread{'s' * (threads > 1)}, and quartiles."
        )
    return notes
