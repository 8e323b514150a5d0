"""Residual sums and depthwise convolutions: features that several layers share."""

from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F  # noqa: N812
from torch.utils.flop_counter import FlopCounterMode

from gazeengine.architecture import ARCHITECTURES, Architecture, Layer, Tap
from gazeengine.backbones import pretrained_features
from gazeengine.checkpoint import all_kept, load, new_checkpoint, save
from gazeengine.compensation import Outputs, compensated
from gazeengine.cost import flops_model, parameter_model
from gazeengine.criteria import CRITERIA, FeatureStatistics
from gazeengine.fisher import fisher_signal, mask_gradients
from gazeengine.networks import GazeNetwork, build, initialise, masking, sliced, uniform_center_bias, weights
from gazeengine.onnx_graph import onnx_model
from gazeengine.plan import FisherSignal, pruning_order
from gazeengine.surgery import masks, pruned
from gazeengine.time_cost import TimeTable, layer_seconds, time_model, timed
from tests.conftest import SHARED
from tests.networks import random_images

LITE = ARCHITECTURES["litegaze"]


def tied(stem, wide, kernel, stride, sums, direct):
    """A small network: depthwise layers follow their inputs, sums tie what they add, direct reads what it adds to."""
    layers = [Layer("stem", "features.stem", (), stem, stride=2, bias=False, output_norm="features.n", same=True)]
    layers[0] = replace(layers[0], activation="relu6")
    read = "stem"
    for i in range(sums):
        layers += [
            Layer(f"up{i}", f"features.u{i}", (Tap(read),), wide, 1, output_norm=f"features.un{i}", activation="relu6"),
            Layer(
                f"deep{i}", f"features.d{i}", (Tap(f"up{i}"),), wide, kernel, same=True, depthwise=True, bias=i % 2 == 0
            ),
            Layer(f"down{i}", f"features.p{i}", (Tap(f"deep{i}"),), stem, 1, activation="none", adds=read),
        ]
        read = f"down{i}"
    if direct:  # it reads the features that it adds to
        layers.append(Layer("direct", "features.direct", (Tap(read),), stem, 3, adds=read))
        read = "direct"
    layers.append(
        Layer("slow", "features.slow", (Tap(read),), stem, kernel, stride=stride, depthwise=True, same=True, bias=False)
    )
    layers.append(Layer("readout1", "readout.0", (Tap("slow"),), 3, 1, activation="prelu", activation_key="readout.1"))
    layers.append(
        Layer("readout2", "readout.2", (Tap("readout1"),), 1, 1, activation="prelu", activation_key="readout.3")
    )
    layers[-2:] = [replace(layer, group="readout") for layer in layers[-2:]]
    return Architecture("tied", "Tied", tuple(layers), norm_epsilon=1e-3)


tied_networks = st.builds(
    tied,
    st.integers(2, 5),
    st.integers(2, 6),
    st.sampled_from([3, 5]),
    st.sampled_from([1, 2]),
    st.integers(1, 3),
    st.booleans(),
)


def random_network(one, widths=None, seed=0):
    network = GazeNetwork(one, widths or one.widths, uniform_center_bias(6, 8))
    initialise(network, seed)
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):  # shifts, so that what is pruned would show
            for tensor in (module.weight, module.bias, module.running_mean):
                tensor.data.copy_(torch.rand(tensor.shape, generator=generator) + 0.3)
            module.running_var.copy_(torch.rand(module.running_var.shape, generator=generator) + 0.5)
    return network.eval().requires_grad_(False)


def checkpoint_of(one, widths=None, seed=0):
    network = random_network(one, widths, seed)
    kept = {name: np.arange(n) for name, n in network.widths.items()}
    rng = np.random.default_rng(seed)
    signal = {name: rng.exponential(1e-3, n) for name, n in network.widths.items()}
    made = new_checkpoint("Tied", one, kept, weights(network), (32, 48), {})
    return replace(made, signal=FisherSignal(made.id, 1, "sampled", signal))


def narrow_lite(most=6):
    return checkpoint_of(LITE, {name: min(width, most) for name, width in LITE.widths.items()})


def test_features_belong_to_the_first_layer_that_computes_them():
    one = tied(4, 6, 3, 1, 2, True)
    roots = one.roots
    assert {roots[name] for name in ("stem", "down0", "down1", "direct", "slow")} == {"stem"}
    assert (roots["up0"], roots["deep0"], roots["readout1"]) == ("up0", "up0", "readout1")
    assert one.widths == {"stem": 4, "up0": 6, "up1": 6, "readout1": 3, "readout2": 1}
    untied = ARCHITECTURES["densegaze"]
    assert list(untied.roots.values()) == [layer.name for layer in untied.layers]


@settings(max_examples=25, deadline=None)
@given(one=tied_networks, n=st.floats(0, 1), beta=st.sampled_from([0.0, 1.0, None]))
def test_masked_equals_pruned(one, n, beta):
    checkpoint = checkpoint_of(one)
    order = pruning_order(checkpoint.signal, flops_model(one, 32, 48), beta)
    plan = order.first(round(n * order.n_removals))
    images = random_images(2, 32, 48)
    whole = build(checkpoint)
    masked = whole(
        images, observer=masking({k: torch.from_numpy(m) for k, m in masks(plan.kept, whole.widths).items()})
    )
    for small in (build(pruned(checkpoint, plan)), sliced(whole, plan.kept)):
        assert small.widths == plan.widths
        assert (small(images) - masked).abs().max() < 1e-5


@settings(max_examples=25, deadline=None)
@given(
    one=tied_networks, n=st.floats(0, 1), model=st.sampled_from([flops_model, lambda one, h, w: parameter_model(one)])
)
def test_the_price_of_a_feature_is_the_drop_in_total_and_orders_count_it(one, n, model):
    cost = model(one, 32, 48)
    rng = np.random.default_rng(0)
    signal = FisherSignal("x", 1, "sampled", {name: rng.exponential(1, w) for name, w in one.widths.items()})
    order = pruning_order(signal, cost, 1e-3)
    widths = order.widths_after(round(n * (order.n_removals - 1)))
    assert sum(cost.by_layer(widths).values()) == cost.total(widths)
    for name, width in widths.items():
        assert cost.price(name, widths) == cost.total(widths) - cost.total(widths | {name: width - 1})
    for k in range(order.n_removals + 1):
        assert order.flops[k] == cost.total(order.widths_after(k))


@settings(max_examples=10, deadline=None)
@given(one=tied_networks, seed=st.integers(0, 3))
def test_flops_are_those_of_the_counter(one, seed):
    rng = np.random.default_rng(seed)
    widths = {name: int(rng.integers(1, width + 1)) for name, width in one.widths.items()}
    network = random_network(one, widths)
    with FlopCounterMode(display=False) as counter:
        network.saliency(random_images(1, 32, 48))
    extents = one.extents(*one.padded(32, 48))
    biases = sum(
        extents[layer.name][0] * extents[layer.name][1] * one.expanded(widths)[layer.name]
        for layer in one.layers
        if layer.bias
    )
    assert flops_model(one, 32, 48).total(widths) == counter.get_total_flops() + biases


def test_parameters_are_counted():
    for widths in (LITE.widths, {name: min(width, 7) for name, width in LITE.widths.items()}):
        network = random_network(LITE, widths)
        trained = sum(p.numel() for name, p in network.named_parameters() if name.startswith(("features", "readout")))
        slopes = sum(layer.activation == "prelu" for layer in LITE.layers)
        assert parameter_model(LITE).total(widths) == trained - slopes


def test_the_fisher_gradient_of_a_feature_is_that_of_one_mask_on_all_its_readers():
    one = tied(3, 4, 3, 2, 2, True)
    network = random_network(one).double()
    images = random_images(1, 32, 48).double()
    target = torch.zeros(1, 32, 48, dtype=torch.float64)
    target[0, 10, 20] = 1
    (gradients,) = mask_gradients(network, images, [target])
    assert {name: g.shape[1] for name, g in gradients.items()} == one.widths
    for name, width in one.widths.items():
        for feature in range(width):
            losses = []
            for value in (1 + 1e-6, 1 - 1e-6):
                mask = {other: torch.ones(w, dtype=torch.float64) for other, w in one.widths.items()}
                mask[name][feature] = value
                losses.append(float(-(target * network(images, observer=masking(mask))).sum()))
            assert float(gradients[name][0, feature]) == pytest.approx((losses[0] - losses[1]) / 2e-6, abs=1e-5)


def test_a_model_file_is_read_as_it_was_written_and_pruned_on(tmp_path):
    checkpoint = narrow_lite()
    order = pruning_order(checkpoint.signal, flops_model(LITE, 32, 48), 1e-3)
    small = pruned(checkpoint, order.first(30))
    save(small, tmp_path / "m.safetensors")
    again = load(tmp_path / "m.safetensors")
    assert (again.id, again.widths, again.n_prunable) == (small.id, small.widths, small.n_features - len(LITE.widths))
    images = random_images(1, 32, 48)
    assert (build(again)(images) - build(small)(images)).abs().max() == 0


def test_every_criterion_ranks_shared_features_once():
    checkpoint = narrow_lite()
    *_, signal = fisher_signal(checkpoint, iter([(random_images(1, 32, 48), None)]), n_targets=1)
    assert {name: len(delta) for name, delta in signal.delta.items()} == checkpoint.widths
    for name in ("l1w", "random"):
        delta = CRITERIA[name].signal(FeatureStatistics.none(checkpoint), checkpoint).delta
        assert {layer: len(values) for layer, values in delta.items()} == checkpoint.widths


def test_the_onnx_graph_computes_the_same():
    network = build(narrow_lite())
    session = onnxruntime.InferenceSession(onnx_model(network, {}).SerializeToString())
    images = random_images(1, 50, 70)
    (found,) = session.run(None, {"image": images.numpy()})
    assert np.abs(found - network(images).numpy()).max() < 1e-4


def test_layers_are_timed_and_priced_by_root():
    widths = {name: min(width, 8) for name, width in LITE.widths.items()}
    table = next(t for t in timed(LITE, (32, 48), "here", runs=1) if isinstance(t, TimeTable))
    cost = time_model(LITE, table).cost
    assert cost.layers == tuple(LITE.widths)
    for name in widths:
        assert cost.price(name, widths) == cost.total(widths) - cost.total(widths | {name: widths[name] - 1})
    assert set(layer_seconds(LITE, widths, (32, 48), runs=1)) == {layer.name for layer in LITE.layers}


def test_depthwise_layers_are_compensated_feature_by_feature():
    checkpoint = narrow_lite()
    outputs = Outputs.of(checkpoint, [random_images(1, 64, 96, seed=i) for i in range(4)], positions=60)
    order = pruning_order(checkpoint.signal, flops_model(LITE, 64, 96), 0.0)
    small = pruned(checkpoint, order.first(order.n_removals // 3))
    *_, found = compensated(small, outputs)
    images = random_images(2, 64, 96, seed=9)
    whole, before, after = (build(one).saliency(images) for one in (checkpoint, small, found))
    assert (after - whole).square().mean() < (before - whole).square().mean()
    deep = "features._blocks.3._depthwise_conv.weight"
    assert found.weights[deep].shape == small.weights[deep].shape
    assert np.abs(found.weights[deep] - small.weights[deep]).max() > 0


@pytest.mark.shared
def test_lite0_computes_what_its_weights_say():
    """Against a forward pass written down from the paper, TensorFlow's padding and all."""
    features = pretrained_features(SHARED / "weights/efficientnet-lite0/efficientnet_lite0.safetensors", LITE)
    network = random_network(LITE)
    network.load_state_dict(network.state_dict() | features)
    images = random_images(1, 64, 96)

    def same(x, weight, stride, groups):
        pads = []
        for extent in (x.shape[-1], x.shape[-2]):
            both = max((-(-extent // stride) - 1) * stride + weight.shape[-1] - extent, 0)
            pads += [both // 2, both - both // 2]
        return F.conv2d(F.pad(x, pads), weight, stride=stride, groups=groups)

    def norm(x, key):
        w, b, m, v = (features[f"{key}.{part}"] for part in ("weight", "bias", "running_mean", "running_var"))
        return F.batch_norm(x, m, v, w, b, eps=1e-3)

    x = (images * 255 - 127) / 128
    x = F.relu6(norm(same(x, features["features._conv_stem.weight"], 2, 1), "features._bn0"))
    strides, i = {1: 2, 3: 2, 5: 2}, 0
    for i in range(11):
        key, before = f"features._blocks.{i}", x
        if f"{key}._expand_conv.weight" in features:
            x = F.relu6(norm(F.conv2d(x, features[f"{key}._expand_conv.weight"]), f"{key}._bn0"))
        x = same(x, features[f"{key}._depthwise_conv.weight"], strides.get(i, 1), x.shape[1])
        x = F.relu6(norm(x, f"{key}._bn1"))
        x = norm(F.conv2d(x, features[f"{key}._project_conv.weight"]), f"{key}._bn2")
        if x.shape == before.shape:
            x = x + before
    assert (network.extracted(images) - x).abs().max() < 1e-3
    assert x.shape[1:] == (112, 4, 6)


def test_all_kept_lists_features_once():
    assert sum(map(len, all_kept(LITE).values())) == LITE.n_features
