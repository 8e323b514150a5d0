import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication

from app.map_style import MapStyle
from app.saliency_view import SaliencyView
from app.spot_words import Spot
from app.theme import DARK, LIGHT
from gazeengine.errors import ImageError
from gazeengine.saliency_map import normalised

RANDOM = np.random.default_rng(0)
PICTURE = RANDOM.integers(0, 255, (120, 160, 3), dtype=np.uint8)
OTHER = RANDOM.integers(0, 255, (120, 160, 3), dtype=np.uint8)
TALL = RANDOM.integers(0, 255, (300, 100, 3), dtype=np.uint8)


def peak(height, width, row, column):
    y, x = np.mgrid[0:height, 0:width]
    return normalised(-((y - row) ** 2 + (x - column) ** 2) / (2 * (height / 8) ** 2)).log_density


MAP = peak(120, 160, 60, 80)


@pytest.fixture
def view(qtbot):
    view = SaliencyView()
    qtbot.addWidget(view)
    view.resize(600, 500)
    view.show_theme(LIGHT)
    view.show()
    qtbot.waitExposed(view)
    return view


@pytest.fixture
def canvas(view):
    return view._canvas.viewport()


def at(view, x, y):
    """A place in the picture's pixels as one on the canvas."""
    return view.box.mapViewToScene(QPointF(x, y)).toPoint()


def seen(view, qtbot):
    """What the widget shows, (H, W, 3)."""
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def turn_wheel(canvas, place, notches):
    event = QWheelEvent(
        QPointF(place),
        QPointF(canvas.mapToGlobal(place)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def drag(qtbot, canvas, begin, end, button=Qt.MouseButton.LeftButton):
    qtbot.mousePress(canvas, button, pos=begin)
    for share in (0.3, 0.6, 1):
        qtbot.wait(15)  # pyqtgraph leaves out moves that follow faster
        qtbot.mouseMove(canvas, begin + (end - begin) * share)
    qtbot.mouseRelease(canvas, button, pos=end)


def near(point, x, y, tolerance=1.0):
    return abs(point.x() - x) <= tolerance and abs(point.y() - y) <= tolerance


def test_a_picture_is_fitted_whole_and_stays_so_as_the_window_changes_size(view, qtbot):
    view.show_picture(PICTURE)
    for size in ((600, 500), (300, 500), (900, 200)):
        view.resize(*size)
        qtbot.wait(10)
        window = view._canvas.geometry().adjusted(7, 7, -7, -7)
        assert window.contains(at(view, 0, 0))
        assert window.contains(at(view, 160, 120))
        assert view.box.zoom == pytest.approx(min((window.width() - 2) / 160, (window.height() - 2) / 120))


def test_one_to_one_shows_the_pixels_as_they_are(view, canvas, qtbot):
    view.show_picture(PICTURE)
    qtbot.keyClick(view, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert view.box.zoom == pytest.approx(1)
    corner = at(view, 0, 0)
    shown = seen(view, qtbot)[corner.y() : corner.y() + 120, corner.x() : corner.x() + 160]
    # the outline covers the outermost
    np.testing.assert_array_equal(shown[1:-1, 1:-1], PICTURE[1:-1, 1:-1])


def test_a_picture_of_many_pixels_is_shown_reduced_and_true_at_one_to_one(view, qtbot):
    large = np.zeros((3001, 2003, 3), np.uint8)
    large[::2] = 255  # stripes that would alias to black or white
    view.show_picture(large)
    middle = seen(view, qtbot)[250, 250:350]
    assert np.all(np.abs(middle - 127) < 3)
    view.zoom_to_pixels()
    assert set(seen(view, qtbot)[200:300, 300].ravel()) == {0, 255}


@pytest.mark.parametrize("notches", [3, -1])
def test_the_wheel_zooms_around_the_mouse(view, canvas, notches):
    view.show_picture(PICTURE)
    view.box.zoom_by(3)
    place = QPoint(200, 300)
    before = view.box.mapSceneToView(QPointF(place))
    zoom = view.box.zoom
    turn_wheel(canvas, place, notches)
    assert view.box.zoom == pytest.approx(zoom * 1.2**notches)
    assert near(view.box.mapSceneToView(QPointF(place)), before.x(), before.y(), 0.2)


@pytest.mark.parametrize("button", [Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton])
def test_dragging_moves_the_picture_with_the_mouse(view, canvas, qtbot, button):
    view.show_picture(PICTURE)
    view.box.zoom_by(4)
    place = view.box.mapSceneToView(QPointF(300, 250))
    drag(qtbot, canvas, QPoint(300, 250), QPoint(340, 215), button)
    assert near(at(view, place.x(), place.y()), 340, 215)


def test_the_picture_cannot_be_lost(view, canvas, qtbot):
    view.show_picture(PICTURE)
    for notches, place in ((40, QPoint(5, 5)), (-80, QPoint(590, 10)), (9, QPoint(300, 250))):
        turn_wheel(canvas, place, notches)
        for end in (QPoint(20, 20), QPoint(580, 480)):
            drag(qtbot, canvas, QPoint(300, 250), end)
        assert 0.9 <= view.box.zoom <= 32
        middle = view.box.mapSceneToView(QPointF(300, 250))
        assert QRectF(0, 0, 160, 120).contains(middle)


@pytest.mark.parametrize("back", ["double click", "F", "Ctrl+0"])
def test_the_picture_is_fitted_again(view, canvas, qtbot, back):
    view.show_picture(PICTURE)
    fitted = view.box.zoom
    turn_wheel(canvas, QPoint(300, 250), 5)
    assert not view.box.fitted
    if back == "double click":
        qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(300, 250))
        qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(300, 250))
        qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(300, 250))
    elif back == "F":
        qtbot.keyClick(view, Qt.Key.Key_F)
    else:
        qtbot.keyClick(view, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert view.box.fitted
    assert view.box.zoom == pytest.approx(fitted)


def test_zoom_stays_with_another_map_or_a_picture_of_the_same_size_only(view):
    view.show_picture(PICTURE)
    view.box.zoom_by(3)
    view.box.pan_by(QPointF(30, -20))
    before = view.box.viewRect()
    view.show_map(MAP, "full map", False)
    view.show_picture(OTHER)
    assert view.box.viewRect() == before
    view.show_picture(TALL)
    assert view.box.fitted


def test_a_new_picture_drops_the_map_and_the_same_one_keeps_it(view):
    view.show_picture(PICTURE)
    view.show_map(MAP, "full map", False)
    with_map = view.rendered()
    view.show_picture(PICTURE)
    np.testing.assert_array_equal(view.rendered(), with_map)
    view.show_picture(OTHER)
    np.testing.assert_array_equal(view.rendered(), OTHER)
    assert not view._badge.isVisible()


@pytest.mark.parametrize(
    "style",
    [
        MapStyle(),
        MapStyle("map"),
        MapStyle("overlay", 0.4, "magma", 1.0),
        MapStyle("overlay", low=20, high=70),
        MapStyle("log_density", 0.7, low=10, high=90),
        MapStyle("focus"),
        MapStyle("focus", 0.3),
        MapStyle("picture"),
    ],
    ids=lambda style: style.mode,
)
def test_the_canvas_shows_what_is_rendered(view, qtbot, style):
    view.show_style(style)
    view.show_picture(PICTURE)
    view.show_map(MAP, "", False)
    view.zoom_to_pixels()
    corner = at(view, 0, 0)
    shown = seen(view, qtbot)[corner.y() : corner.y() + 120, corner.x() : corner.x() + 160]
    difference = np.abs(shown - view.rendered().astype(int))[2:-2, 2:-2]
    assert np.mean(difference) < 1.5
    assert np.max(difference) < 24


def test_opacity_takes_no_new_percentiles(view, monkeypatch):
    view.show_picture(PICTURE)
    view.show_map(MAP, "full map", False)
    monkeypatch.setattr("app.map_painting.intensity", lambda *_: pytest.fail("computed again"))
    view.show_style(MapStyle(opacity=0.2))
    view.show_style(MapStyle(opacity=0.2, color_map="magma"))
    view.show_style(MapStyle("map", opacity=0.2))
    view.show_map(MAP, "full map", True)


def test_a_coarse_map_lies_over_the_whole_picture(view, qtbot):
    view.show_style(MapStyle("map", color_map="grey"))
    view.show_picture(PICTURE)
    view.show_map(peak(6, 8, 1, 6), "coarse map", False)
    shown = seen(view, qtbot)
    bright, dark = at(view, 6.5 * 20, 1.5 * 20), at(view, 20, 100)
    assert shown[bright.y(), bright.x(), 0] > 240
    assert shown[dark.y(), dark.x(), 0] < 15


def test_a_stale_map_is_marked_but_shown(view):
    view.show_picture(PICTURE)
    view.show_map(MAP, "FastGaze · coarse map", True)
    assert (view._badge.caption, view._badge.stale) == ("FastGaze · coarse map", True)
    assert view._map.isVisible()
    assert view._canvas.frame.pen().color().name() == LIGHT.estimate


def test_the_mark_does_not_flicker_in_a_drag_and_goes_when_the_map_holds(view, qtbot):
    view.show_picture(PICTURE)
    view.show_map(MAP, "0", False)
    assert not view._badge.stale
    for step in range(5):
        view.show_map(MAP, f"{step}", True)
        assert view._badge.stale
        view.show_map(MAP, f"{step} fresh", False)
        assert view._badge.stale
        assert view._badge.caption == f"{step} fresh"
    qtbot.waitUntil(lambda: not view._badge.stale)
    assert view._canvas.frame.pen().color().name() == LIGHT.line


def test_the_badge_keeps_its_place_and_height(view):
    view.show_picture(PICTURE)
    view.show_map(MAP, "short", False)
    quiet = view._badge.geometry()
    view.show_map(MAP, "short", True)
    assert view._badge.geometry() == quiet
    assert view.footer.geometry().bottom() == view.rect().bottom()
    view.show_map(MAP, "a caption that is much longer than any window is wide, " * 4, True)
    assert view._badge.geometry().bottomLeft() == quiet.bottomLeft()
    assert view.footer.rect().contains(view._badge.geometry())


def test_the_mouse_reads_out_how_often_a_spot_is_looked_at(view, canvas, qtbot):
    view.show_picture(PICTURE)
    spots = []
    view.hovered.connect(spots.append)
    qtbot.mouseMove(canvas, at(view, 80.5, 60.5))
    assert spots == [Spot(80, 60, None)]
    view.show_map(MAP, "full map", False)
    assert (spots[-1].x, spots[-1].y) == (80, 60)
    assert spots[-1].density == pytest.approx(np.exp(MAP[60, 80]) * MAP.size)
    qtbot.wait(15)
    qtbot.mouseMove(canvas, QPoint(300, 2))
    assert spots[-1] is None


def test_density_of_a_uniform_map_is_one_however_coarse(view, canvas, qtbot):
    view.show_picture(PICTURE)
    view.show_map(normalised(np.zeros((3, 4))).log_density, "uniform", False)
    with qtbot.waitSignal(view.hovered) as hovered:
        qtbot.mouseMove(canvas, at(view, 159.5, 119.5))
    assert hovered.args[0].density == pytest.approx(1)


def test_the_message_is_there_as_long_as_there_is_no_picture(view):
    view.show_message("Drop a picture here, or press Ctrl+O")
    assert view._message.isVisible()
    view.show_picture(PICTURE)
    assert not view._message.isVisible()
    view.show_picture(None)
    assert view._message.isVisible()
    view.show_message(None)
    assert not view._message.isVisible()


def test_without_a_picture_there_is_nothing_to_copy(view):
    with pytest.raises(ImageError, match="found no picture"):
        view.rendered()


def test_drops_are_left_to_the_window(view, canvas):
    assert not any(widget.acceptDrops() for widget in (view, view._canvas, canvas))


def test_the_mouse_gives_it_the_keys(view, canvas, qtbot):
    view.activateWindow()
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(300, 250))
    qtbot.waitUntil(view.hasFocus)


def test_arrows_and_signs_navigate(view, qtbot):
    view.show_picture(PICTURE)
    fitted = view.box.zoom
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.box.zoom == pytest.approx(1.25 * fitted)
    left = view.box.viewRect().left()
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.box.viewRect().left() > left
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert view.box.zoom == pytest.approx(fitted)


def test_another_theme_repaints_the_canvas(view, qtbot):
    view.show_theme(DARK)
    assert tuple(seen(view, qtbot)[5, 5]) == tuple(bytes.fromhex(DARK.canvas[1:]))
