import numpy as np
import pytest

from app.map_style import MODES, MapStyle, rendered
from gazeengine.saliency_map import COLOR_MAPS, normalised

RGB = np.random.default_rng(1).integers(0, 255, (30, 40, 3), dtype=np.uint8)
LOG_DENSITY = normalised(np.random.default_rng(2).normal(size=(6, 8))).log_density


def test_the_first_mode_is_the_default():
    assert MapStyle().mode == MODES[0][0]


@pytest.mark.parametrize("mode", [mode for mode, _, _ in MODES])
def test_what_is_rendered_has_the_size_of_the_picture(mode):
    assert rendered(RGB, LOG_DENSITY, MapStyle(mode)).shape == RGB.shape


@pytest.mark.parametrize(
    ("log_density", "style"),
    [(None, MapStyle()), (LOG_DENSITY, MapStyle("picture")), (LOG_DENSITY, MapStyle(opacity=0))],
)
def test_without_a_map_or_opacity_the_picture_is_rendered(log_density, style):
    np.testing.assert_array_equal(rendered(RGB, log_density, style), RGB)


def test_the_map_alone_has_only_its_colours():
    alone = rendered(RGB, LOG_DENSITY, MapStyle("map", color_map="magma", opacity=0.1))
    colours = {tuple(colour) for colour in COLOR_MAPS["magma"]}
    assert {tuple(pixel) for pixel in alone.reshape(-1, 3)} <= colours


def test_the_picture_is_not_written_to():
    picture = RGB.copy()
    picture.setflags(write=False)
    rendered(picture, None, MapStyle())[:] = 0
    np.testing.assert_array_equal(picture, RGB)
