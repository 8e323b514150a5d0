import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QTextBrowser

from app.background import Background
from app.explorer import Explorer
from app.main_window import MainWindow
from tests.app.gates import LIMIT_S

MS = 1000 * LIMIT_S
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(qtbot, settings, model_file):
    """On the tiny model, without pictures; its engine is never loaded."""
    window = MainWindow(settings, Explorer(lambda: pytest.fail("not started")), Background("files"))
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitExposed(window)
    window.open_paths([model_file])
    qtbot.waitUntil(lambda: window.explorer.plan is not None, timeout=MS)
    yield window
    window.close()


def text(window):
    return window.about.card.findChild(QTextBrowser).toPlainText()


def prune(window, n):
    window.panels.pruning.n_moved.emit(n)
    window.panels.pruning.moved_to_rest.emit()


def test_f1_tells_about_the_chosen_network(window):
    QTest.keyClick(window, Qt.Key.Key_F1)
    assert window.about.card.isVisible()
    assert text(window).startswith("Tiny\n")
    assert "Estimate" not in text(window)


def test_so_does_the_button_beside_the_model(window):
    button = next(b for b in window.panels.model.findChildren(QPushButton) if b.text() == "i")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.about.card.isVisible()


def test_it_follows_what_is_pruned_when_the_hand_rests(window):
    QTest.keyClick(window, Qt.Key.Key_F1)
    prune(window, 12)
    assert "12 features are pruned past it here" in text(window)
    window.panels.pruning.n_moved.emit(30)
    assert "12 features are pruned" in text(window)  # not within a drag
    window.panels.pruning.moved_to_rest.emit()
    assert "30 features are pruned" in text(window)
    QTest.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert "12 features are pruned" in text(window)


def test_it_follows_the_choice_of_another_model(window, other_model_file, qtbot):
    QTest.keyClick(window, Qt.Key.Key_F1)
    window.open_paths([other_model_file])
    qtbot.waitUntil(lambda: text(window).startswith("Other\n"), timeout=MS)


def test_without_a_model_there_is_nothing_to_tell(qtbot, settings):
    window = MainWindow(settings, Explorer(lambda: pytest.fail("not started")), Background("files"))
    qtbot.addWidget(window)
    window.show()
    assert not window.actions_["about_model"].isEnabled()
    window.about.show()
    assert not window.about.card.isVisible()
    window.close()


def test_it_closes_with_the_window(window):
    QTest.keyClick(window, Qt.Key.Key_F1)
    window.close()
    assert not window.about.card.isVisible()
