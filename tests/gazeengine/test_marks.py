import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazeengine.map_style import MapStyle
from gazeengine.marks import Marks, labels, marks, percent
from gazeengine.views import SHARES, Hotspot
from tests.smooth_maps import smooth_map, smooth_maps

SIZE = (400, 600)
MAP = smooth_map(2, 80, 120)
BOTH = MapStyle(contours=True, hotspots=True)


def width_of(words):
    return 8.0 * len(words)


@pytest.mark.parametrize(
    ("style", "n_contours", "any_hotspots", "bordered"),
    [
        (MapStyle(), 0, False, False),
        (MapStyle("contours"), len(SHARES), False, False),
        (MapStyle("hotspots"), 0, True, True),
        (BOTH, len(SHARES), True, False),
        (MapStyle("focus", contours=True), len(SHARES), False, False),
        (MapStyle("picture", contours=True, hotspots=True), 0, False, False),
    ],
)
def test_a_style_draws_what_it_says(style, n_contours, any_hotspots, bordered):
    drawn = marks(MAP, SIZE, style)
    assert [share for share, _ in drawn.contours] == list(SHARES[:n_contours])
    assert (bool(drawn.hotspots), drawn.bordered) == (any_hotspots, bordered)


@given(smooth_maps, st.floats(0.5, 3))
def test_words_lie_within_the_picture_and_cover_no_words_that_matter_more(log_density, unit):
    placed = labels(marks(log_density, SIZE, BOTH), SIZE, unit, width_of)
    for i, label in enumerate(placed):
        left, top, right, bottom = label.box
        assert left >= -1e-6
        assert top >= -1e-6
        assert right <= SIZE[1] + 1e-6
        assert bottom <= SIZE[0] + 1e-6
        for before in placed[:i] if label.words else ():
            a, b = label.box, before.box
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


@given(smooth_maps)
def test_every_hotspot_has_its_number_and_the_first_its_share(log_density):
    drawn = marks(log_density, SIZE, MapStyle("hotspots"))
    placed = labels(drawn, SIZE, 1.0, width_of)
    assert [label.number for label in placed] == [str(spot.number) for spot in drawn.hotspots]
    assert placed[0].words == percent(drawn.hotspots[0].share)


def test_without_words_there_are_numbers_only():
    placed = labels(marks(MAP, SIZE, BOTH), SIZE, 1.0, None)
    assert placed
    assert all(label.number and not label.words for label in placed)


def test_the_hotspot_around_a_place_is_found_and_holes_are_not_of_it():
    def square(a, b):
        return np.array([[a, a], [b, a], [b, b], [a, b], [a, a]], float)

    spot = Hotspot(1, 5, 5, 0.5, (square(0, 30), square(10, 20)))
    drawn = Marks(hotspots=(spot,))
    assert drawn.hotspot_at(5, 5) is spot
    assert drawn.hotspot_at(15, 15) is None
    assert drawn.hotspot_at(40, 5) is None


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.5, "50 %"), (0.1, "10 %"), (0.0996, "10 %"), (0.0994, "9.9 %"), (0.012, "1.2 %")],
)
def test_shares_are_said_in_percent(share, words):
    assert percent(share) == words
