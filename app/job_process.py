"""A job that runs: a process of the command line, its events as signals, its orders."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

import gazeengine
from app.cores import Cores
from app.job_records import LOG, Job

log = logging.getLogger(__name__)

KEEP_FREED = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "-1", "MALLOC_TOP_PAD_": str(2**28)}
"""For glibc: memory that a step of training frees is kept for the next one, instead of being cleared for it again."""

PROGRAM = (sys.executable, "-P", "-m", "gazeengine")  # -P: nothing in the present folder is taken for a module


@dataclass(frozen=True, slots=True)
class Ending:
    """How a process ended. result are the values of its result, error is its own account of what was wrong.

    signal is the number of what killed it, 0 if nothing did; code is that of an exit of its own.
    """

    code: int
    signal: int = 0
    result: Mapping[str, Any] | None = None
    text: str = ""
    error: str = ""

    @property
    def ended(self) -> str:
        """What the run says of its end: done, kept, stopped or discarded."""
        return str((self.result or {}).get("ended", "done")) if self.result is not None else ""


class JobProcess(QObject):
    """Runs a job's command. told(events) comes for a batch of events, ended(Ending) once."""

    told = Signal(object)
    ended = Signal(object)

    def __init__(self, job: Job, cores: Cores, program: Sequence[str] = PROGRAM, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job = job
        self._cores = cores
        self._rest = b""
        self._number = 0
        self._result: Mapping[str, Any] | None = None
        self._text = self._error = ""
        self._over = False
        self._process = process = QProcess(self)
        process.setProgram(program[0])
        process.setArguments([*program[1:], *job.command])
        process.setProcessEnvironment(_environment())
        process.setStandardErrorFile(str(job.folder / LOG), QProcess.OpenModeFlag.Append)
        process.readyReadStandardOutput.connect(self._read)
        process.started.connect(self._started)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._failed)

    def start(self) -> None:
        """Begin; its folder must be there."""
        self._process.start()

    def order(self, order: str) -> None:
        """pause, resume, stop or discard: obeyed between two steps."""
        self._process.write(f"{order}\n".encode())

    def leave(self) -> None:
        """Have it save itself and end, so that it can go on another time."""
        self._process.closeWriteChannel()

    def kill(self) -> None:
        self._process.kill()

    def wait(self, ms: int) -> bool:
        """Wait until it has ended; whether it has."""
        return self._process.state() == QProcess.ProcessState.NotRunning or self._process.waitForFinished(ms)

    def _started(self) -> None:
        self._number = self._process.processId()
        self._cores.add(self._number)

    def _read(self) -> None:
        *lines, self._rest = (self._rest + self._process.readAllStandardOutput().data()).split(b"\n")
        events = [event for line in lines if (event := _event(line)) is not None]
        for event in events:
            match event:
                case {"event": "result", "values": dict(values), "text": str(text)}:
                    self._result, self._text = values, text
                case {"event": "error", "text": str(text)}:
                    self._error = text
        if events:
            self.told.emit(events)

    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._read()
        killed = code if status == QProcess.ExitStatus.CrashExit else 0
        error = self._error or (_last_words(self._job.folder / LOG) if code not in (0, 130) or killed else "")
        self._end(Ending(code, killed, self._result, self._text, error))

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._end(Ending(-1, error=f"it could not be started: {self._process.errorString()}"))

    def _end(self, ending: Ending) -> None:
        self._cores.remove(self._number)
        if not self._over:
            self._over = True
            self.ended.emit(ending)


def _event(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if isinstance(found, dict) and isinstance(found.get("event"), str):
        return found
    if line.strip():
        log.info("a job printed %r", line[:200])
    return None


def _environment() -> QProcessEnvironment:
    """This program's, such that the same engine is found, and events are UTF-8 everywhere."""
    environment = QProcessEnvironment.systemEnvironment()
    root = str(Path(gazeengine.__file__).parents[1])
    before = environment.value("PYTHONPATH")
    environment.insert("PYTHONPATH", os.pathsep.join(filter(None, (root, before))))
    environment.insert("PYTHONUTF8", "1")
    for name, value in KEEP_FREED.items():
        if not environment.contains(name):
            environment.insert(name, value)
    return environment


def _last_words(path: Path) -> str:
    """The last line that a process wrote, where it did not end as it should."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            lines = deque((line.strip() for line in file if line.strip()), 1)
    except OSError:
        return ""
    return lines[-1] if lines else ""
