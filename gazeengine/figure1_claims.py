"""What the paper says of its Figure 1, checked on curves that were made again; and the figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gazeengine.figure1 import BETAS, CURVES, Point
from gazeengine.plan import Floats
from gazeengine.results_figures import STYLE, drawing, save

SHARES = np.linspace(0.95, 0.15, 33)
"""Of the FLOPs, at which curves are compared."""
FEW, MANY = 0.8, 0.5  # few features are gone while more than this is left, many where less is
EQUAL = 0.1  # of the loss increase: by how much equal curves may differ
NOISE = 0.01  # nats: differences below are none, with a few pictures
MOST_NATS = 1.5  # above the unpruned network, that are drawn
NAIVE = ("Mean activation (L1A)", "Weight norm (L1W)", "Random")
MOLCHANOV = ("Molchanov", "Molchanov, normalised")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of the paper, whether it holds here, and by which figures; losses are in nats per fixation."""

    words: str
    holds: bool
    figures: str


def increases(points: Mapping[str, Sequence[Point]]) -> dict[str, Floats]:
    """Loss increases in nats at SHARES of each curve, by interpolation between its points."""
    found = {}
    for title, row in points.items():
        gflop, loss = np.array([p.gflop for p in row]), np.array([p.loss for p in row])
        at = SHARES * gflop[0]
        value = np.interp(at, gflop[::-1], loss[::-1]) - loss[0]
        value[at < gflop.min()] = np.nan  # it did not come that far
        found[title] = value
    return found


def joined(points: Mapping[int, Mapping[str, Sequence[Point]]]) -> dict[str, list[Point]]:
    """Of several seeds the means, as far as all of them go."""
    first, *others = points.values()
    found = {}
    for title, row in first.items():
        rows = [row, *(seed[title] for seed in others if title in seed)]
        found[title] = [
            Point(same[0].n, float(np.mean([p.gflop for p in same])), float(np.mean([p.loss for p in same])))
            for same in zip(*rows, strict=False)
        ]
    return found


def claims(points: Mapping[str, Sequence[Point]]) -> list[Claim]:
    """Those that can be checked with the curves that there are."""
    of = increases(points)
    found = []

    def mean(title: str, where: Floats | None = None) -> float:
        chosen = of[title] if where is None else of[title][where.astype(bool)]
        return float(np.nanmean(chosen)) if np.isfinite(chosen).any() else float("nan")

    fisher = "Fisher, β = 0"
    naive = [title for title in NAIVE if title in of]
    if fisher in of and naive:
        worse = {title: mean(title) for title in naive}
        told = ", ".join(f"{title} {loss:.3f}" for title, loss in worse.items())
        found.append(
            Claim(
                "Naive baselines fail: they lose more than Fisher pruning at the same FLOPs",
                all(loss > mean(fisher) for loss in worse.values()),
                f"{told}; Fisher, β = 0, {mean(fisher):.3f}",
            )
        )
    for title in MOLCHANOV:
        if fisher in of and title in of:
            apart = abs(mean(title) - mean(fisher)) / max(mean(fisher), 1e-9)
            found.append(
                Claim(
                    f"Fisher without cost equals {title}",
                    apart <= EQUAL,
                    f"{mean(fisher):.3f} and {mean(title):.3f}, {100 * apart:.0f} % apart",
                )
            )
    several = [title for title in (fisher, *(f"Fisher, β = {beta:g}" for beta in BETAS)) if title in of]
    if len(several) > 1:
        envelope = float(np.nanmean(np.nanmin([of[title] for title in several], axis=0)))
        best = min(several, key=mean)
        found.append(
            Claim(
                "Several β beat one: the best of them at each cost is better than any single one",
                envelope < 0.99 * mean(best),
                f"the best at each cost {envelope:.3f}; the best one ({best}) {mean(best):.3f}",
            )
        )
        found.append(
            Claim(
                "Regularising FLOPs is better than not",
                mean(best) < mean(fisher) and best != fisher,
                f"{best} {mean(best):.3f}; Fisher, β = 0, {mean(fisher):.3f}",
            )
        )
    for beta in BETAS:
        updated, fixed = f"Fisher, β = {beta:g}", f"Fisher, β = {beta:g}, costs held fixed"
        if updated in of and fixed in of:
            found.append(
                Claim(
                    f"Updated costs beat fixed ones at β = {beta:g}",
                    mean(updated) < mean(fixed),
                    f"updated {mean(updated):.3f}, fixed {mean(fixed):.3f}",
                )
            )
    if "Fisher, β*" in of and len(several) > 1:
        few, many = (SHARES >= FEW).astype(float), (SHARES <= MANY).astype(float)
        star = mean("Fisher, β*", few), mean("Fisher, β*", many)
        best_few, best_many = (min(mean(t, where) for t in several) for where in (few, many))
        found.append(
            Claim(
                f"β* is good for few features: within {NOISE} nats of the best β above {FEW} of the FLOPs",
                star[0] <= best_few + NOISE,
                f"β* {star[0]:.4f}, the best β {best_few:.4f}",
            )
        )
        found.append(
            Claim(
                f"β* is worse for many: below {MANY} of the FLOPs the best β loses less",
                star[1] > best_many,
                f"β* {star[1]:.3f}, the best β {best_many:.3f}",
            )
        )
    first = "Fisher with first order, β = 0"
    if fisher in of and first in of:
        found.append(
            Claim("The first-order term hurts", mean(first) > mean(fisher), f"{mean(first):.3f} and {mean(fisher):.3f}")
        )
    return found


def page(found: Sequence[Claim], command: str) -> str:
    """Markdown: a line for each claim."""
    lines = ["| the paper's claim | here | mean loss increase in nats per fixation |", "| --- | --- | --- |"]
    lines += [f"| {c.words} | {'holds' if c.holds else '**does not hold**'} | {c.figures} |" for c in found]
    return "\n".join([*lines, "", "```", command, "```", ""])


def draw(points: Mapping[str, Sequence[Point]], path: Path) -> None:
    """Loss against GFLOP, a line for each curve. Raises OutputError where matplotlib is missing."""
    order = [c.title for c in CURVES if c.title in points]
    with drawing(STYLE) as plt:
        figure, axis = plt.subplots(figsize=(7.2, 4.6), layout="constrained")
        for title in order:
            row = points[title]
            axis.plot([p.gflop for p in row], [p.loss for p in row], label=title, **_line(title))
        start = points[order[0]][0].loss
        most = max(p.loss for row in points.values() for p in row)
        axis.set_ylim(start - 0.05, min(most + 0.05, start + MOST_NATS))  # the worst leave the figure
        axis.set_xlabel("GFLOP for a picture")
        axis.set_ylabel("loss on held-out pictures, nats per fixation")
        axis.grid(color="#d9d9d9", linewidth=0.5)
        figure.legend(loc="outside right upper", frameon=False, fontsize=7)
        save(figure, path)


def _line(title: str) -> dict[str, object]:
    """Colours of Okabe and Ito (2008): one for each family of curves; dashes for costs held fixed or regularised."""
    blues = {"0": "#99ccee", "0.001": "#56B4E9", "0.01": "#0072B2", "0.1": "#003a5d"}
    if title.startswith("Fisher, β = "):
        beta = title.removeprefix("Fisher, β = ").split(",")[0]
        return {"color": blues[beta], "linestyle": "--" if "fixed" in title else "-", "linewidth": 1.4}
    colours = {
        "Fisher, β*": ("#CC79A7", "-"),
        "Fisher with first order, β = 0": ("#000000", ":"),
        "Molchanov": ("#D55E00", "-"),
        "Molchanov, normalised": ("#E69F00", "-"),
        "Molchanov, regularised": ("#D55E00", "--"),
        "Molchanov, normalised and regularised": ("#E69F00", "--"),
        "Mean activation (L1A)": ("#009E73", "-"),
        "Weight norm (L1W)": ("#009E73", "--"),
        "Random": ("#999999", "-"),
    }
    colour, style = colours[title]
    return {"color": colour, "linestyle": style, "linewidth": 1.2}
