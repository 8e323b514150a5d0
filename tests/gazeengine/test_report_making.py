import numpy as np
import pytest

from gazeengine.checkpoint import Checkpoint
from gazeengine.domain import Look
from gazeengine.map_style import MapStyle
from gazeengine.plan import pruning_order
from gazeengine.report_making import (
    ACROSS,
    VIEWS,
    comparison_of,
    habit_words,
    making,
    network_words,
    report_picture,
    taken_words,
)
from gazeengine.saliency_map import normalised
from tests.networks import narrow_checkpoint
from tests.reports import made_up_picture


@pytest.fixture(scope="module")
def checkpoint() -> Checkpoint:
    return narrow_checkpoint(most=16)


def test_it_says_what_was_pruned_and_what_that_costs(checkpoint):
    from app.planned import Model

    plan = pruning_order(checkpoint.signal, Model.of(checkpoint).flops, 1e-3).first(12)
    words = network_words(checkpoint, plan)
    assert words.endswith("12 pruned at β 0.001, an estimate")
    facts = {fact.label: fact.text for fact in making(checkpoint, plan, Look(), ["screens"])}
    assert facts["Network"] == words
    assert "unpruned" in facts["Cost"]
    assert facts["Taken for"] == "screens, by their looks"


def test_looks_are_said_in_words():
    assert taken_words(Look("photographs"), ["photographs", "photographs"]) == "photographs"
    assert taken_words(Look(), ["photographs", "screens"]) == "photographs and screens, by their looks"
    assert habit_words(Look(), ["screens"]) == "that of reading screens counts in full"
    assert habit_words(Look(center_bias=0.25, prior="photographs"), ["screens"]) == (
        "that of looking at the middle of photographs counts by 25 %"
    )
    assert habit_words(Look(prior="none"), ["screens"]) == habit_words(Look(center_bias=0), ["screens"])


def test_every_view_is_there_no_larger_than_it_is_shown():
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 255, (600, 2400, 3), np.uint8)
    found = report_picture("a", rgb, normalised(rng.normal(0, 1, (60, 240))), style=MapStyle("map", color_map="magma"))
    assert len(found.views) == len(VIEWS)
    assert [view.rgb.shape[1] <= ACROSS for view in found.views] == [True] * len(VIEWS)
    assert found.views[0].scale is not None
    assert np.array_equal(found.views[0].scale.colours, MapStyle(color_map="magma").lut)


def test_two_pictures_are_compared_only_where_their_proportions_are_the_same():
    a = made_up_picture()
    same = comparison_of(a, a)
    assert same.overlap == pytest.approx(1, abs=1e-4)
    assert same.difference.rgb.shape == a.rgb.shape
    assert comparison_of(a, made_up_picture("b", (96, 64), areas=())).difference is None
