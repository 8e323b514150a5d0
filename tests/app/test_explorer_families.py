from dataclasses import replace

import numpy as np
import pytest

from app.planned import Planned
from gazeengine.checkpoint import save
from gazeengine.families import Snapshot
from gazeengine.family_files import read_family
from gazeengine.plan import pruning_order
from tests.app.explorers import MS, answer, choose, fully_answered, last, made_explorer, with_signal
from tests.app.gates import Gate
from tests.families import snapshot_of, snapshot_path, write_family


@pytest.fixture
def explorer(qtbot, checkpoint, other_checkpoint):
    explorer = made_explorer(checkpoint, other_checkpoint)
    yield explorer
    explorer.stop()


RUNS = {1e-3: (20, 40), 1e-1: (30,)}


@pytest.fixture
def family_file(tmp_path, checkpoint):
    return write_family(tmp_path, checkpoint, RUNS)


@pytest.fixture
def family(explorer, family_file):
    """Open in the explorer as "f"."""
    family = read_family(family_file)
    explorer.add_model("f", family)
    return family


@pytest.fixture
def reading(monkeypatch):
    """Holds the thread that reads snapshots."""
    gate, real = Gate(), Snapshot.checkpoint

    def checkpoint(snapshot):
        gate.pass_through()
        return real(snapshot)

    monkeypatch.setattr(Snapshot, "checkpoint", checkpoint)
    yield gate
    gate.open()


def choose_read(explorer, qtbot, **network):
    """Choose it, and wait until the trained network is there."""
    choose(explorer, **network)
    qtbot.waitUntil(lambda: explorer.plan.awaited is None, timeout=MS)
    return explorer.plan


def test_the_rest_is_pruned_from_the_trained_network_by_its_own_signal(explorer, family, checkpoint, qtbot):
    for beta, base_beta, n, n_trained in (
        (1e-3, 1e-3, 20, 20),
        (1e-3, 1e-3, 25, 20),
        (5e-3, 1e-3, 140, 40),
        (None, 1e-1, 33, 30),
    ):
        plan = choose_read(explorer, qtbot, model="f", beta=beta, n=n)
        trained = snapshot_of(checkpoint, base_beta, n_trained)
        assert plan.base.id == trained.id
        assert (plan.n_trained, plan.n_estimated, plan.choice.n) == (n_trained, n - n_trained, n)
        by_hand = pruning_order(trained.signal, plan.model.flops, beta)
        assert plan.widths == by_hand.widths_after(n - n_trained)
        assert plan.loss_increase_bits == pytest.approx(by_hand.loss_increase[n - n_trained] / np.log(2))
        assert sum(plan.widths.values()) == checkpoint.n_features - n
        request = explorer.requests[-1]
        assert request.checkpoint is plan.base
        assert request.plan is plan.pruning
        assert request.unpruned is family.checkpoint


def test_before_the_first_mark_all_is_pruned_from_the_parent(explorer, family):
    choose(explorer, model="f", beta=1e-3, n=19)
    plan = explorer.plan
    assert plan.base is family.checkpoint
    assert (plan.n_trained, plan.n_estimated, plan.awaited) == (0, 19, None)


def test_what_was_read_stands_in_until_the_trained_network_is_there(explorer, family, reading, qtbot):
    choose(explorer, model="f", n=25)
    plan = explorer.plan
    assert plan.base is family.checkpoint
    assert (plan.n_trained, plan.n_estimated, plan.awaited.n) == (0, 25, 20)
    n_planned = len(explorer.heard.planned)
    reading.open()
    qtbot.waitUntil(lambda: explorer.plan.awaited is None, timeout=MS)
    assert (explorer.plan.n_trained, explorer.plan.n_estimated) == (20, 5)
    assert len(explorer.heard.planned) == n_planned + 1
    assert explorer.requests[-1].checkpoint is explorer.plan.base


def test_what_is_no_longer_wanted_when_it_was_read_changes_nothing(explorer, family, reading, qtbot):
    choose(explorer, model="f", n=25)
    awaited = explorer.plan.awaited
    reading.wait_until_reached()
    choose(explorer, n=5)
    n_planned, n_requests = len(explorer.heard.planned), len(explorer.requests)
    reading.open()
    qtbot.waitUntil(lambda: awaited in explorer._planning._networks.ready, timeout=MS)
    assert (len(explorer.heard.planned), len(explorer.requests)) == (n_planned, n_requests)
    choose(explorer, n=26)
    assert explorer.plan.awaited is None  # it was kept


def test_an_estimate_and_a_trained_network_of_the_same_size_are_told_apart(explorer, family, qtbot):
    trained = choose_read(explorer, qtbot, model="f", beta=1e-3, n=20)
    order = pruning_order(family.checkpoint.signal, trained.model.flops, 1e-3)
    estimate = Planned.of(trained.choice, trained.model, order)
    assert estimate.widths == trained.widths
    assert estimate.network_key != trained.network_key
    assert (trained.pruning.n, trained.loss_increase_bits) == (0, 0.0)


def test_the_map_says_which_trained_network_it_is_from(explorer, family, qtbot):
    choose_read(explorer, qtbot, model="f", n=25)
    answer(explorer, explorer.requests[-1], "full")
    assert last(explorer).base is family.base(1e-3, 25)
    choose(explorer, n=5)
    answer(explorer, explorer.requests[-1], "full")
    assert last(explorer).base is family.origin


def test_a_file_name_says_from_which_mark_the_rest_was_pruned(explorer, family, qtbot):
    assert choose_read(explorer, qtbot, model="f", beta=2e-3, n=25).suggested_name == "tiny-beta2e-3-n25-from20"
    assert choose_read(explorer, qtbot, n=20).suggested_name == "tiny-beta1e-3-n20"
    assert choose_read(explorer, qtbot, n=7).suggested_name == "tiny-beta2e-3-n7"


def damage(path, parent):
    """Weights that are no numbers, behind a head that is good."""
    broken = snapshot_of(parent, 1e-3, 20)
    weights = dict(broken.weights) | {"log_blur_sigma": np.array(np.nan, np.float32)}
    save(replace(broken, weights=weights), path)


def test_a_snapshot_with_broken_weights_is_left_out_and_the_family_goes_on(explorer, family_file, checkpoint, qtbot):
    damage(snapshot_path(family_file, 1e-3, 20), checkpoint)
    explorer.add_model("f", read_family(family_file))
    plan = choose_read(explorer, qtbot, model="f", beta=1e-3, n=25)
    assert (plan.n_trained, plan.n_estimated) == (0, 25)
    assert plan.model.family.marks(1e-3) == (40,)
    (message,) = explorer.heard.failed
    assert message.startswith("model file beta1e-03-n20.safetensors: weight 'log_blur_sigma' has values")
    assert message.endswith("its family goes on without it")


def test_a_family_opened_again_is_read_again(explorer, family, family_file, checkpoint, qtbot):
    before = choose_read(explorer, qtbot, model="f", n=20).base
    save(snapshot_of(checkpoint, 1e-3, 21), snapshot_path(family_file, 1e-3, 20))
    explorer.add_model("f", read_family(family_file))
    plan = choose_read(explorer, qtbot, n=21)
    assert plan.base is not before
    assert plan.n_trained == 21


def test_n_stops_at_the_marks_where_there_are_no_signals(explorer, tmp_path, checkpoint, qtbot):
    path = write_family(tmp_path / "plain", replace(checkpoint, name="Tiny"), {1e-3: (20, 40)})
    for n in (20, 40):
        save(replace(snapshot_of(checkpoint, 1e-3, n), signal=None), snapshot_path(path, 1e-3, n))
    explorer.add_model("f", read_family(path))
    for n, possible in ((5, 5), (19, 19), (29, 20), (31, 40), (140, 40)):
        plan = choose_read(explorer, qtbot, model="f", n=n)
        assert (plan.choice.n, plan.n_estimated) == (possible, 0 if possible >= 20 else possible)
        assert sum(plan.widths.values()) == checkpoint.n_features - possible


def test_a_family_without_its_parent_begins_at_its_first_mark(explorer, family_file, checkpoint, qtbot):
    family_file.unlink()
    explorer.add_model("f", read_family(family_file.with_suffix("")))
    plan = choose_read(explorer, qtbot, model="f", n=0)
    missing = checkpoint.architecture.n_features - checkpoint.n_features
    assert plan.choice.n == plan.n_trained == missing + 20
    assert plan.model.whole == checkpoint.architecture.widths
    assert choose_read(explorer, qtbot, n=missing + 41).n_trained == missing + 40


# --- another signal for the session, and jobs


def test_another_signal_takes_the_place_of_the_files(explorer, family, checkpoint, qtbot):
    for n in (5, 25):
        before = choose_read(explorer, qtbot, model="f", n=n)
        other = with_signal(before.base, seed=n)
        explorer.replace_checkpoint(other)
        assert explorer.plan.base is other
        assert not np.array_equal(explorer.plan.order.loss_increase, before.order.loss_increase)
        explorer.replace_checkpoint(before.base)
        assert np.array_equal(explorer.plan.order.loss_increase, before.order.loss_increase)


def test_a_network_read_later_has_the_signal_that_it_was_given(explorer, family, checkpoint, qtbot):
    other = with_signal(snapshot_of(checkpoint, 1e-3, 20), seed=9)
    explorer.add_model("f", family)
    explorer.replace_checkpoint(other)
    assert choose_read(explorer, qtbot, model="f", n=25).base is other


def test_a_network_without_a_signal_can_be_given_one_and_lose_it(explorer, checkpoint):
    choose(explorer, model="plain", n=40)
    explorer.replace_checkpoint(with_signal(explorer.plan.base, seed=1))
    choose(explorer, n=40)
    assert explorer.plan.n_estimated == 40
    explorer.replace_checkpoint(replace(checkpoint, id="plain", signal=None))
    assert (explorer.plan.choice.n, explorer.plan.order) == (0, None)


def test_nothing_is_measured_while_a_job_holds_the_cores(explorer):
    choose(explorer, model="m")
    explorer.hold_measuring(True)
    assert [r.measure for r in explorer.requests] == [True, False]
    choose(explorer, n=5)
    assert not explorer.requests[-1].measure
    explorer.hold_measuring(False)
    assert explorer.requests[-1].measure
    fully_answered(explorer, explorer.requests[-1])
    n_requests = len(explorer.requests)
    explorer.hold_measuring(True)  # what was measured stays
    assert len(explorer.requests) == n_requests
