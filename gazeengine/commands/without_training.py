"""What is kept without any training: one-shot pruning, signals anew on the way, and compensation, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gazeengine.checkpoint import Checkpoint, load
from gazeengine.commands.refine import stops_written
from gazeengine.cost import flops_model
from gazeengine.families import beta_in_names
from gazeengine.plan import FLOP_PER_GFLOP
from gazeengine.refinement import RefinementOptions
from gazeengine.results_figures import STYLE, drawing, save
from gazeengine.stimuli import DataSet

WAYS = (
    ("one signal", False, False),
    ("signals anew", True, False),
    ("one signal, compensated", False, True),
    ("signals anew, compensated", True, True),
)
"""Title, whether signals are estimated at each stop, whether weights are compensated there."""
COLOURS = ("#999999", "#0072B2", "#E69F00", "#D55E00")  # of Okabe and Ito (2008), in the order of WAYS
LINES = ("-", "--", ":", "-.")  # of β


@dataclass(frozen=True, slots=True)
class Kept:
    """What a network at a stop gains over the center bias: bits by data set."""

    way: str
    beta: float | None
    share: float
    gflop: float
    gains: dict[str, float]


def without_training(
    checkpoint: Checkpoint,
    training: Sequence[DataSet],
    test: Sequence[DataSet],
    betas: Sequence[float | None],
    folder: Path,
    options: RefinementOptions,
) -> Iterator[Kept | str]:
    """Go all ways at each β, in folders of folder that they go on from; yields what is being done, and every stop.

    Raises as refined does.
    """
    for beta in betas:
        for title, estimate, compensate in WAYS:
            how = replace(options, beta=beta, estimate=estimate, compensate=compensate)
            place = folder / f"beta{beta_in_names(beta)}-{title.replace(', ', '-').replace(' ', '-')}"
            place.mkdir(parents=True, exist_ok=True)
            files: list[Path] = []
            for step in stops_written(checkpoint, training, test, how, place, files):
                yield f"β {beta_in_names(beta)}, {title}: {step.doing}"
            for path, share in zip(files, how.shares, strict=True):
                stop = load(path)
                gflop = flops_model(stop.architecture, *stop.working_size).total(stop.widths) / FLOP_PER_GFLOP
                gains = {name: float(score["information_gain_bits"]) for name, score in stop.scores.items()}
                yield Kept(title, beta, share, gflop, gains)


def as_csv(found: Sequence[Kept]) -> str:
    """A row for each stop: way, beta, share and gflop, then bits by data set."""
    names = list(dict.fromkeys(name for kept in found for name in kept.gains))
    lines = [",".join(["way", "beta", "share", "gflop", *(f"bits on {name}" for name in names)])]
    for kept in found:
        bits = [f"{kept.gains[name]:.6f}" if name in kept.gains else "" for name in names]
        way = f'"{kept.way}"' if "," in kept.way else kept.way
        lines.append(",".join([way, beta_in_names(kept.beta), f"{kept.share:.6g}", f"{kept.gflop:.6f}", *bits]))
    return "\n".join([*lines, ""])


def draw(checkpoint: Checkpoint, found: Sequence[Kept], path: Path) -> None:
    """Bits that are kept against GFLOP, a panel for each data set, a line for each way and β.

    They begin with what the whole network was measured to have. Raises OutputError where matplotlib is missing.
    """
    names = list(dict.fromkeys(name for kept in found for name in kept.gains))
    whole_gflop = flops_model(checkpoint.architecture, *checkpoint.working_size).total(checkpoint.widths)
    betas = list(dict.fromkeys(kept.beta for kept in found))
    with drawing(STYLE) as plt:
        size = (3.6 * len(names), 3.4)
        figure, axes = plt.subplots(1, len(names), figsize=size, layout="constrained", squeeze=False)
        for axis, name in zip(axes[0], names, strict=True):
            whole = checkpoint.scores.get(name, {}).get("information_gain_bits")
            for (way, _, _), colour in zip(WAYS, COLOURS, strict=True):
                for beta, line in zip(betas, LINES * len(betas), strict=False):
                    row = [k for k in found if (k.way, k.beta) == (way, beta) and name in k.gains]
                    x, y = [k.gflop for k in row], [k.gains[name] for k in row]
                    if whole is not None:
                        x, y = [whole_gflop / FLOP_PER_GFLOP, *x], [whole, *y]
                    label = f"{way}, β = {beta_in_names(beta)}"
                    axis.plot(x, y, label=label, color=colour, linestyle=line, marker="o", markersize=3, linewidth=1.3)
            axis.set_title(name)
            axis.set_xlabel("GFLOP for a picture")
            axis.grid(color="#d9d9d9", linewidth=0.5)
        axes[0][0].set_ylabel("information gain, bits per fixation")
        figure.legend(
            *axes[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False, fontsize=7
        )
        save(figure, path)


def page(checkpoint: Checkpoint, found: Sequence[Kept], command: str) -> str:
    """Markdown: a table for each data set, a row for each β and way."""
    shares = sorted({kept.share for kept in found}, reverse=True)
    names = list(dict.fromkeys(name for kept in found for name in kept.gains))
    lines: list[str] = []
    for name in names:
        whole = checkpoint.scores.get(name, {}).get("information_gain_bits")
        of = f" of {whole:.2f}" if whole is not None else ""
        lines += [f"**{name}**, bits{of} that are kept at a share of the FLOPs", ""]
        lines += ["| β | way | " + " | ".join(f"{share:.2g}" for share in shares) + " |"]
        lines += ["| --- | --- |" + " --- |" * len(shares)]
        for beta, way in dict.fromkeys((kept.beta, kept.way) for kept in found):
            by_share = {kept.share: kept.gains[name] for kept in found if (kept.beta, kept.way) == (beta, way)}
            cells = " | ".join(f"{by_share[share]:.2f}" if share in by_share else "" for share in shares)
            lines.append(f"| {beta_in_names(beta)} | {way} | {cells} |")
        lines.append("")
    return "\n".join([*lines, "```", command, "```", ""])
