import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton

from app.area_tools import TOOLS, AreaTools
from app.theme import DARK


@pytest.fixture
def tools(qtbot):
    tools = AreaTools()
    qtbot.addWidget(tools)
    tools.show()
    return tools


def test_a_tool_is_chosen_by_mouse_or_space_bar(tools, qtbot):
    chosen = []
    tools.tool_chosen.connect(chosen.append)
    qtbot.mouseClick(tools._group.button(1), Qt.MouseButton.LeftButton)
    tools._group.button(3).setFocus()
    qtbot.keyClick(tools._group.button(3), Qt.Key.Key_Space)
    assert chosen == ["rectangle", "polygon"]


def test_showing_a_tool_chooses_none(tools):
    chosen = []
    tools.tool_chosen.connect(chosen.append)
    for tool, _, _ in TOOLS:
        tools.show_tool(tool)
        assert tools._group.checkedButton().accessibleName().lower().endswith(tool)
    assert chosen == []


def test_all_buttons_have_names_and_hints(tools):
    tools.show_theme(DARK)
    for button in tools.findChildren(QAbstractButton):
        assert button.accessibleName() or button.text()
        assert button.toolTip()


def test_suggestions_are_answered_where_there_are_some(tools):
    tools.show_suggestions("3 suggestions", some=True)
    assert tools._accept.isVisible()
    tools.show_suggestions("", some=False)
    assert not tools._accept.isVisible()
    assert not tools._words.isVisible()


def test_without_a_picture_nothing_can_be_drawn(tools):
    tools.show_ready(False)
    assert not tools._suggest.isEnabled()
    assert not tools._group.button(0).isEnabled()
