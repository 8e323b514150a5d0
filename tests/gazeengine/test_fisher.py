import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from gazeengine.architecture import ARCHITECTURES
from gazeengine.errors import DataError
from gazeengine.fisher import (
    Tape,
    fisher_signal,
    fixated_targets,
    gradients_of,
    mask_gradients,
    sampled_targets,
)
from gazeengine.networks import build, masking
from tests.networks import TINY, narrow, random_checkpoint, random_images, random_network

CHECKPOINT = random_checkpoint()


def last(generator):
    *_, value = generator
    return value


def random_density(n, height, width, seed=0):
    noise = torch.randn(n, height * width, generator=torch.Generator().manual_seed(seed))
    return (3 * noise).softmax(1).unflatten(1, (height, width))


def loss_by_masks(network, images, target):
    """-Σ target log Q (N,) as a function of one changed mask, nothing but a forward pass."""

    def loss(layer, feature, value):
        masks = {name: torch.ones(width, dtype=images.dtype) for name, width in network.widths.items()}
        masks[layer][feature] = value
        return -(target * network(images, observer=masking(masks))).flatten(1).sum(1)

    return loss


# against explicit masks


@pytest.mark.parametrize(
    ("name", "n_features"), [("tiny", None), ("fastgaze", 12), ("deepgaze2-vgg16", 12), ("densegaze", 10)]
)
def test_gradients_are_those_of_explicit_masks_by_finite_differences(name, n_features):
    one = ARCHITECTURES.get(name, TINY)
    network = random_network(one, narrow(one, 4)).double()
    height, width = (10, 14) if name == "tiny" else (32, 48)
    images = random_images(2, height, width).double()
    target = random_density(2, height, width).double()
    (gradients,) = mask_gradients(network, images, [target])
    assert {layer: g.shape for layer, g in gradients.items()} == {
        layer: (2, width) for layer, width in network.widths.items()
    }
    loss = loss_by_masks(network, images, target)
    features = [(layer, k) for layer, width in network.widths.items() for k in range(width)]
    if n_features is not None:
        rng = np.random.default_rng(0)
        features = [features[i] for i in rng.choice(len(features), n_features, replace=False)]
        features.append((one.layers[-1].name, 0))
    step = 1e-6
    for layer, k in features:
        expected = (loss(layer, k, 1 + step) - loss(layer, k, 1 - step)) / (2 * step)
        torch.testing.assert_close(gradients[layer][:, k], expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", ["tiny", "deepgaze2-vgg16", "densegaze"])
def test_gradients_of_a_batch_are_those_of_its_pictures_one_at_a_time(name):
    one = ARCHITECTURES.get(name, TINY)
    network = random_network(one, narrow(one, 2)).double()
    images, target = random_images(3, 18, 35).double(), random_density(3, 18, 35).double()
    (together,) = mask_gradients(network, images, [target])
    for n in range(3):
        (alone,) = mask_gradients(network, images[n : n + 1], [target[n : n + 1]])
        for layer, g in alone.items():
            torch.testing.assert_close(together[layer][n], g[0], rtol=1e-8, atol=1e-10)


@settings(max_examples=20)
@given(st.floats(0, 1), st.integers(0, 100))
def test_gradients_are_linear_in_the_target(share, seed):
    network = random_network().double()
    images = random_images(1, 9, 12).double()
    a, b = random_density(1, 9, 12, seed).double(), random_density(1, 9, 12, seed + 1).double()
    of_a, of_b, of_both = mask_gradients(network, images, [a, b, share * a + (1 - share) * b])
    for layer in network.widths:
        expected = share * of_a[layer] + (1 - share) * of_b[layer]
        torch.testing.assert_close(of_both[layer], expected, rtol=1e-8, atol=1e-10)


def test_trainable_weights_change_no_gradient():
    images, target = random_images(2, 12, 12), random_density(2, 12, 12)
    (frozen,) = mask_gradients(random_network(), images, [target])
    (trainable,) = mask_gradients(random_network().requires_grad_(True), images, [target])
    for layer, g in frozen.items():
        torch.testing.assert_close(trainable[layer], g, rtol=1e-5, atol=1e-6)


def test_no_gradient_stays_with_the_network():
    network = random_network().requires_grad_(True)
    list(mask_gradients(network, random_images(1, 12, 12), [random_density(1, 12, 12)]))
    assert all(p.grad is None for p in network.parameters())


class Recorded(TorchDispatchMode):
    """Notes of which inputs each convolution computes gradients: (features, weight, bias)."""

    def __init__(self):
        super().__init__()
        self.wanted = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if function is torch.ops.aten.convolution_backward.default:
            self.wanted.append(tuple(args[-1]))
        return function(*args, **(kwargs or {}))


def test_a_network_that_learns_computes_gradients_of_weights_only_when_it_learns():
    """So pruning while training costs a third of a step: a backward pass to features alone."""
    network = random_network().requires_grad_(True)
    images, target = random_images(2, 12, 12), random_density(2, 12, 12)
    tape = Tape()
    log_density = network(images, observer=tape.observe)
    loss = -(target * log_density).sum()
    with Recorded() as signal:
        gradients = gradients_of(loss, tape, network.widths)
    with Recorded() as learning:
        loss.backward()
    assert len(signal.wanted) >= len(TINY.layers) - 1
    assert set(signal.wanted) == {(True, False, False)}
    assert sum(weight for _, weight, _ in learning.wanted) >= len(TINY.layers)
    (alone,) = mask_gradients(random_network(), images, [target])
    for layer, g in alone.items():
        torch.testing.assert_close(gradients[layer], g, rtol=1e-4, atol=1e-6)


# the Fisher information


def exact_gradients(network, images):
    """g (pixels, C) of each layer for every pixel as the target of the one picture, and the pixels' density."""
    height, width = images.shape[-2:]
    one_hot = torch.eye(height * width).to(images.dtype).unflatten(1, (height, width))
    gradients = list(mask_gradients(network, images, (t[None] for t in one_hot)))
    stacked = {layer: torch.cat([g[layer] for g in gradients]) for layer in network.widths}
    return stacked, network(images)[0].exp().flatten()


def test_expected_gradients_of_the_networks_own_fixations_are_zero():
    gradients, density = exact_gradients(random_network().double(), random_images(1, 8, 8).double())
    for g in gradients.values():
        expected = density @ g
        torch.testing.assert_close(expected, torch.zeros_like(expected), rtol=0, atol=1e-10)


def test_the_fisher_information_is_the_curvature_of_the_kl_divergence():
    """Supplement S2: which is why sampled targets need no fixations."""
    network = random_network().double()
    images = random_images(1, 8, 8).double()
    gradients, density = exact_gradients(network, images)
    own = network(images)
    cross_entropy = loss_by_masks(network, images, own.exp())
    entropy = -(own.exp() * own).sum()
    step = 1e-4
    for layer, g in gradients.items():
        fisher = density @ g.square()
        for k in range(len(fisher)):
            up, down = cross_entropy(layer, k, 1 + step) - entropy, cross_entropy(layer, k, 1 - step) - entropy
            torch.testing.assert_close((up + down) / step**2, fisher[k : k + 1], rtol=1e-2, atol=1e-5)


def test_sampled_targets_converge_to_the_fisher_information():
    images = random_images(1, 8, 8)
    gradients, density = exact_gradients(build(CHECKPOINT), images)
    n = 400
    signal = last(fisher_signal(CHECKPOINT, [(images, None)], n_targets=n, seed=3))
    for layer, g in gradients.items():
        half_square = g.double().square() / 2
        exact = density.double() @ half_square
        deviation = (density.double() @ (half_square - exact).square()).sqrt()
        error = torch.from_numpy(signal.delta[layer]) - exact
        assert (error.abs() <= 4 * deviation / n**0.5 + 1e-9).all()


def test_samples_follow_the_map():
    log_density = random_density(2, 3, 4).log()
    targets = sampled_targets(log_density, 20_000, torch.Generator().manual_seed(0))
    assert targets.shape == (20_000, 2, 3, 4)
    assert (targets.sum((2, 3)) == 1).all()
    torch.testing.assert_close(targets.mean(0), log_density.exp(), rtol=0, atol=0.02)


def test_fixated_targets_are_where_people_looked():
    density = torch.zeros(2, 5, 6)
    density[0, 1, 2], density[0, 4, 0], density[1, 0, 5] = 0.25, 0.75, 1.0
    targets = fixated_targets(density, 2000, torch.Generator().manual_seed(0))
    torch.testing.assert_close(targets.mean(0), density, rtol=0, atol=0.05)
    assert (targets.sum(0)[density == 0] == 0).all()


# the signal


def by_hand(images, density, network):
    (gradients,) = mask_gradients(network, images, [density])
    return {layer: (g.double().square().sum(0) / 2).numpy() for layer, g in gradients.items()}


def test_the_signal_is_half_the_mean_square():
    network = build(CHECKPOINT)
    batches = [(random_images(n, 12, 16, n), random_density(n, 12, 16, n)) for n in (1, 3, 2)]
    total = {layer: np.zeros(width) for layer, width in network.widths.items()}
    n_images = 0
    signals = fisher_signal(CHECKPOINT, batches, targets="teacher")
    for signal, (images, density) in zip(signals, batches, strict=True):
        n_images += len(images)
        for layer, squares in by_hand(images, density, network).items():
            total[layer] += squares
            np.testing.assert_allclose(signal.delta[layer], total[layer] / n_images, rtol=1e-5, atol=1e-12)
        assert signal.n_images == n_images
    assert (signal.checkpoint_id, signal.targets) == (CHECKPOINT.id, "teacher")
    assert {layer: len(d) for layer, d in signal.delta.items()} == CHECKPOINT.widths


def test_a_single_fixation_is_the_target_whatever_the_seed():
    density = torch.zeros(1, 12, 16)
    density[0, 3, 9] = 1
    images = random_images(1, 12, 16)
    signal = last(fisher_signal(CHECKPOINT, [(images, density)], targets="fixations", seed=7))
    for layer, expected in by_hand(images, density, build(CHECKPOINT)).items():
        np.testing.assert_allclose(signal.delta[layer], expected, rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize("targets", ["sampled", "fixations"])
def test_a_seed_gives_the_same_signal_again_and_another_one_does_not(targets):
    def signal(seed):
        pictures = [(random_images(2, 12, 16), random_density(2, 12, 16))] * 2
        return last(fisher_signal(CHECKPOINT, pictures, targets=targets, seed=seed)).delta

    one, again, other = signal(1), signal(1), signal(2)
    assert all(np.array_equal(one[layer], again[layer]) for layer in one)
    assert not all(np.array_equal(one[layer], other[layer]) for layer in one)


def test_a_signal_already_given_does_not_change_as_more_pictures_come():
    signals = fisher_signal(CHECKPOINT, [(random_images(1, 12, 16, i), None) for i in range(2)])
    first = next(signals)
    before = {layer: d.copy() for layer, d in first.delta.items()}
    next(signals)
    assert all(np.array_equal(first.delta[layer], before[layer]) for layer in before)


# stopping


def test_it_takes_no_more_pictures_than_are_asked_for():
    taken = []

    def pictures():
        for i in itertools.count():
            taken.append(i)
            yield random_images(1, 12, 16, i), None

    signals = fisher_signal(CHECKPOINT, pictures())
    next(signals)
    assert next(signals).n_images == 2
    signals.close()
    assert taken == [0, 1]


@pytest.mark.parametrize("enabled", [True, False])
def test_grad_mode_between_steps_is_the_callers(enabled):
    network = random_network()
    images, target = random_images(1, 12, 12), random_density(1, 12, 12)
    with torch.set_grad_enabled(enabled):
        gradients = mask_gradients(network, images, [target] * 3)
        next(gradients)
        assert torch.is_grad_enabled() == enabled
        gradients.close()
        signals = fisher_signal(CHECKPOINT, [(images, None)] * 3)
        next(signals)
        assert torch.is_grad_enabled() == enabled
        assert not torch.is_inference_mode_enabled()
        signals.close()
        assert torch.is_grad_enabled() == enabled


def test_grad_mode_that_the_caller_changes_between_steps_stays():
    gradients = mask_gradients(random_network(), random_images(1, 12, 12), [random_density(1, 12, 12)] * 2)
    next(gradients)
    with torch.no_grad():
        next(gradients)
        assert not torch.is_grad_enabled()
    assert torch.is_grad_enabled()


# what cannot be used


def test_no_pictures_are_told():
    with pytest.raises(DataError, match="random tiny: there are no pictures, wanted at least one"):
        last(fisher_signal(CHECKPOINT, []))


@pytest.mark.parametrize(("targets", "found"), [("teacher", "no teacher's map"), ("fixations", "no fixations")])
def test_a_missing_density_is_told(targets, found):
    with pytest.raises(DataError, match=f"a picture has {found}, wanted"):
        last(fisher_signal(CHECKPOINT, [(random_images(1, 12, 16), None)], targets=targets))


def test_unknown_targets_are_told():
    with pytest.raises(DataError, match="targets are 'wishes', wanted 'fixations', 'teacher' or 'sampled'"):
        last(fisher_signal(CHECKPOINT, [(random_images(1, 12, 16), None)], targets="wishes"))


@pytest.mark.parametrize("n_targets", [0, -1])
def test_too_few_targets_are_told(n_targets):
    with pytest.raises(DataError, match=f"{n_targets} targets a picture, wanted at least 1"):
        last(fisher_signal(CHECKPOINT, [(random_images(1, 12, 16), None)], n_targets=n_targets))


def unfixated(density):
    return torch.zeros_like(density)


def undefined(density):
    return density * torch.nan


def negative(density):
    density[0, 0, 0] = -1
    return density


def of_another_size(density):
    return density[:, 1:]


def of_fewer_pictures(density):
    return density[:1]


@pytest.mark.parametrize("spoil", [unfixated, undefined, negative, of_another_size, of_fewer_pictures])
@pytest.mark.parametrize("targets", ["teacher", "fixations"])
def test_a_density_that_is_none_is_told(spoil, targets):
    density = spoil(random_density(2, 12, 16))
    with pytest.raises(DataError, match=r"Fisher signal: a picture's .*, wanted"):
        last(fisher_signal(CHECKPOINT, [(random_images(2, 12, 16), density)], targets=targets))


def test_a_teachers_map_that_does_not_sum_to_one_is_told():
    pictures = [(random_images(1, 12, 16), 2 * random_density(1, 12, 16))]
    with pytest.raises(DataError, match="sums to 2, wanted 1"):
        last(fisher_signal(CHECKPOINT, pictures, targets="teacher"))


def test_a_network_that_is_not_a_number_is_told():
    broken = random_checkpoint()
    broken.weights["features.0.bias"][:] = np.nan
    with pytest.raises(DataError, match="not a number after 1 pictures"):
        last(fisher_signal(broken, [(random_images(1, 12, 16), random_density(1, 12, 16))], targets="teacher"))
