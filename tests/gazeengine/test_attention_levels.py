import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazeengine.attention_levels import bits_over_uniform, coarser, levels_of
from gazeengine.errors import GazeError
from gazeengine.saliency_map import normalised
from tests.smooth_maps import any_maps, shares, smooth_map, smooth_maps


def density(log_density):
    values = np.exp(log_density, dtype=np.float64)
    return values / values.sum()


def middle(log_density, axis):
    """Where the mean gaze is along an axis, from 0 to 1."""
    along = density(log_density).sum(1 - axis)
    return (along * (np.arange(len(along)) + 0.5)).sum() / len(along)


@given(any_maps, shares)
def test_the_region_of_a_level_is_the_smallest_that_holds_its_share(log_density, share):
    level = np.float32(levels_of(log_density).level(share))
    p = density(log_density)
    assert p[log_density >= level].sum() >= share - 1e-6
    assert p[log_density > level].sum() < share + 1e-6


@given(any_maps, shares, shares)
def test_a_larger_share_has_a_lower_level(log_density, one, other):
    levels = levels_of(log_density)
    assert levels.level(max(one, other)) <= levels.level(min(one, other))


@given(any_maps)
def test_a_pixel_s_share_is_that_of_all_that_is_looked_at_as_often_or_more(log_density):
    p, within = density(log_density), levels_of(log_density).share_within(log_density)
    for row, column in np.argwhere(np.ones_like(log_density))[::17]:
        expected = p[log_density >= log_density[row, column]].sum()
        assert within[row, column] == pytest.approx(expected, abs=1e-6)
    assert within.min() > 0
    assert within.ravel()[log_density.argmin()] == pytest.approx(1)


def test_what_is_above_every_pixel_holds_nothing():
    assert levels_of(np.zeros((2, 2), np.float32)).share_within(np.float32([1.0])).tolist() == [0.0]


@pytest.mark.parametrize("share", [0, -0.1, 1.01, float("nan")])
def test_a_share_is_one(share):
    with pytest.raises(GazeError, match="wanted more than 0 and at most 1"):
        levels_of(np.zeros((2, 2), np.float32)).level(share)


@given(any_maps)
def test_bits_say_how_many_times_as_often_as_on_average(log_density):
    bits = bits_over_uniform(log_density)
    p = density(log_density)
    np.testing.assert_allclose(2.0**bits, p * p.size, rtol=1e-3, atol=1e-6)
    assert (p * bits).sum() >= -1e-5  # the divergence from uniform


@given(smooth_maps, st.integers(300, 2000))
def test_a_coarser_map_is_one_still_and_has_the_same_middle(log_density, n):
    few = coarser(log_density, n)
    assert few.size <= max(1.2 * n, 60)
    assert density(few).sum() == pytest.approx(1)
    assert np.exp(few, dtype=np.float64).sum() == pytest.approx(1, abs=2e-3)
    for axis in (0, 1):
        assert middle(few, axis) == pytest.approx(middle(log_density, axis), abs=0.03)


def test_a_map_that_is_coarse_enough_is_itself_and_one_with_nothing_somewhere_stays_finite():
    small = smooth_map(0, 20, 30)
    assert coarser(small, 600) is small
    lonely = np.full((64, 64), -300.0)
    lonely[5, 5] = 0
    assert np.isfinite(coarser(normalised(lonely).log_density, 64)).all()
