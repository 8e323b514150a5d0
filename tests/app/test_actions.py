import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMainWindow

from app.actions import MENUS, fill_menus

ENTRIES = [entry for entries in MENUS.values() for entry in entries if entry.name]


@pytest.fixture
def window(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    return window


def test_every_entry_calls_the_handler_of_its_name(window):
    called = []
    handlers = {entry.name: lambda name=entry.name: called.append(name) for entry in ENTRIES}
    actions = fill_menus(window, handlers)
    for action in actions.values():
        action.trigger()
    assert called == [entry.name for entry in ENTRIES] == list(actions)


def test_no_two_have_the_same_keys(window):
    actions = fill_menus(window, {})
    keys = [k.toString() for action in actions.values() for k in action.shortcuts()]
    assert len(keys) == len(set(keys))
    assert keys


def test_no_two_of_a_menu_have_the_same_letter():
    for title, entries in MENUS.items():
        letters = [e.text[e.text.index("&") + 1].lower() for e in entries if "&" in e.text]
        assert len(letters) == len(set(letters)), title


def test_undo_and_redo_have_the_keys_that_everybody_knows(window):
    actions = fill_menus(window, {})
    assert QKeySequence("Ctrl+Z") in actions["undo"].shortcuts()
    assert QKeySequence("Ctrl+Shift+Z") in actions["redo"].shortcuts()
    assert QKeySequence("Ctrl+V") in actions["paste"].shortcuts()
