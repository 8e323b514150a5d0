"""Refined orders: signals estimated anew along the path of pruning, and what is left compensated, without training.

A signal of the unpruned network serves the first half of the way and misleads after it. So the way is cut into stops:
prune to the next one by the present signal, compensate, estimate the signal of what is left, which is cheaper with
every stop. Each stop is a network of its own, with the signal to prune it further by.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from gazeengine.calibration import inputs_of
from gazeengine.checkpoint import Checkpoint
from gazeengine.compensation import POSITIONS, RIDGE, Outputs, compensated
from gazeengine.cost import flops_model
from gazeengine.errors import PruningError
from gazeengine.families import Made, snapshot_name
from gazeengine.fisher import fisher_signal
from gazeengine.image import Picture
from gazeengine.pricing import CostName, Pricing
from gazeengine.signal_source import with_source
from gazeengine.stimuli import Stimulus
from gazeengine.surgery import pruned
from gazeengine.tuning import refuse_dead_layers, refuse_foreign

RECORD = "refined"
"""Of a stop's provenance: by which way it was reached."""
BACKWARD = 2.0  # times a forward pass; what progress is counted in


@dataclass(frozen=True, slots=True)
class RefinementOptions:
    """How to come to smaller and smaller networks.

    beta in nats per unit of cost (None: β*). shares are the stops, parts of the FLOPs of the network it begins with,
    descending; or features where it is given: so many are gone of that network, ascending. n_images pictures
    compensate, of which the first n_signal estimate each stop's signal, with n_targets fixations each; positions and
    ridge are compensation's. Without estimate the signal that it begins with serves all the way, and without
    compensate weights stay: what these two do can be told apart. pictures says which ones these are, where it matters
    that others give other networks. The stops belong to the family that the network is of, or with own_family to one
    that begins with it; to none where the cost is another than FLOPs, as β is a price of something else then.
    """

    beta: float | None
    shares: tuple[float, ...] = (0.7, 0.5, 1 / 3, 0.2, 0.1)
    features: tuple[int, ...] = ()
    estimate: bool = True
    compensate: bool = True
    targets: str = "fixations"
    n_images: int = 80
    n_signal: int = 24
    n_targets: int = 2
    positions: int = POSITIONS
    ridge: float = RIDGE
    seed: int = 0
    pictures: str = ""
    own_family: bool = False
    cost: CostName = "flops"


@dataclass(frozen=True, slots=True, eq=False)
class RefinementProgress:
    """What is being done, which share of all is done and how long the rest will take.

    stop is there where one is reached, and the file where it lies once it is written.
    """

    doing: str
    done: float
    left_s: float
    stop: Checkpoint | None = None
    file: Path | None = None


def refined(
    checkpoint: Checkpoint,
    names: Sequence[str],
    pictures: Sequence[Picture | Stimulus],
    options: RefinementOptions,
    reached: Sequence[Checkpoint] = (),
    pricing: Pricing | None = None,
    n_scored: int = 0,
) -> Iterator[RefinementProgress]:
    """Prune checkpoint from stop to stop over pictures of the data that names tell; yields each stop as it is reached.

    reached are the first stops of the same way, from an earlier time (see continued). pricing is of options' cost,
    FLOPs if none is given. Progress leaves room for n_scored pictures that each stop is scored on afterwards.

    Raises PruningError where checkpoint has no signal or a stop leaves less than pruning can, DataError where pictures
    are none.
    """
    signal = checkpoint.signal
    if signal is None:
        raise PruningError(f"model {checkpoint.name}: it has no Fisher signal, wanted one to begin with, from signal")
    refuse_foreign(checkpoint)
    refuse_dead_layers(signal, checkpoint.widths)
    cost = flops_model(checkpoint.architecture, *checkpoint.working_size)
    pricing = pricing or Pricing("flops", cost, cost)
    whole = cost.total(checkpoint.widths)
    if options.features:
        _check_counts(checkpoint, options.features)
        guess = pricing.order(signal, options.beta)  # of what stops will cost, for the time that is left
        shares = tuple(float(guess.flops[n]) / whole for n in options.features)
    else:
        shares = options.shares
        _check_shares(shares, cost.total(dict.fromkeys(checkpoint.widths, 1)) / whole)
    images = inputs_of(
        checkpoint,
        names,
        pictures,
        fixated=options.targets == "fixations",
        n_images=options.n_images,
        seed=options.seed,
    )
    pace = _Pace(options, shares, len(images), len(reached), n_scored)
    present, outputs = (reached[-1] if reached else checkpoint), None
    if options.compensate and len(reached) < len(shares):
        inputs = [x for x, _ in images]
        for seen in Outputs.seen(checkpoint, inputs, positions=options.positions, seed=options.seed):
            if isinstance(seen, Outputs):
                outputs = seen
            else:
                pace.did(1)
                yield pace.now(f"looking at picture {seen} of {len(inputs)}")
    for i in range(len(reached), len(shares)):
        where = f"stop {i + 1} of {len(shares)}"
        assert present.signal is not None
        order = pricing.order(present.signal, options.beta)
        if options.features:
            n = options.features[i] - (checkpoint.n_features - present.n_features)
        else:
            n = order.n_for_flops(shares[i] * whole)
        present = pruned(present, order.first(n))
        signal = present.signal
        if outputs is not None:
            layers = len(checkpoint.architecture.layers)
            for step in compensated(present, outputs, ridge=options.ridge):
                if step is not None:
                    present = step
                else:
                    pace.did(len(images) * shares[i] / layers)
                    yield pace.now(f"{where}: compensating")
        if not options.estimate:
            present = _stop(checkpoint, replace(present, signal=signal), options, i)
            yield replace(pace.now(where), stop=present)
            continue
        drawn = images[: options.n_signal]
        for estimated in fisher_signal(
            present, iter(drawn), targets=options.targets, n_targets=options.n_targets, seed=options.seed
        ):
            pace.did((1 + BACKWARD * options.n_targets) * shares[i])
            yield pace.now(f"{where}: signal of picture {estimated.n_images} of {len(drawn)}")
        present = _stop(checkpoint, with_source(present, estimated, names, options.seed), options, i)
        yield replace(pace.now(where), stop=present)


def continued(
    checkpoint: Checkpoint, options: RefinementOptions, found: Sequence[Checkpoint]
) -> tuple[Checkpoint, ...]:
    """Those of found networks that are the first stops of the same way from the same network, in order."""
    records = {_key(c.provenance.get(RECORD)): c for c in found if c.signal is not None}
    reached = []
    for i in range(len(options.features or options.shares)):
        stop = records.get(_key(_record(checkpoint, options, i)))
        if stop is None:
            break
        reached.append(stop)
    return tuple(reached)


def _stop(origin: Checkpoint, present: Checkpoint, options: RefinementOptions, i: int) -> Checkpoint:
    gone = origin.architecture.n_features - present.n_features
    beta = "star" if options.beta is None else options.beta
    how: Made = "compensated" if options.compensate else "refined"
    begun = {"parent": origin.id, "name": origin.name}
    family = begun if options.own_family else dict(origin.provenance.get("family", begun))
    family |= {"criterion": "fisher", "beta": beta, "n_pruned": gone, "made": how}
    provenance = {name: value for name, value in present.provenance.items() if name != "family"}
    provenance |= {"family": family} if options.cost == "flops" else {"cost": options.cost}
    provenance |= {
        "parent": {"name": origin.name, "id": origin.id},
        "beta": beta,
        "pruned": origin.n_features - present.n_features,
        "trained_after_pruning": False,
        RECORD: _record(origin, options, i),
    }
    return replace(present, name=snapshot_name(family), provenance=provenance)


def _record(origin: Checkpoint, options: RefinementOptions, i: int) -> dict[str, Any]:
    """What says of the i-th stop how it was reached: the same for longer ways that begin with the same stops."""
    about = asdict(options) | {"beta": "star" if options.beta is None else options.beta}
    shares = [] if options.features else list(options.shares[: i + 1])
    return about | {"origin": origin.id, "shares": shares, "features": list(options.features[: i + 1])}


def _check_shares(shares: Sequence[float], least: float) -> None:
    if not shares or any(not 0 < b < a for a, b in pairwise((1.0 + 1e-9, *shares))):
        told = ", ".join(f"{share:g}" for share in shares)
        raise PruningError(f"stops {told or 'none'}: wanted shares of the FLOPs between 1 and 0, descending")
    if shares[-1] < least:
        raise PruningError(f"stop {shares[-1]:g}: one feature a layer is {least:.2g} of the FLOPs, wanted more")


def _check_counts(checkpoint: Checkpoint, features: Sequence[int]) -> None:
    if any(not a < b for a, b in pairwise((0, *features))) or features[-1] > checkpoint.n_prunable:
        told = ", ".join(f"{n:,}" for n in features)
        raise PruningError(
            f"stops {told}: wanted numbers of features from 1 to {checkpoint.n_prunable:,} that are gone, ascending"
        )


def _key(record: Any) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, str(value)) for name, value in record.items())) if isinstance(record, Mapping) else ()


class _Pace:
    """How much is done, in forward passes of the unpruned network over a picture."""

    def __init__(
        self, options: RefinementOptions, shares: Sequence[float], n_images: int, n_reached: int, n_scored: int
    ) -> None:
        left = shares[n_reached:]
        each = min(options.n_signal, n_images) * (1 + BACKWARD * options.n_targets)
        signal = each * sum(left) if options.estimate else 0.0
        self._all = signal + (n_images * (1 + sum(left)) if options.compensate else 0.0) + n_scored * sum(shares)
        self._done, self._started = 0.0, time.monotonic()

    def did(self, passes: float) -> None:
        self._done += passes

    def now(self, doing: str) -> RefinementProgress:
        share = min(1.0, self._done / self._all) if self._all else 1.0
        elapsed = time.monotonic() - self._started
        left = elapsed / share * (1 - share) if share else float(np.inf)
        return RefinementProgress(doing, share, left)
