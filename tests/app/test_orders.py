from threading import get_ident

import numpy as np
import pytest

from app import orders as orders_module
from app.orders import PruningOrders
from gazeengine.cost import flops_model
from tests.app.gates import LIMIT_S, Gate

MS = 1000 * LIMIT_S
BETAS = [1e-5 * 1.5**i for i in range(20)]


@pytest.fixture
def cost(checkpoint):
    return flops_model(checkpoint.architecture, *checkpoint.working_size)


@pytest.fixture
def signal(checkpoint):
    return checkpoint.signal


@pytest.fixture
def made(monkeypatch):
    """(β, thread) of every order that is made."""
    made = []
    real = orders_module.pruning_order

    def pruning_order(signal, cost, beta):
        made.append((beta, get_ident()))
        return real(signal, cost, beta)

    monkeypatch.setattr(orders_module, "pruning_order", pruning_order)
    return made


@pytest.fixture
def orders(qtbot):
    orders = PruningOrders()
    yield orders
    orders.stop()


def test_what_was_made_ahead_is_there_when_it_is_asked_for(orders, made, signal, cost, qtbot):
    orders.start()
    orders.make_ahead([(signal, cost, beta) for beta in BETAS])
    qtbot.waitUntil(lambda: len(orders._orders) == len(BETAS), timeout=MS)
    assert [beta for beta, _ in made] == BETAS
    assert get_ident() not in [thread for _, thread in made]
    found = [orders.order(signal, cost, beta) for beta in BETAS]
    assert len(made) == len(BETAS)
    assert [order.beta for order in found] == BETAS
    orders.make_ahead([(signal, cost, beta) for beta in BETAS])
    orders.stop()
    assert len(made) == len(BETAS)


def test_what_is_asked_for_meanwhile_is_made_at_once_and_stays(orders, signal, cost, qtbot, monkeypatch):
    gate = Gate()
    real = orders_module._made_ahead

    def made_ahead(wanted):
        for result in real(wanted):
            gate.pass_through()
            yield result

    orders._ahead._prepare = lambda: made_ahead
    orders.start()
    orders.make_ahead([(signal, cost, BETAS[0])])
    gate.wait_until_reached()
    own = orders.order(signal, cost, BETAS[0])
    gate.open()
    orders.make_ahead([(signal, cost, BETAS[1])])
    qtbot.waitUntil(lambda: len(orders._orders) == 2, timeout=MS)
    assert orders.order(signal, cost, BETAS[0]) is own


def test_a_new_wish_replaces_what_is_left_of_the_last_one(orders, made, signal, cost, qtbot):
    orders.start()
    orders.make_ahead([(signal, cost, beta) for beta in np.geomspace(1e-5, 1e-1, 10_000)])
    orders.make_ahead([(signal, cost, 0.0)])
    qtbot.waitUntil(lambda: (signal, cost, 0.0) in orders._orders, timeout=MS)
    assert len(made) < 10_000


def test_nothing_is_made_ahead_before_the_start_or_behind_the_stop(orders, made, signal, cost):
    orders.make_ahead([(signal, cost, 1e-3)])
    orders.start()
    orders.stop()
    orders.make_ahead([(signal, cost, 1e-3)])
    assert made == []
    assert orders.order(signal, cost, 1e-3) is not None
