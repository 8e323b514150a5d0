from threading import get_ident
from types import SimpleNamespace

import pytest

from app import orders as orders_module
from app import planning as planning_module
from app.beta_scale import PLACES
from app.planned import Model
from app.planning import PLACES_AHEAD, Planning
from app.selection import NetworkChoice
from app.trained_networks import KEPT, TrainedNetworks
from gazeengine.family_files import read_family
from tests.app.gates import LIMIT_S
from tests.families import write_family

MS = 1000 * LIMIT_S
RUNS = {1e-4: (10, 50, 90), 1e-2: (30, 60), None: (40,)}


@pytest.fixture
def family(tmp_path, checkpoint):
    return read_family(write_family(tmp_path, checkpoint, RUNS))


@pytest.fixture
def planning(qtbot):
    planning = Planning()
    planning.heard = SimpleNamespace(came=[], failed=[])
    planning.came.connect(planning.heard.came.append)
    planning.failed.connect(lambda *failed: planning.heard.failed.append(failed))
    yield planning
    planning.stop()


@pytest.fixture
def made_here(monkeypatch):
    """β of every order that is made in the test's own thread, which is the window's."""
    made, here, real = [], get_ident(), orders_module.order_by

    def order_by(ruling, beta):
        if get_ident() == here:
            made.append(beta)
        return real(ruling, beta)

    monkeypatch.setattr(orders_module, "order_by", order_by)
    return made


def plan(planning, model, beta, n):
    found = planning.planned(NetworkChoice("m", beta, n), model)
    planning.look_ahead(found)
    return found


def test_what_may_be_next_is_read_ahead(planning, family, qtbot):
    model = Model.of(family)
    assert plan(planning, model, 1e-4, 55).awaited is family.base(1e-4, 55)
    qtbot.waitUntil(lambda: len(planning.heard.came) == 4, timeout=MS)
    assert planning.heard.came[0] is family.base(1e-4, 55)  # first what is shown
    # the mark behind, the one before, and the run beside
    assert {(s.beta, s.n) for s in planning.heard.came[1:]} == {(1e-4, 90), (1e-4, 10), (1e-2, 30)}
    for beta, n in ((1e-4, 95), (1e-4, 49), (1e-2, 55)):
        assert plan(planning, model, beta, n).awaited is None


def test_the_nearest_that_was_read_stands_in(planning, family, qtbot):
    model = Model.of(family)
    plan(planning, model, 1e-2, 31)
    qtbot.waitUntil(lambda: family.base(1e-2, 31) in planning.heard.came, timeout=MS)
    far = planning.planned(NetworkChoice("m", None, 45), model)
    assert far.awaited is family.base(None, 45)
    assert (far.snapshot.beta, far.n_trained, far.n_estimated) in ((1e-2, 30, 15), (None, 40, 5))


def test_a_drag_of_beta_at_rest_finds_every_order_made(planning, family, made_here, monkeypatch, qtbot):
    some = PLACES[::10]  # all take seconds where the machine is busy
    monkeypatch.setattr(planning_module, "places_around", lambda beta, most=None: some[:1] if most else list(some))
    model = Model.of(family)
    planning.start()
    plan(planning, model, 1e-3, 5)
    planning.make_all_orders()
    wanted = {*some, 1e-3, *family.betas}
    qtbot.waitUntil(lambda: len(planning._orders._orders) == len(wanted), timeout=MS)
    made_here.clear()
    for beta in wanted:
        plan(planning, model, beta, 5)
    assert made_here == []


def test_beside_the_present_beta_orders_are_made_ahead(planning, checkpoint, made_here, qtbot):
    model = Model.of(checkpoint)
    planning.start()
    plan(planning, model, 1e-3, 5)
    qtbot.waitUntil(lambda: len(planning._orders._orders) == 2 * PLACES_AHEAD + 1, timeout=MS)
    made_here.clear()
    i = PLACES.index(1e-3)
    for beta in PLACES[i - PLACES_AHEAD : i + PLACES_AHEAD + 1]:
        planning.planned(NetworkChoice("m", beta, 5), model)
    assert made_here == []


def test_few_networks_are_kept(qtbot, tmp_path, checkpoint):
    family = read_family(write_family(tmp_path, checkpoint, {1e-3: range(1, KEPT + 4)}))
    networks = TrainedNetworks()
    networks.want(family.snapshots)
    qtbot.waitUntil(lambda: family.snapshots[-1] in networks.ready, timeout=MS)
    assert list(networks.ready) == list(family.snapshots[-KEPT:])
    networks.of(family.snapshots[-KEPT])  # used last
    networks.keep(family.snapshots[0], checkpoint)
    assert family.snapshots[-KEPT] in networks.ready
    assert family.snapshots[1 - KEPT] not in networks.ready
    networks.stop()
    networks.want(family.snapshots)  # no thread begins behind the stop
    assert not networks._reader.isRunning()


def test_a_file_that_cannot_be_read_is_told_and_the_next_is_read(qtbot, family):
    networks = TrainedNetworks()
    failed = []
    networks.failed.connect(lambda snapshot, message: failed.append((snapshot, message)))
    family.snapshots[0].path.unlink()
    networks.want(family.snapshots[:2])
    qtbot.waitUntil(lambda: family.snapshots[1] in networks.ready, timeout=MS)
    ((snapshot, message),) = failed
    assert snapshot is family.snapshots[0]
    assert message.startswith("model file beta1e-04-n10.safetensors: there is no such file")
    networks.stop()
