import pytest

from app.fold_controls import DEPTH_WORDS, VIEWPORT_WORDS, FoldControls
from gazeengine.domain import Look
from gazeengine.viewports import DEPTHS, VIEWPORTS, folds_of


@pytest.fixture
def controls(qtbot):
    controls = FoldControls()
    qtbot.addWidget(controls)
    controls.looks = []
    controls.look_chosen.connect(controls.looks.append)
    controls.show()
    return controls


def test_every_viewport_and_depth_can_be_chosen():
    assert tuple(value for value, _, _ in VIEWPORT_WORDS) == VIEWPORTS
    assert tuple(value for value, _, _ in DEPTH_WORDS) == DEPTHS


def test_a_choice_changes_that_and_keeps_the_rest(controls):
    controls.show_look(Look("screens", 0.5))
    controls.viewport_box.setCurrentIndex(VIEWPORTS.index("4:3"))
    controls.show_folds(folds_of(9000, 1280))
    controls.depth_box.setCurrentIndex(1)
    assert controls.looks == [
        Look("screens", 0.5, viewport="4:3"),
        Look("screens", 0.5, viewport="4:3", depth=DEPTHS[1]),
    ]


def test_showing_a_look_says_nothing(controls):
    controls.show_look(Look(viewport="phone", depth="viewing time"))
    assert controls.looks == []
    assert (controls.viewport_box.currentData(), controls.depth_box.currentData()) == ("phone", "viewing time")


def test_it_says_how_the_picture_is_read(controls):
    controls.show_folds(folds_of(9000, 1280))
    assert controls.words == "Read in 12 folds of 800 px. PgDn and PgUp go from one to the next."
    assert controls.depth_box.isEnabled()
    controls.show_folds(())
    assert controls.words == "Read as one view."
    assert not controls.depth_box.isEnabled()
    assert controls.viewport_box.isEnabled()
