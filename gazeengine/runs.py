"""What long runs publish of themselves, and the folder in which one lives: claimed by one program at a time.

A run folder holds run.json (what the run is of), history.jsonl (a line for every published step), and the state to
go on from, which is training's own. Nothing here knows torch, so that the window can read it.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from gazeengine.atomic import written_beside
from gazeengine.errors import OutputError, TrainingError

if TYPE_CHECKING:  # half of what it loads is for others, and the window starts without any run
    from filelock import FileLock

NOTE, HISTORY = "run.json", "history.jsonl"
HISTORY_FORMAT = 1
_LOCK, _HOLDER = "lock", "process"
_COUNTS = ("step", "n_steps", "best_step", "n_pruned", "flops")
_UNKNOWN = {"loss": math.nan, "best_loss": math.inf, "elapsed_s": math.nan, "left_s": math.nan, "learning_rate": 0.0}
_TAIL = 1 << 16  # bytes in which the last line of a history is looked for

PRECISIONS = ("float32", "bfloat16")
"""Of convolutions in training: the second takes about 0.6 of the time where the processor multiplies it (AVX512_BF16,
AMX), and more on others."""


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """Where a run stands after step of n_steps. Losses in nats per fixation; validation_loss where it was measured.

    n_pruned, flops and widths are of runs that prune; widths is there where they changed at this step. snapshot is
    the file that was written at it, doing what is done where steps are of several kinds; these have no loss.
    """

    step: int
    n_steps: int
    loss: float
    validation_loss: float | None
    best_loss: float
    best_step: int
    elapsed_s: float
    left_s: float
    stopped_early: bool = False
    learning_rate: float = 0.0
    n_pruned: int = 0
    flops: int = 0
    widths: Mapping[str, int] | None = None
    snapshot: str | None = None
    doing: str = ""

    def to_json(self) -> dict[str, Any]:
        """Values for JSON, which has no nan and no inf: null stands for both. What says nothing is left out."""
        values: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, float) and not math.isfinite(value):
                values[field.name] = None
            elif field.default is MISSING or value != field.default:
                values[field.name] = dict(value) if isinstance(value, Mapping) else value
        return values

    @staticmethod
    def from_json(values: Any) -> TrainingProgress:
        """Of null a loss is nan, the best one inf. Raises TrainingError where values are not of a progress."""
        if not isinstance(values, Mapping):
            raise TrainingError(f"progress of training: found {values!r:.80}, wanted an object")
        found: dict[str, Any] = {}
        for field in fields(TrainingProgress):
            if field.name in values:
                found[field.name] = _checked(field.name, values[field.name])
            elif field.default is MISSING:
                raise TrainingError(f"progress of training: {field.name} is missing, wanted it")
        return TrainingProgress(**found)


def _checked(name: str, value: Any) -> Any:
    match name:
        case "widths" if isinstance(value, Mapping):
            wanted = "a whole number for every layer"
            good = all(isinstance(k, str) and _is_count(v) for k, v in value.items())
            value = dict(value)
        case "widths" | "snapshot":
            wanted, good = "a text" if name == "snapshot" else "an object", value is None
            good |= name == "snapshot" and isinstance(value, str)
        case "doing":
            wanted, good = "a text", isinstance(value, str)
        case "stopped_early":
            wanted, good = "true or false", isinstance(value, bool)
        case _ if name in _COUNTS:
            wanted, good = "a whole number", _is_count(value)
        case _:
            wanted, good = "a number", value is None or (isinstance(value, int | float) and not isinstance(value, bool))
            value = (_UNKNOWN.get(name) if value is None else float(value)) if good else value
    if not good:
        raise TrainingError(f"progress of training: {name} is {value!r:.80}, wanted {wanted}")
    return value


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


@contextmanager
def claimed(folder: Path) -> Iterator[Path]:
    """The folder of a run, made where it is missing, and kept from other programs while the block runs.

    The claim ends with the process, however that ends. Raises TrainingError where another one has it, OutputError
    where the folder cannot be made or written.
    """
    lock = _lock(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except TimeoutError as error:
        raise TrainingError(
            f"training {folder}: another program ({_named(_noted(folder))}) is using it, wanted a folder of its own"
        ) from error
    except OSError as error:
        raise OutputError(
            f"training {folder}: {error.strerror or error}, wanted a folder that can be written"
        ) from error
    try:
        with suppress(OSError):  # only said to others
            (folder / _HOLDER).write_text(str(os.getpid()), encoding="ascii")
        yield folder
    finally:
        lock.release()


def holder(folder: Path) -> int | None:
    """The process that has claimed the folder, 0 if it is not known which, None if there is none."""
    if not (folder / _LOCK).exists():
        return None
    lock = _lock(folder)
    try:
        lock.acquire(timeout=0)
    except TimeoutError:
        return _noted(folder)
    except OSError:  # it cannot be written, so nobody can have claimed it
        return None
    lock.release()
    return None


def _lock(folder: Path) -> FileLock:
    from filelock import FileLock

    return FileLock(folder / _LOCK)


def _noted(folder: Path) -> int:
    try:
        return int((folder / _HOLDER).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def _named(process: int) -> str:
    return f"process {process}" if process else "its process is not known"


def note(folder: Path, begun: Mapping[str, Any]) -> None:
    """Note in folder what its run is of, or raise TrainingError where something else was begun there."""
    path = folder / NOTE
    wanted = json.loads(json.dumps(begun))
    if path.exists():
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise TrainingError(
                f"training {folder}: {NOTE} cannot be read ({error}), wanted an empty folder"
            ) from error
        if found != wanted and not _only_claimed(folder):
            raise TrainingError(
                f"training {folder}: it was begun with {difference(found, wanted)}, wanted the same or an empty folder"
            )
        if found == wanted:
            return
    with written_beside(path) as beside:
        beside.write_text(json.dumps(wanted), encoding="utf-8")


def difference(found: object, wanted: Mapping[str, Any]) -> str:
    """What found has that is not as wanted, in words."""
    if not isinstance(found, Mapping):
        return "options that cannot be read"
    told = []
    for name in sorted(found.keys() | wanted.keys()):
        one, other = found.get(name), wanted.get(name)
        if isinstance(one, Mapping) and isinstance(other, Mapping) and one != other:
            told.append(difference(one, other))
        elif one != other:
            told.append(f"{name.replace('_', ' ')} {_shown(one)} instead of {_shown(other)}")
    return ", ".join(told)


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return " and ".join(map(_shown, value)) or "none"
    return "none" if value is None else str(value)


def _only_claimed(folder: Path) -> bool:
    """Whether nothing was done in it yet: what it was to be begun with was wrong, and is another thing now."""
    return {path.name for path in folder.iterdir()} <= {NOTE, _LOCK, _HOLDER}


class History:
    """Writes what a run published, a line a step, so that others can read it meanwhile; use it as a context.

    A run that goes on after a kill publishes some steps again: what was written from its first step on is cut off.
    Raises OutputError where it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / HISTORY
        self._file: int | None = None

    def __enter__(self) -> History:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def append(self, progress: TrainingProgress) -> None:
        """Write a step; others see it at once."""
        try:
            if self._file is None:
                self._file = self._opened(progress.step)
            _write(self._file, progress.to_json())
        except OSError as error:
            raise OutputError(
                f"history {self._path}: could not be written ({error.strerror or error}), wanted a disk that takes it"
            ) from error

    def _opened(self, step: int) -> int:
        end = _end_before(self._path, step) if self._path.exists() else 0
        binary = getattr(os, "O_BINARY", 0)
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | binary, 0o666)
        os.ftruncate(file, end)
        if not end:
            _write(file, {"format": HISTORY_FORMAT})
        return file


def _write(file: int, values: Mapping[str, Any]) -> None:
    line = json.dumps(values, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"
    while line:
        line = line[os.write(file, line) :]


def _end_before(path: Path, step: int) -> int:
    """Bytes of a history up to its line of the last step before step."""
    end = at = 0
    with path.open("rb") as file:
        for i, line in enumerate(file):
            at += len(line)
            if i == 0:
                if not line.endswith(b"\n"):
                    return 0  # it was killed in the middle of it
                _check_format(path, line)
                end = at
            elif (progress := _read(line)) is not None:
                if progress.step >= step:
                    break
                end = at
    return end


def read_history(folder: Path) -> list[TrainingProgress]:
    """What a run has published so far, step by step, also while it runs. Empty where it has not begun.

    A line that is cut off is left out. Raises TrainingError where the history is of another format, or unreadable.
    """
    path = folder / HISTORY
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise TrainingError(f"history {path}: cannot be read ({error}), wanted one that a run wrote") from error
    if not lines or not lines[0].endswith(b"\n"):
        return []
    _check_format(path, lines[0])
    return joined([], (progress for line in lines[1:] if (progress := _read(line)) is not None))


def last_published(folder: Path) -> TrainingProgress | None:
    """The end of what read_history reads, without reading all of it; None where there is none."""
    try:
        with (folder / HISTORY).open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
            lines = file.read().splitlines(keepends=True)
    except OSError:
        return None
    return next((progress for line in reversed(lines) if (progress := _read(line)) is not None), None)


def joined(before: list[TrainingProgress], more: Iterable[TrainingProgress]) -> list[TrainingProgress]:
    """before with more behind it; steps that are published again take the place of the earlier ones.

    One that was published twice in a row keeps what only one of them tells: a validation loss, widths, a snapshot.
    """
    for progress in more:
        while before and before[-1].step > progress.step:
            before.pop()
        if before and before[-1].step == progress.step:
            progress = _with_what_is_told_of(progress, before.pop())
        before.append(progress)
    return before


def _with_what_is_told_of(progress: TrainingProgress, earlier: TrainingProgress) -> TrainingProgress:
    return replace(
        progress,
        validation_loss=earlier.validation_loss if progress.validation_loss is None else progress.validation_loss,
        widths=progress.widths or earlier.widths,
        snapshot=progress.snapshot or earlier.snapshot,
    )


def _read(line: bytes) -> TrainingProgress | None:
    if not line.endswith(b"\n"):
        return None  # it is being written
    try:
        return TrainingProgress.from_json(json.loads(line))
    except (TrainingError, ValueError):
        return None


def _check_format(path: Path, line: bytes) -> None:
    try:
        found = json.loads(line)["format"]
    except (ValueError, KeyError, TypeError):
        found = None
    if found != HISTORY_FORMAT:
        raise TrainingError(
            f"history {path}: its first line is {line[:40]!r}, wanted format {HISTORY_FORMAT} that a run wrote"
        )
