"""Laws over random small architectures: chains, concatenations, sums, depthwise layers, taps before activation."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import event, given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from gazeengine.architecture import ARCHITECTURES
from gazeengine.checkpoint import load, save
from gazeengine.cost import flops_model, parameter_model
from gazeengine.fused import folded, fused
from gazeengine.networks import build, masking, pools_first, sliced
from gazeengine.plan import FisherSignal, pruning_order
from gazeengine.pricing import COSTS, Pricing
from gazeengine.surgery import masks, pruned
from tests.networks import random_checkpoint, random_images
from tests.random_architectures import architectures

SIZE = 16, 24
ANY_BETA = st.one_of(st.none(), st.floats(0, 1e6))


@st.composite
def orders(draw, betas):
    table = draw(architectures())
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    signal = FisherSignal("", 1, "sampled", {name: rng.random(width) for name, width in table.widths.items()})
    cost = flops_model(table, *SIZE)
    return cost, pruning_order(signal, cost, draw(betas))


@given(orders(ANY_BETA))
@settings(max_examples=60, deadline=None)
def test_each_step_prunes_one_feature_more_and_saves_just_its_price(drawn):
    cost, order = drawn
    for n in range(len(order.flops) - 1):
        fewer, more = order.first(n), order.first(n + 1)
        gone = [name for name in cost.layers if fewer.widths[name] != more.widths[name]]
        assert len(gone) == 1
        assert all(set(more.kept[name]) <= set(fewer.kept[name]) for name in cost.layers)
        saved = cost.total(fewer.widths) - cost.total(more.widths)
        assert cost.price(gone[0], fewer.widths) == saved > 0
        assert order.flops[n] - order.flops[n + 1] == saved


@given(orders(st.just(0.0)))
@settings(max_examples=60, deadline=None)
def test_without_a_price_features_go_in_the_order_of_their_signal(drawn):
    _, order = drawn
    steps = np.diff(order.loss_increase)
    assert (np.diff(steps) >= -1e-12).all()


@given(one=architectures(), seed=st.integers(0, 9))
@settings(max_examples=30, deadline=None)
def test_flops_are_those_of_the_counter(one, seed):
    rng = np.random.default_rng(seed)
    kept = {name: np.sort(rng.permutation(n)[: rng.integers(1, n + 1)]) for name, n in one.widths.items()}
    network = build(random_checkpoint(one, kept, working_size=SIZE))
    with FlopCounterMode(display=False) as counter:
        network.saliency(random_images(1, *SIZE))
    extents, every = one.extents(*one.padded(*SIZE)), one.expanded(network.widths)
    biases = sum(np.prod(extents[layer.name]) * every[layer.name] for layer in one.layers if layer.bias)
    assert flops_model(one, *SIZE).total(network.widths) == counter.get_total_flops() + biases


@given(one=architectures(), n=st.floats(0, 1), beta=st.sampled_from([0.0, 1.0, None]), seed=st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_masked_equals_pruned(one, n, beta, seed):
    checkpoint = random_checkpoint(one, seed=seed, working_size=SIZE)
    order = pruning_order(checkpoint.signal, flops_model(one, *SIZE), beta)
    plan = order.first(round(n * order.n_removals))
    event("sums" if any(layer.adds for layer in one.layers) else "no sums")
    event("depthwise" if any(layer.depthwise for layer in one.layers) else "none depthwise")
    images = random_images(2, *SIZE)
    whole = build(checkpoint)
    wanted = {name: torch.from_numpy(mask) for name, mask in masks(plan.kept, whole.widths).items()}
    masked = whole(images, observer=masking(wanted))
    for small in (build(pruned(checkpoint, plan)), sliced(whole, plan.kept)):
        assert small.widths == plan.widths
        assert (small(images) - masked).abs().max() < 1e-5


@given(one=architectures(), seed=st.integers(0, 9), gradients=st.booleans())
@settings(max_examples=60, deadline=None)
def test_with_its_norms_folded_a_network_and_what_observers_see_are_the_same(one, seed, gradients):
    network = build(random_checkpoint(one, seed=seed, working_size=SIZE))
    images = random_images(2, *SIZE)
    event("some are folded" if any(folded(one)) else "none is folded")

    def seen_by(network):
        seen = []
        with torch.set_grad_enabled(gradients):
            map_ = network(images, observer=lambda reader, read, x: seen.append(x.clone()) or x)
        return [map_, *seen]

    before = seen_by(network)
    for wanted, found in zip(before, seen_by(fused(network)), strict=True):
        assert (wanted - found).abs().max() <= 1e-4 * (1 + wanted.abs().max())
    assert all(torch.equal(a, b) for a, b in zip(before, seen_by(network), strict=True)), "the given one has changed"


@given(one=architectures(), seed=st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_without_gradients_values_are_overwritten_and_the_numbers_are_the_same(one, seed):
    network = build(random_checkpoint(one, seed=seed, working_size=SIZE))
    images = random_images(1, *SIZE)
    with torch.inference_mode():
        found = network(images)
    assert (found - network(images)).abs().max() < 1e-5


@given(one=architectures(), n=st.floats(0, 1), seed=st.integers(0, 9))
@settings(max_examples=30, deadline=None)
def test_saved_and_read_it_is_the_same_network(one, n, seed):
    checkpoint = random_checkpoint(one, seed=seed, working_size=SIZE)
    order = pruning_order(checkpoint.signal, flops_model(one, *SIZE), None)
    small = pruned(checkpoint, order.first(round(n * order.n_removals)))
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setitem(ARCHITECTURES, one.name, one)
        save(small, Path(folder) / "m.safetensors")
        again = load(Path(folder) / "m.safetensors")
    assert (again.id, again.widths) == (small.id, small.widths)
    images = random_images(1, *SIZE)
    assert (build(again)(images) - build(small)(images)).abs().max() == 0


@given(one=architectures(), beta=ANY_BETA, cost=st.sampled_from([name for name in COSTS if name != "time"]))
@settings(max_examples=40, deadline=None)
def test_whatever_the_cost_an_order_counts_the_flops_that_are_left(one, beta, cost):
    flops = flops_model(one, *SIZE)
    rng = np.random.default_rng(0)
    signal = FisherSignal("", 1, "sampled", {name: rng.random(width) for name, width in one.widths.items()})
    order = Pricing.of(cost, flops, parameter_model(one), None, one.widths).order(signal, beta)
    for n in range(order.n_removals + 1):
        assert order.flops[n] == flops.total(order.widths_after(n))


@given(one=architectures(), seed=st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_the_nonlinearity_behind_the_pooling_gives_the_same_numbers_and_gradients(one, seed):
    network = build(random_checkpoint(one, seed=seed, working_size=SIZE))
    event("some pool first" if any(map(pools_first, one.layers)) else "none pool first")

    def computed():
        images = random_images(1, *SIZE).requires_grad_()
        map_ = network(images)
        return map_.detach(), torch.autograd.grad(map_.amax(), images)[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gazeengine.networks.pools_first", lambda _: False)
        usual = computed()
    assert all(torch.equal(one, other) for one, other in zip(computed(), usual, strict=True))
