"""When features go while a network learns: rounds, pauses for snapshots, the end, and how much is left till then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gazeengine.architecture import Architecture, LayerWidths
from gazeengine.cost import CostModel, flops_model
from gazeengine.errors import PruningError
from gazeengine.plan import FLOP_PER_GFLOP, PruningOrder


@dataclass(frozen=True, slots=True)
class PruningOptions:
    """How to prune. beta in nats per GFLOP, None for β*; counts are of features pruned from the unpruned network.

    A round is steps_per_round steps of SGD, after which features_per_round features go. keep is the share of the
    accumulated signal that a step leaves of what was before it: 1 sums, as within a round of the paper; with
    forget the sum begins anew in each round, as there. At a snapshot settle_steps steps follow without pruning.
    As the network gets cheaper a round has more steps, as many as the operations of its first ones allow, up to
    stretch times as many: it costs little to learn well where it matters most.
    """

    beta: float | None = 1e-3
    n_pruned: int = 2250
    gflop: float | None = None
    snapshots: tuple[int, ...] = (500, 1000, 1500, 2000, 2250, 2500)
    height: int = 240
    width: int = 320
    batch: int = 4
    steps_per_round: int = 2
    features_per_round: int = 10
    warm_up_steps: int = 20
    settle_steps: int = 20
    stretch: float = 8.0
    keep: float = 0.97
    forget: bool = False
    n_targets: int = 1
    learning_rate: float = 0.0025
    momentum: float = 0.9
    gradient_norm: float = 1.0
    validate_every: int = 200
    least_scale: float = 1.0
    teacher_share: float = 0.9
    seed: int = 0


PAPER: Mapping[str, float] = {
    "steps_per_round": 10,
    "features_per_round": 1,
    "warm_up_steps": 0,
    "stretch": 1.0,
    "keep": 1.0,
    "forget": True,
}
"""The paper's schedule, as what differs from the fast one."""


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """Options for an architecture, as answers. n_pruned counts features that are gone from the unpruned network."""

    options: PruningOptions
    architecture: Architecture
    cost: CostModel
    unpruned_flops: int

    @staticmethod
    def of(options: PruningOptions, architecture: Architecture) -> Schedule:
        cost = flops_model(architecture, options.height, options.width)
        return Schedule(options, architecture, cost, cost.total(architecture.widths))

    def n_pruned(self, widths: LayerWidths) -> int:
        return self.architecture.n_features - sum(widths.values())

    def check(self, widths: LayerWidths, name: str) -> None:
        """Raises PruningError where a network of these widths cannot be pruned to the target, or is there already."""
        if self._flops is None:
            n, gone = self.options.n_pruned, self.n_pruned(widths)
            if not gone < n <= self._most:
                raise PruningError(
                    f"pruning {n} features: wanted more than the {gone} that are gone from {name}, "
                    f"and at most {self._most}"
                )
            return
        least, now = (self.cost.total(w) for w in (dict.fromkeys(widths, 1), widths))
        if not least <= self._flops < now:
            raise PruningError(
                f"target {self.options.gflop:g} GFLOP: {name} has {now / FLOP_PER_GFLOP:.4g}, and "
                f"{least / FLOP_PER_GFLOP:.4g} with one feature a layer; wanted less than it has, and that at least"
            )

    def reached(self, widths: LayerWidths) -> bool:
        """Whether this is the end."""
        if self._flops is not None:
            return self.cost.total(widths) <= self._flops
        return self.n_pruned(widths) >= self.options.n_pruned

    def pauses_at(self, widths: LayerWidths) -> bool:
        """Whether a network of these widths settles, for a snapshot: at the end, too."""
        return self.n_pruned(widths) in self.options.snapshots or self.reached(widths)

    def round_steps(self, flops: float) -> int:
        """Steps of a round of a network with so many operations."""
        return self._stretched(self.options.steps_per_round, flops)

    def settle_steps(self, flops: float) -> int:
        """Steps of its pause before a snapshot."""
        return self._stretched(self.options.settle_steps, flops)

    def n_next(self, order: PruningOrder, n_pruned: int) -> int:
        """How many removals of the order the next round is: up to a pause, or the first that reaches the target."""
        n = min(self.options.features_per_round, self._next_pause(n_pruned) - n_pruned, order.n_removals)
        if self._flops is not None and order.flops[n] <= self._flops:
            return order.n_for_flops(self._flops)
        return n

    def left(self, widths: LayerWidths, step: int, taken: int, order: PruningOrder | None) -> tuple[int, float]:
        """Steps from step on to the end, and their operations for a picture, if pruning goes on as in order.

        taken is n_pruned at the last snapshot. Without an order it is as if nothing got cheaper.
        """
        begin, now = self.n_pruned(widths), float(self.cost.total(widths))
        if self._flops is None:
            end = self.options.n_pruned
        else:
            end = self._most if order is None else begin + order.n_for_flops(self._flops)
        at, steps, work = begin, 0, 0.0
        while True:
            flops = now if order is None else float(order.flops[at - begin])
            n = 0
            if at != taken and (at in self.options.snapshots or at == end):
                n += self.settle_steps(flops)
            if at < end:
                n += max(self.round_steps(flops), self.options.warm_up_steps - step - steps)
            steps, work = steps + n, work + n * flops
            if at >= end:
                return steps, work
            at = min(at + self.options.features_per_round, self._next_pause(at), end)

    @property
    def _flops(self) -> float | None:
        return None if self.options.gflop is None else self.options.gflop * FLOP_PER_GFLOP

    @property
    def _most(self) -> int:
        """Features that can go: the last of each layer stays."""
        return self.architecture.n_features - len(self.architecture.widths)

    def _next_pause(self, n_pruned: int) -> int:
        end = self._most if self._flops is not None else self.options.n_pruned
        return min([n for n in self.options.snapshots if n > n_pruned] + [end])

    def _stretched(self, steps: int, flops: float) -> int:
        """As many steps of a network with so many operations as cost what steps of the unpruned one do."""
        return round(steps * min(self.options.stretch, self.unpruned_flops / flops))
