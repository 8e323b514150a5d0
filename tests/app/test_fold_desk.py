import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.background import Background
from app.comparing import Comparing, Other
from app.explorer import Explorer
from app.main_window import MainWindow
from gazeengine.records import Preview
from gazeengine.viewports import PageMap, folds_of
from tests.app.explorers import MAP, picture
from tests.app.gates import LIMIT_S
from tests.pages import page_picture

MS = 1000 * LIMIT_S
PAGE = page_picture(3375, 600)
FOLDS = folds_of(3375, 600)
SIZE = 225, 40


@pytest.fixture
def window(qtbot, settings, checkpoint):
    """Shows a page; its maps come from the test."""
    window = MainWindow(settings, Explorer(lambda: pytest.fail("not started")), Background("files"))
    qtbot.addWidget(window)
    window.resize(1100, 700)
    window.show()
    window.activateWindow()
    qtbot.waitExposed(window)
    requests = []
    window.explorer._answers.submit = requests.append
    window.requests = requests
    window.explorer.add_model("m", checkpoint)
    window._change_network(model="m")
    show(window, "page", PAGE)
    yield window
    window.close()


def show(window, key, of):
    """As the library would."""
    window.explorer.add_picture(key, of)
    window._change(picture=key)
    window.library.picture_opened.emit(key, of)


ALL = tuple(fold.number for fold in FOLDS)


def answer(window, read=ALL, map_=None):
    page = PageMap(FOLDS, SIZE)
    for number in read:
        page.put(FOLDS[number - 1], np.zeros((SIZE[0] // 9, SIZE[1]), np.float32))
    stage = "full" if len(page.read) == len(FOLDS) else "coarse"
    preview = Preview(window.requests[-1], stage, map_ or page.saliency_map(), folds_read=page.read)
    window.explorer._answers.answered.emit(preview)


def top(window):
    return window.panels.saliency.box.viewRect().top()


def at_fold(window, number):
    scale = window.panels.saliency.box.zoom
    return abs(top(window) + 8 / scale - FOLDS[number - 1].top) < 2 / scale


def press(window, key):
    window.panels.saliency.setFocus()
    QTest.keyClick(window.panels.saliency, key)


def test_a_page_begins_at_its_top_and_fills_the_width(window):
    box = window.panels.saliency.box
    assert abs(box.viewRect().top()) < 20
    assert box.viewRect().width() == pytest.approx(600 * box.width() / (box.width() - 16))
    assert not box.fitted


def test_it_goes_on_to_fill_the_width_until_it_is_zoomed(window):
    answer(window)
    press(window, Qt.Key.Key_PageDown)
    window.resize(1200, 720)
    box = window.panels.saliency.box
    assert box.zoom == pytest.approx((box.width() - 16) / 600)
    assert at_fold(window, 2)
    box.zoom_by(2)
    zoom = box.zoom
    window.resize(1100, 700)
    assert box.zoom == pytest.approx(zoom)


def test_other_pictures_are_shown_whole(window):
    show(window, "a", picture("a"))
    assert window.panels.saliency.box.fitted
    assert window.folds.controls.parentWidget().isHidden() != window.folds.controls.isVisibleTo(window)
    window.folds.step(1)  # nothing to step to
    assert window.panels.saliency.box.fitted


def test_keys_go_from_fold_to_fold_and_stop_at_the_ends(window):
    answer(window)
    for number in (2, 3):
        press(window, Qt.Key.Key_PageDown)
        assert at_fold(window, number)
        assert window.folds.in_sight == number
    window.panels.saliency.box.pan_by(window.panels.saliency.box.rect().center() * -0.2)
    press(window, Qt.Key.Key_PageUp)  # first back to where the fold begins
    assert at_fold(window, 3)
    press(window, Qt.Key.Key_PageUp)
    assert at_fold(window, 2)
    for _ in range(12):
        press(window, Qt.Key.Key_PageDown)
    assert top(window) + window.panels.saliency.box.viewRect().height() > 3365
    for _ in range(20):
        press(window, Qt.Key.Key_PageUp)
    assert window.folds.in_sight == 1


def test_from_the_whole_page_a_key_goes_to_the_width_first(window):
    answer(window)
    window.panels.saliency.fit()
    press(window, Qt.Key.Key_PageDown)
    assert at_fold(window, 2)
    assert not window.panels.saliency.box.fitted


def test_the_same_keys_belong_to_lists_where_the_focus_is_there(window):
    answer(window)
    before = top(window)
    QTest.keyClick(window.panels.images._list, Qt.Key.Key_PageDown)
    assert top(window) == before


def test_folds_are_marked_as_they_are_read_and_said_to_be_read(window):
    answer(window, read=(1,))
    assert window.folds.marks.labels[:2] == ("fold 1", "fold 2: not read yet")
    assert window.panels.saliency._badge.caption.endswith(f"1 of {len(FOLDS)} folds read")
    answer(window)
    assert window.folds.marks.labels[1] == "fold 2"
    assert "folds read" not in window.panels.saliency._badge.caption
    assert window.folds.controls.words.startswith(f"Read in {len(FOLDS)} folds")


def test_another_picture_has_no_marks_of_the_last(window):
    answer(window)
    show(window, "a", picture("a"))
    assert window.folds.marks.labels == ()
    assert not window.actions_["next_fold"].isEnabled()
    answer(window, map_=MAP)
    assert window.folds.marks.labels == ()


def test_the_fold_in_sight_is_asked_for_first(window):
    answer(window)
    press(window, Qt.Key.Key_PageDown)
    press(window, Qt.Key.Key_PageDown)
    window._change_network(n=5)
    assert window.requests[-1].first_fold == 3


def test_lines_can_be_switched_off_by_menu_or_box_and_stay_off(window, settings):
    answer(window)
    assert window.actions_["fold_lines"].isChecked()
    window.actions_["fold_lines"].trigger()
    assert not window.folds.controls.lines.isChecked()
    assert not settings.flag("fold_lines", usual=True)
    window.folds.controls.lines.click()
    assert window.actions_["fold_lines"].isChecked()
    assert settings.flag("fold_lines", usual=False)


def test_a_chosen_viewport_asks_for_another_map(window):
    n = len(window.requests)
    window.folds.controls.viewport_box.setCurrentIndex(3)
    assert window.explorer.selection.look.viewport == "4:3"
    assert len(window.requests) == n + 1


@pytest.mark.parametrize("mode", ["beside", "blink", "difference"])
def test_keys_go_from_fold_to_fold_and_fill_the_width_where_pages_are_compared(window, qtbot, mode):
    other = page_picture(3375, 600)
    window.explorer.add_picture("other", other)
    window.library.open_as({"page": ("page", lambda: PAGE), "other": ("other", lambda: other)})
    answer(window)
    window._change(comparing=Comparing((Other(picture="other"),), mode))
    qtbot.waitUntil(lambda: window.compare.page.begun and len(window.compare.page.view.panes) == 2)
    view = window.compare.page.view
    qtbot.waitUntil(lambda: view.canvas().box.viewRect().height() > 300)
    canvas = view.canvas()
    for key, number in ((Qt.Key.Key_PageDown, 2), (Qt.Key.Key_PageDown, 3), (Qt.Key.Key_PageUp, 2)):
        canvas.setFocus()
        QTest.keyClick(canvas, key)
        assert window.folds.in_sight == number
        assert canvas.box.viewRect().top() == pytest.approx(FOLDS[number - 1].top - 8 / canvas.box.zoom, abs=2)
    canvas.box.zoom_by(0.4)
    QTest.keyClick(canvas, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert canvas.box.viewRect().width() == pytest.approx(600 * canvas.width() / (canvas.width() - 16))
