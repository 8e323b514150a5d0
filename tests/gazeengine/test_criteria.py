from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gazeengine.architecture import ARCHITECTURES
from gazeengine.cost import flops_model, parameter_model
from gazeengine.criteria import CRITERIA, criterion
from gazeengine.errors import DataError, PruningError
from gazeengine.fisher import Tape, feature_statistics, fisher_signal
from gazeengine.networks import build
from gazeengine.plan import pruning_order
from tests.networks import TINY, narrow_checkpoint, random_checkpoint, random_images

every_criterion = pytest.mark.parametrize("one", CRITERIA.values(), ids=lambda c: c.name)


def pictures(n=3):
    return [(random_images(1, 32, 48, seed), None) for seed in range(n)]


def statistics_of(checkpoint, n=3):
    return list(feature_statistics(checkpoint, pictures(n), n_targets=2))[-1]


@pytest.mark.parametrize("checkpoint", [random_checkpoint(TINY), narrow_checkpoint(), narrow_checkpoint("densegaze")])
def test_fisher_is_the_fisher_signal(checkpoint):
    signal = list(fisher_signal(checkpoint, pictures(), n_targets=2))[-1]
    found = criterion("fisher").signal(statistics_of(checkpoint), checkpoint)
    assert (found.n_images, found.targets, found.criterion) == (3, "sampled", "fisher")
    for name, delta in signal.delta.items():
        np.testing.assert_allclose(found.delta[name], delta, rtol=1e-12)


def test_the_slope_is_how_the_loss_grows_with_a_mask():
    """Finite differences of the mean loss in one feature's mask."""
    checkpoint, step = random_checkpoint(TINY), 1e-6
    network = build(checkpoint).double()
    images = random_images(1, 32, 48).double()
    target = torch.zeros(1, 32, 48, dtype=torch.float64)
    target[0, 10, 20] = 1
    density = target.float()
    found = list(feature_statistics(checkpoint, [(images.float(), density)], targets="teacher"))[-1]

    def loss(layer, k, by):
        def masked(reader, names, x):
            scale = [torch.ones(network.widths[name], dtype=torch.float64) for name in names]
            for name, mask in zip(names, scale, strict=True):
                if name == layer:
                    mask[k] += by
            return x * torch.cat(scale).view(1, -1, 1, 1)

        with torch.inference_mode():
            return -float((target * network(images, observer=masked)).sum())

    for layer, width in checkpoint.widths.items():
        for k in range(width):
            slope = (loss(layer, k, step) - loss(layer, k, -step)) / (2 * step)
            assert found.slope[layer][k] == pytest.approx(slope, abs=1e-5, rel=1e-3)


def test_means_are_consistent():
    s = statistics_of(random_checkpoint(TINY))
    for name, slope in s.slope.items():
        assert (np.abs(slope) <= s.size[name] + 1e-12).all()
        assert (s.size[name] ** 2 <= s.square[name] * (1 + 1e-9)).all()  # Jensen


def test_activity_is_the_mean_size_of_what_readers_see():
    checkpoint = random_checkpoint(TINY)
    network, total = build(checkpoint), {}
    for images, _ in pictures():
        tape = Tape()
        with torch.inference_mode():
            network.saliency(images, tape.observe)
        for names, x in tape.read:
            for name, part in zip(names, torch.split(x, [network.widths[n] for n in names], 1), strict=True):
                total.setdefault(name, []).append(part.abs().mean((0, 2, 3)).numpy())
    found = statistics_of(checkpoint).activity
    for name, parts in total.items():
        np.testing.assert_allclose(found[name], np.mean(parts, 0), rtol=1e-5)


def test_weight_norms_are_means_of_filters():
    checkpoint = narrow_checkpoint()
    delta = criterion("l1w").signal(statistics_of(checkpoint), checkpoint).delta
    for layer in checkpoint.architecture.layers:
        w = checkpoint.weights[f"{layer.key}.weight"]
        assert delta[layer.name][0] == pytest.approx(np.abs(w[0]).sum() / w[0].size, rel=1e-5)


def test_normalised_layers_have_length_one_and_the_same_ranks():
    checkpoint = narrow_checkpoint()
    s = statistics_of(checkpoint)
    plain, normalised = (criterion(n).signal(s, checkpoint).delta for n in ("taylor", "taylor-normalised"))
    for name, values in normalised.items():
        assert np.linalg.norm(values) == pytest.approx(1)
        np.testing.assert_array_equal(np.argsort(values, kind="stable"), np.argsort(plain[name], kind="stable"))


def test_a_layer_of_zeros_stays_one():
    checkpoint = random_checkpoint(TINY)
    s = statistics_of(checkpoint)
    s = replace(s, size={name: np.zeros_like(values) for name, values in s.size.items()})
    assert all((d == 0).all() for d in criterion("taylor-normalised").signal(s, checkpoint).delta.values())


@every_criterion
@pytest.mark.parametrize("beta", [None, 0.0, 0.01])
@pytest.mark.parametrize("updated", [True, False])
def test_each_serves_every_cost_model(one, beta, updated):
    checkpoint = narrow_checkpoint("densegaze")
    signal = one.signal(statistics_of(checkpoint), checkpoint)
    for cost in (flops_model(checkpoint.architecture, 32, 48), parameter_model(checkpoint.architecture)):
        order = pruning_order(signal, cost, beta, update_costs=updated)
        assert order.n_removals == checkpoint.n_prunable
        assert set(order.widths_after(order.n_removals).values()) == {1}


def test_with_the_first_order_some_are_said_to_help_by_going():
    checkpoint = random_checkpoint(TINY)
    delta = criterion("fisher-first-order").signal(statistics_of(checkpoint), checkpoint).delta
    assert min(values.min() for values in delta.values()) < 0
    cost = flops_model(TINY, 32, 48)
    order = pruning_order(criterion("fisher-first-order").signal(statistics_of(checkpoint), checkpoint), cost, 0.0)
    assert order.combined_cost[0] == min(values.min() for values in delta.values())


@given(seed=st.integers(0, 100))
def test_scales_that_relu_hides_change_naive_criteria_alone(seed):
    """Section 3.1: a layer times c and its reader over c is the same network."""
    checkpoint = random_checkpoint(
        ARCHITECTURES["fastgaze"], {name: [0] for name in ARCHITECTURES["fastgaze"].widths}, seed
    )
    weights = {name: np.array(array, np.float32) for name, array in checkpoint.weights.items()}
    first, second = checkpoint.architecture.layers[:2]
    for part in ("weight", "bias"):
        weights[f"{first.key}.{part}"] *= 4
    weights[f"{second.key}.weight"] /= 4
    scaled = replace(checkpoint, weights=weights)
    before, after = statistics_of(checkpoint, 1), statistics_of(scaled, 1)
    for name in ("fisher", "fisher-first-order", "taylor"):
        a, b = (criterion(name).signal(s, checkpoint).delta for s in (before, after))
        for layer, delta in a.items():
            np.testing.assert_allclose(b[layer], delta, rtol=1e-3, atol=1e-9)
    a, b = (criterion("l1a").signal(s, checkpoint).delta[first.name] for s in (before, after))
    np.testing.assert_allclose(b, 4 * a, rtol=1e-5)


def test_random_is_drawn_by_its_seed():
    checkpoint = random_checkpoint(TINY)
    s = statistics_of(checkpoint, 1)
    a, b, c = (criterion("random").signal(s, checkpoint, seed).delta["conv1"] for seed in (1, 1, 2))
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, c)


# what may go wrong


def test_what_cannot_be_is_told():
    checkpoint = random_checkpoint(TINY)
    s = statistics_of(checkpoint, 1)
    with pytest.raises(PruningError, match="'hessian' is not known, wanted one of fisher, fisher-first-order"):
        criterion("hessian")
    with pytest.raises(PruningError, match="the statistics are of another network than random tiny"):
        criterion("fisher").signal(s, random_checkpoint(TINY, seed=1))
    spoilt = replace(s, square={name: values * np.nan for name, values in s.square.items()})
    with pytest.raises(PruningError, match="'conv1' of random tiny has values that are no numbers"):
        criterion("fisher").signal(spoilt, checkpoint)
    with pytest.raises(DataError, match="there are no pictures"):
        list(feature_statistics(checkpoint, []))
