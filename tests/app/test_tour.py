import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from app.tour import Step, Tour


@pytest.fixture
def window(qtbot):
    window = QWidget()
    window.resize(900, 600)
    window.left, window.right = QWidget(window), QWidget(window)
    window.left.setGeometry(0, 0, 600, 600)
    window.right.setGeometry(600, 0, 300, 600)
    window.field = QLineEdit(window.left)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitExposed(window)
    return window


@pytest.fixture
def tour(window, settings):
    calls = []
    steps = (
        Step("One", "The first words. " * 8, window.left),
        Step("Two", "More words.", window.right, lambda: calls.append("before")),
        Step("Three", "Last words.", window.right),
    )
    tour = Tour(window, steps, settings)
    tour.calls = calls
    return tour


def key(tour, which):
    QTest.keyClick(QApplication.focusWidget() or tour.bubble, which)


def test_it_is_offered_once_and_never_again_uninvited(tour, window, settings):
    tour.offer()
    assert tour.at == 1
    tour.end()
    tour.offer()
    assert tour.at is None
    again = Tour(window, tour._steps, settings)
    again.offer()
    assert again.at is None
    again.begin()
    assert again.at == 1


def test_having_begun_counts_even_if_the_program_ends_there(tour, window, settings):
    tour.offer()
    Tour(window, tour._steps, settings).offer()
    assert settings.flag("tour_seen", usual=False)


def test_keys_alone_lead_through_it(tour):
    tour.begin()
    assert QApplication.focusWidget() is tour.bubble.next
    key(tour, Qt.Key.Key_Right)
    assert (tour.at, tour.calls) == (2, ["before"])
    key(tour, Qt.Key.Key_Left)
    assert tour.at == 1
    key(tour, Qt.Key.Key_Return)
    key(tour, Qt.Key.Key_Space)
    assert tour.at == 3
    assert tour.bubble.next.text() == "Done"
    assert tour.bubble.skip.isHidden()
    key(tour, Qt.Key.Key_Return)
    assert tour.at is None


def test_escape_ends_it_from_wherever_the_focus_is(tour, window):
    tour.begin()
    window.field.setFocus()
    key(tour, Qt.Key.Key_Escape)
    assert tour.at is None
    tour.begin()
    key(tour, Qt.Key.Key_Escape)
    assert tour.at is None


def test_it_blocks_nothing(tour, window):
    tour.begin()
    QTest.mouseClick(window.field, Qt.MouseButton.LeftButton)
    QTest.keyClicks(window.field, "typed")
    assert window.field.text() == "typed"
    assert tour.at == 1


def test_it_stands_beside_what_it_is_about_within_the_window_and_moves_along(tour, window):
    tour.begin()
    key(tour, Qt.Key.Key_Right)
    assert tour.bubble.geometry().right() < window.right.x()
    for size in ((1200, 700), (420, 400)):
        window.resize(*size)
        window.grab()
        assert window.rect().contains(tour.bubble.geometry())


@pytest.mark.parametrize("factor", [1, 2])
def test_all_words_have_room(tour, window, factor):
    font = window.font()
    font.setPointSizeF(factor * font.pointSizeF())
    window.setFont(font)
    tour.begin()
    window.grab()
    words = tour.bubble.words
    assert words.height() >= words.heightForWidth(words.width())
    assert tour.bubble.rect().contains(tour.bubble.next.mapTo(tour.bubble, QPoint(0, tour.bubble.next.height())))


def test_a_reader_of_the_screen_hears_the_step(tour):
    tour.begin()
    assert tour.bubble.accessibleName() == "Tour, 1 of 3: One"
    assert tour.bubble.accessibleDescription().startswith("The first words.")
