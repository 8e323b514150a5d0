"""What tells screens from photographs, and where their text is."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazeengine.image import read_image
from gazeengine.resources import sample_pictures
from gazeengine.screens import channels_of, looks_like_screen, plainness, screen_evidence, screen_prior, text_density


def page(height=450, width=800):
    """Lines of text in the right half, a photograph's noise nowhere."""
    rgb = np.full((height, width, 3), 255, np.uint8)
    for y in range(height // 10, height - height // 10, height // 15):
        cv2.putText(rgb, "the quick brown fox", (width // 2, y), cv2.FONT_HERSHEY_SIMPLEX, width / 1600, (0, 0, 0), 1)
    return rgb


def test_text_is_found_where_it_is():
    text = text_density(page())
    width = text.shape[1]
    assert text[:, 5 * width // 8].mean() > text[:, width // 4].mean() + 1


@given(st.floats(0.6, 3))
def test_text_is_as_dense_in_a_larger_screenshot(scale):
    large = cv2.resize(page(), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    one, other = text_density(page()), text_density(large)
    same = cv2.resize(other, one.shape[::-1])
    assert np.abs(one - same).mean() < 0.25


def test_a_border_is_no_text():
    rgb = np.full((450, 800, 3), 255, np.uint8)
    rgb[:, 398:402] = 0
    assert np.ptp(text_density(rgb)) < 0.2


def test_evidence_is_softer_on_screens_and_text_adds_to_it():
    evidence = np.zeros((45, 80), np.float32)
    found = screen_evidence(evidence, channels_of(page()))
    assert found[20, 50] > found[20, 10]


def test_reading_begins_at_the_top_left():
    prior = screen_prior(np.zeros((45, 80), np.float32))
    assert prior[0, 0] > prior[0, -1] > prior[-1, -1]
    assert prior[0, 0] > prior[-1, 0]


@given(st.integers(33, 90), st.integers(33, 90))
def test_shares_are_shares(height, width):
    rgb = np.random.default_rng(height * width).integers(0, 255, (height, width, 3), dtype=np.uint8)
    assert all(0 <= share <= 1 for share in plainness(rgb))
    assert not looks_like_screen(rgb)


@pytest.mark.parametrize("sample", sample_pictures(), ids=lambda sample: sample.path.stem)
def test_samples_are_told_apart_but_for_an_old_plain_photograph(sample):
    screenshots = {"article", "dashboard", "landing-a", "landing-b", "shop", "signup"}
    if sample.path.stem == "cameraman":
        pytest.skip("a photograph in 256 greys against a plain sky, which may be taken for either")
    assert looks_like_screen(read_image(sample.path).rgb) == (sample.path.stem in screenshots)
