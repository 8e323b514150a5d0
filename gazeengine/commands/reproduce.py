"""reproduce: tables of the paper, made again."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

from gazeengine.atomic import written_beside
from gazeengine.commands.output import Progress, Result, check_writable, interruptible
from gazeengine.lenet_pruning import LeNetOptions
from gazeengine.table1 import page, table1


def run(options: Namespace) -> Result:
    if options.out is not None:
        check_writable(options.out)
    how = LeNetOptions(shift=options.shift)
    if options.steps is not None:
        how = LeNetOptions(steps=options.steps, settle_steps=options.steps, shift=options.shift)
    progress, cells = Progress("table1"), []
    with interruptible() as stopped:
        for cell in table1(options.data, options.run, range(options.seeds), options.betas, how):
            cells.append(cell)
            r = cell.result
            beta = "unpruned" if cell.beta is None else f"β {cell.beta}"
            wrong, cost = 100 * r.test_error, 100 * r.share
            progress.say(f"seed {cell.seed}, {beta}: {wrong:.2f} % wrong at {cost:.1f} % of the cost")
            if stopped:
                told = "stopped; call reproduce again to go on"
                return Result({"interrupted": True, "run": str(options.run)}, told, 130)
    text = page(cells, _command(options))
    if options.out is not None:
        with written_beside(options.out) as beside:
            beside.write_text(text, encoding="utf-8")
    return Result({"run": str(options.run), "cells": [asdict(cell) for cell in cells]}, text)


def _command(options: Namespace) -> str:
    parts = ["python -m gazeengine reproduce table1", f"--data DATA/{Path(options.data).name}", "--run runs/table1"]
    parts += [f"--seeds {options.seeds}", f"--betas {','.join(map(str, options.betas))}"]
    parts += ["--shift"] * options.shift + ([f"--steps {options.steps}"] if options.steps else [])
    return " ".join(parts)
