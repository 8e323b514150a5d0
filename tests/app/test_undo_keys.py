import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow

from app.beta_field import BetaField
from app.count_field import CountField

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture(params=[BetaField, CountField])
def field(request, qtbot):
    """A field in a window with an undo of its own, which counts itself in window.undone."""
    window = QMainWindow()
    qtbot.addWidget(window)
    field = request.param()
    window.setCentralWidget(field)
    window.undone = []
    for keys in ("Ctrl+Z", "Ctrl+Shift+Z"):
        action = QAction(window, shortcut=keys)
        action.triggered.connect(lambda _, keys=keys: window.undone.append(keys))
        window.addAction(action)
    with qtbot.waitActive(window):
        window.show()
    field.setFocus()
    return field


def typed(field, *keys):
    for key, modifiers in keys:
        QTest.keyClick(field, key, modifiers)


def test_what_was_entered_is_undone_by_the_window(field):
    none = Qt.KeyboardModifier.NoModifier
    typed(field, (Qt.Key.Key_A, CONTROL), (Qt.Key.Key_1, none), (Qt.Key.Key_Return, none))
    typed(field, (Qt.Key.Key_Z, CONTROL), (Qt.Key.Key_Z, CONTROL | SHIFT))
    assert field.window().undone == ["Ctrl+Z", "Ctrl+Shift+Z"]


def test_what_is_being_typed_is_undone_in_the_field(field):
    before = field.text()
    typed(field, (Qt.Key.Key_2, Qt.KeyboardModifier.NoModifier))
    assert field.text() != before
    typed(field, (Qt.Key.Key_Z, CONTROL))
    assert field.text() == before
    assert field.window().undone == []
