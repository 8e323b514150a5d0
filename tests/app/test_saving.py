import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app.background import Background
from app.map_style import MapStyle, rendered
from app.message_bar import MessageBar
from app.planned import Model, Planned, Trained
from app.saving import Saving, chosen
from app.selection import NetworkChoice
from gazeengine import atomic
from gazeengine.checkpoint import load
from gazeengine.family_files import read_family
from gazeengine.image import read_image
from gazeengine.plan import pruning_order
from tests.app.gates import LIMIT_S, Gate
from tests.families import write_family

MS = 3000 * LIMIT_S  # torch and ONNX are imported by the first of them
RGB = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
LOG_DENSITY = np.log(np.full((20, 30), 1 / 600, np.float32))


@pytest.fixture
def background(qtbot):
    background = Background("files")
    yield background
    background.close()


@pytest.fixture
def messages(qtbot):
    messages = MessageBar()
    qtbot.addWidget(messages)
    return messages


@pytest.fixture
def saving(background, messages, settings, qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    saving = Saving(window, background, messages, settings)
    saving.kept = window
    return saving


@pytest.fixture
def folder(tmp_path):
    """An empty one."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def plan(checkpoint):
    model = Model.of(checkpoint)
    order = pruning_order(checkpoint.signal, model.flops, 1e-3)
    return Planned.of(NetworkChoice("m", 1e-3, 40), model, order)


def said(messages, qtbot):
    """The message after "Saving…"."""
    qtbot.waitUntil(lambda: bool(messages.text) and not messages.text.endswith("…"), timeout=MS)
    return messages.text


def answer_dialog(monkeypatch, name):
    asked = []

    def answer(parent, title, place, kinds):
        asked.append(Path(place))
        return str(name), kinds

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    return asked


def test_the_chosen_network_is_the_models_own_where_nothing_is_pruned(plan, checkpoint):
    whole = Planned.of(NetworkChoice("m", 1e-3, 0), plan.model, plan.order)
    assert chosen(whole) is checkpoint
    assert chosen(plan).widths == plan.widths


def test_what_is_pruned_past_a_trained_network_is_saved_from_it(saving, messages, folder, tmp_path, checkpoint, qtbot):
    family = read_family(write_family(tmp_path, checkpoint, {1e-3: (20,)}))
    trained = Trained(family.snapshots[0], family.snapshots[0].checkpoint())
    model = Model.of(family)
    order = pruning_order(trained.checkpoint.signal, model.flops, 1e-3)
    on_mark, past = (Planned.of(NetworkChoice("m", 1e-3, n), model, order, trained) for n in (20, 25))
    assert chosen(on_mark) is trained.checkpoint
    found = chosen(past)
    assert (found.widths, found.name) == (past.widths, "Tiny −25")
    assert found.provenance["parent"]["id"] == trained.checkpoint.id
    assert found.provenance["pruned"] == 5
    for layer, kept in past.pruning.kept.items():  # in the unpruned network's own numbers
        assert found.kept[layer].tolist() == trained.checkpoint.kept[layer][kept].tolist()
    with qtbot.waitSignal(saving.saved, timeout=MS):
        saving.save_model(past, folder / "past.safetensors")
    shutil.copy(folder / "past.safetensors", tmp_path / "tiny")
    again = read_family(tmp_path / "tiny.safetensors")  # among its snapshots it is none
    assert [s.n for s in again.snapshots] == [20]


def test_a_model_is_saved_and_read_again(saving, plan, messages, folder, qtbot):
    path = folder / "small.safetensors"
    with qtbot.waitSignal(saving.saved, timeout=MS) as saved:
        saving.save_model(plan, path)
        assert messages.text == "Saving small.safetensors…"
    assert saved.args == [path]
    assert messages.text.startswith("Saved small.safetensors (")
    assert messages.text.endswith("its maps differ by at most 0.0e+00 nats.")
    assert load(path).widths == plan.widths
    assert load(path).provenance["pruned"] == 40
    assert os.listdir(folder) == ["small.safetensors"]


def test_onnx_is_exported_and_compared(saving, plan, messages, folder, qtbot):
    path = folder / "small.onnx"
    with qtbot.waitSignal(saving.saved, timeout=MS):
        saving.export_onnx(plan, path)
    assert messages.text.startswith("Exported small.onnx (")
    assert "ONNX Runtime" in messages.text
    assert os.listdir(folder) == ["small.onnx"]


def test_the_picture_is_saved_as_it_is_shown(saving, messages, folder, qtbot):
    style = MapStyle("overlay", 0.5)
    with qtbot.waitSignal(saving.saved, timeout=MS):
        saving.save_map(RGB, LOG_DENSITY, style, folder / "a.png")
    assert np.array_equal(read_image(folder / "a.png").rgb, rendered(RGB, LOG_DENSITY, style))


def test_the_picture_is_copied_as_it_is_shown(saving, messages, qtbot):
    saving.copy_map(RGB, LOG_DENSITY, MapStyle("map"))
    assert said(messages, qtbot) == "Copied the picture with its map."
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.height()) == (60, 40)
    red, green, blue = rendered(RGB, LOG_DENSITY, MapStyle("map"))[7, 9]
    assert image.pixelColor(9, 7).getRgb()[:3] == (red, green, blue)


def test_the_button_shows_the_folder(saving, messages, folder, qtbot, monkeypatch):
    shown = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: shown.append(Path(url.toLocalFile())))
    with qtbot.waitSignal(saving.saved, timeout=MS):
        saving.save_map(RGB, LOG_DENSITY, MapStyle(), folder / "a.png")
    messages._action.click()
    assert shown == [folder]


# --- what goes wrong


def writes(saving, plan, path):
    """Every way to write a file."""
    return (
        lambda: saving.save_model(plan, path),
        lambda: saving.export_onnx(plan, path),
        lambda: saving.save_map(RGB, LOG_DENSITY, MapStyle(), path),
    )


@pytest.mark.parametrize("way", range(3))
@pytest.mark.parametrize(
    "place", ["no such folder", "a file for a folder", "a folder of that name", "unwritable", "full"]
)
def test_what_cannot_be_written_is_one_message_and_the_old_file_stays(
    saving, plan, messages, folder, qtbot, monkeypatch, place, way
):
    path = folder / "out.bin"
    if place == "no such folder":
        path = folder / "gone" / "out.bin"
    elif place == "a file for a folder":
        (folder / "text").touch()
        path = folder / "text" / "out.bin"
    elif place == "a folder of that name":
        path.mkdir()
    else:
        path.write_bytes(b"the good one")

    def refuse(number):
        def refused(*_, **__):
            raise OSError(number, os.strerror(number))

        return refused

    if place == "unwritable":  # not by chmod, which does not stop root
        monkeypatch.setattr(atomic.os, "open", refuse(errno.EACCES))
    elif place == "full":
        monkeypatch.setattr(Path, "write_bytes", refuse(errno.ENOSPC))
    before = sorted(folder.rglob("*"))
    shown = []
    monkeypatch.setattr(messages, "show_problem", shown.append)
    saving._background.do(lambda: None, lambda _: None, pytest.fail)
    writes(saving, plan, path)[way]()
    qtbot.waitUntil(lambda: bool(shown), timeout=MS)
    monkeypatch.undo()
    qtbot.wait(1)
    (message,) = shown
    assert message.startswith(f"file {path}: ")
    assert "wanted" in message
    assert sorted(folder.rglob("*")) == before
    if path.is_file():
        assert path.read_bytes() == b"the good one"


def test_what_is_to_be_saved_is_saved_though_the_window_closes_before_its_turn(saving, background, folder, plan):
    gate = Gate()
    background.do(gate.pass_through, lambda _: None, pytest.fail)
    gate.wait_until_reached()
    saving.save_map(RGB, LOG_DENSITY, MapStyle(), folder / "a.png")
    gate.open()
    background.close()
    assert os.listdir(folder) == ["a.png"]


# --- asking


def test_a_name_is_suggested_in_the_last_folder(saving, plan, folder, settings, monkeypatch, qtbot):
    asked = answer_dialog(monkeypatch, folder / "mine.safetensors")
    settings.save_folder("models", folder)
    with qtbot.waitSignal(saving.saved, timeout=MS):
        saving.ask_and_save_model(plan)
    assert asked == [folder / "tiny-beta1e-3-n40.safetensors"]
    assert settings.folder("models") == folder


def test_saying_no_saves_nothing(saving, plan, messages, monkeypatch):
    answer_dialog(monkeypatch, "")
    saving.ask_and_save_model(plan)
    saving.ask_and_export_onnx(plan)
    saving.ask_and_save_map(RGB, LOG_DENSITY, MapStyle(), "a.png")
    assert messages.text == ""


def test_a_missing_suffix_is_added(saving, folder, monkeypatch, qtbot):
    asked = answer_dialog(monkeypatch, folder / "a.v2")
    with qtbot.waitSignal(saving.saved, timeout=MS) as saved:
        saving.ask_and_save_map(RGB, LOG_DENSITY, MapStyle(), "shop.front.jpg")
    assert asked[0].name == "shop.front-gaze.png"
    assert saved.args == [folder / "a.v2.png"]


@pytest.mark.parametrize(("answer", "replaced"), [("Yes", True), ("No", False)])
def test_a_file_that_the_dialog_did_not_ask_about_is_asked_about(
    saving, folder, monkeypatch, qtbot, messages, answer, replaced
):
    (folder / "a.png").write_bytes(b"precious")
    answer_dialog(monkeypatch, folder / "a")
    asked = []
    monkeypatch.setattr(
        QMessageBox, "question", lambda *a: asked.append(a[2]) or getattr(QMessageBox.StandardButton, answer)
    )
    saving.ask_and_save_map(RGB, LOG_DENSITY, MapStyle(), "a.png")
    if replaced:
        qtbot.waitUntil(lambda: messages.text == "Saved a.png.", timeout=MS)
    assert asked == ["a.png already exists. Replace it?"]
    assert ((folder / "a.png").read_bytes() != b"precious") == replaced
