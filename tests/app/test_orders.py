from threading import get_ident

import numpy as np
import pytest

from app import orders as orders_module
from app.orders import PruningOrders, Ruling
from gazeengine.cost import flops_model
from gazeengine.pricing import Pricing
from tests.app.gates import LIMIT_S, Gate

MS = 1000 * LIMIT_S
BETAS = [1e-5 * 1.5**i for i in range(20)]


@pytest.fixture
def ruling(checkpoint):
    flops = flops_model(checkpoint.architecture, *checkpoint.working_size)
    return Ruling(checkpoint.signal, Pricing("flops", flops, flops))


@pytest.fixture
def made(monkeypatch):
    """(β, thread) of every order that is made."""
    made = []
    real = orders_module.order_by

    def order_by(ruling, beta):
        made.append((beta, get_ident()))
        return real(ruling, beta)

    monkeypatch.setattr(orders_module, "order_by", order_by)
    return made


@pytest.fixture
def orders(qtbot):
    orders = PruningOrders()
    yield orders
    orders.stop()


def test_what_was_made_ahead_is_there_when_it_is_asked_for(orders, made, ruling, qtbot):
    orders.start()
    orders.make_ahead([(ruling, beta) for beta in BETAS])
    qtbot.waitUntil(lambda: len(orders._orders) == len(BETAS), timeout=MS)
    assert [beta for beta, _ in made] == BETAS
    assert get_ident() not in [thread for _, thread in made]
    found = [orders.order(ruling, beta) for beta in BETAS]
    assert len(made) == len(BETAS)
    assert [order.beta for order in found] == BETAS
    orders.make_ahead([(ruling, beta) for beta in BETAS])
    orders.stop()
    assert len(made) == len(BETAS)


def test_what_is_asked_for_meanwhile_is_made_at_once_and_stays(orders, ruling, qtbot, monkeypatch):
    gate = Gate()
    real = orders_module._made_ahead

    def made_ahead(wanted):
        for result in real(wanted):
            gate.pass_through()
            yield result

    orders._ahead._prepare = lambda: made_ahead
    orders.start()
    orders.make_ahead([(ruling, BETAS[0])])
    gate.wait_until_reached()
    own = orders.order(ruling, BETAS[0])
    gate.open()
    orders.make_ahead([(ruling, BETAS[1])])
    qtbot.waitUntil(lambda: len(orders._orders) == 2, timeout=MS)
    assert orders.order(ruling, BETAS[0]) is own


def test_a_new_wish_replaces_what_is_left_of_the_last_one(orders, made, ruling, qtbot):
    orders.start()
    orders.make_ahead([(ruling, beta) for beta in np.geomspace(1e-5, 1e-1, 10_000)])
    orders.make_ahead([(ruling, 0.0)])
    qtbot.waitUntil(lambda: (ruling, 0.0) in orders._orders, timeout=MS)
    assert len(made) < 10_000


def test_nothing_is_made_ahead_before_the_start_or_behind_the_stop(orders, made, ruling):
    orders.make_ahead([(ruling, 1e-3)])
    orders.start()
    orders.stop()
    orders.make_ahead([(ruling, 1e-3)])
    assert made == []
    assert orders.order(ruling, 1e-3) is not None
