import io

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.background import Background
from app.explorer import Explorer
from app.incoming import drop_words
from app.main_window import MainWindow
from gazeengine.resources import sample_pictures
from tests.app.gates import LIMIT_S

MS = 1000 * LIMIT_S
NONE, COPY, LEFT = Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot, settings):
    """Empty, its engine never loaded."""
    window = MainWindow(settings, Explorer(lambda: pytest.fail("not started")), Background("files"))
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitExposed(window)
    window.incoming.capture._settled.setInterval(1)
    yield window
    window.close()
    QApplication.clipboard().clear()


def mime(*paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def enter(window, data):
    event = QDragEnterEvent(QPoint(300, 300), COPY, data, LEFT, NONE)
    QApplication.sendEvent(window, event)
    return event.isAccepted()


def drop(window, data):
    event = QDropEvent(QPointF(300, 300), COPY, data, LEFT, NONE)
    QApplication.sendEvent(window, event)
    return event.isAccepted()


def names(window):
    return [entry.name for entry in window.library.pictures.values()]


def shown(window):
    """Name of the picture on the canvas."""
    key = window.explorer.selection.picture
    return window.library.pictures[key].name if key in window.explorer.pictures else None


def test_while_there_is_no_picture_the_window_invites(window, qtbot, picture_files):
    assert window.incoming.empty.isVisible()
    window.open_paths(picture_files[:1])
    assert not window.incoming.empty.isVisible()
    window.canvas.remove(str(picture_files[0]))
    assert window.incoming.empty.isVisible()


def test_the_invitation_pastes(window, qtbot):
    QGuiApplication.clipboard().setImage(QImage(64, 48, QImage.Format.Format_RGB32))
    QTest.mouseClick(window.incoming.empty.buttons["paste"], LEFT)
    qtbot.waitUntil(lambda: shown(window) == "Pasted picture", timeout=MS)


def test_a_clipboard_without_a_picture_is_told_and_the_invitation_stays(window):
    QGuiApplication.clipboard().setText("words")
    QTest.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert window.panels.messages.text == "clipboard: found no picture, wanted one, or picture files"
    assert window.incoming.empty.isVisible()


def test_the_invitation_shows_the_samples(window, qtbot, settings):
    QTest.mouseClick(window.incoming.empty.buttons["samples"], LEFT)
    assert names(window) == [sample.path.name for sample in sample_pictures()]
    assert settings.recent() == []
    qtbot.waitUntil(lambda: shown(window) is not None, timeout=MS)


def test_a_captured_region_is_looked_at(window, qtbot):
    image = QImage(200, 150, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkCyan)
    window.incoming.capture._grab = lambda screen: image.scaled(screen.geometry().size())
    window.actions_["capture"].trigger()
    qtbot.waitUntil(lambda: bool(window.incoming.capture.overlays), timeout=MS)
    assert not window.isVisible()
    overlay = window.incoming.capture.overlays[0]
    QTest.mousePress(overlay, LEFT, NONE, QPoint(20, 20))
    QTest.mouseMove(overlay, QPoint(120, 80))
    QTest.mouseRelease(overlay, LEFT, NONE, QPoint(120, 80))
    assert window.isVisible()
    qtbot.waitUntil(lambda: shown(window) == "Captured region", timeout=MS)
    picture = window.explorer.pictures[window.explorer.selection.picture]
    assert picture.rgb.shape == (60, 100, 3)
    assert tuple(picture.rgb[0, 0]) == (0, 128, 128)


# --- drag and drop


def test_what_is_dragged_over_the_window_is_shown_where_it_goes(window, picture_files):
    assert enter(window, mime(picture_files[0]))
    highlight = window.incoming.highlight
    assert highlight.isVisible()
    assert highlight.words == "Drop to look at a.png"
    stage = window.panels.stage
    assert highlight.geometry().topLeft() == stage.mapTo(window, QPoint())
    assert highlight.size() == stage.size()
    window.grab()
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not highlight.isVisible()


def test_a_drop_is_opened_and_the_mark_goes(window, picture_files, qtbot):
    enter(window, mime(*picture_files))
    assert drop(window, mime(*picture_files))
    assert not window.incoming.highlight.isVisible()
    qtbot.waitUntil(lambda: shown(window) == "a.png", timeout=MS)
    assert names(window) == ["a.png", "b.png", "c.png"]


def test_words_are_not_taken(window):
    words = QMimeData()
    words.setText("words")
    assert not enter(window, words)
    assert not window.incoming.highlight.isVisible()


def test_html_without_a_picture_is_told_after_the_drop(window):
    data = QMimeData()
    data.setHtml("<p>words</p>")
    assert enter(window, data)
    assert not drop(window, data)
    assert window.panels.messages.text.startswith("what was dropped: found no picture in it")


def test_a_picture_dragged_out_of_a_browser_is_looked_at(window, qtbot):
    png = io.BytesIO()
    Image.new("RGB", (60, 40), (10, 120, 200)).save(png, "PNG")
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/hero.png")])
    data.setHtml('<img src="https://example.org/hero.png">')
    data.setData("application/octet-stream", png.getvalue())
    enter(window, data)
    assert drop(window, data)
    qtbot.waitUntil(lambda: shown(window) == "Pasted picture", timeout=MS)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (("a.png",), "Drop to look at a.png"),
        (("a.png", "b.png", "x.safetensors"), "Drop to add 3 to the pictures and look at the first"),
        (("x.safetensors",), "Drop to look with this model"),
        ((), "Drop to look at this picture"),
    ],
)
def test_it_is_said_what_a_drop_does(files, words, tmp_path):
    assert drop_words(mime(*(tmp_path / name for name in files))) == words


def test_of_a_folder_it_is_said_too(tmp_path):
    (tmp_path / "screens").mkdir()
    assert drop_words(mime(tmp_path / "screens")) == "Drop to look at screens and what is in it"


# --- recent ones


def test_what_was_opened_can_be_opened_again_from_the_menu(window, picture_files, qtbot):
    window.open_paths(picture_files[:1])
    window.canvas.remove(str(picture_files[0]))
    menu = window.incoming.recent
    assert any(menu.menuAction() in m.actions() for m in window.actions_["open_pictures"].associatedObjects())
    menu.aboutToShow.emit()
    menu.actions()[0].trigger()
    qtbot.waitUntil(lambda: shown(window) == "a.png", timeout=MS)


def test_one_that_vanished_while_the_menu_was_open_is_told_in_one_message(window, picture_files):
    window.open_paths(picture_files[:1])
    window.canvas.remove(str(picture_files[0]))
    action = window.incoming.recent.actions()[0]
    picture_files[0].unlink()
    action.trigger()
    assert window.panels.messages.text.startswith("picture a.png: it is no longer in ")
    assert names(window) == []


# --- many pictures


def test_of_many_pictures_only_as_many_are_in_memory_as_there_is_room_for(window, tmp_path, qtbot):
    for n in range(30):
        Image.fromarray(np.full((100, 200, 3), 8 * n, np.uint8)).save(tmp_path / f"{n:02}.png")
    window.explorer.pictures._most = 5 * 100 * 200 * 3
    window.open_paths([tmp_path])
    qtbot.waitUntil(lambda: all(e.detail == "200 × 100" for e in window.library.pictures.values()), timeout=MS)
    assert len(window.explorer.pictures) <= 6
    keys = list(window.library.pictures)
    assert shown(window) == "00.png"  # it is in use
    for n in (3, 27, 12):
        window._change(picture=keys[n])
        qtbot.waitUntil(lambda n=n: shown(window) == f"{n:02}.png", timeout=MS)
        picture = window.explorer.pictures[keys[n]]
        assert picture.rgb[0, 0, 0] == 8 * n
        assert window.panels.saliency._rgb is picture.rgb
    assert window.explorer.pictures.n_bytes <= 6 * 100 * 200 * 3


def test_a_file_that_vanished_after_it_was_listed_is_told_when_it_is_looked_at(window, tmp_path, qtbot):
    for n in range(4):
        Image.fromarray(np.full((100, 200, 3), n, np.uint8)).save(tmp_path / f"{n}.png")
    window.explorer.pictures._most = 2 * 100 * 200 * 3
    window.open_paths([tmp_path])
    qtbot.waitUntil(lambda: all(e.detail == "200 × 100" for e in window.library.pictures.values()), timeout=MS)
    gone = next(key for key in window.library.pictures if key not in window.explorer.pictures)
    (tmp_path / window.library.pictures[gone].name).unlink()
    window._change(picture=gone)
    qtbot.waitUntil(lambda: "found no such file" in window.panels.messages.text, timeout=MS)
    assert shown(window) is not None  # back to one that is there
