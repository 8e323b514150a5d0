import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from app.saliency_view import SaliencyView
from app.viewpoint import LinkedBoxes, Viewpoint
from tests.app.test_saliency_view import drag, turn_wheel


def view_of(qtbot, height, width, size=(400, 300)):
    view = SaliencyView()
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    qtbot.waitExposed(view)
    view.show_picture(np.zeros((height, width, 3), np.uint8))
    return view


@pytest.fixture
def pair(qtbot):
    """One picture, and another of twice its size, linked."""
    pair = [view_of(qtbot, 120, 160), view_of(qtbot, 240, 320)]
    links = LinkedBoxes()
    for view in pair:
        links.link(view.box)
    pair.append(links)
    return pair


def middle(view):
    """What is in the middle of the view, in shares of the picture."""
    place = view.box.mapSceneToView(QPointF(view.width() / 2, view.height() / 2))
    width, height = view.size_of_picture()
    return place.x() / width, place.y() / height


def test_the_wheel_over_one_zooms_both_to_the_same_place(pair):
    first, second, _ = pair
    turn_wheel(first._canvas.viewport(), QPoint(100, 80), 5)
    assert second.box.zoom == pytest.approx(first.box.zoom / 2)
    assert middle(second) == pytest.approx(middle(first), abs=0.01)
    assert not second.box.fitted


def test_a_drag_in_one_moves_both(pair, qtbot):
    first, second, _ = pair
    second.box.zoom_by(4)
    drag(qtbot, second._canvas.viewport(), QPoint(200, 150), QPoint(240, 120))
    assert middle(first) == pytest.approx(middle(second), abs=0.01)
    assert middle(first) != pytest.approx((0.5, 0.5), abs=0.01)


def test_keys_move_both_and_fit_both(pair, qtbot):
    first, second, _ = pair
    for key in (Qt.Key.Key_Plus, Qt.Key.Key_Plus, Qt.Key.Key_Left, Qt.Key.Key_Up):
        qtbot.keyClick(first, key)
    assert middle(second) == pytest.approx(middle(first), abs=0.01)
    qtbot.keyClick(second, Qt.Key.Key_F)
    assert first.box.fitted
    assert second.box.fitted


def test_one_that_changes_size_keeps_to_the_place(pair, qtbot):
    first, second, _ = pair
    first.box.zoom_by(3)
    before = middle(second)
    second.resize(700, 500)
    qtbot.wait(10)
    assert middle(second) == pytest.approx(before, abs=0.02)
    assert second.box.viewpoint.zoom == pytest.approx(first.box.viewpoint.zoom)


def test_one_linked_later_and_another_picture_go_where_the_others_are(pair, qtbot):
    first, second, links = pair
    first.box.zoom_by(3)
    late = view_of(qtbot, 600, 800)
    links.link(late.box)
    assert middle(late) == pytest.approx(middle(first), abs=0.01)
    second.show_picture(np.zeros((480, 640, 3), np.uint8))
    links.show_viewpoint(links.viewpoint)
    assert middle(second) == pytest.approx(middle(first), abs=0.01)


def test_a_viewpoint_of_nothing_is_that_of_the_whole(qtbot):
    view = SaliencyView()
    qtbot.addWidget(view)
    assert view.box.viewpoint == Viewpoint()
    view.box.show_viewpoint(Viewpoint(0.2, 0.3, 4, fitted=False))  # no picture yet: nothing happens


def test_a_view_that_gets_its_size_only_later_still_looks_where_it_was_told(qtbot):
    view = view_of(qtbot, 120, 160, size=(200, 100))
    view.box.show_viewpoint(Viewpoint(0.4, 0.5, 4, fitted=False))
    view.resize(700, 500)
    qtbot.waitUntil(lambda: view.box.rect().width() > 600)
    assert view.box.viewpoint.zoom == pytest.approx(4)
    assert middle(view) == pytest.approx((0.4, 0.5), abs=0.02)


def test_once_the_hand_has_moved_it_a_view_that_changes_size_shows_its_picture_no_larger(qtbot):
    view = view_of(qtbot, 120, 160)
    view.box.show_viewpoint(Viewpoint(0.4, 0.5, 4, fitted=False))
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    zoom = view.box.zoom
    view.resize(700, 500)
    qtbot.waitUntil(lambda: view.box.rect().width() > 600)
    assert view.box.zoom == pytest.approx(zoom)


def top_row(view):
    """The row of the picture at the top of the view."""
    return view.box.mapSceneToView(QPointF(view.width() / 2, 0)).y()


@pytest.mark.parametrize("length", [2000, 1200])
def test_pages_are_as_wide_as_each_other_and_begin_at_the_same_row_however_long_they_are(qtbot, length):
    page, shorter, links = view_of(qtbot, 2400, 320), view_of(qtbot, length, 320), LinkedBoxes()
    for view in (page, shorter):
        links.link(view.box)
    page.box.zoom_by((page.width() - 16) / 320 / page.box.zoom)  # fills the width
    assert shorter.box.zoom == pytest.approx(page.box.zoom)
    page.box.pan_by(QPointF(0, page.height() * 4))  # to the top
    page.box.pan_by(QPointF(0, -600))
    assert 400 < top_row(page) < 600
    assert top_row(shorter) == pytest.approx(top_row(page), abs=1)


def test_a_picture_beside_a_page_fills_the_width_as_that_does(qtbot):
    page, picture, links = view_of(qtbot, 2400, 320), view_of(qtbot, 180, 640), LinkedBoxes()
    for view in (page, picture):
        links.link(view.box)
    page.box.zoom_by((page.width() - 16) / 320 / page.box.zoom)
    assert picture.box.zoom == pytest.approx((400 - 16) / 640)


def test_a_page_that_fills_its_width_fills_that_of_a_smaller_view_from_the_same_row(qtbot):
    large, small = view_of(qtbot, 4000, 320, (800, 500)), view_of(qtbot, 4000, 320, (400, 300))
    large.box.zoom_by((800 - 16) / 320 / large.box.zoom)
    large.box.pan_by(QPointF(0, -1000))
    assert top_row(large) > 100
    small.box.show_viewpoint(large.box.viewpoint)
    assert small.box.zoom == pytest.approx((400 - 16) / 320)
    assert top_row(small) == pytest.approx(top_row(large), abs=1)
    large.box.show_viewpoint(small.box.viewpoint)
    assert large.box.zoom == pytest.approx((800 - 16) / 320)
