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
from gazeengine.stimuli import DataSet

WAYS = (
    ("one signal", False, False),
    ("signals anew", True, False),
    ("one signal, compensated", False, True),
    ("signals anew, compensated", True, True),
)
"""Title, whether signals are estimated at each stop, whether weights are compensated there."""


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
