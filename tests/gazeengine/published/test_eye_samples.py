import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazeengine.published.eye_samples import CHANGE, SAMPLES_PER_S, WINDOW, fixations_of_samples
from tests.published_sets import eye_samples

PLACES = st.lists(st.tuples(st.integers(0, 1024), st.integers(0, 768)), min_size=1, max_size=8)


def far_apart(places):
    """Each at least 120 pixels (3.5 degrees) from the one before."""
    kept = places[:1]
    for place in places[1:]:
        if np.hypot(place[0] - kept[-1][0], place[1] - kept[-1][1]) > 120:
            kept.append(place)
    return kept


@given(PLACES, st.integers(40, 120), st.integers(0, 99))
def test_eyes_that_rest_somewhere_and_jump_elsewhere_have_fixations_there(places, n_samples, seed):
    places = far_apart(places)
    found = fixations_of_samples(eye_samples(places, n_samples, noise=0.3, seed=seed))
    assert found.shape == (len(places), 2)
    np.testing.assert_allclose(found, places, atol=1)


@given(PLACES, st.integers(-500, 500), st.integers(-500, 500))
def test_where_the_picture_lies_changes_nothing(places, x, y):
    samples = eye_samples(places, 40, noise=1)
    shift = np.array([x, y])
    np.testing.assert_allclose(fixations_of_samples(samples + shift), fixations_of_samples(samples) + shift, atol=1e-6)


@given(PLACES)
def test_a_mirrored_picture_has_mirrored_fixations(places):
    samples = eye_samples(places, 40, noise=1)
    np.testing.assert_allclose(fixations_of_samples(samples * (-1, 1)), fixations_of_samples(samples) * (-1, 1))


@given(st.integers(0, 60), st.integers(0, 9), st.floats(0.1, 200))
def test_whatever_the_eye_does_there_is_a_fixation_within_what_it_saw(n_samples, seed, speed):
    samples = np.cumsum(np.random.default_rng(seed).normal(0, speed, (n_samples, 2)), axis=0)
    found = fixations_of_samples(samples)
    assert len(found) >= 1 or n_samples == 0
    for xy in found:
        assert (samples.min(0) <= xy).all()
        assert (xy <= samples.max(0)).all()


def test_no_samples_have_no_fixation():
    assert fixations_of_samples(np.zeros((0, 2))).shape == (0, 2)


def test_a_slow_drift_is_one_fixation_at_the_median_of_its_samples():
    samples = np.stack([np.linspace(100, 140, 201), np.linspace(50, 30, 201)], axis=1)
    np.testing.assert_allclose(fixations_of_samples(samples), [(120, 40)])


@pytest.mark.parametrize(("share", "n"), [(0.98, 1), (1.02, 2)])
def test_speed_must_rise_by_6_degrees_a_second_within_a_sample(share, n):
    """Of a pursuit that sets in at once, windows see 3/4, all, all and 3/4: more than two must be above."""
    speed = share * CHANGE / SAMPLES_PER_S * WINDOW / 0.75  # pixels a sample
    path = np.cumsum(np.r_[np.zeros(60), np.full(15, speed), np.zeros(60)])
    assert len(fixations_of_samples(np.stack([path, np.zeros(135)], axis=1))) == n


@pytest.mark.parametrize(("n_between", "n"), [(8, 2), (40, 3)])
def test_a_rest_of_less_than_50_ms_is_part_of_the_saccade(n_between, n):
    samples = np.concatenate(
        [
            eye_samples([(100, 100), (400, 100)], 60)[: 60 + 8],
            np.tile((400.0, 100.0), (n_between, 1)),
            eye_samples([(400, 100), (700, 500)], 60)[60:],
        ]
    )
    found = fixations_of_samples(samples)
    assert len(found) == n
    np.testing.assert_allclose(found[[0, -1]], [(100, 100), (700, 500)], atol=1e-6)


@pytest.mark.parametrize(("n_left", "n"), [(8, 1), (30, 2)])
def test_a_rest_at_the_end_counts_from_50_ms_on(n_left, n):
    samples = eye_samples([(100, 100), (400, 100)], 60)[: 60 + 8 + n_left]
    assert len(fixations_of_samples(samples)) == n


def test_samples_that_are_missing_are_left_out_of_the_median():
    samples = eye_samples([(100, 100), (400, 300)], 60)
    samples[10:20] = np.nan
    np.testing.assert_allclose(fixations_of_samples(samples), [(100, 100), (400, 300)], atol=1e-6)
    assert np.isnan(fixations_of_samples(np.full((40, 2), np.nan))).all()


def test_a_blink_is_a_fixation_where_blinks_are():
    """The tracker says (-100, -100) then, which is outside of every picture."""
    found = fixations_of_samples(eye_samples([(300, 300), (-100, -100), (300, 310)], 40))
    np.testing.assert_allclose(found, [(300, 300), (-100, -100), (300, 310)], atol=1e-6)
