import itertools
import json
import math
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save_file

from gazeengine import training
from gazeengine.errors import DataError, ImageError, MaterialError, OutputError, TrainingError
from gazeengine.examples import Draw, Pictures, drawn, fixated
from gazeengine.fixations import DataSet, Stimulus
from gazeengine.image import write_png
from gazeengine.networks import GazeNetwork, initialise, uniform_center_bias
from gazeengine.run_state import Due
from gazeengine.training import Learner, TrainingOptions, cross_entropy, scale_readout, train, validation_loss
from tests.networks import TINY, narrow, random_network

pytestmark = pytest.mark.usefixtures("one_thread")

OPTIONS = TrainingOptions(
    height=16,
    width=20,
    n_steps=23,
    batch=2,
    learning_rate=1e-2,
    readout_learning_rate=1e-2,
    warm_up_steps=3,
    validate_every=4,
    seed=1,
)


def untrained(seed=0, architecture=TINY):
    network = GazeNetwork(architecture, architecture.widths, uniform_center_bias(6, 8))
    initialise(network, seed)
    return network


def pictures(n, seed=0):
    """Noise with a bright square, at which everyone looks: something to learn."""
    rng = np.random.default_rng(seed)
    rgb = rng.integers(0, 80, (n, OPTIONS.height, OPTIONS.width, 3), dtype=np.uint8)
    stimuli = []
    for i in range(n):
        row, column = rng.integers(0, OPTIONS.height - 4), rng.integers(0, OPTIONS.width - 4)
        rgb[i, row : row + 4, column : column + 4] = 255
        points = rng.random((5, 2)).astype(np.float32) * 4 + (column, row)
        xy = points.astype(np.float32)
        stimuli.append(Stimulus(None, OPTIONS.height, OPTIONS.width, xy[:, 0], xy[:, 1]))
    made = Pictures(stimuli, OPTIONS.height, OPTIONS.width)
    made._rgb = dict(enumerate(rgb))
    return made


TRAINING, VALIDATION = pictures(7), pictures(3, seed=1)


def state(network):
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def saved(path):
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return {n.removeprefix("network."): t for n, t in tensors.items() if n.startswith("network.")}


def run(network, folder, options=OPTIONS):
    return train(network, TRAINING, VALIDATION, options, folder)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """(final state, what was told of each step) of a run that nobody stopped."""
    torch.set_num_threads(1)
    network = untrained()
    steps = list(run(network, tmp_path_factory.mktemp("uninterrupted")))
    return state(network), steps


def scripted(monkeypatch, *losses):
    """Has validation give these losses, one after the other."""
    left = iter(losses)
    monkeypatch.setattr(training, "validation_loss", lambda *_: next(left))


# what is learned


def test_training_lowers_the_loss(tmp_path):
    network = untrained()
    options = replace(OPTIONS, n_steps=40, validate_every=20)
    before = validation_loss(network, VALIDATION)
    *_, last = run(network, tmp_path, options)
    assert last.best_loss < before - 0.1
    assert validation_loss(network, VALIDATION) == pytest.approx(last.best_loss, abs=1e-6)


def test_bfloat16_learns_the_same_within_its_precision(tmp_path):
    options = replace(OPTIONS, n_steps=40, validate_every=20)
    exact, lower = untrained(), untrained()
    *_, wanted = run(exact, tmp_path / "float32", options)
    *_, found = run(lower, tmp_path / "bfloat16", replace(options, precision="bfloat16"))
    assert not same(state(exact), state(lower))
    assert all(tensor.dtype == torch.float32 for tensor in lower.parameters())
    assert found.best_loss == pytest.approx(wanted.best_loss, abs=0.05)
    assert validation_loss(lower, VALIDATION) == pytest.approx(found.best_loss, abs=1e-6)


def test_every_step_is_told(uninterrupted):
    _, steps = uninterrupted
    assert [p.step for p in steps] == list(range(1, 24))
    assert [p.step for p in steps if p.validation_loss is not None] == [4, 8, 12, 16, 20, 23]
    assert all(math.isfinite(p.loss) and p.n_steps == 23 for p in steps)
    assert [p.elapsed_s for p in steps] == sorted(p.elapsed_s for p in steps)
    assert steps[-1].left_s == 0
    assert not steps[-1].stopped_early
    measured = [p.validation_loss for p in steps if p.validation_loss is not None]
    assert steps[-1].best_loss == min(measured)
    assert steps[-1].best_step == [4, 8, 12, 16, 20, 23][measured.index(min(measured))]


def test_a_seed_gives_the_same_training_again_and_another_one_does_not(uninterrupted, tmp_path):
    finals = []
    for seed in (1, 2):
        network = untrained()
        list(run(network, tmp_path / str(seed), replace(OPTIONS, seed=seed)))
        finals.append(state(network))
    assert same(finals[0], uninterrupted[0])
    assert not same(finals[1], uninterrupted[0])


def test_the_best_parameters_are_kept_at_the_end(tmp_path, monkeypatch):
    scripted(monkeypatch, 3.0, 1.0, 2.0, 1.5, 1.0, 4.0)
    network = untrained()
    at_step = {}
    for progress in run(network, tmp_path):
        at_step[progress.step] = state(network)
    assert (progress.best_loss, progress.best_step) == (1.0, 8)
    assert same(state(network), at_step[8])
    assert same(saved(tmp_path / "best.safetensors"), at_step[8])
    assert not same(at_step[8], at_step[23])
    assert not network.training


def test_it_stops_early_after_so_many_validations_without_a_lower_loss(tmp_path, monkeypatch):
    scripted(monkeypatch, 3.0, 1.0, 2.0, 1.0, 1.5)
    network = untrained()
    steps = list(run(network, tmp_path, replace(OPTIONS, n_steps=400, patience=3)))
    assert steps[-1].step == 20
    assert [p.stopped_early for p in steps] == [False] * 19 + [True]
    assert same(state(network), saved(tmp_path / "best.safetensors"))


def test_a_run_that_stopped_early_is_not_gone_on_with(tmp_path, monkeypatch):
    scripted(monkeypatch, 1.0, 2.0, 2.0)
    options = replace(OPTIONS, n_steps=400, patience=2)
    list(run(untrained(), tmp_path, options))
    network = untrained(5)
    assert list(run(network, tmp_path, options)) == []
    assert same(state(network), saved(tmp_path / "best.safetensors"))


def test_a_run_that_is_complete_gives_its_best_parameters_again(tmp_path):
    first, again = untrained(), untrained(5)
    list(run(first, tmp_path))
    assert list(run(again, tmp_path)) == []
    assert same(state(first), state(again))


# going on


@pytest.mark.parametrize("stops", [[1], [4], [11], [22], [3, 5, 9], [4, 8, 8, 13, 21]])
def test_a_killed_run_goes_on_as_if_nothing_had_been(stops, uninterrupted, tmp_path):
    final, expected = uninterrupted

    def network_to_go_on():  # what it starts with does not matter once there is a state
        return untrained(9 if (tmp_path / "latest.safetensors").exists() else 0)

    for stop in stops:
        running = run(network_to_go_on(), tmp_path)
        for progress in running:
            if progress.step >= stop:
                break
        running.close()
    network = network_to_go_on()
    steps = list(run(network, tmp_path))
    assert same(state(network), final)
    told = {p.step: (p.loss, p.validation_loss, p.best_loss, p.best_step) for p in expected}
    for p in steps:
        assert (p.loss, p.validation_loss, p.best_loss, p.best_step) == told[p.step]


def test_pictures_that_are_gone_in_the_middle_cost_no_step(uninterrupted, tmp_path, monkeypatch):
    batch = Pictures.batch

    def lost(self, draws):
        if self is TRAINING and (tmp_path / "run").exists() and told and told[-1].step == 9:
            raise ImageError("picture gone.png: found no such file in data, wanted PNG")
        return batch(self, draws)

    network, told = untrained(), []
    monkeypatch.setattr(Pictures, "batch", lost)
    with pytest.raises(MaterialError, match=r"gone.png: found no such file .* call the command again to go on"):
        told.extend(train(network, TRAINING, VALIDATION, OPTIONS, tmp_path / "run"))
    monkeypatch.setattr(Pictures, "batch", batch)
    network = untrained()
    rest = list(train(network, TRAINING, VALIDATION, OPTIONS, tmp_path / "run"))
    assert rest[0].step == 10
    assert same(state(network), uninterrupted[0])


def test_validation_pictures_that_are_gone_are_told(tmp_path):
    gone = Pictures(VALIDATION.stimuli, OPTIONS.height, OPTIONS.width)
    gone.stimuli = tuple(replace(s, path=tmp_path / "gone.png") for s in gone.stimuli)
    with pytest.raises(TrainingError, match=r"gone.png: found no such file in .* call the command again to go on"):
        list(train(untrained(), TRAINING, gone, OPTIONS, tmp_path / "run"))


def test_it_goes_on_with_its_patience(tmp_path, monkeypatch):
    options = replace(OPTIONS, n_steps=400, patience=4)
    scripted(monkeypatch, 1.0, 2.0, 2.0, 2.0, 2.0)
    running = run(untrained(), tmp_path, options)
    for _ in range(13):
        next(running)
    running.close()
    scripted(monkeypatch, *[2.0] * 10)
    *_, last = run(untrained(), tmp_path, options)
    assert (last.step, last.stopped_early) == (20, True)


def test_time_spent_before_a_stop_counts(tmp_path, monkeypatch):
    clock = itertools.count(1000, 1)
    monkeypatch.setattr(training.time, "monotonic", lambda: next(clock))
    running = run(untrained(), tmp_path)
    for _ in range(4):
        before = next(running)
    running.close()
    after = next(run(untrained(), tmp_path))
    step_s = after.elapsed_s - before.elapsed_s
    assert step_s > 0
    assert after.left_s == 18 * step_s


@pytest.mark.parametrize(
    "changes", [{"learning_rate": 1e-3}, {"n_steps": 24}, {"seed": 2}, {"batch": 3}, {"patience": 1}]
)
def test_other_options_than_it_was_begun_with_are_refused(changes, tmp_path):
    running = run(untrained(), tmp_path)
    for _ in range(4):
        next(running)
    running.close()
    before = (tmp_path / "latest.safetensors").read_bytes()
    with pytest.raises(TrainingError, match=r"it was begun with .*, wanted the same options or an empty folder"):
        next(run(untrained(), tmp_path, replace(OPTIONS, **changes)))
    assert (tmp_path / "latest.safetensors").read_bytes() == before


def latest_of(tmp_path):
    running = run(untrained(), tmp_path)
    for _ in range(4):
        next(running)
    running.close()
    return tmp_path / "latest.safetensors"


def test_a_damaged_state_is_told(tmp_path):
    path = latest_of(tmp_path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(TrainingError, match=r"latest.safetensors: cannot be read .*, wanted one that training wrote"):
        next(run(untrained(), tmp_path))


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {"options": "{}"},
        {"options": "no JSON", "progress": "{}"},
        {"options": json.dumps(asdict(OPTIONS)), "progress": "{}"},
        {"options": json.dumps(asdict(OPTIONS)), "progress": "[]"},
    ],
)
def test_a_foreign_state_is_told(metadata, tmp_path):
    save_file({"x": torch.zeros(3)}, tmp_path / "latest.safetensors", metadata)
    with pytest.raises(TrainingError, match=r"(training|progress of training).*, wanted"):
        next(run(untrained(), tmp_path))


def test_a_state_of_another_network_is_told(tmp_path):
    latest_of(tmp_path)
    other = GazeNetwork(TINY, narrow(TINY, 2), uniform_center_bias(6, 8))
    initialise(other, 0)
    with pytest.raises(TrainingError, match=r"latest.safetensors: it is of another network: .*, wanted"):
        next(run(other, tmp_path))


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"training .*file/run: .*, wanted a folder"):
        next(run(untrained(), tmp_path / "file" / "run"))


# diverging


def test_a_loss_that_is_no_number_is_told_and_leaves_the_best_parameters(tmp_path):
    network = untrained()
    running = run(network, tmp_path)
    for _ in range(9):
        next(running)
    best = saved(tmp_path / "best.safetensors")
    with torch.no_grad():
        network.get_parameter("features.3.weight").fill_(math.nan)
    with pytest.raises(TrainingError, match=r"the loss is nan at step 10 .* wanted a lower learning rate"):
        next(running)
    assert same(saved(tmp_path / "best.safetensors"), best)
    assert all(t.isfinite().all() for t in saved(tmp_path / "latest.safetensors").values())


def test_an_enormous_learning_rate_is_told(tmp_path):
    options = replace(OPTIONS, learning_rate=1e30, readout_learning_rate=1e30)
    with pytest.raises(TrainingError, match=r"at step \d+ with a learning rate of \S+e\+\d\d"):
        list(run(untrained(), tmp_path, options))


def test_weights_that_a_step_loses_are_told_and_not_saved(tmp_path, monkeypatch):
    learned = Learner.step

    def lost(learner, draws):
        loss = learned(learner, draws)
        with torch.no_grad():
            learner.network.get_parameter("features.3.weight").fill_(math.inf)
        return loss

    monkeypatch.setattr(Due, "__call__", lambda _: True)
    monkeypatch.setattr(Learner, "step", lost)
    with pytest.raises(TrainingError, match=r"the largest weight is nan at step 1 .* wanted a lower learning rate"):
        list(run(untrained(), tmp_path))
    assert not (tmp_path / "latest.safetensors").exists()


def test_a_validation_loss_that_is_no_number_is_told(tmp_path, monkeypatch):
    scripted(monkeypatch, 1.0, math.nan)
    running = run(untrained(), tmp_path)
    with pytest.raises(TrainingError, match=r"the validation loss is nan at step 8 .*, wanted a lower learning rate"):
        list(running)
    assert saved(tmp_path / "best.safetensors")


# pieces


def test_every_epoch_shows_each_picture_once():
    options = replace(OPTIONS, batch=3)
    examples = [drawn(step, 7, options.batch, options.seed, 1.0) for step in range(7)]
    indices = [draw.index for step in examples for draw in step]
    epochs = [indices[k : k + 7] for k in (0, 7, 14)]
    assert all(sorted(epoch) == list(range(7)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) > 1
    flips = [draw.flip for step in examples for draw in step]
    assert 0 < sum(flips) < len(flips)


@given(st.integers(1, 2000), st.integers(0, 100))
def test_the_learning_rate_rises_to_its_peak_and_falls_to_zero(n_steps, warm_up_steps):
    options = replace(OPTIONS, n_steps=n_steps, warm_up_steps=warm_up_steps)
    rates = [training._schedule(step, options) for step in range(n_steps)]
    assert all(0 < rate <= 1 for rate in rates)
    behind = rates[warm_up_steps:]
    assert behind == sorted(behind, reverse=True)
    assert training._schedule(n_steps, options) == pytest.approx(0, abs=1e-9)


def test_a_mirrored_picture_has_mirrored_fixations():
    images, density = TRAINING.batch([Draw(0), Draw(0, flip=True), Draw(3)])
    assert torch.equal(images[1], images[0].flip(-1))
    assert torch.equal(density[1], density[0].flip(-1))
    assert not torch.equal(images[2], images[0])
    torch.testing.assert_close(density.sum((1, 2)), torch.ones(3))
    bright = images.amin(1) > 0.9
    assert all(density[n][bright[n]].sum() > 0.99 for n in range(3))
    assert images.is_contiguous(memory_format=torch.channels_last)
    assert images.max() == 1


def test_cross_entropy_is_the_mean_over_fixations():
    log_density = torch.randn(1, 16 * 20).log_softmax(1).view(1, 16, 20)
    _, density = TRAINING.batch([Draw(2)])
    stimulus = TRAINING.stimuli[2]
    expected = -np.mean([log_density[0, int(y), int(x)] for x, y in zip(stimulus.x, stimulus.y, strict=True)])
    assert float(cross_entropy(log_density, density)) == pytest.approx(float(expected), abs=1e-5)


def test_validation_loss_is_the_mean_over_pictures_and_leaves_grad_mode():
    network = random_network()
    images, density = VALIDATION.batch([Draw(i) for i in range(3)])
    expected = float(cross_entropy(network(images), density).mean())
    assert validation_loss(network, VALIDATION) == pytest.approx(expected, abs=1e-5)
    assert torch.is_grad_enabled()


def test_scaling_the_readout_brings_what_it_reads_to_unit_scale():
    network = random_network()
    with torch.no_grad():
        features = network.extracted(TRAINING.batch([Draw(i) for i in range(5)])[0])
    before = network.get_parameter("readout.0.weight").clone()
    scale_readout(network, features)
    scale = before / network.get_parameter("readout.0.weight")
    deviation = features.std((0, 2, 3)).clamp_min(1e-6)
    n = len(TINY["readout1"].inputs)
    expected = deviation if n > 1 else deviation.square().mean().sqrt().expand(len(deviation))
    torch.testing.assert_close(scale, expected.view(1, -1, 1, 1).expand_as(scale))


def test_grad_mode_between_steps_is_the_callers(tmp_path):
    running = run(untrained(), tmp_path)
    for _ in range(4):  # the last of them validates
        next(running)
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()


def test_pictures_are_loaded_at_the_working_size_where_people_looked(tmp_path):
    nothing, points = np.zeros(0, np.float32), np.array([3, 4], np.float32)
    for name, value in (("a", 0), ("b", 200)):
        write_png(tmp_path / f"{name}.png", np.full((60, 80, 3), value, np.uint8))
    stimuli = (
        Stimulus(tmp_path / "a.png", 60, 80, nothing, nothing),
        Stimulus(tmp_path / "b.png", 60, 80, points, points),
    )
    looked_at = fixated([DataSet("some", stimuli)])
    assert looked_at == stimuli[1:]
    images, _ = Pictures(looked_at, 16, 20).batch([Draw(0)])
    assert images.shape == (1, 3, 16, 20)
    torch.testing.assert_close(images, torch.full_like(images, 200 / 255))
    with pytest.raises(DataError, match="data set nobody: no picture has fixations, wanted some to train on"):
        fixated([DataSet("nobody", stimuli[:1])])
