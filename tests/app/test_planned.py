from dataclasses import replace

import pytest

from app.planned import Model, Planned, Trained
from app.selection import NetworkChoice
from gazeengine.families import alone
from gazeengine.family_files import read_family
from gazeengine.plan import pruning_order
from tests.families import write_family


def test_a_model_of_a_checkpoint_is_a_family_of_one(checkpoint):
    model = Model.of(checkpoint)
    assert model.checkpoint is model.origin.checkpoint is checkpoint
    assert model.whole == checkpoint.widths
    assert Model.of(alone(checkpoint)).checkpoint is checkpoint


@pytest.fixture
def family(tmp_path, checkpoint):
    return read_family(write_family(tmp_path, checkpoint, {1e-3: (20,), None: (30,)}))


@pytest.mark.parametrize(
    ("beta", "n", "name"),
    [
        (1e-3, 0, "tiny"),
        (1e-3, 7, "tiny-beta1e-3-n7"),
        (0.15, 7, "tiny-beta0.15-n7"),
        (2e-3, 20, "tiny-beta1e-3-n20"),  # as it was trained
        (2e-3, 25, "tiny-beta2e-3-n25-from20"),
        (None, 30, "tiny-betastar-n30"),
    ],
)
def test_the_suggested_name_tells_all_networks_apart(family, beta, n, name):
    model = Model.of(family)
    base = family.base(beta, n)
    whole = family.checkpoint if base is family.origin else base.checkpoint()
    order = pruning_order(whole.signal, model.flops, beta)
    assert Planned.of(NetworkChoice("m", beta, n), model, order, Trained(base, whole)).suggested_name == name


def test_a_network_without_a_signal_is_planned_as_it_was_trained(checkpoint):
    plan = Planned.of(NetworkChoice("m", 1e-3, 0), Model.of(replace(checkpoint, signal=None)), None)
    assert (plan.n_trained, plan.n_estimated, plan.n_most, plan.loss_increase_bits) == (0, 0, 0, 0.0)
    assert plan.widths == checkpoint.widths
