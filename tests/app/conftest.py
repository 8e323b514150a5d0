"""What the window's tests share: settings of their own, a tiny model; nothing goes on behind a test's back."""

import gc
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSettings, Qt, QtMsgType
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from app.latest import LatestWins
from app.settings import Settings
from gazeengine.checkpoint import SUFFIX, Checkpoint, save
from tests.networks import narrow_checkpoint

EXPECTED = ("This plugin does not support",)
"""What the platform without a display says of itself."""


@pytest.fixture(autouse=True)
def no_unexpected_message_of_qt(qtlog) -> Iterator[None]:
    yield
    said = [record.message for record in qtlog.records if record.type != QtMsgType.QtDebugMsg]
    assert [message for message in said if not message.startswith(EXPECTED)] == []


@pytest.fixture(autouse=True)
def no_thread_outlives_its_test(monkeypatch) -> Iterator[None]:
    before = set(threading.enumerate())
    started: list[LatestWins] = []

    def start(thread: LatestWins) -> None:
        started.append(thread)
        super(LatestWins, thread).start()

    monkeypatch.setattr(LatestWins, "start", start, raising=False)
    yield
    assert [thread for thread in started if isValid(thread) and thread.isRunning()] == []
    # a QThread leaves a dummy behind, which is no thread
    left = [t for t in set(threading.enumerate()) - before if not isinstance(t, threading._DummyThread)]
    assert left == []


@pytest.fixture(autouse=True)
def no_style_stays() -> None:
    """Each test begins without the style sheet that a window before it gave the whole program."""
    application = QApplication.instance()
    if isinstance(application, QApplication) and application.styleSheet():
        application.setStyleSheet("")


@pytest.fixture(autouse=True)
def no_button_stays_down() -> Iterator[None]:
    """What a test leaves pressed, or what closes as it is pressed, never sees the release: it is made up for."""
    yield
    if isinstance(QApplication.instance(), QApplication) and (down := QApplication.mouseButtons()):
        elsewhere = QWidget()
        elsewhere.show()
        for button in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton):
            if down & button:
                QTest.mouseRelease(elsewhere, button)
        elsewhere.close()
        assert QApplication.mouseButtons() == Qt.MouseButton.NoButton


@pytest.fixture
def store(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def settings(store: QSettings) -> Settings:
    """Those of somebody who looks into networks: most of what is tested stands on that side of the window."""
    settings = Settings(store)
    settings.save_workspace("network")
    return settings


@pytest.fixture(scope="session")
def checkpoint() -> Checkpoint:
    """A FastGaze of at most 16 features a layer, with random weights and signal."""
    return replace(narrow_checkpoint(most=16), name="Tiny")


@pytest.fixture(scope="session")
def other_checkpoint() -> Checkpoint:
    """A narrower one: fewer features can go."""
    return replace(narrow_checkpoint(seed=1, most=6), name="Other")


@pytest.fixture
def model_file(tmp_path: Path, checkpoint: Checkpoint) -> Path:
    path = tmp_path / f"tiny{SUFFIX}"
    save(checkpoint, path)
    return path


@pytest.fixture
def other_model_file(tmp_path: Path, other_checkpoint: Checkpoint) -> Path:
    path = tmp_path / f"other{SUFFIX}"
    save(other_checkpoint, path)
    return path


@pytest.fixture
def picture_files(tmp_path: Path) -> list[Path]:
    """Three pictures of different sizes."""
    rng = np.random.default_rng(0)
    paths = []
    for name, height, width in (("a", 96, 128), ("b", 80, 120), ("c", 128, 64)):
        coarse = rng.integers(0, 255, (height // 16, width // 8, 3), dtype=np.uint8)
        paths.append(tmp_path / f"{name}.png")
        Image.fromarray(coarse).resize((width, height)).save(paths[-1])
    return paths


@pytest.fixture(autouse=True)
def collected_here():
    """What a test leaves of windows is freed here: the collector might do it in another thread, and Qt then crashes."""
    gc.collect()
    gc.freeze()  # what was there before is not looked through again
    gc.disable()
    yield
    gc.collect()
    gc.enable()
