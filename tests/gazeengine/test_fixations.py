import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazeengine.errors import DataError
from gazeengine.fixations import DataSet, Stimulus, center_bias, counts, fixation_total, resized_log_density


def stimuli(*points, height=30, width=40):
    x, y = (np.array([p[i] for p in points], np.float32) for i in (0, 1))
    return DataSet("made up", (Stimulus(None, height, width, x, y),))


# counting


@given(
    st.lists(st.tuples(st.floats(0, 39.875, width=32), st.floats(0, 29.875, width=32)), min_size=1, max_size=20),
    st.integers(1, 50),
    st.integers(1, 50),
)
def test_no_fixation_is_lost_on_a_grid_of_any_size(points, height, width):
    (stimulus,) = stimuli(*points).stimuli
    grid = counts(stimulus, height, width)
    assert grid.shape == (height, width)
    assert grid.sum() == len(points)


def test_a_fixation_belongs_to_the_cell_that_it_is_in():
    (stimulus,) = stimuli((0, 0), (39.9, 0), (10, 29.9), (10, 29.9)).stimuli
    expected = np.zeros((3, 4))
    expected[0, 0] = expected[0, 3] = 1
    expected[2, 1] = 2
    np.testing.assert_array_equal(counts(stimulus, 3, 4), expected)


# center bias


def test_a_center_bias_is_a_density_that_is_nowhere_zero():
    bias = center_bias([stimuli((20, 15), (3, 4), (22, 17))])
    assert bias.shape == (48, 64)
    assert np.exp(bias.astype(float)).sum() == pytest.approx(1, abs=1e-5)
    assert np.exp(bias.astype(float)).min() >= 0.009 / bias.size


def test_a_center_bias_is_where_people_look():
    bias = center_bias([stimuli(*[(30, 10)] * 50, (5, 25))])
    row, column = np.unravel_index(bias.argmax(), bias.shape)
    assert (row, column) == (pytest.approx(10 / 30 * 48, abs=1), pytest.approx(30 / 40 * 64, abs=1))


def test_data_sets_weigh_as_much_as_their_fixations():
    many, few = stimuli(*[(10, 10)] * 30), stimuli(*[(30, 20)] * 10)
    density = np.exp(center_bias([many, few], uniform=0.0001).astype(float))
    assert density[:, :32].sum() == pytest.approx(0.75, abs=0.01)


def test_a_center_bias_without_fixations_is_told():
    empty = DataSet("nobody", (Stimulus(None, 30, 40, np.zeros(0, np.float32), np.zeros(0, np.float32)),))
    with pytest.raises(DataError, match="data set nobody: there are no fixations, wanted some to fit"):
        center_bias([empty])


@given(st.integers(1, 90), st.integers(1, 90))
def test_a_center_bias_on_another_grid_is_a_density(height, width):
    bias = center_bias([stimuli((20, 15), (3, 4), (22, 17))], 12, 16)
    resized = resized_log_density(bias, height, width)
    assert resized.shape == (height, width)
    assert np.exp(resized.astype(float)).sum() == pytest.approx(1, abs=1e-5)


# leaving one out

PLACES = st.lists(st.tuples(st.floats(0, 39.875, width=32), st.floats(0, 29.875, width=32)), max_size=5)


@given(st.lists(PLACES, min_size=2, max_size=5), st.integers(0, 4), st.integers(2, 50), st.integers(2, 50))
def test_a_prior_without_a_picture_is_what_the_others_alone_give(places, k, height, width):
    data = DataSet("made up", tuple(stimuli(*points).stimuli[0] for points in places))
    k %= len(places)
    others = DataSet("others", data.stimuli[:k] + data.stimuli[k + 1 :])
    total = fixation_total([data], height, width)
    if others.n_fixations == 0:
        with pytest.raises(DataError, match="data set made up: no other picture has fixations, wanted some to fit"):
            total.without(data.stimuli[k])
    else:
        expected = center_bias([others], height, width)
        np.testing.assert_allclose(total.without(data.stimuli[k]), expected, atol=1e-5)


def test_pictures_of_all_data_sets_are_left_out_together():
    """As where two sets show the same one."""
    one, two = stimuli((20, 15), (3, 4)), stimuli((22, 17), (1, 29))
    more = stimuli((30, 10), (31, 12), (5, 5))
    total = fixation_total([one, two, more])
    np.testing.assert_allclose(total.without(*one.stimuli, *two.stimuli), center_bias([more]), atol=1e-5)
    np.testing.assert_array_equal(total.without(), center_bias([one, two, more]))


def test_a_data_set_that_is_given_twice_is_left_out_twice():
    one, more = stimuli((20, 15)), stimuli((30, 10), (5, 5))
    total = fixation_total([one, more, one])
    np.testing.assert_allclose(total.without(*one.stimuli), center_bias([more]), atol=1e-5)


def test_options_are_those_of_the_center_bias():
    one, more = stimuli((20, 15)), stimuli((30, 10), (5, 5))
    options = {"height": 20, "width": 30, "sigma": 0.1, "uniform": 0.2}
    expected = center_bias([more], **options)
    np.testing.assert_allclose(fixation_total([one, more], **options).without(*one.stimuli), expected, atol=1e-5)


def test_a_picture_that_nobody_looked_at_changes_nothing():
    unseen, more = stimuli(), stimuli((30, 10), (5, 5))
    np.testing.assert_array_equal(fixation_total([unseen, more]).without(*unseen.stimuli), center_bias([more]))


def test_where_people_looked_at_a_picture_does_not_tell_on_it():
    """The leak that it is there to close: with its own fixations a prior is better informed than without."""
    places = np.random.default_rng(0).uniform((0, 0), (40, 30), (12, 2))
    data = DataSet("made up", tuple(stimuli(tuple(place)).stimuli[0] for place in places))
    total = fixation_total([data])
    for stimulus in data.stimuli:
        own = counts(stimulus, 48, 64).astype(bool)
        assert total.without(stimulus)[own] < total.log_density()[own]
