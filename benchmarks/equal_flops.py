"""Networks of equal FLOPs by what pruning saved, and what they take. python benchmarks/equal_flops.py --data DATA/OSIE

Pruned by FLOPs, by measured time, and by Torch-Pruning's Taylor importance if that is installed, all in turn, in time
of the processor and not of the clock, so that a computer that others use does not matter much. MODELs are measured
beside them, such as stops of refine. Times of layers are those of the times command.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import torch

from benchmarks.torch_pruning_peer import Peer, PeerError, torch_pruning
from gazeengine.calibration import inputs_of
from gazeengine.checkpoint import Checkpoint, load
from gazeengine.commands.argument_kinds import Parser, shares, whole_number
from gazeengine.commands.output import model
from gazeengine.commands.prune import pricing_here
from gazeengine.cost import flops_model
from gazeengine.errors import GazeError
from gazeengine.fixations import read_data_set
from gazeengine.machine import times_file
from gazeengine.networks import GazeNetwork, build, sliced
from gazeengine.plan import FLOP_PER_GFLOP
from gazeengine.time_cost import TimeTable, time_model

BETA = 0.01  # nats per GFLOP


@dataclass(frozen=True, slots=True)
class Contestant:
    title: str
    network: GazeNetwork
    widths: Mapping[str, int]


def arguments() -> argparse.Namespace:
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, nargs="*", metavar="MODEL", help="measured beside them")
    parser.add_argument("--model", default="fastgaze", help="which is pruned (default fastgaze)")
    parser.add_argument("--data", type=Path, action="append", required=True, metavar="DIR", help="for the peer")
    parser.add_argument("--shares", type=shares, default=(0.25, 0.1), help="of the FLOPs (default 0.25,0.1)")
    parser.add_argument("--pictures", type=whole_number(1), default=12, help="of the peer's importance (default 12)")
    parser.add_argument("--runs", type=whole_number(3), default=25, help="rounds (default 25)")
    return parser.parse_args()


def contestants(options: argparse.Namespace, checkpoint: Checkpoint) -> Iterator[Contestant]:
    base, signal = build(checkpoint), checkpoint.signal
    assert signal is not None
    pricings = {cost: pricing_here(checkpoint, cost, 1, options.model) for cost in ("flops", "time")}
    whole = {cost: p.cost.total(checkpoint.widths) for cost, p in pricings.items()}
    same = BETA * whole["flops"] / whole["time"]
    for cost, beta in (("flops", BETA), ("time", same), ("time", 10 * same), ("time", None)):
        order = pricings[cost].order(signal, beta)
        for share in options.shares:
            plan = order.first(order.n_for_flops(share * order.flops[0]))
            told = "β*" if beta is None else f"β {beta:.2g}"
            yield Contestant(f"{share:.0%}, by {cost}, {told}", sliced(base, plan.kept), plan.widths)
    try:
        torch_pruning()
    except PeerError as error:
        print(error, file=sys.stderr)
    else:
        yield from peers(options, checkpoint, base)
    for path in options.models:
        found = load(path)
        yield Contestant(path.stem, build(found), found.widths)


def peers(options: argparse.Namespace, checkpoint: Checkpoint, base: GazeNetwork) -> Iterator[Contestant]:
    data = [read_data_set(folder, "train") for folder in options.data]
    stimuli = [s for one in data for s in one.stimuli]
    n = options.pictures
    inputs = inputs_of(checkpoint, [d.name for d in data], stimuli, fixated=True, n_images=n, seed=0)
    peer, flops = Peer(checkpoint, "taylor"), flops_model(checkpoint.architecture, *checkpoint.working_size)
    for _ in peer.estimate(inputs, 0):
        pass
    left, whole = list(options.shares), flops.total(checkpoint.widths)
    while left:
        peer.pruner.step()
        while left and flops.total(peer.widths) <= left[0] * whole:
            kept = peer.kept()
            widths = {name: len(features) for name, features in kept.items()}
            yield Contestant(f"{left.pop(0):.0%}, Torch-Pruning, Taylor", sliced(base, kept), widths)


def main() -> int:
    options = arguments()
    torch.set_num_threads(1)
    try:
        checkpoint = model(options.model)
        found = list(contestants(options, checkpoint))
    except GazeError as error:
        print(f"equal_flops: {error}", file=sys.stderr)
        return 2
    architecture, size = checkpoint.architecture, checkpoint.working_size
    times = time_model(architecture, TimeTable.load(times_file(architecture.name, size)))
    flops, first = flops_model(architecture, *size), architecture.layers[0].name
    image, spent = torch.rand(1, 3, *size), np.zeros((options.runs + 2, len(found)))
    with torch.inference_mode():
        for row in spent:  # the first two warm up
            for i, one in enumerate(found):
                begun = time.thread_time()
                one.network(image)
                row[i] = 1e3 * (time.thread_time() - begun)
    print(f"| network | GFLOP | features in {first} | predicted, ms | measured, ms (quartiles) |")
    print("| --- | ---: | ---: | ---: | --- |")
    for one, (low, median, high) in zip(found, np.percentile(spent[2:], (25, 50, 75), axis=0).T, strict=True):
        gflop, predicted = flops.total(one.widths) / FLOP_PER_GFLOP, 1e3 * times.seconds(one.widths)
        measured = f"{median:.1f} ({low:.1f} to {high:.1f})"
        print(f"| {one.title} | {gflop:.2f} | {one.widths[first]} | {predicted:.1f} | {measured} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
