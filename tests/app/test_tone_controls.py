import pytest
from PySide6.QtCore import Qt

from app.map_style import MapStyle
from app.tone_controls import ToneControls


@pytest.fixture
def tone(qtbot):
    tone = ToneControls()
    qtbot.addWidget(tone)
    tone.show()
    qtbot.waitExposed(tone)
    return tone


@pytest.fixture
def styles(tone):
    styles = []
    tone.style_chosen.connect(styles.append)
    return styles


def enter(qtbot, field, text):
    field.selectAll()
    qtbot.keyClicks(field, text)


def test_gamma_is_dragged_or_entered(tone, styles, qtbot):
    qtbot.keyClick(tone.slider, Qt.Key.Key_Home)
    assert styles[-1].gamma == 0.1
    qtbot.keyClick(tone.slider, Qt.Key.Key_PageUp)
    assert styles[-1].gamma == pytest.approx(0.2)
    enter(qtbot, tone.gamma, "1.25")
    assert styles[-1].gamma == 1.25
    assert tone.slider.value() == 125


def test_percentiles_are_entered(tone, styles, qtbot):
    for field, text in ((tone.low, "12.5"), (tone.high, "80")):
        enter(qtbot, field, text)
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert styles[-1] == MapStyle(low=12.5, high=80)


def test_the_ends_push_one_another_so_that_they_never_cross(tone, styles, qtbot):
    tone.show_style(MapStyle(low=20, high=30))
    for _ in range(15):
        qtbot.keyClick(tone.low, Qt.Key.Key_Up)
    assert styles[-1] == MapStyle(low=35, high=36)
    for _ in range(6):
        qtbot.keyClick(tone.high, Qt.Key.Key_Down)
    assert styles[-1] == MapStyle(low=29, high=30)
    assert all(style.low < style.high for style in styles)


def test_typing_is_not_lost_and_showing_chooses_none(tone, styles, qtbot):
    enter(qtbot, tone.gamma, "0.7")
    text = tone.gamma.text()
    tone.show_style(styles[-1])
    assert tone.gamma.text() == text
    n = len(styles)
    tone.show_style(MapStyle(gamma=1 / 2.2))
    tone.show_style(MapStyle("map", gamma=1 / 2.2))
    assert len(styles) == n
