from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu

from app.image_list import ImageList, PictureEntry
from app.theme import DARK, LIGHT

THUMBNAIL = np.full((48, 64, 3), (200, 30, 30), np.uint8)


def entries(keys):
    return [PictureEntry(key, f"{key}.png", "64 × 48", THUMBNAIL) for key in keys]


@pytest.fixture
def pictures(qtbot):
    pictures = ImageList()
    qtbot.addWidget(pictures)
    pictures.resize(170, 600)
    pictures.show()
    pictures.activateWindow()
    qtbot.waitExposed(pictures)
    return pictures


@pytest.fixture
def chosen(pictures):
    chosen = []
    pictures.selected.connect(chosen.append)
    return chosen


def shown(pictures):
    rows = pictures._rows
    return [rows.entry(row).key for row in range(rows.rowCount())]


def current(pictures):
    index = pictures._list.currentIndex()
    return pictures._rows.entry(index.row()).key if index.isValid() else None


def place_of(pictures, row):
    return pictures._list.visualRect(pictures._rows.index(row)).center()


def test_showing_pictures_selects_none_on_its_own(pictures, chosen):
    pictures.show_pictures(entries("abc"), "b")
    assert (shown(pictures), current(pictures)) == (list("abc"), "b")
    pictures.show_pictures(entries("ac"), "c")  # the selected one is gone
    assert (shown(pictures), current(pictures)) == (list("ac"), "c")
    pictures.show_pictures(entries("ac"), None)
    assert current(pictures) is None
    assert chosen == []


@pytest.mark.parametrize("after", ["", "abc", "axbc", "bc", "ab", "cba", "xyz", "aac"])
def test_any_list_follows_any_other(pictures, after):
    pictures.show_pictures(entries("abc"), "a")
    pictures.show_pictures(entries(after), None)
    assert shown(pictures) == list(after)


def test_a_click_selects(pictures, chosen, qtbot):
    pictures.show_pictures(entries("abc"), "a")
    qtbot.mouseClick(pictures._list.viewport(), Qt.MouseButton.LeftButton, pos=place_of(pictures, 2))
    assert chosen == ["c"]


def test_up_and_down_walk(pictures, chosen, qtbot):
    pictures.show_pictures(entries("abc"), "a")
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        qtbot.keyClick(pictures._list, key)
    assert chosen == ["b", "c", "b"]


def test_the_delete_key_asks_for_removal_and_removes_nothing(pictures, qtbot):
    pictures.show_pictures(entries("abc"), "b")
    pictures._list.setFocus()
    qtbot.waitUntil(pictures._list.hasFocus)
    with qtbot.waitSignal(pictures.removal_asked) as asked:
        qtbot.keyClick(pictures._list, Qt.Key.Key_Delete)
    assert asked.args == ["b"]
    assert shown(pictures) == list("abc")


def test_the_context_menu_asks_to_remove_the_picture_under_it(pictures, qtbot):
    pictures.show_pictures(entries("abc"), "b")
    pictures._list.customContextMenuRequested.emit(place_of(pictures, 2))
    menu = pictures.findChild(QMenu)
    with qtbot.waitSignal(pictures.removal_asked) as asked:
        qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(menu.actions()[-1]).center())
    assert asked.args == ["c"]


def test_there_is_no_menu_beside_the_pictures(pictures):
    pictures.show_pictures(entries("a"), "a")
    pictures._list.customContextMenuRequested.emit(QPoint(20, 500))
    assert pictures.findChild(QMenu) is None


def test_the_button_and_the_empty_list_ask_to_open(pictures, qtbot):
    assert pictures._pages.currentWidget() is pictures._empty
    with qtbot.waitSignal(pictures.open_asked):
        qtbot.mouseClick(pictures._open, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(pictures.open_asked):
        pictures._empty.linkActivated.emit("open")
    pictures.show_pictures(entries("a"), "a")
    assert pictures._pages.currentWidget() is pictures._list


def test_a_thumbnail_that_arrives_touches_its_row_only(pictures):
    many = entries([str(i) for i in range(500)])
    many[7] = replace(many[7], thumbnail=None)
    pictures.show_pictures(many, "300")
    place = pictures._list.verticalScrollBar().value()
    changed, resets = [], []
    pictures._rows.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    pictures._rows.rowsInserted.connect(resets.append)
    many = entries([str(i) for i in range(500)])  # equal, but other objects
    pictures.show_pictures(many, "300")
    assert (changed, resets) == ([(7, 7)], [])
    assert pictures._list.verticalScrollBar().value() == place > 0


def test_what_is_wrong_is_told_in_full_by_the_tooltip(pictures):
    problem = "picture a.png: found a text file, wanted PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF"
    pictures.show_pictures([PictureEntry("a", "a.png", "", None, problem)], "a")
    assert problem in pictures._rows.index(0).data(Qt.ItemDataRole.ToolTipRole)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize(
    "entry",
    [
        PictureEntry("a", "a-very-long-name-of-a-picture-that-is-elided.png", "64 × 48", THUMBNAIL),
        PictureEntry("a", "wide.png", "900 × 5", np.zeros((5, 900, 3), np.uint8)),
        PictureEntry("a", "tall.png", "5 × 900", np.zeros((900, 5, 3), np.uint8)),
        PictureEntry("a", "loading.png", "loading…"),
        PictureEntry("a", "broken.png", "", None, "picture broken.png: found nothing at all, " * 9),
        PictureEntry("a", "note.png", "64 × 48", THUMBNAIL, "no map: out of memory"),
    ],
)
def test_every_kind_of_row_is_drawn_in_every_theme(pictures, theme, entry):
    pictures.show_theme(theme)
    pictures.show_pictures([entry], None)
    plain = pictures.grab().toImage()
    pictures.show_pictures([entry], "a")
    assert pictures.grab().toImage() != plain


CONTROL = Qt.KeyboardModifier.ControlModifier


def menu_over(pictures, row):
    pictures._list.customContextMenuRequested.emit(place_of(pictures, row))
    return pictures.findChildren(QMenu)[-1]


def test_two_are_selected_with_control_and_compared_from_the_menu(pictures, chosen, qtbot):
    pictures.show_pictures(entries("abc"), "a")
    qtbot.mouseClick(pictures._list.viewport(), Qt.MouseButton.LeftButton, CONTROL, place_of(pictures, 2))
    assert chosen == []  # the first is still the one that is shown
    pictures.show_pictures(entries("abc"), "a")
    menu = menu_over(pictures, 0)
    with qtbot.waitSignal(pictures.compare_asked) as asked:
        qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(menu.actions()[0]).center())
    assert asked.args == [["a", "c"]]


def test_one_under_the_mouse_is_compared_with_the_shown_one(pictures, chosen, qtbot):
    pictures.show_pictures(entries("abc"), "a")
    qtbot.mouseClick(pictures._list.viewport(), Qt.MouseButton.RightButton, pos=place_of(pictures, 1))
    assert chosen == []
    menu = menu_over(pictures, 1)
    assert [action.text() for action in menu.actions()] == ["Compare with the shown picture", "Remove from the list"]
    with qtbot.waitSignal(pictures.compare_asked) as asked:
        qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(menu.actions()[0]).center())
    assert asked.args == [["a", "b"]]


def test_the_shown_one_alone_has_nothing_to_be_compared_with(pictures):
    pictures.show_pictures(entries("abc"), "a")
    assert [action.text() for action in menu_over(pictures, 0).actions()] == ["Remove from the list"]


def test_all_that_are_selected_are_removed(pictures, qtbot):
    pictures.show_pictures(entries("abc"), "a")
    qtbot.mouseClick(pictures._list.viewport(), Qt.MouseButton.LeftButton, CONTROL, place_of(pictures, 2))
    asked = []
    pictures.removal_asked.connect(asked.append)
    pictures._list.setFocus()
    qtbot.waitUntil(pictures._list.hasFocus)
    qtbot.keyClick(pictures._list, Qt.Key.Key_Delete)
    assert asked == ["a", "c"]


def test_the_last_selected_one_cannot_be_deselected(pictures, chosen, qtbot):
    pictures.show_pictures(entries("abc"), "a")
    qtbot.mouseClick(pictures._list.viewport(), Qt.MouseButton.LeftButton, CONTROL, place_of(pictures, 0))
    assert pictures._selected() == ["a"]
    assert chosen == []


def test_a_plain_click_ends_a_selection_of_several(pictures, chosen, qtbot):
    pictures.show_pictures(entries("abc"), "a")
    viewport = pictures._list.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, CONTROL, place_of(pictures, 2))
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=place_of(pictures, 2))
    assert chosen == ["c"]
    pictures.show_pictures(entries("abc"), "b")
    assert pictures._selected() == ["b"]


def test_pictures_shown_by_keys_with_control_are_selected_alone(pictures, chosen, qtbot):
    pictures.show_pictures(entries("abc"), "a")
    order = iter("bc")
    shortcut = QShortcut(QKeySequence("Ctrl+PgDown"), pictures)
    shortcut.activated.connect(lambda: pictures.show_pictures(entries("abc"), next(order)))
    for key in "bc":
        qtbot.keyClick(pictures._list, Qt.Key.Key_PageDown, CONTROL)
        assert (pictures._selected(), current(pictures)) == ([key], key)
    assert chosen == []
