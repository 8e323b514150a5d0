"""times: what each layer of a network takes on this computer, and how well pruned networks are predicted by that."""

from __future__ import annotations

import time
from argparse import Namespace
from dataclasses import dataclass
from typing import Any

from gazeengine.commands.output import Progress, Result, check_writable, folder_made, model
from gazeengine.cost import flops_model
from gazeengine.criteria import CRITERIA, FeatureStatistics
from gazeengine.fused import fused
from gazeengine.latency import measure_latency
from gazeengine.machine import machine_name, times_file
from gazeengine.networks import build, sliced
from gazeengine.plan import FisherSignal, pruning_order
from gazeengine.records import Latency
from gazeengine.time_cost import TimeTable, time_model, timed

SHARES = (1.0, 0.75, 0.5, 0.25, 0.1)
"""Of the FLOPs, at which the prediction is compared with a measurement."""
RUNS = 9


@dataclass(frozen=True, slots=True)
class Compared:
    """A network pruned to a share of the FLOPs: its time as predicted by its layers, and measured."""

    share: float
    gflop: float
    predicted_ms: float
    latency: Latency

    @property
    def values(self) -> dict[str, Any]:
        told = {"measured_ms": self.latency.median_ms, "quartiles_ms": self.latency.quartiles_ms}
        return {"share": self.share, "gflop": self.gflop, "predicted_ms": self.predicted_ms} | told


def run(options: Namespace) -> Result:
    checkpoint = model(options.model)
    architecture, size = checkpoint.architecture, options.size or checkpoint.working_size
    path = options.out or times_file(architecture.name, size, options.threads)
    folder_made(path.parent)
    check_writable(path)
    progress, started = Progress("times"), time.monotonic()
    for step in timed(architecture, size, machine_name(), threads=options.threads, runs=options.runs):
        if isinstance(step, TimeTable):
            table = step
        else:
            elapsed = time.monotonic() - started
            progress.show(round(100 * step), 100, elapsed / step * (1 - step))
    table.save(path)
    found = time_model(architecture, table)
    signal: FisherSignal = checkpoint.signal or CRITERIA["l1w"].signal(FeatureStatistics.none(checkpoint), checkpoint)
    flops, base = flops_model(architecture, *size), build(checkpoint)
    whole = fused(base)
    order = pruning_order(signal, flops, None)
    rows = []
    for share in SHARES:
        if share * order.flops[0] < order.flops[-1]:
            continue
        plan = order.first(order.n_for_flops(share * order.flops[0]))
        network = fused(sliced(base, plan.kept)) if plan.n else whole
        *_, latency = measure_latency(network, whole, size, threads=options.threads, runs=RUNS)
        rows.append(Compared(share, plan.flops / 1e9, 1e3 * found.seconds(plan.widths), latency))
    lines = [
        f"{path}: layers of {architecture.title} at {size[1]} × {size[0]}, threads: {options.threads}, {table.machine}",
        f"the fit misses single layers by {100 * found.error:.0f} % (median)",
        *(
            f"{100 * row.share:.0f} % of the FLOPs: predicted {row.predicted_ms:.1f} ms, measured "
            f"{row.latency.median_ms:.1f} (quartiles {row.latency.quartiles_ms[0]:.1f} to "
            f"{row.latency.quartiles_ms[1]:.1f})"
            for row in rows
        ),
        "predicted is the sum of layers, and what whole networks were measured to take besides",
    ]
    values = {"file": str(path), "machine": table.machine, "threads": options.threads, "size": list(size)}
    return Result(values | {"median_error": found.error, "networks": [row.values for row in rows]}, "\n".join(lines))
