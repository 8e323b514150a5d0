"""The command lines of jobs as a table: what a dialog knows on the left, how the command line takes it on the right."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.job_records import Kind
from gazeengine.commands.arguments import TRAINING

Written = Callable[[Any], str]


def _number(value: float) -> str:
    return repr(float(value)).removesuffix(".0")


def _beta(value: float | None) -> str:
    return "star" if value is None else _number(value)


def _path(value: Path) -> str:
    return os.path.abspath(value)  # a job does not run where the window does


def _size(value: tuple[int, int]) -> str:
    return f"{value[0]}x{value[1]}"


def _features(value: Path | str) -> str:
    return _path(value) if isinstance(value, Path) else value


def _snapshots_at(value: Sequence[int]) -> str:
    return ",".join(map(str, sorted(set(value))))


def _switch(value: bool) -> str:
    return ""  # its flag says it all; where it is off its value is None


Options = dict[str, tuple[str, Written]]

NETWORK: Options = {
    "architecture": ("--architecture", str),
    "features": ("--features", _features),
}
MATERIAL: Options = {
    "data": ("--data", _path),
    "unlabelled": ("--unlabelled", _path),
    "teacher": ("--teacher", _path),
}
TRAINED: Options = {
    "size": ("--size", _size),
    "name": ("--name", str),
    **{field: (flag, str if isinstance(default, str) else _number) for flag, field, _, default, _ in TRAINING},
    "signal_images": ("--signal-images", str),
}
COMMANDS: Mapping[Kind, Options] = {
    "train": {**NETWORK, "data": MATERIAL["data"], **TRAINED},
    "distill": {"model": ("", str), **NETWORK, **MATERIAL, **TRAINED},
    "prune-run": {
        "model": ("", str),
        "beta": ("--beta", _beta),
        "n_pruned": ("--features", str),
        "gflop": ("--gflop", _number),
        "ms": ("--ms", _number),
        "schedule": ("--schedule", str),
        "snapshots": ("--snapshots", _snapshots_at),
        **MATERIAL,
        "size": ("--size", _size),
        "batch": ("--batch", str),
    },
    "refine": {
        "model": ("", str),
        "beta": ("--beta", _beta),
        "data": MATERIAL["data"],
        "pictures": ("--pictures", _path),
        "features": ("--features", _snapshots_at),
        "own_family": ("--own-family", _switch),
        "no_compensation": ("--no-compensation", _switch),
        "no_scores": ("--no-scores", _switch),
    },
}
"""What each command takes, in its order: a flag, empty for an argument without one, and how its value is written."""

REPEATED = ("data", "unlabelled", "teacher")
NONE_MEANS_SOMETHING = ("beta",)


def command_line(kind: Kind, **values: Any) -> tuple[str, ...]:
    """The arguments of a job, without where it runs. What is None is left to the command, but β, where it is β*.

    Raises KeyError for what the command does not take.
    """
    table = COMMANDS[kind]
    if unknown := values.keys() - table.keys():
        raise KeyError(f"{kind} takes no {', '.join(sorted(unknown))}")
    line: list[str] = [kind]
    for name, (flag, written) in table.items():
        if name not in values or (values[name] is None and name not in NONE_MEANS_SOMETHING):
            continue
        for value in values[name] if name in REPEATED else (values[name],):
            text = written(value)
            # a name may begin with what would be taken for an option
            line += [f"{flag}={text}"] if text.startswith("-") else filter(None, (flag, text))
    return tuple(line)
