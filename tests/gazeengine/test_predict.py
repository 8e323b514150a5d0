import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gazeengine.predict import as_input, predict, working_extent
from tests.networks import random_network

NETWORK = random_network()
WORKING = (32, 48)
sides = st.integers(1, 4000)


def picture(height, width, seed=0):
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (-(-height // 8), -(-width // 8), 3), dtype=np.uint8)
    return coarse.repeat(8, 0).repeat(8, 1)[:height, :width]


@given(sides, sides, st.sampled_from([(240, 320), (384, 512), (320, 240)]))
def test_every_picture_costs_about_the_same_in_its_own_aspect(height, width, working):
    rows, columns = working_extent(height, width, working, 16)
    assert rows % 16 == columns % 16 == 0
    assert rows >= 16
    assert columns >= 16
    scale = (working[0] * working[1] / (height * width)) ** 0.5
    assert abs(rows - height * scale) <= 16 if rows > 16 else height * scale < 24.01
    assert abs(columns - width * scale) <= 16 if columns > 16 else width * scale < 24.01


@pytest.mark.parametrize("times", [1, 3, 0.5])
def test_a_picture_of_the_working_aspect_is_looked_at_just_so(times):
    assert working_extent(int(240 * times), int(320 * times), (240, 320), 16) == (240, 320)
    assert working_extent(int(320 * times), int(240 * times), (240, 320), 16) == (320, 240)


@settings(max_examples=25)
@given(st.integers(1, 120), st.integers(1, 120))
def test_a_map_is_a_density_over_the_pictures_own_pixels(height, width):
    saliency_map = predict(NETWORK, picture(height, width), WORKING)
    assert saliency_map.log_density.shape == (height, width)
    assert saliency_map.log_density.dtype == np.float32
    assert saliency_map.total == pytest.approx(1, abs=1e-5)


def test_a_map_may_be_asked_for_on_fewer_pixels():
    rgb = picture(96, 144)
    small = predict(NETWORK, rgb, WORKING, (20, 30))
    assert small.log_density.shape == (20, 30)
    assert small.total == pytest.approx(1, abs=1e-5)
    full = np.exp(predict(NETWORK, rgb, WORKING).log_density.astype(float))
    left, small_left = full[:, :72].sum(), np.exp(small.log_density.astype(float))[:, :15].sum()
    assert left == pytest.approx(small_left, abs=0.02)


def test_a_map_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        predict(NETWORK, picture(32, 48), WORKING).log_density[0, 0] = 0


def test_a_picture_of_the_working_size_is_given_to_the_network_as_it_is():
    rgb = picture(32, 48)
    with torch.no_grad():
        expected = NETWORK(as_input(rgb))[0]
    np.testing.assert_array_equal(predict(NETWORK, rgb, WORKING).log_density, expected.numpy())


def test_a_networks_input_is_the_picture_between_zero_and_one():
    rgb = picture(7, 9)
    images = as_input(rgb)
    assert images.shape == (1, 3, 7, 9)
    assert images.is_contiguous(memory_format=torch.channels_last)
    np.testing.assert_allclose(images[0].permute(1, 2, 0).numpy() * 255, rgb, atol=1e-4)


def test_predicting_leaves_grad_mode_alone():
    predict(NETWORK, picture(32, 48), WORKING)
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()
