from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.background import Background
from app.explorer import Explorer
from app.look_desk import TOGGLES
from app.main_window import MainWindow
from app.map_style import MODES, MapStyle
from app.settings import Settings
from gazeengine.domain import Look
from tests.app.gates import LIMIT_S

MS = 3000 * LIMIT_S
LEFT, CONTROL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier
KEYS = dict(zip("1234567", [mode for mode, _, _ in MODES], strict=True))


@pytest.fixture
def make_window(qtbot, settings):
    windows = []

    def make(prepare_answer=None, of=None):
        window = MainWindow(of or settings, Explorer(prepare_answer), Background("files"))
        windows.append(window)
        qtbot.addWidget(window)
        window.resize(1280, 800)
        window.show()
        window.activateWindow()
        qtbot.waitExposed(window)
        return window

    yield make
    for window in windows:
        window.close()
    QApplication.clipboard().clear()


@pytest.fixture
def screen_file(tmp_path) -> Path:
    """A page: plain, with a few dark blocks."""
    page = np.full((200, 300, 3), 250, np.uint8)
    page[20:40, 20:150] = 30
    page[80:90, 20:250] = 90
    page[120:180, 160:280] = (40, 90, 200)
    path = tmp_path / "page.png"
    Image.fromarray(page).save(path)
    return path


@pytest.fixture
def photograph_file(tmp_path) -> Path:
    noise = np.random.default_rng(0).integers(0, 255, (200, 300, 3), dtype=np.uint8)
    path = tmp_path / "photograph.png"
    Image.fromarray(noise).save(path)
    return path


@pytest.fixture
def window(make_window, screen_file, photograph_file, model_file, qtbot):
    """On a page and a photograph, with the page's map."""
    window = make_window()
    window.open_paths([model_file, screen_file, photograph_file])
    window.explorer.start()
    qtbot.waitUntil(lambda: settled(window) and len(window.explorer.pictures) == 2, timeout=MS)
    return window


@pytest.fixture
def dead_window(make_window, picture_files, model_file, qtbot):
    window = make_window(lambda: pytest.fail("not started"))
    window.open_paths([model_file, *picture_files])
    qtbot.waitUntil(lambda: window.explorer.plan is not None and len(window.explorer.pictures) == 3, timeout=MS)
    return window


def settled(window):
    seen = window._seen
    return seen is not None and seen.preview is not None and not (seen.waiting or seen.preview_stale)


def style(window):
    return window.explorer.selection.style


@pytest.mark.parametrize(("key", "mode"), KEYS.items())
def test_each_view_has_its_key_and_is_checked_in_menu_and_chooser(dead_window, key, mode):
    other = "2" if key != "2" else "1"
    QTest.keyClick(dead_window, ord(other))
    QTest.keyClick(dead_window, ord(key))
    assert style(dead_window).mode == mode
    assert dead_window.actions_[mode].isChecked()
    assert sum(dead_window.actions_[m].isChecked() for m in KEYS.values()) == 1
    assert dead_window.panels.display.views.tile(mode).isChecked()
    assert dead_window.panels.saliency._style.mode == mode


@pytest.mark.parametrize(
    ("entry", "key"), [("contours_over", Qt.Key.Key_3), ("hotspots_over", Qt.Key.Key_4), ("legend", Qt.Key.Key_5)]
)
def test_what_is_over_the_views_is_switched_by_key(dead_window, entry, key):
    part = TOGGLES[entry]
    before = getattr(style(dead_window), part)
    for on in (not before, before):
        QTest.keyClick(dead_window, key, CONTROL)
        assert getattr(style(dead_window), part) == on
        assert dead_window.actions_[entry].isChecked() == on
        assert dead_window.panels.display.over[part].isChecked() == on


def test_a_tile_that_is_clicked_changes_what_is_shown_and_copied(window, qtbot):
    QTest.mouseClick(window.panels.display.views.tile("contours"), LEFT)
    assert style(window).mode == "contours"
    assert window.panels.saliency._marks.marks.contours
    QTest.keyClick(window, Qt.Key.Key_C, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: not QGuiApplication.clipboard().image().isNull(), timeout=MS)
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.height()) == (300, 200)
    white = sum(image.pixelColor(x, y).lightness() > 253 for x in range(300) for y in range(200))
    assert white > 100


def test_tiles_show_the_picture_that_is_open(window, qtbot):
    window.panels.show_workspace("look")  # elsewhere they are not seen, and wait
    tile = window.panels.display.views.tile("picture")
    qtbot.waitUntil(lambda: tile._image.pixelColor(2, 2).red() == 250, timeout=MS)


def test_tiles_show_nothing_of_a_picture_that_was_closed(window, qtbot):
    window.panels.show_workspace("look")
    tile = window.panels.display.views.tile("picture")
    qtbot.waitUntil(lambda: tile._image.pixelColor(2, 2).red() == 250, timeout=MS)
    for key in list(window.library.pictures):
        window.canvas.remove(key)
    qtbot.waitUntil(lambda: tile._image.pixelColor(2, 2).red() == 150, timeout=MS)  # of the example


def test_tiles_show_nothing_of_another_picture_where_one_cannot_be_read(window, qtbot, tmp_path):
    window.panels.show_workspace("look")
    tile = window.panels.display.views.tile("picture")
    qtbot.waitUntil(lambda: tile._image.pixelColor(2, 2).red() == 250, timeout=MS)
    (tmp_path / "broken.png").write_bytes(b"broken")
    window.open_paths([tmp_path / "broken.png"], show=False)
    broken = list(window.library.pictures)[-1]
    qtbot.waitUntil(lambda: window.library.pictures[broken].problem is not None, timeout=MS)
    window._change(picture=broken)
    qtbot.waitUntil(lambda: tile._image.pixelColor(2, 2).red() == 150, timeout=MS)  # of the example


def test_the_legend_speaks_of_the_map_and_is_hidden_when_asked(window):
    footer = window.panels.saliency.footer
    assert "as often as on average" in footer.legend.legend.words
    QTest.keyClick(window, Qt.Key.Key_5)
    assert "Bits" in footer.legend.legend.words
    QTest.keyClick(window.panels.display.over["legend"], Qt.Key.Key_Space)
    assert not footer.legend.isVisible()
    assert footer.isVisible()


def test_status_and_legend_have_the_same_units(window, qtbot):
    view = window.panels.saliency
    QTest.mouseMove(view._canvas.viewport(), view.box.mapViewToScene(view.box.viewRect().center()).toPoint())
    for key, words in (("1", "× as often"), ("5", "bits over uniform"), ("2", "of attention"), ("4", "hotspot")):
        QTest.keyClick(window, ord(key))  # the mouse rests
        assert words in window.statusBar().currentMessage()


def test_automatic_says_what_each_picture_was_taken_for(window, qtbot):
    domain = window.panels.look_controls.domain
    qtbot.waitUntil(lambda: domain.currentText() == "Automatic: a screen", timeout=MS)
    QTest.keyClick(window, Qt.Key.Key_PageDown, CONTROL)
    qtbot.waitUntil(lambda: domain.currentText() == "Automatic: a photograph", timeout=MS)
    QTest.keyClick(window, Qt.Key.Key_PageUp, CONTROL)
    assert domain.currentText() == "Automatic: a screen"


def test_another_center_bias_makes_another_map_and_is_remembered(window, qtbot, store):
    first = window._seen.preview.saliency_map.log_density
    controls = window.panels.look_controls
    controls.bias.setFocus()
    QTest.keyClick(controls.bias, Qt.Key.Key_Space)
    assert window.explorer.selection.look == Look(center_bias=0)
    qtbot.waitUntil(lambda: settled(window) and window._seen.preview.request.look == Look(center_bias=0), timeout=MS)
    assert not np.array_equal(window._seen.preview.saliency_map.log_density, first)
    assert Settings(store).look() == Look(center_bias=0)
    QTest.keyClick(controls.bias, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: settled(window) and window._seen.preview.request.look == Look(), timeout=MS)
    np.testing.assert_allclose(window._seen.preview.saliency_map.log_density, first, atol=1e-5)


def test_a_stale_map_keeps_its_frame_in_every_view(window, qtbot):
    view = window.panels.saliency
    log_density = view._log_density
    for mode in KEYS.values():
        view.show_style(MapStyle(mode, contours=True, hotspots=True))
        view.show_map(log_density, "of an earlier setting", True)
        assert view._badge.stale
        assert view._canvas.frame.pen().color().name() == view._theme.estimate
        assert view._canvas.frame.zValue() > max(view._map.zValue(), view._marks.zValue())


def test_views_and_looks_come_back_at_the_next_start(make_window, store):
    wanted, look = MapStyle("hotspots", 0.4, "magma", 1.3, 4, 90, True, False, False), Look("photographs", 0.5, "none")
    window = make_window(lambda: pytest.fail("not started"), Settings(store))
    window.panels.display.style_chosen.emit(wanted)
    window.panels.look_controls.look_chosen.emit(look)
    window.close()
    again = make_window(lambda: pytest.fail("not started"), Settings(store))
    assert again.explorer.selection.style == wanted
    assert again.explorer.selection.look == look
    assert again.panels.look_controls.domain.currentData() == "photographs"
    assert again.actions_["hotspots"].isChecked()
    assert not again.actions_["legend"].isChecked()
