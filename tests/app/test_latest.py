from dataclasses import dataclass, field
from threading import get_ident

import pytest

from app.latest import LatestWins
from gazeengine.errors import PruningError
from tests.app.gates import LIMIT_S, Gate

MS = 1000 * LIMIT_S


@dataclass
class Answers:
    """Results "map" and "latency" for each request; a gate before each stage where there is one."""

    gates: dict[tuple[object, str], Gate] = field(default_factory=dict)
    errors: dict[object, Exception] = field(default_factory=dict)
    cleaned_up: list[object] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)

    def gate(self, request, stage):
        return self.gates.setdefault((request, stage), Gate())

    def answer(self, request):
        try:
            for stage in ("map", "latency"):
                if (gate := self.gates.get((request, stage))) is not None:
                    gate.pass_through()
                if stage == "map" and request in self.errors:
                    raise self.errors[request]
                yield request, stage
        finally:
            self.cleaned_up.append(request)
            self.threads.add(get_ident())


@pytest.fixture
def answers():
    return Answers()


@pytest.fixture
def latest(qtbot, answers):
    latest = LatestWins(lambda: answers.answer)
    yield latest
    for gate in answers.gates.values():
        gate.open()
    latest.stop()
    assert latest.wait(MS)


@pytest.fixture
def results(latest):
    results = []
    latest.answered.connect(results.append)
    return results


@pytest.fixture
def failures(latest):
    failures = []
    latest.failed.connect(failures.append)
    return failures


def test_a_request_is_answered_stage_by_stage(latest, results, qtbot):
    latest.start()
    latest.submit(1)
    qtbot.waitUntil(lambda: results == [(1, "map"), (1, "latency")], timeout=MS)


def test_a_request_submitted_before_the_start_is_answered(latest, results, qtbot):
    latest.submit(1)
    latest.start()
    qtbot.waitUntil(lambda: len(results) == 2, timeout=MS)


def test_a_pending_request_is_replaced(latest, answers, results, qtbot):
    gate = answers.gate(1, "map")
    latest.start()
    latest.submit(1)
    gate.wait_until_reached()
    for request in (2, 3, 4):
        latest.submit(request)
    gate.open()
    qtbot.waitUntil(lambda: (4, "latency") in results, timeout=MS)
    assert results == [(1, "map"), (4, "map"), (4, "latency")]


def test_an_overtaken_request_still_gives_its_first_result_and_cleans_up_in_the_thread(latest, answers, results, qtbot):
    gate = answers.gate(1, "map")
    latest.start()
    latest.submit(1)
    gate.wait_until_reached()
    latest.submit(2)
    gate.open()
    qtbot.waitUntil(lambda: (2, "latency") in results, timeout=MS)
    assert results[0] == (1, "map")
    assert (1, "latency") not in results
    qtbot.waitUntil(lambda: answers.cleaned_up == [1, 2], timeout=MS)
    assert answers.threads.isdisjoint({get_ident()})
    assert len(answers.threads) == 1


def test_an_error_is_reported_with_its_request_and_the_next_is_answered(
    latest, answers, results, failures, qtbot, caplog
):
    answers.errors = {1: PruningError("plan: it does not fit"), 2: ZeroDivisionError("a bug")}
    latest.start()
    for request in (1, 2):
        latest.submit(request)
        qtbot.waitUntil(lambda n=request: len(failures) == n, timeout=MS)
    latest.submit(3)
    qtbot.waitUntil(lambda: len(results) == 2, timeout=MS)
    assert [(f.request, f.message) for f in failures] == [
        (1, "plan: it does not fit"),
        (2, "ZeroDivisionError: a bug"),
    ]
    assert "could not answer a int" in caplog.text  # a bug has its trace in the log
    assert caplog.text.count("could not answer") == 1
    assert answers.cleaned_up[:2] == [1, 2]


def test_stop_ends_behind_the_result_that_is_being_made(latest, answers, results, qtbot):
    gate = answers.gate(1, "map")
    latest.start()
    latest.submit(1)
    gate.wait_until_reached()
    latest.submit(2)
    latest.stop()
    gate.open()
    assert latest.wait(MS)
    assert answers.cleaned_up == [1]
    qtbot.wait(1)
    assert results == [(1, "map")]


def test_stop_ends_a_thread_that_has_nothing_to_do(latest, qtbot):
    with qtbot.waitSignal(latest.prepared, timeout=MS):
        latest.start()
    latest.stop()
    assert latest.wait(MS)


def test_stop_before_the_start_ends_it_at_once(latest, answers):
    latest.submit(1)
    latest.stop()
    latest.start()
    assert latest.wait(MS)
    assert answers.cleaned_up == []


def test_what_cannot_be_prepared_is_reported_and_ends_the_thread(qtbot, caplog):
    def prepare():
        raise ImportError("no module named torch")

    latest = LatestWins(prepare)
    failures, prepared = [], []
    latest.failed.connect(failures.append)
    latest.prepared.connect(lambda: prepared.append(1))
    latest.submit(1)
    latest.start()
    assert latest.wait(MS)
    qtbot.waitUntil(lambda: len(failures) == 1, timeout=MS)
    assert failures[0].request is None
    assert failures[0].message == "the engine could not start: no module named torch"
    assert "could not prepare" in caplog.text
    assert prepared == []
