import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazeengine.attention_levels import levels_of
from gazeengine.saliency_map import normalised
from gazeengine.views import CLEAR, DARK, contours, focus, focus_strength, out_of_focus, share_inside
from tests.smooth_maps import any_maps, fine_maps, smooth_map, smooth_maps

SIZE = (450, 600)
RGB = np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8)
some_shares = st.floats(0.1, 0.95)


@given(fine_maps, some_shares)
def test_contours_enclose_their_share_of_attention(log_density, share):
    assert share_inside(log_density, contours(log_density, share, SIZE), SIZE) == pytest.approx(share, abs=0.015)


@given(any_maps, some_shares)
def test_contours_are_closed_lines_within_the_picture(log_density, share):
    for line in contours(log_density, share, SIZE):
        np.testing.assert_allclose(line[0], line[-1])
        assert line.min() >= 0
        assert (line <= (SIZE[1], SIZE[0])).all()


@given(fine_maps, some_shares)
def test_a_map_in_a_mirror_has_its_contours_there(log_density, share):
    mirrored = contours(np.ascontiguousarray(log_density[:, ::-1]), share, SIZE)
    back = [np.column_stack([SIZE[1] - line[:, 0], line[:, 1]]) for line in mirrored]
    assert share_inside(log_density, back, SIZE) == pytest.approx(share, abs=0.015)


def test_half_of_attention_lies_within_four_fifths_of_it():
    log_density = smooth_map(3, 90, 120)
    masks = []
    for share in (0.5, 0.8):
        mask = np.zeros(SIZE, np.uint8)
        cv2.fillPoly(mask, [np.rint(line).astype(np.int32) for line in contours(log_density, share, SIZE)], 1)
        masks.append(mask)
    assert (masks[0] & ~cv2.dilate(masks[1], np.ones((3, 3)))).sum() == 0


def test_a_round_hill_has_a_round_contour_of_the_radius_that_holds_half():
    y, x = np.mgrid[0:100, 0:100] + 0.5
    log_density = normalised(-((x - 50) ** 2 + (y - 50) ** 2) / (2 * 10**2)).log_density
    (line,) = contours(log_density, 0.5, (200, 200))
    radius = np.hypot(*(line - 100).T)
    np.testing.assert_allclose(radius, 2 * 10 * np.sqrt(2 * np.log(2)), atol=0.3)


def test_a_region_at_the_edge_is_closed_along_it():
    x = np.arange(60, dtype=float)[None] + np.zeros((40, 1))
    (line,) = contours(normalised(-x / 10).log_density, 0.5, (40, 60))
    assert line[:, 0].min() == pytest.approx(0, abs=1e-3)
    assert (line[:, 1].min(), line[:, 1].max()) == pytest.approx((0, 40), abs=1e-3)
    assert line[:, 0].max() == pytest.approx(7, abs=1.5)


def test_of_a_map_without_preference_the_whole_is_inside():
    flat = normalised(np.zeros((20, 30))).log_density
    assert share_inside(flat, contours(flat, 0.5, (20, 30)), (20, 30)) == pytest.approx(1, abs=0.01)


@given(any_maps)
def test_what_is_looked_at_more_is_seen_at_least_as_clearly(log_density):
    seen = focus_strength(log_density)
    order = log_density.argsort(axis=None)
    assert (np.diff(seen.ravel()[order]) >= -1e-6).all()
    assert seen.min() >= 0
    assert seen.max() <= 1


@given(smooth_maps)
def test_the_first_half_of_attention_is_clear_and_the_last_five_percent_are_not_seen(log_density):
    seen, within = focus_strength(log_density), levels_of(log_density).share_within(log_density)
    assert (seen[within <= CLEAR] > 0.999).all()
    assert (seen[within >= DARK] < 0.001).all()
    middle = (within > CLEAR + 0.02) & (within < DARK - 0.02)
    step = np.clip((DARK - within[middle]) / (DARK - CLEAR), 0, 1)
    np.testing.assert_allclose(seen[middle], step * step * (3 - 2 * step), atol=0.05)


def test_where_it_is_clear_a_focus_map_is_the_picture_and_elsewhere_what_is_out_of_focus():
    log_density = smooth_map(1, 90, 120)
    shown, seen = focus(RGB, log_density), focus_strength(log_density)
    np.testing.assert_array_equal(shown[seen >= 1], RGB[seen >= 1])
    np.testing.assert_allclose(shown[seen <= 0].astype(int), out_of_focus(RGB, 1.0)[seen <= 0], atol=1)


@pytest.mark.parametrize("darkness", [0.0, 0.5, 1.0])
def test_what_is_out_of_focus_is_blurred_and_darker_as_asked(darkness):
    unseen = out_of_focus(RGB, darkness).astype(float)
    assert unseen.shape == RGB.shape
    assert unseen.mean() == pytest.approx(RGB.mean() * (1 - 0.94 * darkness), abs=2)
    assert np.abs(np.diff(unseen, axis=1)).mean() < 0.5 * np.abs(np.diff(RGB.astype(float), axis=1)).mean()


@given(st.integers(1, 40), st.integers(1, 40))
def test_the_smallest_pictures_have_a_focus_map(height, width):
    rgb = np.full((height, width, 3), 200, np.uint8)
    log_density = normalised(np.random.default_rng(0).normal(size=(height, width))).log_density
    assert focus(rgb, log_density).shape == rgb.shape
