import cv2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gazeengine.map_style import MODES, MapStyle
from gazeengine.marks import WHITE, labels, marks
from gazeengine.rendering import LEAST_UNIT, _font, dashes, rendered
from gazeengine.saliency_map import COLOR_MAPS
from gazeengine.views import focus
from tests.smooth_maps import any_maps, smooth_map, smooth_maps

RGB = np.random.default_rng(1).integers(60, 180, (300, 400, 3), dtype=np.uint8)
MAP = smooth_map(2, 75, 100)
EVERY = [MapStyle(mode) for mode, _, _ in MODES] + [
    MapStyle(contours=True, hotspots=True),
    MapStyle("focus", contours=True),
    MapStyle("log_density", hotspots=True, low=10, high=70),
]
styles = st.sampled_from(EVERY)


@given(any_maps, styles, st.integers(1, 60), st.integers(1, 60))
def test_every_view_of_any_map_has_the_size_of_the_picture_and_leaves_it_alone(log_density, style, height, width):
    rgb = np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)
    before = rgb.copy()
    rgb.setflags(write=False)
    shown = rendered(rgb, log_density, style)
    assert (shown.shape, shown.dtype) == (rgb.shape, np.uint8)
    shown[:] = 0
    np.testing.assert_array_equal(rgb, before)


@pytest.mark.parametrize("style", EVERY, ids=lambda style: style.mode)
def test_the_same_is_rendered_twice_and_every_view_but_the_picture_differs_from_it(style):
    shown = rendered(RGB, MAP, style)
    np.testing.assert_array_equal(shown, rendered(RGB, MAP, style))
    assert np.array_equal(shown, RGB) == (style.mode == "picture")


@pytest.mark.parametrize("style", EVERY, ids=lambda style: style.mode)
def test_without_a_map_every_view_is_the_picture(style):
    np.testing.assert_array_equal(rendered(RGB, None, style), RGB)


@given(smooth_maps)
def test_a_focus_map_is_dark_by_its_opacity(log_density):
    for darkness in (0.2, 0.9):
        shown = rendered(RGB, log_density, MapStyle("focus", opacity=darkness))
        np.testing.assert_array_equal(shown, focus(RGB, log_density, darkness))


@given(smooth_maps)
@example(smooth_map(107, 104, 80, 11.0, 2.0))  # half of its line is under its label
def test_contours_are_white_along_their_lines_and_leave_what_is_far_from_them(log_density):
    style = MapStyle("contours", opacity=0)
    shown = rendered(RGB, log_density, style)
    height, width = RGB.shape[:2]
    drawn = marks(log_density, (height, width), style)
    touched = (shown != RGB).any(2)
    y, x = np.nonzero(touched)
    lines = np.concatenate([line for _, lines in drawn.contours for line in lines])
    far = np.array([np.hypot(*(lines - (a + 0.5, b + 0.5)).T).min() for a, b in list(zip(x, y, strict=True))[::97]])
    assert (far < 40).all()  # labels, at most
    solid = np.concatenate(drawn.contours[0][1])
    seen = (solid.min(1) > 3) & (solid[:, 0] < width - 3) & (solid[:, 1] < height - 3)
    for label in labels(drawn, (height, width), LEAST_UNIT, _font(LEAST_UNIT).getlength):
        left, top, right, bottom = label.box
        under = (solid[:, 0] > left - 3) & (solid[:, 0] < right + 3)
        seen &= ~(under & (solid[:, 1] > top - 3) & (solid[:, 1] < bottom + 3))
    columns, rows = np.floor(solid[seen].T).astype(int)
    bright = cv2.dilate(shown.min(2), np.ones((3, 3)))[rows, columns] > 200
    assert not seen.any() or bright.mean() > 0.9


def test_the_first_hotspot_has_a_white_disc_at_its_peak():
    (first, *_) = marks(MAP, (300, 400), MapStyle("hotspots")).hotspots
    shown = rendered(RGB, MAP, MapStyle("hotspots"))
    around = shown[round(first.y) - 5 : round(first.y) + 5, round(first.x) - 5 : round(first.x) + 5]
    assert (around == WHITE).all(2).mean() > 0.2


def test_bits_have_the_colours_of_the_map_in_even_steps():
    shown = rendered(RGB, MAP, MapStyle("log_density", opacity=1, color_map="grey"))
    order = np.argsort(MAP, axis=None)
    coarse = shown[2::4, 2::4, 0].astype(int).ravel()[order]
    assert np.mean(np.diff(coarse[::200]) >= -2) == 1
    alone = rendered(RGB, MAP, MapStyle("map", color_map="magma", opacity=0.1))
    colours = {tuple(colour) for colour in COLOR_MAPS["magma"]}
    assert {tuple(pixel) for pixel in alone.reshape(-1, 3)} <= colours


def test_percentiles_bound_the_colours():
    narrow = rendered(RGB, MAP, MapStyle("map", color_map="grey", low=40, high=60))[..., 0]
    wide = rendered(RGB, MAP, MapStyle("map", color_map="grey"))[..., 0]
    assert np.mean(narrow == 0) == pytest.approx(0.4, abs=0.03)
    assert np.mean(narrow == 255) == pytest.approx(0.4, abs=0.03)
    assert np.mean(wide == 0) < 0.05


@pytest.mark.parametrize(("height", "width"), [(2160, 3840), (300, 400), (40, 900), (1800, 200)])
def test_lines_and_words_suit_the_size_of_the_picture(height, width):
    rgb = np.full((height, width, 3), 90, np.uint8)
    shown = rendered(rgb, smooth_map(1, 60, 80), MapStyle("contours", opacity=0))
    white = (shown == 255).all(2).mean()
    assert 0.001 < white < 0.12


def test_an_icon_has_three_numbers_and_no_words():
    rgb = np.full((128, 192, 3), 90, np.uint8)
    log_density = smooth_map(4, 60, 90)
    icon = rendered(rgb, log_density, MapStyle("hotspots", opacity=0), icon=True)
    assert (icon == 255).all(2).mean() > 0.03


@given(st.floats(1, 20), st.floats(1, 20), st.integers(0, 1000))
def test_dashes_lie_on_their_line_in_their_length(dash, gap, seed):
    points = np.cumsum(np.random.default_rng(seed).normal(size=(30, 2)) * 5, axis=0)
    found = dashes(points, dash, gap)
    total = np.hypot(*np.diff(points, axis=0).T).sum()
    lengths = [np.hypot(*np.diff(line, axis=0).T).sum() for line in found]
    assert max(lengths[:-1], default=0) <= dash + 1e-6 or len(found) == 1
    if total >= dash + gap:
        assert len(found) == pytest.approx(total / (dash + gap), abs=1.01)
    np.testing.assert_allclose(found[0][0], points[0])
