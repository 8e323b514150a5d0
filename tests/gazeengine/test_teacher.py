import math
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open

from gazeengine import run_state, teacher
from gazeengine.architecture import ARCHITECTURES
from gazeengine.backbones import vgg19_from_vgg16
from gazeengine.errors import DataError, TrainingError
from gazeengine.examples import CachedFeatures, Draw, drawn
from gazeengine.networks import GazeNetwork
from gazeengine.saved_state import LATEST
from gazeengine.teacher import Members, TeacherOptions, held_out_losses, load_best, train_members
from tests.networks import narrow, random_images
from tests.teachers import EXTENT, filled_cache, looked_at, networks_with_one_backbone

pytestmark = pytest.mark.usefixtures("one_thread")

N = 3
FOLDS = (0, 1, 2, 0, 1, 2)
OPTIONS = TeacherOptions(
    *EXTENT, n_folds=N, n_steps=11, batch=3, learning_rate=0.02, warm_up_steps=2, validate_every=3, seed=1
)

sides = st.integers(1, 60)


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    folder = tmp_path_factory.mktemp("teacher")
    stimuli = looked_at(folder / "made", len(FOLDS))
    return CachedFeatures(filled_cache(networks_with_one_backbone(1)[0], stimuli, folder), stimuli, dropout=0.2)


def members(n=N):
    return Members(networks_with_one_backbone(n))


def state(module):
    return {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def of_member(module, i):
    return {name: parameter.detach()[i].clone() for name, parameter in module.named_parameters()}


def saved(folder, prefix="network."):
    with safe_open(folder / LATEST, "pt") as file:
        names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118
        return {name.removeprefix(prefix): file.get_tensor(name) for name in names}


@pytest.fixture(scope="module")
def uninterrupted(examples, tmp_path_factory):
    """(what is learned, what was told of each step) in a run that nobody stopped."""
    torch.set_num_threads(1)
    learned = members()
    steps = list(train_members(learned, examples, FOLDS, OPTIONS, tmp_path_factory.mktemp("uninterrupted")))
    return state(learned), steps


# answers


@given(sides, sides, sides, sides)
def test_members_answer_as_their_networks_do(height, width, rows, columns):
    networks = networks_with_one_backbone(4)
    features = networks[0].extracted(random_images(2, height, width))
    together = Members(networks)(features, (height, width), (rows, columns))
    assert together.shape == (2, 4, rows, columns)
    for i, network in enumerate(networks):
        expected = network.log_density(network.read_out(features), (height, width), (rows, columns))
        torch.testing.assert_close(together[:, i], expected, rtol=0, atol=1e-5)


def test_members_answer_pictures_as_their_networks_do():
    networks, images = networks_with_one_backbone(4), random_images(2, *EXTENT)
    together = Members(networks)(networks[0].extracted(images), EXTENT, EXTENT)
    for i, network in enumerate(networks):
        torch.testing.assert_close(together[:, i], network(images), rtol=0, atol=1e-5)


def test_a_member_answers_alone_as_among_others():
    networks, images = networks_with_one_backbone(4), random_images(1, *EXTENT)
    features = networks[0].extracted(images)
    together = Members(networks)(features, EXTENT, EXTENT)
    for i, network in enumerate(networks):
        alone = Members([network])(features, EXTENT, EXTENT)[:, 0]
        torch.testing.assert_close(together[:, i], alone, rtol=0, atol=1e-5)


def test_a_vgg19_made_from_a_vgg16_gives_the_same_maps():
    small = networks_with_one_backbone(2)
    vgg19 = ARCHITECTURES["deepgaze2"]
    large = [GazeNetwork(vgg19, narrow(vgg19), network.center_bias.numpy()) for network in small]
    for network, other in zip(small, large, strict=True):
        tensors = network.state_dict()
        rest = {name: tensor for name, tensor in tensors.items() if not name.startswith("features.")}
        features = {name: tensor for name, tensor in tensors.items() if name.startswith("features.")}
        other.load_state_dict(vgg19_from_vgg16(features) | rest, assign=True)
        other.eval().requires_grad_(False)
    images = random_images(2, *EXTENT)
    maps = [Members(networks)(networks[0].extracted(images), EXTENT, (16, 24)) for networks in (small, large)]
    assert torch.equal(*maps)


def test_what_members_are_given_is_what_they_give_back():
    networks, others = networks_with_one_backbone(3), networks_with_one_backbone(3)[::-1]
    Members(networks).give_back(others)
    for network, other in zip(networks, others, strict=True):
        found, expected = state(other), state(network)
        del found["center_bias"], expected["center_bias"]  # not theirs
        assert same(found, expected)


# what is learned


def test_training_lowers_the_losses_on_what_members_never_see(examples, tmp_path):
    learned, left_out = members(), torch.tensor(FOLDS)
    before = held_out_losses(learned, examples, left_out)
    *_, last = train_members(learned, examples, FOLDS, replace(OPTIONS, n_steps=60), tmp_path)
    after = held_out_losses(learned, examples, left_out)
    assert (after < before).all()
    assert last.best_loss == pytest.approx(float(after.mean()), abs=1e-5)


def test_held_out_losses_are_means_over_each_fold(examples):
    networks = networks_with_one_backbone(N)
    found = held_out_losses(Members(networks), examples, torch.tensor(FOLDS))
    for k, network in enumerate(networks):
        losses = []
        for i in (i for i, fold in enumerate(FOLDS) if fold == k):
            features, target = examples.without_dropout().batch([Draw(i)])
            losses.append(float(-(target * examples.log_density(network, features)).sum()))
        assert float(found[k]) == pytest.approx(np.mean(losses), abs=1e-5)
    assert not torch.is_inference_mode_enabled()


def test_a_member_is_not_moved_by_pictures_of_its_own_fold(examples, tmp_path):
    """Of a batch that has none but these, its gradient is zero."""
    two = CachedFeatures(examples._cache, examples.stimuli[:2])  # one in each of two folds
    options = replace(OPTIONS, n_folds=2, batch=1)
    learned = members(2)
    before = [of_member(learned, i) for i in range(2)]
    running = train_members(learned, two, (0, 1), options, tmp_path)
    next(running)
    ((shown,),) = [drawn(0, 2, 1, options.seed, 1.0)]
    moved = [not same(of_member(learned, i), before[i]) for i in range(2)]
    assert moved == [shown.index != 0, shown.index != 1]
    running.close()


def test_nothing_of_a_fold_reaches_the_member_that_leaves_it_out(examples, tmp_path):
    """Whoever looked elsewhere on its pictures, this member is trained to the same parameters, and others are not."""
    altered = [
        replace(s, x=s.width - s.x - 1, y=s.height - s.y - 1) if fold == 1 else s
        for s, fold in zip(examples.stimuli, FOLDS, strict=True)
    ]
    final = []
    for i, stimuli in enumerate((examples.stimuli, altered)):
        learned = members()
        given_examples = CachedFeatures(examples._cache, stimuli, dropout=0.2)
        running = train_members(learned, given_examples, FOLDS, OPTIONS, tmp_path / str(i))
        while next(running).step < OPTIONS.n_steps:
            pass
        final.append([of_member(learned, k) for k in range(N)])
        running.close()
    agree = [same(final[0][k], final[1][k]) for k in range(N)]
    assert agree == [False, True, False]


def test_every_step_is_told(uninterrupted):
    _, steps = uninterrupted
    assert [p.step for p in steps] == list(range(1, 12))
    assert [p.step for p in steps if p.validation_loss is not None] == [3, 6, 9, 11]
    assert all(math.isfinite(p.loss) and p.n_steps == 11 for p in steps)
    assert steps[-1].left_s == 0
    rates = [p.learning_rate for p in steps]
    assert rates[0] < rates[1] == max(rates)
    assert rates[1:] == sorted(rates[1:], reverse=True)
    assert rates[-1] < 0.05 * rates[1]


def test_each_member_keeps_the_parameters_of_its_own_best_validation(examples, tmp_path, monkeypatch):
    script = iter([[3.0, 1.0, 2.0], [2.0, 5.0, 1.0], [4.0, 4.0, 4.0], [1.0, 1.0, 1.5]])
    monkeypatch.setattr(teacher, "held_out_losses", lambda *_: torch.tensor(next(script), dtype=torch.float64))
    learned, at = members(), {}
    for progress in train_members(learned, examples, FOLDS, OPTIONS, tmp_path):
        at[progress.step] = [of_member(learned, i) for i in range(N)]
    assert (progress.best_loss, progress.best_step) == (1.0, 11)
    for i, step in enumerate((11, 3, 6)):
        assert same(of_member(learned, i), at[step][i])
    other = members()
    assert load_best(other, tmp_path) == [1.0, 1.0, 1.0]
    assert same(state(other), state(learned))


def test_it_stops_when_no_member_gets_better_any_more(examples, tmp_path, monkeypatch):
    script = iter([[3.0, 3.0, 3.0], [2.0, 4.0, 4.0], *[[2.0, 4.0, 3.0]] * 3])
    monkeypatch.setattr(teacher, "held_out_losses", lambda *_: torch.tensor(next(script), dtype=torch.float64))
    options = replace(OPTIONS, n_steps=400, patience=3)
    steps = list(train_members(members(), examples, FOLDS, options, tmp_path))
    assert steps[-1].step == 15
    assert [p.stopped_early for p in steps] == [False] * 14 + [True]
    assert list(train_members(members(), examples, FOLDS, options, tmp_path)) == []


# going on


@pytest.mark.parametrize("stops", [[1], [3], [7], [2, 3, 8, 10]])
def test_a_run_that_was_closed_goes_on_as_if_nothing_had_been(stops, examples, uninterrupted, tmp_path):
    final, expected = uninterrupted
    for stop in stops:
        running = train_members(members(), examples, FOLDS, OPTIONS, tmp_path)
        for progress in running:
            if progress.step >= stop:
                break
        running.close()
    learned = members()
    steps = list(train_members(learned, examples, FOLDS, OPTIONS, tmp_path))
    assert same(state(learned), final)
    told = {p.step: (p.loss, p.validation_loss, p.best_loss, p.best_step, p.learning_rate) for p in expected}
    assert [p.step for p in steps] == list(range(stops[-1] + 1, 12))
    for p in steps:
        assert (p.loss, p.validation_loss, p.best_loss, p.best_step, p.learning_rate) == told[p.step]


@pytest.mark.parametrize("killed", [4, 8, 11])
def test_a_run_that_was_killed_goes_on_as_if_nothing_had_been(killed, examples, uninterrupted, tmp_path):
    running = train_members(members(), examples, FOLDS, OPTIONS, tmp_path / "run")
    for progress in running:
        if progress.step == killed:
            shutil.copytree(tmp_path / "run", tmp_path / "left behind")
            break
    learned = members()
    steps = list(train_members(learned, examples, FOLDS, OPTIONS, tmp_path / "left behind"))
    assert [p.step for p in steps] == list(range({4: 4, 8: 7, 11: 12}[killed], 12))  # behind the last validation
    assert same(state(learned), uninterrupted[0])
    running.close()


def test_long_steps_are_saved_one_by_one(examples, tmp_path, monkeypatch):
    monkeypatch.setattr(run_state, "SAVE_EVERY_S", 0.0)
    running = train_members(members(), examples, FOLDS, OPTIONS, tmp_path)
    next(running)
    assert (tmp_path / LATEST).exists()
    running.close()


def test_whoever_interrupts_the_middle_of_a_step_leaves_no_half_step_behind(
    examples, uninterrupted, tmp_path, monkeypatch
):
    validate, calls = held_out_losses, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 2:  # the optimizer's sixth step is done by then, and the sixth is told of nowhere
            raise KeyboardInterrupt
        return validate(*arguments)

    monkeypatch.setattr(teacher, "held_out_losses", interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(train_members(members(), examples, FOLDS, OPTIONS, tmp_path))
    learned = members()
    assert next(iter(train_members(learned, examples, FOLDS, OPTIONS, tmp_path))).step == 4
    list(train_members(learned, examples, FOLDS, OPTIONS, tmp_path))
    assert same(state(learned), uninterrupted[0])


def test_features_that_disappear_in_the_middle_leave_a_state_to_go_on_from(
    uninterrupted, examples, tmp_path_factory, tmp_path
):
    stimuli = looked_at(tmp_path / "made", len(FOLDS))
    own = CachedFeatures(filled_cache(networks_with_one_backbone(1)[0], stimuli, tmp_path), stimuli, dropout=0.2)
    running = train_members(members(), own, FOLDS, OPTIONS, tmp_path / "run")
    for _ in range(4):
        next(running)
    shutil.move(own._cache.folder, tmp_path / "elsewhere")
    with pytest.raises(
        DataError, match=r"features .*: there is none of train\d.png, wanted one for every picture; call"
    ):
        next(running)
    shutil.move(tmp_path / "elsewhere", own._cache.folder)
    learned = members()
    steps = list(train_members(learned, own, FOLDS, OPTIONS, tmp_path / "run"))
    assert steps[0].step == 5
    assert same(state(learned), uninterrupted[0])


@pytest.mark.parametrize("changes", [{"learning_rate": 1e-3}, {"n_folds": 4}, {"seed": 2}, {"dropout": 0.0}])
def test_other_options_than_it_was_begun_with_are_refused(changes, examples, tmp_path):
    running = train_members(members(), examples, FOLDS, OPTIONS, tmp_path)
    next(running)
    running.close()
    before = (tmp_path / LATEST).read_bytes()
    with pytest.raises(TrainingError, match=r"it was begun with .*, wanted the same options or an empty folder"):
        next(train_members(members(), examples, FOLDS, replace(OPTIONS, **changes), tmp_path))
    assert (tmp_path / LATEST).read_bytes() == before


def test_a_damaged_or_foreign_state_is_told(examples, tmp_path):
    running = train_members(members(), examples, FOLDS, OPTIONS, tmp_path)
    next(running)
    running.close()
    with pytest.raises(TrainingError, match=r"latest.safetensors: it has losses of 3 members, wanted 2"):
        load_best(members(2), tmp_path)
    with pytest.raises(TrainingError, match=r"latest.safetensors: it is of another network: .* wanted \(1, 2, 6, 8\)"):
        next(train_members(members(2), examples, (0, 1, 0, 1, 0, 1), OPTIONS, tmp_path))
    (tmp_path / LATEST).write_bytes((tmp_path / LATEST).read_bytes()[:-9])
    with pytest.raises(TrainingError, match=r"latest.safetensors: cannot be read"):
        next(train_members(members(), examples, FOLDS, OPTIONS, tmp_path))


def test_there_is_nothing_best_before_anything_is_validated(examples, tmp_path):
    running = train_members(members(), examples, FOLDS, OPTIONS, tmp_path)
    next(running)
    running.close()
    learned = members()
    before = state(learned)
    assert load_best(learned, tmp_path) is None
    assert same(state(learned), before)


def test_a_fold_without_pictures_is_told(examples, tmp_path):
    with pytest.raises(TrainingError, match=r"training .*: fold 2 has no pictures, wanted some in all 3"):
        next(train_members(members(), examples, (0, 2, 0, 2, 0, 2), OPTIONS, tmp_path))


# diverging


def test_a_loss_that_is_no_number_is_told_and_the_last_good_state_stays(examples, tmp_path):
    learned = members()
    running = train_members(learned, examples, FOLDS, OPTIONS, tmp_path)
    for _ in range(3):
        next(running)
    before = (tmp_path / LATEST).read_bytes()
    with torch.no_grad():
        learned.get_parameter("readout_0_weight")[1].fill_(math.nan)
    with pytest.raises(
        TrainingError, match=r"the loss is nan at step 4 with a learning rate of 0.0\d+; .* wanted a lower"
    ):
        next(running)
    assert (tmp_path / LATEST).read_bytes() == before
    assert all(tensor.isfinite().all() for tensor in (saved(tmp_path) | saved(tmp_path, "best.")).values())


def test_a_gradient_that_is_no_number_moves_nothing(examples, tmp_path):
    learned = members()
    running = train_members(learned, examples, FOLDS, OPTIONS, tmp_path)
    next(running)
    learned.get_parameter("readout_2_weight").register_hook(lambda gradient: gradient * math.inf)
    before = state(learned)
    with pytest.raises(TrainingError, match="the loss is nan at step 2"):
        next(running)
    assert same(state(learned), before)


def test_a_validation_loss_that_is_no_number_is_told(examples, tmp_path, monkeypatch):
    script = iter([[3.0, 3.0, 3.0], [2.0, math.nan, 1.0]])
    monkeypatch.setattr(teacher, "held_out_losses", lambda *_: torch.tensor(next(script), dtype=torch.float64))
    with pytest.raises(TrainingError, match="the loss is nan at step 6"):
        list(train_members(members(), examples, FOLDS, OPTIONS, tmp_path))
    assert load_best(members(), tmp_path) == [3.0, 3.0, 3.0]


def test_an_enormous_learning_rate_is_told(examples, tmp_path):
    options = replace(OPTIONS, learning_rate=1e30)
    with pytest.raises(TrainingError, match=r"at step \d+ with a learning rate of \S+e\+\d+"):
        list(train_members(members(), examples, FOLDS, options, tmp_path))
