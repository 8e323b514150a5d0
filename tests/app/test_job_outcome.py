import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from app.job_outcome import account
from app.job_process import Ending
from app.job_records import Job
from gazeengine.runs import TrainingProgress
from gazeengine.saved_state import LATEST


@pytest.mark.parametrize(
    ("out", "text", "said"),
    [
        ("models/own", "models/own: 3 trained networks\nand more", "own: 3 trained networks"),
        ("models/own.safetensors", "models/own.safetensors: 9.1 MB", "own.safetensors: 9.1 MB"),
        ("models/own", "counted to 6", "Counted to 6"),
        (
            "refined/0af1",
            "refined/0af1/beta3e-2-n2232.safetensors: 558 features",
            "beta3e-2-n2232.safetensors: 558 features",
        ),
        ("models/own", "stopped; call it again", "Stopped; call it again"),
    ],
)
def test_what_came_of_a_job_begins_as_a_sentence_but_names_stay_as_they_are(out, text, said):
    job = Job(Path("jobs/1"), "train", "Train", (), Path(out), "2026-01-01")
    assert account(Ending(0, text=text), "done", job, None) == said


PUBLISHED = TrainingProgress(189, 400, 1.0, None, 1.0, 1, 10.0, 10.0)


@pytest.mark.parametrize("ending", [Ending(0, signal=9), Ending(130), Ending(1, error="a bug")])
def test_a_run_goes_on_from_what_it_saved_which_is_less_than_it_published(tmp_path, ending):
    job = Job(tmp_path, "train", "Train", (), tmp_path / "own.safetensors", "2026-01-01")
    assert account(ending, "failed", job, PUBLISHED).endswith("Nothing of it was saved yet: it would begin anew.")
    saved = {"progress": json.dumps(replace(PUBLISHED, step=98).to_json())}
    save_file({"network.a": np.zeros(1, np.float32)}, tmp_path / LATEST, saved)
    assert account(ending, "failed", job, PUBLISHED).endswith("It can go on from step 98.")
    (tmp_path / LATEST).write_bytes(b"half of it")
    assert "It cannot go on: training state " in account(ending, "failed", job, PUBLISHED)


def test_refining_goes_on_from_the_networks_that_it_wrote(tmp_path):
    job = Job(tmp_path, "refine", "Refine", (), tmp_path / "out", "2026-01-01")
    last = replace(PUBLISHED, doing="stop 1 of 2")
    assert account(Ending(130), "stopped", job, last).endswith("It can go on from the last network that it wrote.")
