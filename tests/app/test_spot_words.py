import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.map_style import MODES, MapStyle
from app.spot_words import Spot, spot_words

SPOT = Spot(3, 4, 2.3456, 0.6, (2, 0.234))


@pytest.mark.parametrize(
    ("style", "words"),
    [
        (MapStyle(), "3, 4: looked at 2.3 × as often as on average"),
        (MapStyle("map"), "3, 4: looked at 2.3 × as often as on average"),
        (MapStyle("picture"), "3, 4: looked at 2.3 × as often as on average"),
        (MapStyle("log_density"), "3, 4: +1.2 bits over uniform"),
        (MapStyle("focus"), "3, 4: among what gets 60 % of attention"),
        (
            MapStyle("contours"),
            "3, 4: looked at 2.3 × as often as on average, inside the line around 80 % of attention",
        ),
        (
            MapStyle("hotspots"),
            "3, 4: looked at 2.3 × as often as on average, hotspot 2 with 23 % of attention",
        ),
        (MapStyle("focus", hotspots=True), "3, 4: among what gets 60 % of attention, hotspot 2 with 23 % of attention"),
    ],
)
def test_each_view_speaks_in_the_units_of_its_legend(style, words):
    assert spot_words(SPOT, style) == words


def test_outside_of_lines_and_hotspots_it_says_so():
    away = Spot(0, 0, 0.01, 0.97)
    assert spot_words(away, MapStyle("contours")).endswith("outside 80 % of attention")
    assert spot_words(away, MapStyle("hotspots")).endswith("in no hotspot")
    assert spot_words(away, MapStyle("log_density")) == "0, 0: −6.6 bits over uniform"


@given(st.floats(0, 1e5), st.floats(0, 1), st.sampled_from([mode for mode, _, _ in MODES]))
def test_it_is_a_line_whatever_the_map_says(density, within, mode):
    words = spot_words(Spot(1, 2, density, within, None), MapStyle(mode, contours=True, hotspots=True))
    assert words.startswith("1, 2: ")
    assert len(words) < 160
    assert "e+" not in words
    assert "nan" not in words


def test_without_a_map_it_says_nothing():
    assert spot_words(Spot(1, 2, None), MapStyle()) == ""
    assert np.isfinite(SPOT.density)
