"""latency: the time to a map on this computer, with its spread."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict

import torch

from gazeengine.checkpoint import Checkpoint
from gazeengine.commands.output import Progress, Result, model
from gazeengine.errors import GazeError
from gazeengine.fused import fused, ready
from gazeengine.latency import measure_latency
from gazeengine.networks import GazeNetwork, initialise, uniform_center_bias
from gazeengine.records import Latency

LIMIT_S = 120.0


def run(options: Namespace) -> Result:
    checkpoint = model(options.model)
    size = options.size or checkpoint.working_size
    network = ready(checkpoint)
    progress = Progress("latency")
    latency = measured(
        network,
        unpruned(checkpoint, network),
        size,
        options.threads,
        options.runs,
        lambda done: progress.show(done.runs, options.runs, _left_s(done, options.runs), f"{done.median_ms:.1f} ms"),
    )
    values = {"name": checkpoint.name} | asdict(latency)
    return Result(values, text(latency))


def measured(
    network: GazeNetwork,
    base: GazeNetwork,
    size: tuple[int, int],
    threads: int,
    runs: int,
    progress: Callable[[Latency], object] = lambda _: None,
) -> Latency:
    """The latency over that many runs, or as many as fit into LIMIT_S."""
    last = None
    for last in measure_latency(network, base, size, threads=threads, runs=runs, limit_s=LIMIT_S):
        progress(last)
    if last is None:
        raise GazeError("latency: not one run was made, wanted at least one")
    return last


def unpruned(checkpoint: Checkpoint, network: GazeNetwork) -> GazeNetwork:
    """The network with all features; where some are pruned with random weights, which take as long."""
    architecture = checkpoint.architecture
    if checkpoint.widths == architecture.widths:
        return network
    base = GazeNetwork(architecture, architecture.widths, uniform_center_bias())
    initialise(base, 0)
    base.requires_grad_(False).to(memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    return fused(base)


def text(latency: Latency, compared: str = "unpruned") -> str:
    low, high = latency.quartiles_ms
    height, width = latency.size
    return (
        f"{latency.median_ms:.1f} ms (quartiles {low:.1f} to {high:.1f} of {latency.runs} runs) at {height}x{width} "
        f"with {latency.threads} thread{'s' * (latency.threads > 1)}; {latency.speedup:.2f} times as fast as "
        f"{compared} ({latency.base_median_ms:.1f} ms)"
    )


def _left_s(latency: Latency, runs: int) -> float:
    return (runs - latency.runs) * (latency.median_ms + latency.base_median_ms) / 1e3
