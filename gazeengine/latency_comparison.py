"""Measured time to a saliency map of several networks in turn, so that one is not timed in a busier minute."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from gazeengine.latency import computing_with
from gazeengine.networks import GazeNetwork
from gazeengine.results_records import Timing

Timed = tuple[GazeNetwork, tuple[int, int]]
"""A network and the (height, width) of the picture that it is timed on."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """What is known after so many rounds, a timing for each network; left_s is the time that the others will take."""

    n_done: int
    timings: tuple[Timing, ...]
    left_s: float


def compare_latencies(
    networks: Sequence[Timed], *, threads: int = 1, runs: int = 15, limit_s: float = 600.0
) -> Iterator[Rounds]:
    """Time one picture through every network, round by round, after a warm-up of each; yields after every round.

    Each round begins with another network, every other one runs backwards, so that none always follows the same
    neighbour. Ends after runs rounds, or before a round that would go past limit_s. Threads are torch's for the
    calling thread, set back between yields.
    """
    images = [_image(*size) for _, size in networks]
    with computing_with(threads), torch.inference_mode():
        for (network, _), image in zip(networks, images, strict=True):
            network(image)
    started = time.monotonic()
    times_s: list[list[float]] = [[] for _ in networks]
    for done in range(1, runs + 1):
        with computing_with(threads), torch.inference_mode():
            for i in _order(len(networks), done):
                begun = time.perf_counter()
                networks[i][0](images[i])
                times_s[i].append(time.perf_counter() - begun)
        round_s = (time.monotonic() - started) / done
        yield Rounds(done, tuple(_timing(own, threads) for own in times_s), (runs - done) * round_s)
        if (done + 1) * round_s > limit_s:
            return


def _order(n: int, turn: int) -> list[int]:
    order = [(turn + i) % n for i in range(n)]
    return order[::-1] if turn % 2 else order


def _image(height: int, width: int) -> torch.Tensor:
    image = torch.zeros(1, 3, height, width).contiguous(memory_format=torch.channels_last)
    image[:] = torch.linspace(0, 1, width)
    return image


def _timing(times_s: Sequence[float], threads: int) -> Timing:
    low, median, high = np.percentile(np.array(times_s) * 1e3, (25, 50, 75))
    return Timing(float(median), (float(low), float(high)), len(times_s), threads)
