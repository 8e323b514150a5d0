import math
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from app.job_panel import ACTIONS
from app.job_records import Job, State
from app.job_words import TONES, actions, in_short, last_values, share, standing
from gazeengine.runs import TrainingProgress

JOB = Job(Path("/jobs/1"), "train", "Train FastGaze", ("train",), Path("/nowhere/m.safetensors"), "2026-07-14T10:00:00")
AT = TrainingProgress(340, 1440, 6.1, None, 6.0, 300, 60.0, 720.0)


def of(state):
    return replace(JOB, state=state)


@pytest.mark.parametrize(
    ("state", "progress", "doing", "held", "told"),
    [
        ("queued", None, "", False, "waits for its turn"),
        ("running", None, "starting…", False, "starting…"),
        ("running", AT, "", False, "step 340 of 1,440, 12 min left"),
        ("running", AT, "", True, "step 340 of 1,440, holds still while others need the cores"),
        ("running", AT, "saving…", True, "saving…"),
        ("paused", AT, "pausing behind this step…", False, "pausing behind this step…"),
        ("paused", AT, "", False, "paused at step 340 of 1,440"),
        ("stopped", AT, "", False, "stopped at step 340 of 1,440"),
        ("failed", None, "", False, "failed"),
        ("interrupted", AT, "", False, "interrupted at step 340 of 1,440"),
        ("done", AT, "", False, "done in 340 steps"),
    ],
)
def test_how_a_job_stands_in_a_line(state, progress, doing, held, told):
    assert standing(of(state), progress, doing, held) == told


@pytest.mark.parametrize("state", get_args(State))
def test_every_state_has_a_tone_and_something_that_can_be_done(state):
    assert state in TONES
    found = actions(of(state))
    assert "folder" in found
    assert set(found) <= set(ACTIONS)
    assert standing(of(state), AT, "", False)
    assert ("discard" in found) != ("remove" in found)


def test_a_result_can_be_opened_where_there_is_one(tmp_path):
    out = tmp_path / "m.safetensors"
    assert "open" not in actions(replace(of("done"), out=out))
    out.touch()
    assert "open" in actions(replace(of("done"), out=out))
    assert "open" in actions(replace(of("stopped"), out=out))
    assert "open" not in actions(replace(of("running"), out=out))


def test_the_share_that_is_done():
    assert share(of("running"), None) == 0
    assert share(of("running"), AT) == pytest.approx(340 / 1440)
    assert share(of("done"), AT) == 1  # it stopped early
    assert share(of("running"), replace(AT, step=2000)) == 1


def test_in_short_for_the_edge_of_the_window():
    assert in_short(of("running"), AT, "", False) == "Train FastGaze · 24 % · 12 min left"
    assert in_short(of("running"), replace(AT, left_s=math.nan), "", False).endswith("unknown time left")
    assert in_short(of("running"), None, "starting…", False) == "Train FastGaze · starting…"
    assert in_short(of("running"), AT, "", True) == "Train FastGaze · 24 % · holds still while others need the cores"
    assert in_short(of("paused"), AT, "", False) == "Train FastGaze · 24 % · paused"


def test_where_steps_are_of_several_kinds_it_is_said_what_is_done():
    at = replace(AT, loss=math.nan, best_step=0, doing="stop 1 of 3: compensating", n_pruned=1200)
    assert standing(of("running"), at, "", False) == "24 %, stop 1 of 3: compensating, 12 min left"
    assert standing(of("done"), at, "", False) == "done"
    assert last_values(at) == "stop 1 of 3: compensating · 1,200 features pruned"


def test_the_figures_of_the_last_step():
    assert last_values(AT) == "loss 6.100 · best validation 6.000 at step 300"
    pruning = replace(AT, best_step=0, n_pruned=1200, flops=9_100_000_000, learning_rate=2.5e-3)
    assert last_values(pruning) == "loss 6.100 · 1,200 features pruned · 9.10 GFLOP · learning rate 0.0025"
