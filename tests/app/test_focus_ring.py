import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QScrollArea, QVBoxLayout, QWidget
from shiboken6 import delete

from app.focus_ring import INSIDE, FocusRing, _Ring


@pytest.fixture
def ring(qapp):
    ring = FocusRing(qapp)
    yield ring
    qapp.focusChanged.disconnect(ring._follow)
    ring.deleteLater()


@pytest.fixture
def window(qtbot, ring):
    window = QScrollArea()
    inner = QWidget()
    inner.setMinimumHeight(1000)
    layout = QVBoxLayout(inner)
    window.field, window.list, window.box, window.canvas = QLineEdit(), QComboBox(), QCheckBox("On"), QWidget()
    window.canvas.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    window.canvas.setProperty(INSIDE, True)
    for widget in (window.field, window.list, window.box, window.canvas):
        layout.addWidget(widget)
    window.setWidget(inner)
    window.resize(300, 400)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitExposed(window)
    window.field.setFocus()
    return window


def rings(window):
    return [ring for ring in window.findChildren(_Ring) if ring.isVisible()]


def test_keys_move_one_ring_along_and_it_stands_around_what_has_the_focus(window, ring):
    QTest.keyClick(window.field, Qt.Key.Key_Tab)
    assert ring.of is window.list
    (shown,) = rings(window)
    assert shown.geometry().adjusted(3, 3, -3, -3) == window.list.geometry()
    QTest.keyClick(window.list, Qt.Key.Key_Tab)
    assert ring.of is window.box
    assert len(rings(window)) == 1
    QTest.keyClick(window.box, Qt.Key.Key_Backtab)
    QTest.keyClick(window.list, Qt.Key.Key_Backtab)
    assert ring.of is None  # a field shows it itself
    assert rings(window) == []


def test_a_window_that_is_deleted_with_the_ring_in_it_leaves_the_next_one_alone(ring, qtbot):
    other = QWidget()
    layout = QVBoxLayout(other)
    boxes = QComboBox(), QCheckBox("On")
    for box in boxes:
        layout.addWidget(box)
    qtbot.addWidget(other)
    other.show()
    gone, lost = QWidget(), QComboBox()
    ring._of, ring._ring = lost, _Ring(gone)  # as where the focus leaves later than the window goes
    delete(lost)
    delete(gone)
    ring._follow(None, boxes[0])
    assert ring.of is boxes[0]


def test_it_goes_where_its_widget_goes_and_leaves_with_it(window, ring, qtbot):
    window.box.setFocus()
    window.widget().setMinimumHeight(1400)
    window.widget().resize(300, 1400)
    qtbot.waitUntil(lambda: rings(window)[0].geometry().contains(window.box.geometry()))
    window.box.hide()
    assert ring.of is not window.box
    assert len(rings(window)) <= 1


def test_the_mouse_brings_none(window, ring):
    QTest.mouseClick(window.box, Qt.MouseButton.LeftButton, pos=QPoint(5, window.box.height() // 2))
    assert window.box.isChecked()
    assert rings(window) == []


def test_what_fills_its_place_has_it_within(window, ring):
    window.canvas.setFocus()
    (shown,) = rings(window)
    assert shown.parentWidget() is window.canvas
    assert shown.geometry() == window.canvas.rect()
