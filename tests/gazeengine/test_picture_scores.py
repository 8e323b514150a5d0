from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import bootstrap

from gazeengine.errors import DataError
from gazeengine.picture_scores import BY_FIXATION, averaged, paired_difference
from gazeengine.scores import METRICS
from tests.evaluations import N_FIXATIONS, picture_scores

SCORES = picture_scores()


def test_averages_are_over_fixations_or_over_pictures():
    found = averaged(SCORES, 0)
    for name in METRICS:
        # as if every fixation had its picture's score
        each = np.repeat(SCORES.values[name], N_FIXATIONS) if name in BY_FIXATION else SCORES.values[name]
        assert found.value(name) == pytest.approx(each.mean())
    assert (found.n_images, found.n_fixations, found.intervals) == (5, 125, {})


@pytest.mark.parametrize("metric", ["information_gain_bits", "sim"])
def test_intervals_are_those_of_scipy(metric):
    n = 40
    scores = picture_scores(n_fixations=np.random.default_rng(3).integers(5, 200, n))
    weights = scores.n_fixations if metric in BY_FIXATION else np.ones(n)

    def statistic(values, weights, axis):
        return (values * weights).sum(axis) / weights.sum(axis)

    expected = bootstrap(
        (scores.values[metric], weights), statistic, paired=True, n_resamples=20_000, method="percentile", rng=1
    ).confidence_interval
    low, high = averaged(scores, 20_000).intervals[metric]
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=0.05 * (expected.high - expected.low))


def test_a_picture_drawn_twice_counts_twice_with_its_fixations():
    times = np.array([[2, 0, 1, 0, 2], [0, 1, 1, 1, 2]])
    for name in ("nss", "kl"):
        for sample, found in zip(times, SCORES.resampled(name, times), strict=True):
            drawn = np.repeat(np.arange(5), sample)
            values = SCORES.values[name][drawn]
            weights = N_FIXATIONS[drawn] if name == "nss" else None
            assert found == pytest.approx(np.average(values, weights=weights))


def test_pictures_that_all_score_alike_leave_no_doubt():
    alike = replace(SCORES, values={name: np.full(5, 0.7) for name in METRICS})
    for low, high in averaged(alike).intervals.values():
        assert (low, high) == pytest.approx((0.7, 0.7))


@given(st.integers(0, 2**31), st.floats(-3, 3))
def test_intervals_move_with_the_scores_and_the_seed_decides_them(seed, shift):
    moved = replace(SCORES, values={name: column + shift for name, column in SCORES.values.items()})
    before, after = (averaged(one, 100, seed).intervals for one in (SCORES, moved))
    for name in METRICS:
        assert after[name] == pytest.approx(tuple(end + shift for end in before[name]))
    assert averaged(SCORES, 100, seed).intervals == before


def test_a_score_that_is_infinite_on_a_picture_has_no_interval():
    broken = {**SCORES.values, "information_gain_bits": np.array([1, -np.inf, 1, 1, 1])}
    found = averaged(replace(SCORES, values=broken))
    assert found.information_gain_bits == -np.inf
    assert found.intervals.keys() == METRICS.keys() - {"information_gain_bits"}


# paired differences


def test_a_model_differs_from_itself_by_nothing():
    for difference in paired_difference(SCORES, SCORES).values():
        assert (difference.mean, difference.low, difference.high, difference.certain) == (0, 0, 0, False)


def test_differences_turn_their_sign_with_the_order():
    other = picture_scores(seed=1)
    one, turned = paired_difference(SCORES, other), paired_difference(other, SCORES)
    for name in METRICS:
        assert (turned[name].low, turned[name].high) == pytest.approx((-one[name].high, -one[name].low))
        assert one[name].mean == pytest.approx(averaged(SCORES, 0).value(name) - averaged(other, 0).value(name))


def test_a_small_gain_on_every_picture_is_certain_where_pictures_differ_much():
    better = replace(SCORES, values={name: column + 0.01 for name, column in SCORES.values.items()})
    low, high = averaged(SCORES).intervals["nss"]
    assert high - low > 0.1
    difference = paired_difference(better, SCORES)["nss"]
    assert (difference.low, difference.high) == pytest.approx((0.01, 0.01))
    assert difference.certain


def test_scores_that_only_one_has_are_left_out():
    assert paired_difference(SCORES, picture_scores(sauc=False)).keys() == METRICS.keys() - {"sauc"}


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (picture_scores(n_fixations=N_FIXATIONS[:4]), "of 5 pictures with 125 fixations and of 4 with 100"),
        (picture_scores(n_fixations=N_FIXATIONS + 1), "125 fixations and of 5 with 130"),
        (picture_scores(baseline="uniform density"), "over the center bias of OSIE train and over the uniform density"),
    ],
)
def test_scores_that_do_not_compare_are_refused(other, told):
    with pytest.raises(DataError, match=told):
        paired_difference(SCORES, other)
