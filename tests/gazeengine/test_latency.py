from types import SimpleNamespace

import numpy as np
import pytest
import torch

from gazeengine import latency
from gazeengine.latency import measure_latency
from tests.networks import narrow, random_network

SIZE = (8, 12)


@pytest.fixture
def clock(monkeypatch):
    """A clock that only the networks below move; calls records who ran, and when."""
    now = SimpleNamespace(s=100.0, calls=[])
    fake = SimpleNamespace(monotonic=lambda: now.s, perf_counter=lambda: now.s)
    monkeypatch.setattr(latency, "time", fake)
    return now


def network(clock, name, *seconds):
    """Takes so many seconds a run, the last of them again and again."""
    left = list(seconds)

    def run(image, observer=None):
        assert image.shape == (1, 3, *SIZE)
        assert torch.is_inference_mode_enabled()
        clock.calls.append(name)
        clock.s += left.pop(0) if len(left) > 1 else left[0]

    return run


@pytest.fixture
def threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield 2
    torch.set_num_threads(before)


def test_rounds_are_interleaved_after_a_warm_up_and_the_order_alternates(clock):
    own, base = network(clock, "own", 1), network(clock, "base", 3)
    assert len(list(measure_latency(own, base, SIZE, runs=4))) == 4
    assert clock.calls == ["own", "base", *("own", "base", "base", "own") * 2]


def test_each_pair_of_runs_is_told_as_it_is_known(clock):
    own, base = network(clock, "own", 9, 0.1, 0.2, 0.4), network(clock, "base", 9, 0.4, 0.4, 0.8)
    results = list(measure_latency(own, base, SIZE, runs=3))
    assert [r.runs for r in results] == [1, 2, 3]
    assert [r.median_ms for r in results] == pytest.approx([100, 150, 200])
    assert [r.base_median_ms for r in results] == pytest.approx([400, 400, 400])
    assert [r.speedup for r in results] == pytest.approx([4, 3, 2])  # of pairs: 4, 2, 2
    assert results[-1].quartiles_ms == pytest.approx((150, 300))
    assert results[-1].speedup_quartiles == pytest.approx((2, 3))
    assert (results[-1].threads, results[-1].size) == (1, SIZE)


def test_a_load_that_slows_both_cancels_in_the_speedup(clock):
    slowed = 1 + 4 * np.random.default_rng(0).random(9)
    own, base = network(clock, "own", 1, *slowed), network(clock, "base", 1, *(2.5 * slowed))
    *_, last = measure_latency(own, base, SIZE, limit_s=1e9)
    assert last.speedup == pytest.approx(2.5)
    assert last.speedup_quartiles == pytest.approx((2.5, 2.5))


def test_it_can_be_stopped_behind_each_pair(clock):
    results = measure_latency(network(clock, "own", 1), network(clock, "base", 1), SIZE)
    next(results)
    results.close()
    assert clock.calls == ["own", "base"] * 2


@pytest.mark.parametrize("limit_s", [8.0, 10.0, 15.0, 23.9, 24.0, 25.0])
def test_it_ends_before_a_pair_that_would_go_past_the_limit(clock, limit_s):
    results = list(measure_latency(network(clock, "own", 1), network(clock, "base", 3), SIZE, limit_s=limit_s))
    spent = clock.s - 100
    assert spent <= limit_s
    assert len(results) == 9 or spent + 4 > limit_s


def test_even_the_slowest_network_is_measured_once(clock):
    own, base = network(clock, "own", 500), network(clock, "base", 900)
    assert [r.runs for r in measure_latency(own, base, SIZE, limit_s=1)] == [1]


def test_a_network_that_is_its_own_base_is_not_run_twice(clock):
    own = network(clock, "own", 2)
    results = list(measure_latency(own, own, SIZE, runs=5, limit_s=12.5))
    assert [r.runs for r in results] == [1, 2, 3, 4]  # two warm-ups, then 2 s each
    assert results[-1].speedup == 1
    assert results[-1].median_ms == results[-1].base_median_ms == pytest.approx(2000)


def test_the_number_of_threads_is_the_callers_between_yields_and_as_asked_for_within(clock, threads):
    seen = []
    own = network(clock, "own", 1)

    def watching(image, observer=None):
        seen.append(torch.get_num_threads())
        own(image)

    for _ in measure_latency(watching, watching, SIZE, threads=1, runs=3):
        assert torch.get_num_threads() == threads
        assert not torch.is_inference_mode_enabled()
    assert torch.get_num_threads() == threads
    assert set(seen) == {1}


def test_the_number_of_threads_is_set_back_after_an_error_and_after_a_stop(clock, threads):
    def broken(image, observer=None):
        raise RuntimeError("no memory")

    with pytest.raises(RuntimeError, match="no memory"):
        next(measure_latency(broken, broken, SIZE, threads=1))
    assert torch.get_num_threads() == threads
    assert not torch.is_inference_mode_enabled()
    own = network(clock, "own", 1)
    results = measure_latency(own, own, SIZE, threads=1)
    next(results)
    results.close()
    assert torch.get_num_threads() == threads


def test_real_networks_take_real_time():
    own, base = random_network(widths=narrow(random_network().architecture, 1)), random_network()
    *_, last = measure_latency(own, base, (32, 48), runs=3)
    assert 0 < last.quartiles_ms[0] <= last.median_ms <= last.quartiles_ms[1]
    assert last.base_median_ms > 0
    assert last.runs == 3
