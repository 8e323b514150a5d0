import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QUndoStack

from app.areas import AreaBook
from gazeengine.regions import Area

A = Area("a", "rectangle", ((0, 0), (10, 10)))
B = Area("b", "ellipse", ((5, 5), (20, 30)))


@pytest.fixture
def history(qapp):
    return QUndoStack()


@pytest.fixture
def book(history):
    return AreaBook(history)


@pytest.fixture
def told(book):
    told = []
    book.changed.connect(told.append)
    return told


def test_a_picture_without_areas_has_none(book):
    assert book.of("x") == ()
    assert book.of(None) == ()
    assert book.all == {}


def test_a_drag_is_one_step_however_many_values_it_went_through(book, history, told):
    book.put("x", (A,), "new area")
    for dx in range(1, 9):
        book.show("x", (A.moved(dx, 0),))
    assert history.count() == 1
    book.rest("move of a")
    assert told == ["x"] * 9
    assert history.undoText() == "move of a"
    history.undo()
    assert book.of("x") == (A,)
    history.redo()
    assert book.of("x") == (A.moved(8, 0),)


def test_a_drag_back_to_where_it_began_is_no_step(book, history):
    book.put("x", (A,), "new area")
    book.show("x", (A.moved(3, 0),))
    book.show("x", (A,))
    book.rest()
    assert history.count() == 1


def test_a_drag_is_called_off(book, history):
    book.put("x", (A,), "new area")
    book.show("x", (A.moved(3, 0),))
    assert book.dragged
    book.cancel()
    assert (book.of("x"), book.dragged, history.count()) == ((A,), False, 1)


def test_a_step_in_the_middle_of_a_drag_makes_one_of_that_first(book, history):
    book.show("x", (A,))
    book.put("y", (B,), "new area")
    assert history.count() == 2
    history.undo()
    assert (book.of("x"), book.of("y")) == ((A,), ())


def test_several_pictures_are_changed_in_one_step(book, history):
    restored = []
    book.restored.connect(restored.append)
    book.put_all({"x": (A,), "y": (A, B)}, "copy to all pictures")
    assert restored == []
    history.undo()
    assert book.all == {}
    assert restored == [("x", "y")]
    history.redo()
    assert book.all == {"x": (A,), "y": (A, B)}


def test_what_changes_nothing_is_no_step(book, history, told):
    book.put("x", (A,), "new area")
    book.put("x", (A,), "colour")
    assert (history.count(), told) == (1, ["x"])


def test_a_project_is_opened_in_place_of_all_there_is(book, history, told):
    book.put("x", (A,), "new area")
    book.open_all({"y": (B,)})
    assert book.all == {"y": (B,)}
    assert history.count() == 1
    assert told == ["x", "x", "y"]


@given(st.lists(st.tuples(st.sampled_from("xy"), st.lists(st.sampled_from([A, B]), unique=True))))
def test_undoing_all_leaves_nothing_and_redoing_all_leaves_what_there_was(qapp, steps):
    history = QUndoStack()
    book = AreaBook(history)
    for key, areas in steps:
        book.put(key, tuple(areas), "change")
    after = book.all
    while history.canUndo():
        history.undo()
    assert book.all == {}
    while history.canRedo():
        history.redo()
    assert book.all == after
