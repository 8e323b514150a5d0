"""What a pruned network costs and loses, and how these figures are written. Plain data, no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gazeengine.families import Made
from gazeengine.records import Latency, RoundingGain

LatencyState = Literal["measured", "waiting", "stale", "measuring"]
LossTrust = Literal["exact", "estimate", "unreliable"]
Mark = Literal["", "estimate", "problem"]

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
LOSS = "Loss increase"


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of the present setting; size is the picture's (height, width), for GFLOP and latency.

    n_trained features were gone when the network was trained that n_estimated more are pruned from; gains are its
    information gains in bits by data set. n_reference are gone from what latency is compared with. signal says on
    whose pictures the signals were estimated that loss_increase_bits sums; own that these are the user's. predicted_ms
    is what the layers' times let expect, where these are what pruning saves; they were measured on a machine with so
    many threads. rounding is what rounded widths gain, where they are.
    """

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
    n_trained: int = 0
    n_estimated: int = 0
    made: Made = "trained"
    gains: tuple[tuple[str, float], ...] = ()
    n_reference: int = 0
    signal: str = ""
    signal_is_own: bool = False
    predicted_ms: float | None = None
    predicted_on: str = ""
    predicted_threads: int = 1
    rounding: RoundingGain | None = None


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
            f"of {f.features_all:,}",
            f"{_percent(f.features_left, f.features_all)} left",
            _pruned(f),
            explanation=(
                "Feature maps left in all layers together, readout included. Of those pruned, some were gone when the "
                f"network was {f.made}; the others are pruned from it by estimate, without training."
            ),
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
        _gain_row(f),
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
    reference = f"the network without {f.n_reference:,}" if f.n_reference else "the unpruned network"
    predicted = ""
    if f.predicted_ms is not None:
        predicted = f"predicted {f.predicted_ms:,.1f}"
        what += _PREDICTED.format(on=f.predicted_on, threads=_threads(f.predicted_threads))
    ratio = f"How many times faster than {reference}, measured in turn with it; below it the quartiles. "
    if f.latency is None:
        return (
            FigureRow("Latency", DASH, "ms", predicted or "not measured yet", word, mark, what + state),
            FigureRow("Speed-up", DASH, "×", "not measured yet", "", mark, ratio + state),
        )
    t = f.latency
    decimals = 1 if t.base_median_ms < 1000 else 0
    low, high = t.quartiles_ms
    slow, fast = t.speedup_quartiles
    threads = _threads(t.threads)
    runs = f"{t.runs} run{'s' * (t.runs != 1)}"
    if predicted and t.threads != f.predicted_threads:
        predicted += f" with {_threads(f.predicted_threads)}"
    base = f"{f'without {f.n_reference:,}' if f.n_reference else 'unpruned'} {t.base_median_ms:,.{decimals}f} ms"
    if (gain := f.rounding) is not None:
        base = f"rounding {gain.measured:.2f} ×, predicted {gain.predicted:.2f}"
        few, many = gain.quartiles
        ratio += (
            f"By rounding it is {gain.measured:.2f} times as fast per FLOP (quartiles {few:.2f} to {many:.2f}), "
            f"measured in turn with that of exact widths; predicted by layers timed alone: {gain.predicted:.2f}. "
        )
    return (
        FigureRow(
            "Latency",
            f"{t.median_ms:,.{decimals}f}",
            "ms",
            f"{low:,.{decimals}f}{DASH}{high:,.{decimals}f} · {predicted or f'{threads} · {runs}'}",
            word,
            mark,
            what + state,
        ),
        FigureRow(
            "Speed-up",
            f"{t.speedup:.1f}",
            "×",
            f"{slow:.1f}{DASH}{fast:.1f} · {base}",
            word if mark else "",
            mark,
            ratio + state,
        ),
    )


_PREDICTED = (
    "Predicted is the sum of its layers' times, each fitted to a table that was measured on {on} with {threads}, "
    "and what whole networks took besides. "
)


def _threads(n: int) -> str:
    return "1 thread" if n == 1 else f"{n} threads"


_TRUST: dict[LossTrust, tuple[str, Mark, str]] = {
    "exact": ("", "", "Nothing is pruned past a network that was trained or compensated."),
    "estimate": (
        "estimate",
        "estimate",
        "The sum of the signals Δ of what is pruned past that network (Eq. 7), without retraining.",
    ),
    "unreliable": (
        "unreliable",
        "problem",
        "So much is pruned at once that the sum of Δ (Eq. 7) no longer holds.",
    ),
}


def _pruned(f: Figures) -> str:
    """What is pruned: the part with which a network was trained or compensated, and the rest."""
    made = f.made if f.made == "trained" or not f.n_estimated else ""  # both words do not fit into the row
    parts = [f"{n:,} {word}".rstrip() for n, word in ((f.n_trained, made), (f.n_estimated, "estimated")) if n]
    return " + ".join(parts) or _unpruned(f)


def _unpruned(f: Figures) -> str:
    """The network that n counts from, which may have been pruned before it was opened."""
    return "as opened" if f.n_reference else "unpruned"


def _gain_row(f: Figures) -> FigureRow:
    """The measured score of the trained network, which is the present one's only where nothing is pruned past it."""
    what = f"Bits per fixation by which maps beat the center bias on test pictures, measured on the {f.made} network"
    if not f.gains:
        return FigureRow("Information gain", DASH, "bit", "not measured", explanation=f"{what}: its file has none.")
    at = f"at {f.n_trained:,}" if f.n_trained else _unpruned(f)
    word = f"measured {at}" if f.n_estimated else "measured"
    mark: Mark = "estimate" if f.n_estimated else ""
    (first, bits), *others = f.gains
    detail = " · ".join([first, *(f"{name} {value:.2f}" for name, value in others)])
    told = ", ".join(f"{name} {value:.3f}" for name, value in f.gains)
    past = f" What is pruned past it loses of that, see {LOSS}." if f.n_estimated else ""
    return FigureRow("Information gain", f"{bits:.2f}", "bit", detail, word, mark, f"{what}: {told}.{past}")


def _loss_row(f: Figures) -> FigureRow:
    word, mark, trust = _TRUST[f.loss_trust]
    rounded = round(f.loss_increase_bits, 3)
    sign = "+" if rounded > 0 else MINUS if rounded < 0 else ""
    past = f", past {'the trained ' * (f.made == 'trained')}{f.n_trained:,}" if f.n_trained else ""
    own = f.signal_is_own and f.n_estimated
    source = f" The signals are of {f.signal}." if f.signal and f.n_estimated else ""
    return FigureRow(
        LOSS,
        f"{sign}{abs(rounded):.3f}",
        "bit",
        f"{f'past {f.n_trained:,}' if past else 'per fixation'}, by {f.signal}" if own else f"per fixation{past}",
        word,
        mark,
        f"Rise of the cross-entropy, in bits per fixation. {trust}{source}",
    )


def _percent(part: float, whole: float) -> str:
    percent = 100 * part / whole if whole else 0
    return "below 0.1 %" if 0 < percent < 0.05 else f"{percent:.1f} %"


def _decimals(whole: float) -> int:
    """Digits behind the point, the same for all prunings of a network so that the number does not jump."""
    return 2 if whole >= 10 else 3 if whole >= 1 else 4
