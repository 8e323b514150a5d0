import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage

from app.map_style import MapStyle
from app.saliency_view import SaliencyView
from app.theme import LIGHT
from gazeengine.marks import WHITE
from tests.smooth_maps import smooth_map

RGB = np.full((300, 400, 3), 90, np.uint8)
MAP = smooth_map(2, 75, 100)


@pytest.fixture
def view(qtbot):
    view = SaliencyView()
    qtbot.addWidget(view)
    view.resize(900, 700)
    view.show_theme(LIGHT)
    view.show()
    qtbot.waitExposed(view)
    view.show_picture(RGB)
    view.show_map(MAP, "", False)
    return view


def seen(view):
    image = view._canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def length(lines):
    return sum(np.hypot(*np.diff(line, axis=0).T).sum() for line in lines)


def white(view):
    return int((seen(view) > 245).all(2).sum())


def test_contours_and_hotspots_come_and_go_with_the_style(view):
    bare = white(view)
    for style in (MapStyle(contours=True), MapStyle(hotspots=True), MapStyle("contours"), MapStyle("hotspots")):
        view.show_style(style)
        assert white(view) > bare + 200
    view.show_style(MapStyle("picture", contours=True, hotspots=True))
    assert white(view) == bare


def test_lines_are_as_wide_at_every_zoom(view):
    view.show_style(MapStyle("contours", opacity=0))
    solid = view._marks.marks.contours[0][1][0]
    point = solid[len(solid) // 3]
    widths = []
    for zoom in (1.0, 4.0, 16.0):
        view.box.zoom_to_pixels()
        view.box.zoom_by(zoom)
        centre = view.box.viewRect().center()
        view.box.pan_by((centre - type(centre)(*point)) * zoom)
        place = view.box.mapViewToScene(type(centre)(*point)).toPoint()
        around = seen(view)[place.y() - 12 : place.y() + 12, place.x() - 12 : place.x() + 12]
        widths.append((around > 200).all(2).sum() / 24)
    assert all(1 <= width <= 6 for width in widths)
    assert max(widths) <= 2.2 * min(widths)


def test_words_are_as_large_at_every_zoom_and_stay_in_the_picture(view):
    view.show_style(MapStyle("hotspots", contours=True))
    heights = set()
    for zoom in (0.5, 1.0, 3.7):
        for label in view._marks.labels(zoom):
            left, top, right, bottom = label.box
            if label.number:
                heights.add(round((bottom - top) * zoom))
            assert left >= -1e-6
            assert right <= 400 + 1e-6
    assert len(heights) == 1


@pytest.mark.parametrize("zoom", [0.1, 1.0, 8.0])
def test_lines_are_whole_at_every_zoom(view, zoom):
    view.show_style(MapStyle("hotspots", contours=True))
    contours, borders = view._marks._paths_at(zoom)
    drawn = view._marks.marks
    for (_, path), (_, lines) in zip(contours, drawn.contours, strict=True):
        assert path.length() == pytest.approx(length(lines), rel=0.1)
    assert borders.length() == pytest.approx(length([line for spot in drawn.hotspots for line in spot.border]), rel=0.1)


def test_fewer_points_are_stroked_far_away_than_near(view):
    view.show_style(MapStyle("contours"))
    far, near = view._marks._paths_at(0.25)[0], view._marks._paths_at(8.0)[0]
    assert far[0][1].elementCount() < near[0][1].elementCount()


def test_marks_take_no_mouse(view, qtbot):
    view.show_style(MapStyle("hotspots"))
    view.box.zoom_by(3)
    before = view.box.viewRect()
    canvas = view._canvas.viewport()
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(400, 300))
    qtbot.wait(20)
    qtbot.mouseMove(canvas, QPoint(430, 320))
    qtbot.wait(20)
    qtbot.mouseMove(canvas, QPoint(450, 330))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(450, 330))
    assert view.box.viewRect() != before
    assert WHITE == (255, 255, 255)
