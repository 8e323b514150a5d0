"""A run that counts, with everything a long run has but torch: python counting.py --run DIR --out FILE --events …

It saves where it is when it is closed. With --gate it counts on only when the file DIR/go holds a number that is as
high. The file DIR/does says what comes in between: "fail 3", "crash 3", "kill 3", "nan 3".
"""

import argparse
import json
import math
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from gazeengine import __main__ as command_line
from gazeengine.commands.following import follow
from gazeengine.commands.output import Result
from gazeengine.errors import TrainingError
from gazeengine.runs import TrainingProgress, claimed
from gazeengine.saved_state import LATEST

PARSER = argparse.ArgumentParser()
PARSER.add_argument("command", nargs="?")
PARSER.add_argument("--run", type=Path, required=True)
PARSER.add_argument("--out", type=Path, required=True)
PARSER.add_argument("--steps", type=int, default=6)
PARSER.add_argument("--events", action="store_true")
PARSER.add_argument("--gate", action="store_true")
PARSER.add_argument("--json", action="store_true")


def counting(folder, n_steps, gated):
    state = folder / "counted"
    step = saved = int(state.read_text()) if state.exists() else 0
    widths = {"conv1": 2 * n_steps, "conv2": n_steps}
    try:
        while step < n_steps:
            while gated and not may_go(folder, step):
                time.sleep(0.005)
                yield from ()
            step += 1
            _interfere(folder, step)
            widths = {name: max(1, width - 1) for name, width in widths.items()}
            yield told(step, n_steps, widths)
    finally:
        if step != saved:
            state.write_text(str(step))
            about = {"progress": json.dumps(told(step, n_steps, widths).to_json())}
            save_file({"counted": np.array([step])}, folder / LATEST, about)


def told(step, n_steps, widths):
    return TrainingProgress(
        step, n_steps, 5 / step, 6 / step, 6 / step, step, step / 10, n_steps - step, n_pruned=step, widths=widths
    )


def may_go(folder, step):
    try:
        return step < int((folder / "go").read_text())
    except (FileNotFoundError, ValueError):
        return False


def _interfere(folder, step):
    does = folder / "does"
    what, at = does.read_text().split() if does.exists() else ("", "0")
    if int(at) == step:
        does.unlink()
        match what:
            case "fail":
                raise TrainingError(f"training {folder.name}: found trouble at step {step}, wanted none")
            case "crash":
                raise RuntimeError("a bug")
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "nan":
                raise TrainingError(f"training {folder.name}: the loss is {math.nan} at step {step}, wanted a number")


def run(options):
    with claimed(options.run):
        ended = follow("count", counting(options.run, options.steps, options.gate), options.run, options.events)
        state = int((options.run / "counted").read_text())
        if ended in ("done", "kept"):
            options.out.write_text(str(state))
            return Result({"file": str(options.out), "step": state, "ended": ended}, f"counted to {state}")
        return Result({"interrupted": True, "step": state, "ended": ended}, "stopped", 130)


if __name__ == "__main__":
    command_line.parser = lambda: PARSER
    command_line._run = run
    sys.exit(command_line.main())
