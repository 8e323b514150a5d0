import re
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QTextDocument, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolTip

from app.base_line import BaseLine
from app.beta_field import BetaField
from app.beta_scale import HIGHEST, LOWEST, position_of
from app.count_field import CountField
from app.marked_slider import MarkedSlider
from app.pruning_controls import PruningControls
from app.pruning_setting import PruningSetting, TrainedAt
from app.theme import DARK, LIGHT

SETTING = PruningSetting(1e-3, 1000, 2791, (400, 1250, 2000), 1830)
BETAS = (3e-4, 1e-2, None)
FAMILY = PruningSetting(1e-3, 1240, 2791, (400, 1000, 2000), None, BETAS, TrainedAt(1000, 3e-4))
LEFT = Qt.MouseButton.LeftButton


class Heard:
    """What the controls said, in order."""

    def __init__(self, controls: PruningControls) -> None:
        self.all: list[tuple[str, object]] = []
        controls.beta_moved.connect(lambda beta: self.all.append(("beta", beta)))
        controls.n_moved.connect(lambda n: self.all.append(("n", n)))
        controls.moved_to_rest.connect(lambda: self.all.append(("rest", None)))

    def of(self, kind: str) -> list[object]:
        return [value for name, value in self.all if name == kind]


@pytest.fixture
def controls(qtbot):
    controls = PruningControls()
    qtbot.addWidget(controls)
    controls.resize(300, controls.sizeHint().height())
    controls.show_setting(SETTING)
    controls.show()
    qtbot.waitExposed(controls)
    controls.activateWindow()
    return controls


@pytest.fixture
def heard(controls):
    return Heard(controls)


def sliders(controls) -> list[MarkedSlider]:
    return sorted(controls.findChildren(MarkedSlider), key=lambda slider: slider.y())


def beta_slider(controls) -> MarkedSlider:
    return sliders(controls)[0]


def n_slider(controls) -> MarkedSlider:
    return sliders(controls)[1]


def at(slider: MarkedSlider, position: float) -> QPoint:
    return QPoint(round(slider.x_of(position)), slider.middle)


def wheel(widget, notches: int) -> bool:
    """Whether the widget took it."""
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle,
        QPointF(widget.mapToGlobal(middle)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def test_showing_a_setting_says_nothing_and_may_be_repeated(controls, heard):
    for _ in range(2):
        controls.show_setting(PruningSetting(None, 20, 40))
        controls.show_setting(SETTING)
    assert heard.all == []
    assert controls.findChild(BetaField).text() == "1.00e-3"
    assert controls.findChild(CountField).value() == 1000


def test_a_drag_sends_a_beta_with_every_move_and_comes_to_rest_once(controls, heard):
    slider = beta_slider(controls)
    QTest.mousePress(slider, LEFT, pos=at(slider, position_of(1e-3)))
    path = [at(slider, position) for position in (0.5, 0.55, 0.6, 0.65, 0.7)]
    for place in path:
        QTest.mouseMove(slider, place)
    QTest.mouseRelease(slider, LEFT, pos=path[-1])
    betas = heard.of("beta")
    assert len(betas) >= len(path)
    assert betas == sorted(betas)
    assert heard.all[-1] == ("rest", None)
    assert len(heard.of("rest")) == 1


def test_a_click_on_the_groove_jumps_there_and_drags_on(controls, heard):
    slider = n_slider(controls)
    QTest.mousePress(slider, LEFT, pos=at(slider, 0.75))
    assert heard.of("n")[-1] == pytest.approx(0.75 * 2791, abs=10)
    QTest.mouseMove(slider, at(slider, 1.0))
    QTest.mouseRelease(slider, LEFT, pos=at(slider, 1.0))
    assert heard.of("n")[-1] == 2791
    assert len(heard.of("rest")) == 1


def test_taking_the_handle_off_its_middle_moves_nothing(controls, heard):
    slider = n_slider(controls)
    place = at(slider, 1000 / 2791) + QPoint(5, 2)
    QTest.mouseClick(slider, LEFT, pos=place)
    assert heard.of("rest") == []
    assert controls.findChild(CountField).value() == 1000


def test_the_ends_of_the_beta_slider_are_0_and_beta_star(controls, heard):
    slider = beta_slider(controls)
    QTest.mouseClick(slider, LEFT, pos=at(slider, 1.0))
    QTest.mouseClick(slider, LEFT, pos=at(slider, 0.0))
    assert heard.of("beta") == [None, 0.0]
    assert controls.findChild(BetaField).text() == "0"


def test_a_click_on_a_mark_goes_exactly_to_the_trained_network(controls, heard):
    slider = n_slider(controls)
    QTest.mouseClick(slider, LEFT, pos=at(slider, 1250 / 2791) + QPoint(2, 12))
    assert heard.all == [("n", 1250), ("rest", None)]


def test_control_and_an_arrow_go_from_mark_to_mark(controls, heard):
    slider = n_slider(controls)
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(slider, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert heard.of("n") == [1250, 400]


@pytest.mark.parametrize(
    ("key", "shift", "n", "beta"),
    [
        (Qt.Key.Key_Right, False, 1001, 1.12e-3),
        (Qt.Key.Key_Down, False, 999, 8.91e-4),
        (Qt.Key.Key_Right, True, 1010, 3.16e-3),
        (Qt.Key.Key_PageUp, False, 1100, 1e-2),
        (Qt.Key.Key_PageDown, False, 900, 1e-4),
        (Qt.Key.Key_Home, False, 0, 0.0),
        (Qt.Key.Key_End, False, 2791, None),
    ],
)
def test_keys_step_and_come_to_rest(controls, heard, key, shift, n, beta):
    modifier = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    QTest.keyClick(n_slider(controls), key, modifier)
    QTest.keyClick(beta_slider(controls), key, modifier)
    assert heard.all == [("n", n), ("rest", None), ("beta", beta), ("rest", None)]


def test_n_stays_within_what_can_go(controls, heard):
    controls.show_setting(PruningSetting(1e-3, 2790, 2791))
    QTest.keyClick(n_slider(controls), Qt.Key.Key_PageUp)
    assert heard.of("n") == [2791]


def test_the_wheel_moves_nothing_without_the_focus(controls, heard):
    controls.findChild(BetaField).setFocus()
    assert not wheel(n_slider(controls), 1)
    assert not wheel(beta_slider(controls), 1)
    assert not wheel(controls.findChild(CountField), 1)
    assert heard.all == []


def test_the_wheel_steps_with_the_focus_and_rests_after_a_while(controls, heard, qtbot):
    slider = beta_slider(controls)
    slider.setFocus()
    qtbot.waitUntil(slider.hasFocus)
    with qtbot.waitSignal(controls.moved_to_rest):
        assert wheel(slider, 1)
        assert wheel(slider, 1)
    assert heard.all == [("beta", 1.12e-3), ("beta", 1.26e-3), ("rest", None)]


@pytest.mark.parametrize(
    ("text", "beta", "shown"),
    [
        ("3e-4", 3e-4, "3.00e-4"),
        ("0.002", 2e-3, "2.00e-3"),
        ("b*", None, "β*"),
        ("1e6", 1e6, "1000000"),
        ("0", 0.0, "0"),
    ],
)
def test_an_exact_beta_is_typed(controls, heard, text, beta, shown):
    field = controls.findChild(BetaField)
    field.selectAll()
    QTest.keyClicks(field, text)
    assert heard.all == []
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert heard.all == [("beta", beta), ("rest", None)]
    assert field.text() == shown


@pytest.mark.parametrize(("beta", "end"), [(1e-8, LOWEST), (30.0, HIGHEST)])
def test_a_beta_beyond_the_slider_is_kept_and_the_slider_stands_at_its_end(controls, heard, beta, end):
    controls.show_setting(PruningSetting(beta, 0, 10))
    slider = beta_slider(controls)
    QTest.mouseClick(slider, LEFT, pos=at(slider, position_of(end)))  # on the handle
    assert heard.all == []


def test_nonsense_is_explained_and_forgotten_on_leaving(controls, heard, qtbot):
    field = controls.findChild(BetaField)
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    field.selectAll()
    QTest.keyClicks(field, "1e")
    assert not field.nonsense  # it may still become 1e-3
    QTest.keyClicks(field, "xy")
    assert field.nonsense
    assert "'1exy'" in field.toolTip()
    assert "wanted" in field.toolTip()
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.text() == "1exy"
    controls.findChild(CountField).setFocus()
    qtbot.waitUntil(lambda: field.text() == "1.00e-3")
    assert not field.nonsense
    assert heard.all == []
    QToolTip.hideText()


def test_what_is_being_typed_outlives_a_setting_with_the_same_beta(controls):
    field = controls.findChild(BetaField)
    field.selectAll()
    QTest.keyClicks(field, "5e")
    controls.show_setting(PruningSetting(1e-3, 1001, 2791))
    assert field.text() == "5e"
    controls.show_setting(PruningSetting(1e-2, 1001, 2791))
    assert field.text() == "0.0100"


def test_escape_brings_the_shown_beta_back(controls):
    field = controls.findChild(BetaField)
    QTest.keyClicks(field, "7")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "1.00e-3"


def test_an_exact_number_is_typed(controls, heard):
    field = controls.findChild(CountField)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "1234")
    assert heard.all == []
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert heard.of("n")[-1] == 1234
    assert len(heard.of("rest")) == 1


def said(controls) -> str:
    """All that labels say, without their markup."""
    labels = (label.text() for label in controls.findChildren(QLabel) if label.isVisible())
    return re.sub("<[^>]*>", "", " ".join(labels))


@pytest.mark.parametrize(
    ("n", "base", "betas", "words"),
    [
        (0, TrainedAt(), (), "nothing pruned the unpruned network"),
        (300, TrainedAt(), (), "300 estimated from the unpruned network"),
        (0, TrainedAt(), BETAS, "nothing pruned the unpruned network"),
        (300, TrainedAt(), BETAS, "300 estimated from the unpruned network"),
        (1000, TrainedAt(1000, 3e-4), BETAS, "1,000 trained: a mark the network trained at β 0.0003"),
        (1240, TrainedAt(1000, None), BETAS, "1,000 trained + 240 estimated from the network trained at β*"),
    ],
)
def test_it_is_said_what_is_trained_and_what_is_estimated(controls, n, base, betas, words):
    controls.show_setting(PruningSetting(1e-3, n, 2791, (400, 1000), None, betas, base))
    assert words in said(controls)


def test_nothing_below_moves_where_a_model_has_no_trained_networks(controls):
    controls.show_setting(PruningSetting(1e-3, 300, 2791, (400, 1000), None, BETAS, TrainedAt()))
    assert base_line(controls).isVisible()
    controls.show_setting(PruningSetting(1e-3, 300, 2791, (), None, (), TrainedAt()))
    assert base_line(controls).isVisible()


def test_what_is_said_has_room_in_a_narrow_column(controls):
    controls.show_setting(PruningSetting(1e-3, 2600, 2791, (), None, (), TrainedAt(), n_rounded=2592))
    controls.resize(controls.sizeHint())
    for label in controls.findChildren(QLabel):
        label_width = label.sizeHint().width()
        assert label_width <= label.width(), label.text()


@pytest.mark.parametrize("scale", [1, 2])
def test_a_long_unit_is_not_cut_off(controls, scale):
    font = controls.font()
    font.setPointSizeF(scale * font.pointSizeF())
    controls.setFont(font)
    controls.show_setting(replace(SETTING, unit="million parameters"))
    controls.resize(280, 2 * controls.sizeHint().height())
    (name,) = (label for label in controls.findChildren(QLabel) if "nats per" in label.text())
    document = QTextDocument()
    document.setDefaultFont(name.font())
    document.setDocumentMargin(0)
    document.setHtml(name.text())
    document.setTextWidth(name.width())
    assert document.idealWidth() <= name.width()
    assert document.size().height() <= name.height() + 1


def test_a_beta_of_another_unit_is_called_by_it_everywhere(controls):
    controls.show_setting(replace(SETTING, unit="million parameters"))
    field = controls.findChild(BetaField)
    for control in (field, beta_slider(controls)):
        assert "nats per million parameters" in control.toolTip()
        assert "nats per million parameters" in control.accessibleName()
    QTest.keyClicks(field, "x")
    assert "nats per million parameters" in field.toolTip()
    controls.show_setting(SETTING)
    assert "GFLOP" in field.accessibleName()
    assert "GFLOP" in field.toolTip()


def base_line(controls) -> BaseLine:
    return controls.findChild(BaseLine)


def test_a_jump_to_another_network_stands_out_for_a_while_and_is_explained(controls, qtbot, monkeypatch):
    controls.show_setting(FAMILY)
    line = base_line(controls)
    assert not line.stands_out  # another model, no jump
    line._settling.setInterval(1)
    controls.show_setting(replace(FAMILY, n=1241))
    assert not line.stands_out
    controls.show_setting(replace(FAMILY, n=2000, base=TrainedAt(2000, 3e-4)))
    assert line.stands_out
    assert line.text() == "→ now the network trained at β 0.0003"
    assert line.accessibleDescription() == "the network trained at β 0.0003 with 2,000 pruned"
    assert "Why did the map jump?" in line.toolTip()
    qtbot.waitUntil(lambda: not line.stands_out)
    assert line.text() == "the network trained at β 0.0003"
    controls.show_setting(replace(FAMILY, beta=1e-2, base=TrainedAt(1000, 1e-2)))
    assert line.stands_out


def test_what_is_being_read_is_said(controls):
    controls.show_setting(replace(FAMILY, base=TrainedAt(400, 3e-4), awaited=TrainedAt(1000, 3e-4)))
    assert base_line(controls).text() == "reading the network trained at β 0.0003…"
    assert "until the network trained at β 0.0003 with 1,000 pruned is read" in base_line(controls).toolTip()


def test_the_groove_is_plain_up_to_the_base_and_dashed_behind_it(controls):
    slider = n_slider(controls)
    controls.show_setting(FAMILY)
    image = slider.grab().toImage()

    def colours(low: int, high: int) -> set[str]:
        return {image.pixelColor(round(slider.x_of(n / 2791)), slider.middle).name() for n in range(low, high, 10)}

    assert colours(100, 990) == {LIGHT.accent}
    assert LIGHT.estimate in colours(1020, 1140)
    assert len(colours(1020, 1140)) > 1  # by its shape, too
    assert LIGHT.accent not in colours(1020, 1140)


def diamond(slider: MarkedSlider, position: float) -> str:
    """The colour in the middle of a mark."""
    place = at(slider, position) + QPoint(0, 11)
    return slider.grab().toImage().pixelColor(place).name()


def test_the_marks_of_the_base_are_filled_and_all_others_outlines(controls):
    controls.show_setting(FAMILY)
    filled = [n for n in FAMILY.snapshots if diamond(n_slider(controls), n / 2791) == LIGHT.accent]
    assert filled == [1000]
    filled = [b for b in BETAS if diamond(beta_slider(controls), position_of(b)) == LIGHT.accent]
    assert filled == [3e-4]


@pytest.mark.parametrize(
    ("away", "shift", "held"), [(3, False, True), (-3, False, True), (3, True, False), (9, False, False)]
)
def test_a_drag_is_held_by_a_mark_that_it_comes_near(controls, heard, away, shift, held):
    controls.show_setting(FAMILY)
    modifier = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    for slider, position, kind, mark in (
        (n_slider(controls), 2000 / 2791, "n", 2000),
        (beta_slider(controls), position_of(1e-2), "beta", 1e-2),
    ):
        QTest.mousePress(slider, LEFT, modifier, at(slider, position) + QPoint(away, 0))
        QTest.mouseRelease(slider, LEFT, modifier, at(slider, position) + QPoint(away, 0))
        assert (heard.of(kind) == [mark]) == held


def test_a_double_click_on_a_mark_goes_there(controls, heard):
    controls.show_setting(FAMILY)
    QTest.mouseDClick(n_slider(controls), LEFT, pos=at(n_slider(controls), 400 / 2791) + QPoint(0, 12))
    assert set(heard.of("n")) == {400}


def test_control_and_an_arrow_go_from_run_to_run(controls, heard):
    controls.show_setting(FAMILY)
    for key in (
        Qt.Key.Key_Right,
        Qt.Key.Key_Right,
        Qt.Key.Key_Right,
        Qt.Key.Key_Left,
        Qt.Key.Key_Left,
        Qt.Key.Key_Left,
    ):
        QTest.keyClick(beta_slider(controls), key, Qt.KeyboardModifier.ControlModifier)
    assert heard.of("beta") == [1e-2, None, 1e-2, 3e-4]


def test_jumps_lead_to_the_marks_and_to_the_unpruned_network_and_each_comes_to_rest(controls, heard):
    controls.show_setting(FAMILY)
    for step in (1, 1, -1, -1, -1, -1):
        controls.jump(step)
    assert heard.of("n") == [2000, 1000, 400, 0]
    assert len(heard.of("rest")) == 4


def test_a_key_for_the_slider_is_not_the_windows(controls):
    for key, taken in ((Qt.Key.Key_Right, True), (Qt.Key.Key_Z, False)):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.ControlModifier)
        event.ignore()
        QApplication.sendEvent(n_slider(controls), event)
        assert event.isAccepted() == taken


def test_a_theme_is_painted(controls):
    controls.show_theme(LIGHT)
    light = controls.grab().toImage()
    controls.show_theme(DARK)
    assert controls.grab().toImage() != light
