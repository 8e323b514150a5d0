from contextlib import contextmanager
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from shiboken6 import delete

from app import refining
from app.background import Background
from app.explorer import Explorer
from app.job_records import write_job
from app.main_window import MainWindow
from app.pruning_method import PruningMethod
from app.refinement_plan import LEAST_PICTURES
from gazeengine.checkpoint import load, save
from gazeengine.family_files import cached_place
from gazeengine.runs import TrainingProgress
from gazeengine.signal_source import OWN
from tests.app.explorers import picture
from tests.app.gates import LIMIT_S
from tests.families import snapshot_of

MS = 6000 * LIMIT_S
BETA = 1e-3


@pytest.fixture
def make_window(qtbot, settings, model_file):
    """A window on the tiny model, whose engine is never loaded, with as many pictures as refining wants."""
    windows = []

    def make():
        window = MainWindow(settings, Explorer(lambda: pytest.fail("not started")), Background("files"))
        windows.append(window)
        qtbot.addWidget(window)
        window.panels.show_workspace("network")
        window.show()
        window.jobs.open()
        for i in range(LEAST_PICTURES):
            window.explorer.add_picture(f"p{i}", picture(f"p{i}"))
        window.begin_at(BETA, 60)
        window.open_paths([model_file])
        qtbot.waitUntil(lambda: window.explorer.plan is not None, timeout=MS)
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


@pytest.fixture
def queued(window, monkeypatch):
    """Jobs are listed as running, and have no process."""
    found = []

    def queue(job):
        window.jobs.jobs.jobs[job.key] = replace(job, state="running")
        write_job(job)
        found.append(job)
        window.jobs.jobs.changed.emit()
        return job

    monkeypatch.setattr(window.jobs.jobs, "queue", queue)
    return found


def refine(window, qtbot):
    qtbot.mouseClick(window.panels.method.refine, Qt.MouseButton.LeftButton)


def move(window, **network):
    window._change_network(**network)


def stop_reached(window, job, n, beta=BETA, made="compensated"):
    """As the command writes one, and says so."""
    place = cached_place(window.library.cache, window.explorer.plan.model.checkpoint.id)
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"beta{beta}-n{n}-{made}.safetensors"
    save(snapshot_of(window.explorer.plan.model.checkpoint, beta, n, {"made": made}), path)
    progress = TrainingProgress(500, 1000, 0.0, None, 0.0, 0, 5.0, 5.0, snapshot=str(path), doing="stop 1 of 2")
    window.jobs.jobs.progress[job.key] = progress
    window.jobs.jobs.progressed.emit(job.key, [progress])
    return path


def end(window, job, state="done", message=""):
    window.jobs.jobs.jobs[job.key] = ended = replace(window.jobs.jobs.jobs[job.key], state=state, message=message)
    window.jobs.jobs.ended.emit(ended)


def n_of_base(window):
    plan = window.explorer.plan
    return (plan.awaited or plan.snapshot).n


def test_what_is_set_is_refined_on_the_open_pictures_and_there_again_at_the_next_start(make_window, qtbot):
    """The command itself, in a process of its own."""
    window = make_window()
    refine(window, qtbot)
    qtbot.waitUntil(lambda: window.panels.method.refine.text().startswith("Stop"), timeout=MS)
    assert not window.jobs.dock.isVisible()  # nothing comes between the hand and the sliders
    qtbot.waitUntil(lambda: "is done" in window.panels.messages.text, timeout=20 * MS)
    assert window.panels.method.refine.text() == "Refine here"
    plan = window.explorer.plan
    assert n_of_base(window) == plan.choice.n == 60
    (job,) = window.jobs.jobs.jobs.values()
    assert job.state == "done"
    qtbot.waitUntil(lambda: not (job.folder / "pictures").exists(), timeout=MS)
    made = load(plan.model.family.run(BETA)[0].path)
    assert made.provenance["signal"]["data"] == [OWN]
    window.close()
    again = make_window()
    assert again.explorer.plan.model.family.marks(BETA) == plan.model.family.marks(BETA)
    assert 60 in plan.model.family.marks(BETA)
    assert n_of_base(again) == 60


def test_each_network_takes_the_place_of_the_estimate_as_it_comes(window, qtbot, queued):
    refine(window, qtbot)
    qtbot.waitUntil(lambda: bool(queued), timeout=MS)
    assert queued[0].title == "Refine Tiny at β 0.001"
    assert "on your 8 pictures: the networks come one by one" in window.panels.messages.text
    stop_reached(window, queued[0], 60)
    qtbot.waitUntil(lambda: n_of_base(window) == 60, timeout=MS)
    assert "compensated with 60 features pruned at β 0.001, on your 8 pictures" in window.panels.messages.text
    assert window.panels.method.refine.text() == "Stop, 50 %"
    assert "50 % · 5 s left" in window.panels.method.refine.toolTip()
    stop_reached(window, queued[0], 80)
    qtbot.waitUntil(lambda: window.explorer.plan.model.family.marks(BETA) == (60, 80), timeout=MS)
    (entry,) = (e for e in window.library.models.values() if e.family is not None)
    assert entry.family.marks(BETA) == (60, 80)
    move(window, n=10)
    end(window, queued[0])
    assert window.panels.messages.text == "“Refine Tiny at β 0.001” is done: 2 networks with 60 to 80 features pruned."
    window.panels.messages._action.click()
    assert (window.explorer.selection.network.n, n_of_base(window)) == (60, 60)
    window.history.undo()
    assert window.explorer.selection.network.n == 10


def test_scores_of_a_network_come_later_and_nothing_else_moves(window, qtbot, queued):
    refine(window, qtbot)
    qtbot.waitUntil(lambda: bool(queued), timeout=MS)
    path = stop_reached(window, queued[0], 60)
    qtbot.waitUntil(lambda: n_of_base(window) == 60, timeout=MS)
    qtbot.waitUntil(lambda: window.explorer.plan.awaited is None, timeout=MS)
    window.panels.messages.hide()
    before, awaited = window.explorer.plan.base, []
    window.explorer.planned.connect(lambda plan: awaited.append(plan.awaited))
    save(replace(before, scores={"EyeCrowd test": {"information_gain_bits": 1.25}}), path)
    window.jobs.jobs.progressed.emit(queued[0].key, [window.jobs.jobs.progress[queued[0].key]])
    qtbot.waitUntil(lambda: "EyeCrowd test" in window.explorer.plan.base.scores, timeout=MS)
    assert window.explorer.plan.base.id == before.id
    assert set(awaited) == {None}
    assert window.panels.messages.text == ""
    assert "1.25" in window.panels.figures.accessibleDescription()
    end(window, queued[0])
    window.panels.messages._action.click()
    assert n_of_base(window) == 60


def test_the_same_button_stops_it_and_what_was_reached_stays(window, qtbot, queued, monkeypatch):
    refine(window, qtbot)
    qtbot.waitUntil(lambda: bool(queued), timeout=MS)
    stop_reached(window, queued[0], 60)
    qtbot.waitUntil(lambda: n_of_base(window) == 60, timeout=MS)
    stopped = []
    monkeypatch.setattr(window.jobs.jobs, "stop", stopped.append)
    refine(window, qtbot)
    assert stopped == [queued[0].key]
    end(window, queued[0], "stopped")
    window.jobs.jobs.changed.emit()
    assert window.panels.method.refine.text() == "Refine here"
    assert n_of_base(window) == 60


def test_why_it_cannot_be_is_said_on_the_button_and_when_it_is_asked_for(window, qtbot, queued):
    move(window, method=PruningMethod(cost="parameters"))
    assert "Fisher's at the cost of FLOPs" in window.panels.method.refine.toolTip()
    refine(window, qtbot)
    assert window.panels.messages.text.startswith("refining: refined orders are Fisher's")
    assert not queued
    move(window, method=PruningMethod())
    for key in list(window.explorer.pictures)[1:]:
        window.explorer.remove_picture(key)
    refine(window, qtbot)
    assert "1 picture is open, wanted at least 8" in window.panels.messages.text


def test_where_the_hand_rests_it_begins_by_itself_once_that_is_wanted(window, qtbot, queued, monkeypatch):
    monkeypatch.setattr(refining, "_on_battery", lambda: False)
    window.refining._rested()
    assert not queued
    window.actions_["refine_by_itself"].trigger()
    assert window.panels.method.by_itself.isChecked()
    assert window._settings.refines_by_itself()
    move(window, n=0)
    window.refining._rested()
    assert not queued  # nothing is an estimate
    move(window, n=window.explorer.plan.n_most)
    window.refining._rested()
    qtbot.waitUntil(lambda: bool(queued), timeout=MS)
    assert window.panels.messages.text == ""
    window.refining._rested()
    qtbot.wait(1)
    assert len(queued) == 1
    end(window, queued[0])
    qtbot.waitUntil(lambda: queued[0].key not in window.jobs.jobs.jobs, timeout=MS)  # nobody asked for it
    window.refining._rested()
    qtbot.wait(1)
    assert len(queued) == 1  # the same again would come of it


@pytest.mark.parametrize("why", ["battery", "calibration", "job"])
def test_it_does_not_begin_by_itself_beside_others(window, qtbot, queued, monkeypatch, why):
    monkeypatch.setattr(refining, "_on_battery", lambda: why == "battery")
    window.refining.choose_by_itself(True)
    move(window, n=window.explorer.plan.n_most)
    if why == "calibration":
        window.explorer.hold_measuring(True)
    if why == "job":
        refine(window, qtbot)
        qtbot.waitUntil(lambda: bool(queued), timeout=MS)
    before = len(queued)
    window.refining._rested()
    assert not window.refining._preparing
    assert len(queued) == before
    assert window.refining._rest.isActive()  # it looks again


def test_one_that_nobody_asked_for_gives_way_where_the_hand_has_gone_elsewhere(window, qtbot, queued, monkeypatch):
    monkeypatch.setattr(refining, "_on_battery", lambda: False)
    gone = []
    monkeypatch.setattr(window.jobs.jobs, "discard", gone.append)
    window.refining.choose_by_itself(True)
    move(window, n=window.explorer.plan.n_most)
    window.refining._rested()
    qtbot.waitUntil(lambda: bool(queued), timeout=MS)
    window.refining._rested()
    assert not gone
    move(window, beta=0.1, n=window.explorer.plan.n_most)
    window.refining._rested()
    assert gone == [queued[0].key]
    window.refining.choose_by_itself(False)
    assert gone == [queued[0].key] * 2


def test_it_holds_still_while_the_hand_moves(window, qtbot, queued, monkeypatch):
    held = []

    @contextmanager
    def quiet():
        held.append(True)
        yield
        held.append(False)

    monkeypatch.setattr(window.jobs.jobs.cores, "quiet", quiet)
    refine(window, qtbot)
    qtbot.waitUntil(lambda: bool(queued), timeout=MS)
    monkeypatch.setattr(type(window.jobs.jobs), "running", property(lambda self: next(iter(self.jobs.values()))))
    for n in (50, 51, 52):
        move(window, n=n)
    assert held == [True]
    qtbot.waitUntil(lambda: held == [True, False], timeout=MS)


def test_a_network_that_turns_out_to_be_damaged_is_told(window, qtbot, queued):
    refine(window, qtbot)
    qtbot.waitUntil(lambda: bool(queued), timeout=MS)
    path = window.library.cache / "n60.safetensors"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"nothing")
    progress = TrainingProgress(500, 1000, 0.0, None, 0.0, 0, 5.0, 5.0, snapshot=str(path), doing="stop 1 of 2")
    window.jobs.jobs.progressed.emit(queued[0].key, [progress])
    qtbot.waitUntil(lambda: "damaged or truncated" in window.panels.messages.text, timeout=MS)


def test_its_result_in_the_list_of_jobs_leads_to_its_model(window, qtbot, queued):
    refine(window, qtbot)
    qtbot.waitUntil(lambda: bool(queued), timeout=MS)
    (model,) = window.explorer.models
    window.jobs.result_wanted.emit(queued[0])
    assert window.explorer.selection.network.model == model
    elsewhere = queued[0].out.with_name("of-a-model-that-is-not-open")
    window.jobs.result_wanted.emit(replace(queued[0], out=elsewhere))
    assert "their model is not open" in window.panels.messages.text


def test_the_window_closes_without_asking(window, qtbot, queued, monkeypatch):
    refine(window, qtbot)
    qtbot.waitUntil(lambda: bool(queued), timeout=MS)
    job = window.jobs.jobs.jobs[queued[0].key]
    monkeypatch.setattr(type(window.jobs.jobs), "running", property(lambda _: job))
    assert window.jobs.may_close()
    assert window.jobs._leaving == "leave"
    window.jobs.unasked_for.add(job.key)
    assert window.jobs.may_close()
    assert window.jobs._leaving == "discard"
