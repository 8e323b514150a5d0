from dataclasses import replace

import numpy as np
import pytest

from app.explorer import Seen
from app.planned import Model, Planned, Trained
from app.presentation import UNRELIABLE_ABOVE_BITS, caption, diagram, figures, setting
from app.pruning_setting import TrainedAt
from app.selection import NetworkChoice
from gazeengine.families import Snapshot
from gazeengine.family_files import read_family
from gazeengine.image import Picture
from gazeengine.plan import pruning_order
from gazeengine.records import Latency, Preview, PreviewRequest
from gazeengine.saliency_map import normalised
from tests.families import write_family

LATENCY = Latency(5.0, (4.0, 6.0), 9, 2, (32, 48), 10.0, 2.0, (1.9, 2.1))
NOTHING = Seen(None, False, None, False, False, waiting=True)


def planned(checkpoint, beta=1e-3, n=0):
    model = Model.of(checkpoint)
    if checkpoint.signal is None:
        return Planned.of(NetworkChoice("m", beta, 0), model, None)
    order = pruning_order(checkpoint.signal, model.flops, beta)
    return Planned.of(NetworkChoice("m", beta, n), model, order)


@pytest.fixture
def family(tmp_path, checkpoint):
    return read_family(write_family(tmp_path, checkpoint, {1e-3: (20, 40), None: (30,)}))


def planned_from(family, beta, n, awaited: Snapshot | None = None):
    model = Model.of(family)
    base = family.base(beta, n)
    whole = family.checkpoint if base is family.origin else base.checkpoint()
    order = pruning_order(whole.signal, model.flops, beta)
    return Planned.of(NetworkChoice("m", beta, n), model, order, Trained(base, whole), awaited)


def seen(plan, stage="full", *, stale=False):
    picture = Picture("a.png", None, np.zeros((32, 48, 3), np.uint8), "digest")
    request = PreviewRequest(picture, plan.base, plan.pruning)
    preview = Preview(request, stage, normalised(np.zeros((4, 4), np.float32)))
    return replace(NOTHING, preview=preview, preview_stale=stale, base=plan.snapshot)


def test_the_sliders_stand_where_the_plan_is(checkpoint):
    plan = planned(checkpoint, 0.5, 40)
    shown = setting(plan)
    assert (shown.beta, shown.n, shown.n_most) == (0.5, 40, checkpoint.n_prunable)
    assert shown.n_asked_for == plan.order.n_asked_for()


@pytest.mark.parametrize("beta", [0.0, None])
def test_without_a_price_eq_14_asks_for_nothing(checkpoint, beta):
    assert setting(planned(checkpoint, beta)).n_asked_for is None


def test_a_model_without_a_signal_has_nothing_to_slide(checkpoint):
    shown = setting(planned(replace(checkpoint, signal=None)))
    assert (shown.n, shown.n_most, shown.n_asked_for) == (0, 0, None)


def test_the_diagram_has_the_architectures_widths_as_outlines(checkpoint):
    plan = planned(checkpoint, n=40)
    bars = diagram(plan).bars
    assert {bar.name: bar.left for bar in bars} == plan.widths
    assert {bar.name: bar.original for bar in bars} == checkpoint.architecture.widths


def test_figures_count_what_is_left(checkpoint):
    plan = planned(checkpoint, n=40)
    shown = figures(plan, None)
    assert (shown.features_left, shown.features_all) == (checkpoint.n_features - 40, checkpoint.n_features)
    assert shown.parameters < shown.parameters_all == checkpoint.n_parameters
    assert shown.gflop == pytest.approx(plan.order.flops[40] / 1e9)
    assert shown.gflop_all == pytest.approx(plan.order.flops[0] / 1e9)
    assert shown.loss_increase_bits == pytest.approx(plan.order.loss_increase[40] / np.log(2))
    assert (shown.latency, shown.latency_state) == (None, "waiting")


def test_how_far_the_loss_can_be_trusted(checkpoint):
    assert figures(planned(checkpoint), None).loss_trust == "exact"
    assert figures(planned(checkpoint, n=1), None).loss_trust == "estimate"
    far = planned(checkpoint, n=checkpoint.n_prunable)
    assert far.loss_increase_bits > UNRELIABLE_ABOVE_BITS
    assert figures(far, None).loss_trust == "unreliable"


@pytest.mark.parametrize(
    ("stale", "final", "state"),
    [(False, True, "measured"), (False, False, "measuring"), (True, False, "stale"), (True, True, "stale")],
)
def test_the_latency_is_shown_with_its_state(checkpoint, stale, final, state):
    now = replace(NOTHING, latency=LATENCY, latency_stale=stale, latency_final=final)
    shown = figures(planned(checkpoint), now)
    assert shown.latency_state == state
    assert (shown.latency.median_ms, shown.latency.threads, shown.latency.speedup) == (5.0, 2, 2.0)


def test_the_caption_says_of_what_the_map_is(checkpoint):
    assert caption(seen(planned(checkpoint))) == "Tiny"
    assert caption(seen(planned(checkpoint, 1e-3, 40))) == "Tiny · without 40 features at β 0.001, an estimate"
    assert caption(seen(planned(checkpoint, None, 40))) == "Tiny · without 40 features at β*, an estimate"
    assert caption(seen(planned(checkpoint), "coarse")) == "Tiny · coarse"
    assert caption(seen(planned(checkpoint), "coarse", stale=True)) == "Tiny · of an earlier setting"
    assert caption(NOTHING) == "Waiting for the map…"
    assert caption(replace(NOTHING, waiting=False)) == ""


# --- families


def test_the_sliders_know_the_marks_and_what_the_rest_is_pruned_from(family):
    plan = planned_from(family, 5e-3, 25, awaited=family.snapshots[1])
    shown = setting(plan)
    assert (shown.snapshots, shown.betas) == ((20, 40), (1e-3, None))
    assert (shown.base, shown.awaited) == (TrainedAt(20, 1e-3), TrainedAt(40, 1e-3))
    assert shown.n_asked_for == 20 + plan.order.n_asked_for()
    assert shown.n_most == family.checkpoint.n_prunable
    assert family.checkpoint.n_features < family.checkpoint.architecture.n_features
    assert setting(planned_from(family, None, 29)).base == TrainedAt(whole=False)
    assert setting(planned_from(family, None, 29)).base.words == "the network as it was opened"


def test_bars_tell_what_training_removed_from_what_is_estimated(family, checkpoint):
    plan = planned_from(family, 1e-3, 25)
    shown = diagram(plan)
    assert shown.estimated
    assert sum(bar.n_estimated for bar in shown.bars) == 5
    assert (
        sum(bar.n_by_training for bar in shown.bars) == checkpoint.architecture.n_features - checkpoint.n_features + 20
    )
    assert not diagram(planned_from(family, 1e-3, 20)).estimated
    assert shown.gone == "before training"
    assert diagram(planned_from(family, 1e-3, 0)).gone == "before it was opened"


def test_figures_tell_trained_from_estimated_and_score_what_was_trained(family, checkpoint):
    between, on_mark = figures(planned_from(family, 1e-3, 25), None), figures(planned_from(family, 1e-3, 20), None)
    assert (between.n_trained, between.n_estimated) == (20, 5)
    assert (on_mark.n_trained, on_mark.n_estimated, on_mark.loss_trust) == (20, 0, "exact")
    assert between.gains == on_mark.gains == (("OSIE", pytest.approx(1.78)),)
    assert figures(planned_from(family, 1e-3, 0), None).gains == (("OSIE", 1.9),)
    assert between.loss_trust != "exact"
    for shown in (between, on_mark):  # of the whole network, whatever the base
        assert shown.features_all == checkpoint.n_features
        assert shown.parameters_all == checkpoint.n_parameters
        assert shown.n_reference == checkpoint.architecture.n_features - checkpoint.n_features
    assert between.features_left == checkpoint.n_features - 25


def test_the_caption_says_what_was_trained_and_what_is_an_estimate(family):
    assert caption(seen(planned_from(family, 2e-3, 20))) == "Tiny · trained with 20 pruned at β 0.001"
    assert (
        caption(seen(planned_from(family, 2e-3, 25)))
        == "Tiny · trained with 20 pruned at β 0.001 · 5 more at β 0.002, an estimate"
    )
    assert caption(seen(planned_from(family, None, 30), "coarse")) == "Tiny · trained with 30 pruned at β* · coarse"
    assert caption(seen(planned_from(family, 2e-3, 7))) == "Tiny · without 7 features at β 0.002, an estimate"


def test_scores_of_other_kinds_are_no_gains(checkpoint):
    odd = replace(checkpoint, scores={"mine": {"nats": 1.5}, "OSIE test": {"information_gain_bits": 1.5}, "x": None})
    assert figures(planned(odd), None).gains == (("OSIE", 1.5),)
