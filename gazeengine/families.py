"""Families of trained networks: a parent, and snapshots along the pruning runs that began with it, at several β.

At any (β, n) the rest is pruned from one of them, its base. So every n can be chosen, whatever was trained.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from gazeengine.checkpoint import Checkpoint, load
from gazeengine.errors import CheckpointError

Beta = float | None
"""In nats per GFLOP; None is β* (Eq. 15), which counts as larger than every number."""


Made = Literal["trained", "compensated", "refined"]
BEST_FIRST: tuple[Made, ...] = ("trained", "compensated", "refined")
"""Of networks of equal widths."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A trained network, as far as the head of its file tells; the parent, too, from which n = 0 features are gone.

    n counts pruned features from the parent, or from the architecture's unpruned network where the family has none.
    family is the name of what the run began with, parent its id. made says what its weights went through since: they
    were trained, or without training compensated for what was pruned, or neither, with a signal of their own alone.
    """

    path: Path
    name: str
    family: str
    parent: str
    beta: Beta
    n: int
    criterion: str
    architecture: str
    working_size: tuple[int, int]
    widths: Mapping[str, int]
    has_signal: bool
    scores: Mapping[str, Any] = field(default_factory=dict)
    made: Made = "trained"

    @property
    def n_features(self) -> int:
        return sum(self.widths.values())

    @property
    def n_most(self) -> int:
        """How far it can be pruned by its own signal; without one, not at all."""
        return self.n + self.n_features - len(self.widths) if self.has_signal else self.n

    def with_signal(self, has_signal: bool) -> Snapshot:
        """The same network with a signal, or without."""
        return replace(self, has_signal=has_signal)

    def checkpoint(self) -> Checkpoint:
        """The whole network. Raises CheckpointError where its file is damaged, or no longer what its head said."""
        found = load(self.path)
        if found.widths != self.widths:
            raise CheckpointError(
                f"model file {self.path.name}: it was changed since its family was read and has "
                f"{found.n_features} features, wanted {self.n_features}: open the family again"
            )
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """What can be chosen of a model at every β and n: the networks that were trained, and what is pruned past them.

    origin is the parent, or of a folder alone the snapshot with the fewest features pruned; checkpoint is its whole
    network. snapshots are those of the folder by β and n. problem says in one message what was left out, if anything.
    """

    path: Path
    origin: Snapshot
    checkpoint: Checkpoint
    snapshots: tuple[Snapshot, ...] = ()
    problem: str | None = None

    @property
    def name(self) -> str:
        return self.origin.family

    @property
    def n_features(self) -> int:
        """Features of the network from which n counts."""
        return self.origin.n + self.origin.n_features

    @property
    def betas(self) -> tuple[Beta, ...]:
        """At which there are pruning runs, ascending."""
        return tuple(sorted({s.beta for s in self.snapshots}, key=as_number))

    def made(self, *ways: Made) -> Family:
        """The family less what was made in other ways than these."""
        return replace(self, snapshots=tuple(s for s in self.snapshots if s.made in ways))

    def joined(self, snapshots: Collection[Snapshot]) -> Family:
        """The family with these too, in the place of its own at the same β and n that were made alike.

        What it does not take stays out.
        """
        found = {(s.beta, s.n, s.made): s for s in (*self.snapshots, *filter(self.takes, snapshots))}
        return replace(self, snapshots=tuple(sorted(found.values(), key=lambda s: (as_number(s.beta), s.n))))

    def takes(self, snapshot: Snapshot) -> bool:
        """Whether a snapshot is of the same parent, and looks at what the family's own networks look at."""
        own = self.origin
        return (snapshot.parent, snapshot.architecture, snapshot.working_size) == (
            own.parent,
            own.architecture,
            own.working_size,
        )

    def run(self, beta: Beta) -> tuple[Snapshot, ...]:
        """The snapshots of the run with the nearest β, by n, and of those of equal widths the best first.

        Where none of these was trained, those of the nearest run with some that were stand among them: what was made
        at a β of one's own takes nothing away.
        """
        return _run(beta, self.snapshots)

    def base(self, beta: Beta, n: int, ready: Collection[Snapshot] | None = None) -> Snapshot:
        """The trained network that the rest is pruned from: of the run at β the one with most pruned, not past n.

        Where that run has none before n it is the origin. ready leaves all others out of account.
        """
        run = self.run(beta) if ready is None else _run(beta, [s for s in self.snapshots if s in ready])
        fitting = [s for s in run if s.n <= n]
        return max(fitting, key=lambda s: (s.n, -BEST_FIRST.index(s.made)), default=self.origin)

    def most(self, beta: Beta) -> int:
        """The largest n at β: as far as the last network of the run can be pruned."""
        run = self.run(beta)
        return (run[-1] if run else self.origin).n_most

    def nearest_n(self, beta: Beta, n: int) -> int:
        """What n can be at β: within what is covered, and the nearer mark where a network has no signal."""
        n = min(max(n, self.origin.n), self.most(beta))
        base = self.base(beta, n)
        if n <= base.n_most:
            return n
        after = [s.n for s in self.run(beta) if s.n > n]
        return base.n_most if not after or n - base.n_most <= after[0] - n else after[0]

    def marks(self, beta: Beta) -> tuple[int, ...]:
        """The n at which a network was trained, of the run that counts at β and ascending; the parent's 0 is none."""
        return tuple(sorted({s.n for s in self.run(beta)}))

    def neighbours(self, beta: Beta, n: int) -> tuple[Snapshot, ...]:
        """What may be the base next: the marks before and behind n, then the bases at n of the runs beside β."""
        if not self.snapshots:
            return ()
        base, run = self.base(beta, n), self.run(beta)
        behind = [s for s in run if s.n > n][:1]
        before = [s for s in run if s.n < base.n][-1:]
        i = self.betas.index(nearest_beta(beta, self.betas))
        beside = [self.base(other, n) for other in (*self.betas[i + 1 : i + 2], *self.betas[max(i - 1, 0) : i])]
        return tuple(s for s in dict.fromkeys(behind + before + beside) if s not in (base, self.origin))

    def without(self, snapshot: Snapshot) -> Family:
        """The family less one of its snapshots, which turned out to be damaged."""
        return replace(self, snapshots=tuple(s for s in self.snapshots if s is not snapshot))

    def replaced(self, snapshot: Snapshot, other: Snapshot) -> Family:
        """The family with other in the place of one of its snapshots."""
        return replace(self, snapshots=tuple(other if s is snapshot else s for s in self.snapshots))

    def with_checkpoint(self, checkpoint: Checkpoint) -> Family:
        """The family with this for its origin's network: the same weights with another signal, or without."""
        origin = self.origin.with_signal(checkpoint.signal is not None)
        return replace(self.replaced(self.origin, origin), origin=origin, checkpoint=checkpoint)


def _run(beta: Beta, snapshots: Sequence[Snapshot]) -> tuple[Snapshot, ...]:
    if not snapshots:
        return ()
    trained = {s.beta for s in snapshots if s.made == "trained"}
    betas = {nearest_beta(beta, {s.beta for s in snapshots})}
    if trained and not betas <= trained:
        betas.add(nearest_beta(beta, trained))
    return tuple(sorted((s for s in snapshots if s.beta in betas), key=lambda s: (s.n, BEST_FIRST.index(s.made))))


def alone(checkpoint: Checkpoint, path: Path = Path()) -> Family:
    """A family of one."""
    return Family(path, origin_of(checkpoint, path), checkpoint)


def nearest_beta(beta: Beta, among: Collection[Beta]) -> Beta:
    """The one of several β with the least difference of logarithms; of two equally near ones the smaller.

    0 and β* have no logarithm. Each is nearest to itself; else they stand at the ends where the slider has them: 0
    below every number, so that the smallest comes next, β* above, so that the largest does. For a number they count
    only where there is no other, 0 first. among must not be empty.
    """
    if beta in among:
        return beta
    numbers = sorted(b for b in among if b is not None)
    if not numbers:
        return None
    if not beta:
        return numbers[-1] if beta is None else numbers[0]
    positive = [b for b in numbers if b > 0]
    return min(positive, key=lambda b: (round(abs(math.log(b / beta)), 9), b), default=0.0)


def origin_of(checkpoint: Checkpoint, path: Path) -> Snapshot:
    """A parent as a snapshot of itself."""
    return Snapshot(
        path,
        checkpoint.name,
        checkpoint.name,
        checkpoint.id,
        None,
        0,
        "",
        checkpoint.architecture.name,
        checkpoint.working_size,
        checkpoint.widths,
        checkpoint.signal is not None,
        checkpoint.scores,
    )


def as_number(beta: Beta) -> float:
    """For sorting."""
    return math.inf if beta is None else beta


CLAIMS = ("compensated", "refined")
"""Of a provenance, what is true of its weights only until they change."""


def changed(provenance: Mapping[str, Any]) -> dict[str, Any]:
    """The provenance of a network whose weights are others now: without CLAIMS."""
    return {key: value for key, value in provenance.items() if key not in CLAIMS}


def as_trained(provenance: Mapping[str, Any]) -> dict[str, Any]:
    """The provenance of a network that was trained since, however it was pruned before."""
    found = changed(provenance)
    if "trained_after_pruning" in found:
        found["trained_after_pruning"] = True
    if "family" in found:
        found["family"] = {key: value for key, value in found["family"].items() if key != "made"}
    return found


def snapshot_name(family: Mapping[str, Any]) -> str:
    """What a snapshot is called by the "family" of its provenance; how it was made, unless it was trained."""
    made = family.get("made", "trained")
    how = "" if made == "trained" else f", {made}"
    return f"{family['name']} −{family['n_pruned']} (β {family['beta']}{how})"


def beta_in_names(beta: float | None) -> str:
    """β as short as it can be written in the name of a file: 1e-3, 0.15, 20, star."""
    if beta is None:
        return "star"
    scientific = np.format_float_scientific(beta, trim="-", exp_digits=1).replace("e+", "e")
    return min(scientific, np.format_float_positional(beta, trim="-"), key=len)
