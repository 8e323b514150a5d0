"""Table 1 of the paper as a run that can be stopped: its cells in a JSON file, and a Markdown page of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import load_file, save_file

from gazeengine.atomic import written_beside
from gazeengine.errors import DataError, OutputError, cause
from gazeengine.lenet import Digits, of_state, split_digits
from gazeengine.lenet_pruning import LeNetOptions, LeNetResult, begun, copied, errors, pruned_along

PAPER = (
    ("LeCun et al.", "0.80 %", "100 %"),
    ("Han et al.", "0.77 %", "16 %"),
    ("Fisher (β = 0)", "0.84 %", "26 %"),
    ("Fisher (β > 0)", "0.79 %", "10 %"),
    ("Fisher (β*)", "0.86 %", "17 %"),
)
"""Table 1 as printed: method, error, computational cost."""
SHARES = (0.26, 0.17, 0.1, 0.05)
NOTE = "table1.json"


@dataclass(frozen=True, slots=True)
class Cell:
    """One pruned network: beta in nats per GFLOP, "star", or None for the unpruned one."""

    seed: int
    shift: bool
    beta: float | str | None
    share_asked: float
    result: LeNetResult


def table1(
    mnist: Path,
    folder: Path,
    seeds: Sequence[int],
    betas: Sequence[float | str],
    options: LeNetOptions,
    shares: Sequence[float] | None = None,
) -> Iterator[Cell]:
    """Train and prune what folder does not have yet; yields every cell, those that are there at once.

    Raises DataError where mnist is not as published, or folder holds cells of other options, OutputError where folder
    cannot be written.
    """
    shares = tuple(shares or SHARES)
    cells = _read(folder, options)
    for seed in seeds:
        how = replace(options, seed=seed)
        there = [c for c in cells if c.seed == seed]
        done = {beta: {c.share_asked for c in there if c.beta == beta} for beta in (None, *betas)}
        missing = [b for b, found in done.items() if not found >= ({1.0} if b is None else set(shares))]
        yield from (c for c in there if c.beta not in missing)
        if not missing:
            continue
        digits = split_digits(mnist, seed)
        training, validation, test = digits
        whole = _whole(folder, digits, how)
        for beta in missing:
            cells = [c for c in cells if (c.seed, c.beta) != (seed, beta)]
            if beta is None:
                network = of_state(whole)
                wrong = errors(network, test)[0], errors(network, validation)[0]
                found: Iterator[LeNetResult] = iter([LeNetResult(1.0, network.widths, *wrong)])
            else:
                nats = None if beta == "star" else float(beta)
                found = pruned_along(of_state(whole), training, validation, test, nats, shares, how)
            for share, result in zip((1.0,) if beta is None else shares, found, strict=True):
                cell = Cell(seed, options.shift, beta, share, result)
                cells.append(cell)
                _write(folder, cells, options)
                yield cell


def page(cells: Sequence[Cell], command: str) -> str:
    """Markdown: the paper's rows, and ours as means over seeds with standard deviations."""
    lines = ["| method | cost | error on test | on validation | seeds |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| {method}, as printed | {cost} | {error} | | |" for method, error, cost in PAPER]
    keys = sorted({(_order(c.beta), -c.share_asked, c.beta) for c in cells}, key=lambda key: key[:2])
    for _, share, beta in keys:
        chosen = [c.result for c in cells if c.beta == beta and c.share_asked == -share]
        test, validation = (_mean([getattr(r, name) for r in chosen]) for name in ("test_error", "validation_error"))
        cost = 100 * float(np.mean([r.share for r in chosen]))
        lines.append(f"| {_title(beta)} | {cost:.1f} % | {test} | {validation} | {len(chosen)} |")
    return "\n".join([*lines, "", "```", command, "```", ""])


def _mean(errors: Sequence[float]) -> str:
    """In per cent, with its standard deviation over seeds."""
    wrong = 100 * np.array(errors)
    spread = f" ± {wrong.std(ddof=1):.2f}" if len(wrong) > 1 else ""
    return f"{wrong.mean():.2f}{spread} %"


def _whole(folder: Path, digits: tuple[Digits, Digits, Digits], options: LeNetOptions) -> dict[str, Any]:
    """The unpruned network of a seed, trained where it is not there yet."""
    path = folder / f"lenet-{options.seed}.safetensors"
    if path.exists():
        try:
            return load_file(path)
        except Exception as error:  # safetensors has no common one
            raise DataError(f"file {path}: cannot be read ({error}), wanted it as written, or gone") from error
    state = copied(begun(digits[0], digits[1], options))
    with written_beside(path) as beside:
        save_file(state, beside)
    return state


def _read(folder: Path, options: LeNetOptions) -> list[Cell]:
    path = folder / NOTE
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"folder {folder}: cannot be made ({error.strerror}), wanted one to write to") from error
    if not path.exists():
        return []
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["options"] != _told(options):
            raise DataError(f"file {path}: it is of other options ({found['options']}), wanted another folder")
        return [Cell(**(cell | {"result": LeNetResult(**cell["result"])})) for cell in found["cells"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"file {path}: cannot be read ({cause(error)}), wanted it as written, or gone") from error


def _write(folder: Path, cells: Sequence[Cell], options: LeNetOptions) -> None:
    with written_beside(folder / NOTE) as beside:
        found = {"options": _told(options), "cells": [asdict(cell) for cell in cells]}
        beside.write_text(json.dumps(found, indent=1), encoding="utf-8")


def _told(options: LeNetOptions) -> dict[str, Any]:
    """Without the seed, which each cell has."""
    return {name: value for name, value in asdict(options).items() if name != "seed"}


def _order(beta: float | str | None) -> float:
    return -1.0 if beta is None else float("inf") if beta == "star" else float(beta)


def _title(beta: float | str | None) -> str:
    if beta is None:
        return "LeNet-5, unpruned"
    return "Fisher (β*)" if beta == "star" else f"Fisher (β = {float(beta):g} nats/GFLOP)"
