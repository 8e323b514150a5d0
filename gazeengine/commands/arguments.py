"""What the commands take: all parsers. It imports no torch, so that --help comes at once."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from gazeengine.errors import GazeError

EPILOG = "MODEL is a file or the name of a shipped model. Exit code 0; 2 for what you can repair; 130 on Ctrl-C."

TRAINING: Sequence[tuple[str, str, Callable[[str], Any], object, str]]
"""Options of train that are fields of TrainingOptions: flag, field, type, its default there, help."""


class UsageError(GazeError):
    """Arguments that the command line does not take."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


def parser() -> Parser:
    """The whole command line. Its namespace has command, and json where results are asked for as JSON."""
    top = Parser("gazeengine", description="Gaze prediction and Fisher pruning without a window.", epilog=EPILOG)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (_info, _predict, _evaluate, _prune, _latency, _export, _train, _convert, _signal):
        add(commands)
    return top


def _command(
    commands: Any, name: str, what: str, *, model: bool = True, threads: bool = True, out: str | None = None
) -> Parser:
    command: Parser = commands.add_parser(name, help=what, description=what[0].upper() + what[1:] + ".", epilog=EPILOG)
    command.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    if model:
        command.add_argument("model", metavar="MODEL", help="model file, or name of a shipped model")
    if threads:
        command.add_argument("--threads", type=whole_number(1), help="CPU threads to compute with (default: torch's)")
    if out is not None:
        command.add_argument("--out", type=Path, required=True, metavar="FILE", help=out)
    return command


def _info(commands: Any) -> None:
    _command(commands, "info", "what is in a model file", threads=False)


def _predict(commands: Any) -> None:
    c = _command(commands, "predict", "write the saliency maps of pictures")
    c.add_argument("images", metavar="IMAGE", nargs="+", type=Path)
    c.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the maps, made if it is missing")
    c.add_argument(
        "--as",
        dest="formats",
        type=_formats,
        default=("npy", "png", "overlay"),
        metavar="LIST",
        help="of npy (log density in nats, float32, over the pixels of the picture), png (the map in grey: "
        "gamma-corrected, 1 %% to 99 %% percentile), overlay (heat map over the picture); default npy,png,overlay",
    )
    c.add_argument("--colors", default="viridis", help="color map of the overlay (default viridis)")
    c.add_argument("--opacity", type=number(0, 1), default=0.7, help="of the overlay, 0 to 1 (default 0.7)")


def _evaluate(commands: Any) -> None:
    c = _command(commands, "evaluate", "score models on pictures with fixations", model=False)
    c.add_argument("models", metavar="MODEL", nargs="+", help="model files, or names of shipped models")
    _data(c, required=True)
    c.add_argument("--split", default="test", help="split of each data set (default test)")
    c.add_argument(
        "--baseline",
        action="append",
        metavar="DIR",
        help="what the information gain is counted over: the center bias of this data set's training split "
        "(may be given several times: their joint one), or 'uniform' (default: the center bias of the first MODEL)",
    )
    c.add_argument("--as", dest="format", choices=("markdown", "csv"), default="markdown", help="form of the table")


def _prune(commands: Any) -> None:
    c = _command(commands, "prune", "remove features by Fisher pruning", out="model file to write")
    c.add_argument(
        "--beta",
        type=_beta,
        metavar="B",
        help="weight of the cost in nats per GFLOP, or 'star' for the criterion without one (Eq. 15). Without it "
        "--gflop and --features take the smallest β at which the combined cost itself asks for that much pruning",
    )
    goal = c.add_mutually_exclusive_group(required=True)
    goal.add_argument(
        "--features",
        type=whole_number(0),
        metavar="N",
        help="how many features to PRUNE, from 0 to all but the last of each layer (info says n_prunable)",
    )
    goal.add_argument(
        "--gflop", type=number(0), metavar="G", help="prune until at most this is left, at the working size"
    )
    goal.add_argument(
        "--ms",
        type=number(0),
        metavar="T",
        help="prune until a map takes at most this long here, measured with --threads (1 if not given)",
    )
    c.add_argument("--criterion", choices=("fisher",), default="fisher", help="pruning signal (default fisher)")
    _data(c, required=False, what="re-estimate the signal on its training split first; may be given several times")
    _targets(c)


def _latency(commands: Any) -> None:
    c = _command(commands, "latency", "measure the time to a map, in turn with the unpruned network", threads=False)
    c.add_argument("--size", type=size, metavar="HxW", help="height x width of the picture (default: the working size)")
    c.add_argument("--threads", type=whole_number(1), default=1, help="CPU threads (default 1, as in the paper)")
    c.add_argument("--runs", type=whole_number(1), default=15, help="timed runs of each network (default 15)")


def _export(commands: Any) -> None:
    c = _command(commands, "export", "write a model for other programs, and check it", out="file to write")
    c.add_argument(
        "--to",
        choices=("onnx", "pt2"),
        required=True,
        help="onnx: pictures of any size, checked by ONNX Runtime; pt2: for torch.export.load, at the working size",
    )


def _train(commands: Any) -> None:
    c = _command(
        commands,
        "train",
        "train a network on fixations; called again it goes on where it was stopped",
        model=False,
        out="model file to write (weights as float16)",
    )
    c.add_argument("--architecture", choices=("fastgaze", "densegaze"), default="fastgaze")
    c.add_argument(
        "--features",
        required=True,
        metavar="FILE",
        help="pretrained features in a safetensors file, by torchvision's names, or 'random' to start from nothing",
    )
    _data(c, required=True, what="data set with the splits train, val and test; may be given several times")
    c.add_argument("--run", type=Path, required=True, metavar="DIR", help="folder of the run: its state, to go on from")
    c.add_argument("--name", help="name of the model (default: its architecture's title)")
    c.add_argument("--size", type=size, metavar="HxW", help="working size (default 240x320)")
    for flag, field, kind, default, what in TRAINING:
        c.add_argument(
            flag,
            dest=field,
            type=kind,
            metavar="N" if isinstance(default, int) else "X",
            help=f"{what} (default {default})",
        )
    c.add_argument(
        "--signal-images",
        type=whole_number(1),
        default=128,
        metavar="N",
        help="training pictures that the Fisher signal is estimated on (default 128)",
    )


def _convert(commands: Any) -> None:
    c = _command(commands, "convert", "convert the published pruned FastGaze", model=False, out="model file to write")
    c.add_argument("source", metavar="FILE", type=Path, help="its safetensors file")
    _data(
        c,
        required=False,
        what="fit a center bias to its training split, and scale and weight of it to its validation split; "
        "may be given several times",
    )
    c.add_argument(
        "--signal-images", type=whole_number(0), default=128, metavar="N",
        help="training pictures for a Fisher signal, if --data is given (default 128; 0: none)",
    )  # fmt: skip


def _signal(commands: Any) -> None:
    c = _command(commands, "signal", "estimate the Fisher signal of every feature anew", out="model file to write")
    source = c.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--data", type=Path, action="append", metavar="DIR", help="data set; may be given several times"
    )
    source.add_argument("--pictures", type=Path, metavar="DIR", help="a folder of any pictures, for sampled targets")
    c.add_argument("--split", default="train", help="split of each data set (default train)")
    _targets(c)


def _targets(command: Parser) -> None:
    command.add_argument(
        "--targets",
        choices=("fixations", "sampled"),
        help="where people looked, or samples of the model's own map, which need no fixations "
        "(default: fixations for --data, sampled for --pictures)",
    )
    command.add_argument(
        "--images", type=whole_number(1), default=128, metavar="N", help="how many pictures at most (default 128)"
    )
    command.add_argument("--seed", type=whole_number(0), default=0, help="draws pictures and targets (default 0)")


def _data(
    command: Parser, *, required: bool, what: str = "data set in the plain format; may be given several times"
) -> None:
    command.add_argument("--data", type=Path, action="append", required=required, metavar="DIR", help=what)


def number(least: float, most: float = math.inf) -> Callable[[str], float]:
    """A finite number within bounds, as an argument."""

    def parsed(text: str) -> float:
        wanted = f"at least {least:g}" if most == math.inf else f"{least:g} to {most:g}"
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and least <= value <= most):
            raise argparse.ArgumentTypeError(f"{text!r}, wanted a number of {wanted}")
        return value

    return parsed


def whole_number(least: int) -> Callable[[str], int]:
    """A whole number of at least that, as an argument."""

    def parsed(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r}, wanted a whole number of at least {least}")
        return int(text)

    return parsed


def size(text: str) -> tuple[int, int]:
    """(height, width) of "HxW", as an argument."""
    found = re.fullmatch(r"([0-9]{1,5})[x×]([0-9]{1,5})", text)
    height, width = (int(n) for n in found.groups()) if found else (0, 0)
    if min(height, width) < 32 or height * width > 4096 * 4096:
        raise argparse.ArgumentTypeError(f"{text!r}, wanted height x width in pixels of at least 32, as in 240x320")
    return height, width


def _formats(text: str) -> tuple[str, ...]:
    formats = tuple(dict.fromkeys(text.split(",")))
    if not set(formats) <= {"npy", "png", "overlay"}:
        raise argparse.ArgumentTypeError(f"{text!r}, wanted some of npy,png,overlay")
    return formats


def _beta(text: str) -> float | str:
    return "star" if text in ("star", "*") else number(0)(text)


TRAINING = (
    ("--steps", "n_steps", whole_number(1), 1440, "steps of training"),
    ("--batch", "batch", whole_number(1), 4, "pictures a step"),
    ("--learning-rate", "learning_rate", number(0), 5e-5, "of the features, at its peak"),
    ("--readout-learning-rate", "readout_learning_rate", number(0), 1e-3, "of the readout, at its peak"),
    ("--warm-up-steps", "warm_up_steps", whole_number(0), 50, "over which learning rates grow to their peak"),
    ("--gradient-norm", "gradient_norm", number(0), 1.0, "at which gradients are cut"),
    ("--validate-every", "validate_every", whole_number(1), 100, "steps between two validations"),
    ("--patience", "patience", whole_number(1), 20, "validations without a lower loss before it stops"),
    ("--seed", "seed", whole_number(0), 0, "of weights, order and flips"),
)
