import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gazeengine.architecture import ARCHITECTURES
from gazeengine.errors import PruningError
from gazeengine.networks import build, masking, sliced
from gazeengine.plan import PruningPlan
from gazeengine.surgery import masks, pruned
from tests.networks import (
    TINY,
    narrow,
    narrow_checkpoint,
    random_checkpoint,
    random_images,
    random_kept,
    random_network,
)

every_network = pytest.mark.parametrize("name", [*ARCHITECTURES, "tiny"])


def plan_of(checkpoint, kept, beta=0.1):
    n = checkpoint.n_features - sum(map(len, kept.values()))
    return PruningPlan(beta, n, kept, 0, 0.0)


def checkpoint_of(name, seed=0):
    return random_checkpoint(seed=seed) if name == "tiny" else narrow_checkpoint(name, seed)


def masked(network, images, kept):
    m = {name: torch.from_numpy(mask) for name, mask in masks(kept, network.widths).items()}
    return network(images, observer=masking(m))


def assert_pruned_equals_masked(network, kept, size=(33, 40)):
    images = random_images(2, *size)
    smaller = sliced(network, kept)
    assert smaller.widths == {name: len(features) for name, features in kept.items()}
    torch.testing.assert_close(smaller(images), masked(network, images, kept), rtol=0, atol=1e-5)


@every_network
@pytest.mark.parametrize("seed", range(3))
def test_pruning_equals_masking(name, seed):
    one = ARCHITECTURES.get(name, TINY)
    network = random_network(one, narrow(one, 4), seed)
    assert_pruned_equals_masked(network, random_kept(network.widths, seed))


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.floats(0, 1))
def test_pruning_equals_masking_whatever_is_kept(seed, share):
    network = random_network(seed=seed % 5)
    assert_pruned_equals_masked(network, random_kept(network.widths, seed, share))


def test_pruning_one_feature_of_any_layer_equals_masking_it():
    network = random_network()
    for layer, width in network.widths.items():
        for feature in range(width if width > 1 else 0):
            kept = {name: np.arange(w) for name, w in network.widths.items()}
            kept[layer] = np.delete(kept[layer], feature)
            assert_pruned_equals_masked(network, kept)


def test_masks_of_ones_change_nothing():
    network = random_network()
    images = random_images(2, 20, 30)
    kept = {name: np.arange(w) for name, w in network.widths.items()}
    torch.testing.assert_close(masked(network, images, kept), network(images))


def test_pruning_does_change_the_map():
    network = random_network()
    images = random_images(2, 20, 30)
    kept = random_kept(network.widths, 1)
    assert float((sliced(network, kept)(images) - network(images)).abs().max()) > 1e-2


@every_network
def test_pruning_in_two_steps_is_pruning_at_once(name):
    checkpoint = checkpoint_of(name)
    first = random_kept(checkpoint.widths, 1, 0.8)
    second = random_kept({n: len(k) for n, k in first.items()}, 2, 0.8)
    halfway = pruned(checkpoint, plan_of(checkpoint, first))
    twice = pruned(halfway, plan_of(halfway, second))
    both = {n: first[n][second[n]] for n in first}
    once = pruned(checkpoint, plan_of(checkpoint, both))
    assert twice.id == once.id
    for n in once.weights:
        assert np.array_equal(twice.weights[n], once.weights[n])
    for n in once.kept:
        assert np.array_equal(twice.kept[n], once.kept[n])


def test_kept_features_are_those_of_the_unpruned_network():
    checkpoint = narrow_checkpoint("fastgaze")
    kept = random_kept(checkpoint.widths, 0)
    smaller = pruned(checkpoint, plan_of(checkpoint, kept))
    for name, features in kept.items():
        assert np.array_equal(smaller.kept[name], checkpoint.kept[name][features])
        assert (np.diff(smaller.kept[name]) > 0).all()


def test_the_signal_is_cut_to_what_is_left_and_stays_the_parents():
    checkpoint = random_checkpoint()
    kept = random_kept(checkpoint.widths, 0)
    signal = pruned(checkpoint, plan_of(checkpoint, kept)).signal
    assert signal.checkpoint_id == checkpoint.id
    for name, features in kept.items():
        assert np.array_equal(signal.delta[name], checkpoint.signal.delta[name][features])


def test_provenance_tells_parent_beta_and_how_many():
    checkpoint = random_checkpoint()
    plan = plan_of(checkpoint, random_kept(checkpoint.widths, 0), beta=None)
    smaller = pruned(checkpoint, plan, "small one")
    assert smaller.name == "small one"
    assert smaller.provenance["parent"] == {"name": checkpoint.name, "id": checkpoint.id}
    assert smaller.provenance["beta"] == "star"
    assert smaller.provenance["pruned"] == plan.n == checkpoint.n_features - smaller.n_features
    assert smaller.provenance["seed"] == 0  # of what it was before
    assert not smaller.scores  # which were the parent's


def test_pruning_nothing_gives_the_same_network():
    checkpoint = random_checkpoint()
    kept = {name: np.arange(w) for name, w in checkpoint.widths.items()}
    same = pruned(checkpoint, plan_of(checkpoint, kept))
    assert same.id == checkpoint.id
    assert same.scores == checkpoint.scores


def test_the_parent_stays_as_it_was():
    checkpoint = random_checkpoint()
    network = build(checkpoint)
    images = random_images(1, 20, 20)
    before = network(images)
    kept = random_kept(checkpoint.widths, 0, 0.3)
    pruned(checkpoint, plan_of(checkpoint, kept))
    sliced(network, kept)(images)
    assert torch.equal(network(images), before)
    assert checkpoint.id == random_checkpoint().id


def other_widths(kept):
    kept["conv1"] = np.arange(6)


def missing_layer(kept):
    del kept["dense"]


def foreign_layer(kept):
    kept["conv9"] = np.arange(1)


def nothing_left(kept):
    kept["conv2"] = np.arange(0)


def fewer_than_it_says(kept):
    kept["conv2"] = np.arange(1)


@pytest.mark.parametrize("spoil", [other_widths, missing_layer, foreign_layer, nothing_left, fewer_than_it_says])
def test_a_plan_for_another_network_is_refused(spoil):
    checkpoint = random_checkpoint()
    kept = {name: np.arange(w) for name, w in checkpoint.widths.items()}
    plan = plan_of(checkpoint, kept)
    spoil(kept)
    with pytest.raises(PruningError, match=r"plan: it does not fit .*random tiny"):
        pruned(checkpoint, plan)
