from pathlib import Path

import pytest

from app.job_outcome import account
from app.job_process import Ending
from app.job_records import Job


@pytest.mark.parametrize(
    ("out", "text", "said"),
    [
        ("models/own", "models/own: 3 trained networks\nand more", "own: 3 trained networks"),
        ("models/own.safetensors", "models/own.safetensors: 9.1 MB", "own.safetensors: 9.1 MB"),
        ("models/own", "counted to 6", "Counted to 6"),
    ],
)
def test_what_came_of_a_job_begins_as_a_sentence_but_names_stay_as_they_are(out, text, said):
    job = Job(Path("jobs/1"), "train", "Train", (), Path(out), "2026-01-01")
    assert account(Ending(0, text=text), "done", job, None) == said
