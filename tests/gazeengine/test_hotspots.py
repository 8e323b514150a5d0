import cv2
import numpy as np
import pytest
from hypothesis import given

from gazeengine.attention_levels import levels_of
from gazeengine.hotspots import CELLS, LEAST_SHARE, MOST, TAKEN, divided, hotspots
from gazeengine.saliency_map import normalised
from tests.smooth_maps import any_maps, smooth_map, smooth_maps

SIZE = (300, 400)


def hills(*hills_, height=90, width=120):
    """Gaussians, each of weight, row, column and deviation, over a little everywhere."""
    y, x = np.mgrid[0:height, 0:width]
    density = sum(w / s**2 * np.exp(-((y - r) ** 2 + (x - c) ** 2) / (2 * s**2)) for w, r, c, s in hills_)
    return normalised(np.log(density + 1e-9)).log_density


def density(log_density):
    values = np.exp(log_density, dtype=np.float64)
    return values / values.sum()


@given(any_maps)
def test_shares_fall_and_are_those_of_disjoint_regions_in_what_holds_four_fifths(log_density):
    found = divided(log_density)
    p = density(log_density)
    assert len(found.shares) <= MOST
    assert all(a >= b - 1e-8 for a, b in zip(found.shares, found.shares[1:], strict=False))
    for i, share in enumerate(found.shares, 1):
        assert share == pytest.approx(p[found.number == i].sum(), abs=1e-6)
        assert share >= LEAST_SHARE
    level = np.float32(levels_of(log_density).level(TAKEN))
    assert (log_density[found.number > 0] >= level).all()


@given(smooth_maps)
def test_together_they_have_four_fifths_but_for_what_is_left_out(log_density):
    found = divided(log_density, most=10**6)
    region = log_density >= np.float32(levels_of(log_density).level(TAKEN))
    left_out = density(log_density)[region & (found.number == 0)].sum()
    held = density(log_density)[region].sum()
    assert sum(found.shares) + left_out == pytest.approx(held, abs=1e-6)
    assert held == pytest.approx(TAKEN, abs=0.01)


@given(smooth_maps)
def test_each_peak_is_the_highest_of_its_region(log_density):
    found = divided(log_density)
    for i, (row, column) in enumerate(found.peaks, 1):
        assert found.number[row, column] == i
        assert log_density[row, column] == log_density[found.number == i].max()


@given(smooth_maps)
def test_each_region_hangs_together(log_density):
    found = divided(log_density)
    for i in range(1, len(found.peaks) + 1):
        n, _ = cv2.connectedComponents((found.number == i).astype(np.uint8), connectivity=8)
        assert n == 2


@given(smooth_maps)
def test_in_a_mirror_they_are_the_same_there(log_density):
    one, other = divided(log_density), divided(np.ascontiguousarray(log_density[:, ::-1]))
    assert sorted(other.shares) == pytest.approx(sorted(one.shares), abs=0.01)


def test_three_hills_apart_are_three_hotspots_in_order_of_their_shares():
    found = hotspots(hills((3, 20, 20, 5), (5, 70, 30, 5), (2, 40, 100, 5)), SIZE)
    assert [spot.number for spot in found] == [1, 2, 3]
    places = [(spot.x, spot.y) for spot in found]
    scale = SIZE[1] / 120
    expected = [(30.5 * scale, 70.5 * scale), (20.5 * scale, 20.5 * scale), (100.5 * scale, 40.5 * scale)]
    np.testing.assert_allclose(places, expected, atol=3)
    # four fifths are cut at one level, so that the higher hills keep more of theirs
    assert found[0].share > found[1].share > found[2].share
    assert sum(spot.share for spot in found) == pytest.approx(TAKEN, abs=0.01)


def test_a_shoulder_belongs_to_its_hill():
    assert len(hotspots(hills((1, 45, 50, 12), (0.25, 45, 68, 12)), SIZE)) == 1
    assert len(hotspots(hills((1, 45, 30, 8), (1, 45, 90, 8)), SIZE)) == 2


def test_there_are_a_dozen_at_most_and_those_with_the_most():
    many = [(1 + i / 10, 12 + 22 * (i // 5), 12 + 24 * (i % 5), 3) for i in range(20)]
    found = hotspots(hills(*many), SIZE)
    assert len(found) == MOST
    assert (found[0].x, found[0].y) == pytest.approx((108.5 * SIZE[1] / 120, 78.5 * SIZE[0] / 90), abs=4)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (20, 30)])
def test_a_map_without_preference_has_none(shape):
    assert hotspots(normalised(np.zeros(shape)).log_density, SIZE) == ()


@given(smooth_maps)
def test_borders_are_closed_and_around_most_of_what_they_count(log_density):
    p = density(log_density)
    scale = np.array([SIZE[1], SIZE[0]])
    for spot in hotspots(log_density, SIZE):
        mask = np.zeros(log_density.shape, np.uint8)
        cells = np.array([log_density.shape[1], log_density.shape[0]])
        lines = [np.rint(line / scale * cells - 0.5).astype(np.int32) for line in spot.border]
        cv2.fillPoly(mask, lines, 1)
        assert all(np.allclose(line[0], line[-1]) for line in spot.border)
        assert p[mask > 0].sum() == pytest.approx(spot.share, abs=0.35 * spot.share + 0.02)


def test_a_fine_map_has_the_hotspots_of_a_coarse_one():
    coarse = hills((3, 20, 20, 5), (5, 70, 30, 5), (2, 40, 100, 5))
    fine = normalised(cv2.resize(coarse, (600, 450), interpolation=cv2.INTER_CUBIC)).log_density
    assert fine.size > CELLS
    for one, other in zip(hotspots(coarse, SIZE), hotspots(fine, SIZE), strict=True):
        assert (other.x, other.y) == pytest.approx((one.x, one.y), abs=4)
        assert other.share == pytest.approx(one.share, abs=0.01)


def test_the_same_map_has_the_same_numbers():
    log_density = smooth_map(5, 80, 80)
    one, other = divided(log_density), divided(log_density.copy())
    np.testing.assert_array_equal(one.number, other.number)
