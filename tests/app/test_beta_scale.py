import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.beta_scale import (
    HIGHEST,
    LARGEST,
    LOG_BEGIN,
    LOG_END,
    LOWEST,
    PLACES,
    STEPS,
    Beta,
    beta_at,
    beta_text,
    beta_words,
    may_become_beta,
    parse_beta,
    places_around,
    position_of,
    stepped,
)
from gazeengine.errors import PruningError

positions = st.floats(0, 1)
three_digits = st.builds(
    lambda digits, exponent: float(f"{digits}e{exponent}"), st.integers(100, 999), st.integers(-7, -4)
)
places = st.sampled_from(PLACES)
typed = st.one_of(st.none(), st.just(0.0), st.floats(1e-12, LARGEST))


def as_number(beta: Beta) -> float:
    return math.inf if beta is None else beta


@given(positions, positions)
def test_beta_grows_with_the_position(one, other):
    low, high = sorted((one, other))
    assert as_number(beta_at(low)) <= as_number(beta_at(high))


@given(typed, typed)
def test_the_position_grows_with_beta(one, other):
    low, high = sorted((one, other), key=as_number)
    assert 0 <= position_of(low) <= position_of(high) <= 1


@given(places)
def test_a_place_is_found_again_at_its_position(beta):
    assert beta_at(position_of(beta)) == beta


@given(positions)
def test_a_drag_stops_at_places_only(position):
    assert beta_at(position) in PLACES


def test_places_are_a_pixel_apart_all_of_three_digits_and_the_steps_of_keys_are_among_them():
    assert sorted(set(PLACES), key=as_number) == list(PLACES)
    apart = [position_of(b) - position_of(a) for a, b in pairwise(PLACES[1:-1])]
    assert max(apart) * 280 < 1.2
    assert all(parse_beta(f"{beta:.2e}") == beta for beta in PLACES[:-1])
    beta: Beta = 0.0
    while beta is not None:
        assert beta in PLACES
        beta = stepped(beta, 1)


@given(typed, st.integers(0, 10))
def test_the_places_around_a_beta_are_the_nearest_ones(beta, most):
    near = places_around(beta, most)
    assert len(set(near)) == len(near) == 2 * most + 1
    farthest = max(abs(position_of(b) - position_of(beta)) for b in near)
    assert all(abs(position_of(b) - position_of(beta)) >= farthest for b in set(PLACES) - set(near))
    assert set(places_around(beta)) == set(PLACES)


@pytest.mark.parametrize(
    ("beta", "words"),
    [
        (None, "β*"),
        (0.0, "β 0"),
        (1e-3, "β 0.001"),
        (1.12e-5, "β 1.12e-5"),
        (12.345, "β 12.3"),
        (999.9, "β 1000"),
        (99999.0, "β 99999"),
    ],
)
def test_beta_is_said_in_a_sentence(beta, words):
    assert beta_words(beta) == words


@given(positions)
def test_a_position_is_found_again_but_for_the_digits(position):
    again = position_of(beta_at(position))
    if LOG_BEGIN <= position <= LOG_END:
        assert again == pytest.approx(position, abs=3e-3)
    assert position_of(beta_at(again)) == again


def test_the_ends_are_0_and_beta_star_and_the_logarithmic_part_lies_between():
    assert beta_at(0) == 0
    assert beta_at(LOG_BEGIN) == LOWEST
    assert beta_at(LOG_END) == HIGHEST
    assert beta_at(1) is None
    assert position_of(1e-3) == pytest.approx(LOG_BEGIN + 0.4 * (LOG_END - LOG_BEGIN))


def test_a_beta_beyond_the_logarithmic_part_lies_at_its_end():
    assert position_of(1e-9) == position_of(LOWEST)
    assert position_of(50.0) == position_of(HIGHEST)


def test_steps_lead_from_0_to_beta_star_and_back_by_the_same_values():
    up: list[Beta] = [0.0]
    while up[-1] is not None:
        up.append(stepped(up[-1], 1))
    down: list[Beta] = [None]
    while down[-1] != 0:
        down.append(stepped(down[-1], -1))
    assert up == down[::-1]
    assert len(up) == STEPS + 3
    assert up[1] == LOWEST
    assert up[-2] == HIGHEST


@given(typed)
def test_a_step_up_is_never_down(beta):
    assert as_number(stepped(beta, 1)) >= as_number(beta) or as_number(beta) > HIGHEST
    assert as_number(stepped(beta, -1)) <= as_number(beta)


@pytest.mark.parametrize(
    ("beta", "steps", "expected"),
    [
        (1e-3, 20, 1e-2),
        (1e-3, -10, 3.16e-4),
        (0.5, 20, HIGHEST),
        (HIGHEST, 20, None),
        (2e-5, -20, LOWEST),
        (LOWEST, -20, 0.0),
        (1e-7, 1, LOWEST),
        (1e-7, -1, 0.0),
        (5.0, 1, None),
        (5.0, -1, HIGHEST),
        (1.05e-3, 1, 1.12e-3),
        (1.05e-3, -1, 1e-3),
    ],
)
def test_large_steps_stop_at_the_ends_and_odd_values_step_onto_the_grid(beta, steps, expected):
    assert stepped(beta, steps) == expected


@given(typed)
def test_a_written_beta_is_read_as_the_same(beta):
    assert parse_beta(beta_text(beta)) == beta


@pytest.mark.parametrize(
    ("beta", "text"),
    [
        (None, "β*"),
        (0.0, "0"),
        (1e-3, "1.00e-3"),
        (0.1, "0.100"),
        (0.01, "0.0100"),
        (9.99e-3, "9.99e-3"),
        (1.2345e-4, "1.2345e-4"),
        (5.0, "5"),
    ],
)
def test_beta_is_written_with_three_digits_or_more(beta, text):
    assert beta_text(beta) == text


@pytest.mark.parametrize(
    ("text", "beta"),
    [
        ("0.001", 1e-3),
        (" 1e-3 ", 1e-3),
        ("3E-4", 3e-4),
        ("0", 0.0),
        (".5", 0.5),
        ("0,001", 1e-3),
        ("10⁻³", 1e-3),
        ("2×10^-4", 2e-4),
        ("1e6", 1e6),
        ("b*", None),
        ("beta*", None),
        ("β*", None),
        ("*", None),
    ],
)
def test_many_ways_to_type_beta_are_read(text, beta):
    assert parse_beta(text) == beta


@pytest.mark.parametrize("text", ["", "abc", "-1", "nan", "inf", "1e7", "1e999", "1_0", "0x1", "1e-3 e", "β"])
def test_nonsense_is_refused_with_what_was_found_and_what_is_wanted(text):
    with pytest.raises(PruningError, match=r"^β is .*wanted"):
        parse_beta(text)


@given(st.one_of(three_digits.map(beta_text), st.sampled_from(["beta*", "10⁻³", "2.5×10^-4", "1e-3", "0.001"])))
def test_whatever_begins_a_beta_may_become_one(text):
    assert all(may_become_beta(text[:i]) for i in range(len(text) + 1))


@pytest.mark.parametrize("text", ["abc", "-", "1e-3x", "nan", "5e7"])
def test_nonsense_cannot_become_a_beta(text):
    assert not may_become_beta(text)
