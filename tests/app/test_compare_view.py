import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app.compare_view import CompareView, Pane, ShownDifference
from app.comparing import Comparing, Other
from app.difference_colours import PaintedDifference
from app.difference_view import Place
from app.map_style import MapStyle
from app.theme import DARK, LIGHT
from gazeengine.comparison import common_grid, difference
from tests.app.test_saliency_view import MAP, OTHER, PICTURE, at, peak, turn_wheel

CENTRE = QPoint(300, 200)
THIRD = np.full((120, 160, 3), 90, np.uint8)
B_MAP = peak(120, 160, 30, 120)


def comparing(mode="beside", n=1, **more):
    return Comparing(tuple(Other(picture=str(i)) for i in range(n)), mode, **more)


def panes(n=2):
    pictures, maps = (PICTURE, OTHER, THIRD), (MAP, B_MAP, MAP)
    return [Pane("ABC"[i], f"{i}.png", pictures[i], maps[i], f"{'ABC'[i]}: {i}.png", False) for i in range(n)]


def found():
    return PaintedDifference.of(difference(*common_grid(MAP, B_MAP)), None)


@pytest.fixture
def view(qtbot):
    view = CompareView()
    qtbot.addWidget(view)
    view.resize(800, 500)
    view.show_theme(LIGHT)
    view.show()
    view.activateWindow()
    qtbot.waitExposed(view)
    return view


def show(view, mode="beside", n=1, reason="", **more):
    view.show_comparing(comparing(mode, n, **more), "ABC"[: n + 1], 1.3, reason)
    view.show_panes(panes(n + 1))


def visible(view):
    return [i for i, pane in enumerate(view.panes) if pane.isVisible()]


def in_view(view, pane):
    """The part of a pane that is seen, in the view's coordinates: left, right."""
    window = pane.parentWidget()
    left = window.mapTo(view, QPoint()).x()
    return left, left + window.width()


def test_two_stand_side_by_side_and_six_in_a_grid(view):
    show(view)
    assert visible(view) == [0, 1]
    assert in_view(view, view.panes[0])[1] <= in_view(view, view.panes[1])[0]
    show(view, n=2)
    assert visible(view) == [0, 1, 2]
    tops = {view.panes[i].mapTo(view, QPoint()).y() for i in range(3)}
    assert len(tops) == 2


def test_zoom_and_place_are_linked_whichever_is_touched(view, qtbot):
    show(view)
    turn_wheel(view.panes[0]._canvas.viewport(), QPoint(100, 150), 4)
    assert view.panes[1].box.zoom == pytest.approx(view.panes[0].box.zoom)
    qtbot.keyClick(view.panes[1], Qt.Key.Key_Right)
    assert view.panes[0].box.viewpoint.x == pytest.approx(view.panes[1].box.viewpoint.x)
    qtbot.keyClick(view.panes[1], Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert view.panes[0].box.fitted


def test_swiped_pictures_lie_exactly_over_one_another(view, qtbot):
    show(view, "swipe")
    a, b = view.panes[:2]
    view.canvas().box.zoom_by(2.3)
    for place in ((10, 10), (80, 60)):
        assert a.mapTo(view, at(a, *place)) == b.mapTo(view, at(b, *place))
    assert in_view(view, a)[1] == in_view(view, b)[0] == 400


def test_the_divider_is_dragged_and_moved_by_keys(view, qtbot):
    show(view, "swipe")
    divider = view.stage.divider
    middle = QPoint(divider.width() // 2, 100)
    qtbot.mousePress(divider, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseMove(divider, middle + QPoint(150, 20))
    qtbot.mouseRelease(divider, Qt.MouseButton.LeftButton, pos=middle)
    assert in_view(view, view.panes[0])[1] == 550
    assert "69 % A" in divider.accessibleName()
    for key, share in (
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_End, 1),
        (Qt.Key.Key_PageUp, 0.9),
        (Qt.Key.Key_Left, 0.88),
        (Qt.Key.Key_Right, 0.9),
        (Qt.Key.Key_PageDown, 1),
    ):
        qtbot.keyClick(divider, key)
        assert in_view(view, view.panes[0])[1] == round(800 * share)
    qtbot.mouseDClick(divider, Qt.MouseButton.LeftButton, pos=QPoint(divider.width() // 2, 50))
    assert in_view(view, view.panes[0])[1] == 400


def test_the_picture_can_still_be_moved_beside_the_divider(view, qtbot):
    show(view, "swipe")
    view.canvas().box.zoom_by(4)
    before = view.panes[0].box.viewpoint
    qtbot.keyClick(view.panes[1], Qt.Key.Key_Right)
    assert view.panes[0].box.viewpoint.x > before.x
    assert in_view(view, view.panes[0])[1] == 400


def test_space_blinks_from_one_to_the_next_without_moving_anything(view, qtbot):
    show(view, "blink", n=2)
    place = at(view.panes[0], 80, 60)
    seen = []
    view.focus()
    for _ in range(4):
        seen.append(visible(view)[0])
        assert at(view.panes[seen[-1]], 80, 60) == place
        qtbot.waitUntil(view.panes[seen[-1]].hasFocus)
        qtbot.keyClick(view.panes[seen[-1]], Qt.Key.Key_Space)
    assert seen == [0, 1, 2, 0]


def test_it_blinks_on_its_own_no_faster_than_is_harmless(view, qtbot):
    show(view, "blink", blink_s=0.4)
    qtbot.waitUntil(lambda: visible(view) == [1], timeout=3000)
    assert view._blink.interval() >= 334
    show(view, "beside")
    assert not view._blink.isActive()
    show(view, "blink", blink_s=0.4)
    view.leave()
    assert not view._blink.isActive()


def test_the_difference_lies_over_the_second_picture(view):
    show(view, "difference")
    view.show_difference(ShownDifference(OTHER, found(), "B against A", False))
    assert visible(view) == []
    shown = view.difference
    assert shown.isVisible()
    assert "bit at" in shown.accessibleDescription()
    assert shown._legend.isVisible()
    assert "twice as much in B" in shown._legend.toolTip()
    assert {mark._words[0] for mark in shown._marks} == {"+", "−"}
    view.show_difference(ShownDifference(OTHER, None, "Waiting for both maps…", False))
    assert not shown._legend.isVisible()
    assert shown._marks == []


def test_a_stale_difference_wears_the_colour_of_what_is_not_present(view):
    show(view, "difference")
    view.show_difference(ShownDifference(OTHER, found(), "B against A", True))
    assert view.difference._canvas.frame.pen().color().name() == LIGHT.estimate
    view.show_difference(ShownDifference(OTHER, found(), "B against A", False))
    assert view.difference._canvas.frame.pen().color().name() == LIGHT.line


def test_a_stale_side_wears_it_too(view):
    show(view)
    a, b = panes()
    view.show_panes([a, Pane(b.letter, b.title, b.rgb, b.log_density, "B: of an earlier setting", True)])
    assert view.panes[1]._canvas.frame.pen().color().name() == LIGHT.estimate
    assert view.panes[0]._canvas.frame.pen().color().name() == LIGHT.line


def test_other_proportions_are_shown_side_by_side_and_it_is_said_why(view):
    show(view, "difference", reason="the proportions differ")
    assert visible(view) == [0, 1]
    mode = view.bar.mode
    assert [mode.button(i).isEnabled() for i in range(4)] == [True, False, False, False]
    assert "the proportions differ" in mode.button(3).toolTip()


def test_the_mouse_in_one_is_shown_in_the_others_and_told(view, qtbot):
    show(view)
    told = []
    view.pointed.connect(told.append)
    a = view.panes[0]
    qtbot.mouseMove(a._canvas.viewport(), at(a, 40, 30))
    qtbot.waitUntil(lambda: bool(told) and told[-1] is not None)
    assert (told[-1].x, told[-1].y) == pytest.approx((0.25, 0.25), abs=0.02)
    assert [pointer.isVisible() for pointer in view._pointers] == [False, True]
    place = view._pointers[1].pos()
    assert (place.x(), place.y()) == pytest.approx((40, 30), abs=2)


def test_the_mouse_over_the_difference_is_told(view, qtbot):
    show(view, "difference")
    view.show_difference(ShownDifference(OTHER, found(), "", False))
    told = []
    view.pointed.connect(told.append)

    def is_told():  # the legend may still be finding its place, and the canvas its height
        at = view.difference.box.mapViewToScene(QPoint(80, 30)).toPoint()
        qtbot.mouseMove(view.difference._canvas.viewport(), at)
        last = told[-1] if told else None
        return isinstance(last, Place) and (last.x, last.y) == pytest.approx((0.5, 0.25), abs=0.02)

    qtbot.waitUntil(is_told)


def test_what_the_bar_offers_goes_with_the_mode(view, qtbot):
    bar = view.bar
    for mode, range_, timed, against in (
        ("beside", False, False, 2),
        ("swipe", False, False, 1),
        ("blink", False, True, 2),
        ("difference", True, False, 1),
    ):
        show(view, mode, n=against)
        assert (bar.range.isVisible(), bar.timed.isVisible(), bar.against.isVisible()) == (range_, timed, against == 2)
    with qtbot.waitSignal(bar.mode_chosen) as chosen:
        qtbot.mouseClick(bar.mode.button(1), Qt.MouseButton.LeftButton)
    assert chosen.args == ["swipe"]
    with qtbot.waitSignal(bar.blink_chosen) as chosen:
        show(view, "blink")
        bar.timed.click()
    assert chosen.args == [pytest.approx(0.8)]


def test_which_one_is_held_against_a_can_be_chosen(view):
    show(view, "swipe", n=2, against=1)
    assert visible(view) == [0, 2]
    assert "A and C" in view.stage.divider.accessibleName()
    assert view.bar.against.currentText() == "A and C"


def test_controls_go_on_in_a_next_line_where_type_is_large(view, qtbot):
    show(view, "blink")
    low = view.bar.height()
    font = view.font()
    font.setPointSizeF(2 * font.pointSizeF())
    view.bar.setFont(font)
    for i in range(4):
        view.bar.mode.button(i).setFont(font)
    view.resize(500, 500)
    qtbot.waitUntil(lambda: view.bar.height() > 2 * low)
    for control in (view.bar.mode, view.bar.timed, view.bar.swap, view.bar.leave):
        assert view.bar.rect().contains(control.geometry())


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("mode", ["beside", "swipe", "blink", "difference"])
def test_every_mode_is_drawn_in_both_themes(view, theme, mode):
    view.show_theme(theme)
    view.show_style(MapStyle(color_map="magma"))
    show(view, mode)
    view.show_difference(ShownDifference(OTHER, found(), "B against A", False))
    image = view.grab().toImage()
    assert len({image.pixel(x, y) for x in range(100, 700, 20) for y in range(100, 400, 20)}) > 20


def test_a_side_without_a_picture_says_why(view):
    show(view)
    view.show_panes([panes()[0], Pane("B", "b.png", None, None, "B: b.png", False, "Reading the picture…")])
    assert view.panes[1]._message.isVisible()
    assert view.panes[1]._message.text == "Reading the picture…"


@pytest.mark.parametrize(
    ("mode", "control", "then"),
    [
        ("swipe", lambda view: view.stage.divider, "blink"),
        ("swipe", lambda view: view.stage.divider, "beside"),
        ("blink", lambda view: view.bar.timed, "difference"),
        ("difference", lambda view: view.bar.range, "swipe"),
    ],
)
def test_what_goes_with_its_mode_leaves_the_keys_to_the_pictures(qtbot, view, mode, control, then):
    show(view, mode)
    control(view).setFocus()
    qtbot.waitUntil(control(view).hasFocus)
    show(view, mode)
    assert control(view).hasFocus()  # while it stays
    show(view, then)
    qtbot.waitUntil(view.canvas().hasFocus)
