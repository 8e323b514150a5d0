from threading import get_ident

import pytest

from app.background import Background
from gazeengine.errors import ImageError
from tests.app.gates import LIMIT_S, Gate

MS = 1000 * LIMIT_S


@pytest.fixture
def background(qtbot):
    background = Background("test")
    yield background
    background.close()


class Outcome:
    def __init__(self):
        self.results, self.messages, self.threads = [], [], set()

    def then(self, result):
        self.results.append(result)
        self.threads.add(get_ident())

    def failed(self, message):
        self.messages.append(message)
        self.threads.add(get_ident())


@pytest.fixture
def outcome():
    return Outcome()


def test_work_is_done_elsewhere_in_turn_and_its_results_come_here(background, outcome, qtbot):
    for n in range(5):
        background.do(lambda n=n: (n, get_ident()), outcome.then, outcome.failed)
    qtbot.waitUntil(lambda: len(outcome.results) == 5, timeout=MS)
    assert [n for n, _ in outcome.results] == list(range(5))
    assert get_ident() not in {thread for _, thread in outcome.results}
    assert outcome.threads == {get_ident()}


def test_what_the_user_can_repair_is_told_as_it_is_and_a_bug_with_its_kind(background, outcome, qtbot, caplog):
    def unreadable():
        raise ImageError("picture a.png: found a text file")

    def bug():
        raise KeyError("a")

    background.do(unreadable, outcome.then, outcome.failed)
    background.do(bug, outcome.then, outcome.failed)
    background.do(lambda: "on it goes", outcome.then, outcome.failed)
    qtbot.waitUntil(lambda: bool(outcome.results), timeout=MS)
    assert outcome.messages == ["picture a.png: found a text file", "KeyError: 'a'"]
    assert caplog.text.count("background work failed") == 1


def test_a_result_never_comes_before_do_has_returned(background, outcome, qtbot):
    for n in range(200):  # some are done before anyone has asked for them
        background.do(lambda: None, outcome.then, outcome.failed)
        assert outcome.results == [], n
    qtbot.waitUntil(lambda: len(outcome.results) == 200, timeout=MS)


def test_it_is_busy_from_the_first_to_the_last(background, outcome, qtbot):
    busy = []
    background.busy_changed.connect(busy.append)
    for _ in range(3):
        background.do(lambda: None, outcome.then, outcome.failed)
    qtbot.waitUntil(lambda: len(outcome.results) == 3, timeout=MS)
    assert busy == [True, False]


def test_closing_waits_for_what_is_being_done_and_drops_the_rest_but_for_what_is_to_be_kept(background, outcome, qtbot):
    gate, done = Gate(), []

    def first():
        gate.pass_through()
        done.append("begun")

    background.do(first, outcome.then, outcome.failed)
    background.do(lambda: done.append("a picture to read"), outcome.then, outcome.failed)
    background.do(lambda: done.append("a file to write"), outcome.then, outcome.failed, keep=True)
    gate.wait_until_reached()
    gate.open()
    background.close()
    assert done[0] == "begun"
    assert done[-1] == "a file to write"
    qtbot.wait(1)
    assert (outcome.results, outcome.messages) == ([], [])  # nobody is there to see it


def test_closing_drops_what_has_not_begun(background, outcome):
    gate, done = Gate(), []
    background.do(gate.pass_through, outcome.then, outcome.failed)
    gate.wait_until_reached()
    for n in range(20):
        background.do(lambda n=n: done.append(n), outcome.then, outcome.failed)
    for future in tuple(background._droppable):
        future.cancel()  # as close does before it waits, while the first is still held
    gate.open()
    background.close()
    assert done == []


def test_closing_twice_is_fine_and_nothing_is_begun_afterwards(background, outcome):
    background.close()
    background.close()
    background.do(lambda: outcome.results.append("too late"), outcome.then, outcome.failed)
    assert outcome.results == []
