import sys
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazeengine.errors import OutputError
from gazeengine.results_figures import drawing, round_numbers, trade_off
from gazeengine.results_gathered import gathered
from tests.evaluations import PRIOR, WHOLE, evaluation, stored


def test_the_figure_is_drawn_and_the_same_again(tmp_path):
    found = gathered([stored()])
    for name in ("a.svg", "b.svg"):
        assert trade_off(found, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert ET.parse(tmp_path / "a.svg").getroot().tag.endswith("svg")


def test_without_a_time_there_is_no_figure(tmp_path):
    rows = [evaluation(PRIOR), evaluation(replace(WHOLE, timing=None))]
    assert not trade_off(gathered([stored(rows)]), tmp_path / "a.svg")
    assert list(tmp_path.iterdir()) == []


def test_a_single_model_is_a_figure_too(tmp_path):
    assert trade_off(gathered([stored([evaluation(WHOLE)])]), tmp_path / "a.png")


def test_a_missing_matplotlib_is_told_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(OutputError, match=r"pip install fishergaze\[results\]"), drawing({}):
        pass


def test_figures_are_closed_behind():
    with drawing({}) as plt:
        plt.figure()
        assert plt.get_fignums() == [1]
    assert plt.get_fignums() == []


@given(st.floats(0.1, 1e4), st.floats(1.69, 1e3))
def test_an_axis_is_read_by_two_to_six_numbers(low, ratio):
    found = round_numbers(low, low * ratio)
    assert 2 <= len(found) <= 6
    assert found == sorted(found)
    assert all(low <= number <= low * ratio for number in found)
