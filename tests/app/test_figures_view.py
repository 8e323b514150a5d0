from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from app.figures import Figures, figures_tsv
from app.figures_view import FiguresView
from app.theme import DARK
from gazeengine.records import Latency

LATENCY = Latency(107.24, (101.0, 118.4), 20, 1, (240, 320), 1050.0, 9.8, (8.9, 10.4))
FIGURES = Figures(1203, 2803, 1_234_567, 9_237_461, 4.9, 91.74, (480, 640), LATENCY, "measured", 0.312, "estimate")


@pytest.fixture
def view(qtbot):
    view = FiguresView()
    qtbot.addWidget(view)
    view.resize(view.sizeHint())
    view.show_figures(FIGURES)
    view.show()
    qtbot.waitExposed(view)
    return view


def test_it_fits_a_panel(view):
    assert view.sizeHint().width() <= 300
    assert view.sizeHint().height() <= 224
    assert view.minimumSizeHint().width() <= 300


def test_control_c_and_the_menu_copy_the_table(view):
    clipboard = QGuiApplication.clipboard()
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard.text() == figures_tsv(FIGURES)
    clipboard.clear()
    action = view.copy_action(view)
    assert action.text() == "Copy figures"
    action.trigger()
    assert clipboard.text() == figures_tsv(FIGURES)


def test_nothing_is_copied_where_nothing_is_shown(qtbot):
    view = FiguresView()
    qtbot.addWidget(view)
    QGuiApplication.clipboard().setText("kept")
    view.copy()
    assert QGuiApplication.clipboard().text() == "kept"
    assert not view.copy_action(view).isEnabled()


def test_each_row_is_explained_under_the_mouse(view):
    place = view.row_area(2).center()
    QApplication.sendEvent(view, QHelpEvent(QEvent.Type.ToolTip, place, view.mapToGlobal(place)))
    assert "Eq. 11" in QToolTip.text()
    assert view.explanation_at(view.row_area(6).center().y()).startswith("Rise of the cross-entropy")
    assert view.explanation_at(QPoint(0, 1000).y()) == ""
    QToolTip.hideText()


def test_figures_are_painted_and_said(view):
    before = view.grab().toImage()
    view.show_figures(replace(FIGURES, features_left=1204))
    assert view.grab().toImage() != before
    assert "1,204" in view.accessibleDescription()


def test_a_changing_digit_moves_nothing_else(view):
    """Below the first row all pixels stay."""
    before = view.grab().toImage()
    view.show_figures(replace(FIGURES, features_left=1111))
    after = view.grab().toImage()
    top = view.row_area(1).top() + 1
    rest = before.rect().adjusted(0, top, 0, 0)
    assert before.copy(rest) == after.copy(rest)


def test_a_theme_is_painted(view):
    light = view.grab().toImage()
    view.show_theme(DARK)
    assert view.grab().toImage() != light
