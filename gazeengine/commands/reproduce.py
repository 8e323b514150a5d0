"""reproduce: tables of the paper made again, and those that go beyond it."""

from __future__ import annotations

import shlex
from argparse import Namespace
from dataclasses import asdict, replace
from pathlib import Path

from gazeengine.atomic import written_beside
from gazeengine.commands.material import read_splits
from gazeengine.commands.output import Progress, Result, check_writable, interruptible, model
from gazeengine.commands.screens import page as screens_page
from gazeengine.commands.screens import screens_measured
from gazeengine.commands.without_training import Kept, page, without_training
from gazeengine.commands.without_training import as_csv as kept_as_csv
from gazeengine.commands.without_training import draw as draw_kept
from gazeengine.errors import DataError
from gazeengine.figure1 import Figure1Options, as_csv, figure1, points_in
from gazeengine.figure1_claims import claims, draw, joined
from gazeengine.figure1_claims import page as claims_page
from gazeengine.lenet_pruning import LeNetOptions
from gazeengine.refinement import RefinementOptions
from gazeengine.screen_scores import ScreenScores, store
from gazeengine.table1 import page as table1_page
from gazeengine.table1 import table1

KEPT_AT = (0.5, 1 / 3, 0.2, 0.1)
"""Shares of the FLOPs, of without-training."""


def run(options: Namespace) -> Result:
    if options.out is not None:
        check_writable(options.out)
    if options.run is None and options.what != "screens":
        raise DataError(f"{options.what}: --run is missing, wanted a folder for what is done, to go on from")
    return {"table1": _table1, "figure1": _figure1, "without-training": _without_training, "screens": _screens}[
        options.what
    ](options)


def _screens(options: Namespace) -> Result:
    if len(options.data) != 1:
        raise DataError(f"screens: found {len(options.data)} data sets, wanted one of screens with fixations")
    progress = Progress("screens")
    numbers: dict[str, float] = {}
    found = ScreenScores("", ())
    for item in screens_measured(options.models, options.data[0], options.split):
        if isinstance(item, str):
            progress.say(item)
        elif isinstance(item, dict):
            numbers = item
        else:
            found = item
    command = (
        f"python -m gazeengine reproduce screens --data DATA/{options.data[0].name} --split {options.split} "
        f"--models {','.join(_named(name) for name in options.models)}"
    )
    if options.store is not None:
        store(found, options.store)
    rows = [{"network": r.network, "way": r.way, "scores": r.scores.to_json()} for r in found.rows]
    return _written(options, screens_page(found, numbers, command), {"numbers": numbers, "rows": rows})


def _named(model: str) -> str:
    """A model as a command names it that others are to repeat: without the folder where a file lies here."""
    return Path(model).name if Path(model).is_absolute() else model


def _figure1(options: Namespace) -> Result:
    """--out is a Markdown file of claims; CSV and SVG of the same name lie beside it."""
    checkpoint = model(options.model)
    training, _, test = read_splits(options.data)
    progress, points = Progress("figure1"), {}
    size = options.size or checkpoint.working_size
    for seed in range(options.seeds):
        how = Figure1Options(size, options.every, options.signal_images, options.held_out, options.least, seed)
        with interruptible() as stopped:
            for step in figure1(checkpoint, training, test, options.run, how):
                p, done = step.point, f"{100 * step.done:.0f} % of this curve"
                progress.say(f"seed {seed}, {step.curve.title}: {p.gflop:.2f} GFLOP, {p.loss:.3f} nats, {done}")
                if stopped:
                    return _stopped(options)
        points[seed] = points_in(options.run, checkpoint, how)
    found = claims(joined(points))
    height, width = size
    flags = [f"--model {shlex.quote(options.model)}", f"--size {height}x{width}", f"--every {options.every}"]
    flags += [
        f"--signal-images {options.signal_images}",
        f"--held-out {options.held_out}",
        f"--least {options.least:g}",
    ]
    text = claims_page(found, _command(options, [*flags, f"--seeds {options.seeds}"], betas=False))
    if options.out is not None:
        with written_beside(options.out.with_suffix(".csv")) as beside:
            beside.write_text(as_csv(points), encoding="utf-8")
        draw(joined(points), options.out.with_suffix(".svg"))
    return _written(options, text, {"claims": [asdict(claim) for claim in found]})


def _table1(options: Namespace) -> Result:
    if len(options.data) != 1:
        raise DataError(f"table1: found {len(options.data)} data sets, wanted MNIST alone")
    how = LeNetOptions(shift=options.shift, taught=options.taught)
    if options.taught:
        how = replace(how, settle_rate=how.learning_rate)
    if options.steps is not None:
        between = min(how.steps_per_feature, options.steps)
        how = replace(how, steps=options.steps, settle_steps=options.steps, steps_per_feature=between)
    progress, cells = Progress("table1"), []
    with interruptible() as stopped:
        for cell in table1(options.data[0], options.run, range(options.seeds), options.betas, how, options.shares):
            cells.append(cell)
            r = cell.result
            beta = "unpruned" if cell.beta is None else f"β {cell.beta}"
            wrong, cost = 100 * r.test_error, 100 * r.share
            progress.say(f"seed {cell.seed}, {beta}: {wrong:.2f} % wrong at {cost:.1f} % of the cost")
            if stopped:
                return _stopped(options)
    shares = [f"--shares {','.join(f'{share:g}' for share in options.shares)}"] if options.shares else []
    text = table1_page(cells, _command(options, [f"--seeds {options.seeds}", *shares]))
    return _written(options, text, {"cells": [asdict(cell) for cell in cells]})


def _without_training(options: Namespace) -> Result:
    """--out is a Markdown file of tables; CSV and SVG of the same name lie beside it."""
    checkpoint = model(options.model)
    training, _, test = read_splits(options.data)
    betas = [None if beta == "star" else float(beta) for beta in options.betas]
    how = RefinementOptions(None, tuple(options.shares or KEPT_AT))
    progress, found = Progress("without-training"), []
    with interruptible() as stopped:
        for item in without_training(checkpoint, training, test, betas, options.run, how):
            if isinstance(item, Kept):
                found.append(item)
                gains = ", ".join(f"{name} {bits:.3f} bits" for name, bits in item.gains.items())
                progress.say(f"β {item.beta}, {item.way}, {item.share:.2g} of the FLOPs: {gains}")
            if stopped:
                return _stopped(options)
    shares = ",".join(f"{share:.4g}" for share in how.shares)
    text = page(checkpoint, found, _command(options, [f"--model {shlex.quote(options.model)}", f"--shares {shares}"]))
    if options.out is not None:
        with written_beside(options.out.with_suffix(".csv")) as beside:
            beside.write_text(kept_as_csv(found), encoding="utf-8")
        draw_kept(checkpoint, found, options.out.with_suffix(".svg"))
    return _written(options, text, {"kept": [asdict(kept) for kept in found]})


def _written(options: Namespace, text: str, values: dict[str, object]) -> Result:
    if options.out is not None:
        with written_beside(options.out) as beside:
            beside.write_text(text, encoding="utf-8")
    return Result({"run": str(options.run)} | values, text)


def _stopped(options: Namespace) -> Result:
    return Result({"interrupted": True, "run": str(options.run)}, "stopped; call reproduce again to go on", 130)


def _command(options: Namespace, more: list[str], *, betas: bool = True) -> str:
    parts = [f"python -m gazeengine reproduce {options.what}"]
    parts += [f"--data DATA/{Path(folder).name}" for folder in options.data]
    parts += [*more, *[f"--betas {','.join(map(str, options.betas))}"] * betas]
    parts += ["--shift"] * options.shift + [f"--taught {options.taught:g}"] * bool(options.taught)
    parts += [f"--steps {options.steps}"] if options.steps else []
    return " ".join([*parts, f"--run runs/{options.what}"])
