"""What a pruned network costs and loses, and how these figures are written. Plain data, no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gazeengine.records import Latency

LatencyState = Literal["measured", "waiting", "stale", "measuring"]
LossTrust = Literal["exact", "estimate", "unreliable"]
Mark = Literal["", "estimate", "problem"]

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of the present setting; size is the picture's (height, width), for GFLOP and latency."""

    features_left: int
    features_all: int
    parameters: int
    parameters_all: int
    gflop: float
    gflop_all: float
    size: tuple[int, int]
    latency: Latency | None
    latency_state: LatencyState
    loss_increase_bits: float
    loss_trust: LossTrust


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure as written, with a word on its state, what it is compared with, and its definition."""

    name: str
    value: str
    unit: str
    detail: str
    word: str = ""
    mark: Mark = ""
    explanation: str = ""


def figure_rows(figures: Figures) -> tuple[FigureRow, ...]:
    """The rows of the table from top to bottom; always the same ones, so that nothing moves."""
    f = figures
    height, width = f.size
    decimals = _decimals(f.gflop_all)
    return (
        FigureRow(
            "Features",
            f"{f.features_left:,}",
            "",
            f"{_percent(f.features_left, f.features_all)} of {f.features_all:,}",
            explanation="Feature maps left in all layers together, readout included.",
        ),
        FigureRow(
            "Parameters",
            f"{f.parameters:,}",
            "",
            f"{_percent(f.parameters, f.parameters_all)} of {f.parameters_all:,}",
            explanation="Weights and biases of the convolutions, scales and shifts of the normalizations.",
        ),
        FigureRow(
            "Cost",
            f"{f.gflop:.{decimals}f}",
            "GFLOP",
            f"{_percent(f.gflop, f.gflop_all)} of {f.gflop_all:.{decimals}f} at {width} × {height}",
            explanation=(
                "Floating point operations of all convolutions for one picture of this width × height: "
                "the sum of H·W·C_out·(2·C_in·K² + 1), Eq. 11."
            ),
        ),
        *_latency_rows(f),
        _loss_row(f),
    )


def figures_tsv(figures: Figures) -> str:
    """The table as tab-separated values with a heading, for a spreadsheet."""
    heading = "figure\tvalue\tunit\tdetail\tstate"
    rows = ("\t".join((r.name, r.value, r.unit, r.detail, r.word)) for r in figure_rows(figures))
    return "\n".join((heading, *rows)) + "\n"


def figures_sentence(figures: Figures) -> str:
    """The table in words, for a screen reader."""
    return "; ".join(
        f"{r.name} {r.value} {r.unit} {r.word} ({r.detail})".replace("  ", " ") for r in figure_rows(figures)
    )


_STATES: dict[LatencyState, tuple[str, Mark, str]] = {
    "measured": ("measured", "", "Measured on this computer at the present setting."),
    "stale": ("stale", "estimate", "Measured at an earlier setting, not at the present one."),
    "measuring": ("measuring…", "estimate", "Being measured; what is shown is of an earlier setting."),
    "waiting": ("waiting", "estimate", "Will be measured when no job uses the cores."),
}


def _latency_rows(f: Figures) -> tuple[FigureRow, FigureRow]:
    word, mark, state = _STATES[f.latency_state]
    what = "Median time of one prediction, below it the quartiles over repeated runs. "
    ratio = "How many times faster than the unpruned network, measured in turn with it; below it the quartiles. "
    if f.latency is None:
        return (
            FigureRow("Latency", DASH, "ms", "not measured yet", word, mark, what + state),
            FigureRow("Speed-up", DASH, "×", "not measured yet", "", mark, ratio + state),
        )
    t = f.latency
    decimals = 1 if t.base_median_ms < 1000 else 0
    low, high = t.quartiles_ms
    slow, fast = t.speedup_quartiles
    threads = "1 thread" if t.threads == 1 else f"{t.threads} threads"
    return (
        FigureRow(
            "Latency",
            f"{t.median_ms:,.{decimals}f}",
            "ms",
            f"{low:,.{decimals}f}{DASH}{high:,.{decimals}f} · {threads} · {t.runs} runs",
            word,
            mark,
            what + state,
        ),
        FigureRow(
            "Speed-up",
            f"{t.speedup:.1f}",
            "×",
            f"{slow:.1f}{DASH}{fast:.1f} · unpruned {t.base_median_ms:,.{decimals}f} ms",
            word if mark else "",
            mark,
            ratio + state,
        ),
    )


_TRUST: dict[LossTrust, tuple[str, Mark, str]] = {
    "exact": ("", "", "Nothing is pruned past a trained network."),
    "estimate": (
        "estimate",
        "estimate",
        "The sum of the signals Δ of what is pruned (Eq. 7), without retraining.",
    ),
    "unreliable": (
        "unreliable",
        "problem",
        "So much is pruned at once that the sum of Δ (Eq. 7) no longer holds.",
    ),
}


def _loss_row(f: Figures) -> FigureRow:
    word, mark, trust = _TRUST[f.loss_trust]
    rounded = round(f.loss_increase_bits, 3)
    sign = "+" if rounded > 0 else MINUS if rounded < 0 else ""
    return FigureRow(
        "Loss increase",
        f"{sign}{abs(rounded):.3f}",
        "bit",
        "per fixation",
        word,
        mark,
        f"Rise of the cross-entropy, in bits per fixation. {trust}",
    )


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole if whole else 0:.1f} %"


def _decimals(whole: float) -> int:
    """Digits behind the point, the same for all prunings of a network so that the number does not jump."""
    return 2 if whole >= 10 else 3 if whole >= 1 else 4
