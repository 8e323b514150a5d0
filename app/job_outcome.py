"""What becomes of a job when its process has ended: how it stands then, and what is said of it."""

from __future__ import annotations

import os

from app.job_process import Ending
from app.job_records import Job, State
from gazeengine.runs import TrainingProgress


def outcome(ending: Ending, *, stopped: bool, left: bool) -> State | None:
    """The state of a job whose process ended so; None where it only was left, to go on as it was next time.

    stopped says that it was asked to end here, left that the window closes.
    """
    if ending.signal or ending.code == -1:
        return None if left and ending.signal else "interrupted" if ending.signal else "failed"
    if ending.code == 0:
        return "stopped" if ending.ended == "kept" else "done"
    if ending.code == 130:
        return "stopped" if stopped else None if left else "interrupted"
    return "failed"


def account(ending: Ending, state: State, job: Job, last: TrainingProgress | None) -> str:
    """What came of it, in a sentence or two."""
    at = f" It can go on from about step {last.step:,}." if last is not None and last.step else ""
    if last is not None and last.doing:
        at = " It can go on from the last network that it wrote."
    if ending.signal:
        why = ", perhaps for want of memory" if ending.signal == 9 else ""
        return f"Its process was killed (signal {ending.signal}{why}).{at}"
    if state == "interrupted":
        return f"It was interrupted from outside.{at}"
    if ending.code == 130:
        return f"It was stopped.{at}"
    if ending.code == 0:
        text = shortened(ending.text.partition("\n")[0], job)
        return text if text.startswith(job.out.name) else text[:1].upper() + text[1:]
    if ending.code in (2, -1):
        return ending.error or "It ended without a word."
    return f"It broke off with exit code {ending.code}: {ending.error or 'without a word'}.{at}"


def shortened(text: str, job: Job) -> str:
    """What a job says, without the folders that it writes to."""
    for folder in (job.out, job.out.parent):
        text = text.replace(f"{folder}{os.sep}", "")
    return text
