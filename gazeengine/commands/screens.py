"""What a gaze model for photographs lacks on screens, measured page by page: reproduce screens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gazeengine.commands.output import model
from gazeengine.evaluation import LogDensityOf, evaluate_together
from gazeengine.fixations import read_data_set, resized_log_density
from gazeengine.fused import ready
from gazeengine.image import read_image
from gazeengine.metrics import fixation_density
from gazeengine.picture_scores import RESAMPLES
from gazeengine.plain_format import observers
from gazeengine.predict import predict
from gazeengine.scores import METRICS, SIGMA_OF_WIDTH, Scores
from gazeengine.screen_scores import (
    AS_IT_IS,
    FOUR_NUMBERS,
    OBSERVERS,
    OTHERS_NUMBERS,
    ScreenRow,
    ScreenScores,
)
from gazeengine.screens_fit import SHIPPED, TERMS, Page, fitted, left_out, page_of, predicted
from gazeengine.stimuli import DataSet, Floats, Stimulus

SCALES = (1.0, 1.5, 2.0)  # times the working size, of the first model
SUBSETS: Mapping[str, tuple[str, ...]] = {
    "sharpness fitted": ("sharpness",),
    "sharpness and reading prior": ("sharpness", "left", "up"),
    "sharpness and text": ("sharpness", "text"),
    FOUR_NUMBERS: TERMS,
}
HABIT = 0.2  # share of the center bias that is mixed into what half of the observers predict
HALVES = 4  # ways to halve the observers
SHOWN = ("information_gain_bits", "auc", "sauc", "nss")


def screens_measured(names: Sequence[str], folder: Path, split: str) -> Iterator[str | dict[str, float] | ScreenScores]:
    """Says what is done; then the numbers fitted to all pages by the first model's maps, then all rows.

    Each page is predicted with numbers that were fitted to the other pages. Information gain is over the first model's
    center bias. Raises DataError as read_data_set does.
    """
    data = read_data_set(folder, split)
    stimuli = [s for s in data.stimuli if len(s.x)]
    rgb = {s: read_image(s.path).rgb for s in stimuli}
    first, baseline = model(names[0]), np.asarray(model(names[0]).weights["center_bias"], np.float32)
    maps: dict[tuple[str, str, str], Sequence[Floats]] = {}  # by id, title and way
    firsts: list[Page] = []
    for name in names:
        checkpoint = model(name)
        network, (height, width) = ready(checkpoint), checkpoint.working_size
        for scale in SCALES if name == names[0] else (1.0,):
            size = round(height * scale), round(width * scale)
            title = f"{checkpoint.name}, {size[1]} × {size[0]}"
            at = checkpoint.id, title
            yield title
            seen = [predict(network, rgb[s], size).log_density for s in stimuli]
            pages = [page_of(s, map_, rgb[s]) for s, map_ in zip(stimuli, seen, strict=True)]
            maps[*at, AS_IT_IS] = seen
            ways = SUBSETS if not firsts else {FOUR_NUMBERS: TERMS}
            maps |= {(*at, way): left_out(pages, terms) for way, terms in ways.items()}
            if not firsts:
                firsts = pages
                yield fitted(pages)
            elif name != names[0]:
                maps[*at, OTHERS_NUMBERS] = _by_numbers_of(firsts, pages)
    yield "scores"
    place = {s: i for i, s in enumerate(stimuli)}
    models: list[LogDensityOf] = [lambda s, found=found: found[place[s]] for found in maps.values()]  # type: ignore[misc]
    *_, last = evaluate_together(models, data, baseline, f"center bias of {first.name}", resamples=RESAMPLES)
    found = [ScreenRow(*key, result.scores) for key, result in zip(maps, last.results, strict=True)]
    who = observers(folder)
    found.append(ScreenRow("", OBSERVERS, "for the other half", _halves(stimuli, who, data, baseline)))
    yield ScreenScores(data.name, tuple(found))


def _by_numbers_of(firsts: Sequence[Page], pages: Sequence[Page]) -> list[Floats]:
    """Maps of pages by numbers that were fitted to the other pages, and by another network's maps."""
    return [
        predicted(page, fitted([f for f in firsts if f.stimulus is not page.stimulus])) for page in pages
    ]  # fmt: skip


def _halves(stimuli: Sequence[Stimulus], who: Mapping[str, Sequence[str]], data: DataSet, baseline: Floats) -> Scores:
    """How well half of the observers of each page predict the others: the mean over some ways to halve them."""
    rng, found = np.random.default_rng(0), []
    for _ in range(HALVES):
        maps: dict[Stimulus, Floats] = {}
        for s in stimuli:
            people = np.array(who[s.path.name])
            some = np.isin(people, rng.permutation(np.unique(people))[: len(np.unique(people)) // 2])
            maps[replace(s, x=s.x[~some], y=s.y[~some])] = _smoothed(s, some, baseline)
        half = replace(data, stimuli=tuple(maps))
        *_, last = evaluate_together([maps.__getitem__], half, baseline, "center bias")
        found.append(last.results[0].scores)
    means = {name: float(np.mean([s.value(name) for s in found])) for name in METRICS}
    return replace(found[0], **means)  # type: ignore[arg-type] # METRICS are its floats


def _smoothed(s: Stimulus, some: npt.NDArray[np.bool_], baseline: Floats) -> Floats:
    density = fixation_density(s.x[some], s.y[some], (s.height, s.width), SIGMA_OF_WIDTH * s.width)
    habit = np.exp(resized_log_density(baseline, s.height, s.width), dtype=np.float64)
    mixed = (1 - HABIT) * density + HABIT * habit
    return np.asarray(np.log(mixed / mixed.sum()), np.float32)


def page(found: ScreenScores, numbers: Mapping[str, float], command: str) -> str:
    """Markdown: the numbers, and a row for each network and way."""
    told = ", ".join(f"{name} {value:.2f} (shipped {SHIPPED[name]:.2f})" for name, value in numbers.items())
    lines = [f"Fitted to all pages: {told}.", ""]
    lines.append("| network | map | " + " | ".join(METRICS[m] for m in SHOWN) + " |")
    lines.append("| --- | --- |" + " --- |" * len(SHOWN))
    lines += [
        f"| {row.network} | {row.way} | {' | '.join(_cell(row.scores, m) for m in SHOWN)} |" for row in found.rows
    ]
    return "\n".join([*lines, "", "```", command, "```", ""])


def _cell(scores: Scores, metric: str) -> str:
    value = scores.value(metric)
    if value is None:
        return ""
    digits = 3 if metric in ("auc", "sauc") else 2
    ends = scores.intervals.get(metric)
    return f"{value:.{digits}f}" + (f" ({ends[0]:.{digits}f}–{ends[1]:.{digits}f})" if ends else "")
