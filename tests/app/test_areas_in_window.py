"""Areas in the whole window: its menus, keys, undo and clipboard, without an engine."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from app.background import Background
from app.explorer import Explorer
from app.main_window import MainWindow
from tests.app.gates import LIMIT_S

MS = 3000 * LIMIT_S
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot, settings, picture_files, model_file, monkeypatch):
    monkeypatch.setattr(QMessageBox, "exec", lambda _: QMessageBox.StandardButton.Discard)  # areas are not kept
    settings.save_workspace("look")
    window = MainWindow(settings, Explorer(lambda: pytest.fail("not started")), Background("files"))
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitExposed(window)
    window.open_paths([model_file, *picture_files])
    qtbot.waitUntil(lambda: window.explorer.plan is not None and len(window.explorer.pictures) == 3, timeout=MS)
    yield window
    window.close()
    QApplication.clipboard().clear()


def keys(window):
    return list(window.library.pictures)


def areas(window):
    return window.area_book.of(window.explorer.selection.picture)


def at(window, x, y):
    return window.panels.saliency.box.mapViewToScene(QPointF(x, y)).toPoint()


def drag(qtbot, window, start, end, *, release=True):
    canvas = window.panels.saliency._canvas.viewport()
    qtbot.mousePress(canvas, LEFT, pos=at(window, *start))
    qtbot.mouseMove(canvas, at(window, *end))
    if release:
        qtbot.mouseRelease(canvas, LEFT, pos=at(window, *end))


def press(key, modifier=Qt.KeyboardModifier.NoModifier):
    """Where the keyboard is."""
    QTest.keyClick(QApplication.focusWidget() or QApplication.activeWindow(), key, modifier)


def test_the_column_at_the_right_scrolls_up_and_down_only(window, qtbot):
    window.resize(1280, 480)
    area = window.panels.sides.currentWidget()
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0)
    assert area.horizontalScrollBar().maximum() == 0


def test_r_and_a_drag_draw_an_area_from_wherever_the_keyboard_is(window, qtbot):
    window.panels.images.setFocus()
    press(Qt.Key.Key_R)
    drag(qtbot, window, (20, 20), (90, 70))
    assert [area.name for area in areas(window)] == ["Area 1"]


def test_menu_entries_are_enabled_where_they_would_do_something(window, qtbot):
    def enabled(*names):
        return [window.actions_[name].isEnabled() for name in names]

    one, some = ("name_area",), ("group_areas", "duplicate_areas", "remove_areas")
    all_of_them, suggested = ("copy_areas", "copy_areas_to_all", "save_areas"), ("accept_areas", "dismiss_areas")
    assert not any(enabled(*one, *some, *all_of_them, *suggested))
    press(Qt.Key.Key_R)
    drag(qtbot, window, (20, 20), (90, 70))
    assert all(enabled(*one, *some, *all_of_them))
    window.actions_["duplicate_areas"].trigger()
    window.areas.choice.choose([area.name for area in areas(window)])
    assert not any(enabled(*one))
    assert all(enabled(*some))
    window.areas.choice.choose(())
    assert not any(enabled(*one, *some))
    window._change(picture=keys(window)[1])
    assert not any(enabled(*all_of_them, *suggested))


def test_undo_and_redo_go_through_networks_and_areas_alike(window, qtbot):
    press(Qt.Key.Key_R)
    drag(qtbot, window, (20, 20), (90, 70))
    first = areas(window)
    drag(qtbot, window, (50, 50), (60, 60))
    moved = areas(window)
    assert moved != first
    press(Qt.Key.Key_Z, CONTROL)
    assert areas(window) == first
    press(Qt.Key.Key_Z, CONTROL)
    assert areas(window) == ()
    press(Qt.Key.Key_Z, CONTROL | SHIFT)
    press(Qt.Key.Key_Z, CONTROL | SHIFT)
    assert areas(window) == moved


def test_undo_in_the_middle_of_a_drag_goes_back_to_where_it_began(window, qtbot):
    press(Qt.Key.Key_E)
    drag(qtbot, window, (20, 20), (90, 70))
    before = areas(window)
    drag(qtbot, window, (55, 45), (75, 60), release=False)
    assert areas(window) != before
    press(Qt.Key.Key_Z, CONTROL)
    assert areas(window) == before


def test_undo_while_something_is_drawn_takes_that_back_and_nothing_that_was_done_before(window, qtbot):
    press(Qt.Key.Key_R)
    drag(qtbot, window, (20, 20), (90, 70))
    before = areas(window)
    press(Qt.Key.Key_R)
    drag(qtbot, window, (30, 30), (60, 60), release=False)
    press(Qt.Key.Key_Z, CONTROL)
    assert (areas(window), window.areas.layer.busy) == (before, False)
    window._undo()  # of the menu
    assert areas(window) == ()


@pytest.mark.parametrize("by_menu", [False, True])
def test_undo_while_a_polygon_is_drawn_takes_its_last_corner_back(window, qtbot, by_menu):
    canvas = window.panels.saliency._canvas.viewport()
    press(Qt.Key.Key_P)
    for corner in ((20, 20), (90, 20), (90, 70)):
        qtbot.mouseClick(canvas, LEFT, pos=at(window, *corner))
    for n in (2, 1, 0):
        window._undo() if by_menu else press(Qt.Key.Key_Z, CONTROL)
        assert len(window.areas.layer._drawing.corners) == n
    assert window.areas.layer.tool == "polygon"


def test_areas_are_copied_on_the_canvas_and_pasted_with_the_list_of_pictures_in_focus(window, qtbot):
    press(Qt.Key.Key_R)
    drag(qtbot, window, (32, 24), (96, 72))
    window.panels.saliency.setFocus()
    press(Qt.Key.Key_C, CONTROL)
    window._change(picture=keys(window)[1])  # 120 x 80 after 128 x 96
    window.panels.images.setFocus()
    press(Qt.Key.Key_V, CONTROL)
    (pasted,) = areas(window)
    left, top, right, bottom = pasted.box
    assert (left, top) == (pytest.approx(30, abs=2), pytest.approx(20, abs=2))
    assert (right, bottom) == (pytest.approx(90, abs=2), pytest.approx(60, abs=2))


def test_a_picture_is_still_pasted(window, qtbot):
    from PySide6.QtGui import QColor, QImage

    image = QImage(64, 48, QImage.Format.Format_RGB32)
    image.fill(QColor("#336699"))
    QApplication.clipboard().setImage(image)
    press(Qt.Key.Key_V, CONTROL)
    qtbot.waitUntil(lambda: len(window.explorer.pictures) == 4, timeout=MS)


def test_escape_leaves_the_tool_and_not_the_message(window, qtbot):
    window.panels.messages.show_notice("Something was done.")
    press(Qt.Key.Key_P)
    window.panels.saliency.setFocus()
    press(Qt.Key.Key_Escape)
    assert window.areas.layer.tool == "hand"
    assert window.panels.messages.text == "Something was done."
    press(Qt.Key.Key_Escape)
    assert window.panels.messages.text == ""


def test_every_entry_of_the_menu_can_be_chosen_without_a_picture(window, monkeypatch):
    window.areas.ask_name()
    for key in keys(window):
        window.canvas.remove(key)
    for name in window.areas.handlers():
        window.actions_[name].trigger()
    assert areas(window) == ()
