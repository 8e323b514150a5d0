"""The jobs: several queued, one running, each in a process of its own; what becomes of them outlives the window."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.background import Background
from app.cores import Cores, wake
from app.job_outcome import account, outcome, shortened
from app.job_process import PROGRAM, Ending, JobProcess
from app.job_records import CAN_GO_ON, Job, Kind, State, read_jobs, write_job
from gazeengine.errors import GazeError, TrainingError
from gazeengine.runs import TrainingProgress, claimed, holder, last_published

GOES_ON_AFTER_MS = 4000  # in which one can say that it shall not
PAUSING, STOPPING, ENDING = "pausing behind this step…", "stopping behind this step…", "ending…"
ORDERED = (PAUSING, STOPPING, ENDING)  # what stays said until it is obeyed, while steps go on
LOOK_AGAIN_MS = 500  # whether another process has let go of a run, or another window of the jobs
LEAVE_MS = 90_000  # that a job has to save itself when the window closes: a step and a validation
DISCARD_MS = 15_000  # and to end when nothing of it is wanted


class Jobs(QObject):
    """Looks after the jobs within a folder, unless another window does; the oldest that waits runs next.

    A paused job keeps its turn: those behind it wait. What a job is at between its states is in doing.
    """

    changed = Signal()
    progressed = Signal(str, object)  # key, what was published since
    gone = Signal(str)  # key of a job that is forgotten
    ended = Signal(object)  # Job, as it now stands
    goes_on = Signal(object)  # Job that ran when the last window closed; it starts after a moment
    problem = Signal(str)
    _held = Signal(bool)

    def __init__(
        self, folder: Path, background: Background, program: Sequence[str] = PROGRAM, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.folder = folder
        self.jobs: dict[str, Job] = {}
        self.progress: dict[str, TrainingProgress] = {}
        self.doing: dict[str, str] = {}
        self.elsewhere: int | None = None  # the process of the window that looks after them, 0 if it is not known
        self.held = False  # a latency is being measured
        self.cores = Cores(self._held.emit)
        self._background = background
        self._program = tuple(program)
        self._claim = ExitStack()
        self._mine = self._closing = False
        self._live: JobProcess | None = None
        self._live_key = ""
        self._wanted = ""  # of the live job: stop or discard
        self._held.connect(self._show_held)
        self._again = QTimer(self, singleShot=True, interval=LOOK_AGAIN_MS)
        self._again.timeout.connect(self._look_again)

    # --- coming and going

    def open(self) -> None:
        """List the jobs that there are; one that ran when the last window went goes on after a moment."""
        if self.folder.is_dir() and not self._mine:
            self._take()

    def close(self, *, discard: bool = False) -> None:
        """Have the running job save itself and end; it goes on next time. Or discard it."""
        if self._live is not None and not self._closing:
            self._closing = True
            self._wanted = "discard" if discard else ""
            live = self._live
            if discard:
                live.order("discard")
            live.leave()
            if not live.wait(DISCARD_MS if discard else LEAVE_MS):
                live.kill()
                live.wait(DISCARD_MS)
        self._closing = True
        self._again.stop()
        self._claim.close()
        self._mine = False

    # --- what one can do

    def add(self, kind: Kind, title: str, arguments: Sequence[str], out: Path) -> Job | None:
        """Queue a job; it begins at once where nothing else is to be done. None where that cannot be."""
        return self.queue(Job.new(self.folder, kind, title, arguments, out))

    def queue(self, job: Job) -> Job | None:
        """As add does, for a job in whose folder there may be something already."""
        if not self._mine:
            self._take()
        if not self._mine:
            self.problem.emit(
                f"jobs: another window (process {self.elsewhere}) looks after them, wanted the job started there"
            )
            return None
        self._set(job)
        self._start_next()
        return self.jobs[job.key]

    def pause(self, key: str) -> None:
        """Take no further step; the job keeps its turn."""
        if self.jobs[key].state == "running":
            if self._is_live(key):
                assert self._live is not None
                self._live.order("pause")
                self.doing[key] = PAUSING
            else:
                self.doing.pop(key, None)
            self._set(replace(self.jobs[key], state="paused"))

    def resume(self, key: str) -> None:
        """Go on: with the next step, or in its turn from where it was saved."""
        job = self.jobs[key]
        if job.state not in CAN_GO_ON:
            return
        self.doing.pop(key, None)
        if self._is_live(key):
            assert self._live is not None
            self._live.order("resume")
            self._set(replace(job, state="running", message=""))
        else:
            self._set(replace(job, state="queued", message=""))
            self._start_next()

    def stop(self, key: str) -> None:
        """End here, with a result of what there is; the run stays, and can go on."""
        if self._is_live(key):
            assert self._live is not None
            self._wanted = "stop"
            self._live.order("stop")
            self.doing[key] = STOPPING
            self.changed.emit()
        elif self.jobs[key].state in ("queued", "running", "paused"):
            self.doing.pop(key, None)
            self._set(replace(self.jobs[key], state="stopped", message="It was stopped before it began."))
            self._start_next()

    def discard(self, key: str) -> None:
        """End, and forget all that the run has kept to go on from; files that it has written elsewhere stay."""
        if self._is_live(key):
            assert self._live is not None
            self._wanted = "discard"
            self._live.order("discard")
            QTimer.singleShot(DISCARD_MS, self._live, self._live.kill)
            self.doing[key] = ENDING
            self.changed.emit()
        elif key in self.jobs:
            self._forget(key)
            self._start_next()

    @property
    def active(self) -> Job | None:
        """The job whose turn it is: it runs, is paused, or is about to go on."""
        return next((job for job in self.jobs.values() if job.state in ("running", "paused")), None)

    @property
    def running(self) -> Job | None:
        """The job that would be cut short if the window closed."""
        job = self.jobs.get(self._live_key) if self._live is not None else None
        return job if job is not None and job.state == "running" else None

    # --- the queue

    def _take(self) -> None:
        try:
            self._claim.enter_context(claimed(self.folder))
        except TrainingError:
            self.elsewhere = holder(self.folder) or 0
            self._again.start()
        except GazeError as error:
            self.problem.emit(str(error))
            return
        else:
            self._mine, self.elsewhere = True, None
        found, problems = read_jobs(self.folder)
        self.jobs = {job.key: job for job in found}
        self.progress = {job.key: last for job in found if (last := last_published(job.folder)) is not None}
        for problem in problems:
            self.problem.emit(problem)
        self.changed.emit()
        if self._mine:
            self._go_on()

    def _go_on(self) -> None:
        job = self.active
        if job is None:
            self._start_next()
        elif job.state == "running":
            self.doing[job.key] = "goes on in a moment"
            self.goes_on.emit(job)
            self.changed.emit()
            QTimer.singleShot(GOES_ON_AFTER_MS, self, self._start_next)

    def _look_again(self) -> None:
        if self._mine:
            self._start_next()
        elif not self._closing:
            self._take()

    def _start_next(self) -> None:
        """Start the job whose turn it is, if none has a process yet."""
        if self._live is not None or self._closing or not self._mine:
            return
        job = self.active or next((job for job in self.jobs.values() if job.state == "queued"), None)
        if job is None or job.state == "paused":
            return
        if (other := holder(job.folder)) is not None:  # of a window that was killed, and still saves its last step
            wake(other)
            self.doing[job.key] = f"waits for process {other} to let go of it"
            self._set(replace(job, state="running"))
            self._again.start()
            return
        self._start(job)

    def _start(self, job: Job) -> None:
        try:
            job.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._end(job.key, "failed", f"{job.folder} cannot be made ({error.strerror}), wanted a disk that takes it")
            return
        self._live, self._live_key, self._wanted = JobProcess(job, self.cores, self._program, self), job.key, ""
        self._live.told.connect(partial(self._told, job.key))
        self._live.ended.connect(partial(self._ended, job.key))
        self.doing[job.key] = "starting…"
        self._set(replace(job, state="running", message=""))
        self._live.start()

    def _told(self, key: str, events: Sequence[dict[str, Any]]) -> None:
        published, before = [], self.doing.get(key, "")
        for event in events:
            match event:
                case {"event": "progress", "progress": values}:
                    published.append(TrainingProgress.from_json(values))
                    if self.doing.get(key) not in ORDERED:
                        self.doing.pop(key, None)
                case {"event": "paused" | "resumed"}:
                    self.doing.pop(key, None)
                case {"event": "saving"}:
                    self.doing[key] = "saving…"
                case {"event": "message", "text": str(text)}:
                    self.doing[key] = shortened(text, self.jobs[key])
        if published:
            self.progress[key] = published[-1]
            self.progressed.emit(key, published)
        if self.doing.get(key, "") != before:
            self.changed.emit()

    def _ended(self, key: str, ending: Ending) -> None:
        live, self._live, self._live_key = self._live, None, ""
        if live is not None:
            live.deleteLater()
        self.doing.pop(key, None)
        wanted, self._wanted = self._wanted, ""
        if wanted == "discard":
            self._forget(key)
        elif (state := outcome(ending, stopped=wanted == "stop", left=self._closing)) is not None:
            self._end(key, state, account(ending, state, self.jobs[key], self.progress.get(key)))
        else:
            self.changed.emit()
        self._start_next()

    def _end(self, key: str, state: State, message: str) -> None:
        self._set(replace(self.jobs[key], state=state, message=message))
        self.ended.emit(self.jobs[key])

    def _is_live(self, key: str) -> bool:
        return self._live is not None and key == self._live_key

    def _set(self, job: Job) -> None:
        self.jobs[job.key] = job
        self._background.do(partial(write_job, job), lambda _: None, self.problem.emit, keep=True)
        self.changed.emit()

    def _forget(self, key: str) -> None:
        job = self.jobs.pop(key)
        self.progress.pop(key, None)
        self.doing.pop(key, None)
        self.gone.emit(key)
        self._background.do(
            partial(shutil.rmtree, job.folder, ignore_errors=True), lambda _: None, self.problem.emit, keep=True
        )
        self.changed.emit()

    def _show_held(self, held: bool) -> None:
        self.held = held
        self.changed.emit()
