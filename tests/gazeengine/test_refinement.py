from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from gazeengine.architecture import ARCHITECTURES
from gazeengine.card import card
from gazeengine.checkpoint import save
from gazeengine.cost import flops_model, parameter_model
from gazeengine.errors import DataError, PruningError
from gazeengine.families import as_trained, snapshot_name
from gazeengine.family_files import read_family
from gazeengine.fixations import read_data_set
from gazeengine.plan import pruning_order
from gazeengine.pricing import Pricing
from gazeengine.refinement import RECORD, RefinementOptions, continued, refined
from gazeengine.surgery import pruned
from tests.data_sets import made_data_set
from tests.networks import TINY, random_checkpoint

OPTIONS = RefinementOptions(1e-3, (0.8, 0.5, 0.3), n_images=3, n_signal=2, positions=50)


@pytest.fixture
def stimuli(tmp_path):
    return read_data_set(made_data_set(tmp_path / "made", ("train",), 4), "train").stimuli


@pytest.fixture
def checkpoint():
    return random_checkpoint(TINY)


def stops(checkpoint, stimuli, options=OPTIONS, reached=(), n_scored=0):
    steps = list(refined(checkpoint, ["made train"], stimuli, options, reached, n_scored=n_scored))
    return [step.stop for step in steps if step.stop is not None], steps


def share_of(checkpoint, stop):
    cost = flops_model(TINY, *checkpoint.working_size)
    return cost.total(stop.widths) / cost.total(checkpoint.widths)


def weights_equal(a, b):
    return all(np.array_equal(a.weights[name], b.weights[name]) for name in a.weights)


def test_each_stop_has_at_most_its_share_and_a_signal_of_its_own(checkpoint, stimuli):
    found, _ = stops(checkpoint, stimuli)
    for share, stop in zip(OPTIONS.shares, found, strict=True):
        assert share_of(checkpoint, stop) <= share
        assert stop.signal.checkpoint_id == stop.id
        assert {name: len(delta) for name, delta in stop.signal.delta.items()} == stop.widths
        assert stop.signal.n_images == 2
        assert stop.provenance["parent"] == {"name": checkpoint.name, "id": checkpoint.id}
        assert stop.provenance["pruned"] == checkpoint.n_features - stop.n_features
        assert stop.provenance["trained_after_pruning"] is False
        assert stop.scores == {}
    for before, after in pairwise(found):
        assert all(set(after.kept[name]) <= set(kept) for name, kept in before.kept.items())


def test_without_compensation_weights_stay_and_only_the_order_is_new(checkpoint, stimuli):
    found, _ = stops(checkpoint, stimuli, replace(OPTIONS, compensate=False))
    cost = flops_model(TINY, *checkpoint.working_size)
    order = pruning_order(checkpoint.signal, cost, OPTIONS.beta)
    first = pruned(checkpoint, order.first(order.n_for_flops(0.8 * cost.total(checkpoint.widths))))
    assert weights_equal(found[0], first)
    assert "compensated" not in found[0].provenance
    with_it, _ = stops(checkpoint, stimuli)
    assert with_it[0].provenance["compensated"]["pictures"] == 3
    assert not weights_equal(with_it[0], first)


def test_progress_grows_to_the_whole_and_names_what_is_done(checkpoint, stimuli):
    _, steps = stops(checkpoint, stimuli)
    done = [step.done for step in steps]
    assert done == sorted(done)
    assert done[-1] == pytest.approx(1)
    assert steps[0].doing == "looking at picture 1 of 3"
    assert steps[-1].doing == "stop 3 of 3"
    assert steps[-1].left_s == pytest.approx(0, abs=1e-6)
    assert "stop 1 of 3: signal of picture 2 of 2" in [step.doing for step in steps]


def test_progress_leaves_room_for_what_comes_afterwards(checkpoint, stimuli):
    _, alone = stops(checkpoint, stimuli)
    _, steps = stops(checkpoint, stimuli, n_scored=6)
    done = [step.done for step in steps]
    assert done == sorted(done)
    assert len(done) == len(alone)
    assert 0.5 < done[-1] < 0.9
    assert steps[-1].left_s > 0


def test_it_is_the_same_again_and_goes_on_from_any_stop(checkpoint, stimuli):
    whole, _ = stops(checkpoint, stimuli)
    again, _ = stops(checkpoint, stimuli)
    assert [stop.id for stop in whole] == [stop.id for stop in again]
    for n in (1, 2):
        reached = continued(checkpoint, OPTIONS, [*whole[:n], checkpoint])
        assert [stop.id for stop in reached] == [stop.id for stop in whole[:n]]
        rest, _ = stops(checkpoint, stimuli, reached=reached)
        assert [stop.id for stop in rest] == [stop.id for stop in whole[n:]]
    assert stops(checkpoint, stimuli, reached=whole)[0] == []


def test_stops_of_another_way_are_not_taken_for_its_own(checkpoint, stimuli):
    found, _ = stops(checkpoint, stimuli)
    other = random_checkpoint(TINY, seed=7)
    assert continued(other, OPTIONS, found) == ()
    for change in ({"beta": 0.1}, {"beta": None}, {"compensate": False}, {"seed": 1}, {"shares": (0.7, 0.5)}):
        assert continued(checkpoint, replace(OPTIONS, **change), found) == ()
    longer = replace(OPTIONS, shares=(*OPTIONS.shares, 0.2))
    assert len(continued(checkpoint, longer, found)) == 3
    assert continued(checkpoint, OPTIONS, found[1:]) == ()
    assert found[0].provenance[RECORD]["shares"] == [0.8]


def test_own_pictures_need_no_fixations(checkpoint, stimuli):
    found, _ = stops(checkpoint, stimuli, replace(OPTIONS, targets="sampled"))
    assert {stop.signal.targets for stop in found} == {"sampled"}


def test_stops_may_be_numbers_of_features(checkpoint, stimuli):
    options = replace(OPTIONS, features=(2, 5, 7))
    found, steps = stops(checkpoint, stimuli, options)
    assert [checkpoint.n_features - stop.n_features for stop in found] == [2, 5, 7]
    assert [stop.provenance["family"]["n_pruned"] for stop in found] == [2, 5, 7]
    assert steps[-1].done == pytest.approx(1)
    reached = continued(checkpoint, options, found[:2])
    assert [stop.id for stop in stops(checkpoint, stimuli, options, reached)[0]] == [found[2].id]
    assert continued(checkpoint, OPTIONS, found) == ()
    for features in ((5, 2), (0, 3), (3, 3), (1, 99)):
        with pytest.raises(
            PruningError, match=f"wanted numbers of features from 1 to {checkpoint.n_prunable} that are"
        ):
            stops(checkpoint, stimuli, replace(OPTIONS, features=features))


def test_what_is_pruned_past_a_stop_or_trained_is_no_longer_called_compensated(checkpoint, stimuli):
    stop = stops(checkpoint, stimuli)[0][0]
    cost = flops_model(TINY, *stop.working_size)
    order = pruning_order(stop.signal, cost, 0.0)
    assert continued(checkpoint, OPTIONS, [pruned(stop, order.first(0))])
    further = pruned(stop, order.first(1))
    assert not {"compensated", RECORD} & set(further.provenance)
    assert "takes over for them" not in card(further).estimate
    assert continued(checkpoint, OPTIONS, [further]) == ()
    learned = as_trained(stop.provenance)
    assert learned["trained_after_pruning"] is True
    assert not {"compensated", RECORD} & set(learned)
    assert snapshot_name(learned["family"]) == stop.name.replace(", compensated", "")
    assert "made" not in learned["family"]
    assert stop.provenance["family"]["made"] == "compensated"


# what may go wrong


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        ((), "stops none: wanted shares of the FLOPs between 1 and 0, descending"),
        ((0.5, 0.7), "stops 0.5, 0.7: wanted shares of the FLOPs between 1 and 0, descending"),
        ((0.5, 0.0), "stops 0.5, 0: wanted shares"),
        ((1.5,), "stops 1.5: wanted shares"),
        ((0.5, 1e-6), "stop 1e-06: one feature a layer is .* of the FLOPs, wanted more"),
    ],
)
def test_stops_that_cannot_be_are_told_before_the_work(checkpoint, stimuli, shares, told):
    with pytest.raises(PruningError, match=told):
        stops(checkpoint, stimuli, replace(OPTIONS, shares=shares))


def test_a_network_without_signal_and_no_pictures_are_told(checkpoint, stimuli):
    with pytest.raises(PruningError, match="it has no Fisher signal, wanted one to begin with"):
        stops(replace(checkpoint, signal=None), stimuli)
    with pytest.raises(DataError, match="made train has no pictures with fixations, wanted at least one"):
        stops(checkpoint, [])


def test_a_signal_that_says_nothing_of_the_network_is_told_before_the_work(checkpoint, stimuli):
    signal = checkpoint.signal
    dead = replace(signal, delta=dict(signal.delta) | {"conv2": 0 * signal.delta["conv2"]})
    foreign = replace(signal, checkpoint_id="another")
    for bad, told in ((dead, "zero for all 4 features"), (foreign, "another network")):
        with pytest.raises(PruningError, match=told):
            next(refined(replace(checkpoint, signal=bad), ["made train"], stimuli, OPTIONS))


@pytest.mark.parametrize("cost", ["parameters", "flops-fixed"])
def test_other_costs_are_saved_as_well_and_make_no_family(checkpoint, stimuli, cost):
    flops, parameters = flops_model(TINY, *checkpoint.working_size), parameter_model(TINY)
    pricing = Pricing.of(cost, flops, parameters, None, TINY.widths)
    options = replace(OPTIONS, beta=1.0, cost=cost, shares=(0.6,))
    steps = list(refined(checkpoint, ["made train"], stimuli, options, (), pricing))
    (stop,) = [step.stop for step in steps if step.stop is not None]
    order = pricing.order(checkpoint.signal, 1.0)
    assert stop.widths == dict(order.first(order.n_for_flops(0.6 * flops.total(TINY.widths))).widths)
    assert stop.provenance["cost"] == cost
    assert "family" not in stop.provenance
    assert continued(checkpoint, options, [stop]) == (stop,)
    assert continued(checkpoint, replace(options, cost="flops"), [stop]) == ()


def test_stops_are_a_family_of_compensated_networks(checkpoint, stimuli, tmp_path, monkeypatch):
    monkeypatch.setitem(ARCHITECTURES, "tiny", TINY)
    for name, how in (("compensated", True), ("refined", False)):
        found, _ = stops(checkpoint, stimuli, replace(OPTIONS, compensate=how))
        path = tmp_path / f"{name}.safetensors"
        save(checkpoint, path)
        path.with_suffix("").mkdir()
        for i, stop in enumerate(found):
            save(stop, path.with_suffix("") / f"{i}.safetensors")
        family = read_family(path)
        assert family.problem is None
        assert [s.made for s in family.snapshots] == [name] * 3
        assert family.marks(OPTIONS.beta) == tuple(checkpoint.n_features - stop.n_features for stop in found)
        assert "were trained on" not in card(found[0]).trained
        assert ("takes over for them, by least squares over 3 pictures" in card(found[0]).estimate) is how


def test_a_snapshot_that_was_made_in_an_unknown_way_is_left_out(checkpoint, stimuli, tmp_path, monkeypatch):
    monkeypatch.setitem(ARCHITECTURES, "tiny", TINY)
    stop = stops(checkpoint, stimuli)[0][0]
    family = dict(stop.provenance["family"]) | {"made": "dreamt"}
    (tmp_path / "tiny").mkdir()
    save(replace(stop, provenance=dict(stop.provenance) | {"family": family}), tmp_path / "tiny" / "a.safetensors")
    save(checkpoint, tmp_path / "tiny.safetensors")
    assert "'dreamt' is no way to make one" in read_family(tmp_path / "tiny.safetensors").problem
