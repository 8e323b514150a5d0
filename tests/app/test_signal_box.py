import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QProgressBar, QToolButton

from app.signal_box import Running, SignalBox, SignalState
from app.theme import DARK, LIGHT

GOING = Running("Tiny", False, 6, 14, 43.0, True)


@pytest.fixture
def box(qtbot):
    box = SignalBox()
    qtbot.addWidget(box)
    box.resize(288, 60)
    box.show()
    return box


def said(box):
    """All that is written, without its colours."""
    labels = [label for label in box.findChildren(QLabel) if label.isVisible()]
    return [re.sub("<[^>]*>", "", label.text()) for label in labels]


def buttons(box):
    return [button.text() for button in box.findChildren(QToolButton) if button.isVisible()]


def click(box, text):
    button = next(b for b in box.findChildren(QToolButton) if b.text() == text)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_it_says_on_whose_pictures_the_signal_is(box):
    box.show_state(SignalState("200 training pictures", possible=True))
    assert said(box) == ["Signal: 200 training pictures"]
    assert buttons(box) == ["Calibrate…"]
    box.show_state(SignalState("", possible=True))
    assert said(box) == ["Signal: none"]


def test_where_a_line_is_too_short_the_signal_takes_two(box, qtbot):
    box.show_state(SignalState("128 training pictures, before it was pruned", possible=True))
    label = box.findChildren(QLabel)[0]
    qtbot.waitUntil(lambda: label.heightForWidth(label.width()) > label.fontMetrics().height() * 1.5, timeout=1000)

    def fits():
        box.resize(288, box.heightForWidth(288))
        return label.height() >= label.heightForWidth(label.width())

    qtbot.waitUntil(fits, timeout=1000)


def test_a_signal_of_ones_own_is_told_apart_and_can_be_discarded(box, qtbot):
    box.show_state(SignalState("your 14 pictures", own=True, possible=True))
    for theme in (LIGHT, DARK):
        box.show_theme(theme)
        assert theme.accent in box.findChildren(QLabel)[0].text()
    with qtbot.waitSignal(box.discard_asked):
        click(box, "✕")


def test_without_a_model_nothing_can_be_calibrated(box, qtbot):
    box.show_state(SignalState())
    with qtbot.assertNotEmitted(box.calibration_asked):
        click(box, "Calibrate…")
    box.show_state(SignalState(possible=True))
    with qtbot.waitSignal(box.calibration_asked):
        click(box, "Calibrate…")


def test_progress_is_shown_with_the_time_left_and_what_can_be_done(box, qtbot):
    box.show_state(SignalState("your 6 pictures", own=True, running=GOING, possible=True))
    assert said(box) == ["Signal: your 6 pictures", "Calibrating: 6 of 14 pictures · 43 s left"]
    bar = box.findChild(QProgressBar)
    assert (bar.value(), bar.maximum()) == (6, 14)
    assert buttons(box) == ["Keep", "Cancel"]
    for text, asked in (("Keep", box.keep_asked), ("Cancel", box.cancel_asked)):
        with qtbot.waitSignal(asked):
            click(box, text)


def test_what_does_not_act_yet_cannot_be_kept(box):
    begun = Running("Tiny", False, 0, 14, None, False)
    box.show_state(SignalState("200 training pictures", running=begun, possible=True))
    assert said(box)[1] == "Calibrating: 0 of 14 pictures…"
    assert buttons(box) == ["Cancel"]


def test_a_calibration_of_another_network_names_it(box):
    elsewhere = Running("<b>Other</b>", True, 1, 2, 1.0, False)
    box.show_state(SignalState("200 training pictures", running=elsewhere, possible=True))
    assert "&lt;b&gt;Other" in box.findChildren(QLabel)[1].text()


def test_it_is_all_within_the_panel(box):
    for state in (
        SignalState("200 training pictures", possible=True),
        SignalState("200 training pictures", running=GOING, possible=True),
        SignalState("your 14 pictures", own=True, possible=True),
    ):
        box.show_state(state)
        QTest.qWait(0)
        first = box.findChildren(QLabel)[0]
        assert first.width() >= first.sizeHint().width(), state
        assert box.minimumSizeHint().width() <= 288
