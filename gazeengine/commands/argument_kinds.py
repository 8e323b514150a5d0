"""Kinds of arguments, and the pieces that several commands share. It imports no torch, so that --help comes at once."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

from gazeengine.errors import GazeError

EPILOG = "MODEL is a file or the name of a shipped model. Exit code 0; 2 for what you can repair; 130 on Ctrl-C."


VIEWS = ("overlay", "focus", "contours", "hotspots")
MAP_FORMATS = ("npy", "png", *VIEWS, "png16")
"""In which forms predict writes a map."""


class UsageError(GazeError):
    """Arguments that the command line does not take."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


def new_command(
    commands: Any, name: str, what: str, *, model: bool = True, threads: bool = True, out: str | None = None
) -> Parser:
    """A command with what most of them take."""
    command: Parser = commands.add_parser(name, help=what, description=what[0].upper() + what[1:] + ".", epilog=EPILOG)
    command.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    if model:
        command.add_argument("model", metavar="MODEL", help="model file, or name of a shipped model")
    if threads:
        command.add_argument("--threads", type=whole_number(1), help="CPU threads to compute with (default: torch's)")
    if out is not None:
        command.add_argument("--out", type=Path, required=True, metavar="FILE", help=out)
    return command


def data(
    command: argparse._ActionsContainer,
    *,
    required: bool,
    what: str = "data set in the plain format; may be given several times",
) -> None:
    command.add_argument("--data", type=Path, action="append", required=required, metavar="DIR", help=what)


def targets(command: Parser) -> None:
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


def running(command: Parser, *, out: str) -> None:
    """What all long runs take."""
    command.add_argument(
        "--run", type=Path, required=True, metavar="DIR", help="folder of the run: its history, its state to go on from"
    )
    command.add_argument("--out", type=Path, required=True, metavar="FILE", help=out)
    events(command)


def events(command: Parser) -> None:
    """For programs that follow a command."""
    command.add_argument(
        "--events",
        action="store_true",
        help="print events, a JSON object on each line (progress, message, paused, resumed, saving, result, error), "
        "and take orders on stdin: pause, resume, stop (end here with a result), discard; at its end the run stops "
        "and can go on another time",
    )


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


def one_of(values: Sequence[str]) -> Callable[[str], str]:
    """One of values, as an argument."""

    def parsed(text: str) -> str:
        if text not in values:
            raise argparse.ArgumentTypeError(f"{text!r}, wanted {' or '.join(values)}")
        return text

    return parsed


def size(text: str) -> tuple[int, int]:
    """(height, width) of "HxW", as an argument."""
    found = re.fullmatch(r"([0-9]{1,5})[x×]([0-9]{1,5})", text)
    height, width = (int(n) for n in found.groups()) if found else (0, 0)
    if min(height, width) < 32 or height * width > 4096 * 4096:
        raise argparse.ArgumentTypeError(f"{text!r}, wanted height x width in pixels of at least 32, as in 240x320")
    return height, width


def betas(text: str) -> tuple[float | str, ...]:
    """Several β with commas between them, each once, as an argument."""
    return tuple(dict.fromkeys(beta(part.strip()) for part in text.split(",")))


def formats(text: str) -> tuple[str, ...]:
    """In which forms a map is written, as an argument."""
    formats = tuple(dict.fromkeys(text.split(",")))
    if not set(formats) <= set(MAP_FORMATS):
        raise argparse.ArgumentTypeError(f"{text!r}, wanted some of {','.join(MAP_FORMATS)}")
    return formats


def names(text: str) -> tuple[str, ...]:
    """Names with commas between them, each once, as an argument."""
    found = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    if not all(found):
        raise argparse.ArgumentTypeError(f"{text!r}, wanted names as in train,val")
    return found


def counts(text: str) -> tuple[int, ...]:
    """Whole numbers with commas between them, ascending, as an argument."""
    try:
        return tuple(sorted({whole_number(0)(part) for part in text.split(",")}))
    except argparse.ArgumentTypeError as error:
        raise argparse.ArgumentTypeError(f"{text!r}, wanted numbers of features as in 500,1000") from error


def weights(text: str) -> tuple[float, ...]:
    """Numbers from 0 on with commas between them, in this order, as an argument."""
    return tuple(number(0)(part.strip()) for part in text.split(","))


def shares(text: str) -> tuple[float, ...]:
    """Shares between 0 and 1, fractions too, with commas between them, as an argument: descending, each once."""
    try:
        found = sorted({float(Fraction(part.strip())) for part in text.split(",")}, reverse=True)
    except (ValueError, ZeroDivisionError, OverflowError):
        found = []
    if not found or not 0 < found[-1] <= found[0] <= 1:
        raise argparse.ArgumentTypeError(f"{text!r}, wanted shares between 0 and 1 as in 0.5,1/3,0.1")
    return tuple(found)


def beta(text: str) -> float | str:
    """β, or "star" for the criterion without one, as an argument."""
    return "star" if text in ("star", "*") else number(0)(text)


def beta_or_tuned(text: str) -> float | str:
    """β, "star", or "tuned" to a target, as an argument."""
    return text if text == "tuned" else beta(text)


def least(text: str) -> tuple[str, float]:
    """A name and a share of attention, of "NAME=5%" or "NAME=0.05", as an argument."""
    name, equals, value = text.rpartition("=")
    try:
        share = float(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
    except ValueError:
        share = math.nan
    if not (name and equals and 0 <= share <= 1):
        raise argparse.ArgumentTypeError(f"{text!r}, wanted an area and a share of attention as in CTA=5%")
    return name, share


class Collected(argparse.Action):
    """Gathers pairs of a name and a value into a dictionary."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        setattr(namespace, self.dest, {**getattr(namespace, self.dest), values[0]: values[1]})
