"""What rounded widths gain on this computer: the rounded network in turn with the one of exact widths."""

from __future__ import annotations

from statistics import median

from gazeengine.architecture import Architecture
from gazeengine.latency import measure_latency
from gazeengine.networks import GazeNetwork, Observer
from gazeengine.plan import PruningPlan
from gazeengine.records import RoundingGain
from gazeengine.time_cost import layer_seconds

LAYER_ROUNDS = 3  # of each layer alone, for what is predicted


def rounding_gain(
    architecture: Architecture,
    plans: tuple[PruningPlan, PruningPlan],
    networks: tuple[GazeNetwork, GazeNetwork],
    size: tuple[int, int],
    *,
    threads: int,
    observer: Observer,
) -> RoundingGain:
    """plans and networks are the rounded one and that of exact widths, for pictures of size (height, width).

    Measured is of whole networks in turn, predicted of their layers timed alone; both as time per FLOP, for rounded
    widths are a little more or less. observer sees every layer's input; what it raises ends the measurement.
    """
    rounded, exact = plans
    less = rounded.flops / exact.flops
    *_, pair = measure_latency(*networks, size, threads=threads, observer=observer)
    alone = [
        [sum(layer_seconds(architecture, plan.widths, size, threads=threads, runs=1).values()) for plan in plans]
        for _ in range(LAYER_ROUNDS)
    ]
    predicted = median(exact_s / rounded_s for rounded_s, exact_s in alone)
    low, high = pair.speedup_quartiles
    return RoundingGain(less * pair.speedup, (less * low, less * high), less * predicted)
