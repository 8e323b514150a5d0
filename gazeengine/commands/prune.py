"""prune: a smaller network by a criterion and a cost, down to so many features, FLOPs or milliseconds."""

from __future__ import annotations

import math
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import asdict

from gazeengine.calibration import inputs_of
from gazeengine.checkpoint import Checkpoint
from gazeengine.commands import latency
from gazeengine.commands.fisher_signal import Targets, with_signal
from gazeengine.commands.info import description
from gazeengine.commands.output import Progress, Result, check_writable, model, verified
from gazeengine.cost import flops_model, parameter_model
from gazeengine.criteria import CRITERIA, FeatureStatistics
from gazeengine.errors import PruningError
from gazeengine.export import save_model
from gazeengine.fisher import feature_statistics
from gazeengine.fixations import read_data_set
from gazeengine.fused import fused
from gazeengine.latency import measure_latency
from gazeengine.machine import times_file
from gazeengine.networks import build, sliced
from gazeengine.plan import FLOP_PER_GFLOP, FisherSignal, PruningOrder, PruningPlan, smallest_beta
from gazeengine.pricing import COSTS, CostName, Pricing
from gazeengine.records import Latency
from gazeengine.rounding import rounded_plan
from gazeengine.signal_source import with_source
from gazeengine.surgery import pruned
from gazeengine.time_cost import PS_PER_S, TimeModel, TimeTable, time_model
from gazeengine.tuning import n_within, refuse_dead_layers, refuse_foreign, tuned_beta

FISHER = "fisher"
SEARCH_RUNS, CONFIRMING_RUNS = 7, 15
RESOLUTION = 200  # of all that can be pruned: how finely a target in milliseconds is searched for
CONFIRMATIONS = 5


def run(options: Namespace) -> Result:
    check_writable(options.out)
    checkpoint, signal = _signal(model(options.model), options)
    if options.features is not None and options.features > checkpoint.n_prunable:
        raise PruningError(f"pruning {options.features} features: wanted 0 to {checkpoint.n_prunable}")
    refuse_foreign(checkpoint)
    refuse_dead_layers(signal, checkpoint.widths)
    pricing = pricing_here(checkpoint, options.cost, options.threads or 1, options.model)
    order = _order(checkpoint, signal, pricing, options)
    measured: Latency | None = None

    def plan_of(n: int) -> PruningPlan:
        return order.first(n) if options.multiple == 1 else rounded_plan(order, n, pricing.flops, options.multiple)

    if options.features is not None:
        plan = plan_of(options.features)
    elif options.gflop is not None:
        flops, rounded = options.gflop * FLOP_PER_GFLOP, plan_of if options.multiple > 1 else None
        plan = plan_of(n_within(order, flops, pricing.flops, plan_of=rounded))
    else:
        for plan, measured in plan_for_latency(checkpoint, order, plan_of, options.ms, options.threads or 1):
            Progress("prune").say(f"{plan.n} features pruned: {measured.median_ms:.1f} ms")
    small = pruned(checkpoint, plan)
    values, text = verified(save_model(small, options.out), options.out)
    beta, shown = ("star", "star") if plan.beta is None else (plan.beta, f"{plan.beta:.4g}")
    found = {
        "parent": checkpoint.name,
        "beta": beta,
        "criterion": plan.criterion,
        "cost": plan.cost,
        "unit_of_beta": f"nats per {COSTS[pricing.name].unit}",
        "pruned": plan.n,
        "asked_for": order.n_asked_for(),
        "loss_increase_bits": plan.loss_increase / math.log(2),
        "latency": asdict(measured) if measured else None,
        "target_reached": measured is None or measured.median_ms <= options.ms,
    }
    lines = [
        f"{small.name}: {plan.n} features pruned at β {shown}, {small.n_features} left, "
        f"{plan.flops / FLOP_PER_GFLOP:.2f} GFLOP, estimated loss increase {found['loss_increase_bits']:.3f} bits"
    ]
    if order.beta and order.n_asked_for() == order.n_removals:
        lines.append(
            f"β {shown} is so large that Eq. 14 asks for all but one feature of each layer; what goes first is decided "
            "by cost alone"
        )
    if measured is not None:
        reached = "" if found["target_reached"] else f"; that is above {options.ms:g} ms, the computer may be busy"
        lines.append(latency.text(measured, checkpoint.name) + reached)
    return Result(description(small) | found | values, "\n".join([*lines, text]))


def plan_for_latency(
    checkpoint: Checkpoint,
    order: PruningOrder,
    plan_of: Callable[[int], PruningPlan],
    target_ms: float,
    threads: int,
) -> Iterator[tuple[PruningPlan, Latency]]:
    """Bisects how many removals make the network take at most target_ms at its working size; the last one holds.

    Each measurement is a median over runs in turn with the network as it is. The answer is measured again with more
    runs; where it misses then, some more features go, a few times at most. Raises PruningError where all that can
    go leaves the network slower than that.
    """
    base = build(checkpoint)
    whole = fused(base)

    def measured(n: int, runs: int) -> tuple[PruningPlan, Latency]:
        plan = plan_of(n) if n else order.first(0)
        network = fused(sliced(base, plan.kept)) if plan.n else whole
        *_, last = measure_latency(network, whole, checkpoint.working_size, threads=threads, runs=runs)
        return plan, last

    fast, slow = order.n_removals, 0
    unpruned = measured(slow, SEARCH_RUNS)
    yield unpruned
    if unpruned[1].median_ms <= target_ms:
        return
    plan, least = measured(fast, SEARCH_RUNS)
    yield plan, least
    if least.median_ms > target_ms:
        raise PruningError(
            f"target {target_ms:g} ms: with all pruned that can go a map takes {least.median_ms:.1f} ms "
            f"(quartiles {least.quartiles_ms[0]:.1f} to {least.quartiles_ms[1]:.1f}), wanted at least that"
        )
    while fast - slow > max(1, order.n_removals // RESOLUTION):
        middle = (fast + slow) // 2
        plan, found = measured(middle, SEARCH_RUNS)
        yield plan, found
        if found.median_ms <= target_ms:
            fast = middle
        else:
            slow = middle
    for _ in range(CONFIRMATIONS):
        plan, found = measured(fast, CONFIRMING_RUNS)
        yield plan, found
        if found.median_ms <= target_ms or fast == order.n_removals:
            return
        fast = min(order.n_removals, fast + max(1, order.n_removals // 50))


def _order(checkpoint: Checkpoint, signal: FisherSignal, pricing: Pricing, options: Namespace) -> PruningOrder:
    """That of the β that was given, or of one found for the target."""
    judge = checkpoint.signal
    target = None if options.gflop is None else options.gflop * FLOP_PER_GFLOP
    if options.beta == "tuned" and options.ms is not None:
        times = times_here(checkpoint, options.threads or 1, options.model)
        most = PS_PER_S * (1e-3 * options.ms - times.constant_s)
        return tuned_beta(signal, pricing, most, judge, times.cost)[2]
    if options.beta == "tuned":
        if target is None:
            raise PruningError("β tuned: it needs a target of cost, wanted --gflop G or --ms T with --beta tuned")
        return tuned_beta(signal, pricing, target, judge)[2]
    if options.beta == "star":
        return pricing.order(signal, None, judge)
    if options.beta is not None:
        return pricing.order(signal, float(options.beta), judge)
    if options.ms is not None:
        raise PruningError("target in milliseconds: there is no β, wanted --beta B, star or tuned with --ms")
    if target is not None and (pricing.name != "flops" or signal.signed):
        return tuned_beta(signal, pricing, target, judge)[2]
    if target is not None:
        beta = smallest_beta(signal, pricing.cost, flops=target)[0]
    else:
        beta = smallest_beta(signal, pricing.cost, n_features=options.features)[0]
    return pricing.order(signal, beta, judge)


def pricing_here(checkpoint: Checkpoint, cost: CostName, threads: int, name: str) -> Pricing:
    """A cost of the model of that name; times of this computer are read, where the times command measured them.

    Raises PruningError for time where it did not.
    """
    flops = flops_model(checkpoint.architecture, *checkpoint.working_size)
    times = times_here(checkpoint, threads, name).cost if cost == "time" else None
    return Pricing.of(cost, flops, parameter_model(checkpoint.architecture), times, checkpoint.architecture.widths)


def times_here(checkpoint: Checkpoint, threads: int, name: str) -> TimeModel:
    """What this computer takes for the layers. Raises PruningError where the times command did not measure them."""
    path = times_file(checkpoint.architecture.name, checkpoint.working_size, threads)
    if not path.exists():
        raise PruningError(
            f"cost time: this computer was not measured for {checkpoint.architecture.title} yet, "
            f"wanted it measured by: python -m gazeengine times {name}"
        )
    return time_model(checkpoint.architecture, TimeTable.load(path))


def _signal(checkpoint: Checkpoint, options: Namespace) -> tuple[Checkpoint, FisherSignal]:
    """The network with the Fisher signal that says what is lost, and the criterion's that says what goes."""
    criterion = CRITERIA[options.criterion]
    if options.data is None:
        if options.criterion == FISHER:
            if checkpoint.signal is None:
                raise PruningError(
                    f"model {checkpoint.name}: it has no Fisher signal, wanted --data DIR, or a model with one from "
                    "the signal command"
                )
            return checkpoint, checkpoint.signal
        if criterion.of_pictures:
            raise PruningError(
                f"criterion {criterion.title}: model {checkpoint.name} has no statistics for it, wanted --data DIR "
                "to estimate them on"
            )
        return checkpoint, criterion.signal(FeatureStatistics.none(checkpoint), checkpoint, options.seed)
    data_sets = [read_data_set(folder, "train") for folder in options.data]
    stimuli = [s for data in data_sets for s in data.stimuli]
    names = [data.name for data in data_sets]
    targets: Targets = options.targets or "fixations"
    if options.criterion == FISHER or not criterion.of_pictures:
        checkpoint = with_signal(checkpoint, names, stimuli, targets, options.images, options.seed)
        assert checkpoint.signal is not None
        if options.criterion == FISHER:
            return checkpoint, checkpoint.signal
        return checkpoint, criterion.signal(FeatureStatistics.none(checkpoint), checkpoint, options.seed)
    fixated = targets == "fixations"
    images = inputs_of(checkpoint, names, stimuli, fixated=fixated, n_images=options.images, seed=options.seed)
    progress = Progress(criterion.title)
    for found in feature_statistics(checkpoint, iter(images), targets=targets, seed=options.seed):
        progress.show(found.n_images, len(images), float("nan"))
    checkpoint = with_source(checkpoint, CRITERIA[FISHER].signal(found, checkpoint), names, options.seed)
    return checkpoint, criterion.signal(found, checkpoint, options.seed)
