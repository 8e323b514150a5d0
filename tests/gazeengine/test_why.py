import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gazeengine.architecture import architecture
from gazeengine.cost import flops_model, parameter_model
from gazeengine.errors import PruningError
from gazeengine.plan import FisherSignal
from gazeengine.pricing import Pricing
from gazeengine.why import last_step, next_step, why

NETWORK = architecture("fastgaze")
RNG = np.random.default_rng(0)
SIGNAL = FisherSignal("x", 3, "sampled", {name: np.exp(RNG.normal(-9, 2, w)) for name, w in NETWORK.widths.items()})
FLOPS = flops_model(NETWORK, 240, 320)
PRICINGS = {name: Pricing.of(name, FLOPS, parameter_model(NETWORK)) for name in ("flops", "flops-fixed", "parameters")}
ORDERS = {(name, beta): p.order(SIGNAL, beta) for name, p in PRICINGS.items() for beta in (0.0, 1e-3, None)}


@settings(max_examples=60, deadline=None)
@given(key=st.sampled_from(sorted(ORDERS, key=str)), step=st.integers(1, 2789))
def test_a_reason_is_what_the_order_was_made_by_and_no_runner_up_beats_it(key, step):
    order = ORDERS[key]
    reason = why(order, SIGNAL, PRICINGS[key[0]], step)
    assert (reason.layer, reason.feature) == (order.layers[order.layer[step - 1]], order.feature[step - 1])
    assert reason.delta == SIGNAL.delta[reason.layer][reason.feature]
    assert reason.combined == pytest.approx(order.combined_cost[step - 1], rel=1e-9, abs=1e-15)
    if reason.price is not None:
        assert reason.combined == pytest.approx(reason.delta + reason.price)
    if reason.runner_up is not None:
        assert reason.runner_up[0] != reason.layer
        assert reason.runner_up[1] >= reason.combined - 1e-12


def test_the_next_and_the_last_step_of_a_layer_are_beside_n():
    order = ORDERS["flops", 1e-3]
    i = order.layers.index("conv4_1")
    steps = np.flatnonzero(order.layer == i) + 1
    n = int(steps[5])
    assert last_step(order, "conv4_1", n) == n
    assert next_step(order, "conv4_1", n) == steps[6]
    assert last_step(order, "conv4_1", 0) is None
    assert next_step(order, "conv4_1", order.n_removals) is None


def test_a_step_beyond_the_order_is_refused():
    with pytest.raises(PruningError, match="wanted one of 1 to"):
        why(ORDERS["flops", 0.0], SIGNAL, PRICINGS["flops"], 0)
