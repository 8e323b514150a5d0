import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.map_style import MODES, MapStyle
from app.project_state import choice_of, network_of, taken, values_of
from app.pruning_method import PruningMethod
from app.selection import NetworkChoice
from gazeengine.criteria import CRITERIA
from gazeengine.domain import Look
from gazeengine.pricing import COSTS
from gazeengine.resources import FOLDER, find_model
from gazeengine.saliency_map import COLOR_MAPS

share = st.floats(0, 1)
styles = st.builds(
    lambda mode, opacity, colors, gamma: replace(MapStyle(), mode=mode, opacity=opacity, color_map=colors, gamma=gamma),
    st.sampled_from([mode for mode, _, _ in MODES]),
    share,
    st.sampled_from(list(COLOR_MAPS)),
    st.floats(0.1, 2),
)
looks = st.builds(
    Look,
    st.sampled_from(["auto", "photographs", "screens"]),
    share,
    st.sampled_from(["own", "photographs", "screens", "none"]),
)
methods = st.builds(
    PruningMethod, st.sampled_from(list(CRITERIA)), st.sampled_from(list(COSTS)), st.booleans(), st.booleans()
)
anything = st.one_of(st.text(max_size=8), st.floats(), st.integers(), st.booleans(), st.none())


@given(styles, looks)
def test_how_maps_are_shown_and_made_comes_back_as_it_was(style, look):
    found = taken(values_of(style), values_of(look))
    assert (found.style, found.look, found.notes) == (style, look, ())


@given(methods, st.one_of(st.none(), st.floats(0, 10)), st.integers(0, 5000))
def test_a_network_comes_back_as_it_was(method, beta, n):
    choice = NetworkChoice("/models/mine.safetensors", beta, n, method)
    assert choice_of(network_of(choice, "id"), choice.model) == (choice, ())


def test_a_shipped_network_goes_by_its_name_which_finds_it_again():
    path = str(FOLDER / "models" / "fastgaze.safetensors")
    network = network_of(NetworkChoice(path), "id")
    assert network.model == "fastgaze"
    assert str(find_model(network.model)) == path
    assert network_of(NetworkChoice(None), "") is None


@given(
    st.dictionaries(st.sampled_from([*values_of(MapStyle()), "new"]), anything),
    st.dictionaries(st.sampled_from([*values_of(Look()), "new"]), anything),
)
def test_whatever_a_file_says_it_is_a_style_and_a_look_and_what_was_not_taken_is_told(style, look):
    found = taken(style, look)
    assert 0 <= found.style.opacity <= 1
    assert found.style.color_map in COLOR_MAPS
    assert math.isfinite(found.style.gamma)
    for shown, values in ((found.style, style), (found.look, look)):
        for key, value in values.items():
            if key != "new" and getattr(shown, key) != value:
                assert found.notes
