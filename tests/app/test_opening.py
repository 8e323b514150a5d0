import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from app.background import Background
from app.library import Library
from app.message_bar import MessageBar
from app.opening import Opening
from tests.app.gates import LIMIT_S
from tests.families import write_family

MS = 1000 * LIMIT_S


@pytest.fixture
def messages(qtbot):
    messages = MessageBar()
    qtbot.addWidget(messages)
    return messages


@pytest.fixture
def opening(qtbot, messages, settings):
    background = Background("files")
    window = QWidget()
    qtbot.addWidget(window)
    library = Library(background)
    library.problem.connect(messages.show_problem)
    opening = Opening(window, library, messages, settings)
    opening.kept = window
    opening.library, opening.pictures, opening.models = library, [], []
    opening.picture_wanted.connect(opening.pictures.append)
    opening.model_wanted.connect(opening.models.append)
    yield opening
    background.close()


def names(opening):
    return [entry.name for entry in opening.library.pictures.values()]


def mime(*paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def test_pictures_and_models_are_told_apart_and_the_first_picture_is_shown(opening, picture_files, model_file):
    opening.open_paths([model_file, *picture_files])
    assert opening.models == [str(model_file)]
    assert opening.pictures == [str(picture_files[0])]
    assert names(opening) == ["a.png", "b.png", "c.png"]


def test_they_can_be_opened_without_being_shown(opening, picture_files):
    opening.open_paths(picture_files, show=False)
    assert opening.pictures == []
    assert len(names(opening)) == 3


def test_of_a_folder_only_pictures_are_opened_without_a_word_on_the_rest(
    opening, picture_files, model_file, messages, tmp_path
):
    (tmp_path / "notes.txt").write_text("text")
    opening.open_paths([tmp_path])
    assert names(opening) == ["a.png", "b.png", "c.png"]
    assert opening.models == []
    assert messages.text == ""


def test_of_a_folder_with_snapshots_the_family_is_opened_and_its_pictures(
    opening, checkpoint, picture_files, messages, tmp_path
):
    path = write_family(tmp_path / "models", checkpoint, {1e-3: (20,)})
    folder = path.with_suffix("")
    opening.open_paths([folder])
    assert opening.models == [str(path)]
    assert (names(opening), messages.text) == ([], "")
    shutil.copy(picture_files[0], folder)
    path.unlink()
    assert opening.take(mime(folder))
    assert opening.models[1:] == [str(folder)]
    assert names(opening) == ["a.png"]


def test_a_folder_of_snapshots_can_be_asked_for(opening, checkpoint, settings, tmp_path, monkeypatch):
    path = write_family(tmp_path / "models", checkpoint, {1e-3: (20,)})
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(path.with_suffix("")))
    opening.ask_family()
    assert opening.models == [str(path)]
    assert settings.folder("models") == tmp_path / "models"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    opening.ask_family()
    assert len(opening.models) == 1


def test_a_folder_without_pictures_is_one_message(opening, messages, tmp_path):
    (tmp_path / "empty").mkdir()
    opening.open_paths([tmp_path / "empty"])
    assert messages.text.startswith("folder empty: found no pictures in it, wanted")
    assert opening.pictures == []


def test_a_single_file_that_is_no_picture_gives_its_message(opening, messages, tmp_path, qtbot):
    (tmp_path / "notes.txt").write_text("text")
    assert opening.take(mime(tmp_path / "notes.txt"))
    qtbot.waitUntil(lambda: messages.text.startswith("picture notes.txt: found a text file"), timeout=MS)


def test_files_are_taken_rather_than_a_picture_of_them(opening, picture_files):
    data = mime(*picture_files[:2])
    data.setImageData(QImage(32, 32, QImage.Format.Format_RGB32))
    assert opening.take(data)
    assert names(opening) == ["a.png", "b.png"]


def test_a_picture_is_pasted_over_white(opening, qtbot):
    image = QImage(64, 48, QImage.Format.Format_ARGB32)
    image.fill(QColor(0, 0, 0, 0))
    QGuiApplication.clipboard().setImage(image)
    with qtbot.waitSignal(opening.library.picture_opened, timeout=MS) as opened:
        opening.paste()
    assert opening.pictures == [opened.args[0]]
    assert opened.args[1].rgb.min() == 255


def test_files_are_pasted(opening, picture_files):
    QGuiApplication.clipboard().setMimeData(mime(*picture_files))
    opening.paste()
    assert names(opening) == ["a.png", "b.png", "c.png"]


@pytest.mark.parametrize("text", ["", "just words"])
def test_a_clipboard_without_pictures_is_told(opening, messages, text):
    QGuiApplication.clipboard().setText(text)
    opening.paste()
    assert messages.text == "clipboard: found no picture, wanted one, or picture files"


def test_of_an_address_of_the_net_one_message_says_what_to_do(opening, messages):
    data = QMimeData()
    data.setUrls([QUrl(f"https://example.org/{'long' * 30}.png")])
    assert opening.take(data)
    assert opening.pictures == []
    assert messages.text.startswith("picture https://example.org/longlong")
    assert "does not go online. Copy the picture in the browser" in messages.text
    assert len(messages.text) < 300


def test_pixels_in_memory_are_packed_once_they_were_read(opening, qtbot):
    image = QImage(640, 480, QImage.Format.Format_RGB32)
    image.fill(QColor(10, 20, 30))
    with qtbot.waitSignal(opening.library.picture_opened, timeout=MS) as first:
        opening.take_image(image, "Captured region")
    key, picture = first.args
    assert names(opening) == ["Captured region"]
    source = opening.library._sources[key]
    qtbot.waitUntil(lambda: opening.library._sources[key] is not source, timeout=MS)
    with qtbot.waitSignal(opening.library.picture_opened, timeout=MS) as again:
        opening.library.want(key)
    assert again.args[1].digest == picture.digest
    assert again.args[1].name == "Captured region"


def test_what_was_opened_is_told_as_it_was_given(opening, picture_files, model_file, tmp_path):
    told = []
    opening.opened.connect(told.append)
    opening.open_paths([model_file])
    opening.open_paths([picture_files[1], model_file])
    opening.open_paths([tmp_path])
    (tmp_path / "empty").mkdir()
    opening.open_paths([tmp_path / "empty"])
    assert told == [[picture_files[1]], [tmp_path]]


def test_a_folder_of_pictures_can_be_asked_for(opening, picture_files, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    opening.ask_folder()
    assert names(opening) == ["a.png", "b.png", "c.png"]
    assert settings.folder("pictures") == tmp_path


def test_dialogs_begin_in_the_last_folder_and_remember_the_next(
    opening, picture_files, model_file, settings, tmp_path, monkeypatch
):
    other = tmp_path / "other"
    other.mkdir()
    settings.save_folder("pictures", other)
    settings.save_folder("models", other)
    asked = []

    def pictures(parent, title, folder, kinds):
        asked.append(Path(folder))
        assert "*.jpeg" in kinds
        return [str(path) for path in picture_files], kinds

    def model(parent, title, folder, kinds):
        asked.append(Path(folder))
        return str(model_file), kinds

    monkeypatch.setattr(QFileDialog, "getOpenFileNames", pictures)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", model)
    opening.ask_pictures()
    opening.ask_model()
    assert asked == [other, other]
    assert len(names(opening)) == 3
    assert opening.models == [str(model_file)]
    assert settings.folder("pictures") == settings.folder("models") == tmp_path


def test_saying_no_opens_nothing(opening, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([], ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    opening.ask_pictures()
    opening.ask_model()
    assert (names(opening), opening.models) == ([], [])


def test_a_file_named_like_a_model_that_is_a_picture_is_told_as_a_broken_model(
    opening, picture_files, messages, tmp_path, qtbot
):
    shutil.copy(picture_files[0], tmp_path / "a.safetensors")
    opening.open_paths([tmp_path / "a.safetensors"])
    qtbot.waitUntil(lambda: messages.text.startswith("model file a.safetensors: "), timeout=MS)
