import errno
import math
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gazeengine import run_state
from gazeengine.checkpoint import new_checkpoint
from gazeengine.cost import flops_model
from gazeengine.errors import OutputError, PruningError, TrainingError
from gazeengine.examples import Pictures, drawn, fixated
from gazeengine.fisher import mask_gradients
from gazeengine.fixations import read_data_set
from gazeengine.networks import build, masking, sliced
from gazeengine.plan import FLOP_PER_GFLOP, FisherSignal, pruning_order
from gazeengine.pruning_run import PAPER, PruningOptions, Snapshot, prune_while_training, snapshot_now
from gazeengine.pruning_schedule import Schedule
from gazeengine.pruning_state import PruningState
from gazeengine.saved_state import LATEST
from gazeengine.surgery import masks
from gazeengine.training import cross_entropy, validation_loss
from tests.data_sets import made_data_set
from tests.networks import TINY, narrow_checkpoint, random_checkpoint, random_images, random_kept

pytestmark = pytest.mark.usefixtures("one_thread")

SIZE = 16, 20
OPTIONS = PruningOptions(
    n_pruned=9,
    snapshots=(3, 6),
    height=SIZE[0],
    width=SIZE[1],
    batch=2,
    steps_per_round=2,
    features_per_round=2,
    warm_up_steps=3,
    settle_steps=2,
    stretch=3.0,
    keep=0.9,
    n_targets=2,
    learning_rate=1e-2,
    validate_every=4,
    seed=1,
)
PLAIN = replace(TINY, layers=tuple(replace(layer, input_norm=None, output_norm=None) for layer in TINY.layers))
"""TINY without batch normalizations, which would see a masked feature's place and a pruned one's not."""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return made_data_set(tmp_path_factory.mktemp("data") / "made", ("train", "val"), 5)


@pytest.fixture(scope="module")
def training(data):
    return examples(data, "train")


@pytest.fixture(scope="module")
def held_out(data):
    return examples(data, "val")


def examples(data, split):
    return Pictures(fixated([read_data_set(data, split)]), *SIZE)


@pytest.fixture
def run(training, held_out, tmp_path):
    """Starts or goes on with a run."""

    def steps(options=OPTIONS, checkpoint=None, folder=tmp_path / "run", training=training):
        return prune_while_training(checkpoint or random_checkpoint(), training, held_out, options, folder)

    return steps


@pytest.fixture(scope="module")
def uninterrupted(training, held_out, tmp_path_factory):
    """All that a run yields that nobody stops."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("uninterrupted")
    return list(prune_while_training(random_checkpoint(), training, held_out, OPTIONS, folder))


def split(items):
    """(snapshots, progress) of what a run yielded; the progress behind a snapshot is told for the second time."""
    items = list(items)
    snapshots = [item for item in items if isinstance(item, Snapshot)]
    return snapshots, [item for item in items if not isinstance(item, Snapshot)]


def timeless(progress):
    return replace(progress, elapsed_s=0.0, left_s=0.0).to_json()


def told(item):
    """What must come again when a run is repeated or gone on with: all but times."""
    if not isinstance(item, Snapshot):
        return timeless(item)
    arrays = [{n: a.tobytes() for n, a in of.items()} for of in (item.kept, item.weights, item.delta)]
    return (*arrays, item.n_pruned, item.n_images, item.validation_loss, timeless(item.progress))


def model_of(snapshot, architecture=TINY):
    return new_checkpoint("snapshot", architecture, snapshot.kept, snapshot.weights, SIZE, {})


# what it yields


def test_there_is_a_snapshot_at_every_asked_count_and_at_the_end(uninterrupted, held_out):
    snapshots, steps = split(uninterrupted)
    assert [s.n_pruned for s in snapshots] == [3, 6, 9]
    assert steps[-1].n_pruned == 9
    for snapshot in snapshots:
        widths = {name: len(kept) for name, kept in snapshot.kept.items()}
        assert TINY.n_features - sum(widths.values()) == snapshot.n_pruned == snapshot.progress.n_pruned
        assert {name: delta.shape for name, delta in snapshot.delta.items()} == {n: (w,) for n, w in widths.items()}
        assert all((delta >= 0).all() and np.isfinite(delta).all() for delta in snapshot.delta.values())
        assert any(delta.any() for delta in snapshot.delta.values())
        assert snapshot.n_images >= 1
        network = build(model_of(snapshot))
        assert snapshot.validation_loss == pytest.approx(validation_loss(network, held_out), abs=1e-6)


def test_a_snapshots_signal_can_be_pruned_by(uninterrupted):
    for snapshot in split(uninterrupted)[0]:
        order = pruning_order(FisherSignal("", 1, "fixations", snapshot.delta), flops_model(TINY, *SIZE), 1e-3)
        assert order.first(0).widths == {name: len(kept) for name, kept in snapshot.kept.items()}


def test_the_progress_behind_a_snapshot_is_that_before_it(uninterrupted):
    at = [i for i, item in enumerate(uninterrupted) if isinstance(item, Snapshot)]
    for i in at:
        before, snapshot, after = uninterrupted[i - 1 : i + 2]
        assert before == after == snapshot.progress


def test_features_only_go(uninterrupted):
    snapshots, steps = split(uninterrupted)
    for before, after in pairwise(steps):
        assert before.n_pruned <= after.n_pruned
        assert before.flops >= after.flops
    for before, after in pairwise([random_checkpoint(), *snapshots]):
        for name, kept in after.kept.items():
            assert len(kept)
            assert set(kept) <= set(before.kept[name])


def test_widths_are_told_where_they_change_and_flops_are_theirs(uninterrupted):
    _, steps = split(uninterrupted)
    cost = flops_model(TINY, *SIZE)
    for before, after in pairwise(steps):
        if after.step > before.step:
            assert (after.widths is not None) == (after.n_pruned > before.n_pruned)
        if after.widths is not None:
            assert after.flops == cost.total(after.widths)
            assert TINY.n_features - sum(after.widths.values()) == after.n_pruned


def test_losses_are_measured_every_so_many_steps(uninterrupted):
    _, steps = split(uninterrupted)
    measured = {p.step: p.validation_loss for p in steps if p.validation_loss is not None}
    assert sorted(measured) == [step for step in range(1, steps[-1].step + 1) if step % 4 == 0]
    assert steps[-1].best_loss == min(measured.values())
    assert measured[steps[-1].best_step] == steps[-1].best_loss


def test_it_learns_as_it_prunes(run, held_out):
    options = replace(OPTIONS, n_pruned=3, snapshots=(), steps_per_round=40, stretch=1.0)
    before = validation_loss(build(random_checkpoint()), held_out)
    (snapshot,), _ = split(run(options))
    assert snapshot.validation_loss < before - 0.1


# when features go


def gone_at(steps):
    """{step: how many features are gone} of the steps at which some went."""
    return {p.step: p.n_pruned for p in steps if p.widths is not None}


def test_with_the_papers_schedule_one_feature_goes_every_ten_steps(run):
    _, steps = split(run(replace(OPTIONS, **PAPER, n_pruned=4, snapshots=(), settle_steps=0)))
    assert gone_at(steps) == {10: 1, 20: 2, 30: 3, 40: 4}
    assert steps[-1].step == 40


def test_rounds_are_cut_short_at_a_snapshot_and_at_the_end(run):
    _, steps = split(run(replace(OPTIONS, stretch=1.0, warm_up_steps=0)))
    # two features in two steps, a feature less before a pause of two steps
    assert gone_at(steps) == {2: 2, 4: 3, 8: 5, 10: 6, 14: 8, 16: 9}
    assert steps[-1].step == 18


@settings(max_examples=12)
@given(
    steps_per_round=st.integers(1, 4),
    features_per_round=st.integers(1, 5),
    warm_up_steps=st.integers(0, 9),
    settle_steps=st.integers(0, 3),
    snapshots=st.sets(st.integers(1, 12), max_size=3),
    n_pruned=st.integers(1, 11),
)
def test_without_stretching_the_number_of_steps_is_known_from_the_first_one_on(
    training, held_out, tmp_path_factory, snapshots, n_pruned, **rounds
):
    options = replace(
        OPTIONS, n_pruned=n_pruned, snapshots=tuple(snapshots), stretch=1.0, validate_every=1000, **rounds
    )
    folder = tmp_path_factory.mktemp("run")
    taken, steps = split(prune_while_training(random_checkpoint(), training, held_out, options, folder))
    assert {p.n_steps for p in steps} == {steps[-1].step}
    assert [s.n_pruned for s in taken] == sorted({n for n in snapshots if n < n_pruned} | {n_pruned})
    assert all(step >= options.warm_up_steps for step in gone_at(steps))
    for before, after in pairwise([0, *gone_at(steps).values()]):
        assert 1 <= after - before <= options.features_per_round


def test_rounds_get_longer_as_the_network_gets_cheaper_up_to_a_limit(run):
    options = replace(OPTIONS, snapshots=(), features_per_round=1, warm_up_steps=0, settle_steps=0, n_pruned=11)
    _, steps = split(run(options))
    schedule = Schedule.of(options, TINY)
    flops = {p.n_pruned: p.flops for p in steps}
    lengths = np.diff([0, *gone_at(steps)])
    expected = [round(2 * min(3.0, schedule.unpruned_flops / flops[n])) for n in range(11)]
    assert lengths.tolist() == expected
    assert expected[0] == 2
    assert expected[-1] == 6


def test_a_target_of_operations_ends_it_as_soon_as_it_is_reached(run):
    cost, whole = flops_model(TINY, *SIZE), random_checkpoint()
    target = 0.4 * cost.total(whole.widths)
    snapshots, steps = split(run(replace(OPTIONS, gflop=target / FLOP_PER_GFLOP)))
    *before, last = [p.flops for p in steps if p.widths is not None]
    assert last <= target
    assert all(flops > target for flops in before)
    assert snapshots[-1].n_pruned == steps[-1].n_pruned


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"n_pruned": 12},
            r"pruning 12 features: wanted more than the 0 that are gone from random tiny, and at most 11",
        ),
        ({"n_pruned": 0}, r"pruning 0 features: wanted more than the 0"),
        ({"gflop": 1.0}, r"target 1 GFLOP: random tiny has .*; wanted less than it has"),
        ({"gflop": 1e-9}, r"target 1e-09 GFLOP: .*, and .* with one feature a layer"),
    ],
)
def test_a_target_out_of_reach_is_told(run, changes, message, tmp_path):
    with pytest.raises(PruningError, match=message):
        run(replace(OPTIONS, **changes))
    assert not (tmp_path / "run" / LATEST).exists()


# which features go, and what is left


def test_a_cut_state_answers_as_if_the_features_were_masked(run):
    images = random_images(2, *SIZE)
    for seed in range(4):
        checkpoint = random_checkpoint(seed=seed)
        state = PruningState.begun(checkpoint, Schedule.of(OPTIONS, TINY))
        first = random_kept(checkpoint.widths, seed, 0.8)
        state.cut(first)
        state.cut(random_kept(state.network.widths, seed + 1, 0.8))
        m = {name: torch.from_numpy(mask) for name, mask in masks(state.kept, checkpoint.widths).items()}
        expected = build(checkpoint)(images, observer=masking(m))
        torch.testing.assert_close(state.network(images), expected, rtol=0, atol=1e-5)


def in_one_go(options, training, snapshots):
    """Weights of the parameters at snapshots, of a whole network that learns by torch alone, its features masked.

    Each of snapshots is taken behind steps_per_round steps with the features masked that were gone before.
    """
    network = build(random_checkpoint(PLAIN)).requires_grad_(True).train()
    optimizer = torch.optim.SGD(network.parameters(), lr=options.learning_rate, momentum=options.momentum)
    mask = {name: torch.ones(width) for name, width in network.widths.items()}
    step = 0
    for snapshot in snapshots:
        for _ in range(options.steps_per_round):
            images, target = training.batch(drawn(step, len(training), options.batch, options.seed, 1.0))
            optimizer.zero_grad()
            cross_entropy(network(images, observer=masking(mask)), target).mean().backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), options.gradient_norm)
            optimizer.step()
            step += 1
        yield sliced(network, snapshot.kept)
        mask = {name: torch.from_numpy(m) for name, m in masks(snapshot.kept, network.widths).items()}


def test_a_network_that_is_pruned_learns_what_the_masked_one_would(run, training):
    """Momentum is cut with the parameters: a masked feature's own has no effect on the others."""
    options = replace(
        OPTIONS, n_pruned=5, snapshots=(1, 2, 3, 4), features_per_round=1, stretch=1.0, warm_up_steps=0, settle_steps=0
    )
    snapshots, _ = split(run(options, random_checkpoint(PLAIN)))
    assert len(snapshots) == 5
    for snapshot, expected in zip(snapshots, in_one_go(options, training, snapshots), strict=True):
        for name, tensor in expected.state_dict().items():
            torch.testing.assert_close(torch.from_numpy(snapshot.weights[name]), tensor, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_it_prunes_with_any_momentum(run, momentum):
    snapshots, _ = split(run(replace(OPTIONS, momentum=momentum)))
    assert [s.n_pruned for s in snapshots] == [3, 6, 9]


class Fixated:
    """Examples of one fixation each, so that there is nothing to draw: where people looked most."""

    def __init__(self, pictures):
        self._pictures = pictures
        self.log_density = pictures.log_density

    def __len__(self):
        return len(self._pictures)

    def batch(self, draws):
        images, density = self._pictures.batch(draws)
        flat = density.flatten(1)
        one_hot = torch.zeros_like(flat).scatter_(1, flat.argmax(1, keepdim=True), 1.0)
        return images, one_hot.view_as(density)


def test_with_the_papers_schedule_the_feature_of_least_cost_goes_by_the_signal_of_its_round(run, training):
    """Nothing is learned, so that Fisher's signal can be taken from the parent, masked."""
    options = replace(OPTIONS, **PAPER, n_pruned=4, snapshots=(1, 2, 3), settle_steps=0, learning_rate=0.0)
    parent, fixations = random_checkpoint(PLAIN), Fixated(training)
    snapshots, _ = split(run(options, parent, training=fixations))
    cost = flops_model(PLAIN, *SIZE)
    kept = {name: np.arange(width) for name, width in parent.widths.items()}
    for i, snapshot in enumerate(snapshots):
        network = sliced(build(parent), kept)
        squares = {name: np.zeros(width) for name, width in network.widths.items()}
        for step in range(10 * i, 10 * (i + 1)):
            images, target = fixations.batch(drawn(step, len(training), options.batch, options.seed, 1.0))
            (gradients,) = mask_gradients(network, images, [target])
            for name, g in gradients.items():
                squares[name] += g.double().square().sum(0).numpy() / (2 * 10 * options.batch)
        left = pruning_order(FisherSignal("", 1, "fixations", squares), cost, options.beta).first(1).kept
        for name in kept:
            np.testing.assert_allclose(snapshot.delta[name], squares[name][left[name]], rtol=1e-4)
            kept[name] = kept[name][left[name]]
            np.testing.assert_array_equal(snapshot.kept[name], kept[name])


def test_a_signal_that_fades_is_the_mean_of_steps_that_count_the_less_the_longer_ago_they_are(run, training):
    options = replace(OPTIONS, n_pruned=1, snapshots=(), warm_up_steps=6, settle_steps=0, learning_rate=0.0)
    parent, fixations = random_checkpoint(PLAIN), Fixated(training)
    (snapshot,), _ = split(run(options, parent, training=fixations))
    network, kept = build(parent), snapshot.kept
    means, shares = dict.fromkeys(kept, 0.0), [0.9 ** (5 - step) for step in range(6)]
    for step, share in enumerate(shares):
        images, target = fixations.batch(drawn(step, len(training), options.batch, options.seed, 1.0))
        (gradients,) = mask_gradients(network, images, [target])
        for name, g in gradients.items():
            means[name] += share / sum(shares) * g.double().square().mean(0).numpy() / 2
    for name in kept:
        np.testing.assert_allclose(snapshot.delta[name], means[name][kept[name]], rtol=1e-4)
    assert snapshot.n_images == round(sum(shares) * options.batch)


# stopped, killed, and gone on with


def rest_of(items, i):
    """What is still told of a run that was ended behind item i: a snapshot that nobody took care of comes again."""
    return [told(item) for item in items[i if isinstance(items[i], Snapshot) else i + 1 :]]


def test_closed_behind_every_step_it_goes_on_as_if_nothing_had_been(run, uninterrupted):
    found = []
    while True:
        with closing(run()) as steps:
            if isinstance(item := next(steps, None), Snapshot):
                found.append(told(item))
                item = next(steps)
            if item is None:
                break
            found.append(told(item))
    assert found == [told(item) for item in uninterrupted]


def test_killed_anywhere_it_goes_on_from_what_was_saved_last(run, uninterrupted, tmp_path, monkeypatch):
    """Saved behind every third step and every snapshot; what was done since is done again."""
    step, saved = [0], {}
    monkeypatch.setattr(run_state.Due, "__call__", lambda _: step[0] % 3 == 0)
    for i, item in enumerate(run()):
        step[0] = step[0] if isinstance(item, Snapshot) else item.step + 1
        if (path := tmp_path / "run" / LATEST).exists():
            saved.setdefault(path.read_bytes(), i)
    assert len(saved) > 6
    whole = [told(item) for item in uninterrupted]
    for content, i in saved.items():
        path.write_bytes(content)
        again = [told(item) for item in run()]
        assert again == whole[len(whole) - len(again) :]
        assert len(whole) - len(again) in (i, i + 1)  # it is saved before it is told, but the end of a snapshot


@pytest.mark.parametrize("n", range(3))
def test_closed_at_a_snapshot_it_is_yielded_again(run, uninterrupted, n):
    found = []
    with closing(run()) as steps:
        for item in steps:
            found.append(item)
            if len(split(found)[0]) == n + 1:
                break
    assert [told(item) for item in run()] == rest_of(uninterrupted, len(found) - 1)


def test_a_run_that_is_complete_yields_nothing_again(run):
    assert len(list(run())) > 0
    assert list(run()) == []


def test_a_snapshot_is_pruned_further_as_its_parent_would_have_been_counted(run, uninterrupted, tmp_path):
    middle = model_of(split(uninterrupted)[0][1])
    snapshots, steps = split(run(replace(OPTIONS, snapshots=(3, 6, 8), n_pruned=9), middle, tmp_path / "other"))
    assert [s.n_pruned for s in snapshots] == [8, 9]
    assert steps[0].n_pruned == 6
    for name, kept in snapshots[-1].kept.items():
        assert set(kept) <= set(middle.kept[name])


def test_time_spent_before_a_stop_counts(run):
    with closing(run()) as steps:
        before = [next(steps) for _ in range(4)][-1]
    assert next(run()).elapsed_s > before.elapsed_s


@pytest.mark.parametrize(
    "changes", [{"learning_rate": 1e-3}, {"beta": 1e-2}, {"n_pruned": 10}, {"seed": 2}, {"snapshots": (3,)}]
)
def test_other_options_than_it_was_begun_with_are_refused(run, changes, tmp_path):
    with closing(run()) as steps:
        next(steps)
    before = (tmp_path / "run" / LATEST).read_bytes()
    with pytest.raises(TrainingError, match=r"it was begun with .*, wanted the same options or an empty folder"):
        run(replace(OPTIONS, **changes))
    assert (tmp_path / "run" / LATEST).read_bytes() == before


def test_a_state_that_cannot_be_read_is_told(run, tmp_path):
    with closing(run()) as steps:
        next(steps)
    path = tmp_path / "run" / LATEST
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(TrainingError, match=r"latest.safetensors: cannot be read .*, wanted one that training wrote"):
        run()


def test_a_state_of_another_network_is_told(run, tmp_path):
    with closing(run()) as steps:
        next(steps)
    for other in (random_checkpoint(PLAIN), narrow_checkpoint("fastgaze")):
        with pytest.raises(TrainingError, match=r"latest.safetensors: it is of another network: .*, wanted"):
            run(checkpoint=other)


# a snapshot whenever it is asked for


def stopped_at(run, n_pruned):
    with closing(run()) as steps:
        for item in steps:
            if not isinstance(item, Snapshot) and item.n_pruned == n_pruned:
                return item
    return pytest.fail("it ended before")


def test_what_a_run_has_come_to_is_a_snapshot_too(run, held_out, tmp_path, uninterrupted):
    last = stopped_at(run, 5)
    snapshot = snapshot_now(random_checkpoint(), held_out, OPTIONS, tmp_path / "run")
    assert (snapshot.n_pruned, timeless(snapshot.progress)) == (5, timeless(last))
    first, *_ = split(uninterrupted)[0]
    for name, kept in snapshot.kept.items():
        assert set(kept) <= set(first.kept[name])
        assert snapshot.delta[name].shape == kept.shape
    assert snapshot.validation_loss == pytest.approx(validation_loss(build(model_of(snapshot)), held_out), abs=1e-6)


def test_a_run_does_not_mind_that_a_snapshot_was_taken(run, held_out, tmp_path, uninterrupted):
    last = stopped_at(run, 5)
    before = (tmp_path / "run" / LATEST).read_bytes()
    snapshot_now(random_checkpoint(), held_out, OPTIONS, tmp_path / "run")
    assert (tmp_path / "run" / LATEST).read_bytes() == before
    at = next(i for i, item in enumerate(uninterrupted) if timeless_of(item) == timeless(last))
    assert [told(item) for item in run()] == rest_of(uninterrupted, at)


def timeless_of(item):
    return None if isinstance(item, Snapshot) else timeless(item)


def test_there_is_nothing_to_take_of_a_run_that_has_not_pruned_since_the_last_snapshot(run, held_out, tmp_path):
    folder = tmp_path / "run"
    assert snapshot_now(random_checkpoint(), held_out, OPTIONS, folder) is None
    stopped_at(run, 0)
    assert snapshot_now(random_checkpoint(), held_out, OPTIONS, folder) is None
    assert len(list(run())) > 0
    assert snapshot_now(random_checkpoint(), held_out, OPTIONS, folder) is None


# what goes wrong


class Poisoned:
    """Examples that are no numbers from their nth batch on."""

    def __init__(self, pictures, n):
        self._pictures, self._left = pictures, n
        self.log_density = pictures.log_density

    def __len__(self):
        return len(self._pictures)

    def batch(self, draws):
        images, target = self._pictures.batch(draws)
        self._left -= 1
        return images * (math.nan if self._left < 0 else 1), target


@pytest.mark.parametrize("n", [4, 9])
def test_a_loss_that_is_no_number_is_told_and_what_was_saved_last_is_gone_on_with(
    run, training, uninterrupted, tmp_path, n, monkeypatch
):
    monkeypatch.setattr(run_state, "SAVE_EVERY_S", 0.0)
    message = rf"{tmp_path}/run: the loss is nan at step {n + 1} with a learning rate of 0.01; .*wanted a lower"
    with pytest.raises(TrainingError, match=message):
        list(run(training=Poisoned(training, n)))
    at = next(i for i, item in enumerate(uninterrupted) if not isinstance(item, Snapshot) and item.step == n)
    again = [told(item) for item in run()]
    assert again == [told(item) for item in uninterrupted][-len(again) :]
    assert again == rest_of(uninterrupted, at)


def test_an_enormous_learning_rate_is_told_with_its_step(run):
    with pytest.raises(
        TrainingError, match=r"at step \d+ with a learning rate of 1e\+30; .*wanted a lower learning rate"
    ):
        list(run(replace(OPTIONS, learning_rate=1e30)))


@pytest.mark.parametrize("validate_every", [4, 1000])
def test_no_snapshot_is_made_of_a_network_that_answers_no_numbers(training, tmp_path, validate_every):
    """Weights may be lost in the very step behind which it is due."""
    options, told = replace(OPTIONS, validate_every=validate_every), []
    steps = prune_while_training(random_checkpoint(), training, Poisoned(training, 0), options, tmp_path)
    with pytest.raises(TrainingError, match=r"the validation loss is nan at step \d+ with a learning rate of 0.01"):
        told.extend(steps)
    assert split(told)[0] == []


def test_nothing_is_kept_of_a_network_that_answers_no_numbers(run, training, tmp_path):
    stopped_at(run, 5)
    with pytest.raises(TrainingError, match=r"the validation loss is nan at step \d+ with a learning rate of 0.01"):
        snapshot_now(random_checkpoint(), Poisoned(training, 0), OPTIONS, tmp_path / "run")


def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_disk_that_is_full_is_told_and_the_state_before_is_whole(run, tmp_path, uninterrupted, monkeypatch):
    with closing(run()) as steps:
        for _ in range(4):
            next(steps)
    before = (tmp_path / "run" / LATEST).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(run_state, "SAVE_EVERY_S", 0.0)
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(OutputError, match=r"latest.safetensors: no space left on the device, wanted room"):
            list(run())
    assert (tmp_path / "run" / LATEST).read_bytes() == before
    assert [path.name for path in (tmp_path / "run").iterdir()] == [LATEST]
    assert [told(item) for item in run()] == rest_of(uninterrupted, 3)


def test_a_disk_that_is_full_where_it_is_stopped_is_told(run, tmp_path, monkeypatch):
    steps = run()
    next(steps)
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="no space left on the device"):
        steps.close()
    assert list((tmp_path / "run").iterdir()) == []


def test_grad_mode_between_steps_is_the_callers(run):
    for _ in run():
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()
