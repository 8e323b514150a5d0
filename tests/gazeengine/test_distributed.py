from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from gazeengine.distributed import ALONE, OthersStoppedError, World, joined
from gazeengine.errors import TrainingError
from gazeengine.examples import drawn
from gazeengine.networks import weights
from gazeengine.pruning_run import Snapshot, _fixations, prune_while_training
from gazeengine.run_state import read_state
from gazeengine.saved_state import LATEST
from gazeengine.shared_norm import share_norms
from gazeengine.training import Learner, TrainingOptions, train
from tests.data_sets import made_data_set
from tests.gazeengine.processes import Processes
from tests.gazeengine.test_pruning_run import OPTIONS as FAST
from tests.gazeengine.test_pruning_run import PLAIN, SIZE, Poisoned, examples
from tests.networks import TINY, random_checkpoint, random_network

pytestmark = pytest.mark.usefixtures("one_thread")

N = 2
PRUNING = replace(FAST, batch=4)
TRAINING = TrainingOptions(
    height=SIZE[0],
    width=SIZE[1],
    n_steps=8,
    batch=4,
    learning_rate=1e-3,
    readout_learning_rate=1e-3,
    warm_up_steps=2,
    validate_every=3,
    seed=1,
)


@pytest.fixture(scope="module")
def processes():
    running = Processes(N)
    yield running
    running.close()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return made_data_set(tmp_path_factory.mktemp("data") / "made", ("train", "val"), 5)


def assert_close(found, expected, rtol=1e-4, atol=1e-6):
    """Equal up to rounding: sums over two halves are added in another order."""
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=rtol, atol=atol, err_msg=name)


def assert_same(answers):
    first, second = answers
    assert first.keys() == second.keys()
    for name, value in first.items():
        np.testing.assert_array_equal(value, second[name], err_msg=name)


# sums


def added_up(world, values):
    own = torch.tensor(values[world.rank])
    return world.add_up(own).tolist(), own.tolist(), world.firsts(world.rank + 0.1), (world.rank, world.size)


def test_sums_are_over_all_and_leave_what_each_has(processes):
    values = [[1.0, 2.0], [10.0, -5.0]]
    assert processes(added_up, values) == [([11.0, -3.0], values[r], 0.1, (r, N)) for r in range(N)]
    assert added_up(ALONE, values) == (values[0], values[0], 0.1, (0, 1))


@given(st.lists(st.integers(), max_size=20), st.integers(1, 5))
def test_shares_are_a_partition(items, size):
    shares = [World(rank, size).share(items) for rank in range(size)]
    assert sorted(item for share in shares for item in share) == sorted(items)
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_a_batch_that_does_not_divide_is_told(data, tmp_path):
    World(0, 2).check(4)
    message = r"training: 3 pictures a step for 2 processes, wanted a multiple"
    with pytest.raises(TrainingError, match=message):
        next(trained(World(0, 2), data, tmp_path, replace(TRAINING, batch=3)))
    with pytest.raises(TrainingError, match=message):
        pruned(World(0, 2), data, tmp_path, replace(PRUNING, batch=3))
    assert not list(tmp_path.iterdir())


# what a step computes


def trained(world, data, folder, options=TRAINING, network=None):
    network = network or random_network()
    return train(network, examples(data, "train"), examples(data, "val"), options, folder, world)


def pruned(world, data, folder, options=PRUNING, architecture=TINY):
    parent = random_checkpoint(architecture)
    return prune_while_training(parent, examples(data, "train"), examples(data, "val"), options, folder, world)


def gradients(world, data, norms_learn):
    """The loss of a step, the gradients of a network and its buffers behind it, which does not learn from them."""
    network = random_network().requires_grad_(True)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.requires_grad_(norms_learn)
    pictures = examples(data, "train")
    optimizer = torch.optim.SGD(network.parameters(), lr=0.0)
    loss = Learner(network, optimizer, pictures, 0.0, world).step(drawn(0, len(pictures), 4, 1, 1.0))
    found = {name: p.grad.numpy() for name, p in network.named_parameters() if p.grad is not None}
    return {"loss": np.array(loss)} | found | {name: b.numpy() for name, b in network.named_buffers()}


@pytest.mark.parametrize("norms_learn", [True, False])
def test_gradients_losses_and_running_statistics_are_those_of_one_process(processes, data, norms_learn):
    answers = processes(gradients, data, norms_learn)
    assert_same(answers)
    expected = gradients(ALONE, data, norms_learn)
    assert_close(answers[0], expected)
    assert any(np.abs(value).max() > 1e-3 for name, value in expected.items() if name.startswith("features."))
    before = dict(random_network().named_buffers())
    moved = not np.array_equal(expected["features.norm.running_mean"], before["features.norm.running_mean"])
    assert moved == norms_learn


def normalised(world, x, gradient):
    """What a batch normalization makes of x, its gradients, and what it remembers."""
    norm = nn.BatchNorm2d(3, momentum=0.3)
    nn.init.uniform_(norm.weight, 0.5, 1.5, generator=torch.Generator().manual_seed(1))
    if world.size > 1:
        share_norms(norm)
    own = torch.from_numpy(world.share(x).copy()).requires_grad_(True)
    answer = norm(own)
    answer.backward(torch.from_numpy(world.share(gradient).copy()))
    sums = {f"{name}.grad": world.add_up(p.grad).numpy() for name, p in norm.named_parameters()}
    shared = sums | {name: b.numpy() for name, b in norm.named_buffers()}
    return answer.detach().numpy(), own.grad.numpy(), shared, norm.eval()(own).detach().numpy()


def test_batch_normalizations_see_the_pictures_of_all(processes):
    rng = np.random.default_rng(0)
    x, gradient = (rng.normal(2, 3, (4, 3, 5, 6)).astype(np.float32) for _ in range(2))
    answers = processes(normalised, x, gradient)
    whole = normalised(ALONE, x, gradient)
    for rank, (answer, x_gradient, shared, predicted) in enumerate(answers):
        for found, expected in ((answer, whole[0]), (x_gradient, whole[1]), (predicted, whole[3])):
            np.testing.assert_allclose(found, World(rank, N).share(expected), rtol=1e-4, atol=1e-5)
        assert_close(shared, whole[2], atol=1e-4)


def signal(world, data, folder, keep):
    """A running signal of some steps, from the state of a run that has not pruned yet."""
    with closing(pruned(world, data, folder, replace(PRUNING, warm_up_steps=100, keep=keep))) as steps:
        for _ in range(5):
            next(steps)
    tensors, about = read_state(folder / LATEST)
    found = {name: t.numpy() for name, t in tensors.items() if name.startswith("signal.")}
    return found | {"weight": np.array(about["signal_weight"])}


@pytest.mark.parametrize("keep", [1.0, 0.9])
def test_fisher_signals_are_those_of_one_process(processes, data, tmp_path, keep):
    first, _ = processes(signal, data, tmp_path / "two", keep)
    expected = signal(ALONE, data, tmp_path / "one", keep)
    assert_close(first, expected, rtol=1e-3)
    assert expected["weight"] == pytest.approx(PRUNING.batch * PRUNING.n_targets * sum(keep**k for k in range(5)))


@given(st.integers(0, 1000), st.integers(1, 3), st.sampled_from([1, 2, 3, 6]))
def test_fixations_are_drawn_alike_however_pictures_are_shared(step, n, size):
    density = torch.rand(6, 4, 5, generator=torch.Generator().manual_seed(step))
    draws = drawn(step, 7, 6, 1, 1.0)
    whole = _fixations(density, draws, n)
    assert whole.shape == (n, 6, 4, 5)
    assert torch.equal(whole.flatten(2).sum(2), torch.ones(n, 6))
    for world in (World(rank, size) for rank in range(size)):
        own = _fixations(world.share(density), world.share(draws), n)
        assert torch.equal(own, whole[:, world.rank :: size])


# whole runs


def training_of(world, data, folder):
    network = random_network()
    told = [
        (p.step, p.loss, p.validation_loss, p.best_loss, p.best_step)
        for p in trained(world, data, folder, network=network)
    ]
    return weights(network), told


def test_trained_weights_and_losses_are_those_of_one_process(processes, data, tmp_path):
    answers = processes(training_of, data, tmp_path / "two")
    assert_same([found for found, _ in answers])
    assert answers[0][1] == answers[1][1]
    expected, told = training_of(ALONE, data, tmp_path / "one")
    assert_close(answers[0][0], expected, rtol=1e-3, atol=1e-5)
    assert [row[0] for row in told] == list(range(1, 9))
    for found, row in zip(answers[0][1], told, strict=True):
        assert found == tuple(value if value is None else pytest.approx(value, abs=1e-4) for value in row)


def pruning_of(world, data, folder):
    items = list(pruned(world, data, folder))
    snapshots = [(s.kept, s.weights, s.delta, s.n_images, s.validation_loss) for s in items if isinstance(s, Snapshot)]
    steps = [(p.step, p.n_steps, p.n_pruned, p.flops, p.loss) for p in items if not isinstance(p, Snapshot)]
    return snapshots, steps


def test_a_network_is_pruned_as_by_one_process(processes, data, tmp_path):
    first, second = processes(pruning_of, data, tmp_path / "two")
    expected = pruning_of(ALONE, data, tmp_path / "one")
    assert first[1] == second[1]
    assert len(first[0]) == len(expected[0]) == 3
    for one, other, (kept, learned, delta, n_images, loss) in zip(first[0], second[0], expected[0], strict=True):
        for part in range(3):
            assert_same([one[part], other[part]])
        assert_close(one[0], kept, 0, 0)
        assert_close(one[1], learned, rtol=1e-3, atol=1e-5)
        assert_close(one[2], delta, rtol=1e-2)
        assert one[3] == other[3] == n_images
        assert one[4] == other[4] == pytest.approx(loss, abs=1e-4)
    for found, row in zip(first[1], expected[1], strict=True):
        assert found == (*row[:4], pytest.approx(row[4], abs=1e-4))


# stops


def stopped(world, start, data, folder, by, at):
    """The step at which a run was left that process by closes behind a step, and what was told there."""
    step = 0
    with closing(start(world, data, folder)) as steps:
        try:
            for item in steps:
                step = step if isinstance(item, Snapshot) else item.step
                if world.rank == by and step == at:
                    break
        except OthersStoppedError as error:
            return step, str(error)
    return step, None


@pytest.mark.parametrize("start", [trained, pruned])
@pytest.mark.parametrize("by", range(N))
def test_a_stop_of_one_reaches_all_at_the_same_step_and_is_gone_on_from(processes, data, tmp_path, start, by):
    answers = processes(stopped, start, data, tmp_path, by, 5)
    assert [step for step, _ in answers] == [5, 5]
    assert answers[by][1] is None
    assert f"training {tmp_path}: another process was stopped, wanted all of them" in answers[1 - by][1]
    assert next(item.step for item in start(ALONE, data, tmp_path)) == 6


def all_stopped(world, data, folder, at):
    return stopped(world, pruned, data, folder, world.rank, at)


def test_all_may_stop_at_once(processes, data, tmp_path):
    assert processes(all_stopped, data, tmp_path, 3) == [(3, None)] * N


def test_a_run_of_two_processes_goes_on_as_one(processes, data, tmp_path):
    processes(stopped, pruned, data, tmp_path / "both", 0, 7)
    (*_, last), _ = pruning_of(ALONE, data, tmp_path / "both")
    (*_, expected), _ = pruning_of(ALONE, data, tmp_path / "one")
    assert_close(last[0], expected[0], 0, 0)
    assert_close(last[1], expected[1], rtol=1e-3, atol=1e-5)


# what goes wrong


def in_own_folder(world, start, data, folder):
    next(start(world, data, folder / str(world.rank)))


@pytest.mark.parametrize(("start", "at"), [(trained, 4), (pruned, 4), (pruned, 9)])
def test_processes_whose_runs_are_at_other_steps_are_told(processes, data, tmp_path, start, at):
    """One of them lacks the folder, or has an old copy: its network may have other widths, too."""
    stopped(ALONE, start, data, tmp_path / "0", 0, at)
    for rank, answer in enumerate(processes(in_own_folder, start, data, tmp_path)):
        assert isinstance(answer, TrainingError)
        folder = tmp_path / str(rank)
        assert str(answer) == (
            f"training {folder}: processes found it at steps {at}, 0, wanted a folder that all of them share"
        )


def diverging(world, start, data, folder):
    """Process 1 alone sees pictures that are no numbers, from its fifth batch on."""
    network = random_network(PLAIN)
    pictures, held_out = Poisoned(examples(data, "train"), 4 if world.rank else 1000), examples(data, "val")
    if start == "train":
        return list(train(network, pictures, held_out, TRAINING, folder, world))
    return list(prune_while_training(random_checkpoint(PLAIN), pictures, held_out, PRUNING, folder, world))


@pytest.mark.parametrize("start", ["train", "prune"])
def test_a_loss_that_is_no_number_in_one_process_is_told_by_all(processes, data, tmp_path, start):
    for answer in processes(diverging, start, data, tmp_path):
        assert isinstance(answer, TrainingError)
        assert "the loss is nan at step 5" in str(answer)


def test_where_one_is_killed_the_others_end_and_say_so():
    with closing(Processes(N)) as running:
        assert len(running(added_up, [[1.0], [2.0]])) == N  # they have found one another
        running.kill(1)
        (answer,) = running(added_up, [[1.0], [2.0]])
    assert isinstance(answer, TrainingError)
    assert str(answer).startswith("process 0 of 2: another one has ended, wanted all of them to the end")


@pytest.mark.parametrize("size", ["2", "many"])
def test_a_world_that_torchrun_did_not_make_is_told(monkeypatch, size):
    for name in ("RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WORLD_SIZE", size)
    message = rf"training on {size} processes: they cannot be joined \(.*\), wanted torchrun to start them"
    with pytest.raises(TrainingError, match=message), joined():
        pytest.fail("there is nobody to join")


def test_alone_there_is_nobody_to_wait_for(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with joined() as world:
        assert world == ALONE
    assert world.together(module := nn.Linear(1, 1)) is module
