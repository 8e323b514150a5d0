"""What widths in multiples of 8 gain: predicted from the layers one by one, and measured on the whole network in turn.

Two networks at the same number of removals, one as the order leaves it and one rounded to multiples of 8 within the
order. Predicted is the ratio of the sums of their layers' times, each timed alone; measured the ratio of the times of
the whole, per FLOP, so that a rounding that happens to leave less does not count.
"""

from __future__ import annotations

import argparse
import time
from statistics import quantiles

import numpy as np
import torch

from gazeengine.checkpoint import load
from gazeengine.cost import flops_model
from gazeengine.latency import computing_with
from gazeengine.networks import build, sliced
from gazeengine.plan import PruningPlan, pruning_order
from gazeengine.resources import find_model
from gazeengine.rounding import rounded_plan
from gazeengine.time_cost import layer_seconds


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("model", nargs="?", default="fastgaze")
    options.add_argument("--beta", type=float, default=1e-2)
    options.add_argument("--features", type=int, nargs="+", default=[500, 1000, 1500, 2000, 2300, 2500])
    options.add_argument("--runs", type=int, default=30)
    options.add_argument("--threads", type=int, default=1)
    given = options.parse_args()
    checkpoint = load(find_model(given.model))
    flops = flops_model(checkpoint.architecture, *checkpoint.working_size)
    assert checkpoint.signal is not None
    order, base = pruning_order(checkpoint.signal, flops, given.beta), build(checkpoint)
    image = torch.rand(1, 3, *checkpoint.working_size, generator=torch.Generator().manual_seed(0))
    print("| pruned | GFLOP exact | rounded | ms exact | rounded | per FLOP, measured | predicted |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for n in given.features:
        plans = order.first(n), rounded_plan(order, n, flops)
        times = _in_turn([sliced(base, plan.kept) for plan in plans], image, given.runs, given.threads)
        alone = [_layers(checkpoint.architecture, plan, checkpoint.working_size, given.threads) for plan in plans]
        less = plans[0].flops / plans[1].flops
        low, middle, high = quantiles(times[0] / times[1] / less)
        ms = np.median(times, 1) * 1e3
        print(
            f"| {n:,} | {plans[0].flops / 1e9:.2f} | {plans[1].flops / 1e9:.2f} | {ms[0]:.1f} | {ms[1]:.1f} "
            f"| {middle:.2f} ({low:.2f} to {high:.2f}) | {alone[0] / alone[1] / less:.2f} |"
        )


def _in_turn(networks, image, runs, threads):  # type: ignore[no-untyped-def]
    """Seconds (networks, runs) of one after the other, so that load by others falls on both."""
    seconds = np.zeros((len(networks), runs))
    with computing_with(threads), torch.inference_mode():
        for run in range(-2, runs):  # the first two warm up
            for i, network in enumerate(networks):
                started = time.perf_counter()
                network(image)
                if run >= 0:
                    seconds[i, run] = time.perf_counter() - started
    return seconds


def _layers(architecture, plan: PruningPlan, size, threads):  # type: ignore[no-untyped-def]
    """Seconds of all layers at a plan's widths, each timed alone."""
    return sum(layer_seconds(architecture, plan.widths, size, threads=threads).values())


if __name__ == "__main__":
    main()
