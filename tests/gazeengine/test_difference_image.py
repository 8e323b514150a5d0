import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gazeengine.comparison import Difference, common_grid, difference
from gazeengine.difference_image import (
    FAINT,
    colour_table,
    colours,
    drawn,
    image_font,
    legend_ticks,
    marks,
    outlines,
    rendered_difference,
    tick_words,
)
from gazeengine.saliency_map import normalised

# Machado et al. (2009), severity 1, on linear RGB
DEFICIENCIES = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def bump(row, column, rows=60, columns=80, height=3.0):
    y, x = np.mgrid[0:rows, 0:columns]
    return height * np.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * 6**2))


def moved(rows=60, columns=80):
    """Attention goes from the left to the right."""
    a = normalised(bump(30, 20, rows, columns)).log_density
    b = normalised(bump(30, 60, rows, columns)).log_density
    return difference(*common_grid(a, b))


def lab(rgb):
    """CIE Lab (D65) of linear RGB."""
    xyz = rgb @ np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]).T
    t = np.clip(xyz / [0.9505, 1, 1.089], 0, None)
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_more_less_and_the_same_stay_apart_for_the_colour_blind(deficiency):
    srgb = colour_table()[[0, 64, 128, 192, 255]] / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = lab(np.clip(linear @ np.array(DEFICIENCIES[deficiency]).T, 0, 1))
    apart = np.linalg.norm(np.diff(seen, axis=0), axis=1)
    assert apart.min() > 12  # five times what is just noticed
    assert np.linalg.norm(seen[0] - seen[-1]) > 60


@settings(max_examples=20, deadline=None)
@given(limit=st.sampled_from((0.25, 0.5, 1.0, 2.0)))
def test_colours_tell_the_sign_and_are_as_opaque_as_the_difference_is_great(limit):
    found = moved()
    shown = colours(found, limit)
    table = colour_table()
    strong = shown[..., 3] > 20
    more = found.bits > 0
    assert (shown[strong & more][:, :3] == table[-1]).all()
    assert (shown[strong & ~more][:, :3] == table[0]).all()
    looked = found.attention >= 1
    order = np.argsort(np.abs(found.bits[looked]))
    assert (np.diff(shown[looked][order, 3].astype(int)) >= 0).all()


def test_where_nobody_looks_nothing_is_shown():
    bits = np.full((40, 50), 3.0, np.float32)
    nobody = Difference(bits, np.full_like(bits, 1e-6))
    assert colours(nobody, 1)[..., 3].max() <= 1
    assert outlines(nobody, 0.5) == []
    assert marks(nobody, 0.1) == []


def test_lines_go_round_what_is_gained_and_round_what_is_lost():
    found = outlines(moved(), 0.5)
    assert sorted(line.bits for line in found) == [-0.5, 0.5]
    for line in found:
        middle = line.points.mean(0)
        assert middle == pytest.approx((0.76 if line.bits > 0 else 0.26, 0.5), abs=0.04)
        assert (line.points[0] == line.points[-1]).all()


def test_signs_stand_where_most_is_gained_and_lost():
    found = marks(moved(), 0.25)
    greatest = {mark.words[0]: (mark.x, mark.y) for mark in reversed(found)}
    assert greatest == {"+": pytest.approx((0.756, 0.508), abs=0.05), "−": pytest.approx((0.256, 0.508), abs=0.05)}
    assert len(found) <= 6
    for mark in found:
        assert (mark.bits > 0) == (mark.x > 0.5)


def test_maps_that_are_the_same_have_no_lines_and_no_signs():
    a = normalised(bump(30, 20)).log_density
    shown = drawn(difference(*common_grid(a, a)))
    assert shown.outlines == shown.marks == ()
    assert shown.colours[..., 3].max() == 0


@pytest.mark.parametrize("size", [(32, 32), (33, 900), (900, 33), (480, 640)])
def test_a_picture_of_any_size_is_rendered_above_its_legend(size):
    rgb = np.full((*size, 3), 200, np.uint8)
    image = rendered_difference(rgb, drawn(moved()), ("a.png", "b.png"))
    assert image.shape[1:] == (size[1], 3)
    assert image.shape[0] > size[0]
    assert image.dtype == np.uint8


def test_the_rendered_picture_is_orange_where_more_and_blue_where_less():
    image = rendered_difference(np.full((480, 640, 3), 120, np.uint8), drawn(moved())).astype(int)
    gained, lost = image[200, 490], image[200, 150]
    assert gained[0] > gained[2] + 50
    assert lost[2] > lost[0] + 50


def test_ticks_say_bits_and_factors():
    assert [words for _, words in legend_ticks(1)] == [
        "−1 (×0.50)",
        "−0.5 (×0.71)",
        "0 (×1)",
        "+0.5 (×1.41)",
        "+1 (×2.0)",
    ]
    assert tick_words(0.125) == "+0.125 (×1.09)"
    assert tick_words(0.25) == "+0.25 (×1.19)"
    assert [place for place, _ in legend_ticks(2)] == [0, 0.25, 0.5, 0.75, 1]
    assert FAINT < 1


@pytest.mark.parametrize("letter", "−×±…öłЖΩ")
def test_true_signs_and_names_in_other_scripts_are_written(letter):
    font = image_font(20)
    assert bytes(font.getmask(letter)) != bytes(font.getmask("\U0010fffd"))  # the box in place of what a font lacks
