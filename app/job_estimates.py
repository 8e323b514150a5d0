"""How many steps a job takes, and about how long, by the latency that was measured here."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gazeengine.architecture import ARCHITECTURES
from gazeengine.commands.output import duration
from gazeengine.records import Latency

TRAINING_PASSES = 3  # a step costs of a prediction, for each picture: forward once, backward about twice
PRUNING_PASSES = 5  # and backward once more to the features, for the signal
SPREAD = (0.8, 1.4)  # what else a step costs, and that a measurement of one picture says little of batches
TIME_A_FLOP = {"deepgaze2": 1.0, "deepgaze2-vgg16": 1.0, "fastgaze": 1.0, "densegaze": 1.5, "litegaze": 3.3}
"""How long an operation takes by architecture, against a VGG's; measured with AVX2 and one thread."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """A schedule of pruning while training: after steps_per_round steps features_per_round features go.

    Before a snapshot settle_steps steps follow without pruning. As the network gets cheaper both get longer, by as
    much as it is cheaper than the unpruned one and at most stretch times.
    """

    steps_per_round: int
    features_per_round: int
    warm_up_steps: int
    settle_steps: int
    stretch: float

    def work(
        self, n: int, snapshots: Sequence[int], flops_after: Callable[[int], float], unpruned: float
    ) -> tuple[int, float]:
        """Steps that it takes until n more features are gone, and their FLOPs for a picture.

        flops_after(k) is what is left when k more are gone, unpruned what the unpruned network has; snapshots are
        numbers of features that go before each, one at the end comes by itself.
        """
        flops = [flops_after(k) for k in range(0, max(n, 0), self.features_per_round)]
        steps = [self._stretched(self.steps_per_round, unpruned, f) for f in flops]
        for pause in {k for k in (*snapshots, n) if 0 < k <= n}:
            i = min(len(flops) - 1, pause // self.features_per_round)
            steps[i] += self._stretched(self.settle_steps, unpruned, flops[i])
        work = sum(s * f for s, f in zip(steps, flops, strict=True)) + self.warm_up_steps * flops_after(0)
        return self.warm_up_steps + sum(steps), work

    def _stretched(self, steps: int, unpruned: float, flops: float) -> int:
        return round(steps * min(self.stretch, unpruned / max(flops, 1.0)))


SCHEDULES = {"fast": Rounds(2, 10, 20, 20, 8.0), "paper": Rounds(10, 1, 0, 20, 1.0)}
"""As the command line knows them."""


@dataclass(frozen=True, slots=True)
class Speed:
    """A measured latency and what it was measured on: the network's architecture, and its FLOPs for a picture."""

    latency: Latency
    flops: int
    architecture: str

    def seconds(self, flops: float, architecture: str) -> tuple[float, float]:
        """That a prediction of so many FLOPs takes at best and at worst, with all cores: they help as if by magic, or
        not at all."""
        slower = TIME_A_FLOP.get(architecture, 1.0) / TIME_A_FLOP.get(self.architecture, 1.0)
        measured = self.latency.base_median_ms / 1e3 * flops / self.flops * slower
        spare = max(1.0, (os.cpu_count() or 1) / self.latency.threads)
        return measured / spare, measured


def time_needed(speed: Speed | None, n_steps: int, batch: int, flops: float, passes: int, architecture: str) -> str:
    """In words, with the number of steps; flops are those of a prediction, as a mean over all steps."""
    steps = f"{n_steps:,} step{'s' * (n_steps != 1)} of {batch} picture{'s' * (batch != 1)}"
    if speed is None:
        return f"{steps}. How long they take is seen as soon as it runs."
    low, high = (
        s * n_steps * batch * passes * f for s, f in zip(speed.seconds(flops, architecture), SPREAD, strict=True)
    )
    shortest, longest = duration(low), duration(high)
    about = shortest if shortest == longest else f"{shortest} to {longest}"
    of = "" if architecture == speed.architecture else f" of {ARCHITECTURES[speed.architecture].title}"
    return f"{steps}: roughly {about} on this computer, by the latency{of} that was measured."
