"""Laws of cost and plan over random small architectures: chains, concatenations, taps before the nonlinearity."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gazeengine.architecture import Architecture, Layer, Pool, Tap
from gazeengine.cost import flops_model
from gazeengine.plan import FisherSignal, pruning_order

SIZE = 16, 24


@st.composite
def architectures(draw):
    """Two to five layers of one to four features; each but the first reads one or more earlier ones."""
    pool = draw(st.sampled_from([None, Pool("max"), Pool("mean")]))
    layers = [Layer("l0", "features.0", (), draw(st.integers(1, 4)), pool=pool)]
    for i in range(1, draw(st.integers(2, 5))):
        first = 0 if pool is None else 1  # a pooled layer is smaller than what goes into its nonlinearity
        earlier = st.builds(
            Tap, st.sampled_from([one.name for one in layers]), st.booleans() if not first else st.just(True)
        )
        taps = tuple(draw(st.lists(earlier, min_size=1, max_size=3, unique=True)))
        kernel, bias = draw(st.sampled_from([1, 3])), draw(st.booleans())
        layers.append(Layer(f"l{i}", f"features.{i}", taps, draw(st.integers(1, 4)), kernel=kernel, bias=bias))
    return Architecture("random", "Random", tuple(layers))


@st.composite
def orders(draw, betas):
    table = draw(architectures())
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    signal = FisherSignal("", 1, "sampled", {name: rng.random(width) for name, width in table.widths.items()})
    cost = flops_model(table, *SIZE)
    return cost, pruning_order(signal, cost, draw(betas))


ANY_BETA = st.one_of(st.none(), st.floats(0, 1e6))


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
