import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.race_page import PEERS, Spread, beaten, page, ratios, rounded

seconds = st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=20)


@given(seconds)
def test_a_median_lies_between_its_quartiles(values):
    spread = Spread.of(values)
    assert min(values) <= spread.low <= spread.median <= spread.high <= max(values)


@given(seconds, st.floats(0.1, 1e4))
def test_a_ratio_is_of_what_was_measured_in_turn(values, factor):
    spread = ratios([factor * value for value in values], values)
    assert (spread.low, spread.median, spread.high) == pytest.approx((factor,) * 3)


def test_measurements_without_a_partner_are_refused():
    with pytest.raises(ValueError, match="zip"):
        ratios([1.0], [1.0, 2.0])


def test_numbers_have_three_digits():
    assert [rounded(x) for x in (0.00094512, 7.569, 1572.3)] == ["0.000945", "7.57", "1,572"]


def cells(ours, theirs, **more):
    gains = {"fisher-1e-2": {"made test": ours}, "hessian": {"made test": theirs}, "random": {"made test": -1.0}}
    return {"gains:0.5": gains, "gains:whole": {"made test": 2.0}} | more


def test_the_best_peer_is_the_one_to_beat():
    assert list(beaten(cells(1.0, 0.5), 0.5, "fisher-1e-2", tuned=False)) == [("made test", 1.0, "hessian", 0.5)]
    assert not list(beaten(cells(1.0, 0.5), 0.5, "fisher-1e-2", tuned=True))


@given(st.floats(-1, 2), st.floats(-1, 2))
def test_where_a_peer_is_ahead_the_page_says_so(ours, theirs):
    text = page(cells(ours, theirs), (0.5,), "about", "command")
    lost = max(theirs, -1.0) >= ours
    assert ("made test at 50%, before fine-tuning" in text) == lost
    assert ("**missed**" in text) == lost
    assert ("nowhere in what was measured" in text) != lost


def test_a_page_can_be_made_of_the_first_cells():
    text = page({}, (0.5, 0.1), "about", "python benchmarks/peers.py")
    assert text.startswith("about\n")
    assert text.endswith("```\npython benchmarks/peers.py\n```\n")


def test_goals_are_judged_by_the_least_peer():
    steps = {peer.name: {"theirs_ms": [20.0, 20.0], "ours_ms": [0.001, 0.001]} for peer in PEERS}
    steps["random"] = {"theirs_ms": [5.0, 5.0], "ours_ms": [0.001, 0.001]}
    race = {"race:taylor": [{"0.5": {"theirs_s": 2.0, "ours_s": 0.01, "known_s": 0.1}}]}
    passes = {
        "training": [1.0],
        "activations": [0.5],
        "fisher": [0.6],
        "hessian": [1.1],
        "hessian-repaired": [1.1],
        "taylor": [1.0],
    }
    found = {"steps": steps, "importance": {"seconds": passes, "scoring": {"hessian": 0.2}}, **race}
    lines = page(found, (0.5,), "about", "command").split("\n")
    verdicts = {line.split("|")[1].strip(): "missed" not in line for line in lines if "≥" in line or "≤" in line}
    assert verdicts == {
        "one greedy step, times faster than Hessian, Taylor": True,
        "one greedy step, times faster than random": False,
        "a target reached, times faster than Hessian, Taylor": True,
        "a target reached, times faster than Hessian, Taylor in one step of a ratio known beforehand": False,
        "importance, in units of a forward and backward pass, as in training": True,
        "importance, in units of a forward and backward pass, no gradients of weights": True,
    }
    assert "| Torch-Pruning Hessian, as shipped | 1.3 |" in "\n".join(lines)


def test_a_target_that_a_peer_did_not_reach_is_named():
    race = {"race:taylor": [{"0.5": {"theirs_s": 2.0, "ours_s": 0.01, "known_s": 0.1}}]}
    text = page(race, (0.5, 0.1), "about", "command")
    assert "| Torch-Pruning Taylor | 2: 200 (200–200) | not reached |" in text


def test_networks_as_fast_within_their_spreads_are_no_loss():
    found = {"whole": [100.0, 99.0, 101.0], "fisher-1e-2@0.5": [52.0, 50.0, 54.0]}
    assert "- latency" not in page({"latency": found | {"hessian@0.5": [50.0, 48.0, 51.0]}}, (0.5,), "", "")
    assert "- latency at 50%" in page({"latency": found | {"hessian@0.5": [40.0, 39.0, 41.0]}}, (0.5,), "", "")
