import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gazeengine import plan as plan_module
from gazeengine.architecture import ARCHITECTURES, Architecture, Layer, Tap
from gazeengine.cost import flops_model
from gazeengine.errors import PruningError
from gazeengine.plan import FLOP_PER_GFLOP, FisherSignal, pruning_order, smallest_beta

FASTGAZE = ARCHITECTURES["fastgaze"]
FASTGAZE_COST = flops_model(FASTGAZE, 240, 320)

# the small networks cost some 10,000 FLOPs: these β go from not counting to all that counts
betas = st.one_of(st.none(), st.just(0.0), st.floats(1e2, 1e8), st.sampled_from([1e3, 1e4, 1e5, 1e6]))
deltas = st.one_of(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.floats(0, 2))  # equal ones happen


@st.composite
def small_networks(draw):
    """(cost model, signal) of up to four layers, each reading any of the earlier ones."""
    layers = []
    for i in range(draw(st.integers(1, 4))):
        read = draw(st.sets(st.integers(0, i - 1), min_size=1)) if i else ()
        layers.append(
            Layer(
                f"l{i}",
                f"features.{i}",
                tuple(Tap(f"l{k}") for k in sorted(read)),
                draw(st.integers(1, 4)),
                kernel=draw(st.sampled_from([1, 3])),
                bias=draw(st.booleans()),
            )
        )
    architecture = Architecture("small", "Small", tuple(layers))
    delta = {
        layer.name: np.array(draw(st.lists(deltas, min_size=layer.features, max_size=layer.features)))
        for layer in layers
    }
    return flops_model(architecture, 6, 8), FisherSignal("id", 1, "sampled", delta)


def random_signal(architecture=FASTGAZE, seed=0):
    """Δ over orders of magnitude, later layers dearer, as of trained networks."""
    rng = np.random.default_rng(seed)
    delta = {
        layer.name: 10 ** rng.normal(-5 + 2 * i / len(architecture.layers), 1, layer.features)
        for i, layer in enumerate(architecture.layers)
    }
    return FisherSignal("id", 10, "sampled", delta)


def removed_naively(cost, signal, beta, update_costs=True):
    """(layer, feature) one by one: every feature that is left is tried, and the whole network counted again."""
    left = {name: list(range(len(d))) for name, d in signal.delta.items()}
    full = {name: len(features) for name, features in left.items()}
    order = []
    while any(len(features) > 1 for features in left.values()):
        before = {name: len(features) for name, features in left.items()} if update_costs else full
        candidates = []
        for i, name in enumerate(cost.layers):
            if len(left[name]) == 1:
                continue
            change = cost.total(before | {name: before[name] - 1}) - cost.total(before)
            for k in left[name]:
                increase = signal.delta[name][k]
                combined = -increase / change if beta is None else increase + beta / FLOP_PER_GFLOP * change
                candidates.append((combined, i, increase, k))
        _, i, _, k = min(candidates)
        left[cost.layers[i]].remove(k)
        order.append((i, k))
    return order


def removals(order):
    return list(zip(order.layer.tolist(), order.feature.tolist(), strict=True))


# against a naive one


@given(small_networks(), betas, st.booleans())
def test_the_order_is_that_of_trying_every_feature(network, beta, update_costs):
    cost, signal = network
    order = pruning_order(signal, cost, beta, update_costs=update_costs)
    assert removals(order) == removed_naively(cost, signal, beta, update_costs)


@given(small_networks(), betas, st.booleans())
def test_flops_loss_and_combined_cost_are_those_of_each_step(network, beta, update_costs):
    cost, signal = network
    order = pruning_order(signal, cost, beta, update_costs=update_costs)
    widths = {name: len(d) for name, d in signal.delta.items()}
    initial = dict(widths)
    loss = 0.0
    assert order.flops[0] == cost.total(widths)
    assert order.loss_increase[0] == 0
    for k, (i, feature) in enumerate(removals(order)):
        name = cost.layers[i]
        price = cost.price(name, widths)
        weighed = price if update_costs else cost.price(name, initial)
        increase = signal.delta[name][feature]
        expected = increase / weighed * FLOP_PER_GFLOP if beta is None else increase - beta * weighed / 1e9
        widths[name] -= 1
        loss += increase
        assert order.flops[k + 1] == order.flops[k] - price == cost.total(widths)
        assert order.loss_increase[k + 1] == pytest.approx(loss)
        assert order.combined_cost[k] == pytest.approx(expected, rel=1e-9, abs=1e-12)


# laws


@given(small_networks(), betas)
def test_a_plan_of_more_removals_keeps_a_subset(network, beta):
    cost, signal = network
    order = pruning_order(signal, cost, beta)
    before = order.first(0)
    assert {name: len(k) for name, k in before.kept.items()} == {n: len(d) for n, d in signal.delta.items()}
    for n in range(1, order.n_removals + 1):
        plan = order.first(n)
        gone = [set(before.kept[name]) - set(plan.kept[name]) for name in cost.layers]
        assert all(set(plan.kept[name]) <= set(before.kept[name]) for name in cost.layers)
        assert sum(map(len, gone)) == 1
        assert gone[order.layer[n - 1]] == {order.feature[n - 1]}
        assert plan.flops < before.flops
        assert plan.loss_increase >= before.loss_increase
        before = plan
    assert set(before.widths.values()) == {1}


@given(small_networks(), betas)
def test_a_plan_has_the_widths_and_flops_that_the_order_tells(network, beta):
    cost, signal = network
    order = pruning_order(signal, cost, beta)
    for n in range(order.n_removals + 1):
        plan = order.first(n)
        assert plan.widths == order.widths_after(n)
        assert plan.flops == order.flops[n] == cost.total(plan.widths)
        assert plan.loss_increase == order.loss_increase[n]
        assert (plan.n, plan.beta) == (n, beta)
        assert all((np.diff(kept) > 0).all() for kept in plan.kept.values())


@given(small_networks(), betas, st.booleans())
def test_the_last_feature_of_a_layer_stays(network, beta, update_costs):
    cost, signal = network
    order = pruning_order(signal, cost, beta, update_costs=update_costs)
    assert order.n_removals == sum(map(len, signal.delta.values())) - len(cost.layers)
    assert set(order.widths_after(order.n_removals).values()) == {1}
    for name, kept in order.first(order.n_removals).kept.items():
        assert signal.delta[name][kept[0]] == signal.delta[name].max()


@given(small_networks())
def test_without_beta_features_go_in_the_order_of_their_signal(network):
    cost, signal = network
    order = pruning_order(signal, cost, 0.0)
    gone = [signal.delta[cost.layers[i]][k] for i, k in removals(order)]
    assert gone == sorted(gone)


@given(small_networks(), st.floats(0, 1e8))
def test_the_combined_cost_never_falls(network, beta):
    """What is left gets cheaper and dearer to lose: so Eq. 14 asks for a prefix, and for nothing behind it."""
    cost, signal = network
    for weight in (beta, None):
        combined = pruning_order(signal, cost, weight).combined_cost
        assert (np.diff(combined) >= -1e-9 * np.abs(combined[1:]) - 1e-9).all()  # but for rounding


def test_an_enormous_beta_prunes_what_is_dearest_whatever_the_loss():
    order = pruning_order(random_signal(), FASTGAZE_COST, 1e9)
    widths = FASTGAZE.widths
    for k in range(50):
        prices = {n: FASTGAZE_COST.price(n, widths) for n in widths if widths[n] > 1}
        name = FASTGAZE_COST.layers[order.layer[k]]
        assert prices[name] == max(prices.values())
        widths[name] -= 1


def test_beta_star_is_the_beta_at_which_the_next_feature_goes():
    cost, signal = FASTGAZE_COST, random_signal()
    first = pruning_order(signal, cost, None).combined_cost[0]
    assert pruning_order(signal, cost, first * (1 + 1e-9)).n_asked_for() >= 1
    assert pruning_order(signal, cost, first * (1 - 1e-9)).n_asked_for() == 0


def test_costs_that_are_not_updated_give_another_order():
    updated = pruning_order(random_signal(), FASTGAZE_COST, 0.01)
    once = pruning_order(random_signal(), FASTGAZE_COST, 0.01, update_costs=False)
    assert removals(updated) != removals(once)
    assert updated.flops[0] == once.flops[0]
    assert updated.flops[-1] == once.flops[-1]


def test_an_order_cannot_be_changed():
    order = pruning_order(random_signal(), FASTGAZE_COST, 0.01)
    for array in (order.layer, order.feature, order.flops, order.loss_increase, order.combined_cost, order.widths):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


# targets


@given(small_networks(), betas, st.floats(0, 1.2))
def test_the_fewest_removals_reach_a_number_of_flops(network, beta, share):
    cost, signal = network
    order = pruning_order(signal, cost, beta)
    target = share * order.flops[0]
    if target < order.flops[-1]:
        with pytest.raises(PruningError, match="pruning all that can go leaves"):
            order.n_for_flops(target)
        return
    n = order.n_for_flops(target)
    assert order.flops[n] <= target
    assert n == 0 or order.flops[n - 1] > target


def test_any_number_of_flops_on_the_way_is_reached_exactly():
    order = pruning_order(random_signal(), FASTGAZE_COST, 0.01)
    for n in (0, 1, 1000, order.n_removals):
        assert order.n_for_flops(int(order.flops[n])) == n


@given(small_networks(), st.floats(0, 1e8))
def test_equation_14_asks_for_what_costs_less_than_it_saves(network, beta):
    cost, signal = network
    order = pruning_order(signal, cost, beta)
    n = order.n_asked_for()
    assert (order.combined_cost[:n] <= 0).all()
    assert (order.combined_cost[n:] > -1e-9).all()  # but for rounding
    assert n == order.n_removals or order.combined_cost[n] > 0


def assert_least_beta(monkeypatch, signal, cost, **target):
    """Whatever β were tried: the answer reaches the target, one less by the stated precision doesn't."""
    tried = []

    def recording(signal, cost, beta):
        order = pruning_order(signal, cost, beta)
        n = order.n_asked_for()
        reached = order.flops[n] <= target["flops"] if "flops" in target else n >= target["n_features"]
        tried.append((beta, n, bool(reached)))
        return order

    with monkeypatch.context() as patch:
        patch.setattr(plan_module, "pruning_order", recording)
        beta, n = smallest_beta(signal, cost, high=1e15, **target)
    assert (beta, n, True) in tried
    if beta > 1e-9:
        short = [other for other, _, reached in tried if not reached]
        assert max(other for other in short if other < beta) >= beta / (1 + 1e-3)
        assert all(other >= beta for other, _, reached in tried if reached)


@settings(max_examples=20)
@given(network=small_networks(), share=st.floats(0, 1))
def test_the_smallest_beta_reaches_its_target_and_a_little_less_does_not(network, share):
    cost, signal = network
    n = round(share * (sum(map(len, signal.delta.values())) - len(cost.layers)))
    with pytest.MonkeyPatch.context() as monkeypatch:
        flops = pruning_order(signal, cost, 0.0).flops
        assert_least_beta(monkeypatch, signal, cost, n_features=n)
        assert_least_beta(monkeypatch, signal, cost, flops=flops[-1] + share * (flops[0] - flops[-1]))


@pytest.mark.parametrize("target", [{"flops": 8e9}, {"n_features": 1500}])
def test_the_smallest_beta_of_fastgaze(target, monkeypatch):
    assert_least_beta(monkeypatch, random_signal(), FASTGAZE_COST, **target)


def test_what_equation_14_removes_grows_with_beta_but_for_small_reversals():
    signal = random_signal()
    n = [pruning_order(signal, FASTGAZE_COST, beta).n_asked_for() for beta in np.logspace(-7, 5, 30)]
    assert n[0] == 0
    assert n[-1] == FASTGAZE.n_features - len(FASTGAZE.layers)
    assert all(later >= 0.98 * most for later, most in zip(n, np.maximum.accumulate(n), strict=True))


# what cannot be


@pytest.mark.parametrize("beta", [-1.0, math.nan, math.inf])
def test_an_impossible_beta_is_told(beta):
    with pytest.raises(PruningError, match=r"β is (-1.0|nan|inf), wanted a number of nats per GFLOP"):
        pruning_order(random_signal(), FASTGAZE_COST, beta)


@pytest.mark.parametrize("value", [-1e-9, math.nan, math.inf])
@pytest.mark.parametrize("layer", ["conv2_1", "readout4"])
def test_an_undefined_signal_is_told_even_of_a_feature_that_would_stay(value, layer):
    signal = random_signal()
    signal.delta[layer][0] = value
    with pytest.raises(PruningError, match=f"signal of layer '{layer}' has .* values, wanted Δ >= 0"):
        pruning_order(signal, FASTGAZE_COST, 0.0)


def test_a_layer_without_features_is_told():
    signal = random_signal()
    signal.delta["conv2_1"] = np.zeros(0)
    with pytest.raises(PruningError, match="signal of layer 'conv2_1' has no features, wanted at least one"):
        pruning_order(signal, FASTGAZE_COST, 0.0)


def test_a_signal_of_another_architecture_is_told():
    with pytest.raises(PruningError, match=r"signal has layers conv0, .*, wanted conv1_1, "):
        pruning_order(random_signal(ARCHITECTURES["densegaze"]), FASTGAZE_COST, 0.0)


@pytest.mark.parametrize("n", [-1, 2792])
def test_an_impossible_number_of_removals_is_told(n):
    order = pruning_order(random_signal(), FASTGAZE_COST, 0.0)
    assert order.n_removals == 2803 - 12
    for ask in (order.first, order.widths_after):
        with pytest.raises(PruningError, match=f"pruning {n} features: wanted 0 to 2791"):
            ask(n)


def test_a_target_out_of_reach_is_told():
    with pytest.raises(PruningError, match=r"target 1e-06 GFLOP: no β up to 1e\+06 prunes that far"):
        smallest_beta(random_signal(), FASTGAZE_COST, flops=1e3)
    with pytest.raises(PruningError, match="target 2792 features: no β"):
        smallest_beta(random_signal(), FASTGAZE_COST, n_features=2792)


@pytest.mark.parametrize("target", [{}, {"flops": 1e9, "n_features": 3}])
def test_the_smallest_beta_needs_one_target(target):
    with pytest.raises(PruningError, match="wanted either a number of FLOPs or a number of features"):
        smallest_beta(random_signal(), FASTGAZE_COST, **target)


def test_plans_have_equal_digests_just_where_they_keep_the_same_features():
    one, other = (pruning_order(random_signal(seed=seed), FASTGAZE_COST, 1e-3) for seed in (0, 1))
    assert one.first(500).digest == one.first(500).digest
    assert one.first(500).digest != one.first(501).digest
    assert one.first(500).digest != other.first(500).digest
