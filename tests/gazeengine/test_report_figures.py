import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gazeengine.regions import Area
from gazeengine.report_figures import encoded, ink_on, labels, mark_of, slices
from gazeengine.report_parts import Figure, Mark

sides = st.integers(32, 400)
corner = st.tuples(st.floats(-50, 500), st.floats(-50, 500))


def figure(height, width, marks=()):
    return Figure("t", "w", np.zeros((height, width, 3), np.uint8), tuple(marks))


@given(sides, st.integers(32, 6000), st.floats(100, 1000), st.floats(100, 1000))
def test_parts_are_the_whole_picture_within_the_room_that_there_is(width, height, room, highest):
    parts = slices(figure(height, width), room, highest)
    assert sum(part.rgb.shape[0] for part in parts) == height
    assert sum(part.width for part in parts) <= room + 1e-6
    assert max(part.height for part in parts) <= highest + 1e-6
    assert all(part.width / part.height == pytest.approx(width / part.rgb.shape[0]) for part in parts)


@given(st.lists(st.tuples(corner, corner, st.text(max_size=40)), max_size=8))
def test_labels_lie_within_the_figure(found):
    marks = [Mark((a, (b[0], a[1]), b), "#ff8800", "1 " + name) for a, b, name in found]
    for label in labels(marks, 0.5, (300, 200)):
        assert -1e-6 <= label.x <= 300
        assert -1e-6 <= label.y <= 200
        assert label.x + label.width <= 300 + 1e-6
        assert label.y + label.height <= 200 + 1e-6


def test_labels_of_areas_in_one_place_do_not_hide_one_another():
    marks = [Mark(((50, 50), (150, 50), (150, 100), (50, 100)), "#123456", f"{i} area") for i in range(4)]
    placed = labels(marks, 1, (300, 200))
    for i, one in enumerate(placed):
        for other in placed[i + 1 :]:
            apart = one.x + one.width <= other.x or other.x + other.width <= one.x
            assert apart or one.y + one.height <= other.y or other.y + other.height <= one.y


def test_an_area_over_two_columns_is_drawn_in_both_and_named_once():
    mark = mark_of(Area("x", "rectangle", ((10, 600), (90, 1000))), "1 x")
    parts = slices(figure(2400, 100, [mark]), 900, 5000)
    assert len(parts) > 2
    assert sum(len(part.outlines) for part in parts) == 2
    assert sum(len(part.labels) for part in parts) == 1


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_ink_has_contrast_on_every_colour(rgb):
    def luminance(colour):
        levels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in levels]
        return np.dot([0.2126, 0.7152, 0.0722], linear)

    colour = "#{:02x}{:02x}{:02x}".format(*rgb)
    low, high = sorted((luminance(colour), luminance(ink_on(colour))))
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_an_ellipse_touches_its_box():
    xs, ys = zip(*mark_of(Area("e", "ellipse", ((10, 20), (50, 40))), "").points, strict=True)
    assert (min(xs), max(xs)) == pytest.approx((10, 50))
    assert (min(ys), max(ys)) == pytest.approx((20, 40), abs=0.05)


def test_a_screen_of_few_colours_is_stored_without_loss_and_a_photograph_small():
    screen = np.zeros((200, 300, 3), np.uint8)
    screen[50:80, 20:90] = (200, 10, 10)
    kind, data = encoded(screen, 1000)
    assert kind == "image/png"
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")), screen)
    noise = np.random.default_rng(0).integers(0, 255, (200, 300, 3), dtype=np.uint8)
    kind, data = encoded(noise, 150)
    assert kind == "image/jpeg"
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (150, 100)
