"""A designer compares two designs in the real window, with mouse and keys."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from app.background import Background
from app.explorer import Explorer
from app.main_window import MainWindow
from gazeengine.image import read_image
from tests.app.gates import LIMIT_S
from tests.app.test_image_list import CONTROL, place_of

MS = 3000 * LIMIT_S
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def designs(tmp_path):
    """Two of one size that differ in a bright block, and a tall one."""
    files = []
    for name, column, height in (("old", 16, 96), ("new", 80, 96), ("tall", 16, 256)):
        rgb = np.full((height, 128, 3), 60, np.uint8)
        rgb[32:64, column : column + 32] = 240
        files.append(tmp_path / f"{name}.png")
        Image.fromarray(rgb).save(files[-1])
    return files


@pytest.fixture
def window(qtbot, settings, model_file, designs):
    window = MainWindow(settings, Explorer(), Background("files"))
    # nothing to be asked about as it closes
    qtbot.addWidget(window, before_close_func=lambda window: window.area_book.open_all({}))
    window.show()
    window.activateWindow()
    qtbot.waitExposed(window)
    window.open_paths([model_file, *designs])
    window.explorer.start()
    qtbot.waitUntil(lambda: window.explorer.plan is not None and len(window.explorer.pictures) == 3, timeout=MS)
    yield window
    window.area_book.open_all({})
    window.close()
    QApplication.clipboard().clear()


def fresh(window):
    page = window.compare.page
    findings = page.findings
    return page.begun and findings is not None and findings.question is page._asked and not page._waits()


def test_the_whole_story(window, qtbot, tmp_path, monkeypatch):
    images, compare = window.panels.images, window.compare
    viewport = images._list.viewport()
    QTest.mouseClick(viewport, LEFT, pos=place_of(images, 0))

    # an area over the old design
    canvas = window.panels.saliency
    QTest.keyClick(canvas, Qt.Key.Key_R)
    begin, end = (canvas.box.mapViewToScene(QPoint(*place)).toPoint() for place in ((10, 20), (60, 76)))
    QTest.mousePress(canvas._canvas.viewport(), LEFT, pos=begin)
    for share in (0.4, 0.7, 1):
        qtbot.wait(15)
        QTest.mouseMove(canvas._canvas.viewport(), begin + (end - begin) * share)
    QTest.mouseRelease(canvas._canvas.viewport(), LEFT, pos=end)
    key = window.explorer.selection.picture
    qtbot.waitUntil(lambda: len(window.area_book.of(key)) == 1)

    # both selected, compared from the menu of the list
    QTest.mouseClick(viewport, LEFT, CONTROL, place_of(images, 1))
    assert window.explorer.selection.picture == key
    images._list.customContextMenuRequested.emit(place_of(images, 1))
    menu = QApplication.activePopupWidget()
    assert menu is not None
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(menu.actions()[0]).center())
    qtbot.waitUntil(lambda: fresh(window), timeout=MS)
    table = compare.page.table.table
    assert table.rowCount() == 1
    assert table.item(0, 0).text() == window.area_book.of(key)[0].name
    assert "those of A stand in" in compare.page.table.notes.text()

    # every mode by its key; keys that nobody takes reach the comparison
    for digit, mode in (("2", "swipe"), ("3", "blink"), ("4", "difference"), ("1", "beside")):
        window.actions_[f"compare_{mode}"].trigger()
        qtbot.waitUntil(lambda mode=mode: compare.page.view._mode == mode)
        assert window.actions_[f"compare_{mode}"].shortcut().toString() == f"Alt+{digit}"

    # both sides follow the slider
    window._change_network(n=20)
    qtbot.waitUntil(lambda: fresh(window) and compare.page._sides[1].plan.pruning.n == 20, timeout=MS)

    # the difference as a picture
    window.actions_["compare_difference"].trigger()
    qtbot.waitUntil(lambda: compare.page.view.difference.isVisible())
    target = tmp_path / "difference.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    window.actions_["save_map"].trigger()
    qtbot.waitUntil(target.exists, timeout=MS)
    assert read_image(target).rgb.shape[1] == 128
    window.actions_["copy_map"].trigger()
    qtbot.waitUntil(lambda: not QApplication.clipboard().image().isNull(), timeout=MS)

    # swapped, left, gone on with; a tool for drawing leaves it, too
    window.actions_["swap_sides"].trigger()
    qtbot.waitUntil(lambda: fresh(window), timeout=MS)
    assert window.explorer.selection.picture != key
    QTest.keyClick(compare.page.view.difference, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not compare.page.begun)
    window.actions_["compare_beside"].trigger()
    qtbot.waitUntil(lambda: compare.page.begun)
    window.actions_["area_ellipse"].trigger()
    qtbot.waitUntil(lambda: not compare.page.begun)


def test_a_picture_of_other_proportions_is_only_beside_it(window, qtbot):
    compare = window.compare
    keys = list(window.library.pictures)
    compare.compare([keys[0], keys[2]])
    qtbot.waitUntil(lambda: fresh(window), timeout=MS)
    window.actions_["compare_difference"].trigger()
    qtbot.waitUntil(lambda: not compare._soon.isActive())
    assert compare.page.view._mode == "beside"
    assert "proportions differ" in compare.page.table.notes.text()
