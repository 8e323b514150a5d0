import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from shiboken6 import delete

import gazeengine
from app.background import Background
from app.job_outcome import outcome
from app.job_process import Ending
from app.job_records import Job, read_jobs, write_job
from app.jobs import Jobs
from gazeengine.runs import claimed, read_history
from tests.app.gates import LIMIT_S

ROOT = Path(gazeengine.__file__).parents[1]
COUNTING = Path(__file__).parents[1] / "gazeengine" / "counting.py"
MS = 6000 * LIMIT_S


@pytest.fixture
def open_jobs(qtbot, tmp_path):
    """A window's jobs on the same folder each time; they count instead of training."""
    opened = []

    def open_jobs(program=(sys.executable, str(COUNTING))):
        background = Background("test")
        jobs = Jobs(tmp_path / "jobs", background, program)
        jobs.problems = []
        jobs.problem.connect(jobs.problems.append)
        opened.append((jobs, background))
        jobs.open()
        return jobs

    yield open_jobs
    for jobs, background in opened:
        jobs.close()
        background.close()
        for each in (jobs, background):
            delete(each)  # here: the garbage collector might do it in another thread


@pytest.fixture
def jobs(open_jobs):
    return open_jobs()


def closed(jobs, **how):
    """As the window closes them."""
    jobs.close(**how)
    jobs._background.close()


def add(jobs, *options, title="Counting", to=None):
    job = jobs.add("train", title, ("count", *options), jobs.folder.parent / f"{title}.txt")
    if to is not None:
        go_to(job, to)
    return job.key


def go_to(job, step):
    (job.folder / "go.new").write_text(str(step))
    (job.folder / "go.new").rename(job.folder / "go")


def state(jobs, key):
    return jobs.jobs[key].state


def until(qtbot, condition):
    qtbot.waitUntil(condition, timeout=MS)


def at_step(jobs, key, step):
    return key in jobs.progress and jobs.progress[key].step >= step


def test_a_job_runs_in_a_process_of_its_own_and_its_result_is_there(jobs, qtbot):
    steps = []
    jobs.progressed.connect(lambda key, published: steps.extend(p.step for p in published))
    key = add(jobs)
    assert state(jobs, key) == "running"
    assert jobs.doing[key] == "starting…"
    until(qtbot, lambda: state(jobs, key) == "done")
    job = jobs.jobs[key]
    assert steps == [1, 2, 3, 4, 5, 6]
    assert job.out.read_text() == "6"
    assert job.message == "Counted to 6"
    assert [p.step for p in read_history(job.folder)] == steps
    assert (jobs.active, jobs.running, jobs.doing) == (None, None, {})
    assert jobs.problems == []


def test_several_wait_and_one_runs(jobs, qtbot):
    first, second = add(jobs, "--gate"), add(jobs, title="Second")
    until(qtbot, lambda: jobs._live is not None and psutil.pid_exists(jobs._live._number))
    assert (state(jobs, first), state(jobs, second)) == ("running", "queued")
    go_to(jobs.jobs[first], 6)
    until(qtbot, lambda: state(jobs, second) == "done")
    assert state(jobs, first) == "done"


def test_a_job_makes_way_for_the_window(jobs, qtbot):
    key = add(jobs, "--gate", to=1)
    until(qtbot, lambda: at_step(jobs, key, 1))
    assert psutil.Process(jobs._live._number).nice() == max(10, psutil.Process().nice())
    go_to(jobs.jobs[key], 6)


def test_a_paused_job_takes_no_step_and_keeps_its_turn(jobs, qtbot):
    key, other = add(jobs, "--gate", "--steps", "1000", to=1), add(jobs, title="Other")
    until(qtbot, lambda: at_step(jobs, key, 1))
    jobs.pause(key)
    assert state(jobs, key) == "paused"
    assert jobs.doing[key] == "pausing behind this step…"
    go_to(jobs.jobs[key], 1000)
    until(qtbot, lambda: key not in jobs.doing)
    step = jobs.progress[key].step
    assert step < 1000
    assert state(jobs, other) == "queued"
    jobs.resume(key)
    assert state(jobs, key) == "running"
    until(qtbot, lambda: state(jobs, other) == "done")
    assert state(jobs, key) == "done"


def test_stopped_it_keeps_a_result_and_can_go_on(jobs, qtbot):
    key = add(jobs, "--gate", "--steps", "1000", to=1)
    until(qtbot, lambda: at_step(jobs, key, 1))
    jobs.stop(key)
    go_to(jobs.jobs[key], 1000)
    until(qtbot, lambda: state(jobs, key) == "stopped")
    assert jobs.jobs[key].message.startswith("Counted to")
    assert int(jobs.jobs[key].out.read_text()) < 1000
    jobs.resume(key)
    until(qtbot, lambda: state(jobs, key) == "done")
    assert jobs.jobs[key].out.read_text() == "1000"


def test_discarded_nothing_of_it_is_left(jobs, qtbot):
    key = add(jobs, "--gate", "--steps", "1000", to=1)
    job = jobs.jobs[key]
    until(qtbot, lambda: at_step(jobs, key, 1))
    jobs.discard(key)
    go_to(job, 1000)
    until(qtbot, lambda: key not in jobs.jobs and not job.folder.exists())
    assert not job.out.exists()


def test_one_that_waits_can_be_stopped_and_forgotten(jobs, qtbot):
    first, second = add(jobs, "--gate"), add(jobs, title="Second")
    jobs.stop(second)
    assert state(jobs, second) == "stopped"
    jobs.discard(second)
    assert list(jobs.jobs) == [first]
    until(qtbot, lambda: [p.name for p in jobs.folder.iterdir() if p.is_dir()] == [first])


@pytest.mark.parametrize(
    ("does", "ends", "told"),
    [
        ("fail 2", "failed", "found trouble at step 2, wanted none"),
        ("nan 2", "failed", "the loss is nan at step 2"),
        ("crash 2", "failed", "It broke off with exit code 1: RuntimeError: a bug. It can go on from step 2."),
        (
            "kill 3",
            "interrupted",
            "killed (signal 9, perhaps for want of memory). Nothing of it was saved yet: it would begin anew.",
        ),
    ],
)
def test_one_that_goes_wrong_says_why_the_next_has_its_turn_and_it_can_go_on(jobs, qtbot, does, ends, told):
    key, other = add(jobs, "--gate"), add(jobs, title="Other")
    (jobs.jobs[key].folder / "does").write_text(does)
    go_to(jobs.jobs[key], 6)
    until(qtbot, lambda: state(jobs, key) == ends)
    assert told in jobs.jobs[key].message
    until(qtbot, lambda: state(jobs, other) == "done")
    jobs.resume(key)
    until(qtbot, lambda: state(jobs, key) == "done")


def test_a_program_that_is_not_there_is_told(open_jobs, qtbot):
    jobs = open_jobs(("/nowhere/python",))
    key = add(jobs)
    until(qtbot, lambda: state(jobs, key) == "failed")
    assert "could not be started" in jobs.jobs[key].message


def test_closing_the_window_saves_the_job_and_the_next_window_goes_on_with_it(open_jobs, qtbot, monkeypatch):
    monkeypatch.setattr("app.jobs.GOES_ON_AFTER_MS", 0)
    jobs = open_jobs()
    key, other = add(jobs, "--gate", "--steps", "1000", to=2), add(jobs, title="Other")
    until(qtbot, lambda: at_step(jobs, key, 2))
    process = jobs._live._number
    go_to(jobs.jobs[key], 1000)
    closed(jobs)
    assert not psutil.pid_exists(process)
    counted = int((jobs.jobs[key].folder / "counted").read_text())

    again = open_jobs()
    assert (state(again, key), state(again, other)) == ("running", "queued")
    assert again.doing[key] == "goes on in a moment"
    assert again.progress[key].step == counted
    first = []
    again.progressed.connect(lambda _, published: first.append(published[0].step))
    until(qtbot, lambda: state(again, other) == "done")
    assert first[0] == counted + 1
    assert state(again, key) == "done"


def test_one_that_would_go_on_by_itself_can_be_held_and_let_go(open_jobs, qtbot, monkeypatch):
    monkeypatch.setattr("app.jobs.GOES_ON_AFTER_MS", 10**8)
    jobs = open_jobs()
    key = add(jobs, "--gate", "--steps", "1000", to=1000)
    until(qtbot, lambda: at_step(jobs, key, 1))
    closed(jobs)
    again = open_jobs()
    again.pause(key)
    assert (state(again, key), again.doing) == ("paused", {})
    closed(again)
    third = open_jobs()
    assert state(third, key) == "paused"
    assert third.doing == {}
    third.resume(key)
    until(qtbot, lambda: state(third, key) == "done")


def test_the_window_can_close_without_the_job(open_jobs, qtbot):
    jobs = open_jobs()
    key = add(jobs, "--gate", "--steps", "1000", to=1)
    until(qtbot, lambda: at_step(jobs, key, 1))
    go_to(jobs.jobs[key], 1000)
    folder = jobs.jobs[key].folder
    closed(jobs, discard=True)
    assert not folder.exists()
    assert open_jobs().jobs == {}


WINDOW = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from app.background import Background
from app.jobs import Jobs
application = QCoreApplication([])
jobs = Jobs(Path(sys.argv[1]), Background("window"), sys.argv[2:])
jobs.progressed.connect(lambda key, published: print(key, jobs._live._number, flush=True))
key = jobs.add("train", "Counting", ("count", "--gate", "--steps", "1000"), Path(sys.argv[1]) / "out.txt").key
(jobs.folder / key).mkdir(exist_ok=True)
(jobs.folder / key / "go").write_text("1")
with jobs.cores.quiet() if "held" in sys.argv[1] else open(sys.argv[0]):
    application.exec()
"""


@pytest.fixture
def other_window(tmp_path):
    """A window's process, whose job has counted to 1; gives it, the job's key and its process."""
    script = tmp_path / "window.py"
    script.write_text(WINDOW)
    with subprocess.Popen(
        [sys.executable, script, tmp_path / "jobs", sys.executable, COUNTING],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        text=True,
    ) as window:
        key, number = window.stdout.readline().split()
        yield window, key, psutil.Process(int(number))
        window.kill()


def test_a_killed_window_takes_its_job_along_which_saves_itself_and_goes_on_in_the_next(
    other_window, open_jobs, qtbot, monkeypatch
):
    monkeypatch.setattr("app.jobs.GOES_ON_AFTER_MS", 0)
    window, key, process = other_window
    process.suspend()  # as if a latency was being measured
    window.send_signal(signal.SIGKILL)
    window.wait()
    jobs = open_jobs()
    assert state(jobs, key) == "running"
    go_to(jobs.jobs[key], 1000)
    until(qtbot, lambda: state(jobs, key) == "done")
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    assert [p.step for p in read_history(jobs.jobs[key].folder)] == list(range(1, 1001))


def test_a_second_window_leaves_the_jobs_to_the_first_and_takes_them_over_when_it_is_gone(
    other_window, open_jobs, qtbot, monkeypatch
):
    monkeypatch.setattr("app.jobs.GOES_ON_AFTER_MS", 0)
    window, key, _ = other_window
    jobs = open_jobs()
    assert jobs.elsewhere == window.pid
    assert state(jobs, key) == "running"
    assert jobs.add("train", "Mine", ("count",), Path("out.txt")) is None
    assert jobs.problems == [
        f"jobs: another window (process {window.pid}) looks after them, wanted the job started there"
    ]
    go_to(jobs.jobs[key], 1000)
    window.kill()
    until(qtbot, lambda: jobs.elsewhere is None and state(jobs, key) == "done")


def test_a_run_that_another_program_has_is_waited_for(jobs, qtbot, monkeypatch):
    monkeypatch.setattr("app.jobs.LOOK_AGAIN_MS", 1)
    first = add(jobs, "--gate")
    key = add(jobs, title="Second")
    with claimed(jobs.jobs[key].folder):
        go_to(jobs.jobs[first], 6)
        until(qtbot, lambda: key in jobs.doing)
        assert jobs.doing[key] == f"waits for process {os.getpid()} to let go of it"
    until(qtbot, lambda: state(jobs, key) == "done")


def test_a_record_that_cannot_be_read_is_told_and_the_others_are_there(tmp_path, open_jobs):
    job = Job.new(tmp_path / "jobs", "distill", "Teaching", ("distill", "a"), tmp_path / "b")
    write_job(replace(job, state="done", message="so it is"))
    (tmp_path / "jobs" / "20000101").mkdir()
    (tmp_path / "jobs" / "20000101" / "job.json").write_text('{"format": 9, "kind": "train"}')
    (tmp_path / "jobs" / "empty").mkdir()
    jobs = open_jobs()
    assert list(jobs.jobs.values()) == [replace(job, state="done", message="so it is")]
    [problem] = jobs.problems
    assert problem.endswith("found format 9, kind 'train', wanted a job of format 1")
    assert read_jobs(tmp_path / "nowhere") == ([], [])


@pytest.mark.parametrize(
    ("ending", "stopped", "left", "expected"),
    [
        (Ending(0, result={}), False, True, "done"),
        (Ending(0, result={"ended": "kept"}), True, False, "stopped"),
        (Ending(130), True, False, "stopped"),
        (Ending(130), False, True, None),
        (Ending(130), False, False, "interrupted"),
        (Ending(9, signal=9), False, False, "interrupted"),
        (Ending(9, signal=9), False, True, None),
        (Ending(2, error="no space left"), False, True, "failed"),
        (Ending(1), False, False, "failed"),
        (Ending(-1, error="not found"), False, False, "failed"),
    ],
)
def test_how_a_job_stands_follows_from_how_its_process_ended(ending, stopped, left, expected):
    assert outcome(ending, stopped=stopped, left=left) == expected
