import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gazeengine.comparison import (
    RANGES,
    ComparisonError,
    agreement,
    area_changes,
    at_same_place,
    common_grid,
    difference,
    signed,
    why_not_comparable,
)
from gazeengine.metrics import kl_divergence
from gazeengine.regions import Area, AreaShare, Attention
from gazeengine.saliency_map import normalised

RNG = np.random.default_rng(0)


def some_map(rows=24, columns=32, seed=0, contrast=1.0):
    """Smooth, as maps are."""
    coarse = np.random.default_rng(seed).normal(0, contrast, (4, 5))
    y, x = np.meshgrid(np.linspace(0, 3, rows), np.linspace(0, 4, columns), indexing="ij")
    top, left = np.minimum(y.astype(int), 2), np.minimum(x.astype(int), 3)
    fy, fx = y - top, x - left
    values = (coarse[top, left] * (1 - fx) + coarse[top, left + 1] * fx) * (1 - fy)
    values += (coarse[top + 1, left] * (1 - fx) + coarse[top + 1, left + 1] * fx) * fy
    return normalised(values).log_density


maps = st.builds(some_map, seed=st.integers(0, 50), contrast=st.floats(0.1, 4))


@settings(max_examples=30, deadline=None)
@given(a=maps, b=maps)
def test_a_difference_the_other_way_round_has_the_other_sign(a, b):
    forth, back = difference(*common_grid(a, b)), difference(*common_grid(b, a))
    np.testing.assert_allclose(forth.bits, -back.bits, atol=1e-5)
    np.testing.assert_allclose(forth.attention, back.attention, rtol=1e-6)
    assert forth.range_bits == back.range_bits


@settings(max_examples=30, deadline=None)
@given(a=maps, b=maps)
def test_what_is_gained_somewhere_is_lost_elsewhere(a, b):
    grid_a, grid_b = common_grid(a, b)
    found = difference(grid_a, grid_b)
    np.testing.assert_allclose((grid_a * np.exp2(found.bits)).mean(), 1, atol=1e-4)
    assert found.attention.mean() == pytest.approx(1, abs=1e-5)
    assert not found.bits.flags.writeable


@settings(max_examples=30, deadline=None)
@given(a=maps, b=maps)
def test_agreement_is_total_with_itself_and_swaps_with_the_maps(a, b):
    forth, back = agreement(*common_grid(a, b)), agreement(*common_grid(b, a))
    assert (forth.similarity, forth.correlation) == pytest.approx((back.similarity, back.correlation))
    assert (forth.kl_bits, forth.kl_back_bits) == pytest.approx((back.kl_back_bits, back.kl_bits), abs=1e-6)
    itself = agreement(*common_grid(a, a))
    assert (itself.similarity, itself.correlation) == pytest.approx((1, 1), abs=1e-6)
    assert (itself.kl_bits, itself.kl_back_bits) == pytest.approx((0, 0), abs=1e-6)


def test_kl_is_that_of_the_metrics_in_bits_and_in_the_direction_it_says():
    a, b = some_map(seed=1), some_map(seed=2)
    found = agreement(*common_grid(a, b))
    p, q = np.exp(a.astype(float)), np.exp(b.astype(float))
    assert found.kl_bits == pytest.approx(kl_divergence(q, p) / math.log(2), abs=1e-5)
    assert found.kl_back_bits == pytest.approx(kl_divergence(p, q) / math.log(2), abs=1e-5)


@pytest.mark.parametrize("factor", [2, 3])
def test_the_same_map_at_another_resolution_does_not_differ(factor):
    a = some_map(40, 60, seed=3)
    fine = normalised(np.kron(a, np.ones((factor, factor)))).log_density
    for pair in ((a, fine), (fine, a)):
        found = difference(*common_grid(*pair))
        assert found.bits.shape == a.shape
        np.testing.assert_allclose(found.bits, 0, atol=1e-4)


def test_a_half_with_twice_the_attention_differs_by_its_bits():
    a = normalised(np.zeros((10, 20)))
    weights = np.ones((10, 20))
    weights[:, 10:] = 4
    found = difference(*common_grid(a.log_density, normalised(np.log(weights)).log_density))
    np.testing.assert_allclose(found.bits[:, 0], math.log2(1 / 2.5), atol=1e-5)
    np.testing.assert_allclose(found.bits[:, -1], math.log2(4 / 2.5), atol=1e-5)
    assert found.range_bits == 2


def test_the_range_is_a_round_number_and_places_where_nobody_looks_do_not_widen_it():
    a, b = np.ones((100, 100)), np.ones((100, 100))
    a[:5, :5], b[:5, :5] = 1e-9, 1e-4
    found = difference(*common_grid(normalised(np.log(a)).log_density, normalised(np.log(b)).log_density))
    assert found.bits.max() > 10
    assert found.range_bits == RANGES[0]
    far = difference(*common_grid(some_map(contrast=9), some_map(seed=1, contrast=9)))
    assert far.range_bits == RANGES[-1]


def test_a_large_map_is_compared_on_a_grid_of_bounded_size_and_almost_no_attention_is_finite():
    a = np.zeros((1500, 2000))
    a[:, :1000] = -200
    found = difference(*common_grid(normalised(a).log_density, normalised(a[:, ::-1]).log_density))
    assert found.bits.size <= 161_000
    assert np.isfinite(found.bits).all()


def test_sizes_that_differ_are_compared_if_proportions_agree():
    assert why_not_comparable((720, 1280), (768, 1366)) is None
    assert why_not_comparable((800, 1280), (1600, 2560)) is None
    reason = why_not_comparable((800, 1280), (2400, 1280))
    assert reason is not None
    assert "A is 1280 × 800 and B 1280 × 2400 pixels" in reason
    with pytest.raises(ComparisonError, match="wanted pictures of the same proportions"):
        common_grid(some_map(8, 10), some_map(10, 8))
    # the maps' own sizes don't count where the pictures' are known
    assert common_grid(some_map(8, 10), some_map(9, 10), ((80, 100), (80, 100)))[0].shape == (8, 10)


def share(name, part, rank=1):
    return AreaShare(name, part, 0.1, part / 0.1, rank)


def test_areas_are_matched_by_name_in_the_order_of_a():
    before = [share("logo", 0.2), share("button", 0.1), share("button", 0.05)]
    after = [share("button", 0.3), share("new", 0.01), share("logo", 0.1)]
    found = area_changes(before, after)
    assert [change.name for change in found] == ["logo", "button", "button", "new"]
    assert [change.points for change in found] == [pytest.approx(-10), pytest.approx(20), None, None]
    assert [change.ratio for change in found] == [pytest.approx(0.5), pytest.approx(3), None, None]
    assert found[2].after is None
    assert found[3].before is None
    assert area_changes([share("a", 0.0)], [share("a", 0.1)])[0].ratio is None


@given(scale=st.floats(0.2, 5))
def test_areas_at_the_same_place_of_a_larger_picture_get_the_same(scale):
    to = max(8, round(240 * scale)), max(8, round(320 * scale))
    if why_not_comparable((240, 320), to) is not None:
        return
    areas = [Area("a", "rectangle", ((32, 24), (160, 120))), Area("b", "ellipse", ((100, 100), (300, 200)))]
    log_density = some_map(60, 80)
    here = Attention(log_density, (240, 320)).of(areas)
    there = Attention(log_density, to).of(at_same_place(areas, (240, 320), to))
    for one, other in zip(here, there, strict=True):
        assert one.share == pytest.approx(other.share, abs=0.004)


def test_areas_of_pictures_with_other_proportions_have_no_same_place():
    with pytest.raises(ComparisonError, match="wanted areas for each"):
        at_same_place([], (100, 100), (100, 200))


def test_numbers_have_signs():
    assert [signed(value, 1) for value in (1.25, -0.31, 0.04, -0.04)] == ["+1.2", "−0.3", "±0.0", "±0.0"]
