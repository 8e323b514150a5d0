import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

import main
from app.selection import NetworkChoice
from gazeengine.errors import DataError
from gazeengine.project import Project, ProjectPicture
from gazeengine.project_file import save_project
from gazeengine.resources import SamplePicture
from tests.app.gates import LIMIT_S

MS = 3000 * LIMIT_S
ROOT = Path(main.__file__).parent


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")} | environment,
        capture_output=True,
        text=True,
        timeout=3 * LIMIT_S,
        check=False,
    )


@pytest.fixture
def open_window(qtbot, settings, monkeypatch, picture_files, model_file):
    """With the tiny model and a picture in place of what is shipped; the engine is never loaded."""
    monkeypatch.setattr(main, "shipped_models", lambda: [model_file])
    monkeypatch.setattr(main, "default_model", lambda: model_file)
    monkeypatch.setattr(main, "default_point", lambda: (1e-2, 3))
    monkeypatch.setattr(main, "sample_pictures", lambda: [SamplePicture(picture_files[2], "C", "photograph")])
    monkeypatch.setattr(main.Explorer, "start", lambda _: None)
    windows = []

    def open_window(*paths):
        windows.append(main.open_window(paths, settings))
        qtbot.addWidget(windows[-1])
        return windows[-1]

    yield open_window
    for window in windows:
        window.close()


def test_the_window_is_there_before_anything_heavy_is_loaded():
    code = """
import sys
import app.main_window
heavy = ("torch", "torchvision", "onnx", "onnxruntime", "scipy", "matplotlib")
print([name for name in heavy if name in sys.modules])
import main
print([name for name in heavy if name in sys.modules])
"""
    done = run("-W", "error", "-c", code)
    assert (done.stdout, done.stderr, done.returncode) == ("[]\n[]\n", "", 0)


def test_help_needs_no_display():
    done = run("main.py", "--help", QT_QPA_PLATFORM="xcb")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage: main.py")
    assert "pictures, model files, or a project to open" in " ".join(done.stdout.split())


def test_without_arguments_the_shipped_model_and_the_samples_are_opened(open_window, qtbot, model_file):
    window = open_window()
    qtbot.waitUntil(lambda: window.explorer.plan is not None and bool(window.explorer.pictures), timeout=MS)
    assert [entry.name for entry in window.library.pictures.values()] == ["c.png"]
    assert list(window.library.models) == [str(model_file)]
    assert window.panels.messages.text == ""
    chosen = window.explorer.selection.network
    assert (chosen.beta, chosen.n) == (1e-2, 3)
    assert not window.history.canUndo()


def test_what_is_named_is_opened_instead(open_window, qtbot, picture_files, other_model_file, model_file):
    window = open_window(picture_files[1], other_model_file, picture_files[0])
    qtbot.waitUntil(lambda: window.explorer.plan is not None and len(window.explorer.pictures) == 2, timeout=MS)
    assert window.explorer.selection.picture == str(picture_files[1])
    assert window.explorer.selection.network == NetworkChoice(str(other_model_file))
    assert set(window.library.models) == {str(model_file), str(other_model_file)}
    assert len(window.library.pictures) == 2


def test_of_the_models_that_are_named_a_good_one_is_taken(open_window, qtbot, tmp_path, other_model_file):
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"no model")
    window = open_window(other_model_file, broken, tmp_path / "gone.safetensors")
    qtbot.waitUntil(lambda: window.explorer.plan is not None, timeout=MS)
    assert window.explorer.selection.network.model == str(other_model_file)
    assert "gone.safetensors" in window.panels.messages.text


def test_a_project_can_be_named(open_window, qtbot, tmp_path, picture_files):
    file = tmp_path / "mine.fishergaze"
    pictures = tuple(ProjectPicture(path.name, "", path) for path in picture_files[:2])
    save_project(Project(pictures, shown=1), file, {})
    window = open_window(file)
    qtbot.waitUntil(lambda: window.projects.path == file and len(window.explorer.pictures) == 2, timeout=MS)
    assert window.explorer.selection.picture == str(picture_files[1])
    assert window.windowTitle() == "mine[*] – FisherGaze"
    assert not window.isWindowModified()


def test_a_folder_can_be_named(open_window, tmp_path):
    assert len(open_window(tmp_path).library.pictures) == 3


@pytest.mark.parametrize("name", ["nothing.png", "nothing.safetensors", "nothing"])
def test_a_path_that_does_not_exist_is_a_message_in_the_window(open_window, qtbot, tmp_path, name):
    window = open_window(tmp_path / name)
    qtbot.waitUntil(lambda: bool(window.panels.messages.text), timeout=MS)
    assert f"{name}: " in window.panels.messages.text
    assert window.isVisible()


def test_without_a_shipped_model_the_window_says_so(open_window, monkeypatch):
    monkeypatch.setattr(main, "shipped_models", list)
    monkeypatch.setattr(main, "default_model", lambda: None)
    window = open_window()
    assert window.panels.messages.text.startswith("models: found none that came with the program")
    assert window.panels.model is not None
    assert len(window.library.pictures) == 1


def test_without_samples_the_window_says_so_and_has_its_model(open_window, monkeypatch, qtbot):
    def missing():
        raise DataError("sample pictures: pictures.json cannot be read")

    monkeypatch.setattr(main, "sample_pictures", missing)
    window = open_window()
    qtbot.waitUntil(lambda: window.explorer.plan is not None, timeout=MS)
    assert window.panels.messages.text == "sample pictures: pictures.json cannot be read"


def test_the_application_has_a_name_for_its_settings(qapp, monkeypatch):
    monkeypatch.setattr(main, "QApplication", lambda _: QApplication.instance())
    assert main.create_application().applicationName() == "FisherGaze"


def test_the_program_ends_by_itself_when_its_window_is_closed(tmp_path, model_file, picture_files):
    """All of it, in a process of its own: engine loading, pictures being read, closed at once."""
    code = f"""
import sys
from PySide6.QtCore import QSettings, QTimer
import main
from app.selection import NetworkChoice
from app.settings import Settings
settings = Settings(QSettings({str(tmp_path / "of the program.ini")!r}, QSettings.Format.IniFormat))
main.Settings = lambda: settings
shown = main.open_window
def open_window(*arguments):
    window = shown(*arguments)
    QTimer.singleShot(0, window.close)
    return window
main.open_window = open_window
sys.exit(main.main({[str(model_file), *map(str, picture_files)]!r}))
"""
    done = run("-c", code, QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert [name for name in os.listdir(tmp_path) if name.startswith(".")] == []
