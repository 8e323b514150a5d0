import pytest
from PySide6.QtCore import Qt

from app.look_controls import LookControls
from app.theme import DARK
from gazeengine.domain import Look


@pytest.fixture
def controls(qtbot):
    controls = LookControls()
    qtbot.addWidget(controls)
    controls.resize(288, controls.sizeHint().height())
    controls.show()
    qtbot.waitExposed(controls)
    return controls


@pytest.fixture
def looks(controls):
    looks = []
    controls.look_chosen.connect(looks.append)
    return looks


def pick(qtbot, chooser, row):
    """As with the keys: to the first, then down."""
    qtbot.keyClick(chooser, Qt.Key.Key_Home)
    for _ in range(row):
        qtbot.keyClick(chooser, Qt.Key.Key_Down)


def test_showing_a_look_chooses_none(controls, looks):
    controls.show_look(Look("screens", 0.4, "photographs"), None)
    assert looks == []
    assert controls.domain.currentData() == "screens"
    assert controls.prior.currentData() == "photographs"
    assert controls.slider.value() == controls.percent.value() == 40
    assert controls.bias.isChecked()


def test_automatic_says_what_it_took(controls):
    said = {None: "Automatic", "screens": "Automatic: a screen", "photographs": "Automatic: a photograph"}
    for taken, words in said.items():
        controls.show_look(Look(), taken)
        assert controls.domain.currentText() == words
    controls.show_look(Look("screens"), "photographs")
    assert controls.domain.itemText(0) == "Automatic"
    assert controls.prior.itemText(0) == "Its own (screens)"


def test_a_domain_is_chosen(controls, looks, qtbot):
    pick(qtbot, controls.domain, 2)
    assert [look.domain for look in looks] == ["screens", "photographs"]
    assert looks[-1] == Look("photographs")


def test_center_bias_is_switched_off_and_back_to_what_it_was(controls, looks, qtbot):
    controls.show_look(Look(center_bias=0.3, prior="screens"), None)
    qtbot.keyClick(controls.bias, Qt.Key.Key_Space)
    assert looks[-1] == Look(center_bias=0, prior="screens")
    assert not controls.bias.isChecked()
    qtbot.keyClick(controls.bias, Qt.Key.Key_Space)
    assert looks[-1] == Look(center_bias=0.3, prior="screens")


def test_in_between_is_dragged_or_entered(controls, looks, qtbot):
    qtbot.keyClick(controls.slider, Qt.Key.Key_PageDown)
    assert looks[-1] == Look(center_bias=0.9)
    controls.percent.selectAll()
    qtbot.keyClicks(controls.percent, "25")
    assert looks[-1] == Look(center_bias=0.25)
    assert controls.slider.value() == 25
    qtbot.keyClick(controls.slider, Qt.Key.Key_Home)
    assert looks[-1].center_bias == 0
    assert not controls.bias.isChecked()


def test_a_prior_is_chosen_and_none_has_no_strength(controls, looks, qtbot):
    pick(qtbot, controls.prior, 3)
    assert [look.prior for look in looks] == ["photographs", "screens", "none"]
    assert not controls.slider.isEnabled()
    assert not controls.bias.isChecked()
    qtbot.keyClick(controls.bias, Qt.Key.Key_Space)
    assert looks[-1] == Look(prior="screens")
    assert controls.slider.isEnabled()


def test_a_prior_that_is_chosen_is_seen_though_the_bias_was_off(controls, looks, qtbot):
    controls.show_look(Look(center_bias=0.7), None)
    qtbot.keyClick(controls.bias, Qt.Key.Key_Space)
    pick(qtbot, controls.prior, 1)
    assert looks[-1] == Look(center_bias=0.7, prior="photographs")


def test_it_fits_a_narrow_panel_and_speaks(controls):
    controls.show_theme(DARK)
    assert controls.minimumSizeHint().width() <= 288
    for widget in (controls.domain, controls.prior, controls.slider, controls.percent):
        assert widget.accessibleName()
    assert controls.bias.toolTip()
