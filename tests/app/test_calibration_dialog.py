import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QListWidget, QPushButton

from app.calibration_dialog import ENOUGH, CalibrationDialog
from app.picture_rows import PictureEntry

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def dialog(qtbot):
    dialog = CalibrationDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def entries(n, prefix="p"):
    thumbnail = np.full((20, 30, 3), 90, np.uint8)
    return [PictureEntry(f"{prefix}{i}", f"{prefix}{i}.png", "", thumbnail) for i in range(n)]


def press(dialog, text):
    button = next(b for b in dialog.findChildren(QPushButton) if b.text().startswith(text))
    QTest.mouseClick(button, LEFT)


def begin(dialog):
    return next(b for b in dialog.findChildren(QPushButton) if b.text().startswith("Calibrate"))


def untick(dialog, row):
    """With the keyboard, as one who doesn't use the mouse does."""
    pictures = dialog.findChild(QListWidget)
    pictures.setFocus()
    pictures.setCurrentRow(row)
    QTest.keyClick(pictures, Qt.Key.Key_Space)


def hinted(dialog):
    return [label.text() for label in dialog.findChildren(QLabel) if label.isVisible() and "fewer" in label.text()]


def test_all_open_pictures_are_meant_at_first(dialog, qtbot):
    dialog.show_pictures(entries(12))
    assert begin(dialog).text() == "Calibrate on 12 pictures"
    assert hinted(dialog) == []
    with qtbot.waitSignal(dialog.chosen) as chosen:
        QTest.mouseClick(begin(dialog), LEFT)
    assert chosen.args == [[f"p{i}" for i in range(12)]]
    assert not dialog.isVisible()


def test_keys_begin_with_calibrating_and_not_with_cancelling(qtbot):
    dialog = CalibrationDialog()
    qtbot.addWidget(dialog)
    dialog.show_pictures(entries(12))
    dialog.show()
    assert dialog.focusWidget() is begin(dialog)


def test_some_can_be_left_out(dialog, qtbot):
    dialog.show_pictures(entries(3))
    untick(dialog, 1)
    assert begin(dialog).text() == "Calibrate on 2 pictures"
    with qtbot.waitSignal(dialog.chosen) as chosen:
        QTest.mouseClick(begin(dialog), LEFT)
    assert chosen.args == [["p0", "p2"]]


def test_none_and_all_are_one_click(dialog):
    dialog.show_pictures(entries(3))
    press(dialog, "None")
    assert not begin(dialog).isEnabled()
    press(dialog, "All")
    assert begin(dialog).text() == "Calibrate on 3 pictures"


def test_few_pictures_are_told_and_a_folder_can_be_added(dialog, qtbot):
    dialog.show_pictures(entries(ENOUGH - 1))
    assert len(hinted(dialog)) == 1
    with qtbot.waitSignal(dialog.folder_asked):
        press(dialog, "Add a folder")
    dialog.show_pictures(entries(ENOUGH))
    assert hinted(dialog) == []


def test_pictures_that_come_later_are_ticked_and_the_others_stay_as_they_are(dialog):
    dialog.show_pictures(entries(3))
    untick(dialog, 0)
    dialog.show_pictures([*entries(3), *entries(2, "late")])
    assert dialog._keys() == ["p1", "p2", "late0", "late1"]
    dialog.show_pictures([*entries(3)[::-1], *entries(1, "late")])
    assert dialog._keys() == ["p2", "p1", "late0"]


def test_without_pictures_there_is_nothing_to_begin(dialog, qtbot):
    dialog.show_pictures([])
    assert not begin(dialog).isEnabled()
    with qtbot.assertNotEmitted(dialog.chosen):
        QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert any(label.text() == "No pictures are open" for label in dialog.findChildren(QLabel))


def test_escape_calibrates_nothing(dialog, qtbot):
    dialog.show_pictures(entries(3))
    with qtbot.assertNotEmitted(dialog.chosen):
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_many_pictures_that_come_one_by_one_are_listed_at_once(dialog):
    all_of = entries(200)
    for n in range(1, 201):
        dialog.show_pictures(all_of[:n])
    assert dialog.findChild(QListWidget).count() == len(dialog._keys()) == 200
