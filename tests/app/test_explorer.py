from dataclasses import replace

import numpy as np
import pytest

from app import orders as orders_module
from app.explorer import Explorer
from app.orders import KEPT_ORDERS
from app.selection import NetworkChoice, Selection
from gazeengine.checkpoint import new_checkpoint
from gazeengine.records import Failure, Preview
from tests.app.explorers import (
    LATENCY,
    MAP,
    MS,
    answer,
    choose,
    fully_answered,
    last,
    made_explorer,
    picture,
    with_signal,
)
from tests.app.gates import Gate


@pytest.fixture
def explorer(qtbot, checkpoint, other_checkpoint):
    explorer = made_explorer(checkpoint, other_checkpoint)
    yield explorer
    explorer.stop()


# --- widths, within the call


def test_widths_follow_within_every_call(explorer, checkpoint):
    choose(explorer, model="m", beta=1e-3)
    for n in range(0, checkpoint.n_prunable, 7):
        explorer.heard.planned.clear()
        choose(explorer, n=n)
        if n:
            (plan,) = explorer.heard.planned
            assert plan.choice.n == n
        assert explorer.plan is not None
        assert sum(explorer.plan.widths.values()) == checkpoint.n_features - n


def test_the_selection_is_told_before_what_follows_from_it(explorer):
    said = []
    explorer.selected.connect(lambda s: said.append(("selected", s.network.n)))
    explorer.planned.connect(lambda p: said.append(("planned", p.choice.n)))
    explorer.seen.connect(lambda _: said.append(("seen",)))
    choose(explorer, model="m", n=3)
    assert said == [("selected", 3), ("planned", 3), ("seen",)]


@pytest.mark.parametrize(("n", "possible"), [(-5, 0), (0, 0), (10, 10), (10**6, None)])
def test_n_is_cut_to_what_can_go(explorer, checkpoint, n, possible):
    choose(explorer, model="m", n=n)
    wanted = checkpoint.n_prunable if possible is None else possible
    assert explorer.selection.network.n == wanted
    assert explorer.plan.choice.n == wanted


def test_n_is_cut_for_a_model_with_fewer_features(explorer, checkpoint, other_checkpoint):
    choose(explorer, model="m", n=checkpoint.n_prunable)
    choose(explorer, model="other")
    assert explorer.selection.network.n == other_checkpoint.n_prunable


def test_a_change_of_beta_keeps_n(explorer):
    choose(explorer, model="m", n=40)
    for beta in (0.0, 1e-4, 0.1, None):
        choose(explorer, beta=beta)
        assert explorer.plan.choice == NetworkChoice("m", beta, 40)
        assert sum(explorer.plan.widths.values()) == explorer.plan.model.checkpoint.n_features - 40


def test_a_model_without_a_signal_is_shown_unpruned(explorer, checkpoint):
    choose(explorer, model="plain", n=40)
    assert explorer.plan.order is None
    assert (explorer.plan.choice.n, explorer.plan.n_most, explorer.plan.loss_increase_bits) == (0, 0, 0)
    assert explorer.plan.widths == checkpoint.widths
    assert explorer.requests[-1].plan is None
    assert explorer.plan.suggested_name == "tiny"


def test_nothing_is_planned_for_a_model_that_is_not_read_yet(explorer, checkpoint):
    choose(explorer, model="later", n=40)
    assert explorer.plan is None
    assert explorer.heard.planned == []
    explorer.add_model("later", checkpoint)
    assert explorer.plan.choice == explorer.selection.network
    assert len(explorer.requests) == 1


def test_orders_are_made_once_and_the_oldest_forgotten(explorer, monkeypatch):
    made = []
    real = orders_module.order_by
    monkeypatch.setattr(orders_module, "order_by", lambda *a: made.append(a[1]) or real(*a))
    betas = [1e-5 * 1.02**i for i in range(KEPT_ORDERS)]
    for beta in betas:
        choose(explorer, model="m", beta=beta)
    for beta in reversed(betas):
        choose(explorer, beta=beta, n=3)
    assert made == betas
    choose(explorer, beta=1.0)
    choose(explorer, beta=betas[0])  # the one used last of all
    assert made == [*betas, 1.0]
    choose(explorer, beta=betas[-1])
    assert made == [*betas, 1.0, betas[-1]]


# --- requests


def test_the_same_is_not_asked_for_twice(explorer):
    choose(explorer, model="m", n=5)
    explorer.select(explorer.selection)
    choose(explorer, n=5)
    explorer.add_picture("a", picture("a"))
    explorer.add_picture("b", picture("b"))  # not the one that is looked at
    explorer.select(replace(explorer.selection, style=replace(explorer.selection.style, opacity=0.1)))
    assert len(explorer.requests) == 1


def test_a_change_of_anything_that_counts_is_asked_for(explorer):
    choose(explorer, model="m", n=5)
    choose(explorer, n=6)
    choose(explorer, beta=0.5)
    choose(explorer, picture_key="b")
    explorer.select(replace(explorer.selection, threads=2))
    choose(explorer, picture_key="b", model="other")
    explorer.remeasure()
    assert len(explorer.requests) == 7
    assert explorer.requests[4].threads == 2


def test_a_picture_that_is_read_anew_is_looked_at_again(explorer):
    choose(explorer, model="m")
    fully_answered(explorer, explorer.requests[-1])
    explorer.add_picture("a", picture("a, changed"))
    assert explorer.requests[-1].picture.name == "a, changed"
    assert last(explorer).preview_stale
    assert last(explorer).waiting


def test_a_model_opened_again_is_planned_and_looked_at_anew(explorer, other_checkpoint):
    choose(explorer, model="m", n=5)
    fully_answered(explorer, explorer.requests[-1])
    explorer.add_model("m", other_checkpoint)
    assert explorer.plan.model.checkpoint is other_checkpoint
    assert explorer.requests[-1].checkpoint is other_checkpoint
    assert last(explorer).preview_stale
    assert last(explorer).latency_stale


def test_the_same_weights_with_another_signal_have_another_order(explorer, checkpoint):
    choose(explorer, model="m", n=40)
    before = explorer.plan.order
    explorer.add_model("m", with_signal(checkpoint, seed=7))
    assert explorer.plan.order is not before
    assert not np.array_equal(explorer.plan.order.loss_increase, before.loss_increase)


def test_a_measured_network_is_not_measured_again_for_another_picture(explorer):
    choose(explorer, model="m", n=5)
    assert explorer.requests[-1].measure
    choose(explorer, picture_key="b")  # before it was measured
    assert explorer.requests[-1].measure
    fully_answered(explorer, explorer.requests[-1])
    choose(explorer, picture_key="a")
    assert not explorer.requests[-1].measure
    assert last(explorer).latency_final
    explorer.remeasure()
    assert explorer.requests[-1].measure
    assert last(explorer).latency is None


# --- what is stale


def test_stage_by_stage_nothing_is_stale(explorer):
    choose(explorer, model="m")
    assert last(explorer).preview is None
    assert last(explorer).waiting
    answer(explorer, explorer.requests[-1], "coarse")
    assert (last(explorer).preview_stale, last(explorer).waiting) == (False, True)
    answer(explorer, explorer.requests[-1], "full")
    assert (last(explorer).preview_stale, last(explorer).waiting, last(explorer).latency) == (False, False, None)
    answer(explorer, explorer.requests[-1], "latency")
    assert (last(explorer).latency_stale, last(explorer).latency_final) == (False, False)
    answer(explorer, explorer.requests[-1], "latency", final=True)
    assert (last(explorer).latency_stale, last(explorer).latency_final) == (False, True)


def test_a_change_marks_map_and_latency_at_once(explorer):
    choose(explorer, model="m")
    fully_answered(explorer, explorer.requests[-1])
    choose(explorer, n=5)
    seen = last(explorer)
    assert (seen.preview_stale, seen.latency_stale, seen.latency_final, seen.waiting) == (True, True, False, True)
    answer(explorer, explorer.requests[-1], "full")
    seen = last(explorer)
    assert (seen.preview_stale, seen.latency_stale, seen.waiting) == (False, True, False)


def test_another_picture_leaves_the_latency_as_it_is(explorer):
    choose(explorer, model="m")
    fully_answered(explorer, explorer.requests[-1])
    choose(explorer, picture_key="b")
    assert (last(explorer).preview_stale, last(explorer).latency_stale) == (True, False)


def test_another_number_of_threads_leaves_the_map_as_it_is(explorer):
    choose(explorer, model="m")
    fully_answered(explorer, explorer.requests[-1])
    explorer.select(replace(explorer.selection, threads=2))
    assert (last(explorer).preview_stale, last(explorer).latency_stale) == (False, True)
    assert not last(explorer).waiting


@pytest.mark.parametrize("change", [{"picture_key": "b"}, {"model": "other"}, {"n": 9}, {"beta": None, "n": 5}])
def test_there_and_back_shows_the_map_that_was_there(explorer, change):
    choose(explorer, model="m", n=5)
    first = explorer.requests[-1]
    fully_answered(explorer, first)
    choose(explorer, **change)
    second = explorer.requests[-1]
    assert last(explorer).preview_stale
    choose(explorer, model="m", n=5, beta=first.plan.beta)
    assert not last(explorer).preview_stale
    assert not last(explorer).waiting
    # the overtaken request gives its first result all the same: it takes the place of nothing that is right
    answer(explorer, second, "coarse")
    assert last(explorer).preview.request is first
    assert not last(explorer).preview_stale
    answer(explorer, second, "latency")
    assert not last(explorer).latency_stale
    # nor does the coarse map of what is there in full
    answer(explorer, explorer.requests[-1], "coarse")
    assert last(explorer).preview.stage == "full"
    answer(explorer, explorer.requests[-1], "full")
    assert last(explorer).preview.request is explorer.requests[-1]


def test_while_nothing_right_is_there_the_latest_is_shown_as_stale(explorer):
    choose(explorer, model="m")
    fully_answered(explorer, explorer.requests[-1])
    for n in (5, 6, 7):
        choose(explorer, n=n)
    answer(explorer, explorer.requests[-3], "coarse")
    assert last(explorer).preview.request is explorer.requests[-3]
    assert last(explorer).preview_stale
    assert last(explorer).waiting


def test_a_picture_away_and_back_is_answered_again(explorer):
    """The window has cleared its canvas meanwhile, so it must be told."""
    choose(explorer, model="m")
    fully_answered(explorer, explorer.requests[-1])
    choose(explorer, picture_key="being read")
    assert not last(explorer).waiting
    assert last(explorer).preview_stale
    assert not last(explorer).latency_stale  # the network is the same
    choose(explorer, picture_key="a")
    assert not last(explorer).preview_stale
    assert explorer.requests[-1].picture.name == "a"


def test_a_picture_removed_and_opened_again_is_answered_again(explorer):
    choose(explorer, model="m")
    fully_answered(explorer, explorer.requests[-1])
    choose(explorer, picture_key=None)
    explorer.remove_picture("a")
    choose(explorer, picture_key="a")
    n_seen = len(explorer.heard.seen)
    explorer.add_picture("a", picture("a"))
    assert len(explorer.heard.seen) > n_seen
    assert not last(explorer).preview_stale


def test_a_network_changed_without_a_picture_has_a_stale_latency(explorer):
    choose(explorer, model="m")
    fully_answered(explorer, explorer.requests[-1])
    choose(explorer, picture_key=None)
    choose(explorer, picture_key=None, n=5)
    assert last(explorer).latency_stale


# --- failures


def test_a_failure_is_told_and_nothing_waits_for_it(explorer):
    choose(explorer, model="m")
    explorer._answers.failed.emit(Failure(explorer.requests[-1], "no memory"))
    assert explorer.heard.failed == ["no memory"]
    assert not last(explorer).waiting


def test_the_failure_of_an_overtaken_request_leaves_the_present_one_waiting(explorer):
    choose(explorer, model="m")
    choose(explorer, n=5)
    explorer._answers.failed.emit(Failure(explorer.requests[0], "no memory"))
    assert last(explorer).waiting


def test_after_a_failure_the_next_is_waited_for_and_f5_asks_again(explorer):
    choose(explorer, model="m")
    explorer._answers.failed.emit(Failure(explorer.requests[-1], "no memory"))
    explorer.remeasure()
    assert len(explorer.requests) == 2
    assert last(explorer).waiting


def test_nothing_waits_for_an_engine_that_did_not_start(explorer):
    choose(explorer, model="m")
    explorer._answers.failed.emit(Failure(None, "the engine could not start: no torch"))
    assert not last(explorer).waiting
    choose(explorer, n=5)
    assert not last(explorer).waiting


# --- with its thread


def test_answers_come_from_the_thread_and_stop_waits_for_it(qtbot, checkpoint):
    gate = Gate()

    def live(request):
        yield Preview(request, "full", MAP)
        gate.pass_through()
        yield Preview(request, "latency", latency=LATENCY, latency_final=True)

    explorer = Explorer(lambda: live)
    seen = []
    explorer.seen.connect(seen.append)
    explorer.add_picture("a", picture("a"))
    explorer.add_model("m", checkpoint)
    explorer.select(Selection("a", NetworkChoice("m")))
    with qtbot.waitSignal(explorer.ready, timeout=MS):
        explorer.start()
    gate.wait_until_reached()
    qtbot.waitUntil(lambda: seen[-1].preview is not None, timeout=MS)
    gate.open()
    qtbot.waitUntil(lambda: seen[-1].latency_final, timeout=MS)
    explorer.stop()
    explorer.stop()


def test_orders_for_a_drag_of_beta_are_made_ahead_once_all_is_measured(qtbot, checkpoint):
    gate = Gate()

    def live(request):
        yield Preview(request, "full", MAP)
        gate.pass_through()
        yield Preview(request, "latency", latency=LATENCY, latency_final=True)

    explorer = Explorer(lambda: live)
    explorer._idle.setInterval(0)
    explorer.add_picture("a", picture("a"))
    explorer.add_model("m", checkpoint)
    explorer.start()
    choose(explorer, model="m")
    gate.wait_until_reached()
    assert not explorer._idle.isActive()
    gate.open()
    qtbot.waitUntil(lambda: explorer._planning._making_all, timeout=MS)
    choose(explorer, n=5)  # the cores are needed for its map
    assert not explorer._planning._making_all
    assert not explorer._idle.isActive()
    explorer.stop()


def test_it_stops_without_having_started(qtbot):
    Explorer(lambda: pytest.fail("not started")).stop()


def test_the_suggested_name_says_beta_and_n(explorer, checkpoint):
    choose(explorer, model="m", beta=1e-3, n=1200)
    assert explorer.plan.suggested_name == f"tiny-beta1e-3-n{checkpoint.n_prunable}"
    choose(explorer, beta=None, n=7)
    assert explorer.plan.suggested_name == "tiny-betastar-n7"


def test_a_name_that_is_no_file_name_is_made_one(explorer, checkpoint):
    named = new_checkpoint('my/own: "net"?', checkpoint.architecture, checkpoint.kept, checkpoint.weights, (32, 48), {})
    explorer.add_model("named", named)
    choose(explorer, model="named")
    assert explorer.plan.suggested_name == "my-own-net"
