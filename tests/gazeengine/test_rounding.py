import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gazeengine.architecture import architecture
from gazeengine.cost import flops_model
from gazeengine.plan import FisherSignal, pruning_order
from gazeengine.rounding import MULTIPLE, rounded_plan, rounded_width

NETWORK = architecture("fastgaze")
FLOPS = flops_model(NETWORK, 240, 320)
RNG = np.random.default_rng(0)
SIGNAL = FisherSignal("x", 3, "sampled", {name: np.exp(RNG.normal(-9, 2, w)) for name, w in NETWORK.widths.items()})
ORDER = pruning_order(SIGNAL, FLOPS, 1e-3)


@given(width=st.integers(1, 600), more=st.integers(0, 600))
def test_a_rounded_width_is_the_nearest_multiple_that_there_is(width, more):
    most = width + more
    found = rounded_width(width, most)
    assert 1 <= found <= most
    if found != width:
        assert found % MULTIPLE == 0
        near = [m for m in range(MULTIPLE, most + 1, MULTIPLE) if abs(m - width) < abs(found - width)]
        assert near == []
    elif width % MULTIPLE:
        assert width < MULTIPLE / 2 or most < MULTIPLE


@settings(max_examples=40, deadline=None)
@given(n=st.integers(0, ORDER.n_removals))
def test_a_rounded_plan_keeps_in_each_layer_what_the_order_keeps_longest(n):
    plan, exact = rounded_plan(ORDER, n, FLOPS), ORDER.first(n)
    for i, name in enumerate(ORDER.layers):
        last = ORDER.feature[ORDER.layer == i][::-1]
        spared = np.setdiff1d(np.arange(ORDER.widths[i]), last)
        longest = np.concatenate([spared, last])[: len(plan.kept[name])]
        assert set(plan.kept[name]) == set(longest)
        assert abs(len(plan.kept[name]) - len(exact.kept[name])) < MULTIPLE
    assert plan.n == NETWORK.n_features - sum(plan.widths.values())
    assert plan.flops == FLOPS.total(plan.widths)
    gone = sum(float(np.delete(SIGNAL.delta[name], kept).sum()) for name, kept in plan.kept.items())
    assert plan.loss_increase == pytest.approx(gone)


def test_nothing_pruned_stays_whole_and_the_last_feature_stays():
    assert rounded_plan(ORDER, 0, FLOPS).n == 0
    assert all(len(kept) == 1 for kept in rounded_plan(ORDER, ORDER.n_removals, FLOPS).kept.values())
