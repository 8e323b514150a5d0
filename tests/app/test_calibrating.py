"""A calibration with the real engine in the whole window, driven by mouse and keys."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton, QToolButton

from app.background import Background
from app.explorer import Explorer
from app.main_window import MainWindow
from gazeengine.checkpoint import load
from gazeengine.signal_source import OWN
from tests.app.gates import LIMIT_S

MS = 3000 * LIMIT_S  # torch is imported
LEFT, CONTROL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(qtbot, settings, picture_files, model_file):
    window = MainWindow(settings, Explorer(), Background("files"))
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitExposed(window)
    window.open_paths([model_file, *picture_files])
    window.explorer.start()
    qtbot.waitUntil(lambda: window.explorer.plan is not None and len(window.explorer.pictures) == 3, timeout=MS)
    yield window
    window.close()


def source(window):
    return window.panels.signal._state.source


def press(parent, text, kind=QPushButton):
    button = next(b for b in parent.findChildren(kind) if b.isVisible() and b.text().startswith(text))
    QTest.mouseClick(button, LEFT)


def calibrate(window, qtbot):
    QTest.keyClick(window, Qt.Key.Key_K, CONTROL)
    press(window.calibration.dialog, "Calibrate on 3 pictures")
    window.activateWindow()  # as window managers do
    qtbot.waitUntil(lambda: source(window) == "your 3 pictures", timeout=MS)


def test_sliders_and_files_go_by_the_users_own_pictures(window, qtbot, tmp_path, monkeypatch):
    before = window.explorer.plan.base
    window.panels.pruning.n_moved.emit(40)
    window.panels.pruning.moved_to_rest.emit()
    calibrate(window, qtbot)
    base = window.explorer.plan.base
    assert base.id == before.id
    assert base.signal.checkpoint_id == before.id
    assert base.signal.targets == "sampled"
    assert window.explorer.plan.order.loss_increase[40] == pytest.approx(window.explorer.plan.pruning.loss_increase)
    assert "your 3 pictures" in window.panels.messages.text
    assert window.panels.figures._figures.signal == "your 3 pictures"
    qtbot.waitUntil(lambda: "your 3 pictures" in window.panels.saliency._badge.caption, timeout=MS)

    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "own.safetensors"), ""))
    with qtbot.waitSignal(window.saving.saved, timeout=MS):
        press(window.panels, "Save model as")
    saved = load(tmp_path / "own.safetensors")
    assert saved.provenance["signal"] == {"data": [OWN], "n_images": 3, "targets": "sampled", "seed": 0}

    press(window.panels.signal, "✕", QToolButton)
    assert window.explorer.plan.base is before
    QTest.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert source(window) == "your 3 pictures"
    QTest.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert window.explorer.plan.base is before
    assert window.explorer.selection.network.n == 40


def test_closing_in_the_middle_of_it(window, qtbot):
    QTest.keyClick(window, Qt.Key.Key_K, CONTROL)
    press(window.calibration.dialog, "Calibrate on 3 pictures")
    window.close()
    assert not window.isVisible()
