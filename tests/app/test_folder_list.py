import warnings
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPushButton, QToolButton
from shiboken6 import delete

from app.background import Background
from app.folder_list import FolderList
from gazeengine.errors import DataError
from tests.app.gates import LIMIT_S

MS = 1000 * LIMIT_S


def contents(folder):
    if folder.name == "bad":
        raise DataError(f"data set {folder.name}: there is no images.csv, wanted one")
    return f"{folder.name} is fine"


@pytest.fixture
def folders(qtbot):
    background = Background("test")
    folders = FolderList("data sets", contents, background)
    qtbot.addWidget(folders)
    folders.show()
    yield folders
    background.close()
    delete(background)  # here: the garbage collector might do it in another thread


@pytest.fixture
def made(tmp_path):
    found = [tmp_path / name for name in ("one", "two", "bad")]
    for folder in found:
        folder.mkdir()
    return found


def words(folders):
    return [label.text() for label in folders.findChildren(QLabel)]


def drop(widget, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    actions, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    with warnings.catch_warnings():  # deprecated from Qt 6.12 on, which has another; before there is no other
        warnings.simplefilter("ignore", DeprecationWarning)
        enter = QDragEnterEvent(QPoint(5, 5), actions, data, left, none)
    QApplication.sendEvent(widget, enter)
    if enter.isAccepted():
        QApplication.sendEvent(widget, QDropEvent(QPointF(5, 5), actions, data, left, none))
    return enter.isAccepted()


def test_folders_are_looked_into_and_what_is_in_them_is_said(folders, made, qtbot):
    folders.add(made[:2])
    assert folders.folders == made[:2]
    qtbot.waitUntil(lambda: not folders.checking, timeout=MS)
    assert {"one is fine", "two is fine"} <= set(words(folders))
    assert folders.problem == ""


def test_what_is_wrong_with_one_is_said_until_it_is_left_out(folders, made, qtbot):
    folders.add([made[0], made[2]])
    qtbot.waitUntil(lambda: not folders.checking, timeout=MS)
    assert folders.problem == "data set bad: there is no images.csv, wanted one"
    remove = next(b for b in folders.findChildren(QToolButton) if b.accessibleName() == "Leave out bad")
    with qtbot.waitSignal(folders.changed, timeout=MS):
        remove.click()
    assert (folders.folders, folders.problem) == ([made[0]], "")


def test_folders_can_be_dropped_files_are_not_taken(folders, made, tmp_path, qtbot):
    (tmp_path / "a.png").touch()
    assert drop(folders, made[0], tmp_path / "a.png", made[0])
    assert folders.folders == [made[0]]
    assert not drop(folders, tmp_path / "a.png")
    qtbot.waitUntil(lambda: not folders.checking, timeout=MS)


def test_one_that_is_removed_while_it_is_looked_into_is_forgotten(folders, made, qtbot):
    folders.add(made)
    folders.show_folders(made[:1])
    qtbot.waitUntil(lambda: not folders.checking, timeout=MS)
    assert (folders.folders, folders.problem) == (made[:1], "")


def test_the_dialog_adds_one(folders, made, qtbot, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(made[0]))
    next(b for b in folders.findChildren(QPushButton) if b.text() == "Add…").click()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    next(b for b in folders.findChildren(QPushButton) if b.text() == "Add…").click()
    assert folders.folders == [Path(made[0])]
    qtbot.waitUntil(lambda: not folders.checking, timeout=MS)
