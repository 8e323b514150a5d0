import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.map_style import MODES, MapStyle
from app.theme import DARK, LIGHT
from app.view_chooser import ViewChooser
from tests.smooth_maps import smooth_map

RGB = np.full((200, 300, 3), (200, 30, 30), np.uint8)
MAP = smooth_map(1, 50, 75)


@pytest.fixture
def chooser(qtbot):
    chooser = ViewChooser()
    qtbot.addWidget(chooser)
    chooser.resize(288, 200)
    chooser.show()
    qtbot.waitExposed(chooser)
    return chooser


@pytest.fixture
def chosen(chooser):
    chosen = []
    chooser.chosen.connect(chosen.append)
    return chosen


def drawn(chooser, mode):
    return chooser.tile(mode)._image


@pytest.mark.parametrize("mode", [mode for mode, _, _ in MODES[1:]])
def test_a_view_is_chosen_with_the_mouse(chooser, chosen, qtbot, mode):
    qtbot.mouseClick(chooser.tile(mode), Qt.MouseButton.LeftButton)
    assert chosen == [mode]
    assert chooser.tile(mode).isChecked()


def test_the_arrow_keys_go_from_view_to_view(chooser, chosen, qtbot):
    chooser.activateWindow()
    chooser.tile("overlay").setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(chooser.tile("overlay"), Qt.Key.Key_Right)
    qtbot.keyClick(chooser.tile("focus"), Qt.Key.Key_Right)
    assert chosen == ["focus", "contours"]
    qtbot.keyClick(chooser.tile("contours"), Qt.Key.Key_Down)
    assert chosen[-1] in ("map", "picture")


def test_showing_a_style_chooses_nothing(chooser, chosen):
    chooser.show_style(MapStyle("hotspots", color_map="magma"))
    assert chooser.tile("hotspots").isChecked()
    assert chosen == []


def test_tiles_show_the_picture_once_its_map_holds(chooser, qtbot):
    example = drawn(chooser, "picture").pixelColor(96, 64)
    chooser.show_map(RGB, MAP)
    qtbot.waitUntil(lambda: drawn(chooser, "picture").pixelColor(96, 64).red() == 200)
    assert example.red() != 200
    qtbot.waitUntil(lambda: not chooser._waiting)
    images = [drawn(chooser, mode) for mode, _, _ in MODES]
    assert all(a != b for i, a in enumerate(images) for b in images[:i])
    chooser.show_map(None, None)
    qtbot.waitUntil(lambda: drawn(chooser, "picture").pixelColor(96, 64) == example)


def test_tiles_have_the_colours_that_are_chosen(chooser, qtbot):
    before = drawn(chooser, "map")
    chooser.show_style(MapStyle(color_map="magma"))
    qtbot.waitUntil(lambda: drawn(chooser, "map") != before)


def test_the_same_map_is_not_drawn_again(chooser, qtbot):
    chooser.show_map(RGB, MAP)
    qtbot.waitUntil(lambda: not chooser._waiting)
    chooser.show_map(RGB, MAP)
    chooser.show_style(MapStyle("focus"))
    assert not chooser._timer.isActive() or not chooser._waiting


@pytest.mark.parametrize(("width", "columns"), [(288, 4), (200, 3), (140, 2), (60, 1)])
def test_there_are_as_many_columns_as_names_fit(chooser, width, columns):
    chooser.setMinimumWidth(0)
    chooser.resize(width, chooser.height())
    tiles = [chooser.tile(mode).geometry() for mode, _, _ in MODES]
    assert len({tile.left() for tile in tiles}) == columns
    assert all(chooser.rect().contains(tile) for tile in tiles)
    assert not any(a.intersects(b) for i, a in enumerate(tiles) for b in tiles[:i])


def test_large_type_has_fewer_columns_and_higher_tiles(chooser):
    before = chooser.height()
    font = chooser.font()
    font.setPointSizeF(2 * font.pointSizeF())
    chooser.setFont(font)
    assert chooser.height() > before
    tile = chooser.tile("overlay")
    assert tile.width() >= tile.least_width()
    assert chooser.minimumSizeHint().width() <= 288


def test_names_and_keys_are_told(chooser):
    for i, (mode, name, explanation) in enumerate(MODES, 1):
        tile = chooser.tile(mode)
        assert tile.accessibleName() == name
        assert explanation in tile.toolTip()
        assert f"({i})" in tile.toolTip()


def test_both_themes_are_painted(chooser):
    chooser.show_theme(LIGHT)
    light = chooser.grab().toImage()
    chooser.show_theme(DARK)
    assert chooser.grab().toImage() != light


@pytest.mark.parametrize("shape", [(1, 1), (9000, 1280), (40, 3000)])
def test_pictures_of_any_shape_fit(chooser, qtbot, shape):
    chooser.show_map(np.zeros((*shape, 3), np.uint8), smooth_map(0, max(1, shape[0] // 40), max(1, shape[1] // 40)))
    qtbot.waitUntil(lambda: not chooser._waiting)
