"""What a job is: an ordinary command of the command line, in a folder of its own where it can be found again.

The folder holds job.json, which is this, beside what the command itself keeps there: its history, and the state from
which it goes on.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from gazeengine.atomic import written_beside
from gazeengine.errors import DataError, OutputError

Kind = Literal["train", "distill", "prune-run", "refine"]
State = Literal["queued", "running", "paused", "stopped", "failed", "done", "interrupted"]

UNFINISHED: tuple[State, ...] = ("queued", "running", "paused")
CAN_GO_ON: tuple[State, ...] = ("paused", "stopped", "failed", "interrupted")

JOB = "job.json"
LOG = "log.txt"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Job:
    """A job and how it stands. message says what came of it, or what went wrong.

    arguments are those of the command line, without where the run lives and what it writes: folder and out.
    """

    folder: Path
    kind: Kind
    title: str
    arguments: tuple[str, ...]
    out: Path
    created: str
    state: State = "queued"
    message: str = ""

    @staticmethod
    def new(jobs: Path, kind: Kind, title: str, arguments: Sequence[str], out: Path) -> Job:
        """One that has not begun, in a folder of its own within jobs."""
        now = datetime.now(UTC)
        folder = jobs / f"{now:%Y%m%d-%H%M%S-%f}-{secrets.token_hex(2)}"
        return Job(folder, kind, title, tuple(arguments), out, now.isoformat(timespec="seconds"))

    @property
    def key(self) -> str:
        """Ascends with the time at which jobs were made."""
        return self.folder.name

    @property
    def command(self) -> tuple[str, ...]:
        """The whole command line behind the program's name."""
        return (*self.arguments, "--run", str(self.folder), "--out", str(self.out), "--events")


def write_job(job: Job) -> None:
    """Write job.json into its folder. Raises OutputError where that cannot be."""
    try:
        job.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"job {job.title}: {job.folder} cannot be made ({error.strerror}), wanted room") from error
    values = {"format": FORMAT} | {f.name: getattr(job, f.name) for f in fields(job) if f.name != "folder"}
    with written_beside(job.folder / JOB) as beside:
        beside.write_text(json.dumps(values, default=str, indent=1, ensure_ascii=False), encoding="utf-8")


def read_job(folder: Path) -> Job:
    """The job that lives in folder. Raises DataError where job.json is missing or not what write_job wrote."""
    path = folder / JOB
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"job {path}: cannot be read ({error}), wanted one as it was written") from error
    match values:
        case {
            "format": int(version),
            "kind": str(kind),
            "title": str(title),
            "arguments": [*arguments],
            "out": str(out),
            "created": str(created),
            "state": str(state),
            "message": str(message),
        } if version == FORMAT and kind in get_args(Kind) and state in get_args(State) and _texts(arguments):
            return Job(folder, kind, title, tuple(arguments), Path(out), created, state, message)  # type: ignore[arg-type]
    raise DataError(f"job {path}: found {_shown(values)}, wanted a job of format {FORMAT}")


def _texts(values: Sequence[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def _shown(values: Any) -> str:
    if isinstance(values, Mapping):
        return ", ".join(
            f"{name} {value!r:.40}" for name, value in values.items() if name in ("format", "kind", "state")
        )
    return f"{values!r:.60}"


def read_jobs(jobs: Path) -> tuple[list[Job], list[str]]:
    """All jobs within the folder jobs, the oldest first, and what is wrong with those that cannot be read."""
    found, problems = [], []
    for folder in sorted(jobs.iterdir()) if jobs.is_dir() else ():
        if (folder / JOB).exists():
            try:
                found.append(read_job(folder))
            except DataError as error:
                problems.append(str(error))
    return found, problems
