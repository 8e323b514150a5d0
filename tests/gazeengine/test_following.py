import json
import math
import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest

import gazeengine
from gazeengine.commands.events import Orders, listening, present_orders, tell
from gazeengine.commands.following import follow
from gazeengine.errors import TrainingError
from gazeengine.runs import TrainingProgress, read_history

ROOT = Path(gazeengine.__file__).parents[1]
COUNTING = Path(__file__).with_name("counting.py")
LIMIT_S = 120


class Job:
    """A run in a process of its own, that counts as far as it is let."""

    def __init__(self, folder, *options):
        folder.mkdir(exist_ok=True)
        self.folder, self.out = folder, folder / "result.txt"
        with (folder / "said.txt").open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, COUNTING, "--run", folder, "--out", self.out, "--events", "--gate", *options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                text=True,
            )

    def go_to(self, step):
        (self.folder / "go.new").write_text(str(step))
        (self.folder / "go.new").rename(self.folder / "go")

    def order(self, order):
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()

    def next(self):
        """The next event: its name, and the step of a progress."""
        line = self.process.stdout.readline()
        assert line, self.said
        event = json.loads(line)
        return (event["event"], event["progress"]["step"]) if event["event"] == "progress" else event["event"]

    def rest(self):
        """All that follows to its end, and its exit code."""
        return [json.loads(line) for line in self.process.stdout], self.process.wait(LIMIT_S)

    @property
    def said(self):
        return (self.folder / "said.txt").read_text()


@contextmanager
def job(folder, *options):
    job = Job(folder, *options)
    try:
        yield job
    finally:
        job.process.kill()
        job.process.wait(LIMIT_S)
        for pipe in (job.process.stdin, job.process.stdout):
            with suppress(BrokenPipeError):
                pipe.close()


def steps_in(folder):
    return [progress.step for progress in read_history(folder)]


def counted(folder):
    return int((folder / "counted").read_text())


# --- in a process of its own, as the window has it


def test_a_run_tells_every_step_and_its_result(tmp_path):
    with job(tmp_path) as run:
        run.go_to(6)
        assert [run.next() for _ in range(6)] == [("progress", step) for step in range(1, 7)]
        [result], code = run.rest()
        assert code == 0
        assert result["event"] == "result"
        assert result["values"]["file"] == str(run.out)
        assert result["text"] == "counted to 6"
    assert steps_in(tmp_path) == [1, 2, 3, 4, 5, 6]
    assert "count: 6 of 6" in run.said


def test_a_paused_run_takes_no_step_until_it_goes_on(tmp_path):
    with job(tmp_path, "--steps", "1000") as run:
        run.go_to(1)
        assert run.next() == ("progress", 1)
        run.order("pause")
        run.go_to(1000)
        told = list(iter(run.next, "paused"))
        n = len(told) + 1
        assert steps_in(tmp_path)[-1] == n < 1000
        run.order("pause")
        run.order("resume")
        assert run.next() == "resumed"
        assert run.next() == ("progress", n + 1)


@pytest.mark.parametrize("first", ["pause", None])
@pytest.mark.parametrize(("order", "ended", "code"), [("stop", "kept", 0), ("discard", "discarded", 130)])
def test_an_order_ends_it_behind_the_step_also_in_a_pause(tmp_path, first, order, ended, code):
    with job(tmp_path, "--steps", "1000") as run:
        run.go_to(1)
        assert run.next() == ("progress", 1)
        for given in filter(None, (first, order)):
            run.order(given)
        run.go_to(1000)
        told, found = run.rest()
    assert found == code
    assert told[-1]["values"]["ended"] == ended
    assert told[-2]["event"] == "saving"
    assert counted(tmp_path) == told[-1]["values"]["step"] == steps_in(tmp_path)[-1] < 1000
    assert run.out.exists() == (ended == "kept")


@pytest.mark.parametrize("how", ["end of stdin", signal.SIGTERM, signal.SIGINT])
def test_it_stops_and_keeps_where_it_is_when_nobody_is_there_any_more_and_goes_on_from_there(tmp_path, how):
    with job(tmp_path, "--steps", "1000") as run:
        run.go_to(2)
        assert [run.next() for _ in range(2)] == [("progress", 1), ("progress", 2)]
        if how == "end of stdin":
            run.process.stdin.close()
        else:
            run.process.send_signal(how)
        run.go_to(1000)
        reached = 2 + len(list(iter(run.next, "saving")))  # the order may come behind some more steps
        assert run.next() == "result"
        assert run.process.wait(LIMIT_S) == 130
    assert counted(tmp_path) == reached < 1000
    with job(tmp_path, "--steps", "1000") as again:
        again.go_to(1000)
        assert again.next() == ("progress", reached + 1)
        assert again.rest()[1] == 0


def test_a_window_that_is_killed_leaves_nobody_to_tell_and_the_state_is_kept_all_the_same(tmp_path):
    with job(tmp_path, "--steps", "1000") as run:
        run.go_to(1)
        run.next()
        run.process.stdout.close()
        run.process.stdin.close()
        run.go_to(1000)
        assert run.process.wait(LIMIT_S) == 130
    assert counted(tmp_path) < 1000
    assert "Traceback" not in run.said
    assert "Error" not in run.said


def test_killed_it_goes_on_from_what_was_saved_and_its_history_is_cut_back(tmp_path):
    with job(tmp_path) as run:
        run.go_to(4)
        for _ in range(4):
            run.next()
        run.process.kill()
    assert steps_in(tmp_path) == [1, 2, 3, 4]
    (tmp_path / "counted").write_text("2")  # it was saved before
    with job(tmp_path) as again:
        again.go_to(3)
        assert again.next() == ("progress", 3)
        assert steps_in(tmp_path) == [1, 2, 3]


def test_what_the_user_can_repair_is_one_event_and_exit_code_2(tmp_path):
    (tmp_path / "does").write_text("fail 2")
    with job(tmp_path) as run:
        run.go_to(6)
        told, code = run.rest()
    assert code == 2
    assert told[-1] == {
        "event": "error",
        "text": f"training {tmp_path.name}: found trouble at step 2, wanted none",
    }
    assert "gazeengine: training" in run.said


def test_a_second_program_on_a_run_is_turned_away_and_the_first_goes_on(tmp_path):
    with job(tmp_path) as first:
        first.go_to(1)
        assert first.next() == ("progress", 1)
        with job(tmp_path) as second:
            told, code = second.rest()
        assert code == 2
        [error] = told
        assert f"another program (process {first.process.pid}) is using it, wanted" in error["text"]
        first.go_to(6)
        assert first.next() == ("progress", 2)


def test_an_unknown_order_is_told_and_changes_nothing(tmp_path):
    with job(tmp_path) as run:
        run.order("dance")
        run.go_to(6)
        assert [run.next() for _ in range(6)][-1] == ("progress", 6)
        run.rest()
    assert "there is no order 'dance', wanted one of" in run.said


def test_bad_arguments_are_an_event_too(tmp_path):
    with job(tmp_path, "--steps", "many") as run:
        _, code = run.rest()
    assert code == 2


# --- in this process


def progress(step, n=3, **more):
    return TrainingProgress(step, n, 1.0, None, math.inf, 0, 0.0, 0.0, **more)


def test_events_are_lines_of_json_without_nan(capsys):
    tell("message", text="a\nb", found=[math.nan, {"x": math.inf}], n=1)
    assert json.loads(capsys.readouterr().out) == {
        "event": "message",
        "text": "a\nb",
        "found": [None, {"x": None}],
        "n": 1,
    }


def test_without_events_nothing_is_printed_on_stdout(tmp_path, capsys):
    assert follow("count", iter([progress(1), progress(2, snapshot="half.safetensors")]), tmp_path, False) == "done"
    out, err = capsys.readouterr()
    assert out == ""
    assert "half.safetensors: 0 features pruned" in err
    assert steps_in(tmp_path) == [1, 2]


def test_a_run_is_closed_where_it_is_ended_and_what_it_raises_then_is_told(tmp_path):
    def full():
        try:
            yield progress(1)
        finally:
            raise TrainingError("no space left")

    with listening(False) as orders:
        with orders.attended():
            orders.give("stop")
        with pytest.raises(TrainingError, match="no space left"):
            follow("count", full(), tmp_path, False)


def test_an_order_to_end_interrupts_what_attends_to_no_orders():
    def waiting():
        with listening(False) as orders:
            Thread(target=orders.give, args=("end",)).start()
            signal.pause()

    with pytest.raises(KeyboardInterrupt):
        waiting()


def test_orders_that_come_too_late_change_nothing():
    with listening(False) as orders:
        pass
    orders.give("end")
    assert isinstance(present_orders(), Orders)
    assert present_orders() is not orders


def test_orders_are_read_from_a_pipe_also_in_pieces():
    reader, writer = os.pipe()
    with listening(True, reader) as orders, orders.attended():
        for piece in (b"pau", b"se\nre", b"sume\r\n\n", b"stop\ndis"):
            os.write(writer, piece)
        assert [orders.next() for _ in range(3)] == ["pause", "resume", "stop"]
        os.close(writer)
        assert orders.next() == "end"  # half a word is none
    os.close(reader)


@pytest.mark.parametrize("stride", [1, 5])
def test_the_time_left_does_not_count_a_pause(tmp_path, monkeypatch, stride):
    now = [0.0]

    def steps(orders):
        for step in range(1, 5):
            now[0] += 1
            if step == 2:
                orders.give("pause")
            yield TrainingProgress(stride * step, stride * 10, 1.0, None, math.inf, 0, now[0], 1000.0)

    def waited_for():
        now[0] += 500
        return "resume"

    monkeypatch.setattr("gazeengine.commands.following.time.monotonic", lambda: now[0])
    with listening(False) as orders, orders.attended():
        monkeypatch.setattr(orders, "next", waited_for)
        follow("count", steps(orders), tmp_path, False)
    assert [p.left_s for p in read_history(tmp_path)] == [1000, 1000, pytest.approx(7), pytest.approx(6)]
