"""Measured time to one saliency map, the unpruned network in turn with the pruned one, so that the ratio holds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from gazeengine.networks import GazeNetwork, Observer
from gazeengine.records import Latency


def measure_latency(
    network: GazeNetwork,
    base: GazeNetwork,
    size: tuple[int, int],
    *,
    threads: int = 1,
    runs: int = 9,
    limit_s: float = 20.0,
    observer: Observer | None = None,
) -> Iterator[Latency]:
    """Time one picture of size (height, width) through network and base in turn, after a warm-up of each.

    Yields after every pair of runs what is known so far, so that it can be stopped between them; ends after runs
    pairs, or before a pair that would go past limit_s. The order within a pair alternates. Threads are torch's
    for the calling thread, set back between yields. Where network is base there is no pair: the speed-up is 1.
    observer sees every layer's input; what it raises ends the measurement.
    """
    image = torch.zeros(1, 3, *size).contiguous(memory_format=torch.channels_last)
    image[:] = torch.linspace(0, 1, size[1])
    times: list[tuple[float, float]] = []
    started = time.monotonic()
    with computing_with(threads), torch.inference_mode():
        network(image, observer=observer), base(image, observer=observer)
    while len(times) < runs:
        spent = time.monotonic() - started
        pair_s = sum(own if network is base else own + base_ for own, base_ in times) / max(1, len(times))
        if times and spent + pair_s > limit_s:
            return
        with computing_with(threads), torch.inference_mode():
            if network is base:
                own_s = base_s = _timed(network, image, observer)
            elif len(times) % 2:
                base_s = _timed(base, image, observer)
                own_s = _timed(network, image, observer)
            else:
                own_s = _timed(network, image, observer)
                base_s = _timed(base, image, observer)
        times.append((own_s, base_s))
        yield _latency(times, threads, size)


def _latency(times: list[tuple[float, float]], threads: int, size: tuple[int, int]) -> Latency:
    own, base = np.array(times).T
    low, median, high = np.percentile(own * 1e3, (25, 50, 75))
    ratio_low, ratio, ratio_high = np.percentile(base / own, (25, 50, 75))
    return Latency(
        float(median),
        (float(low), float(high)),
        len(times),
        threads,
        size,
        float(np.median(base * 1e3)),
        float(ratio),
        (float(ratio_low), float(ratio_high)),
    )


def _timed(network: GazeNetwork, image: torch.Tensor, observer: Observer | None) -> float:
    started = time.perf_counter()
    network(image, observer=observer)
    return time.perf_counter() - started


@contextmanager
def computing_with(n: int) -> Iterator[None]:
    """torch's threads in the calling thread, set back behind."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)
