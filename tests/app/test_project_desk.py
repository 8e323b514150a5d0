import errno
import os
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from app.background import Background
from app.comparing import Comparing, Other, owner, owner_of_a
from app.explorer import Explorer
from app.main_window import MainWindow
from app.map_style import MapStyle
from app.selection import NetworkChoice
from gazeengine.domain import Look
from gazeengine.project_file import load_project
from gazeengine.regions import Area
from tests.app.gates import LIMIT_S

MS = 3000 * LIMIT_S
AREA = Area("CTA", "rectangle", ((10, 10), (60, 40)))
OTHER = Area("Menu", "ellipse", ((5, 5), (50, 30)), "#00798c", "top")
CONTROL = Qt.KeyboardModifier.ControlModifier


def forget(window):
    """Nothing is to be asked as the test ends."""
    window.projects.path = None
    window.area_book.open_all({})


@pytest.fixture
def make_window(qtbot, settings):
    """A window on files; nothing is ever looked at."""
    windows = []

    def make(*paths):
        window = MainWindow(settings, Explorer(lambda: pytest.fail("not started")), Background("files"))
        windows.append(window)
        qtbot.addWidget(window, before_close_func=forget)
        window.show()
        window.activateWindow()
        qtbot.waitExposed(window)
        window.open_paths(paths)
        return window

    yield make
    for window in windows:
        forget(window)
        window.close()
    QApplication.clipboard().clear()


@pytest.fixture
def window(make_window, picture_files, model_file, qtbot):
    window = make_window(model_file, *picture_files)
    qtbot.waitUntil(lambda: window.explorer.plan is not None and len(window.explorer.pictures) == 3, timeout=MS)
    return window


@pytest.fixture
def file(tmp_path):
    (tmp_path / "projects").mkdir()
    return tmp_path / "projects" / "mine.fishergaze"


def keys(window):
    return list(window.library.pictures)


def answer(monkeypatch, name):
    """Push the button of that name in whatever asks; returns what was asked."""
    asked = []

    def push(box):
        asked.append(box.text())
        for candidate in box.buttons():
            if candidate.text().replace("&", "") == name:
                box.clickedButton = partial(lambda found: found, candidate)
                return box.standardButton(candidate)
        raise AssertionError(f"no button {name}: {[b.text() for b in box.buttons()]}")

    monkeypatch.setattr(QMessageBox, "exec", push)
    return asked


def save(window, file, monkeypatch, qtbot, *, inside=True):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    answer(monkeypatch, "Put them inside" if inside else "Leave them where they are")
    window.projects.save_as()
    qtbot.waitUntil(lambda: not window.projects.modified and window.projects.path == file, timeout=MS)


def opened(make_window, file, qtbot, n):
    window = make_window(file)
    qtbot.waitUntil(lambda: len(window.explorer.pictures) == n and window.projects.path == file, timeout=MS)
    return window


def draw(window, n, *areas):
    window.area_book.put(keys(window)[n], areas, "new area")


# --- saving and opening again


@pytest.mark.parametrize("inside", [True, False])
def test_a_project_opens_as_it_was_saved(window, make_window, file, monkeypatch, qtbot, inside, picture_files):
    draw(window, 0, AREA)
    draw(window, 2, OTHER, AREA)
    selection = window.explorer.selection
    window.explorer.select(
        replace(
            selection,
            picture=keys(window)[1],
            style=MapStyle("map", 0.3, "magma"),
            look=Look("screens", 0.5, "none"),
            network=replace(selection.network, beta=0.01, n=20),
        )
    )
    window.laboratory.pin()
    window.explorer.select(replace(window.explorer.selection, network=replace(selection.network, beta=None, n=7)))
    save(window, file, monkeypatch, qtbot, inside=inside)
    before = window.explorer.selection
    rgb = [window.explorer.pictures[key].rgb for key in keys(window)]
    window.close()
    if inside:
        for path in picture_files:
            path.unlink()
    again = opened(make_window, file, qtbot, 3)
    qtbot.waitUntil(lambda: again.explorer.selection.network == before.network, timeout=MS)
    assert [entry.name for entry in again.library.pictures.values()] == ["a.png", "b.png", "c.png"]
    assert [again.area_book.of(key) for key in keys(again)] == [(AREA,), (), (OTHER, AREA)]
    assert replace(again.explorer.selection, threads=before.threads) == before
    assert all(np.array_equal(again.explorer.pictures[key].rgb, was) for key, was in zip(keys(again), rgb, strict=True))
    assert again.laboratory.pinned == window.laboratory.pinned
    assert not again.projects.modified
    assert again.windowTitle() == "mine[*] – FisherGaze"
    assert not again.history.canUndo()


def test_what_is_compared_comes_back(window, make_window, file, monkeypatch, qtbot, other_model_file):
    other = NetworkChoice(str(other_model_file), 1e-2, 3)
    comparing = Comparing((Other(picture=keys(window)[2]), Other(unpruned=True), Other(network=other)), "swipe", 1)
    comparing = replace(comparing, range_bits=2.0, blink_s=1.5).named(owner(comparing.others[0]), "the new one")
    comparing = comparing.named(owner_of_a(comparing, window.explorer.selection), "the old one")
    network = replace(window.explorer.selection.network, n=20)
    window.explorer.select(replace(window.explorer.selection, network=network, comparing=comparing))
    save(window, file, monkeypatch, qtbot)
    window.close()
    again = opened(make_window, file, qtbot, 3)
    qtbot.waitUntil(lambda: again.explorer.selection.network == network, timeout=MS)
    found = again.explorer.selection.comparing
    assert replace(found, names=()) == replace(comparing, names=())
    assert dict(found.names) == dict(comparing.names)
    qtbot.waitUntil(lambda: str(other_model_file) in again.explorer.models, timeout=MS)
    assert not again.projects.modified


def test_a_pasted_picture_is_always_inside(make_window, file, monkeypatch, qtbot, model_file):
    window = make_window(model_file)
    image = QImage(80, 60, QImage.Format.Format_RGB888)
    image.fill(0x3366CC)
    QGuiApplication.clipboard().setImage(image)
    window.opening.paste()
    qtbot.waitUntil(lambda: len(window.explorer.pictures) == 1 and window.explorer.plan is not None, timeout=MS)
    draw(window, 0, AREA)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    window.projects.save_as()  # asks nothing: there is no file that could stay where it is
    qtbot.waitUntil(lambda: window.projects.path == file, timeout=MS)
    draw(window, 0, AREA, OTHER)
    window.projects.save()  # over itself, with what is in it
    qtbot.waitUntil(lambda: not window.projects.modified, timeout=MS)
    window.close()
    again = opened(make_window, file, qtbot, 1)
    assert again.explorer.pictures[keys(again)[0]].rgb[0, 0].tolist() == [0x33, 0x66, 0xCC]
    assert again.area_book.of(keys(again)[0]) == (AREA, OTHER)


def test_ctrl_s_saves_the_project(window, file, monkeypatch, qtbot):
    save(window, file, monkeypatch, qtbot)
    draw(window, 1, OTHER)
    assert window.isWindowModified()
    QTest.keyClick(window, Qt.Key.Key_S, CONTROL)
    qtbot.waitUntil(lambda: not window.isWindowModified(), timeout=MS)
    assert load_project(file).pictures[1].areas == (OTHER,)


def test_a_project_is_opened_by_a_drop_or_an_argument_in_place_of_what_is_open(window, file, monkeypatch, qtbot):
    save(window, file, monkeypatch, qtbot)
    window.canvas.remove(keys(window)[0])
    draw(window, 0, OTHER)
    asked = answer(monkeypatch, "Discard")
    window.open_paths([file])
    qtbot.waitUntil(lambda: len(window.explorer.pictures) == 3 and not window.projects.modified, timeout=MS)
    assert asked == ["Save changes to mine?"]
    assert not window.area_book.all


def test_recent_projects_are_remembered_the_latest_first(window, file, monkeypatch, qtbot):
    save(window, file, monkeypatch, qtbot)
    other = file.with_name("other.fishergaze")
    save(window, other, monkeypatch, qtbot)
    assert window.projects.menu.paths == [other, file]
    window.projects.menu.aboutToShow.emit()
    assert [a.text() for a in window.projects.menu.actions()] == ["&1  other", "&2  mine"]
    file.unlink()
    assert window.projects.menu.paths == [other]


# --- what counts as a change


def test_looking_around_is_no_change_and_undoing_one_takes_it_back(window, file, monkeypatch, qtbot):
    save(window, file, monkeypatch, qtbot)
    window.explorer.select(replace(window.explorer.selection, picture=keys(window)[2], style=MapStyle("map")))
    assert not window.projects.modified
    draw(window, 0, AREA)
    assert window.projects.modified
    window.history.undo()
    assert not window.projects.modified
    window.laboratory.pin()
    assert window.projects.modified
    window.laboratory.unpin("A")
    assert not window.projects.modified
    window.canvas.remove(keys(window)[1])
    assert window.projects.modified


def test_without_a_project_only_areas_are_asked_for(window, monkeypatch):
    window.explorer.select(replace(window.explorer.selection, style=MapStyle("map")))
    window.canvas.remove(keys(window)[1])
    monkeypatch.setattr(QMessageBox, "exec", lambda *_: pytest.fail("asked"))
    assert window.projects.may_close()
    assert window.windowTitle() == "FisherGaze"
    draw(window, 0, AREA)
    assert window.windowTitle() == "Untitled[*] – FisherGaze"
    asked = answer(monkeypatch, "Cancel")
    assert not window.projects.may_close()
    assert asked == ["Save the areas that were drawn, in a project?"]


def test_saved_on_closing_it_closes_when_that_is_done(window, file, monkeypatch, qtbot):
    save(window, file, monkeypatch, qtbot)
    draw(window, 0, AREA)
    answer(monkeypatch, "Save")
    window.close()
    assert window.isVisible()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=MS)
    assert load_project(file).pictures[0].areas == (AREA,)


def test_where_saving_fails_the_window_stays_and_the_old_project_too(window, file, monkeypatch, qtbot):
    save(window, file, monkeypatch, qtbot)
    before = file.read_bytes()
    draw(window, 0, AREA)

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("gazeengine.atomic._flush_to_disk", full)
        answer(patch, "Save")
        window.close()
        qtbot.waitUntil(lambda: "no space left" in window.panels.messages.text, timeout=MS)
    assert window.isVisible()
    assert window.projects.modified
    assert file.read_bytes() == before
    assert os.listdir(file.parent) == [file.name]


def test_new_begins_with_nothing(window, monkeypatch):
    draw(window, 0, AREA)
    answer(monkeypatch, "Discard")
    window.projects.new()
    assert keys(window) == []
    assert window.windowTitle() == "FisherGaze"
    assert not window.history.canUndo()


# --- what has moved, or is damaged


def folder_chosen(monkeypatch, folder):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))


def test_moved_pictures_are_found_in_another_folder(
    window, make_window, file, monkeypatch, qtbot, picture_files, tmp_path
):
    draw(window, 1, AREA)
    save(window, file, monkeypatch, qtbot, inside=False)
    window.close()
    (tmp_path / "moved").mkdir()
    for path in picture_files:
        shutil.move(path, tmp_path / "moved" / f"new {path.name}")
    again = make_window(file)
    dialog = again.projects.opening.dialog
    qtbot.waitUntil(dialog.isVisible, timeout=MS)
    assert dialog._list.count() == 3
    folder_chosen(monkeypatch, tmp_path / "moved")
    qtbot.mouseClick(dialog._find, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(again.explorer.pictures) == 3, timeout=MS)
    assert not dialog.isVisible()
    assert [Path(key).name for key in keys(again)] == ["new a.png", "new b.png", "new c.png"]
    assert again.area_book.of(keys(again)[1]) == (AREA,)


def test_what_is_not_found_is_told_and_stays_in_the_project(
    window, make_window, file, monkeypatch, qtbot, picture_files, tmp_path
):
    draw(window, 1, AREA)
    save(window, file, monkeypatch, qtbot, inside=False)
    window.close()
    picture_files[1].unlink()
    again = make_window(file)
    dialog = again.projects.opening.dialog
    qtbot.waitUntil(dialog.isVisible, timeout=MS)
    (tmp_path / "empty").mkdir()
    folder_chosen(monkeypatch, tmp_path / "empty")
    qtbot.mouseClick(dialog._find, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog._state.text() == "None is in empty.", timeout=MS)
    qtbot.mouseClick(dialog._without, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(again.explorer.pictures) == 2, timeout=MS)
    assert "without b.png" in again.panels.messages.text
    draw(again, 0, OTHER)
    again.projects.save()
    qtbot.waitUntil(lambda: not again.projects.modified, timeout=MS)
    assert [(p.name, p.areas) for p in load_project(file).pictures] == [
        ("a.png", (OTHER,)),
        ("c.png", ()),
        ("b.png", (AREA,)),
    ]


def test_giving_up_leaves_what_is_open(window, make_window, file, monkeypatch, qtbot, picture_files):
    save(window, file, monkeypatch, qtbot, inside=False)
    picture_files[2].rename(picture_files[2].with_name("elsewhere.png"))
    window.projects.open(file)
    dialog = window.projects.opening.dialog
    qtbot.waitUntil(dialog.isVisible, timeout=MS)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert len(keys(window)) == 3


def test_a_picture_that_changed_since_is_told(window, make_window, file, monkeypatch, qtbot, picture_files):
    save(window, file, monkeypatch, qtbot, inside=False)
    window.close()
    shutil.copy(picture_files[0], picture_files[1])
    again = opened(make_window, file, qtbot, 3)
    assert again.panels.messages.text.startswith("b.png has changed since the project was saved")


def test_a_damaged_or_newer_project_is_told_and_what_is_open_stays(window, file, qtbot):
    file.write_bytes(b"no project")
    window.open_paths([file])
    qtbot.waitUntil(lambda: "damaged or incomplete" in window.panels.messages.text, timeout=MS)
    assert len(keys(window)) == 3
    assert window.projects.path is None


def test_a_project_whose_model_is_gone_opens_with_the_present_one(
    window, make_window, file, monkeypatch, qtbot, model_file, other_model_file
):
    save(window, file, monkeypatch, qtbot)
    window.close()
    model_file.unlink()
    again = make_window(other_model_file)
    qtbot.waitUntil(lambda: again.explorer.plan is not None, timeout=MS)
    again.open_paths([file])
    qtbot.waitUntil(lambda: len(again.explorer.pictures) == 3, timeout=MS)
    assert "the present model stays" in again.panels.messages.text
    assert again.explorer.selection.network.model == str(other_model_file)
    assert not again.projects.modified
