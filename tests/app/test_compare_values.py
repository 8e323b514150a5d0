from hypothesis import given
from hypothesis import strategies as st

from app.compare_values import comparing_of, values_of_comparing
from app.comparing import BLINK_S, COMPARE_MODES, Comparing, Other, owner, owner_of_a
from app.library import key_of
from app.pruning_method import PruningMethod
from app.selection import NetworkChoice, Selection
from gazeengine.resources import shipped_models

NAMES = {"/x/a.png": "a.png", "/x/b.png": "b.png", "inside:2:ff": "b.png"}
SHIPPED = key_of(shipped_models()[0])
networks = st.builds(
    NetworkChoice,
    st.just(SHIPPED),
    st.one_of(st.none(), st.floats(1e-5, 10)),
    st.integers(0, 2000),
    st.builds(PruningMethod, rounded=st.booleans()),
)
others = st.one_of(
    st.builds(Other, st.sampled_from(list(NAMES)), st.one_of(st.none(), networks)),
    st.builds(Other, network=networks),
    st.just(Other(unpruned=True)),
)


@given(
    chosen=st.lists(others, min_size=1, max_size=5, unique=True),
    mode=st.sampled_from(COMPARE_MODES),
    range_bits=st.sampled_from((None, 0.5, 2.0)),
    blink_s=st.one_of(st.none(), st.floats(*BLINK_S)),
    given_name=st.text("abc ", max_size=5),
)
def test_what_is_compared_comes_back_as_it_was(chosen, mode, range_bits, blink_s, given_name):
    selection = Selection("/x/else.png")
    comparing = Comparing(tuple(chosen), mode, len(chosen) - 1, (), range_bits, blink_s)
    comparing = comparing.named(owner(chosen[0]), given_name).named(owner_of_a(comparing, selection), "Old")
    values = values_of_comparing(comparing, selection, NAMES)
    assert all(isinstance(value, str | int | float | bool | None) for value in values.values())
    found = comparing_of(values, selection, NAMES)
    assert (found.others, found.mode, found.against) == (comparing.others, mode, comparing.against)
    assert (found.range_bits, found.blink_s) == (range_bits, blink_s)
    assert found.name_of(owner(chosen[0])) == given_name
    assert found.name_of(owner_of_a(found, selection)) == "Old"


def test_pictures_that_moved_in_the_list_are_found_by_their_names_and_lost_ones_left_out():
    selection = Selection("/x/a.png")
    comparing = Comparing((Other("/x/b.png"), Other("/x/a.png")))
    values = values_of_comparing(comparing, selection, NAMES)
    moved = {"/y/b.png": "b.png", "/y/c.png": "c.png"}
    assert comparing_of(values, selection, moved).others == (Other("/y/b.png"),)
    assert comparing_of(values, selection, {"/y/c.png": "c.png"}) is None


def test_what_is_not_known_is_left_out():
    selection = Selection("/x/a.png")
    assert comparing_of({}, selection, NAMES) is None
    odd = {
        "mode": "spiral",
        "against": 7,
        "range_bits": -1,
        "blink_s": 0.01,
        "b_unpruned": True,
        "c_model": "no such model",
        "c_n": 3,
        "d_model": str(SHIPPED),
        "d_n": "many",
        "e_place": -4,
        "e_picture": "else.png",
    }
    assert comparing_of(odd, selection, NAMES) == Comparing((Other(unpruned=True),))
