import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.map_painting import PaintedMap, Unfocused
from app.map_style import MODES, MapStyle
from tests.smooth_maps import any_maps, smooth_map

RGB = np.random.default_rng(0).integers(0, 255, (150, 200, 3), dtype=np.uint8)
MAP = smooth_map(1, 75, 100)


def painted(log_density, rgb=RGB):
    return PaintedMap(log_density, rgb.shape[:2], Unfocused(lambda side: rgb))


@given(any_maps, st.sampled_from([mode for mode, _, _ in MODES]))
def test_a_layer_has_premultiplied_colours(log_density, mode):
    layer = painted(log_density).layer(MapStyle(mode))
    assert (layer is None) == (mode == "picture")
    if layer is not None:
        assert layer.dtype == np.uint8
        assert layer.flags.c_contiguous
        assert (layer[..., :3].max(2) <= layer[..., 3].astype(int) + 1).all()
        assert 500 <= max(layer.shape) <= 1024


def test_what_holds_is_not_made_again(monkeypatch):
    one = painted(MAP)
    style = MapStyle(contours=True, hotspots=True)
    one.layer(style), one.marks(style), one.legend(style), one.layer(MapStyle("focus"))
    for name in ("intensity", "marks", "shade_range", "levels_of", "focus_strength", "out_of_focus"):
        monkeypatch.setattr(f"app.map_painting.{name}", lambda *_, name=name: pytest.fail(f"{name} again"))
    for again in (MapStyle(contours=True, hotspots=True, color_map="magma", opacity=0.1), MapStyle("focus")):
        one.layer(again)
    one.marks(style), one.legend(style)


def test_the_picture_is_blurred_once_for_a_size_and_darkness():
    asked = []
    unfocused = Unfocused(lambda side: (asked.append(side), RGB)[1])
    first = unfocused.at(60, 80, 0.5)
    assert unfocused.at(60, 80, 0.5) is first
    assert (unfocused.at(60, 80, 1.0).mean(), len(asked)) < (first.mean(), 3)
    assert first.shape == (60, 80, 4)


@given(st.integers(0, 199), st.integers(0, 149))
def test_a_spot_says_what_the_map_has_there(x, y):
    style = MapStyle("hotspots", contours=True)
    one = painted(MAP)
    spot = one.spot(x, y, style)
    assert spot.density == pytest.approx(np.exp(MAP[y // 2, x // 2]) * MAP.size, rel=1e-4)
    p = np.exp(MAP, dtype=np.float64)
    assert spot.within == pytest.approx(p[MAP[y // 2, x // 2] <= MAP].sum(), abs=0.01)
    if spot.hotspot is not None:
        number, share = spot.hotspot
        assert one.marks(style).hotspots[number - 1].share == share
