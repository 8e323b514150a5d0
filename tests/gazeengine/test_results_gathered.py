from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazeengine.errors import DataError
from gazeengine.picture_scores import paired_difference
from gazeengine.results_gathered import family, gathered, pareto
from gazeengine.results_records import Machine
from tests.evaluations import DENSE, MODELS, PRIOR, PUBLISHED, SMALL, SMALLEST, TEACHER, WHOLE, evaluation, stored

points = st.lists(st.tuples(st.integers(1, 20), st.integers(0, 20)), min_size=1, max_size=30)


@given(points)
def test_no_point_is_as_cheap_and_as_good_as_one_on_the_front(found):
    costs, values = zip(*found, strict=True)
    front = set(pareto(costs, values))
    for i in range(len(found)):
        beaten = any(
            costs[k] <= costs[i] and values[k] >= values[i] and found[k] != found[i] for k in range(len(found))
        )
        same_is_there = any(found[k] == found[i] for k in front)
        assert same_is_there != beaten


@given(points)
def test_the_front_rises(found):
    costs, values = zip(*found, strict=True)
    front = pareto(costs, values)
    assert all(costs[a] < costs[b] and values[a] < values[b] for a, b in pairwise(front))


def test_models_are_listed_by_kind_architecture_and_falling_cost():
    assert [m.name for m in gathered([stored()]).models] == [
        m.name for m in (PRIOR, PUBLISHED, TEACHER, DENSE, WHOLE, SMALL, SMALLEST)
    ]


def test_of_two_files_the_later_one_counts_for_what_both_have():
    old = stored([evaluation(WHOLE, level=1), evaluation(SMALL)], date="2026-01-01T00:00:00+00:00")
    new = stored([evaluation(replace(WHOLE, timing=None), level=2)], date="2026-01-02T00:00:00+00:00")
    found = gathered([new, old])
    assert [file.date[:10] for file in found.stored] == ["2026-01-01", "2026-01-02"]
    whole = found.models[0]
    assert found.row(whole, "OSIE test").scores.auc == pytest.approx(2, rel=0.2)
    assert whole.timing == WHOLE.timing  # which the later file does not have
    assert len(found.rows) == 2
    assert all(row.model in found.models for row in found.rows)


def test_the_unpruned_network_is_found_through_parents_or_as_the_only_one():
    found = gathered([stored()])
    by_name = {model.name: model for model in found.models}
    whole = by_name["FastGaze"]
    assert found.unpruned(by_name["FastGaze −1000"]) is whole
    assert found.unpruned(by_name["FastGaze −2000"]) is whole
    assert found.unpruned(whole) is found.unpruned(by_name["Published FastGaze"]) is None
    stray = replace(SMALL, id="z", parent=None)
    assert gathered([stored([evaluation(WHOLE), evaluation(stray)])]).unpruned(stray).name == "FastGaze"
    other = replace(WHOLE, id="y", name="FastGaze, distilled")
    assert gathered([stored([evaluation(m) for m in (WHOLE, other, stray)])]).unpruned(stray) is None
    snapshot = replace(stray, family={"parent": "y", "name": "FastGaze, distilled"})
    assert gathered([stored([evaluation(m) for m in (WHOLE, other, snapshot)])]).unpruned(snapshot).id == "y"


def test_a_parent_that_was_not_evaluated_is_not_replaced_by_another():
    orphan = replace(SMALL, id="z", parent={"name": "FastGaze, other", "id": "gone"})
    assert gathered([stored([evaluation(WHOLE), evaluation(orphan)])]).unpruned(orphan) is None


def test_parents_that_go_in_a_circle_end():
    one = replace(SMALL, id="p", parent={"id": "q"})
    two = replace(SMALL, id="q", parent={"id": "p"})
    assert gathered([stored([evaluation(one), evaluation(two)])]).unpruned(one) is None


def test_the_difference_is_paired_with_the_unpruned_network():
    found = gathered([stored()])
    row = next(row for row in found.rows if row.model.id == SMALL.id)
    whole = found.row(found.unpruned(row.model), row.data_set)
    expected = paired_difference(row.pictures, whole.pictures, 50, 0)["information_gain_bits"]
    assert found.difference(row) == expected
    assert found.difference(whole) is None


def test_families_are_titles_of_architectures():
    assert [family(m) for m in MODELS] == [
        "Center prior", "FastGaze", "FastGaze", "FastGaze", "DenseGaze", "Published FastGaze", "Ensemble of ten",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ([stored([])], "found none in these files"),
        (
            [stored([evaluation(WHOLE)]), stored([evaluation(SMALL)], machine=Machine("Other", 8, "2.13.0"))],
            "some of Made-up CPU.* and some of Other",
        ),
        (
            [stored([evaluation(WHOLE), evaluation(replace(SMALL, timing=replace(SMALL.timing, threads=4)))])],
            "with 1 thread.* with 4 thread",
        ),
        ([stored([evaluation(WHOLE), evaluation(SMALL, baseline="uniform density")])], "same --baseline"),
        ([stored([evaluation(WHOLE)]), stored([evaluation(SMALL, n_fixations=np.array([1, 2]))])], "same pictures"),
    ],
)
def test_figures_that_do_not_compare_are_refused(files, told):
    with pytest.raises(DataError, match=told):
        gathered(files)
