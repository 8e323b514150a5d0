import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from gazeengine.architecture import ARCHITECTURES
from gazeengine.cost import conv_flops, flops_model, parameter_model
from gazeengine.errors import PruningError
from tests.networks import TINY, narrow, random_images, random_network

ALL = [*ARCHITECTURES.values(), TINY]
MODELS = {one.name: flops_model(one, 240, 320) for one in ALL} | {
    f"{one.name} parameters": parameter_model(one) for one in ALL
}

every_architecture = pytest.mark.parametrize("one", ALL, ids=lambda a: a.name)


@st.composite
def models_and_widths(draw):
    name = draw(st.sampled_from(sorted(MODELS)))
    one = ARCHITECTURES.get(name.removesuffix(" parameters"), TINY)
    seed = draw(st.randoms(use_true_random=False))
    return MODELS[name], {layer.name: seed.randint(1, layer.features) for layer in one.layers}


@pytest.mark.parametrize(
    ("name", "gflop", "tolerance"),
    [("fastgaze", 91.74, 0.005), ("densegaze", 32.24, 0.005), ("deepgaze2", 239.5, 0.5)],
)
def test_the_papers_networks_cost_what_it_says_at_640x480(name, gflop, tolerance):
    one = ARCHITECTURES[name]
    assert flops_model(one, 480, 640).total(one.widths) / 1e9 == pytest.approx(gflop, abs=tolerance)


def test_one_convolution_costs_equation_eleven():
    assert conv_flops(240, 320, 64, 128, 3) == 240 * 320 * 128 * (2 * 64 * 9 + 1)
    assert conv_flops(240, 320, 64, 128, 3, bias=False) == 240 * 320 * 128 * 2 * 64 * 9


@every_architecture
def test_flops_are_those_that_torch_counts_and_the_biases(one):
    widths = narrow(one)
    network = random_network(one, widths)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network.saliency(random_images(1, 50, 33))
    extents = one.extents(*one.padded(50, 33))
    biases = sum(
        widths[layer.name] * extents[layer.name][0] * extents[layer.name][1] for layer in one.layers if layer.bias
    )
    assert flops_model(one, 50, 33).total(widths) == counter.get_total_flops() + biases


@every_architecture
def test_parameters_are_those_of_convolutions_and_norms(one):
    widths = narrow(one)
    network = random_network(one, widths)
    counted = sum(
        p.numel()
        for module in network.modules()
        if isinstance(module, torch.nn.Conv2d | torch.nn.BatchNorm2d)
        for p in module.parameters()
    )
    assert parameter_model(one).total(widths) == counted


@given(models_and_widths())
def test_price_of_a_feature_is_the_drop_in_total(model_and_widths):
    model, before = model_and_widths
    for layer in model.layers[:: max(1, len(model.layers) // 20)]:
        after = before | {layer: before[layer] - 1}
        saved = model.total(before) - model.total(after)
        assert model.price(layer, before) == saved
        assert saved > 0


@given(models_and_widths())
def test_layers_add_up_to_the_total(model_and_widths):
    model, widths = model_and_widths
    assert sum(model.by_layer(widths).values()) == model.total(widths)


@every_architecture
def test_a_layer_costs_equation_eleven_of_what_it_reads(one):
    widths = one.expanded(narrow(one, 7))
    extents = one.extents(*one.padded(240, 320))
    expected = dict.fromkeys(one.widths, 0)  # with those that are tied to it
    for layer in one.layers:
        c_in = sum(widths[tap.layer] for tap in layer.inputs) if layer.inputs else 3
        rows, columns = extents[layer.name]
        c_out = widths[layer.name]
        read = 1 if layer.depthwise else c_in
        expected[one.roots[layer.name]] += conv_flops(rows, columns, read, c_out, layer.kernel, bias=layer.bias)
    assert MODELS[one.name].by_layer(widths) == expected


def test_a_picture_costs_what_its_padded_size_does():
    one = ARCHITECTURES["fastgaze"]
    assert flops_model(one, 225, 305).total(one.widths) == flops_model(one, 240, 320).total(one.widths)


def test_a_layer_without_features_has_none_to_price():
    model, one = MODELS["fastgaze"], ARCHITECTURES["fastgaze"]
    with pytest.raises(PruningError, match="layer 'conv1_1' has no features left to prune"):
        model.price("conv1_1", one.widths | {"conv1_1": 0})
