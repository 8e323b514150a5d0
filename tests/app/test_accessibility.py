"""Of the whole window: what can have the focus has a name and says what it does, and the focus is seen."""

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QTabBar,
    QWidget,
)

from app.background import Background
from app.explorer import Explorer
from app.focus_ring import FocusRing
from app.main_window import MainWindow
from app.map_style import MODES
from app.workspace import WORKSPACES
from tests.app.explorers import picture
from tests.app.gates import LIMIT_S
from tests.pages import page_picture

MS = 1000 * LIMIT_S
COMPOSED = (QComboBox, QAbstractSpinBox, QTabBar, QAbstractScrollArea)
"""What brings widgets of its own along, which speak for it."""
EXPLAINED = (QAbstractButton, QComboBox, QAbstractSlider, QAbstractSpinBox, QLineEdit)


@pytest.fixture
def window(qtbot, settings, checkpoint):
    """With a page and a picture, their maps outstanding."""
    window = MainWindow(settings, Explorer(lambda: pytest.fail("not started")), Background("files"))
    qtbot.addWidget(window)
    window.resize(1280, 900)
    window.show()
    window.activateWindow()
    qtbot.waitExposed(window)
    window.explorer._answers.submit = lambda request: None
    window.explorer.add_model("m", checkpoint)
    window._change_network(model="m")
    pictures = {"page": page_picture(2400, 600), "a": picture("a")}
    window.library.open_as({key: (key, lambda of=of: of) for key, of in pictures.items()})
    qtbot.waitUntil(lambda: len(window.explorer.pictures) == 2, timeout=MS)
    window._change(picture="page")
    yield window
    window.close()


@pytest.fixture
def ring(qapp):
    ring = FocusRing(qapp)
    yield ring
    qapp.focusChanged.disconnect(ring._follow)
    ring.deleteLater()


def of_the_window(window, kind=QWidget):
    """Its own widgets that Tab reaches at some time, without the parts of others."""
    for widget in window.findChildren(kind):
        parents, at = [], widget.parentWidget()
        while at is not None and at is not window:
            parents.append(at)
            at = at.parentWidget()
        if any(isinstance(parent, COMPOSED) for parent in parents if parent.focusPolicy() & Qt.FocusPolicy.TabFocus):
            continue
        if any(parent.isWindow() for parent in (widget, *parents)):  # dialogs and lists that open
            continue
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not widget.isHidden():
            yield widget


def name_of(widget):
    interface = QAccessible.queryAccessibleInterface(widget)
    spoken = interface.text(QAccessible.Text.Name) if interface is not None else ""
    return widget.accessibleName() or spoken


def kind(widget):
    return f"{type(widget).__name__} {name_of(widget)!r} in {type(widget.parentWidget()).__name__}"


@pytest.mark.parametrize("workspace", WORKSPACES)
def test_whatever_can_have_the_focus_has_a_name(window, workspace):
    window.panels.show_workspace(workspace)
    window.incoming.tour.begin()
    widgets = list(of_the_window(window))
    assert len(widgets) > 30
    assert [kind(widget) for widget in widgets if not name_of(widget).strip()] == []


def test_whatever_does_something_says_what(window):
    window.incoming.tour.begin()
    controls = [w for w in of_the_window(window) if isinstance(w, EXPLAINED)]
    assert len(controls) > 30
    assert [kind(widget) for widget in controls if not widget.toolTip()] == []


def access_keys(window):
    """What Alt and a letter mean, as things are seen: menus, controls and labels of them."""
    labels = [label for label in window.findChildren(QLabel) if label.buddy() is not None]
    controls = [widget for widget in [*window.findChildren(QAbstractButton), *labels] if widget.isVisible()]
    texts = [action.text() for action in window.menuBar().actions()] + [widget.text() for widget in controls]
    keys = ((QKeySequence.mnemonic(text).toString(), text) for text in texts)
    return sorted((key, text) for key, text in keys if key)


@pytest.mark.parametrize("empty", [False, True])
@pytest.mark.parametrize("mode", [mode for mode, _, _ in MODES])
def test_a_letter_with_alt_means_one_thing(window, mode, empty):
    window.panels.show_workspace("look")
    window.panels.display.more.show_open(True)
    window.incoming.tour.begin()
    window.looks.handlers()[mode]()
    if empty:
        for key in list(window.library.pictures):
            window.canvas.remove(key)
    keys = access_keys(window)
    assert len(keys) > 15
    assert [(one, other) for one, other in pairwise(keys) if one[0] == other[0]] == []


@pytest.mark.parametrize("workspace", WORKSPACES)
def test_tab_goes_through_the_whole_window_and_back_to_where_it_began(window, workspace):
    window.panels.show_workspace(workspace)
    window.panels.images._list.setFocus()
    first = QApplication.focusWidget()
    reached = []
    for _ in range(150):
        reached.append(QApplication.focusWidget())
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        if QApplication.focusWidget() is first:
            break
    else:
        pytest.fail(f"caught among {[kind(w) for w in reached[-4:]]}")
    missed = [w for w in of_the_window(window) if w.isVisible() and w.isEnabled() and not _reached(w, reached)]
    assert [kind(widget) for widget in missed] == []


def _reached(widget, reached):
    """One of a group of buttons is enough: arrow keys go on from there."""
    if widget in reached or any(widget.isAncestorOf(w) for w in reached):
        return True
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    return group is not None and any(button in reached for button in group.buttons())


@pytest.mark.parametrize("workspace", WORKSPACES)
def test_the_focus_is_seen_wherever_it_is(window, workspace, ring):
    window.panels.show_workspace(workspace)
    window.setAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)  # as the first Tab does
    unseen = []
    for widget in of_the_window(window):
        if not (widget.isVisible() and widget.isEnabled()):
            continue
        window.panels.images._list.setFocus(Qt.FocusReason.TabFocusReason)
        if widget is window.panels.images._list:
            window.panels.saliency.setFocus(Qt.FocusReason.TabFocusReason)
        before = pixels(window, widget)
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        if np.array_equal(before, pixels(window, widget)):
            unseen.append(kind(widget))
    assert unseen == []


def pixels(window, widget):
    around = QRect(widget.mapTo(window, QPoint()), widget.size()).adjusted(-3, -3, 3, 3)
    return np.array(window.grab(around).toImage().constBits()).copy()
