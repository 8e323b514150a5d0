import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage

from app.area_finding import handle_at, hit
from app.area_layer import AreaLayer
from app.saliency_view import SaliencyView
from app.theme import LIGHT
from gazeengine.regions import Area

HEIGHT, WIDTH = 400, 600
BOX = Area("Buy", "rectangle", ((200, 150), (400, 250)), "#d55e00")
RING = Area("Ring", "ellipse", ((200, 150), (400, 250)))
TRIANGLE = Area("T", "polygon", ((200, 150), (400, 150), (300, 250)))


@pytest.fixture
def view(qtbot):
    view = SaliencyView()
    qtbot.addWidget(view)
    view.resize(616, 416)
    view.show_theme(LIGHT)
    view.show_picture(np.full((HEIGHT, WIDTH, 3), 90, np.uint8))
    view.show()
    qtbot.waitExposed(view)
    return view


@pytest.fixture
def layer(view):
    return AreaLayer(view.box)


def seen(view):
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def column(view, layer, y):
    """How thick the right side of the box is drawn, in pixels, at this height of the picture."""
    place = view.box.mapViewToScene(QPointF(400, y)).toPoint()
    with_area = seen(view)[place.y(), place.x() - 12 : place.x() + 12]
    return int((np.abs(with_area - 90).max(1) > 30).sum())


@pytest.mark.parametrize("selected", [False, True])
def test_outlines_are_as_thick_at_every_zoom(view, layer, selected):
    layer.show_areas((BOX,), ("Buy",) if selected else (), (HEIGHT, WIDTH))
    found = []
    for zoom in (0.5, 1, 3):
        view.box.zoom_by(zoom / view.box.zoom, view.box.mapFromView(QPointF(400, 170)))
        found.append(column(view, layer, 170))
    assert max(found) - min(found) <= 1
    assert 3 <= found[0] <= 8


def test_handles_and_labels_are_as_large_at_every_zoom(view, layer):
    layer.show_areas((BOX,), ("Buy",), (HEIGHT, WIDTH))
    (item,) = layer._items
    sizes = []
    for zoom in (0.5, 1, 4):
        view.box.zoom_by(zoom / view.box.zoom)
        sizes.append(item.label.place.height() * layer._scale())
        assert item.label.place.width() * layer._scale() == pytest.approx(
            item.label.place.width() / item.label.place.height() * sizes[-1]
        )
    assert sizes == pytest.approx([sizes[0]] * 3)


def test_a_label_has_name_and_share_and_stays_in_the_picture(view, layer):
    corner = Area("A very long name that no label has room for, whatever it says", "rectangle", ((560, 0), (600, 30)))
    layer.show_areas((corner,), (), (HEIGHT, WIDTH))
    layer.show_words({corner.name: "6.1 %"}, False)
    (item,) = layer._items
    assert item.look.words == "6.1 %"
    place = item.label.place
    assert place.right() <= WIDTH + 1
    assert place.top() >= 0
    assert place.width() * layer._scale() < 300


def test_a_stale_share_is_marked_by_more_than_its_colour(view, layer):
    layer.show_areas((BOX,), (), (HEIGHT, WIDTH))
    (item,) = layer._items
    layer.show_words({"Buy": "6.1 %"}, False)
    fresh = seen(view)
    layer.show_words({"Buy": "6.1 %"}, True)
    assert (item.look.words, item.look.stale) == ("6.1 %", True)
    place = view.box.mapViewToScene(item.label.place.topLeft()).toPoint()
    dot = (slice(place.y() + 8, place.y() + 16), slice(place.x() + 7, place.x() + 15))
    # a ring has the label's dark ground in its middle
    assert seen(view)[dot].min() < 40
    assert np.abs(seen(view)[dot] - fresh[dot]).max() > 100


def test_the_smaller_area_lies_above_and_all_labels_above_that(view, layer):
    small = Area("s", "ellipse", ((220, 170), (260, 200)))
    layer.show_areas((small, BOX), (), (HEIGHT, WIDTH))
    one, other = layer._items
    assert one.zValue() > other.zValue()
    assert min(one.label.zValue(), other.label.zValue()) > one.zValue()


def test_items_go_with_their_areas(view, layer):
    layer.show_areas((BOX, RING), (), (HEIGHT, WIDTH))
    layer.show_areas((RING,), (), (HEIGHT, WIDTH))
    assert [item.area for item in layer._items] == [RING]
    layer.show_areas((), (), None)
    assert layer._items == []
    assert len(layer.childItems()) == 2  # what is being drawn, and its label


def test_the_mouse_takes_hold_within_a_few_pixels_of_an_outline():
    assert hit(BOX, QPointF(300, 200), 6)
    assert hit(BOX, QPointF(405, 200), 6)
    assert not hit(BOX, QPointF(410, 200), 6)
    assert not hit(RING, QPointF(205, 155), 3)
    assert hit(TRIANGLE, QPointF(300, 200), 6)
    assert not hit(TRIANGLE, QPointF(210, 240), 6)


def test_the_nearest_handle_is_taken():
    assert handle_at(BOX, QPointF(401, 249), 6) == 4
    assert handle_at(BOX, QPointF(300, 200), 6) is None
    assert handle_at(TRIANGLE, QPointF(298, 252), 6) == 2
