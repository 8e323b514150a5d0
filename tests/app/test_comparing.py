import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.comparing import (
    MOST_OTHERS,
    Comparing,
    Other,
    best_columns,
    followed,
    owner,
    owner_of_a,
    range_words,
    swapped,
)
from app.selection import NetworkChoice, Selection

NETWORK = NetworkChoice("m", 1e-3, 30)
PRESENT = Selection("a", NETWORK)
others = st.sampled_from(
    [Other(picture="b"), Other(unpruned=True), Other(network=NetworkChoice("n", None, 5)), Other("c", NETWORK)]
)


def shown(selection):
    """What A and the one that is held against it are, as picture and network."""
    other = selection.comparing.other
    return (selection.picture, selection.network), (other.picture_key(selection), other.choice(selection))


@given(chosen=st.lists(others, min_size=1, max_size=3), row=st.integers(0, 2))
def test_swapping_changes_places_and_swapping_back_gives_the_same(chosen, row):
    comparing = Comparing(tuple(chosen), against=min(row, len(chosen) - 1))
    before = Selection("a", NETWORK, comparing=comparing)
    a, b = shown(before)
    once = swapped(comparing, before)
    assert shown(once) == (b, a)
    twice = swapped(once.comparing, once)
    assert shown(twice) == (a, b)


def test_names_go_with_what_they_belong_to():
    comparing = Comparing((Other(picture="b"),)).named(("a", None), "Old").named(("b", None), "New")
    selection = Selection("a", NETWORK, comparing=comparing)
    assert comparing.name_of(owner_of_a(comparing, selection)) == "Old"
    after = swapped(comparing, selection)
    assert after.comparing.name_of(owner_of_a(after.comparing, after)) == "New"
    assert after.comparing.name_of(owner(after.comparing.other)) == "Old"


def test_names_of_networks_stay_while_pictures_are_walked_through():
    comparing = Comparing((Other(unpruned=True),)).named("present", "Small").named(owner(Other(unpruned=True)), "Large")
    for picture in "ab":
        selection = Selection(picture, NETWORK, comparing=comparing)
        assert comparing.name_of(owner_of_a(comparing, selection)) == "Small"
    after = swapped(comparing, selection)
    assert after.network.n == 0
    assert after.comparing.name_of(owner_of_a(after.comparing, after)) == "Large"
    assert after.comparing.name_of(owner(after.comparing.other)) == "Small"
    assert after.comparing.named("present", "").name_of("present") == ""


def test_a_picture_chosen_that_is_beside_a_changes_places_with_it():
    comparing = Comparing((Other(picture="b"), Other(picture="c")))
    before, after = (Selection(key, NETWORK, comparing=comparing) for key in "ac")
    assert followed(before, after).others == (Other(picture="b"), Other(picture="a"))
    elsewhere = Selection("d", NETWORK, comparing=comparing)
    assert followed(before, elsewhere) is comparing
    assert followed(before, Selection("c", NETWORK)) is None


def test_others_come_and_go():
    comparing = Comparing(())
    for i in range(9):
        comparing = comparing.with_other(i, Other(picture=str(i)))
    assert len(comparing.others) == MOST_OTHERS
    held = Comparing(comparing.others, against=3)
    assert held.without(1).other == held.other
    assert held.without(3).against == 3
    assert Comparing((Other("b"),)).without(0) is None
    assert Comparing((Other("b"), Other("c")), against=1).without(1).other == Other("b")


@given(n=st.integers(1, 6), width=st.floats(100, 3000), height=st.floats(100, 3000), aspect=st.floats(0.1, 5))
def test_no_other_grid_shows_pictures_larger(n, width, height, aspect):
    def size(columns):
        return min(width / columns, height / -(-n // columns) * aspect)

    best = best_columns(n, width, height, aspect)
    assert 1 <= best <= n
    assert all(size(best) >= size(columns) - 1e-5 for columns in range(1, n + 1))


def test_two_wide_pictures_stand_one_above_the_other_where_the_window_is_high():
    assert best_columns(2, 800, 400, 1.6) == 2
    assert best_columns(2, 800, 1000, 1.6) == 1
    assert best_columns(4, 800, 500, 1.6) == 2
    assert best_columns(6, 900, 400, 1.6) == 3
    assert best_columns(2, 800, 500, 1.6) == 2  # as large: side by side


@pytest.mark.parametrize(("bits", "words"), [(None, "Range: fits"), (0.5, "±0.5 bit"), (2, "±2 bits")])
def test_ranges_are_told(bits, words):
    assert range_words(bits) == words
