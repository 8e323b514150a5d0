import dataclasses

import pytest

from app.map_style import MODES, MapStyle, rendered
from gazeengine import map_style, rendering


def test_the_first_mode_is_the_default():
    assert MapStyle().mode == MODES[0][0]


def test_the_window_shows_what_the_engine_renders():
    assert (MapStyle, rendered) == (map_style.MapStyle, rendering.rendered)


@pytest.mark.parametrize("mode", [mode for mode, _, _ in MODES])
def test_marks_are_over_every_view_but_the_picture_and_always_in_their_own(mode):
    off, on = MapStyle(mode), MapStyle(mode, contours=True, hotspots=True)
    assert off.with_contours == (mode == "contours")
    assert off.with_hotspots == (mode == "hotspots")
    assert on.with_contours == on.with_hotspots == (mode != "picture")


def test_the_usual_style_is_the_first_one_in_the_same_view():
    style = MapStyle("focus", 0.1, "magma", 1.5, 10, 80, True, True, False)
    assert style.usual == MapStyle("focus", legend=False)
    assert style.usual.usual == style.usual
    assert {f.name for f in dataclasses.fields(style)} >= {"mode", "opacity", "low", "high", "legend"}
