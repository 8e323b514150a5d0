import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gazeengine.architecture import architecture
from gazeengine.cost import flops_model, parameter_model
from gazeengine.criteria import CRITERIA
from gazeengine.errors import PruningError
from gazeengine.plan import FisherSignal, pruning_order
from gazeengine.pricing import COSTS, Pricing, flops_along, loss_along

NETWORK = architecture("fastgaze")
FLOPS, PARAMETERS = flops_model(NETWORK, 240, 320), parameter_model(NETWORK)


def signal(seed=0, widths=NETWORK.widths):
    rng = np.random.default_rng(seed)
    return FisherSignal("x", 3, "sampled", {name: np.exp(rng.normal(-9, 2, w)) for name, w in widths.items()})


def pricing(name):
    return Pricing.of(name, FLOPS, PARAMETERS, FLOPS)


def test_flops_updated_are_the_order_that_the_paper_makes():
    own = pricing("flops").order(signal(), 1e-3)
    papers = pruning_order(signal(), FLOPS, 1e-3)
    assert (own.feature == papers.feature).all()
    assert (own.flops == papers.flops).all()


@pytest.mark.parametrize("name", COSTS)
@pytest.mark.parametrize("beta", [0.0, 1e-3, None])
def test_flops_along_every_order_are_those_of_its_widths(name, beta):
    order = pricing(name).order(signal(), beta)
    for n in (0, 1, 700, order.n_removals):
        assert order.flops[n] == FLOPS.total(order.widths_after(n)) == order.first(n).flops


def test_flops_held_fixed_are_another_order_than_updated_ones():
    fixed, updated = pricing("flops-fixed").order(signal(), 1e-2), pricing("flops").order(signal(), 1e-2)
    assert (fixed.layer != updated.layer).any()


def test_parameters_weigh_in_millions():
    one = pricing("parameters").order(signal(), 1e-3)
    n = one.n_asked_for()
    head, widths = one.combined_cost[n - 1], one.widths_after(n - 1)
    layer = one.layers[one.layer[n - 1]]
    delta = signal().delta[layer][one.feature[n - 1]]
    assert head == pytest.approx(delta - 1e-3 * PARAMETERS.price(layer, widths) / 1e6)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 99), n=st.integers(0, 2791))
def test_the_loss_along_an_order_by_another_signal_is_the_judges_sum_over_what_is_gone(seed, n):
    judge, other = signal(seed), signal(seed + 100)
    order = pricing("flops").order(other, 1e-3, judge)
    kept = order.first(n).kept
    gone = sum(float(np.delete(judge.delta[name], kept[name]).sum()) for name in kept)
    assert order.loss_increase[n] == pytest.approx(gone)


def test_time_needs_to_be_measured():
    with pytest.raises(PruningError, match="wanted them for cost 'time'"):
        Pricing.of("time", FLOPS, PARAMETERS)


def test_a_judge_of_another_network_is_refused():
    order = pricing("flops").order(signal(), 0.0)
    with pytest.raises(PruningError, match="other features"):
        loss_along(order, signal(widths=NETWORK.widths | {"conv1_1": 7}))


def test_recounting_an_orders_own_flops_changes_nothing():
    order = pruning_order(signal(), FLOPS, 1e-2)
    assert (flops_along(order, FLOPS) == order.flops).all()


def test_every_criterion_can_be_chosen_with_every_cost():
    assert {"fisher", "taylor", "l1w", "random"} <= set(CRITERIA)
    assert list(COSTS) == ["flops", "flops-fixed", "parameters", "time"]


def test_costs_are_held_at_those_of_the_whole_network_from_the_middle_of_the_way_too():
    whole = signal()
    held = Pricing.of("flops-fixed", FLOPS, PARAMETERS, whole=NETWORK.widths)
    at_once = held.order(whole, 1e-3)
    first = at_once.first(900)
    rest = FisherSignal("x", 3, "sampled", {name: whole.delta[name][kept] for name, kept in first.kept.items()})
    later = held.order(rest, 1e-3)
    assert [later.layers[i] for i in later.layer] == [at_once.layers[i] for i in at_once.layer[900:]]
    assert later.flops.tolist() == at_once.flops[900:].tolist()
