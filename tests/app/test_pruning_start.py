from dataclasses import replace
from pathlib import Path

import pytest

from app.beta_scale import DEFAULT
from app.orders import Ruling, order_by
from app.planned import Model, Planned
from app.pruning_method import PruningMethod
from app.pruning_start import start_of
from app.selection import NetworkChoice
from gazeengine.family_files import read_family
from gazeengine.plan import pruning_order
from gazeengine.pricing import Pricing
from tests.families import write_family

PLACE = Path("/models")


def planned(model, beta=0.03, n=40, **method):
    """What the window shows, by Fisher's signal and the method's cost."""
    chosen = PruningMethod(**method)
    signal = model.checkpoint.signal
    cost = "parameters" if chosen.cost == "time" else chosen.cost
    ruling = Ruling(signal, Pricing.of(cost, model.flops, model.parameters))
    return Planned.of(NetworkChoice("m", beta, n, chosen), model, order_by(ruling, beta), ruling=ruling)


@pytest.fixture
def model(checkpoint):
    return Model.of(checkpoint)


def start(plan):
    return start_of(plan, None, PLACE, is_family=False)


def test_the_usual_setting_is_taken_as_it_is_and_nothing_is_remarked(model):
    plan = planned(model)
    found = start(plan)
    assert (found.beta, found.n, found.n_wanted, found.remark) == (0.03, 0, 40, "")
    assert found.order.flops.tolist() == plan.order.flops.tolist()
    assert found.folder("n40") == PLACE / "tiny-beta3e-2-n40"


@pytest.mark.parametrize(("cost", "unit"), [("parameters", "million parameters"), ("time", "ms")])
def test_a_beta_of_another_unit_is_not_carried_over(model, checkpoint, cost, unit):
    found = start(planned(model, cost=cost))
    assert found.beta == DEFAULT
    wanted = pruning_order(checkpoint.signal, model.flops, DEFAULT)
    assert found.order.layer.tolist() == wanted.layer.tolist()  # what the job does, and not what the window shows
    assert f"Its β 0.03 is in nats per {unit}, which is no price of a GFLOP: the usual β 0.001 is" in found.remark
    assert found.folder("n40") == PLACE / "tiny-beta1e-3-n40"


@pytest.mark.parametrize("beta", [None, 0.0])
def test_a_beta_without_a_unit_is(model, beta):
    found = start(planned(model, beta, cost="parameters"))
    assert found.beta == beta
    assert "no price" not in found.remark
    assert "The window is set to “Fisher” and “Parameters”: there other features are pruned than here." in found.remark


def test_the_beta_of_the_familys_own_run_is_offered_where_there_is_one(checkpoint, tmp_path):
    model = Model.of(read_family(write_family(tmp_path, checkpoint, {0.2: (20,)})))
    found = start(planned(model, cost="parameters"))
    assert found.beta == 0.2
    assert "β 0.2 of the family's own run is offered" in found.remark


@pytest.mark.parametrize(
    ("method", "named"),
    [
        ({"criterion": "l1w"}, "“Weight norm (L1W)” and “FLOPs”"),
        ({"cost": "flops-fixed"}, "“Fisher” and “FLOPs, held fixed”"),
    ],
)
def test_another_criterion_or_cost_in_gflop_leaves_beta(model, method, named):
    found = start(planned(model, **method))
    assert found.beta == 0.03
    assert found.remark.startswith(f"The window is set to {named}: there other features")


def test_that_widths_are_not_rounded_is_said(model):
    plan = planned(model, rounded=True)
    found = start(plan)
    assert found.remark.startswith("Widths are not rounded to multiples of 8 here.")
    assert found.n_wanted == plan.n_estimated
    assert "of8" not in str(found.folder("n40"))


def test_the_job_reads_the_file_and_not_the_signal_of_the_windows_own_pictures(model, checkpoint, monkeypatch):
    monkeypatch.setattr("app.pruning_start.is_own", lambda _: True)
    found = start(planned(model))
    assert "not on your pictures" in found.remark
    assert found.folder("n40") == PLACE / "tiny-beta3e-2-n40"


def test_without_a_signal_there_is_no_order(checkpoint):
    model = Model.of(replace(checkpoint, signal=None))
    plan = Planned.of(NetworkChoice("m", 0.03, 0), model, None)
    assert start(plan).order is None
    assert start(plan).at(1.0).flops_at(0) == model.flops.total(checkpoint.widths)


def test_a_family_of_the_users_own_stays_in_its_folder(model):
    found = start_of(planned(model), None, PLACE / "mine", is_family=True)
    assert found.folder("n40") == PLACE / "mine"
