"""Open result: what a job made is looked with, and one step of undo leads back."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from shiboken6 import delete

from app.background import Background
from app.explorer import Explorer
from app.job_records import Job, write_job
from app.main_window import MainWindow
from app.pruning_method import PruningMethod
from gazeengine.checkpoint import save
from gazeengine.runs import History, TrainingProgress
from tests.app.gates import LIMIT_S
from tests.families import snapshot_of, snapshot_path, write_family
from tests.networks import narrow_checkpoint

MS = 6000 * LIMIT_S
BETA = 0.02


@pytest.fixture
def make_window(qtbot, settings, model_file):
    """A window on the tiny model with 10 features pruned at another β, whose engine is never loaded."""
    windows = []

    def make():
        window = MainWindow(settings, Explorer(lambda: pytest.fail("not started")), Background("files"))
        windows.append(window)
        qtbot.addWidget(window)
        window.resize(1280, 800)
        window.show()
        window.jobs.open()
        window.begin_at(1e-3, 10)
        window.open_paths([model_file])
        qtbot.waitUntil(lambda: window.explorer.plan is not None, timeout=MS)
        return window

    yield make
    for window in windows:
        window.jobs.jobs.close()
        window.close()
        for each in (window.explorer, window._background):
            delete(each)  # here: the garbage collector might do it in another thread


def job_done(settings, kind, out, snapshots=()):
    """One that is in the list of the next window."""
    folder = settings.data_folder / "jobs"
    job = replace(Job.new(folder, kind, "Job", (kind,), out), state="done", message="Done.")
    write_job(job)
    with History(job.folder) as history:
        for step, path in enumerate(snapshots, 1):
            history.append(TrainingProgress(step, 9, 1.0, None, 1.0, 1, 1.0, 1.0, snapshot=str(path)))
    return job


def pruned_by_job(settings, parent, out, ns, beta=BETA):
    """A pruning run's snapshots in a folder, and the job."""
    out.mkdir(exist_ok=True)
    paths = []
    for n in ns:
        paths.append(out / f"b-n{n}.safetensors")
        save(snapshot_of(parent, beta, n), paths[-1])
    return job_done(settings, "prune-run", out, paths)


def open_result(window, job, qtbot, to=None):
    """By the button of the list of jobs; to says when it is there."""
    before = network(window)
    window.jobs.show_job(job.key)
    button = window.jobs.panel.button("open")
    qtbot.waitUntil(button.isVisible, timeout=MS)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: network(window) != before if to is None else to(), timeout=MS)


def network(window):
    return window.explorer.selection.network


def wanted_base(window):
    plan = window.explorer.plan
    return plan.awaited or plan.snapshot


def undo(window, qtbot):
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)


def test_snapshots_join_their_family_and_the_last_is_gone_to(make_window, settings, checkpoint, tmp_path, qtbot):
    job = pruned_by_job(settings, checkpoint, tmp_path / "run", (40, 80))
    window = make_window()
    before = network(window)
    open_result(window, job, qtbot)
    assert network(window) == replace(before, beta=BETA, n=80)
    assert wanted_base(window).path == tmp_path / "run" / "b-n80.safetensors"
    assert window.explorer.plan.model.family.marks(BETA) == (40, 80)
    assert window.panels.model._list.count() == 1  # the model that was there
    undo(window, qtbot)
    assert network(window) == before
    assert not window.history.canUndo()


def test_what_another_job_left_in_the_folder_is_not_gone_to(make_window, settings, checkpoint, tmp_path, qtbot):
    save(snapshot_of(checkpoint, 0.5, 100), tmp_path / "tiny-older.safetensors")
    job = pruned_by_job(settings, checkpoint, tmp_path / "run", (40,))
    (tmp_path / "tiny-older.safetensors").rename(tmp_path / "run" / "older.safetensors")
    window = make_window()
    open_result(window, job, qtbot)
    assert (network(window).beta, network(window).n) == (BETA, 40)


def test_the_beta_of_a_run_is_in_nats_per_gflop_and_so_the_cost_is_flops(
    make_window, settings, checkpoint, tmp_path, qtbot
):
    job = pruned_by_job(settings, checkpoint, tmp_path / "run", (40,))
    window = make_window()
    window._change_network(method=PruningMethod(cost="parameters"))
    window.history.rest(network(window))
    before = network(window)
    open_result(window, job, qtbot)
    assert (network(window).beta, network(window).method.cost) == (BETA, "flops")
    undo(window, qtbot)
    assert network(window) == before


def test_snapshots_of_a_model_that_is_not_open_are_opened_at_the_last(
    make_window, settings, other_checkpoint, tmp_path, qtbot
):
    job = pruned_by_job(settings, other_checkpoint, tmp_path / "run", (5, 9))
    window = make_window()
    before = network(window)
    open_result(window, job, qtbot)
    assert (network(window).model, network(window).beta) == (str(tmp_path / "run"), BETA)
    assert network(window).n == wanted_base(window).n
    assert wanted_base(window).path == tmp_path / "run" / "b-n9.safetensors"
    undo(window, qtbot)
    assert network(window) == before


def test_with_their_model_beside_them_that_is_opened(make_window, settings, other_checkpoint, tmp_path, qtbot):
    parent = write_family(tmp_path, other_checkpoint, {BETA: (5, 9)}, "mine")
    paths = [snapshot_path(parent, BETA, n) for n in (5, 9)]
    job = job_done(settings, "prune-run", parent.with_suffix(""), paths)
    window = make_window()
    open_result(window, job, qtbot)
    assert (network(window).model, network(window).n, wanted_base(window).path) == (str(parent), 9, paths[-1])


@pytest.mark.parametrize("open_before", [True, False])
def test_a_snapshot_that_looks_at_another_size_is_of_no_family_and_opened_alone(
    make_window, settings, checkpoint, other_checkpoint, tmp_path, qtbot, open_before
):
    parent = checkpoint if open_before else other_checkpoint
    out = tmp_path / "run"
    job = pruned_by_job(settings, parent, out, (9,))
    if not open_before:
        save(parent, tmp_path / "run.safetensors")
    path = out / "b-n9.safetensors"
    save(replace(snapshot_of(parent, BETA, 9), working_size=(64, 64)), path)
    window = make_window()
    open_result(window, job, qtbot, lambda: network(window).model == str(path))
    assert network(window).n == 0
    assert window.explorer.plan.base.working_size == (64, 64)
    undo(window, qtbot)
    assert (network(window).model, network(window).n) == (str(tmp_path / "tiny.safetensors"), 10)


def test_a_network_that_was_trained_is_shown_as_it_was_trained(make_window, settings, tmp_path, qtbot):
    out = tmp_path / "new.safetensors"
    save(replace(narrow_checkpoint(seed=3, most=6), name="Tiny"), out)
    job = job_done(settings, "train", out)
    window = make_window()
    before = network(window)
    open_result(window, job, qtbot)
    assert (network(window).model, network(window).n) == (str(out), 0)
    names = [window.panels.model._list.itemText(i) for i in range(2)]
    assert names == ["Tiny · tiny", "Tiny · new"]
    undo(window, qtbot)
    assert network(window) == before


def test_that_nothing_of_it_is_left_is_said(make_window, settings, checkpoint, tmp_path, qtbot):
    job = pruned_by_job(settings, checkpoint, tmp_path / "run", (40,))
    (tmp_path / "run" / "b-n40.safetensors").unlink()
    window = make_window()
    open_result(window, job, qtbot, lambda: bool(window.panels.messages.text))
    assert "found none of its networks" in window.panels.messages.text
