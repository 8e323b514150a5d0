import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDesktopServices
from shiboken6 import delete

from app import job_desk
from app.background import Background
from app.explorer import Explorer
from app.job_dialogs import Wanted
from app.job_records import Job, write_job
from app.main_window import MainWindow
from gazeengine.runs import History, TrainingProgress
from tests.app.gates import LIMIT_S
from tests.app.test_jobs import COUNTING, go_to

MS = 6000 * LIMIT_S


@pytest.fixture
def make_window(qtbot, settings):
    """A window whose jobs count, and whose engine is never loaded."""
    windows = []

    def make():
        window = MainWindow(settings, Explorer(lambda: pytest.fail("not started")), Background("files"))
        window.jobs.jobs._program = (sys.executable, str(COUNTING))
        windows.append(window)
        qtbot.addWidget(window)
        window.show()
        window.jobs.open()
        return window

    yield make
    for window in windows:
        window.jobs.jobs.close()
        window.close()
        for each in (window.explorer, window._background):
            delete(each)  # here: the garbage collector might do it in another thread


@pytest.fixture
def window(make_window):
    return make_window()


def begin(window, *options, title="Count", to=None):
    out = window.jobs.jobs.folder.parent / f"{title}.txt"
    window.jobs.begin(Wanted("train", title, ("count", *options), out))
    job = list(window.jobs.jobs.jobs.values())[-1]
    if to is not None:
        go_to(job, to)
    return job.key


def state(window, key):
    return window.jobs.jobs.jobs[key].state


def until(qtbot, condition):
    qtbot.waitUntil(condition, timeout=MS)


def test_without_jobs_there_is_nothing_of_them_in_the_window(window):
    assert not window.jobs.dock.isVisible()
    assert not window.jobs.indicator.isVisible()
    assert not window.jobs.jobs.folder.exists()  # nor on the disk


def test_latency_is_measured_while_jobs_hold_still(window):
    assert window.explorer.quiet == window.jobs.jobs.cores.quiet


def test_a_job_brings_its_panel_and_is_told_when_it_is_done(window, qtbot):
    key = begin(window, "--gate", to=3)
    assert window.jobs.dock.isVisible()
    until(qtbot, lambda: "50 %" in window.jobs.indicator.text())
    assert window.jobs.indicator.text().startswith("Count · 50 %")
    until(qtbot, lambda: [p.step for p in window.jobs._histories[key]] == [1, 2, 3])
    go_to(window.jobs.jobs.jobs[key], 6)
    until(qtbot, lambda: state(window, key) == "done")
    assert window.panels.messages.text == "“Count” is done."
    until(qtbot, lambda: not window.jobs.indicator.isVisible())
    with qtbot.waitSignal(window.jobs.result_wanted, timeout=MS) as wanted:
        window.panels.messages._action.click()
    assert wanted.args == [window.jobs.jobs.jobs[key]]
    assert not window.panels.messages.text  # it is done with


def test_what_goes_wrong_stays_in_the_message_bar(window, qtbot):
    key = begin(window, "--gate")
    (window.jobs.jobs.jobs[key].folder / "does").write_text("nan 2")
    go_to(window.jobs.jobs.jobs[key], 6)
    until(qtbot, lambda: state(window, key) == "failed")
    assert "the loss is nan at step 2" in window.panels.messages.text


def test_a_new_job_of_the_same_kind_makes_an_older_problem_void(window, qtbot):
    key = begin(window, "--gate")
    (window.jobs.jobs.jobs[key].folder / "does").write_text("nan 2")
    go_to(window.jobs.jobs.jobs[key], 6)
    until(qtbot, lambda: state(window, key) == "failed")
    assert window.panels.messages.text
    begin(window, title="Again")
    assert not window.panels.messages.text
    until(qtbot, lambda: all(job.state != "running" for job in window.jobs.jobs.jobs.values()))


@pytest.mark.parametrize("action", ["resume", "remove"])
def test_what_went_wrong_is_no_longer_told_once_the_job_goes_on_or_is_gone(window, qtbot, action):
    key = begin(window, "--gate")
    job = window.jobs.jobs.jobs[key]
    (job.folder / "does").write_text("nan 2")
    go_to(job, 6)
    until(qtbot, lambda: state(window, key) == "failed")
    assert window.panels.messages.text
    window.jobs.act(action, key)
    assert not window.panels.messages.text
    if action == "resume":
        window.jobs.jobs.discard(key)
        go_to(job, 1000)
    until(qtbot, lambda: key not in window.jobs.jobs.jobs)


def test_the_panel_s_buttons_do_what_they_say(window, qtbot, monkeypatch):
    key = begin(window, "--gate", "--steps", "1000", to=1)
    until(qtbot, lambda: key in window.jobs.jobs.progress)
    window.jobs.act("pause", key)
    assert state(window, key) == "paused"
    window.jobs.act("resume", key)
    assert state(window, key) == "running"
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(Path(url.toLocalFile())))
    window.jobs.act("folder", key)
    assert opened == [window.jobs.jobs.jobs[key].folder]
    monkeypatch.setattr(job_desk, "ask_before_discarding", lambda *_: False)
    window.jobs.act("discard", key)
    assert state(window, key) == "running"
    monkeypatch.setattr(job_desk, "ask_before_discarding", lambda *_: True)
    window.jobs.act("discard", key)
    go_to(window.jobs.jobs.jobs[key], 1000)
    until(qtbot, lambda: key not in window.jobs.jobs.jobs)
    window.jobs.act("pause", key)  # too late, and nothing comes of it


@pytest.mark.parametrize("answer", [None, "leave", "discard"])
def test_closing_the_window_asks_what_becomes_of_the_job(window, qtbot, monkeypatch, answer):
    asked = []
    monkeypatch.setattr(job_desk, "ask_before_closing", lambda _, title: (asked.append(title), answer)[1])
    key = begin(window, "--gate", "--steps", "1000", to=1)
    folder = window.jobs.jobs.jobs[key].folder
    until(qtbot, lambda: key in window.jobs.jobs.progress)
    go_to(window.jobs.jobs.jobs[key], 1000)
    assert window.close() == (answer is not None)
    assert asked == ["Count"]
    assert window.isVisible() == (answer is None)
    if answer is not None:
        assert folder.exists() == (answer == "leave")


def test_the_next_window_says_that_it_goes_on_and_can_be_told_not_to(make_window, qtbot, settings, monkeypatch):
    monkeypatch.setattr("app.jobs.GOES_ON_AFTER_MS", 10**8)
    folder = settings.data_folder / "jobs"
    job = replace(Job.new(folder, "train", "Count", ("count",), folder / "out"), state="running")
    write_job(job)
    with History(job.folder) as history:
        history.append(TrainingProgress(2, 6, 1.0, None, 1.0, 1, 1.0, 1.0, n_pruned=1, widths={"a": 3}))
    window = make_window()
    assert window.panels.messages.text == "“Count” goes on where it was left."
    until(qtbot, lambda: window.jobs.indicator.isVisible())
    window.jobs.show_panel()
    until(qtbot, lambda: len(window.jobs._histories.get(job.key, ())) == 1)
    window.panels.messages._action.click()
    assert state(window, job.key) == "paused"
    assert not window.panels.messages.text  # it does not go on


def test_the_menu_shows_the_jobs_and_hides_them(window, qtbot):
    window.actions_["jobs"].trigger()
    assert window.jobs.dock.isVisible()
    window.actions_["jobs"].trigger()
    assert not window.jobs.dock.isVisible()


def test_pruning_begins_with_the_open_model_at_its_beta_and_n(window, model_file, qtbot, tmp_path):
    window.actions_["prune_and_train"].trigger()
    assert window.panels.messages.text.startswith("pruning: no model is open, wanted one")
    window.open_paths([model_file])
    until(qtbot, lambda: window.explorer.plan is not None)
    window._change_network(beta=0.01, n=30)
    window.panels.prune_and_train.click()
    assert not window.panels.messages.text
    dialog = window.jobs._prune
    assert dialog.isVisible()
    start = dialog._start
    assert (start.path, start.beta, start.n, start.n_wanted) == (model_file, 0.01, 0, 30)
    assert dialog.place.path == model_file.with_suffix("")  # its family
    assert start.n_most == window.explorer.plan.n_most
    dialog.hide()


def test_what_is_set_otherwise_than_the_job_prunes_is_said_and_its_beta_is_not_carried_over(window, model_file, qtbot):
    window.open_paths([model_file])
    until(qtbot, lambda: window.explorer.plan is not None)
    window._change_network(beta=0.03, n=30)
    cost = window.panels.method.cost
    cost.setFocus()
    qtbot.keyClick(cost, Qt.Key.Key_Down)
    qtbot.keyClick(cost, Qt.Key.Key_Down)
    assert window.explorer.selection.network.method.cost == "parameters"
    qtbot.mouseClick(window.panels.method.rounded, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    qtbot.mouseClick(window.panels.prune_and_train, Qt.MouseButton.LeftButton)
    dialog = window.jobs._prune
    assert dialog._remark.isVisible()
    assert "The window is set to “Fisher” and “Parameters”" in dialog._remark.text()
    assert "β 0.03 is in nats per million parameters" in dialog._remark.text()
    assert dialog._beta.beta == 1e-3
    line = dialog.job().arguments
    assert line[line.index("--beta") + 1] == "0.001"
    dialog.hide()


def test_a_data_folder_that_was_chosen_once_is_remembered(window, model_file, tmp_path, qtbot):
    window.open_paths([model_file])
    until(qtbot, lambda: window.explorer.plan is not None)
    window.jobs.ask_train()
    dialog = window.jobs._train
    dialog.data.add([tmp_path])
    dialog.wanted.emit(Wanted("train", "Count", ("count",), tmp_path / "out"))
    assert window._settings.folders("training") == [tmp_path]
    dialog.hide()
    until(qtbot, lambda: all(job.state == "done" for job in window.jobs.jobs.jobs.values()))
