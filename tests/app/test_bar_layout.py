from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bar_layout import Span, axis_values, bar_height, bar_layout, fitting_numbers, group_labels
from gazeengine.architecture import architecture


def layers(name: str) -> tuple[list[str], list[bool]]:
    network = architecture(name).layers
    return [layer.group for layer in network], [
        layer.name.startswith("dense") and layer.name[-1] == "b" for layer in network
    ]


@pytest.mark.parametrize("name", ["fastgaze", "densegaze", "deepgaze2"])
@given(width=st.integers(320, 2500))
def test_bars_are_equally_wide_do_not_overlap_and_stay_inside(name, width):
    layout = bar_layout(*layers(name), 30, width)
    assert len({bar.width for bar in layout.bars}) == 1
    assert all(a.right <= b.left for a, b in pairwise(layout.bars))
    assert layout.bars[0].left >= 30
    assert layout.bars[-1].right <= 30 + width


@pytest.mark.parametrize("width", [660, 1260])
def test_groups_stand_further_apart_than_layers_and_joined_layers_closest(width):
    groups, joined = layers("densegaze")
    bars = bar_layout(groups, joined, 0, width).bars
    gaps = [b.left - a.right for a, b in pairwise(bars)]
    close = {gap for gap, j in zip(gaps, joined[1:], strict=True) if j}
    apart = {gap for gap, (a, b) in zip(gaps, pairwise(groups), strict=True) if a != b}
    rest = set(gaps) - close - apart
    assert max(close) < min(rest)
    assert max(rest) < min(apart)


@given(st.integers(100, 1500))
def test_a_bar_is_found_at_its_own_middle(width):
    layout = bar_layout(*layers("fastgaze"), 20, width)
    assert [layout.bar_at(bar.middle) for bar in layout.bars] == list(range(12))
    assert layout.bar_at(0) is None
    assert layout.bar_at(width + 100) is None


def test_one_of_512_features_shows_and_512_fit():
    assert bar_height(512, 512, 130) == 130
    assert bar_height(1, 512, 130) >= 5
    assert bar_height(0, 512, 130) == 0


@given(st.floats(0, 512), st.floats(0, 512))
def test_more_is_never_lower(one, other):
    low, high = sorted((one, other))
    assert bar_height(low, 512, 130) <= bar_height(high, 512, 130)


def test_grid_lines_are_round_values_apart_from_one_another():
    assert axis_values(512, 130, base=2) == (512, 128, 32)
    assert axis_values(18.1e9, 60, base=10)[0] == pytest.approx(10e9)


def test_numbers_that_would_touch_a_taller_neighbour_are_left_out():
    bars = [Span(0, 5), Span(6, 11), Span(12, 17)]
    assert fitting_numbers(bars, [80, 30, 80], [4, 8, 4], 20) == (True, False, True)
    assert fitting_numbers(bars, [80, 30, 80], [4, 4, 4], 20) == (True, True, True)


@given(st.integers(320, 1600))
def test_group_labels_do_not_overlap_and_stay_inside(width):
    groups = bar_layout(*layers("densegaze"), 30, width - 40).groups
    labels = [(x, x + 6 * len(text)) for text, x in group_labels(groups, lambda t: 6 * len(t), 8, width - 8) if text]
    assert all(left >= 8 and right <= width - 8 for left, right in labels)
    assert all(a[1] < b[0] for a, b in pairwise(sorted(labels)))
