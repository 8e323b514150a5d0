"""The whole story of a designer: paste A, paste B, draw an area, compare, export a report, with mouse and keys."""

import re

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from app.background import Background
from app.explorer import Explorer
from app.main_window import MainWindow
from tests.app.gates import LIMIT_S
from tests.app.test_image_list import CONTROL, place_of

MS = 3000 * LIMIT_S
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
LEFT = Qt.MouseButton.LeftButton


def design(button_at):
    """A plain page with lines and a button."""
    rgb = np.full((240, 384, 3), 250, np.uint8)
    rgb[:24] = (40, 60, 110)
    for y in range(60, 130, 14):
        rgb[y : y + 5, 24:220] = 90
    rgb[170:200, button_at : button_at + 90] = (220, 90, 30)
    image = QImage(rgb.data, 384, 240, 3 * 384, QImage.Format.Format_RGB888)
    return image.copy()


@pytest.fixture
def window(qtbot, settings, model_file, monkeypatch, tmp_path):
    monkeypatch.setattr(QMessageBox, "exec", lambda _: QMessageBox.StandardButton.Discard)  # areas are not kept
    settings.save_workspace("look")
    settings.save_folder("exports", tmp_path)
    window = MainWindow(settings, Explorer(), Background("files"))
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    window.activateWindow()
    qtbot.waitExposed(window)
    window.open_paths([model_file])
    window.explorer.start()
    qtbot.waitUntil(lambda: window.explorer.plan is not None, timeout=MS)
    yield window
    window.close()
    QApplication.clipboard().clear()


def press(key, modifier=Qt.KeyboardModifier.NoModifier):
    """Where the keyboard is."""
    QTest.keyClick(QApplication.focusWidget() or QApplication.activeWindow(), key, modifier)


def paste(window, qtbot, image, n):
    QApplication.clipboard().setImage(image)
    press(Qt.Key.Key_V, CONTROL)

    def full():
        seen = window._seen
        return (
            len(window.library.pictures) == n
            and seen is not None
            and not seen.waiting
            and seen.preview is not None
            and not seen.preview_stale
            and seen.preview.request.picture.name == list(window.library.pictures.values())[-1].name
        )

    qtbot.waitUntil(full, timeout=MS)
    return list(window.library.pictures)[-1]


def draw(window, start, end):
    canvas = window.panels.saliency
    begin, finish = (canvas.box.mapViewToScene(QPointF(*place)).toPoint() for place in (start, end))
    viewport = canvas._canvas.viewport()
    QTest.mousePress(viewport, LEFT, pos=begin)
    for share in (0.3, 0.7, 1):
        QTest.mouseMove(viewport, begin + (finish - begin) * share)
    QTest.mouseRelease(viewport, LEFT, pos=finish)


def test_from_two_pasted_screenshots_to_a_report(window, qtbot, tmp_path):
    images, book = window.panels.images, window.area_book
    first = paste(window, qtbot, design(40), 1)

    # an area over the button, named
    press(Qt.Key.Key_R)
    draw(window, (36, 166), (134, 204))
    assert len(book.of(first)) == 1
    press(Qt.Key.Key_F2)
    QTest.keyClicks(QApplication.focusWidget(), "Sign up")
    press(Qt.Key.Key_Return)
    assert [area.name for area in book.of(first)] == ["Sign up"]
    press(Qt.Key.Key_C, CONTROL)  # the area, to be pasted onto B

    # another design, in which the button stands elsewhere
    window.panels.saliency.setFocus()
    copied = QApplication.clipboard().mimeData()
    assert copied.hasFormat("application/x-fishergaze-areas") or copied.hasText()
    areas = window.area_book.of(first)
    second = paste(window, qtbot, design(250), 2)
    assert second != first
    press(Qt.Key.Key_R)
    draw(window, (246, 166), (344, 204))
    press(Qt.Key.Key_F2)
    QTest.keyClicks(QApplication.focusWidget(), "Sign up")
    press(Qt.Key.Key_Return)
    assert [area.name for area in book.of(second)] == ["Sign up"]

    # undone and done again
    press(Qt.Key.Key_Z, CONTROL)
    assert [area.name for area in book.of(second)] != ["Sign up"]
    press(Qt.Key.Key_Z, CONTROL | SHIFT)
    assert [area.name for area in book.of(second)] == ["Sign up"]
    assert book.of(first) == areas

    # both are chosen in the list and compared
    viewport = images._list.viewport()
    QTest.mouseClick(viewport, LEFT, pos=place_of(images, 0))
    QTest.mouseClick(viewport, LEFT, CONTROL, place_of(images, 1))
    images._list.customContextMenuRequested.emit(place_of(images, 1))
    menu = QApplication.activePopupWidget()
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(menu.actions()[0]).center())
    window.activateWindow()  # without a window manager nobody gives the keyboard back behind a menu
    page = window.compare.page
    qtbot.waitUntil(lambda: page.begun and page.table.table.rowCount() == 1, timeout=MS)
    assert page.table.table.item(0, 0).text() == "Sign up"
    press(Qt.Key.Key_4, ALT)
    qtbot.waitUntil(lambda: page.view._mode == "difference")

    # a report of both
    page.view.difference.setFocus()
    press(Qt.Key.Key_E, CONTROL | SHIFT)
    dialog = window.exports.dialog
    qtbot.waitUntil(dialog.isVisible)
    for name, tick in dialog._ticks.items():
        if tick.isChecked() != (name in ("html", "csv")):
            QTest.mouseClick(tick, LEFT, pos=QPoint(8, tick.height() // 2))
    assert set(dialog.choice.wanted) == {"html", "csv"}
    assert dialog.choice.of == "compared"
    QTest.keyClicks(dialog._title, "Which button?")
    QTest.mouseClick(dialog._begin, LEFT)
    qtbot.waitUntil(lambda: dialog._pages.currentIndex() == 2, timeout=MS)
    assert dialog._ended.text() == "Done"
    (report,) = tmp_path.rglob("*.html")
    text = report.read_text(encoding="utf-8")
    assert "Which button?" in text
    assert text.count("Sign up") >= 2
    assert "Pasted picture 2" in text
    assert text.count("data:image/") >= 4
    assert not re.search(r"""(?:src|href)\s*=\s*["']https?://(?!)""", text)
    (table,) = tmp_path.rglob("*.csv")
    assert "Sign up" in table.read_text(encoding="utf-8")
    QTest.mouseClick(dialog._close, LEFT)

    # back to one picture by Esc
    QTest.keyClick(page.view.difference, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not page.begun)
