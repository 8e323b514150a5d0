import os
import shutil
import warnings
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QGuiApplication, QImage, QPalette, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog

from app import main_window as main_window_module
from app.background import Background
from app.beta_field import BetaField
from app.count_field import CountField
from app.explorer import Explorer
from app.main_window import MainWindow
from app.map_style import MapStyle
from app.marked_slider import MarkedSlider
from app.selection import NetworkChoice
from app.settings import Settings
from app.theme import DARK, LIGHT
from gazeengine.checkpoint import load
from gazeengine.image import read_image
from gazeengine.records import Preview
from gazeengine.saliency_map import normalised
from tests.app.gates import LIMIT_S, Gate
from tests.families import write_family

MS = 3000 * LIMIT_S  # torch is imported by the first window
LEFT = Qt.MouseButton.LeftButton
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def make_window(qtbot, settings):
    """A window without anything open, its engine not loaded yet; answers may come from elsewhere."""
    windows = []

    def make(prepare_answer=None, of=None):
        window = MainWindow(of or settings, Explorer(prepare_answer), Background("files"))
        windows.append(window)
        qtbot.addWidget(window)
        window.show()
        window.activateWindow()
        qtbot.waitExposed(window)
        return window

    yield make
    for window in windows:
        window.close()
    QApplication.clipboard().clear()


@pytest.fixture
def window(make_window, picture_files, model_file, qtbot):
    """On the tiny model and three pictures, with all that there is to see of the first."""
    window = make_window()
    window.open_paths([model_file, *picture_files])
    window.explorer.start()
    qtbot.waitUntil(lambda: settled(window) and len(window.explorer.pictures) == 3, timeout=MS)
    return window


@pytest.fixture
def dead_window(make_window, picture_files, model_file, qtbot):
    """The same, but nothing is ever answered."""
    window = make_window(lambda: pytest.fail("not started"))
    window.open_paths([model_file, *picture_files])
    qtbot.waitUntil(lambda: window.explorer.plan is not None and len(window.explorer.pictures) == 3, timeout=MS)
    return window


def settled(window):
    """Whether all of the present selection is there."""
    seen = window._seen
    return (
        window.explorer.plan is not None
        and seen is not None
        and seen.preview is not None
        and not (seen.waiting or seen.preview_stale)
        and seen.latency_final
    )


def chosen(window):
    return window.explorer.selection.network


def key(window, n):
    return list(window.library.pictures)[n]


def shown_n(window):
    """What the diagram says is gone."""
    return window.explorer.plan.model.checkpoint.n_features - sum(
        bar.left for bar in window.panels.widths._diagram.bars
    )


def map_n(window):
    """How many features the shown map is without; None for a stale one, and without any."""
    view, seen = window.panels.saliency, window._seen
    if view._log_density is None or view._stale or seen.preview.saliency_map.log_density is not view._log_density:
        return None
    plan = seen.preview.request.plan
    return plan.n if plan is not None else 0


def n_slider(window):
    return max(window.panels.pruning.findChildren(MarkedSlider), key=lambda slider: slider.y())


def at(slider, position):
    return QPoint(round(slider.x_of(position)), slider.middle)


def drag(window, positions, *, release=True):
    slider = n_slider(window)
    QTest.mousePress(slider, LEFT, pos=at(slider, slider._position))
    for position in positions:
        QTest.mouseMove(slider, at(slider, position))
    if release:
        QTest.mouseRelease(slider, LEFT, pos=at(slider, positions[-1]))


def combo(window):
    return window.panels.model.findChild(QComboBox)


def mime(*paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drop(window, data):
    """Whether the window would take it; drops it where it does."""
    actions, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    with warnings.catch_warnings():  # deprecated from Qt 6.12 on, which has another; before there is no other
        warnings.simplefilter("ignore", DeprecationWarning)
        enter = QDragEnterEvent(QPoint(50, 50), actions, data, LEFT, none)
    QApplication.sendEvent(window, enter)
    if enter.isAccepted():
        QApplication.sendEvent(window, QDropEvent(QPointF(50, 50), actions, data, LEFT, none))
    return enter.isAccepted()


# --- looking


def test_a_picture_and_a_model_give_a_map(window):
    view = window.panels.saliency
    assert view._rgb is window.explorer.pictures[key(window, 0)].rgb
    assert map_n(window) == 0
    assert view._badge.caption == "Tiny"
    assert combo(window).currentText() == "Tiny"
    assert window.panels.figures._figures.latency_state == "measured"
    assert window.panels.messages.text == ""


def test_the_map_fits_its_picture(window, qtbot):
    for n in range(3):
        window.panels.images.selected.emit(key(window, n))
        qtbot.waitUntil(lambda: settled(window), timeout=MS)
        rgb = window.explorer.pictures[key(window, n)].rgb
        assert window.panels.saliency._rgb is rgb
        assert window._seen.preview.saliency_map.log_density.shape == rgb.shape[:2]


def test_pages_turn_the_pictures_round(dead_window, qtbot):
    window = dead_window
    shown = []
    for _ in range(3):
        QTest.keyClick(window, Qt.Key.Key_PageDown, CONTROL)
        shown.append(window.explorer.selection.picture)
    assert shown == [key(window, 1), key(window, 2), key(window, 0)]
    QTest.keyClick(window, Qt.Key.Key_PageUp, CONTROL)
    assert window.explorer.selection.picture == key(window, 2)


def test_a_picture_shown_again_has_its_map(window, qtbot):
    for n in (1, 0):
        window.panels.images.selected.emit(key(window, n))
        qtbot.waitUntil(lambda: settled(window), timeout=MS)
        assert map_n(window) == 0


def test_the_map_comes_back_with_the_picture_that_was_left_for_one_being_read(window, tmp_path, picture_files, qtbot):
    gate = Gate()
    window._background.do(gate.pass_through, lambda _: None, pytest.fail)
    shutil.copy(picture_files[1], tmp_path / "late.png")
    window.open_paths([tmp_path / "late.png"])
    assert window.panels.saliency._rgb is None
    assert window.panels.saliency._message.text == "Reading…"
    window.panels.images.selected.emit(key(window, 0))
    assert map_n(window) == 0
    gate.open()


def test_removing_goes_to_the_neighbour_and_the_last_leaves_an_invitation(dead_window, qtbot):
    window = dead_window
    a, b, c = window.library.pictures
    window.panels.images.removal_asked.emit(a)
    assert window.explorer.selection.picture == b
    window.panels.images.removal_asked.emit(c)
    assert window.explorer.selection.picture == b
    window.panels.images.removal_asked.emit(b)
    assert window.explorer.selection.picture is None
    assert window.panels.saliency._rgb is None
    assert window.incoming.empty.isVisible()
    assert window.panels.saliency._badge.caption == ""
    assert not window.actions_["copy_map"].isEnabled()
    assert window.explorer.pictures == {}


def test_a_removed_picture_can_be_opened_again_with_its_map(window, picture_files, qtbot):
    for removed in list(window.library.pictures):
        window.canvas.remove(removed)
    window.open_paths(picture_files[:1])
    qtbot.waitUntil(lambda: map_n(window) == 0, timeout=MS)


def test_without_a_map_the_canvas_says_that_one_is_coming(dead_window):
    assert dead_window.panels.saliency._badge.caption == "Waiting for the map…"
    assert not dead_window.actions_["save_map"].isEnabled()


def test_an_engine_that_cannot_start_is_told_and_nobody_waits(make_window, picture_files, model_file, qtbot, caplog):
    def prepare():
        raise ImportError("no torch")

    window = make_window(prepare)
    assert window.statusBar().currentMessage() == "Loading the engine…"
    window.open_paths([model_file, *picture_files])
    window.explorer.start()
    qtbot.waitUntil(lambda: window.explorer.plan is not None and bool(window.panels.messages.text), timeout=MS)
    assert window.panels.messages.text == "the engine could not start: no torch"
    assert window.statusBar().currentMessage() == ""
    qtbot.waitUntil(lambda: key(window, 0) in window.explorer.pictures, timeout=MS)
    assert window.panels.saliency._badge.caption == ""
    drag(window, [0.5])
    assert shown_n(window) > 0  # what needs no engine goes on


def test_what_is_looked_at_is_said_and_stays_while_latency_is_measured(window):
    view = window.panels.saliency
    view._point(QPointF(20.5, 10.5))
    said = window.statusBar().currentMessage()
    assert said.startswith("20, 10: looked at ")
    window.explorer._tell()
    assert window.statusBar().currentMessage() == said
    view._point(None)
    assert window.statusBar().currentMessage() == ""


# --- pruning


def test_the_diagram_follows_every_move_of_a_drag_and_the_last_map_is_full(window, qtbot):
    slider = n_slider(window)
    QTest.mousePress(slider, LEFT, pos=at(slider, 0))
    values = []
    for step in range(1, 101):
        QTest.mouseMove(slider, at(slider, step / 125))
        assert shown_n(window) == chosen(window).n  # within the event
        values.append(chosen(window).n)
    QTest.mouseRelease(slider, LEFT, pos=at(slider, 0.8))
    assert values == sorted(values)
    assert len(set(values)) > 50
    assert not map_n(window)  # that of the last value isn't there yet
    qtbot.waitUntil(lambda: settled(window), timeout=MS)
    assert map_n(window) == chosen(window).n == values[-1]
    assert window._seen.preview.stage == "full"
    assert window._seen.latency.speedup > 0


def test_maps_appear_while_a_drag_goes_on(window, qtbot):
    seen = []
    window.explorer.seen.connect(lambda s: seen.append(s.preview.request.plan.n if s.preview.request.plan else 0))
    slider = n_slider(window)
    QTest.mousePress(slider, LEFT, pos=at(slider, 0))
    step = 0

    def several():
        nonlocal step
        step += 1
        QTest.mouseMove(slider, at(slider, abs(1 - (step / 100) % 2)))
        return len(set(seen)) > 5

    qtbot.waitUntil(several, timeout=MS)
    QTest.mouseRelease(slider, LEFT, pos=at(slider, 0.5))


def test_what_is_not_of_the_present_setting_is_marked(dead_window):
    window = dead_window
    n = window.explorer.plan.n_most // 2
    request = window.explorer._request
    flat = normalised(np.zeros(request.picture.rgb.shape[:2], np.float32))
    window.explorer._answers.answered.emit(Preview(request, "full", flat))
    assert map_n(window) == 0
    window.panels.pruning.n_moved.emit(n)
    assert window.panels.saliency._stale
    assert window.panels.saliency._badge.caption == "Tiny · of an earlier setting"
    window.panels.pruning.n_moved.emit(0)
    assert not window.panels.saliency._stale
    assert window.panels.saliency._badge.caption == "Tiny"


def test_keys_move_the_slider_and_a_key_held_down_is_one_step(dead_window):
    window = dead_window
    slider = n_slider(window)
    slider.setFocus()
    for k, n in ((Qt.Key.Key_Right, 1), (Qt.Key.Key_PageUp, 101), (Qt.Key.Key_Left, 100)):
        QTest.keyClick(slider, k)
        assert chosen(window).n == min(n, window.explorer.plan.n_most)
    QTest.keyClick(slider, Qt.Key.Key_End)
    assert chosen(window).n == window.explorer.plan.n_most
    assert shown_n(window) == window.explorer.plan.n_most
    QTest.keyClick(slider, Qt.Key.Key_Home)
    assert chosen(window).n == 0
    assert window.history.count() == 5


def test_nothing_pruned_is_one_key(dead_window):
    window = dead_window
    drag(window, [0.5])
    QTest.keyClick(window, Qt.Key.Key_R, CONTROL)
    assert chosen(window).n == 0
    assert window.history.count() == 2


def test_exact_values_can_be_typed_and_digits_stay_in_their_field(dead_window, qtbot):
    window = dead_window
    field = window.panels.pruning.findChild(CountField)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "123")
    assert window.explorer.selection.style.mode == "overlay"  # 1, 2 and 3 are keys of the window, too
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert chosen(window).n == min(123, window.explorer.plan.n_most)
    beta = window.panels.pruning.findChild(BetaField)
    beta.setFocus()
    beta.selectAll()
    QTest.keyClicks(beta, "0.02")
    QTest.keyClick(beta, Qt.Key.Key_Return)
    assert chosen(window).beta == 0.02
    assert window.explorer.plan.order.beta == 0.02


# --- families


@pytest.fixture
def family_window(dead_window, tmp_path, checkpoint, qtbot):
    """On a family with networks trained at 20, 60 and 100, and at another β at 40; nothing is ever answered."""
    window = dead_window
    path = write_family(tmp_path / "models", checkpoint, {1e-4: (20, 60, 100), 1e-2: (40,)})
    window.open_paths([path.with_suffix("")])
    qtbot.waitUntil(lambda: chosen(window).model == str(path), timeout=MS)
    window.panels.pruning.beta_moved.emit(1e-4)
    window.panels.pruning.moved_to_rest.emit()
    return window


def base_read(window, qtbot):
    """The base of the present plan, once it was read."""
    qtbot.waitUntil(lambda: window.explorer.plan.awaited is None, timeout=MS)
    return window.explorer.plan.n_trained


def test_a_drag_over_the_marks_begins_with_the_trained_networks_and_says_so(family_window, qtbot):
    window = family_window
    most = window.explorer.plan.n_most
    for n, n_trained in ((10, 0), (30, 20), (70, 60), (130, 100), (30, 20)):
        drag(window, [n / most])
        n = chosen(window).n
        assert base_read(window, qtbot) == n_trained
        plan = window.explorer.plan
        assert shown_n(window) == plan.n_trained + plan.n_estimated == n
        assert window.panels.figures._figures.n_trained == n_trained
        assert sum(bar.n_estimated for bar in window.panels.widths._diagram.bars) == n - n_trained
        assert window.panels.pruning._setting.base.n == n_trained
        assert window.explorer._request.checkpoint is plan.base
    assert window.panels.pruning._base.stands_out


def test_keys_of_the_window_go_from_one_trained_network_to_the_next(family_window, qtbot):
    window = family_window
    for k, n in (
        (Qt.Key.Key_Right, 20),
        (Qt.Key.Key_Right, 60),
        (Qt.Key.Key_Left, 20),
        (Qt.Key.Key_Left, 0),
        (Qt.Key.Key_Left, 0),
    ):
        QTest.keyClick(window, k, CONTROL)
        assert chosen(window).n == n
        assert base_read(window, qtbot) == n
        assert window.explorer.plan.n_estimated == 0
    undo(window)
    assert chosen(window).n == 20


def test_undo_brings_back_the_trained_network(family_window, qtbot):
    window = family_window
    drag(window, [70 / window.explorer.plan.n_most])
    n = chosen(window).n
    base_read(window, qtbot)
    before = window.explorer.plan.network_key
    window.panels.pruning.beta_moved.emit(2e-2)
    window.panels.pruning.moved_to_rest.emit()
    assert base_read(window, qtbot) == 40
    undo(window)
    assert base_read(window, qtbot) == 60
    assert chosen(window).n == n
    assert window.explorer.plan.network_key == before


def test_without_trained_networks_there_is_none_to_go_to(dead_window):
    assert not dead_window.actions_["next_trained"].isEnabled()
    assert not dead_window.actions_["previous_trained"].isEnabled()


def test_a_network_past_a_mark_is_shown_and_measured_against_the_unpruned_one(
    make_window, picture_files, tmp_path, checkpoint, qtbot
):
    path = write_family(tmp_path / "models", checkpoint, {1e-3: (20,)})
    window = make_window()
    window.open_paths([path, picture_files[0]])
    window.explorer.start()
    qtbot.waitUntil(lambda: settled(window), timeout=MS)
    for n, words in ((20, "Tiny · trained with 20 pruned at β 0.001"), (30, "10 more at β 0.001, an estimate")):
        window.panels.pruning.n_moved.emit(n)
        qtbot.waitUntil(lambda: settled(window) and window.explorer.plan.awaited is None, timeout=MS)
        assert words in window.panels.saliency._badge.caption
        assert window._seen.preview.request.unpruned is window.explorer.plan.model.checkpoint
        assert window.panels.figures._figures.latency_state == "measured"


# --- undo


def undo(window):
    QTest.keyClick(window, Qt.Key.Key_Z, CONTROL)


def redo(window):
    QTest.keyClick(window, Qt.Key.Key_Z, CONTROL | SHIFT)


def test_a_drag_of_200_values_is_one_step(window, qtbot):
    assert not window.actions_["undo"].isEnabled()
    drag(window, [step / 250 for step in range(200)])
    n = chosen(window).n
    assert window.history.count() == 1
    undo(window)
    assert chosen(window).n == shown_n(window) == 0
    assert not window.actions_["undo"].isEnabled()
    redo(window)
    assert chosen(window).n == shown_n(window) == n
    assert not window.actions_["redo"].isEnabled()
    qtbot.waitUntil(lambda: map_n(window) == n, timeout=MS)


def test_model_beta_and_n_come_back_together(dead_window, other_model_file, qtbot):
    window = dead_window
    drag(window, [0.9])
    window.panels.pruning.beta_moved.emit(None)
    window.panels.pruning.moved_to_rest.emit()
    before = chosen(window)
    window.open_paths([other_model_file])
    qtbot.waitUntil(lambda: chosen(window).model != before.model, timeout=MS)
    assert chosen(window).beta is None
    assert chosen(window).n == min(before.n, window.explorer.plan.n_most) < before.n
    assert combo(window).currentText() == "Other"
    undo(window)
    assert chosen(window) == before
    assert combo(window).currentText() == "Tiny"
    undo(window)
    assert chosen(window) == replace(before, beta=1e-3)
    redo(window)
    redo(window)
    assert combo(window).currentText() == "Other"


def test_undo_in_the_middle_of_a_drag_goes_back_to_where_it_began(dead_window):
    window = dead_window
    drag(window, [0.3])
    first = chosen(window).n
    drag(window, [0.5, 0.7], release=False)
    undo(window)
    assert chosen(window).n == shown_n(window) == first
    slider = n_slider(window)
    QTest.mouseMove(slider, at(slider, 0.9))
    QTest.mouseRelease(slider, LEFT, pos=at(slider, 0.9))
    last = chosen(window).n
    assert last > first
    undo(window)
    assert chosen(window).n == first
    undo(window)
    assert chosen(window).n == 0


def test_the_very_first_drag_can_be_undone_before_it_ends(dead_window):
    window = dead_window
    drag(window, [0.3, 0.5], release=False)
    assert window.actions_["undo"].isEnabled()
    undo(window)
    assert chosen(window).n == 0
    QTest.mouseRelease(n_slider(window), LEFT, pos=at(n_slider(window), 0))
    assert chosen(window).n == 0


def test_a_turn_of_the_wheel_can_be_undone_at_once(dead_window):
    window = dead_window
    slider = n_slider(window)
    slider.setFocus()
    middle = QPointF(slider.rect().center())
    event = QWheelEvent(
        middle,
        QPointF(slider.mapToGlobal(middle)),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(slider, event)
    assert chosen(window).n == 10
    undo(window)  # though the wheel hasn't come to rest
    assert chosen(window).n == 0


# --- opening


def test_a_picture_is_pasted(window, qtbot):
    image = QImage(64, 48, QImage.Format.Format_ARGB32)
    image.fill(QColor(200, 10, 10, 128))
    QGuiApplication.clipboard().setImage(image)
    QTest.keyClick(window, Qt.Key.Key_V, CONTROL)
    pasted = key(window, 3)
    assert window.explorer.selection.picture == pasted
    qtbot.waitUntil(lambda: settled(window) and map_n(window) == 0, timeout=MS)
    assert window.library.pictures[pasted].detail == "64 × 48"
    assert window.panels.messages.text == "Pasted picture: transparency over white."


def test_files_are_dropped(window, tmp_path, picture_files, other_model_file, qtbot):
    folder = tmp_path / "folder"
    folder.mkdir()
    for path in picture_files[:2]:
        shutil.copy(path, folder)
    (folder / "notes.txt").write_text("text")
    assert drop(window, mime(folder, other_model_file))
    qtbot.waitUntil(lambda: settled(window) and combo(window).currentText() == "Other", timeout=MS)
    assert len(window.library.pictures) == 5
    assert window.explorer.selection.picture == str(folder / "a.png")
    assert window.panels.messages.text == ""


def test_a_dropped_text_is_told_and_what_was_shown_stays(window, tmp_path, qtbot):
    before = window.explorer.selection.picture
    (tmp_path / "shot.png").write_text("this is a text")
    assert drop(window, mime(tmp_path / "shot.png"))
    qtbot.waitUntil(lambda: bool(window.panels.messages.text), timeout=MS)
    assert window.panels.messages.text.startswith("picture shot.png: found a text file, wanted")
    assert window.explorer.selection.picture == before
    assert map_n(window) == 0
    assert window.library.pictures[key(window, 3)].problem is not None
    window.panels.images.selected.emit(key(window, 3))
    assert window.panels.saliency._message.text == window.library.pictures[key(window, 3)].problem


def test_a_broken_picture_before_a_good_one_does_not_hide_it(make_window, picture_files, model_file, qtbot):
    window = make_window(lambda: pytest.fail("not started"))
    picture_files[0].write_text("this is a text")
    window.open_paths(picture_files)
    qtbot.waitUntil(lambda: len(window.explorer.pictures) == 2, timeout=MS)
    assert window.explorer.selection.picture == str(picture_files[1])
    assert window.panels.saliency._rgb is not None


def test_nothing_but_broken_pictures_leaves_the_reason_on_the_canvas(make_window, picture_files, qtbot):
    window = make_window(lambda: pytest.fail("not started"))
    picture_files[0].write_text("this is a text")
    window.open_paths(picture_files[:1])
    qtbot.waitUntil(lambda: bool(window.panels.messages.text), timeout=MS)
    assert window.panels.saliency._message.text == window.panels.messages.text


def test_what_holds_no_files_is_not_taken(dead_window):
    window = dead_window
    text, address = QMimeData(), QMimeData()
    text.setText("just words")
    address.setUrls([QUrl("https://example.org/a.png")])
    assert not drop(window, text)
    assert drop(window, address)
    assert "does not go online" in window.panels.messages.text


@pytest.mark.parametrize("how", ["opened", "chosen"])
def test_a_broken_model_leaves_the_good_one_in_use_and_in_the_box(dead_window, other_model_file, how, qtbot):
    window = dead_window
    before = chosen(window)
    other_model_file.write_bytes(other_model_file.read_bytes()[:5000])
    if how == "opened":
        window.open_paths([other_model_file])
    else:
        window.library.list_models([other_model_file])
        row = combo(window).findText("other")
        combo(window).setCurrentIndex(row)  # as a click does
        combo(window).activated.emit(row)
    qtbot.waitUntil(lambda: bool(window.panels.messages.text), timeout=MS)
    assert window.panels.messages.text.startswith("model file other.safetensors: it is damaged")
    assert chosen(window) == before
    assert combo(window).currentText() == "Tiny"
    drag(window, [0.4])
    assert shown_n(window) == chosen(window).n > 0


def test_the_model_chosen_last_is_taken_though_another_is_read_later(dead_window, other_model_file, qtbot):
    window = dead_window
    gate = Gate()
    window._background.do(gate.pass_through, lambda _: None, pytest.fail)
    tiny = chosen(window).model
    window.open_paths([other_model_file])
    window.models.choose(tiny)
    gate.open()
    qtbot.waitUntil(lambda: str(other_model_file) in window.explorer.models, timeout=MS)
    assert chosen(window).model == tiny
    assert combo(window).currentText() == "Tiny"


def test_a_model_written_anew_is_shown_anew(window, model_file, other_model_file, other_checkpoint, qtbot):
    shutil.copy(other_model_file, model_file)
    window.open_paths([model_file])
    qtbot.waitUntil(lambda: combo(window).currentText() == "Other", timeout=MS)
    assert window.explorer.plan.widths == other_checkpoint.widths
    qtbot.waitUntil(lambda: settled(window), timeout=MS)
    assert window.panels.saliency._badge.caption == "Other"


# --- how it is shown


def test_digits_choose_what_is_shown(dead_window):
    window = dead_window
    for k, mode in ((Qt.Key.Key_6, "map"), (Qt.Key.Key_7, "picture"), (Qt.Key.Key_1, "overlay")):
        QTest.keyClick(window, k)
        assert window.explorer.selection.style.mode == mode
        assert window.panels.saliency._style.mode == mode


def test_a_change_of_colours_at_run_time_repaints_everything(dead_window, qtbot, monkeypatch):
    window = dead_window
    hints = QGuiApplication.styleHints()
    pictures = []
    for scheme, theme in ((Qt.ColorScheme.Dark, DARK), (Qt.ColorScheme.Light, LIGHT)):
        if hasattr(hints, "setColorScheme"):  # from Qt 6.8 on
            hints.setColorScheme(scheme)
        if hints.colorScheme() != scheme:  # the platform without a display has no schemes
            monkeypatch.setattr(main_window_module, "chosen_theme", lambda _, theme=theme: theme)
            hints.colorSchemeChanged.emit(scheme)
        QApplication.processEvents()
        pictures.append(window.grab().toImage())
        assert QApplication.palette().window().color().name() == theme.panel
        panel = window.panels.figures.grab().toImage()
        assert panel.pixelColor(2, 2).name() == theme.panel
    assert pictures[0] != pictures[1]
    if hasattr(hints, "unsetColorScheme"):
        hints.unsetColorScheme()


def test_layout_and_display_are_remembered(make_window, store):
    window = make_window(lambda: pytest.fail("not started"), Settings(store))
    window.resize(790, 640)  # within the screen of the platform without a display
    window.panels.columns.setSizes([150, 300, 340])
    style = MapStyle("map", 0.3, "magma")
    window.panels.display.style_chosen.emit(style)
    size, columns = window.size(), window.panels.columns.sizes()
    window.close()
    again = make_window(lambda: pytest.fail("not started"), Settings(store))
    assert again.size() == size
    assert again.panels.columns.sizes() == columns
    assert again.explorer.selection.style == style
    assert again.panels.saliency._style == style


# --- taking away


def answer_save_dialog(monkeypatch, path):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))


def test_the_pruned_model_is_saved_and_can_be_opened(window, tmp_path, qtbot, monkeypatch):
    drag(window, [0.5])
    path = tmp_path / "out" / "half.safetensors"
    path.parent.mkdir()
    answer_save_dialog(monkeypatch, path)
    with qtbot.waitSignal(window.saving.saved, timeout=MS):
        window.panels.save.click()
    assert load(path).widths == window.explorer.plan.widths
    window.open_paths([path])
    qtbot.waitUntil(lambda: chosen(window).model == str(path), timeout=MS)
    qtbot.waitUntil(lambda: settled(window), timeout=MS)


def test_onnx_is_exported_by_key(window, tmp_path, qtbot, monkeypatch):
    answer_save_dialog(monkeypatch, tmp_path / "net.onnx")
    with qtbot.waitSignal(window.saving.saved, timeout=MS):
        QTest.keyClick(window, Qt.Key.Key_E, CONTROL)
    assert (tmp_path / "net.onnx").stat().st_size > 0


def test_a_folder_that_is_not_there_is_told_and_the_window_goes_on(window, tmp_path, qtbot, monkeypatch):
    answer_save_dialog(monkeypatch, tmp_path / "gone" / "net.safetensors")
    window.panels.save.click()
    qtbot.waitUntil(lambda: not window.panels.messages.text.endswith("…"), timeout=MS)
    assert "there is no folder" in window.panels.messages.text
    assert not (tmp_path / "gone").exists()
    drag(window, [0.5])
    qtbot.waitUntil(lambda: settled(window), timeout=MS)


def test_picture_and_map_are_saved_and_copied_as_shown(window, tmp_path, qtbot, monkeypatch):
    answer_save_dialog(monkeypatch, tmp_path / "gaze.png")
    with qtbot.waitSignal(window.saving.saved, timeout=MS):
        window.actions_["save_map"].trigger()
    shown = window.panels.saliency.rendered()
    assert np.array_equal(read_image(tmp_path / "gaze.png").rgb, shown)
    window.actions_["copy_map"].trigger()
    qtbot.waitUntil(lambda: window.panels.messages.text.startswith("Copied"), timeout=MS)
    image = QGuiApplication.clipboard().image()
    assert (image.height(), image.width()) == shown.shape[:2]


def test_a_map_that_is_not_there_in_full_is_not_saved(dead_window, tmp_path, monkeypatch):
    window = dead_window
    request = window.explorer._request
    flat = normalised(np.zeros(request.picture.rgb.shape[:2], np.float32))
    window.explorer._answers.answered.emit(Preview(request, "coarse", flat))
    answer_save_dialog(monkeypatch, tmp_path / "gaze.png")
    window.actions_["save_map"].trigger()
    assert window.panels.messages.text.startswith("picture with map: the map is not ready yet")
    assert not (tmp_path / "gaze.png").exists()


def test_f5_measures_again(window, qtbot):
    drag(window, [0.5])
    qtbot.waitUntil(lambda: settled(window), timeout=MS)
    first = window._seen.latency
    QTest.keyClick(window, Qt.Key.Key_F5)
    assert window._seen.latency is None
    qtbot.waitUntil(lambda: settled(window), timeout=MS)
    assert window._seen.latency is not first


# --- closing


def test_closing_in_the_middle_of_everything(make_window, tmp_path, picture_files, model_file, qtbot, monkeypatch):
    """Pictures being read, a map being computed, a model being saved: all ends, and nothing half done is left."""
    measuring, reading = Gate(), Gate()
    cleaned_up = []

    def live(request):
        try:
            yield Preview(request, "full", normalised(np.zeros(request.picture.rgb.shape[:2], np.float32)))
            measuring.pass_through()
            yield Preview(request, "latency")
        finally:
            cleaned_up.append(request)

    window = make_window(lambda: live)
    window.open_paths([model_file, *picture_files])
    window.explorer.start()
    qtbot.waitUntil(lambda: measuring.reached and len(window.explorer.pictures) == 3, timeout=MS)
    window._background.do(reading.pass_through, lambda _: None, pytest.fail)
    reading.wait_until_reached()
    folder = tmp_path / "out"
    folder.mkdir()
    for n in range(50):
        shutil.copy(picture_files[0], folder / f"{n}.png")
    window.open_paths([folder])
    answer_save_dialog(monkeypatch, folder / "saved.safetensors")
    window._save_model()
    read = []
    monkeypatch.setattr("app.library.read_image", read.append)
    stop = window.explorer.stop

    def stop_with_gates_open():  # the engine goes on only when the window has begun to close
        measuring.open()
        reading.open()
        stop()

    window.explorer.stop = stop_with_gates_open
    window.close()
    assert not window.isVisible()
    assert len(cleaned_up) == 1
    assert (folder / "saved.safetensors").exists()
    assert [name for name in os.listdir(folder) if name.startswith(".")] == []
    qtbot.wait(1)
    assert len(window.explorer.pictures) == 3  # nothing is delivered to a closed window


def test_closing_while_the_engine_loads(make_window, picture_files, model_file, qtbot):
    gate = Gate()

    def prepare():
        gate.pass_through()
        return lambda request: pytest.fail("closed")

    window = make_window(prepare)
    window.open_paths([model_file, *picture_files])
    window.explorer.start()
    gate.wait_until_reached()
    gate.open()
    window.close()
    assert not window.isVisible()


def test_closing_the_real_engine_at_work(window, qtbot):
    drag(window, [0.2, 0.4, 0.6])
    window.close()
    window.close()  # as the program does once more when it ends
    assert not window.isVisible()


def test_quitting_closes(dead_window):
    window = dead_window
    window.actions_["quit"].trigger()
    assert not window.isVisible()


def test_the_first_choice_is_no_step(dead_window, model_file):
    window = dead_window
    assert window.history.count() == 0
    assert chosen(window) == NetworkChoice(str(model_file), 1e-3, 0)


def test_the_appearance_that_was_chosen_is_shown_and_remembered(dead_window):
    dead_window.actions_["dark"].trigger()
    assert QApplication.palette().color(QPalette.ColorRole.Window).name() == DARK.panel
    assert dead_window.actions_["dark"].isChecked()
    assert dead_window._settings.appearance() == "dark"
    dead_window.actions_["light"].trigger()
    assert QApplication.palette().color(QPalette.ColorRole.Window).name() == LIGHT.panel


def test_the_mode_on_display_is_checked_in_the_menu(dead_window):
    dead_window.actions_["map"].trigger()
    assert dead_window.actions_["map"].isChecked()
    assert not dead_window.actions_["overlay"].isChecked()
    assert dead_window.explorer.selection.style.mode == "map"


def test_what_could_not_be_read_is_told_no_longer_once_it_is(dead_window, tmp_path, qtbot):
    window = dead_window
    good_picture, good_model = (tmp_path / name for name in ("a.png", "tiny.safetensors"))
    for good, bad in ((good_picture, tmp_path / "x.png"), (good_model, tmp_path / "x.safetensors")):
        bad.write_text("nothing of the kind")
        window.open_paths([bad])
        qtbot.waitUntil(lambda bad=bad: bad.name in window.panels.messages.text, timeout=MS)
        shutil.copy(good, bad)
        window.open_paths([bad])
        qtbot.waitUntil(lambda: not window.panels.messages.text, timeout=MS)


def test_a_paste_that_succeeds_withdraws_what_was_said_of_one_that_did_not(dead_window, qtbot):
    window = dead_window
    QApplication.clipboard().setText("no picture")
    qtbot.keyClick(window, Qt.Key.Key_V, CONTROL)
    assert window.panels.messages.text.startswith("clipboard: found no picture")
    image = QImage(64, 48, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    QApplication.clipboard().setImage(image)
    qtbot.keyClick(window, Qt.Key.Key_V, CONTROL)
    assert not window.panels.messages.text
    qtbot.waitUntil(lambda: len(window.explorer.pictures) == 4, timeout=MS)
