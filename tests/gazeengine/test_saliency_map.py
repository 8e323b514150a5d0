from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from gazeengine.errors import GazeError
from gazeengine.saliency_map import (
    COLOR_MAPS,
    DISPLAY_GAMMA,
    NOT_UNIFORM,
    intensity,
    linear_intensity,
    normalised,
    overlay,
    rgba,
    shade_range,
)

log_values = arrays(
    np.float32, array_shapes(min_dims=2, max_dims=2, max_side=30), elements=st.floats(-50, 50, width=32)
)
gammas = st.floats(0.1, 3)
luts = st.sampled_from(sorted(COLOR_MAPS))


def smooth_map(height, width):
    """A few bumps, as networks predict them."""
    y, x = np.ogrid[:height, :width]
    bumps = ((0.3, 0.2, 0.05), (0.6, 0.7, 0.1), (0.5, 0.45, 0.2))
    density = sum(np.exp(-((y / height - a) ** 2 + (x / width - b) ** 2) / s**2) for a, b, s in bumps)
    return normalised(np.log(density + 1e-3)).log_density


# a density


@given(log_values, st.floats(-1e4, 1e4))
def test_a_density_sums_to_one_whatever_constant_was_added(values, constant):
    saliency_map = normalised(values + constant)
    assert saliency_map.total == pytest.approx(1, abs=1e-5)
    assert saliency_map.log_density.dtype == np.float32


@given(log_values)
def test_normalising_keeps_the_differences(values):
    log_density = normalised(values).log_density
    np.testing.assert_allclose(log_density - log_density.max(), values - values.max(), atol=2e-5)


def test_normalising_twice_changes_nothing():
    once = smooth_map(90, 160)
    np.testing.assert_allclose(normalised(once).log_density, once, atol=1e-5)


def test_a_density_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        normalised(np.zeros((2, 2))).log_density[0, 0] = 1


def test_the_values_given_are_left_alone():
    values = np.ones((3, 4), np.float32)
    normalised(values)
    assert values.flags.writeable
    assert (values == 1).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers_are_counted(bad):
    values = np.zeros((3, 4))
    values[1, 2] = values[0, 0] = bad
    with pytest.raises(GazeError, match=r"found 2 of 12 values infinite or not a number"):
        normalised(values)


def test_values_too_far_apart_are_refused():
    with pytest.raises(GazeError, match=r"nats apart"):
        normalised([[0, -1e40]])


@pytest.mark.parametrize("shape", [(0, 3), (4,), (1, 2, 3)])
def test_what_is_no_map_is_refused(shape):
    with pytest.raises(GazeError, match="wanted \\(height, width\\)"):
        normalised(np.zeros(shape))


# on display


@given(log_values, gammas)
def test_intensity_is_between_zero_and_one(values, gamma):
    shown = intensity(normalised(values).log_density, gamma)
    assert shown.dtype == np.float32
    assert shown.shape == values.shape
    assert shown.min() >= 0
    assert shown.max() <= 1


@given(log_values, gammas)
def test_intensity_is_monotone_in_the_density(values, gamma):
    log_density = normalised(values).log_density
    order = np.argsort(log_density, axis=None)
    assert (np.diff(intensity(log_density, gamma).ravel()[order]) >= -1e-6).all()


@given(gammas)
def test_the_percentiles_are_black_and_white(gamma):
    log_density = normalised(np.random.default_rng(7).normal(size=(101, 201))).log_density
    shown = intensity(log_density, gamma)
    black, white = np.percentile(log_density, (1, 99))
    np.testing.assert_allclose(shown[log_density <= black], 0, atol=1e-5)
    np.testing.assert_allclose(shown[log_density >= white], 1, atol=1e-5)
    assert (shown[log_density > black + 0.1] > 0).all()
    assert (shown[log_density < white - 0.1] < 1).all()


@pytest.mark.parametrize("size", [(60, 90), (1080, 1920), (2161, 1999)])
def test_intensity_is_the_definition_written_out(size):
    log_density = smooth_map(*size)
    corrected = np.exp(log_density.astype(float)) ** DISPLAY_GAMMA
    black, white = np.percentile(corrected, (1, 99))
    expected = np.clip((corrected - black) / (white - black), 0, 1)
    np.testing.assert_allclose(intensity(log_density), expected, atol=1 / 256)


def test_the_estimated_percentiles_are_close_for_noise_too():
    log_density = normalised(np.random.default_rng(5).normal(size=(1080, 1920))).log_density
    shown = intensity(log_density)
    assert (shown == 0).mean() == pytest.approx(0.01, abs=0.002)
    assert (shown == 1).mean() == pytest.approx(0.01, abs=0.002)


@given(st.floats(-1e3, 1e3), st.tuples(st.integers(1, 400), st.integers(1, 400)))
def test_a_constant_map_is_black_all_over(value, size):
    shown = intensity(normalised(np.full(size, value)).log_density)
    assert (shown == 0).all()


def test_a_single_peak_is_white_though_no_percentile_sees_it():
    values = np.zeros((40, 40))
    values[20, 30] = 800
    shown = intensity(normalised(values).log_density)
    assert shown[20, 30] == 1
    assert shown.sum() == 1


def test_a_greater_gamma_is_darker_between_black_and_white():
    log_density = smooth_map(60, 80)
    assert (intensity(log_density, 1.0) <= intensity(log_density, 0.4) + 1e-6).all()


@pytest.mark.parametrize("gamma", [0, -1, float("nan")])
def test_a_gamma_that_would_turn_the_map_over_is_refused(gamma):
    with pytest.raises(GazeError, match=r"display gamma: found .*, wanted a number above 0"):
        intensity(smooth_map(4, 4), gamma)


# in color


def test_every_color_map_has_256_colors_that_cannot_be_changed():
    for lut in COLOR_MAPS.values():
        assert lut.shape == (256, 3)
        assert lut.dtype == np.uint8
        assert not lut.flags.writeable


def test_the_uniform_color_maps_come_first_and_get_lighter_all_the_way():
    names = list(COLOR_MAPS)
    assert set(names[-len(NOT_UNIFORM) :]) == NOT_UNIFORM
    for name in names[: -len(NOT_UNIFORM)]:
        luminance = COLOR_MAPS[name] @ [0.2126, 0.7152, 0.0722]
        assert (np.diff(luminance[::8]) > 0).all(), name


def test_the_color_maps_are_the_ones_that_pyqtgraph_ships():
    pyqtgraph = pytest.importorskip("pyqtgraph")
    folder = Path(pyqtgraph.__file__).parent / "colors" / "maps"
    for name in ("viridis", "magma", "inferno", "plasma"):
        expected = np.loadtxt(folder / f"{name}.csv", delimiter=",", comments=";", ndmin=2) * 255
        np.testing.assert_allclose(COLOR_MAPS[name], expected, atol=1)


shades = arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=20), elements=st.floats(0, 1, width=32))


@given(shades, luts, st.floats(0, 1))
def test_an_overlay_image_is_the_table_looked_up(shown, name, opacity):
    lut, index = COLOR_MAPS[name], np.rint(shown * 255).astype(int)
    following, even = rgba(shown, lut, opacity), rgba(shown, lut, opacity, follow_intensity=False)
    assert following.dtype == even.dtype == np.uint8
    assert (following[..., :3] == lut[index]).all()
    assert (even[..., :3] == lut[index]).all()
    assert (even[..., 3] == round(opacity * 255)).all()
    np.testing.assert_allclose(following[..., 3], index * opacity, atol=0.5001)


@given(shades, luts, st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_a_heat_map_is_mixed_with_the_picture_in_proportion(shown, name, opacity, seed):
    rgb = np.random.default_rng(seed).integers(0, 256, (*shown.shape, 3), dtype=np.uint8)
    lut = COLOR_MAPS[name]
    weight = (shown * opacity)[..., None]
    expected = rgb * (1 - weight) + lut[np.rint(shown * 255).astype(int)] * weight
    over = overlay(rgb, shown, lut, opacity)
    assert over.dtype == np.uint8
    np.testing.assert_allclose(over, expected, atol=0.51)


@given(shades, luts)
def test_without_opacity_the_picture_stays_as_it_is(shown, name):
    rgb = np.random.default_rng(0).integers(0, 256, (*shown.shape, 3), dtype=np.uint8)
    assert (overlay(rgb, shown, COLOR_MAPS[name], 0) == rgb).all()
    assert (rgba(shown, COLOR_MAPS[name], 0)[..., 3] == 0).all()


@given(luts)
def test_full_opacity_and_intensity_give_the_color(name):
    rgb = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    assert (overlay(rgb, np.ones((5, 7), np.float32), COLOR_MAPS[name], 1) == COLOR_MAPS[name][-1]).all()


def test_where_nobody_looks_the_picture_shows():
    rgb = np.full((4, 4, 3), 77, np.uint8)
    assert (overlay(rgb, np.zeros((4, 4), np.float32), COLOR_MAPS["magma"]) == 77).all()


@given(st.integers(0, 1000), st.floats(0.1, 2), st.floats(0, 1))
def test_the_log_density_of_a_shade_is_shown_with_it(seed, gamma, shade):
    log_density = normalised(np.random.default_rng(seed).normal(size=(20, 30))).log_density
    ends = shade_range(log_density, 5, 90)
    back = ends.log_density_of(np.array([[shade]]), gamma).astype(np.float32)
    assert intensity(back, gamma, ends)[0, 0] == pytest.approx(shade, abs=1e-3)


@given(st.integers(0, 1000))
def test_a_linear_intensity_has_even_steps_between_its_percentiles(seed):
    log_density = normalised(np.random.default_rng(seed).normal(size=(20, 30))).log_density
    shown, ends = linear_intensity(log_density), shade_range(log_density)
    inside = (log_density > ends.black) & (log_density < ends.white)
    expected = (log_density[inside] - ends.black) / (ends.white - ends.black)
    np.testing.assert_allclose(shown[inside], expected, atol=1e-4)
    assert set(shown[~inside].round(4)) <= {0.0, 1.0}


@pytest.mark.parametrize(("low", "high"), [(50, 50), (60, 40), (-1, 99), (1, 101), (float("nan"), 99)])
def test_percentiles_rise_from_0_to_100(low, high):
    with pytest.raises(GazeError, match="wanted two that rise"):
        shade_range(np.zeros((4, 4), np.float32), low, high)
