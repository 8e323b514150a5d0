"""How a job stands, in words and as a share: pure functions from records to what the views show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from app.job_records import CAN_GO_ON, UNFINISHED, Job, State
from gazeengine.commands.output import duration
from gazeengine.plan import FLOP_PER_GFLOP
from gazeengine.runs import TrainingProgress

if TYPE_CHECKING:  # views know no processes
    from app.jobs import Jobs

HELD = "holds still while others need the cores"

Tone = Literal["busy", "waiting", "ended", "good", "bad"]

TONES: Mapping[State, Tone] = {
    "queued": "ended",
    "running": "busy",
    "paused": "waiting",
    "stopped": "ended",
    "failed": "bad",
    "done": "good",
    "interrupted": "bad",
}


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as it is listed. share is how much of it is done, 0 to 1; line says how it stands, message what came of it.

    actions names what can be done with it, of ACTIONS.
    """

    key: str
    title: str
    line: str
    share: float
    tone: Tone
    message: str
    actions: tuple[str, ...]


def rows(jobs: Jobs) -> list[JobRow]:
    """All jobs: those that are not done in their turn, then the others, the newest first."""
    mine = jobs.elsewhere is None
    waiting = [job for job in jobs.jobs.values() if job.state in UNFINISHED]
    ended = [job for job in jobs.jobs.values() if job.state not in UNFINISHED]
    waiting.sort(key=lambda job: job.state == "queued")
    return [
        _row(job, jobs.progress.get(job.key), jobs.doing.get(job.key, ""), jobs.held, mine)
        for job in waiting + ended[::-1]
    ]


def _row(job: Job, progress: TrainingProgress | None, doing: str, held: bool, mine: bool) -> JobRow:
    return JobRow(
        job.key,
        job.title,
        standing(job, progress, doing, held),
        share(job, progress),
        TONES[job.state],
        job.message,
        actions(job) if mine else ("folder",),
    )


def actions(job: Job) -> tuple[str, ...]:
    """What can be done with a job."""
    found = []
    if job.state == "running":
        found.append("pause")
    if job.state in CAN_GO_ON:
        found.append("resume")
    if job.state in UNFINISHED:
        found += ["stop", "discard"]
    if job.state in ("done", "stopped") and job.out.exists():
        found.append("open")
    found.append("folder")
    if job.state not in UNFINISHED:
        found.append("remove")
    return tuple(found)


def standing(job: Job, progress: TrainingProgress | None, doing: str, held: bool) -> str:
    """In a line: what it is at, or how it ended, and how far it is."""
    at = _place(job, progress) if progress is not None else ""
    match job.state:
        case "queued":
            return "waits for its turn" + (f" at {at}" if at else "")
        case "running" if doing:
            return doing
        case "running" if held:
            return f"{at}, {HELD}".removeprefix(", ")
        case "running":
            left = f"{duration(progress.left_s)} left" if progress is not None else "starting…"
            return ", ".join(filter(None, (at, left)))
        case "paused" if doing:
            return doing
        case "done":
            return f"done in {progress.step:,} steps" if progress is not None and not progress.doing else "done"
        case _:
            return f"{job.state} at {at}" if at else job.state


def share(job: Job, progress: TrainingProgress | None) -> float:
    """How much of it is done, 0 to 1."""
    if job.state == "done":
        return 1.0
    return min(1.0, progress.step / max(1, progress.n_steps)) if progress is not None else 0.0


def in_short(job: Job, progress: TrainingProgress | None, doing: str, held: bool) -> str:
    """The job whose turn it is, for a line at the window's edge."""
    if progress is None or doing == "starting…":
        return f"{job.title} · {doing or job.state}"
    percent = f"{100 * share(job, progress):.0f} %"
    if job.state == "paused":
        return f"{job.title} · {percent} · paused"
    if doing or held:
        return f"{job.title} · {percent} · {HELD if held and not doing else doing}"
    return f"{job.title} · {percent} · {duration(progress.left_s)} left"


def _place(job: Job, progress: TrainingProgress) -> str:
    """How far it is: in steps, or where these are of several kinds what it is doing."""
    if progress.doing:
        return f"{100 * share(job, progress):.0f} %, {progress.doing}"
    return f"step {progress.step:,} of {progress.n_steps:,}"


def last_values(progress: TrainingProgress) -> str:
    """The figures of the last step, in a line."""
    words = [progress.doing or f"loss {progress.loss:.3f}"]
    if progress.best_step:
        words.append(f"best validation {progress.best_loss:.3f} at step {progress.best_step:,}")
    if progress.n_pruned:
        words.append(f"{progress.n_pruned:,} features pruned")
    if progress.flops:
        words.append(f"{progress.flops / FLOP_PER_GFLOP:.2f} GFLOP")
    if progress.learning_rate:
        words.append(f"learning rate {progress.learning_rate:.2g}")
    return " · ".join(words)
