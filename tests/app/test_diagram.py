import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.diagram import widths_diagram
from gazeengine.architecture import architecture
from gazeengine.cost import conv_flops, flops_model

FAST, DENSE = architecture("fastgaze"), architecture("densegaze")
COSTS = {a.name: flops_model(a, 480, 640) for a in (FAST, DENSE)}


@given(st.data(), st.sampled_from((FAST, DENSE)))
def test_bars_follow_the_layers_and_their_flops_sum_to_the_total(data, network):
    cost = COSTS[network.name]
    widths = {layer.name: data.draw(st.integers(1, layer.features)) for layer in network.layers}
    diagram = widths_diagram(network, cost, widths, network.widths)
    assert [bar.name for bar in diagram.bars] == [layer.name for layer in network.layers]
    assert {bar.name: bar.left for bar in diagram.bars} == widths
    assert diagram.flops == cost.total(widths)
    assert diagram.flops_original == cost.total(network.widths)
    assert sum(bar.share for bar in diagram.bars) == pytest.approx(1)
    assert all(bar.flops <= bar.flops_original for bar in diagram.bars)


@given(st.data())
def test_what_is_gone_went_with_training_or_by_estimate(data):
    widths = {layer.name: data.draw(st.integers(1, layer.features)) for layer in FAST.layers}
    trained = {layer.name: data.draw(st.integers(widths[layer.name], layer.features)) for layer in FAST.layers}
    diagram = widths_diagram(FAST, COSTS["fastgaze"], widths, FAST.widths, trained)
    assert all(bar.left + bar.n_estimated + bar.n_by_training == bar.original for bar in diagram.bars)
    assert sum(bar.flops_trained for bar in diagram.bars) == COSTS["fastgaze"].total(trained)
    assert diagram.estimated == (widths != trained)
    as_trained = widths_diagram(FAST, COSTS["fastgaze"], widths, FAST.widths)
    assert not as_trained.estimated
    assert all(bar.flops_trained == bar.flops for bar in as_trained.bars)


def test_flops_of_a_layer_are_eq_11():
    bar = widths_diagram(FAST, COSTS["fastgaze"], FAST.widths, FAST.widths).bars[1]
    assert (bar.name, bar.flops) == ("conv2_1", conv_flops(240, 320, 64, 128, 3))


def test_untouched_layers_and_those_at_their_last_feature_say_so():
    widths = FAST.widths | {"conv4_1": 1, "conv4_2": 2}
    bars = {bar.name: bar for bar in widths_diagram(FAST, COSTS["fastgaze"], widths, FAST.widths).bars}
    assert bars["conv4_1"].at_last
    assert not bars["conv4_2"].at_last
    assert bars["conv5_1"].untouched
    assert bars["readout4"].untouched
    assert not bars["readout4"].at_last


def test_growth_layers_are_joined_to_their_bottlenecks_and_nothing_else_is():
    joined = [
        bar.name for bar in widths_diagram(DENSE, COSTS["densegaze"], DENSE.widths, DENSE.widths).bars if bar.joined
    ]
    assert joined == [layer.name for layer in DENSE.layers if layer.name.endswith("b")]
    assert not any(bar.joined for bar in widths_diagram(FAST, COSTS["fastgaze"], FAST.widths, FAST.widths).bars)


def test_a_diagram_of_91_layers_is_made_in_less_than_a_millisecond():
    cost = COSTS["densegaze"]
    times = []
    for _ in range(20):
        begin = time.thread_time()
        widths_diagram(DENSE, cost, DENSE.widths, DENSE.widths)
        times.append(time.thread_time() - begin)
    assert min(times) < 1e-3
