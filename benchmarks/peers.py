"""A race against Torch-Pruning on the same weights, pictures and threads. python benchmarks/peers.py --data DATA/OSIE

Importance, greedy steps, targets of FLOPs by our own counter, information gain before and after equal fine-tuning, and
latency, each in turn with the others. It needs `pip install --no-deps torch-pruning==1.6.1` beside the project. The
same call goes on where it was stopped. --quick takes a few minutes, to see that all runs.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch

from benchmarks.race import Race
from benchmarks.race_cells import Cells, RaceOptions
from benchmarks.race_page import page
from benchmarks.torch_pruning_peer import VERSION, torch_pruning
from gazeengine.atomic import written_beside
from gazeengine.checkpoint import Checkpoint
from gazeengine.commands.argument_kinds import Parser, shares, whole_number
from gazeengine.commands.material import read_splits
from gazeengine.commands.output import check_writable, folder_made, model
from gazeengine.errors import GazeError
from gazeengine.results_records import this_machine

QUICK = {"pictures": 4, "images": 3, "fine_tune": 2, "repeats": 1, "runs": 3}
USUAL = {"pictures": 24, "images": 20, "fine_tune": 60, "repeats": 3, "runs": 15}


def arguments() -> argparse.Namespace:
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, action="append", required=True, metavar="DIR", help="data set; several")
    parser.add_argument("--model", default="fastgaze", metavar="MODEL", help="whose weights (default fastgaze)")
    for flag, what in (
        ("pictures", "training pictures that estimate importance"),
        ("images", "pictures of each test split that score"),
        ("fine-tune", "steps of fine-tuning; 0 for none"),
        ("repeats", "times that each peer goes to the targets"),
        ("runs", "rounds of latency"),
    ):
        usual = USUAL[flag.replace("-", "_")]
        least = 0 if flag == "fine-tune" else 1
        parser.add_argument(f"--{flag}", type=whole_number(least), metavar="N", help=f"{what} (default {usual})")
    parser.add_argument("--targets", type=shares, default=(0.75, 0.5, 0.25, 0.1), help="shares of the FLOPs")
    parser.add_argument("--fine-tune-at", type=shares, metavar="TARGETS", help="which are fine-tuned (default: all)")
    parser.add_argument("--threads", type=whole_number(1), default=1, help="of all but latency (default 1)")
    parser.add_argument("--seed", type=whole_number(0), default=0, help="draws pictures, targets, batches (default 0)")
    parser.add_argument("--quick", action="store_true", help=f"few of all: {QUICK}")
    parser.add_argument("--run", type=Path, required=True, metavar="DIR", help="folder for what is done, to go on from")
    parser.add_argument("--out", type=Path, metavar="FILE", help="Markdown file for the tables")
    options = parser.parse_args()
    for name, value in (QUICK if options.quick else USUAL).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    return options


def raced(options: argparse.Namespace) -> str:
    """Run the race, or what is missing of it; the page, which is written anew behind every cell."""
    torch_pruning()
    if options.out is not None:
        check_writable(options.out)
    torch.set_num_threads(options.threads)
    checkpoint, folder = model(options.model), folder_made(options.run)
    training, validation, test = read_splits(options.data)
    how = RaceOptions(
        options.pictures, options.images, options.targets, options.fine_tune_at or options.targets, options.fine_tune,
        options.repeats, options.runs, options.threads, options.seed,
    )  # fmt: skip
    settings = asdict(how) | {"model": checkpoint.id, "data": [data.name for data in test]}
    cells = Cells(folder, settings)
    about, command = _about(checkpoint, how), _command(options)
    text = page(cells.found, how.shares, about, command)
    started = time.monotonic()
    for doing in Race(checkpoint, training, validation, test, how, folder, cells).run():
        print(f"{time.monotonic() - started:6.0f} s: {doing}", file=sys.stderr, flush=True)
        if options.out is not None:
            _write(options.out, page(cells.found, how.shares, about, command))
    text = page(cells.found, how.shares, about, command)
    if options.out is not None:
        _write(options.out, text)
    return text


def _write(path: Path, text: str) -> None:
    with written_beside(path) as beside:
        beside.write_text(text, encoding="utf-8")


def _about(checkpoint: Checkpoint, how: RaceOptions) -> str:
    height, width = checkpoint.working_size
    tuned = ", ".join(f"{share:.0%}" for share in how.tuned)
    return (
        f"{checkpoint.name} at {width} × {height}, Torch-Pruning {VERSION}, {this_machine()}, "
        f"{how.threads} thread{'s' * (how.threads > 1)}. Importance on {how.pictures} training pictures, "
        f"information gain on {how.images} pictures of each test split, {how.fine_tune} steps of fine-tuning "
        f"at {tuned}. Medians and, in brackets, first and third quartile."
    )


def _command(options: argparse.Namespace) -> str:
    """How it was called, with data sets below DATA and all that is not as usual."""
    parts = ["python benchmarks/peers.py", *(f"--data DATA/{folder.name}" for folder in options.data)]
    parts += [f"--model {options.model}"] * (options.model != "fastgaze") + ["--quick"] * options.quick
    usual = QUICK if options.quick else USUAL
    for name in usual:
        if getattr(options, name) != usual[name]:
            parts.append(f"--{name.replace('_', '-')} {getattr(options, name)}")
    for name, default in (("targets", (0.75, 0.5, 0.25, 0.1)), ("fine_tune_at", None)):
        if getattr(options, name) != default:
            parts.append(f"--{name.replace('_', '-')} {','.join(f'{s:g}' for s in getattr(options, name))}")
    parts += [f"--threads {options.threads}"] * (options.threads != 1) + [f"--seed {options.seed}"] * bool(options.seed)
    return " ".join([*parts, "--run runs/peers", "--out peers.md"])


def main() -> int:
    try:
        print(raced(arguments()))
    except GazeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; the same call goes on with what is missing", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
