from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget

from app.background import Background
from app.calibration import Calibration
from app.explorer import Explorer
from app.figures import LOSS, figure_rows
from app.layout import Panels
from app.library import Library, ModelEntry
from app.opening import Opening
from app.presentation import figures
from app.saving import chosen
from app.selection import NetworkChoice, Selection
from app.undo import ChoiceHistory
from gazeengine.checkpoint import load, save
from gazeengine.family_files import read_family
from gazeengine.image import read_image
from gazeengine.plan import FisherSignal
from gazeengine.signal_source import FEW, OWN, is_own
from tests.app.calibrations import ByHand
from tests.app.gates import LIMIT_S
from tests.families import write_family

MS = 1000 * LIMIT_S


@pytest.fixture
def bench(qtbot, settings, checkpoint, picture_files, tmp_path):
    """All that a calibration works with, on the tiny model; nothing is ever previewed, and pictures done by hand."""
    window, panels = QWidget(), Panels()
    for widget in (panels, window):
        qtbot.addWidget(widget)
    explorer, background = Explorer(lambda: pytest.fail("not started")), Background("files")
    library = Library(background)
    opening = Opening(window, library, panels.messages, settings)

    def restore(choice):
        explorer.select(replace(explorer.selection, network=choice))

    history, job = ChoiceHistory(restore, explorer.selection.network), ByHand()
    picture = read_image(picture_files[0])
    for i in range(20):
        explorer.add_picture(f"p{i}", picture)
    library.model_opened.connect(lambda key, opened: explorer.add_model(key, opened))
    calibration = Calibration(window, panels, explorer, library, opening, history, settings, job)
    explorer.add_model("m", checkpoint)
    explorer.select(Selection(network=NetworkChoice("m", 1e-3, 0)))
    history.begin(explorer.selection.network)
    yield SimpleNamespace(
        calibration=calibration, explorer=explorer, library=library, history=history, job=job, panels=panels
    )
    calibration.stop()
    explorer.stop()
    background.close()


def begin(bench, n):
    bench.calibration.begin([f"p{i}" for i in range(n)])


def acting(bench):
    """Of how many own pictures the signal is that the sliders act on; None for the file's."""
    base = bench.explorer.plan.base
    return base.signal.n_images if is_own(base) else None


def drag(bench, n):
    network = replace(bench.explorer.selection.network, n=n)
    bench.explorer.select(replace(bench.explorer.selection, network=network))
    bench.history.rest(bench.explorer.selection.network)


def state(bench):
    assert bench.panels.signal._state == bench.calibration.state  # the box shows it
    return bench.calibration.state


def said(bench):
    return bench.panels.messages.text


# growing


def test_the_signal_acts_from_few_pictures_on_and_grows(bench):
    begin(bench, 20)
    seen = []
    for n in range(1, 21):
        bench.job.do(n)
        seen.append(acting(bench))
    assert seen[: FEW - 1] == [None] * (FEW - 1)
    assert seen[FEW - 1] == FEW
    assert seen[-1] == 20
    grown = sorted(set(seen[FEW - 1 : -1]))
    assert all(later >= 1.25 * earlier for earlier, later in pairwise(grown))
    assert all(n is None or n >= done / 1.25 - 1 for done, n in enumerate(seen, 1))


@pytest.mark.parametrize("n", [1, 2, FEW])
def test_of_few_pictures_all_are_awaited(bench, n):
    begin(bench, n)
    bench.job.do(*range(1, n))
    assert acting(bench) is None
    bench.job.do(n)
    assert acting(bench) == n
    assert state(bench).running is None


def test_the_order_of_pruning_is_that_of_the_signal_so_far(bench):
    drag(bench, 20)
    kept = [bench.explorer.plan.pruning.digest]
    begin(bench, 9)
    for n in range(1, 10):
        bench.job.do(n)
        if bench.explorer.plan.pruning.digest != kept[-1]:
            kept.append(bench.explorer.plan.pruning.digest)
    assert len(kept) > 3
    assert bench.explorer.selection.network.n == 20


def test_progress_is_shown_and_nothing_is_measured_meanwhile(bench):
    begin(bench, 6)
    assert bench.explorer._measuring_held
    running = state(bench).running
    assert (running.n_done, running.n_pictures, running.left_s, running.acts) == (0, 6, None, False)
    bench.job.do(1, 2, 3, 4)
    running = state(bench).running
    assert (running.n_done, running.left_s, running.acts, running.elsewhere) == (4, 2.0, True, False)
    assert state(bench).source == "your 4 pictures"
    bench.job.do(5, 6)
    assert not bench.explorer._measuring_held
    assert state(bench).running is None
    assert state(bench).source == "your 6 pictures"
    assert said(bench).startswith("Tiny: calibrated on your 6 pictures.")


def test_only_one_goes_on_at_a_time(bench):
    begin(bench, 5)
    request = bench.job.request
    begin(bench, 3)
    bench.calibration.ask()
    assert bench.job.request is request
    assert not bench.calibration.dialog.isVisible()


def test_without_pictures_it_is_told_what_is_wanted(bench):
    bench.calibration.begin(["gone"])
    assert said(bench) == "calibration: found no pictures, wanted at least one that is open"
    assert bench.job.request is None
    assert not bench.explorer._measuring_held


# back and forth


def calibrate(bench, n=5):
    begin(bench, n)
    bench.job.do(*range(1, n + 1))


def test_a_calibration_is_one_step_back_and_forth(bench, checkpoint):
    calibrate(bench)
    assert bench.history.count() == 1
    bench.history.undo()
    assert bench.explorer.plan.base is checkpoint
    assert not state(bench).own
    bench.history.redo()
    assert acting(bench) == 5
    assert state(bench).own


def test_steps_before_and_behind_it_come_back_in_their_turn(bench):
    drag(bench, 10)
    calibrate(bench)
    drag(bench, 30)
    bench.history.undo()
    assert (bench.explorer.selection.network.n, acting(bench)) == (10, 5)
    bench.history.undo()
    assert (bench.explorer.selection.network.n, acting(bench)) == (10, None)
    bench.history.undo()
    assert bench.explorer.selection.network.n == 0
    for _ in range(3):
        bench.history.redo()
    assert (bench.explorer.selection.network.n, acting(bench)) == (30, 5)


def test_undone_while_it_goes_on_it_ends(bench):
    begin(bench, 20)
    bench.job.do(1, 2, 3, 4)
    bench.history.undo()
    assert bench.job.request is None
    assert acting(bench) is None
    bench.job.do(5)
    assert acting(bench) is None
    bench.history.redo()
    assert acting(bench) == 4


@pytest.mark.parametrize("n", [0, FEW - 1, FEW, 7])
def test_cancelled_it_is_as_if_it_had_not_been(bench, checkpoint, n):
    begin(bench, 20)
    bench.job.do(*range(1, n + 1))
    bench.calibration.cancel()
    assert bench.job.request is None
    assert bench.explorer.plan.base is checkpoint
    assert not bench.history.canUndo()
    assert state(bench).running is None
    assert not bench.explorer._measuring_held


def test_cancelled_it_leaves_what_was_dragged_meanwhile(bench):
    begin(bench, 20)
    bench.job.do(1, 2, 3, 4)
    drag(bench, 12)
    bench.job.do(5)
    bench.calibration.cancel()
    assert (bench.explorer.selection.network.n, acting(bench)) == (12, None)
    bench.history.undo()
    assert (bench.explorer.selection.network.n, acting(bench)) == (12, 5)


def test_kept_it_is_the_signal_of_all_pictures_so_far(bench):
    begin(bench, 20)
    bench.job.do(1, 2, 3)
    bench.calibration.keep()
    assert bench.job.request is not None  # nothing to keep yet
    bench.job.do(4, 5, 6)
    bench.calibration.keep()
    assert acting(bench) == 6
    assert bench.job.request is None
    assert "your 6 pictures" in said(bench)
    bench.history.undo()
    assert acting(bench) is None


def test_discarded_it_is_the_files_signal_again_and_can_be_brought_back(bench, checkpoint):
    calibrate(bench)
    calibrate(bench, 7)
    assert acting(bench) == 7
    bench.calibration.discard()
    assert bench.explorer.plan.base is checkpoint
    bench.history.undo()
    assert acting(bench) == 7
    bench.history.undo()
    assert acting(bench) == 5


def test_a_failure_is_told_and_leaves_the_signal_before(bench, checkpoint):
    begin(bench, 9)
    bench.job.do(1, 2, 3, 4)
    bench.job.fail("Fisher signal of Tiny: it is zero, wanted another")
    assert said(bench) == "Fisher signal of Tiny: it is zero, wanted another"
    assert bench.explorer.plan.base is checkpoint
    assert state(bench).running is None
    assert not bench.explorer._measuring_held


def test_a_model_without_a_signal_can_be_pruned_once_it_is_calibrated(bench, checkpoint):
    bench.explorer.add_model("m", replace(checkpoint, signal=None))
    assert state(bench).source == ""
    assert bench.explorer.plan.n_most == 0
    calibrate(bench)
    drag(bench, 25)
    bench.calibration.discard()
    assert (bench.explorer.selection.network.n, acting(bench)) == (0, None)
    bench.history.undo()
    assert (bench.explorer.selection.network.n, acting(bench)) == (25, 5)
    bench.history.redo()
    assert bench.explorer.selection.network.n == 0
    for n in (25, 0, 0):
        bench.history.undo()
        assert bench.explorer.selection.network.n == n
    assert bench.explorer.plan.n_most == 0


# whose it is


def test_it_is_of_the_network_it_began_with_whichever_is_chosen_meanwhile(bench, other_checkpoint):
    begin(bench, 6)
    bench.explorer.add_model("o", other_checkpoint)
    bench.explorer.select(Selection(network=NetworkChoice("o", 1e-3, 0)))
    bench.job.do(1, 2, 3, 4)
    assert state(bench).running.elsewhere
    assert not state(bench).own
    bench.job.do(5, 6)
    assert bench.explorer.plan.base is other_checkpoint
    bench.explorer.select(Selection(network=NetworkChoice("m", 1e-3, 0)))
    assert acting(bench) == 6


def test_a_file_that_is_read_again_keeps_the_signal_of_the_session(bench, checkpoint, model_file, qtbot):
    calibrate(bench)
    with qtbot.waitSignal(bench.library.model_opened, timeout=MS):
        key = bench.library.open_model(model_file)
    bench.explorer.select(Selection(network=NetworkChoice(key, 1e-3, 0)))
    assert acting(bench) == 5
    bench.calibration.discard()
    assert bench.explorer.plan.base.signal.n_images == checkpoint.signal.n_images
    assert not state(bench).own


def test_the_list_of_models_knows_the_signal(bench, checkpoint, model_file):
    entry = ModelEntry("m", "Tiny", model_file, False, checkpoint)
    unread = ModelEntry("u", "Unread", model_file, False)
    assert bench.calibration.present_entries([entry, unread]) == [entry, unread]
    calibrate(bench)
    shown, same = bench.calibration.present_entries([entry, unread])
    assert is_own(shown.checkpoint)
    assert same is unread


def test_what_is_saved_says_whose_pictures_the_signal_is_of(bench, checkpoint):
    calibrate(bench)
    drag(bench, 15)
    saved = chosen(bench.explorer.plan)
    assert saved.provenance["signal"] == {"data": [OWN], "n_images": 5, "targets": "sampled", "seed": 0}
    assert saved.provenance["pruned"] == 15
    assert bench.explorer.plan.suggested_name == "tiny-own-beta1e-3-n15"
    drag(bench, 0)
    assert is_own(chosen(bench.explorer.plan))
    assert chosen(bench.explorer.plan).weights is checkpoint.weights


def test_the_figures_tell_the_loss_by_own_pictures_apart(bench):
    drag(bench, 15)

    def loss():
        return next(row for row in figure_rows(figures(bench.explorer.plan, None)) if row.name == LOSS)

    assert "by your" not in loss().detail
    assert loss().explanation.endswith("The signals are of 10 pictures.")
    calibrate(bench)
    assert loss().detail == "per fixation, by your 5 pictures"
    assert loss().explanation.endswith("The signals are of your 5 pictures.")
    drag(bench, 0)
    assert loss().detail == "per fixation"  # nothing is pruned, whatever the signal


def test_in_a_family_the_signal_is_of_one_snapshot(bench, checkpoint, tmp_path, qtbot):
    path = write_family(tmp_path / "family", load_whole(checkpoint), {1e-3: [10, 20]})
    bench.explorer.add_model("f", read_family(path))
    bench.explorer.select(Selection(network=NetworkChoice("f", 1e-3, 14)))
    qtbot.waitUntil(lambda: bench.explorer.plan.n_trained == 10, timeout=MS)
    snapshot = bench.explorer.plan.base
    begin(bench, 5)
    bench.job.do(1, 2, 3, 4, 5)
    assert acting(bench) == 5
    assert bench.explorer.plan.base.id == snapshot.id
    assert "trained without 10 features at β 0.001" in said(bench)
    drag(bench, 3)
    assert (bench.explorer.plan.n_trained, acting(bench)) == (0, None)
    drag(bench, 12)
    assert (bench.explorer.plan.n_trained, acting(bench)) == (10, 5)
    bench.calibration.discard()
    assert acting(bench) is None


def load_whole(checkpoint):
    """With a signal of its own: what a family's parent has."""
    signal = checkpoint.signal
    return replace(checkpoint, signal=FisherSignal(checkpoint.id, signal.n_images, signal.targets, signal.delta))


# asking


def test_the_question_is_asked_of_pictures_that_were_read(bench, picture_files, tmp_path, qtbot):
    broken = tmp_path / "broken.png"
    broken.write_text("this is a text")
    bench.library.open_pictures([*picture_files, broken])
    qtbot.waitUntil(lambda: bench.library.pictures[str(broken)].problem is not None, timeout=MS)
    bench.calibration.ask()
    dialog = bench.calibration.dialog
    assert dialog.isVisible()
    assert dialog._keys() == [str(path) for path in picture_files]
    assert dialog._network.text().startswith("Network: Tiny.")
    dialog.reject()


def test_a_folder_is_added_to_the_question(bench, picture_files, tmp_path, qtbot, monkeypatch):
    bench.calibration.ask()
    dialog = bench.calibration.dialog
    assert dialog._keys() == []
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    dialog.folder_asked.emit()
    qtbot.waitUntil(lambda: len(dialog._keys()) == 3, timeout=MS)
    assert bench.explorer.selection.picture is None  # what is looked at stays
    dialog.reject()


def test_a_saved_calibration_is_told_from_the_one_before_when_it_is_opened(bench, tmp_path, checkpoint):
    calibrate(bench)
    save(chosen(bench.explorer.plan), tmp_path / "own.safetensors")
    again = load(tmp_path / "own.safetensors")
    assert is_own(again)
    assert again.id == checkpoint.id
