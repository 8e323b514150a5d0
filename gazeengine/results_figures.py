"""Figure 2 of the results: each score against the time to a map, for every model and data set. Needs matplotlib."""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gazeengine.atomic import written_beside
from gazeengine.errors import OutputError
from gazeengine.results_gathered import Gathered, family, pareto
from gazeengine.results_records import EvaluatedModel, Evaluation
from gazeengine.scores import METRICS

PANELS = ("information_gain_bits", "auc", "nss", "sim")
COLUMN_INCHES, ROW_INCHES, LEGEND_INCHES = 2.75, 2.5, 0.75
GRID = "#d9d9d9"
PALE = 0.35
MOST_TICKS = 6
TEXT = "#262626"

STYLE = {
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 8.5,
    "axes.edgecolor": "#8c8c8c",
    "axes.labelcolor": TEXT,
    "axes.titlesize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": TEXT,
    "xtick.color": TEXT,
    "ytick.color": TEXT,
    "svg.hashsalt": "fishergaze",  # the same figure is the same file
}


@dataclass(frozen=True, slots=True)
class Mark:
    """How a group of models is drawn. Colors are of Okabe and Ito (2008), which the color-blind can tell apart."""

    color: str
    marker: str
    size: float = 26


MARKS = {
    "FastGaze": Mark("#0072B2", "o"),
    "DenseGaze": Mark("#D55E00", "s"),
    "LiteGaze": Mark("#000000", "P", 60),
    "published": Mark("#009E73", "D", 30),
    "teacher": Mark("#CC79A7", "*", 110),
}
OTHER = Mark("#56B4E9", "^")


def trade_off(found: Gathered, path: Path) -> bool:
    """Draw scores against milliseconds to path; False, and no file, where no model was timed.

    The suffix of path decides the format. Raises OutputError where matplotlib is missing.
    """
    rows = [row for row in found.rows if row.model.timing is not None]
    data_sets = list(dict.fromkeys(row.data_set for row in rows))
    if not rows:
        return False
    with drawing(STYLE) as plt:
        figure, axes = plt.subplots(
            len(data_sets),
            len(PANELS),
            figsize=(COLUMN_INCHES * len(PANELS), ROW_INCHES * len(data_sets) + LEGEND_INCHES),
            layout="constrained",
            squeeze=False,
            sharex=True,
        )
        for line, name in zip(axes, data_sets, strict=True):
            for axis, metric in zip(line, PANELS, strict=True):
                _panel(axis, [row for row in rows if row.data_set == name], metric)
                _prior(axis, found.on(name), metric)
            line[0].set_ylabel(name, fontweight="bold")
        for axis, metric in zip(axes[0], PANELS, strict=True):
            axis.set_title(METRICS[metric])
        threads = next(row.model.timing.threads for row in rows if row.model.timing is not None)
        figure.supxlabel(f"time to a map in ms, {threads} thread{'s' * (threads > 1)}", fontsize="medium")
        figure.legend(*_legend(rows, found), loc="outside upper center", ncols=8, frameon=False, handletextpad=0.4)
        save(figure, path)
    return True


def group(model: EvaluatedModel) -> str:
    """Under what name models are drawn alike."""
    return model.kind if model.kind != "network" else family(model)


@contextmanager
def drawing(style: dict[str, Any]) -> Iterator[Any]:
    """matplotlib.pyplot without a display and with this style; figures are closed behind.

    Raises OutputError where matplotlib is not installed.
    """
    try:
        matplotlib = importlib.import_module("matplotlib")
        matplotlib.use("agg")
        plt = importlib.import_module("matplotlib.pyplot")
    except ImportError as error:
        raise OutputError(
            f"figures: matplotlib cannot be imported ({error}), wanted it installed: pip install fishergaze[results]"
        ) from error
    with matplotlib.rc_context(style):
        try:
            yield plt
        finally:
            plt.close("all")


def save(figure: Any, path: Path, dpi: int = 150) -> None:
    """Write the figure to path, whole or not at all."""
    dated = {"Date": None} if path.suffix == ".svg" else {}
    with written_beside(path) as beside:
        figure.savefig(beside, dpi=dpi, facecolor="white", metadata=dated or None)


def _panel(axis: Any, rows: Sequence[Evaluation], metric: str) -> None:
    axis.set_xscale("log")
    axis.grid(visible=True, color=GRID, linewidth=0.6)
    axis.set_axisbelow(True)
    groups: dict[str, list[tuple[float, float, Evaluation]]] = {}
    for row in rows:
        value = row.scores.value(metric)
        if value is not None and row.model.timing is not None:
            groups.setdefault(group(row.model), []).append((row.model.timing.median_ms, value, row))
    for name, points in groups.items():
        mark = MARKS.get(name, OTHER)
        best = [points[i] for i in pareto([ms for ms, *_ in points], [value for _, value, _ in points])]
        if len(best) > 1:
            axis.plot([ms for ms, *_ in best], [value for _, value, _ in best], color=mark.color, linewidth=1.2)
        for point in points:
            _point(axis, point, metric, mark, best=point in best)
    _ticks(axis, [ms for points in groups.values() for ms, *_ in points])


def _point(axis: Any, point: tuple[float, float, Evaluation], metric: str, mark: Mark, *, best: bool) -> None:
    """A model, pale where another one of its group is both faster and better; then it has no interval either."""
    ms, value, row = point
    unpruned = row.model.kind == "network" and row.model.n_pruned == 0
    shown = best or unpruned
    face = "white" if row.model.estimate else mark.color
    axis.scatter(
        ms, value, s=mark.size, marker=mark.marker, facecolor=face, edgecolor=mark.color,
        alpha=1 if shown else PALE, zorder=4 if shown else 3,
    )  # fmt: skip
    ends = row.scores.intervals.get(metric)
    if shown and ends is not None:
        axis.plot([ms, ms], ends, color=mark.color, linewidth=0.9, alpha=0.45, solid_capstyle="butt")
    if unpruned:
        axis.scatter(ms, value, s=4 * mark.size, marker="o", facecolor="none", edgecolor=TEXT, linewidth=0.9, zorder=5)


def _ticks(axis: Any, times_ms: Sequence[float]) -> None:
    """Round numbers, as many as fit, and some room at both ends."""
    if not times_ms:
        return
    ticker = importlib.import_module("matplotlib.ticker")
    low, high = min(times_ms) / 1.3, max(times_ms) * 1.3
    axis.set_xlim(low, high)
    axis.xaxis.set_major_locator(ticker.FixedLocator(round_numbers(low, high)))
    axis.xaxis.set_major_formatter(ticker.FormatStrFormatter("%g"))
    axis.xaxis.set_minor_locator(ticker.NullLocator())


def round_numbers(low: float, high: float) -> list[float]:
    """Numbers from low to high to read a logarithmic axis by: 1, 2 and 5 times powers of ten, more of them or fewer.

    Low is above 0. Empty only where nothing round lies between.
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found: list[float] = []
    for digits in ((1,), (1, 2, 5), (1, 1.5, 2, 3, 5, 7), (1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9)):
        finer = [digit * 10.0**power for power in powers for digit in digits if low <= digit * 10.0**power <= high]
        if len(finer) > MOST_TICKS:
            break
        found = finer
    return found


def _prior(axis: Any, rows: Sequence[Evaluation], metric: str) -> None:
    for row in rows:
        if row.model.kind == "center prior" and (value := row.scores.value(metric)) is not None:
            axis.axhline(value, color="#7f7f7f", linewidth=1, linestyle=(0, (4, 3)), zorder=1)


def _legend(rows: Sequence[Evaluation], found: Gathered) -> tuple[list[Any], list[str]]:
    line_2d = importlib.import_module("matplotlib.lines").Line2D

    def handle(marker: str, color: str, face: str, size: float = 6.5, line: str = "none") -> Any:
        return line_2d(
            [], [], marker=marker, color=color, markerfacecolor=face, markersize=size, linestyle=line, linewidth=1.2
        )

    entries = []
    models = list(dict.fromkeys(row.model for row in rows))
    for name in dict.fromkeys(group(model) for model in models):
        mark = MARKS.get(name, OTHER)
        joined = sum(group(model) == name for model in models) > 1
        names = list(dict.fromkeys(model.name for model in models if group(model) == name))
        known = {"published": "published FastGaze", "teacher": "teachers"}
        label = names[0] if len(names) == 1 else known.get(name, name)
        entries.append(
            (handle(mark.marker, mark.color, mark.color, mark.size**0.5 + 1, "-" if joined else "none"), label)
        )
    if any(model.kind == "network" and model.n_pruned == 0 for model in models):
        entries.append((handle("o", TEXT, "none", 11), "unpruned"))
    if any(model.estimate for model in models):
        entries.append((handle("o", TEXT, "white"), "not trained after pruning"))
    if any(model.kind == "center prior" for model in found.models):
        prior = line_2d([], [], color="#7f7f7f", linewidth=1, linestyle=(0, (4, 3)))
        entries.append((prior, "center prior"))
    handles, labels = zip(*entries, strict=True)
    return list(handles), list(labels)
