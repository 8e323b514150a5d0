from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QCheckBox, QListWidget, QPushButton, QRadioButton

from app.export_dialog import ExportChoice, ExportDialog, ExportPossible
from app.exporting import ExportStep, Missing

LEFT = Qt.MouseButton.LeftButton
_IN = QPoint(8, 8)


@pytest.fixture
def dialog(qtbot, tmp_path):
    dialog = ExportDialog(lambda choice: len(choice.wanted) * (3 if choice.of == "every" else 1))
    qtbot.addWidget(dialog)
    dialog.show_choice(
        ExportChoice(("overlay",), "shown", tmp_path, ""), ExportPossible("a.png", 3, "", frozenset({"every"}))
    )
    dialog.show()
    return dialog


def button(dialog, text):
    return next(b for b in dialog.findChildren(QPushButton) if b.text().replace("&", "") == text)


def tick(dialog, text):
    return next(b for b in dialog.findChildren(QCheckBox) if b.text() == text)


def click(qtbot, box):
    qtbot.mouseClick(box, LEFT, pos=box.rect().center() if isinstance(box, QPushButton) else box.rect().topLeft() + _IN)


def test_what_is_ticked_is_asked_for(dialog, qtbot, tmp_path):
    click(qtbot, tick(dialog, "Report (PDF)"))
    click(qtbot, next(b for b in dialog.findChildren(QRadioButton) if "All 3" in b.text().replace("&", "")))
    with qtbot.waitSignal(dialog.export_asked) as asked:
        click(qtbot, button(dialog, "Export"))
    assert asked.args == [ExportChoice(("overlay", "pdf"), "every", tmp_path, "")]


def test_areas_can_be_had_only_where_there_are_some(dialog, qtbot):
    assert not tick(dialog, "Table of areas (CSV)").isEnabled()
    click(qtbot, next(b for b in dialog.findChildren(QRadioButton) if "All 3" in b.text().replace("&", "")))
    assert tick(dialog, "Table of areas (CSV)").isEnabled()


def test_nothing_cannot_be_exported(dialog, qtbot):
    assert button(dialog, "Export").isEnabled()
    click(qtbot, tick(dialog, "Heat map"))
    assert not button(dialog, "Export").isEnabled()
    assert dialog._words.text() == "Nothing is chosen yet"


def test_it_can_be_used_by_keys_alone(dialog, qtbot, tmp_path):
    tick(dialog, "Map").setFocus()
    qtbot.keyClick(tick(dialog, "Map"), Qt.Key.Key_Space)
    with qtbot.waitSignal(dialog.export_asked) as asked:
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert asked.args[0].wanted == ("overlay", "map")


def test_progress_can_be_cancelled_and_what_is_missing_is_listed(dialog, qtbot, tmp_path):
    dialog.show_step(ExportStep(3, 10, "a.png", (), (), 12.0), tmp_path)
    assert "12 s left" in dialog._doing.text()
    with qtbot.waitSignal(dialog.cancel_asked):
        click(qtbot, _visible(dialog, "Cancel"))
    missing = (Missing("b.png", "found no such file"),)
    dialog.show_step(ExportStep(10, 10, "", (Path("a.png"),), missing, None, "", True), tmp_path)
    shown = dialog.findChild(QListWidget)
    assert [shown.item(i).text() for i in range(shown.count())] == ["b.png: found no such file"]
    assert dialog._ended.text() == "Not all was exported"
    with qtbot.waitSignal(dialog.folder_asked) as asked:
        click(qtbot, button(dialog, "Show folder"))
    assert asked.args == [tmp_path]


def _visible(dialog, text):
    return next(b for b in dialog.findChildren(QPushButton) if b.text() == text and b.isVisible())


def test_every_control_has_a_name(dialog):
    for tick_box in dialog.findChildren(QCheckBox):
        assert tick_box.text()
        assert tick_box.toolTip()
    assert dialog._folder.accessibleName()
    assert dialog._title.accessibleName()
