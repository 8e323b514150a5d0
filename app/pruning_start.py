"""What pruning while training begins with: the network in the window, by the order that such a run takes.

That is Fisher's at the cost of FLOPs, whatever is set in the window; what that means for it is said in words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from app.beta_scale import DEFAULT, Beta, beta_words
from app.job_estimates import Speed
from app.orders import Ruling, order_by
from app.planned import Planned, plain_name
from app.pruning_method import FISHER
from gazeengine.criteria import CRITERIA
from gazeengine.families import beta_in_names, nearest_beta
from gazeengine.plan import FLOP_PER_GFLOP, PruningOrder
from gazeengine.pricing import COSTS, Pricing
from gazeengine.signal_source import is_own

UNIT = COSTS["flops"].unit


@dataclass(frozen=True, slots=True)
class Start:
    """The network that a pruning run begins with, and what is known of it.

    n are the features that are gone from it already, n_wanted those that the slider stands at; n_most can go. order
    and flops tell what is left where; order counts from n, is that of a run at β, and None without a signal, as ruling.
    speed is None where no latency was measured. Snapshots would go to place, or where that is not the network's own
    family into a folder within it. otherwise says what is set otherwise in the window, which leaves flops_there.
    """

    name: str
    architecture: str
    path: Path
    beta: Beta
    n: int
    n_wanted: int
    n_most: int
    size: tuple[int, int]
    flops: int
    unpruned_flops: int
    ruling: Ruling | None
    speed: Speed | None
    place: Path
    is_family: bool = True
    order: PruningOrder | None = None
    otherwise: str = ""
    flops_there: int = 0

    def at(self, beta: Beta) -> Start:
        """The same at β, with the order there."""
        return replace(self, beta=beta, order=order_by(self.ruling, beta) if self.ruling is not None else None)

    def flops_at(self, n: int) -> float:
        """What is left when n features are gone, by its present order; without one as if all cost the same."""
        if self.order is not None:
            return float(self.order.flops[min(max(n - self.n, 0), self.order.n_removals)])
        share = 1 - (n - self.n) / max(1, self.n_most - self.n)
        return self.flops * max(0.0, share)

    def latency_ms(self, flops: float) -> float | None:
        """Of this network with so many FLOPs left, by what was measured, which may be of another one."""
        return None if self.speed is None else 1e3 * self.speed.seconds(flops, self.architecture)[1]

    def folder(self, target: str) -> Path:
        """For the snapshots on the way to a target, which is named in short, as "n500"."""
        if self.is_family:
            return self.place
        begun = f"-from{self.n}" if self.n else ""
        return self.place / f"{plain_name(self.name)}-beta{beta_in_names(self.beta)}-{target}{begun}"

    @property
    def remark(self) -> str:
        """What is otherwise in the window, and what comes of it; empty where nothing is."""
        if not self.otherwise or self.order is None or self.n_wanted <= self.n:
            return self.otherwise
        here, there = (f"{flops / FLOP_PER_GFLOP:.3g}" for flops in (self.flops_at(self.n_wanted), self.flops_there))
        if here == there:
            return self.otherwise
        return f"{self.otherwise} With {self.n_wanted:,} features pruned {here} GFLOP are left here, {there} there."


def start_of(plan: Planned, speed: Speed | None, place: Path, *, is_family: bool) -> Start:
    """From what is set in the window. Its β counts only where it is in nats per GFLOP: else another is offered."""
    base = plan.base
    pricing = Pricing.of("flops", plan.model.flops, plan.model.parameters)
    found = Start(
        name=plan.model.family.name,
        architecture=base.architecture.name,
        path=plan.snapshot.path,
        beta=None,
        n=plan.n_trained,
        n_wanted=plan.n_trained + plan.n_estimated,
        n_most=plan.n_trained + base.n_prunable,
        size=base.working_size,
        flops=plan.model.flops.total(base.widths),
        unpruned_flops=plan.model.flops.total(base.architecture.widths),
        ruling=Ruling(base.signal, pricing) if base.signal is not None else None,
        speed=speed,
        place=place,
        is_family=is_family,
        otherwise=_otherwise(plan),
        flops_there=plan.model.flops.total(plan.widths),
    )
    return found.at(plan.choice.beta if _counts(plan) else _offered(plan))


def _counts(plan: Planned) -> bool:
    """Whether the window's β means the same here; 0 and β* are of no unit."""
    return not plan.choice.beta or COSTS[plan.choice.method.cost].unit == UNIT


def _offered(plan: Planned) -> Beta:
    """That of a run of the family, whose β are all in nats per GFLOP; without one the usual β."""
    if plan.n_trained:
        return plan.snapshot.beta
    betas = plan.model.family.betas
    return nearest_beta(DEFAULT, betas) if betas else DEFAULT


def _otherwise(plan: Planned) -> str:
    method, beta = plan.choice.method, plan.choice.beta
    said = []
    if method.criterion != FISHER or method.cost != "flops":
        chosen = f"“{CRITERIA[method.criterion].title}” and “{COSTS[method.cost].title}”"
        said.append(f"The window is set to {chosen}: there other features are pruned than here.")
    if not _counts(plan):
        unit, offered = COSTS[method.cost].unit, beta_words(_offered(plan))
        which = f"{offered} of the family's own run" if plan.model.family.betas else f"the usual {offered}"
        said.append(f"Its {beta_words(beta)} is in nats per {unit}, which is no price of a {UNIT}: {which} is offered.")
    if method.rounded:
        said.append("Widths are not rounded to multiples of 8 here.")
    if is_own(plan.base):
        said.append("Signals are estimated anew on the data below, not on your pictures.")
    return " ".join(said)
