"""What becomes of a job when its process has ended: how it stands then, and what is said of it."""

from __future__ import annotations

import os

from app.job_process import Ending
from app.job_records import Job, State
from gazeengine.errors import TrainingError
from gazeengine.runs import TrainingProgress
from gazeengine.saved_state import saved_progress


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
    """What came of it, in a sentence or two. last is what it published last, which may be more than it saved."""
    if ending.signal:
        why = ", perhaps for want of memory" if ending.signal == 9 else ""
        return f"Its process was killed (signal {ending.signal}{why}). {_goes_on_from(job, last)}"
    if state == "interrupted":
        return f"It was interrupted from outside. {_goes_on_from(job, last)}"
    if ending.code == 130:
        return f"It was stopped. {_goes_on_from(job, last)}"
    if ending.code == 0:
        return _sentence(shortened(ending.text.partition("\n")[0], job))
    if ending.code in (2, -1):
        return ending.error or "It ended without a word."
    words = ending.error or "without a word"
    return f"It broke off with exit code {ending.code}: {words}. {_goes_on_from(job, last)}"


def _sentence(text: str) -> str:
    """With a capital, unless it begins with the name of a file or folder."""
    first, _, _ = text.partition(" ")
    return text[:1].upper() + text[1:] if first.rstrip(",;").isalpha() else text


def _goes_on_from(job: Job, last: TrainingProgress | None) -> str:
    if last is not None and last.doing:
        return "It can go on from the last network that it wrote."
    try:
        saved = saved_progress(job.folder)
    except TrainingError as error:
        return f"It cannot go on: {error}."
    if saved is None or not saved.step:
        return "Nothing of it was saved yet: it would begin anew."
    return f"It can go on from step {saved.step:,}."


def shortened(text: str, job: Job) -> str:
    """What a job says, without the folders that it writes to."""
    for folder in (job.out, job.out.parent):
        text = text.replace(f"{folder}{os.sep}", "")
    return text
