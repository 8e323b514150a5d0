from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.job_records import Job
from app.planned import Model, Planned, Trained
from app.pruning_method import PruningMethod
from app.refinement_plan import (
    LEAST_PICTURES,
    MOST_PICTURES,
    STEP,
    data_of,
    is_worth_it,
    prepared,
    refinement,
    stops_of,
)
from app.selection import NetworkChoice
from gazeengine.checkpoint import load
from gazeengine.commands.arguments import parser
from gazeengine.cost import flops_model
from gazeengine.errors import OutputError
from gazeengine.family_files import read_family
from gazeengine.image import read_image
from gazeengine.plan import pruning_order
from gazeengine.signal_source import OWN
from tests.app.explorers import picture
from tests.families import write_family
from tests.networks import random_checkpoint

PICTURES = tuple(picture(f"p{i}") for i in range(LEAST_PICTURES))
TINY = random_checkpoint()


@pytest.fixture
def family(tmp_path, checkpoint):
    return read_family(write_family(tmp_path, checkpoint, {1e-3: (20,)}))


def planned(family, n, beta=1e-3, **method):
    model, choice = Model.of(family), NetworkChoice("m", beta, n, PruningMethod(**method))
    snapshot = family.base(beta, n)
    base = family.checkpoint if snapshot is family.origin else snapshot.checkpoint()
    return Planned.of(choice, model, pruning_order(base.signal, model.flops, beta), Trained(snapshot, base))


def own(checkpoint):
    """Calibrated on pictures of the window."""
    return replace(checkpoint, provenance=dict(checkpoint.provenance) | {"signal": {"data": [OWN], "n_images": 9}})


@given(beta=st.sampled_from([0.0, 1.0, None]), here=st.floats(0, 1))
@settings(deadline=None)
def test_stops_lead_to_what_is_set_in_steps_that_are_not_too_long_and_then_on(beta, here):
    order = pruning_order(TINY.signal, flops_model(TINY.architecture, 32, 48), beta)
    here = round(here * order.n_removals)
    stops = stops_of(order, here)
    assert list(stops) == sorted(set(stops))
    assert all(0 < n <= order.n_removals for n in stops)
    assert here in stops or not here
    before = [0, *(n for n in stops if n <= here)]
    for one, other in pairwise(before):
        # a stop is the first removal that leaves as little: what comes just before it is not too far
        assert order.flops[other - 1] >= order.flops[one] * STEP * (1 - 1e-9) or other - 1 == one
    assert len([n for n in stops if n > here]) <= 2


def test_it_begins_with_the_network_that_the_rest_is_pruned_from(family, checkpoint):
    first = refinement(planned(family, 10), (), PICTURES)
    assert (first.base.id, first.file, first.made) == (checkpoint.id, family.path, "compensated")
    assert (first.parent, first.stops[0]) == (checkpoint.id, 10)
    further = refinement(planned(family, 25), (), PICTURES)
    assert further.file == family.snapshots[0].path
    assert (further.parent, further.stops[0]) == (checkpoint.id, 5)  # counted from there
    assert further.title == "Refine Tiny at β 0.001"
    assert further.words == f"your {LEAST_PICTURES} pictures"
    assert first.key != further.key


def test_without_compensation_weights_stay(family):
    assert refinement(planned(family, 10, compensated=False), (), PICTURES).made == "refined"
    assert "switch one of them on" in refinement(planned(family, 10, compensated=False, refined=False), (), PICTURES)


@pytest.mark.parametrize(
    ("method", "told"),
    [({"criterion": "l1w"}, "Fisher's at the cost of FLOPs"), ({"cost": "time"}, "Fisher's at the cost of FLOPs")],
)
def test_other_ways_of_pruning_cannot_be_refined(family, method, told):
    assert told in refinement(planned(family, 10, **method), (), PICTURES)


def test_few_pictures_are_not_enough(family):
    assert refinement(planned(family, 10), (), PICTURES[:1]) == (
        f"1 picture is open, wanted at least {LEAST_PICTURES} to estimate signals and compensate on"
    )
    many = refinement(planned(family, 10), (), PICTURES * 20)
    assert len(many.pictures) == MOST_PICTURES


def test_without_a_signal_there_is_nothing_to_begin_with(family):
    plan = planned(family, 10)
    assert "no Fisher signal" in refinement(replace(plan, order=None, pruning=None), (), PICTURES)


def test_the_pictures_of_the_signal_are_taken_where_they_are_there(family, checkpoint):
    about = {"signal": {"data": ["OSIE train", "EyeCrowd train"], "n_images": 9}}
    trained = replace(checkpoint, provenance=dict(checkpoint.provenance) | about)
    both = [Path("/data/EyeCrowd"), Path("/data/OSIE"), Path("/data/Others")]
    assert data_of(trained, both) == tuple(both[:2])
    assert data_of(trained, both[:1]) == ()
    assert data_of(checkpoint, both) == ()
    found = refinement(planned(family.with_checkpoint(trained), 10), both, ())
    assert (found.data, found.pictures) == (tuple(both[:2]), ())
    assert found.words == "pictures of EyeCrowd, OSIE"
    # one's own signal wants one's own pictures
    assert refinement(planned(family.with_checkpoint(own(checkpoint)), 10), both, PICTURES).data == ()


def test_only_an_estimate_that_says_little_is_worth_it_unasked(family):
    assert not is_worth_it(planned(family, 20))
    assert is_worth_it(planned(family, family.most(1e-3)))


def test_a_job_is_the_command_with_all_it_needs_in_its_folder(family, checkpoint, tmp_path):
    wanted = refinement(planned(family, 10), (), PICTURES)
    job = prepared(wanted, Job.new(tmp_path / "jobs", "refine", wanted.title, (), tmp_path / "out"))
    options = parser().parse_args(job.command)
    assert (options.model, options.beta, options.features) == (str(family.path), 1e-3, wanted.stops)
    assert (options.own_family, options.compensate, options.scores) == (True, True, True)
    assert options.pictures.name == OWN
    assert options.pictures.is_relative_to(job.folder)
    assert sorted(p.stem for p in options.pictures.iterdir()) == sorted(p.digest for p in PICTURES)
    again = read_image(options.pictures / f"{PICTURES[0].digest}.png")
    assert (again.rgb == PICTURES[0].rgb).all()


def test_a_signal_that_no_file_has_goes_along(family, checkpoint, tmp_path):
    wanted = refinement(planned(family.with_checkpoint(own(checkpoint)), 10, compensated=False), (), PICTURES)
    job = prepared(wanted, Job.new(tmp_path / "jobs", "refine", wanted.title, (), tmp_path / "out"))
    options = parser().parse_args(job.command)
    assert not options.compensate
    assert load(Path(options.model)).provenance["signal"]["data"] == [OWN]


def test_a_disk_that_takes_nothing_is_told(family, tmp_path):
    (tmp_path / "jobs").write_text("in the way")
    wanted = refinement(planned(family, 10), (), PICTURES)
    with pytest.raises(OutputError, match="cannot be made"):
        prepared(wanted, Job.new(tmp_path / "jobs", "refine", wanted.title, (), tmp_path / "out"))
