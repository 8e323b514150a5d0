from dataclasses import replace

import pytest

from app.selection import NetworkChoice
from app.undo import ChoiceHistory

START = NetworkChoice("m", 1e-3, 0)


@pytest.fixture
def restored():
    return []


@pytest.fixture
def history(qtbot, restored):
    history = ChoiceHistory(restored.append, NetworkChoice())
    history.begin(START)
    return history


def test_there_is_nothing_before_the_first_model(history):
    assert not history.canUndo()
    history.undo()
    assert history.at_rest == START


def test_a_step_restores_all_of_the_choice(history, restored):
    after = NetworkChoice("other", None, 70)
    history.rest(after)
    assert restored == []  # it is there already
    history.undo()
    history.redo()
    assert restored == [START, after]


def test_resting_where_one_was_is_no_step(history):
    history.rest(START)
    assert not history.canUndo()


def test_a_new_change_clears_what_could_be_redone(history, restored):
    history.rest(replace(START, n=10))
    history.rest(replace(START, n=20))
    history.undo()
    history.rest(replace(START, n=30))
    assert not history.canRedo()
    history.undo()
    history.undo()
    assert [choice.n for choice in restored] == [10, 10, 0]


def test_all_steps_back_and_forth(history, restored):
    choices = [START] + [replace(START, n=n) for n in range(1, 30)]
    for choice in choices[1:]:
        history.rest(choice)
    while history.canUndo():
        history.undo()
    assert restored == choices[-2::-1]
    restored.clear()
    while history.canRedo():
        history.redo()
    assert restored == choices[1:]


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (NetworkChoice("other", 0.5, 9), "choice of model"),
        (NetworkChoice("m", 0.5, 0), "change of β"),
        (NetworkChoice("m", None, 0), "change of β"),
        (NetworkChoice("m", 1e-3, 9), "change of pruned features"),
        (NetworkChoice("m", 0.5, 9), "change of β and pruned features"),
    ],
)
def test_a_step_says_what_it_was(history, after, said):
    history.rest(after)
    assert history.undoText() == said
