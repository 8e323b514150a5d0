import json
import math
import os
import resource
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gazeengine
from gazeengine.errors import OutputError, TrainingError
from gazeengine.runs import History, TrainingProgress, claimed, holder, joined, last_published, note, read_history

ROOT = Path(gazeengine.__file__).parents[1]
COUNTS = st.integers(0, 10**12)
FLOATS = st.floats(allow_nan=True, allow_infinity=True)


def at(step, **more):
    return TrainingProgress(step, 10, 5.0 - step / 10, None, math.inf, 0, float(step), 10.0 - step, **more)


def write(folder, steps):
    with History(folder) as history:
        for step in steps:
            history.append(at(step))


def steps_in(folder):
    return [progress.step for progress in read_history(folder)]


# --- progress


@given(
    st.builds(
        TrainingProgress,
        *(COUNTS, COUNTS, FLOATS, st.none() | FLOATS, FLOATS, COUNTS, FLOATS, FLOATS),
        stopped_early=st.booleans(),
        learning_rate=FLOATS,
        n_pruned=COUNTS,
        flops=COUNTS,
        widths=st.none() | st.dictionaries(st.text(max_size=5), COUNTS, max_size=3),
        snapshot=st.none() | st.text(max_size=20),
    )
)
def test_progress_comes_back_from_json_with_null_for_what_is_no_number(progress):
    text = json.dumps(progress.to_json(), allow_nan=False)
    found = TrainingProgress.from_json(json.loads(text))
    for name in TrainingProgress.__slots__:
        before, after = getattr(progress, name), getattr(found, name)
        if isinstance(before, float) and not math.isfinite(before):
            assert after is None or not math.isfinite(after) or (name, after) == ("learning_rate", 0.0)
        else:
            assert after == before


def test_an_unmeasured_best_loss_is_worse_than_any():
    found = TrainingProgress.from_json(at(1).to_json())
    assert found.best_loss == math.inf
    assert math.isnan(TrainingProgress.from_json(replace(at(1), loss=math.nan).to_json()).loss)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"step": "3"}, "step is '3', wanted a whole number"),
        ({"step": True}, "step is True"),
        ({"step": -1}, "step is -1"),
        ({"loss": "low"}, "loss is 'low', wanted a number"),
        ({"stopped_early": 1}, "stopped_early is 1, wanted true or false"),
        ({"widths": {"conv1": 1.5}}, "wanted a whole number for every layer"),
        ({"widths": [1]}, "widths is"),
        ({"snapshot": 3}, "snapshot is 3, wanted a text"),
    ],
)
def test_what_is_no_progress_is_told(change, told):
    with pytest.raises(TrainingError, match="progress of training") as caught:
        TrainingProgress.from_json(at(1).to_json() | change)
    assert told in str(caught.value)


@pytest.mark.parametrize("values", [None, [], 3, "text"])
def test_other_values_are_no_progress(values):
    with pytest.raises(TrainingError, match="wanted an object"):
        TrainingProgress.from_json(values)


def test_a_missing_value_is_told_unless_it_has_a_default():
    with pytest.raises(TrainingError, match="n_steps is missing"):
        TrainingProgress.from_json({"step": 1})
    assert TrainingProgress.from_json(at(1).to_json() | {"of a later version": 1}) == at(1)


# --- the claim


def test_a_folder_is_made_and_claimed_by_one_program_at_a_time(tmp_path):
    folder = tmp_path / "runs" / "one"
    assert holder(folder) is None
    with claimed(folder):
        assert folder.is_dir()
        assert holder(folder) == os.getpid()
        with (
            pytest.raises(TrainingError, match=rf"another program \(process {os.getpid()}\) is using it, wanted"),
            claimed(folder),
        ):
            pytest.fail("claimed twice")
    assert holder(folder) is None
    with claimed(folder):
        pass


def test_the_claim_of_a_killed_process_is_gone_with_it(tmp_path):
    code = f"""
from pathlib import Path
from gazeengine.runs import claimed
with claimed(Path({str(tmp_path)!r})):
    print("mine", flush=True)
    input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as other:
        assert other.stdout.readline() == b"mine\n"
        assert holder(tmp_path) == other.pid
        with pytest.raises(TrainingError, match=f"process {other.pid}"), claimed(tmp_path):
            pytest.fail("claimed twice")
        other.send_signal(signal.SIGKILL)
        other.wait()
        assert holder(tmp_path) is None
        with claimed(tmp_path):
            pass


def test_a_file_cannot_be_claimed(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="wanted a folder that can be written"), claimed(tmp_path / "file"):
        pytest.fail("claimed")


def test_a_note_is_kept_and_another_one_refused(tmp_path):
    note(tmp_path, {"architecture": "fastgaze", "data": ("a", "b")})
    note(tmp_path, {"architecture": "fastgaze", "data": ("a", "b")})
    with History(tmp_path) as history:
        history.append(at(1))
    with pytest.raises(
        TrainingError, match=r"begun with architecture fastgaze instead of densegaze, data a and b instead of b, wa"
    ):
        note(tmp_path, {"architecture": "densegaze", "data": ("b",)})
    (tmp_path / "run.json").write_bytes(b"\xff")
    with pytest.raises(TrainingError, match=r"run\.json cannot be read"):
        note(tmp_path, {})


def test_a_run_that_did_nothing_yet_may_be_of_something_else_the_next_time(tmp_path):
    """What it was to begin with could not be read, say."""
    with claimed(tmp_path):
        note(tmp_path, {"features": "mistyped"})
    with claimed(tmp_path):
        note(tmp_path, {"features": "right"})
    assert json.loads((tmp_path / "run.json").read_text(encoding="utf-8")) == {"features": "right"}
    (tmp_path / "latest.safetensors").touch()
    with pytest.raises(TrainingError, match="it was begun with"):
        note(tmp_path, {"features": "another"})


# --- the history


def test_a_history_is_there_for_others_step_by_step(tmp_path):
    assert read_history(tmp_path) == []
    assert last_published(tmp_path) is None
    with History(tmp_path) as history:
        for step in (1, 2, 3):
            history.append(at(step, widths={"conv1": step}))
            assert read_history(tmp_path)[-1] == at(step, widths={"conv1": step})
            assert last_published(tmp_path) == at(step, widths={"conv1": step})
    assert steps_in(tmp_path) == [1, 2, 3]


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 10)), min_size=1, max_size=5))
def test_a_run_that_goes_on_after_a_kill_replaces_what_it_publishes_again(tmp_path_factory, runs):
    folder = tmp_path_factory.mktemp("run")
    expected: list[int] = []
    for begin, n in runs:
        steps = range(begin, begin + n)
        write(folder, steps)
        expected = [step for step in expected if step < begin] + list(steps)
        assert steps_in(folder) == expected
        assert last_published(folder).step == expected[-1]


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_line_that_is_cut_off_is_left_out_and_overwritten(tmp_path, cut):
    write(tmp_path, [1, 2, 3])
    path = tmp_path / "history.jsonl"
    path.write_bytes(path.read_bytes()[:-cut])
    assert steps_in(tmp_path) == [1, 2]
    assert last_published(tmp_path).step == 2
    write(tmp_path, [3, 4])
    assert steps_in(tmp_path) == [1, 2, 3, 4]


@pytest.mark.parametrize("beginning", [b"", b'{"form'])
def test_a_history_that_was_killed_in_its_first_line_begins_again(tmp_path, beginning):
    (tmp_path / "history.jsonl").write_bytes(beginning)
    assert read_history(tmp_path) == []
    write(tmp_path, [1])
    assert steps_in(tmp_path) == [1]


def test_a_line_of_rubbish_costs_only_itself(tmp_path):
    write(tmp_path, [1])
    with (tmp_path / "history.jsonl").open("ab") as file:
        file.write(b"\0\0\0\n")
    write(tmp_path, [2])
    assert steps_in(tmp_path) == [1, 2]


def test_a_history_of_another_format_is_refused(tmp_path):
    (tmp_path / "history.jsonl").write_text('{"format": 2}\n')
    for use in (lambda: read_history(tmp_path), lambda: write(tmp_path, [1])):
        with pytest.raises(TrainingError, match="wanted format 1"):
            use()


def test_a_full_disk_is_told_and_what_was_written_stays(tmp_path):
    write(tmp_path, [1])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / "history.jsonl").stat().st_size + 10, limits[1]))
    try:
        with History(tmp_path) as history, pytest.raises(OutputError, match="could not be written"):
            history.append(at(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert steps_in(tmp_path) == [1]
    write(tmp_path, [2])
    assert steps_in(tmp_path) == [1, 2]


def test_a_step_that_is_told_twice_keeps_what_only_one_of_them_tells():
    first, second = replace(at(2, widths={"a": 1}), validation_loss=4.0), replace(at(2, snapshot="b"), loss=3.0)
    [found] = joined([at(2, snapshot="a")], [first, second])
    assert (found.validation_loss, found.widths, found.snapshot, found.loss) == (4.0, {"a": 1}, "b", 3.0)


@given(st.lists(st.integers(1, 20)), st.lists(st.integers(1, 20)))
def test_joined_steps_ascend_and_the_last_word_counts(before, more):
    found = joined(joined([], map(at, before)), map(at, more))
    steps = [progress.step for progress in found]
    assert steps == sorted(set(steps))
    if before + more:
        assert steps[-1] == (before + more)[-1]
