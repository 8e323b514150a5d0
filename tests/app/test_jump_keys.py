"""Control and an arrow in the fields of pruning, as on their sliders."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow

from app.beta_field import BetaField
from app.count_field import CountField
from app.pruning_controls import PruningControls
from tests.app.test_pruning_controls import FAMILY

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def controls(qtbot):
    """In a window that takes the same keys, which counts itself in window.jumped."""
    window = QMainWindow()
    qtbot.addWidget(window)
    controls = PruningControls()
    controls.show_setting(FAMILY)
    window.setCentralWidget(controls)
    window.jumped = []
    action = QAction(window, shortcut="Ctrl+Right")
    action.triggered.connect(lambda: window.jumped.append(1))
    window.addAction(action)
    with qtbot.waitActive(window):
        window.show()
    controls.went = []
    controls.beta_moved.connect(controls.went.append)
    controls.n_moved.connect(controls.went.append)
    controls.moved_to_rest.connect(lambda: controls.went.append("rest"))
    return controls


@pytest.mark.parametrize(("kind", "there"), [(CountField, [2000, "rest", 1000]), (BetaField, [1e-2, "rest", 3e-4])])
def test_in_a_field_they_go_from_mark_to_mark_of_its_own(controls, kind, there):
    field = controls.findChild(kind)
    field.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Left):
        QTest.keyClick(field, key, CONTROL)
    assert controls.went == [*there, "rest"]
    assert controls.window().jumped == []


@pytest.mark.parametrize("kind", [CountField, BetaField])
def test_in_what_is_being_typed_the_cursor_goes(controls, kind):
    field = controls.findChild(kind)
    editor = field.lineEdit() if kind is CountField else field
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_A, CONTROL)
    QTest.keyClicks(field, "12")
    QTest.keyClick(field, Qt.Key.Key_Left, CONTROL)
    assert editor.cursorPosition() == 0
    assert controls.went == []
