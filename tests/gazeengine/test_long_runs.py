"""Training in a process of its own, as a window has it run: when it is killed, left alone, or goes wrong."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import gazeengine
from gazeengine.checkpoint import load
from gazeengine.runs import holder, read_history
from tests.data_sets import made_data_set

pytestmark = pytest.mark.slow

ROOT = Path(gazeengine.__file__).parents[1]
ENGINE = Path(__file__).with_name("narrow_engine.py")
LIMIT_S = 300
SAVED_EVERY = 3  # steps: with each validation
N_STEPS = 30


@pytest.fixture
def line(tmp_path):
    data = made_data_set(tmp_path / "made", n=3)
    return [
        *("train", "--features", "random", "--data", data, "--size", "48x64", "--steps", N_STEPS),
        *("--validate-every", SAVED_EVERY, "--batch", 2, "--signal-images", 2),
        *("--run", tmp_path / "run", "--out", tmp_path / "m.safetensors", "--events"),
    ]


LIMITED = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@contextmanager
def running(line, most_bytes=None):
    """Its process, and what gives the next of its events. No file may get larger than most_bytes, if that is given."""
    limit = ("-c", LIMITED, str(most_bytes)) if most_bytes is not None else ()
    with subprocess.Popen(
        [sys.executable, *limit, ENGINE, *map(str, line)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        text=True,
    ) as process:
        try:
            yield process, (json.loads(text) for text in process.stdout)
        finally:
            process.kill()
            with suppress(BrokenPipeError):
                process.stdin.close()


def until_step(events, step):
    for event in events:
        if event["event"] == "progress" and event["progress"]["step"] >= step:
            return event["progress"]["step"]
    pytest.fail("it ended before")


def test_killed_it_goes_on_from_what_it_saved_last_to_a_model(line, tmp_path):
    with running(line) as (process, events):
        killed_at = until_step(events, 5)
        process.kill()
        process.wait(LIMIT_S)
    assert holder(tmp_path / "run") is None
    assert not (tmp_path / "m.safetensors").exists()
    with running(line) as (process, events):
        first = until_step(events, 1)
        last = list(events)[-1]
        assert process.wait(LIMIT_S) == 0
    killed_at = max(killed_at, first - 1)  # it may have gone on until the signal came
    assert first % SAVED_EVERY == 1
    assert killed_at - SAVED_EVERY < first
    assert first > 1
    assert (last["event"], last["values"]["ended"]) == ("result", "done")
    assert [p.step for p in read_history(tmp_path / "run")] == list(range(1, N_STEPS + 1))
    model = load(tmp_path / "m.safetensors")
    assert model.provenance["steps"] == N_STEPS
    assert model.signal is not None


def test_left_alone_it_saves_the_step_that_it_is_at(line, tmp_path):
    with running(line) as (process, events):
        until_step(events, 2)
        process.stdin.close()
        rest = list(events)
        assert process.wait(LIMIT_S) == 130
    reached = rest[-1]["values"]["step"]
    assert rest[-2]["event"] == "saving"
    assert reached == read_history(tmp_path / "run")[-1].step
    with running(line) as (process, events):
        assert until_step(events, 1) == reached + 1


def test_a_loss_that_is_no_number_ends_it_with_the_step_the_rate_and_what_is_kept(line, tmp_path):
    with running([*line, "--learning-rate", "1e30", "--warm-up-steps", "0"]) as (process, events):
        told = list(events)[-1]
        assert process.wait(LIMIT_S) == 2
    assert told["event"] == "error"
    assert " at step " in told["text"]
    assert "learning rate of " in told["text"]
    assert "wanted a lower learning rate" in told["text"]


def test_a_data_folder_that_is_gone_when_it_goes_on_is_told(line, tmp_path):
    with running(line) as (process, events):
        until_step(events, SAVED_EVERY)
        process.stdin.close()
        assert process.wait(LIMIT_S) == 130
    (tmp_path / "made").rename(tmp_path / "elsewhere")
    with running(line) as (process, events):
        [told] = events
        assert process.wait(LIMIT_S) == 2
    assert told["event"] == "error"
    assert str(tmp_path / "made") in told["text"]
    assert "wanted" in told["text"]
    (tmp_path / "elsewhere").rename(tmp_path / "made")
    with running(line) as (process, events):
        assert until_step(events, 1) > SAVED_EVERY


def test_a_disk_that_is_full_in_the_middle_of_saving_is_told_and_the_state_before_is_whole(line, tmp_path):
    with running(line) as (process, events):
        until_step(events, SAVED_EVERY)
        process.stdin.close()
        assert process.wait(LIMIT_S) == 130
    reached = read_history(tmp_path / "run")[-1].step
    largest = (tmp_path / "run" / "latest.safetensors").stat().st_size
    with running(line, largest // 2) as (process, events):
        told = list(events)[-1]
        assert process.wait(LIMIT_S) == 2
    assert told["event"] == "error"
    assert "wanted room for the whole file" in told["text"]
    with running(line) as (process, events):
        assert until_step(events, 1) <= reached + 1
        assert [p.name for p in (tmp_path / "run").iterdir() if p.name.startswith(".")] == []
