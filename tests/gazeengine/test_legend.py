import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazeengine.legend import legend
from gazeengine.map_style import MODES, MapStyle
from gazeengine.marks import marks
from gazeengine.saliency_map import intensity, linear_intensity, normalised, shade_range
from gazeengine.views import CLEAR, DARK
from tests.smooth_maps import smooth_map, smooth_maps

MAP = smooth_map(2, 80, 120)
tones = st.builds(
    lambda gamma, low, span: (gamma, low, min(100.0, low + span)),
    st.floats(0.1, 2),
    st.floats(0, 60),
    st.floats(10, 99),
)


def value(tick):
    return float(tick.words.removesuffix("×").replace("−", "-"))


@given(smooth_maps, tones)
def test_a_place_on_the_heat_scale_has_the_shade_of_what_is_looked_at_so_often(log_density, tone):
    gamma, low, high = tone
    shown = legend(log_density, MapStyle(gamma=gamma, low=low, high=high)).scale
    ends = shade_range(log_density, low, high)
    for tick in shown.ticks[: len(shown.ticks) if len(shown.ticks) > 1 else 0]:
        if f"{value(tick):g}" not in {f"{d * 10.0**p:g}" for d in (1, 2, 5) for p in range(-6, 7)}:
            continue  # an end of a scale without round numbers
        looked = np.full((1, 1), np.log(value(tick) / log_density.size), np.float32)
        assert tick.place == pytest.approx(float(intensity(looked, gamma, ends)[0, 0]), abs=0.01)


@given(smooth_maps, tones)
def test_a_place_on_the_scale_of_bits_has_the_shade_of_so_many(log_density, tone):
    _, low, high = tone
    style = MapStyle("log_density", low=low, high=high)
    for tick in legend(log_density, style).scale.ticks:
        looked = np.full((1, 1), value(tick) * np.log(2) - np.log(log_density.size), np.float32)
        shown = linear_intensity(looked, shade_range(log_density, low, high))
        assert tick.place == pytest.approx(float(shown[0, 0]), abs=0.01)


@given(smooth_maps, st.sampled_from([mode for mode, _, _ in MODES]), tones)
def test_ticks_rise_from_left_to_right_and_are_few(log_density, mode, tone):
    gamma, low, high = tone
    scale = legend(log_density, MapStyle(mode, gamma=gamma, low=low, high=high)).scale
    if scale is None:
        return
    places = [tick.place for tick in scale.ticks]
    assert places == sorted(places)
    assert all(0 <= place <= 1 for place in places)
    assert 1 <= len(places) <= 7
    assert len({tick.words for tick in scale.ticks}) == len(places)


def test_each_view_says_its_units_and_none_says_score():
    said = {mode: legend(MAP, MapStyle(mode), marks(MAP, (80, 120), MapStyle(mode))).words for mode, _, _ in MODES}
    assert "as often as on average" in said["overlay"]
    assert "1×" in said["map"]
    assert "bits" in said["log_density"].lower()
    assert said["contours"] == "lines around 50 % and 80 % of attention"
    assert said["hotspots"].startswith("hotspots numbered by share of attention, together")
    assert f"{100 * CLEAR:.0f} %" in said["focus"]
    assert f"{100 * DARK:.0f} %" in said["focus"]
    assert said["picture"] == ""
    assert not any("score" in words.lower() for words in said.values())


def test_what_is_drawn_over_a_view_is_in_its_legend():
    style = MapStyle(contours=True, hotspots=True)
    shown = legend(MAP, style, marks(MAP, (80, 120), style))
    assert shown.scale is not None
    assert shown.shares == (0.5, 0.8)
    assert "together" in shown.hotspots


def test_colours_over_the_picture_are_as_opaque_in_the_legend_as_they_are_there():
    assert legend(MAP, MapStyle(opacity=0.5)).scale.opacities.max() == pytest.approx(0.5)
    assert legend(MAP, MapStyle("map", opacity=0.5)).scale.opacities.min() == 1


def test_a_map_without_preference_is_everywhere_looked_at_as_often_as_on_average():
    flat = normalised(np.zeros((20, 30))).log_density
    assert [tick.words for tick in legend(flat, MapStyle()).scale.ticks] == ["1×"]
    style = MapStyle("hotspots")
    assert legend(flat, style, marks(flat, (20, 30), style)).hotspots == "none stands out"


def test_without_a_map_it_is_empty():
    assert legend(None, MapStyle()).words == ""
