import os
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from app.background import Background
from app.comparing import Comparing, Other
from app.explorer import Explorer
from app.export_dialog import ExportChoice
from app.export_order import ENDINGS
from app.main_window import MainWindow
from gazeengine.image import read_image
from gazeengine.regions import Area
from tests.app.gates import LIMIT_S

MS = 3000 * LIMIT_S  # torch is imported by the first export
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
HEAT = ENDINGS["overlay"]


@pytest.fixture
def window(qtbot, settings, picture_files, model_file):
    """On the tiny model and three pictures; its own maps are never made."""
    window = MainWindow(settings, Explorer(lambda: pytest.fail("not started")), Background("files"))
    qtbot.addWidget(window, before_close_func=lambda window: window.area_book.open_all({}))
    window.show()
    window.activateWindow()
    qtbot.waitExposed(window)
    window.open_paths([model_file, *picture_files])
    qtbot.waitUntil(lambda: window.explorer.plan is not None and len(window.explorer.pictures) == 3, timeout=MS)
    return window


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def export(window, qtbot, out, *wanted, of="shown", title=""):
    window.exports.begin(ExportChoice(wanted, of, out, title))
    qtbot.waitUntil(lambda: not window.exports._job.running, timeout=MS)
    return window.exports.dialog


def keys(window):
    return list(window.library.pictures)


def answer(monkeypatch, name):
    asked = []

    def push(box):
        asked.append(box.text())
        button = next(b for b in box.buttons() if b.text().replace("&", "") == name)
        box.clickedButton = lambda: button
        return 0

    monkeypatch.setattr(QMessageBox, "exec", push)
    return asked


def test_without_a_picture_it_is_said_that_there_is_none(window):
    for key in keys(window):
        window.canvas.remove(key)
    window.exports.ask()
    assert not window.exports.dialog.isVisible()
    assert window.panels.messages.text == "export: found no picture, wanted one to be open"


def test_the_keys_open_the_dialog_on_what_is_shown(window, qtbot):
    QTest.keyClick(window, Qt.Key.Key_E, CONTROL | SHIFT)
    dialog = window.exports.dialog
    assert dialog.isVisible()
    assert dialog.choice.wanted == ("overlay",)
    assert dialog._words.text() == "1 file"
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_all_pictures_are_exported_in_the_background(window, qtbot, out):
    window.area_book.put(keys(window)[0], (Area("CTA", "rectangle", ((4, 4), (60, 40))),), "new area")
    dialog = export(window, qtbot, out, "overlay", "png16", "csv", "html", "pdf", of="every")
    names = [f"{stem}-{HEAT}" for stem in "abc"] + [f"{stem}-density.png" for stem in "abc"]
    assert sorted(os.listdir(out)) == sorted([*names, "areas.csv", "report.html", "report.pdf"])
    for path in (window.library.pictures[key] for key in keys(window)):
        assert read_image(out / f"{Path(path.name).stem}-{HEAT}").rgb.shape[:2][::-1] == tuple(
            int(n) for n in path.detail.split(" × ")
        )
    assert dialog._ended.text() == "Done"
    assert "CTA" in (out / "report.html").read_text(encoding="utf-8")


def test_behind_a_closed_dialog_the_end_is_told_in_the_window(window, qtbot, out, monkeypatch):
    shown = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: shown.append(Path(url.toLocalFile())))
    export(window, qtbot, out, "npy")
    assert window.panels.messages.text == "Wrote a-log-density.npy to out."
    window.panels.messages._action.click()
    assert shown == [out]


@pytest.mark.parametrize(("said", "names"), [("Keep both", 2), ("Replace", 1), ("Cancel", 1)])
def test_nothing_is_written_over_unasked(window, qtbot, out, monkeypatch, said, names):
    out.mkdir()
    (out / f"a-{HEAT}").write_bytes(b"precious")
    asked = answer(monkeypatch, said)
    export(window, qtbot, out, "overlay")
    assert asked == [f"a-{HEAT} exists already."]
    assert len(os.listdir(out)) == names
    assert ((out / f"a-{HEAT}").read_bytes() == b"precious") == (said != "Replace")


def test_an_open_picture_is_never_written_over(window, qtbot, picture_files, monkeypatch):
    before = picture_files[0].read_bytes()
    other = picture_files[0].with_name(f"a-{HEAT}")
    picture_files[0].rename(other)
    window.open_paths([other])
    qtbot.waitUntil(lambda: str(other) in window.explorer.pictures, timeout=MS)
    window.explorer.select(replace(window.explorer.selection, picture=keys(window)[0]))
    monkeypatch.setattr(QMessageBox, "exec", lambda *_: pytest.fail("asked"))
    export(window, qtbot, other.parent, "overlay")
    assert other.read_bytes() == before
    assert other.with_name(f"a-{Path(HEAT).stem} 2.png").is_file()


def test_what_is_compared_comes_with_its_difference(window, qtbot, out):
    other = Other(picture=keys(window)[1])
    window.explorer.select(replace(window.explorer.selection, comparing=Comparing((other,))))
    export(window, qtbot, out, "html", "overlay", of="compared")
    assert sorted(os.listdir(out)) == [f"a-{HEAT}", f"b-{HEAT}", "report.html"]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "A against B" in page
    assert "<title>a against b</title>" in page


def test_two_networks_of_one_picture_are_compared(window, qtbot, out):
    window.explorer.select(
        replace(
            window.explorer.selection,
            network=replace(window.explorer.selection.network, n=20),
            comparing=Comparing((Other(unpruned=True),)),
        )
    )
    export(window, qtbot, out, "html", "npy", of="compared")
    assert sorted(os.listdir(out)) == ["a-a-log-density.npy", "a-b-log-density.npy", "report.html"]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "<title>a: " in page
    assert "A against B" in page
    assert "unpruned" in page
    assert (out / "a-a-log-density.npy").read_bytes() != (out / "a-b-log-density.npy").read_bytes()


def test_a_folder_that_cannot_be_made_is_told(window, qtbot, out):
    out.write_text("a file")
    dialog = export(window, qtbot, out / "within", "overlay")
    assert "cannot be made" in dialog._outcome.text()


def test_closing_the_window_asks_where_an_export_is_under_way(window, qtbot, out, monkeypatch):
    monkeypatch.setattr(type(window.exports._job), "running", property(lambda _: True))
    asked = answer(monkeypatch, "Cancel")
    window.close()
    assert asked == ["An export is under way."]
    assert window.isVisible()
    monkeypatch.undo()
