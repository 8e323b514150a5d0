"""prune: a smaller network by Fisher pruning, down to so many features, FLOPs or milliseconds."""

from __future__ import annotations

import math
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict

from gazeengine.checkpoint import Checkpoint
from gazeengine.commands import latency
from gazeengine.commands.fisher_signal import Targets, with_signal
from gazeengine.commands.info import description
from gazeengine.commands.output import Progress, Result, check_writable, model, verified
from gazeengine.cost import CostModel, flops_model
from gazeengine.errors import PruningError
from gazeengine.export import save_model
from gazeengine.fixations import read_data_set
from gazeengine.latency import measure_latency
from gazeengine.networks import build, sliced
from gazeengine.plan import FLOP_PER_GFLOP, FisherSignal, PruningOrder, pruning_order, smallest_beta
from gazeengine.records import Latency
from gazeengine.surgery import pruned

SEARCH_RUNS, CONFIRMING_RUNS = 7, 15
RESOLUTION = 200  # of all that can be pruned: how finely a target in milliseconds is searched for
CONFIRMATIONS = 5


def run(options: Namespace) -> Result:
    check_writable(options.out)
    checkpoint = _with_signal(model(options.model), options)
    signal = checkpoint.signal
    if signal is None:
        raise PruningError(
            f"model {checkpoint.name}: it has no Fisher signal, wanted --data DIR, or a model with one from signal"
        )
    cost = flops_model(checkpoint.architecture, *checkpoint.working_size)
    if options.features is not None and options.features > checkpoint.n_prunable:
        raise PruningError(f"pruning {options.features} features: wanted 0 to {checkpoint.n_prunable}")
    order = pruning_order(signal, cost, _beta(options, signal, cost))
    measured: Latency | None = None
    if options.features is not None:
        n = options.features
    elif options.gflop is not None:
        n = order.n_for_flops(options.gflop * FLOP_PER_GFLOP)
    else:
        for n, measured in n_for_latency(checkpoint, order, options.ms, options.threads or 1):
            Progress("prune").say(f"{n} features pruned: {measured.median_ms:.1f} ms")
    plan = order.first(n)
    small = pruned(checkpoint, plan)
    values, text = verified(save_model(small, options.out), options.out)
    beta, shown = ("star", "star") if plan.beta is None else (plan.beta, f"{plan.beta:.4g}")
    found = {
        "parent": checkpoint.name,
        "beta": beta,
        "pruned": n,
        "loss_increase_bits": plan.loss_increase / math.log(2),
        "latency": asdict(measured) if measured else None,
        "target_reached": measured is None or measured.median_ms <= options.ms,
    }
    lines = [
        f"{small.name}: {n} features pruned at β {shown}, {small.n_features} left, "
        f"{plan.flops / FLOP_PER_GFLOP:.2f} GFLOP, estimated loss increase {found['loss_increase_bits']:.3f} bits"
    ]
    if measured is not None:
        reached = "" if found["target_reached"] else f"; that is above {options.ms:g} ms, the computer may be busy"
        lines.append(latency.text(measured, checkpoint.name) + reached)
    return Result(description(small) | found | values, "\n".join([*lines, text]))


def n_for_latency(
    checkpoint: Checkpoint, order: PruningOrder, target_ms: float, threads: int
) -> Iterator[tuple[int, Latency]]:
    """Bisects how many removals make the network take at most target_ms at its working size; the last one holds.

    Each measurement is a median over runs in turn with the network as it is. The answer is measured again with more
    runs; where it misses then, some more features go, a few times at most. Raises PruningError where all that can
    go leaves the network slower than that.
    """
    base = build(checkpoint)

    def measured(n: int, runs: int) -> Latency:
        network = sliced(base, order.first(n).kept) if n else base
        *_, last = measure_latency(network, base, checkpoint.working_size, threads=threads, runs=runs)
        return last

    fast, slow = order.n_removals, 0
    unpruned = measured(slow, SEARCH_RUNS)
    yield slow, unpruned
    if unpruned.median_ms <= target_ms:
        return
    least = measured(fast, SEARCH_RUNS)
    yield fast, least
    if least.median_ms > target_ms:
        raise PruningError(
            f"target {target_ms:g} ms: with all pruned that can go a map takes {least.median_ms:.1f} ms "
            f"(quartiles {least.quartiles_ms[0]:.1f} to {least.quartiles_ms[1]:.1f}), wanted at least that"
        )
    while fast - slow > max(1, order.n_removals // RESOLUTION):
        middle = (fast + slow) // 2
        found = measured(middle, SEARCH_RUNS)
        yield middle, found
        if found.median_ms <= target_ms:
            fast = middle
        else:
            slow = middle
    for _ in range(CONFIRMATIONS):
        found = measured(fast, CONFIRMING_RUNS)
        yield fast, found
        if found.median_ms <= target_ms or fast == order.n_removals:
            return
        fast = min(order.n_removals, fast + max(1, order.n_removals // 50))


def _beta(options: Namespace, signal: FisherSignal, cost: CostModel) -> float | None:
    if options.beta == "star":
        return None
    if options.beta is not None:
        return float(options.beta)
    if options.gflop is not None:
        return smallest_beta(signal, cost, flops=options.gflop * FLOP_PER_GFLOP)[0]
    if options.features is not None:
        return smallest_beta(signal, cost, n_features=options.features)[0]
    raise PruningError("target in milliseconds: there is no β, wanted --beta B or --beta star with --ms")


def _with_signal(checkpoint: Checkpoint, options: Namespace) -> Checkpoint:
    if options.data is None:
        return checkpoint
    data_sets = [read_data_set(folder, "train") for folder in options.data]
    stimuli = [s for data in data_sets for s in data.stimuli]
    names = [data.name for data in data_sets]
    targets: Targets = options.targets or "fixations"
    return with_signal(checkpoint, names, stimuli, targets, options.images, options.seed)
