import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.empty_state import BUTTONS, EmptyState


@pytest.fixture
def empty(qtbot):
    canvas = QWidget()
    canvas.resize(900, 500)
    empty = EmptyState(canvas)
    empty.canvas, empty.chosen_ones = canvas, []
    empty.chosen.connect(empty.chosen_ones.append)
    qtbot.addWidget(canvas)
    canvas.show()
    qtbot.waitExposed(canvas)
    return empty


def test_each_button_says_what_is_wanted(empty, qtbot):
    for button in empty.buttons.values():
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert empty.chosen_ones == [name for name, _, _ in BUTTONS]


def test_it_fills_the_canvas_and_its_buttons_find_room(empty, qtbot):
    for width in (1200, 500, 200):
        empty.canvas.resize(width, 500)
        assert empty.size() == empty.canvas.size()
        empty.grab()
        places = [button.geometry() for button in empty.buttons.values()]
        corners = [button.mapTo(empty, button.rect().bottomRight()) for button in empty.buttons.values()]
        assert all(empty.rect().contains(corner) for corner in corners)
        assert len({(place.x(), place.y()) for place in places}) == 4


def test_words_have_room_at_twice_the_size(empty):
    font = empty.canvas.font()
    font.setPointSizeF(2 * font.pointSizeF())
    empty.canvas.setFont(font)
    empty.canvas.resize(520, 620)
    empty.grab()
    for label in (empty._title, empty._words):
        assert label.height() >= label.heightForWidth(label.width())
