"""The page of results: tables by data set, the paper's figures beside ours, and how to make every number again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gazeengine.results_gathered import Gathered
from gazeengine.results_paper import MEASURED_ON, TABLE_2, Reported, beside, differences
from gazeengine.results_records import EvaluatedModel, Evaluation
from gazeengine.score_table import NONE, cell, decimals, lines_of, milliseconds, signed, thousands
from gazeengine.scores import METRICS

DIGITS = {"information_gain_bits": 2, "auc": 3, "sauc": 3, "nss": 2, "sim": 3, "cc": 3, "kl": 2}
ESTIMATE = "†"

KINDS_IN_WORDS = {"published": "published by the authors", "teacher": "teacher"}


@dataclass(frozen=True, slots=True)
class Links:
    """Where things lie from the page: how models were made, the format of data, figures (None if left out).

    maps_of is a sentence on the pictures whose maps are shown.
    """

    models: str
    data: str
    trade_off: str | None = None
    maps: str | None = None
    maps_of: str = ""


def page(found: Gathered, links: Links, command: str) -> str:
    """The Markdown of docs/results.md; command is what made it."""
    newest = found.stored[-1]
    measured = f" Times were measured on {found.machine}." if found.machine is not None else ""
    parts = [
        "# Results",
        "Made by `python -m gazeengine results` from stored evaluations, the newest of "
        f"{newest.date[:10]}; nothing here is typed in by hand but the paper's figures.{measured} How the models came "
        f"about is told in [their folder]({links.models}); the last section says how to make every number again.",
        "## Models",
        _models(found),
        *_model_notes(found),
        *(part for name in found.data_sets for part in _data_set(found, name)),
        *_score_notes(found),
        *_trade_off(links),
        "## Beside the paper",
        "Table 2 of Theis et al. (2018) in italics, and below each of its lines what comes nearest to it here. The "
        "pictures are not the same, so the figures do not compare as they stand: what differs is listed below.",
        _beside(found),
        "### What differs",
        lines_of(
            ["what", "the paper", "here"], [[cell(part) for part in line] for line in differences(found)], n_words=3
        ),
        *_maps(links),
        "## How to make it again",
        *_commands(found, links, command),
    ]
    return "\n\n".join(parts) + "\n"


def _models(found: Gathered) -> str:
    timed = any(model.timing for model in found.models)
    head = ["model", "β", "pruned", "features", "parameters", "looks at", "GFLOP", "GFLOP at 640 × 480"]
    lines = []
    for model in found.models:
        size = NONE if model.working_size is None else "{1} × {0}".format(*model.working_size)
        lines.append(
            [
                _name(model),
                _beta(model),
                NONE if model.kind == "published" else thousands(model.n_pruned),
                thousands(model.n_features),
                thousands(model.n_parameters),
                size,
                decimals(model.gflop, 2),
                decimals(model.gflop_640x480, 1),
                *[milliseconds(model.timing)] * timed,
            ]
        )
    return lines_of([*head, *["ms"] * timed], lines, n_words=1)


def _model_notes(found: Gathered) -> list[str]:
    notes = ["β in nats per GFLOP; β\\* is the criterion without a weight (Eq. 15). GFLOP count Eq. 11."]
    timed = next((model.timing for model in found.models if model.timing is not None), None)
    if timed is not None:
        notes[0] += (
            f" ms is the median time to a map of one picture at the size that the network looks at, with "
            f"{timed.threads} thread{'s' * (timed.threads > 1)}, and in brackets its quartiles."
        )
    if any(model.estimate for model in found.models):
        told = "not trained since it was pruned; *compensated* ones took over for what went in closed form."
        notes.append(f"{ESTIMATE} {told}")
    return notes


def _data_set(found: Gathered, name: str) -> list[str]:
    rows = found.on(name)
    scores = rows[0].scores
    compared = any(found.unpruned(row.model) is not None for row in rows)
    labels = list(METRICS.values())
    head = ["model", labels[0], *["Δ IG"] * compared, *labels[1:]]
    lines = []
    for row in rows:
        first, *others = (_scored(row, metric) for metric in METRICS)
        lines.append([_name(row.model), first, *[_difference(found, row)] * compared, *others])
    text = f"{scores.n_images} pictures with {scores.n_fixations:,} fixations. IG is over the {scores.baseline}."
    return [f"## {name}", text, lines_of(head, lines, n_words=1)]


def _score_notes(found: Gathered) -> list[str]:
    notes = ["IG is the information gain per fixation; KL is better when lower, all others when higher."]
    drawn = {file.resamples for file in found.stored if file.resamples}
    if drawn:
        notes[0] += (
            f" Small: 95 % bootstrap intervals over pictures ({' or '.join(f'{n:,}' for n in sorted(drawn))} samples)."
        )
    if any(found.unpruned(model) is not None for model in found.models):
        notes[0] += (
            " Δ IG is the gain above the unpruned network that a model comes from, in bits; its interval is of the "
            "difference on the same drawn pictures, so it is narrower than those of the two."
        )
    return notes


def _trade_off(links: Links) -> list[str]:
    if links.trade_off is None:
        return []
    return [
        "## Quality against time",
        f"![Each score against the time to a map, for each model and data set]({links.trade_off})",
        "After the paper's Figure 2. Every point is a model: filled if it was trained after pruning or is unpruned, "
        "hollow if it was not. Lines join the models of an architecture that are Pareto optimal: none is both "
        "faster and better. The others are pale. Bars are 95 % bootstrap intervals over pictures.",
    ]


def _beside(found: Gathered) -> str:
    head = ["model", "pictures", *(METRICS[name].removesuffix(" (nats)") for name in TABLE_2)]
    lines = []
    for reported, models in beside(found):
        lines.append(_reported(reported))
        for model in models:
            rows = [row for name in found.data_sets if (row := found.row(model, name)) is not None]
            lines += [[*_own(row), decimals(model.gflop_640x480, 1)] for row in rows]
    return lines_of([*head, "GFLOP at 640 × 480"], lines, n_words=2)


def _reported(reported: Reported) -> list[str]:
    values = [decimals(getattr(reported, name), 2) for name in TABLE_2]
    return [f"*{word}*" for word in (reported.name, MEASURED_ON, *values, decimals(reported.gflop, 1))]


def _own(row: Evaluation) -> list[str]:
    return [_name(row.model), cell(row.data_set), *(decimals(row.scores.value(name), 2) for name in TABLE_2)]


def _maps(links: Links) -> list[str]:
    if links.maps is None:
        return []
    return [
        "## Maps at growing pruning",
        f"![Pictures, and below them the maps of several models]({links.maps})",
        "After the paper's Figure 4: fixation probabilities with gamma correction, black and white at the 1 % and the "
        f"99 % percentile of each map. {links.maps_of}",
    ]


def _commands(found: Gathered, links: Links, command: str) -> list[str]:
    lines = list(dict.fromkeys(file.command for file in found.stored))
    return [
        "Scores, intervals and times, with `DATA` the folder that the data sets lie in ([their formats]"
        f"({links.data})); times need the same machine, with nothing else to do:",
        _code(lines),
        "This page and its figures (`pip install fishergaze[results]`):",
        _code([command]),
        f"The models themselves: [their folder]({links.models}) tells with which commands, from which data.",
    ]


def _code(lines: Sequence[str]) -> str:
    return "```\n" + "\n".join(lines) + "\n```"


def _name(model: EvaluatedModel) -> str:
    mark = f" {ESTIMATE}" if model.estimate else ""
    words = KINDS_IN_WORDS.get(model.kind)
    told = f" ({words})" if words and words.split()[0] not in model.name.casefold() else ""
    return cell(model.name) + mark + told


def _beta(model: EvaluatedModel) -> str:
    if model.beta is None or not model.n_pruned:
        return NONE
    return "β\\*" if model.beta == "star" else f"{model.beta:g}"


def _scored(row: Evaluation, metric: str) -> str:
    digits = DIGITS[metric]
    shown = decimals(row.scores.value(metric), digits)
    ends = row.scores.intervals.get(metric)
    return shown if ends is None else f"{shown}<br><sub>{_ends(*ends, digits)}</sub>"


def _difference(found: Gathered, row: Evaluation) -> str:
    found_difference = found.difference(row)
    if found_difference is None:
        return NONE
    shown = signed(found_difference.mean, 2, plus=True)
    if not found.stored[-1].resamples:
        return shown
    return f"{shown}<br><sub>{_ends(found_difference.low, found_difference.high, 2)}</sub>"


def _ends(low: float, high: float, digits: int) -> str:
    return f"{signed(low, digits)} to {signed(high, digits)}"
