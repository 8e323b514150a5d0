import pytest
import torch

from gazeengine.latency_comparison import compare_latencies
from tests.networks import random_network

SIZE = 32, 48


class Watched(torch.nn.Module):
    """A network that notes its name when it is run, with how many threads."""

    def __init__(self, name, ran):
        super().__init__()
        self._name, self._ran, self._network = name, ran, random_network()

    def forward(self, images):
        self._ran.append((self._name, torch.get_num_threads()))
        return self._network(images)


@pytest.fixture
def ran():
    return []


def watched(ran, n):
    return [(Watched(name, ran), SIZE) for name in "abcdefgh"[:n]]


def test_networks_take_turns_round_by_round_after_a_warm_up(ran):
    rounds = list(compare_latencies(watched(ran, 3), runs=4))
    names = "".join(name for name, _ in ran)
    warm_up, *turns = (names[i : i + 3] for i in range(0, len(names), 3))
    assert warm_up == "abc"
    assert [sorted(turn) for turn in turns] == [["a", "b", "c"]] * 4
    assert len({turn[0] for turn in turns}) > 1
    assert [r.n_done for r in rounds] == [1, 2, 3, 4]
    assert rounds[-1].left_s == 0


def test_each_network_has_a_timing_with_its_quartiles(ran):
    *_, last = compare_latencies(watched(ran, 2), runs=5)
    for timing in last.timings:
        low, high = timing.quartiles_ms
        assert 0 < low <= timing.median_ms <= high
        assert (timing.runs, timing.threads) == (5, 1)


def test_threads_are_those_asked_for_and_set_back_between_rounds(ran):
    before = torch.get_num_threads()
    for _ in compare_latencies(watched(ran, 1), threads=before + 1, runs=2):
        assert torch.get_num_threads() == before
    assert {threads for _, threads in ran} == {before + 1}


def test_no_round_begins_that_would_go_past_the_limit(ran):
    rounds = list(compare_latencies(watched(ran, 2), runs=1000, limit_s=1e-9))
    assert len(rounds) == 1
    assert len(ran) == 4
