"""A target of cost: the β and n whose network keeps it and is expected to lose least. Plain data, no Qt."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.orders import Ruling, order_by
from app.planned import Planned
from app.pruning_method import FISHER
from app.selection import NetworkChoice
from app.tradeoff import Begun, Point
from gazeengine.checkpoint import Checkpoint
from gazeengine.cost import CostModel
from gazeengine.errors import PruningError
from gazeengine.families import Beta, Snapshot
from gazeengine.plan import FLOP_PER_GFLOP, PruningPlan
from gazeengine.rounding import rounded_plan
from gazeengine.tuning import BETAS, GFLOP, MS, Unit, n_within

UnitName = Literal["gflop", "ms"]


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Which β and n leave at most so much, of the model that plan is of and by its way of pruning.

    counted counts what is to be left in units of unit, besides constant. betas are those that may be taken. other says
    whether the trained networks of the family may stand in for the present one: by Fisher's signal, which they have
    themselves. read gives the whole network of a snapshot.
    """

    plan: Planned
    most: float
    counted: CostModel
    unit: Unit
    betas: Sequence[Beta]
    other: bool
    read: Callable[[Snapshot], Checkpoint]
    constant: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """The choice that keeps a target; amount is what is left of unit, point what that is expected to lose."""

    choice: NetworkChoice
    amount: float
    unit: Unit
    point: Point

    @property
    def words(self) -> str:
        time = f"{self.amount:.1f} ms predicted, " if self.unit is MS else ""
        return f"{time}{self.point.words}."


def question(
    plan: Planned,
    amount: float,
    unit: UnitName,
    tuned: bool,
    read: Callable[[Snapshot], Checkpoint],
    times: tuple[CostModel, float] | None = None,
) -> Question:
    """times are those of layers, and the seconds that no pruning saves. Raises PruningError where it cannot be."""
    if plan.ruling is None:
        raise PruningError("the network has no Fisher signal to be pruned by: calibrate it first")
    if plan.lacking:
        raise PruningError(f"{plan.lacking} is not there yet for this network, wanted it first")
    betas = (plan.choice.beta, *BETAS) if tuned else (plan.choice.beta,)
    other = plan.choice.method.criterion == FISHER
    if unit == "gflop":
        return Question(plan, amount * FLOP_PER_GFLOP, plan.model.flops, GFLOP, betas, other, read)
    if times is None:
        raise PruningError("no times of this computer were measured yet, wanted Time as the cost chosen once")
    counted, constant = times[0], 1e3 * times[1] * MS.size
    return Question(plan, amount * MS.size - constant, counted, MS, betas, other, read, constant)


def answer(asked: Question) -> Answer:
    """The best that there is: of networks that were measured before all others, then the least loss, then the least β.

    Of some tenths of a second. Raises PruningError where nothing keeps the target, CheckpointError where a trained
    network cannot be read.
    """
    found: list[tuple[bool, float, float, Answer]] = []
    trouble: PruningError | None = None
    read: dict[Snapshot, Checkpoint] = {}
    for beta in asked.betas:
        try:
            for one in _answers(asked, beta, read):
                number = math.inf if one.choice.beta is None else one.choice.beta
                found.append((one.point.begun.bits is None, one.point.bits, number, one))
        except PruningError as error:
            trouble = trouble or error
    if not found:
        raise trouble or PruningError(
            "no network of the family has a Fisher signal to be pruned by: calibrate one first"
        )
    return min(found, key=lambda entry: entry[:3])[-1]


def _answers(asked: Question, beta: Beta, read: dict[Snapshot, Checkpoint]) -> Iterator[Answer]:
    """Of the first trained network that is small enough, and of the last one that is not, pruned further."""
    plan, model = asked.plan, asked.plan.model
    choice = replace(plan.choice, beta=beta)
    if not asked.other:
        yield _pruned(asked, choice, plan.snapshot, plan.base)
        return
    family = model.family_for(choice)
    run = (model.family.origin, *family.run(beta))
    large = [s for s in run if asked.counted.total(s.widths) > asked.most]
    for snapshot in (*[s for s in run if s not in large][:1], *large[-1:]):
        base = _network(asked, snapshot, read)
        if base.signal is not None:
            one = _pruned(asked, choice, snapshot, base)
            if family.base(beta, one.choice.n).n == snapshot.n:  # else the next trained one is pruned from
                yield one
        elif snapshot not in large and not choice.method.rounded:
            yield _answer(asked, replace(choice, n=snapshot.n), snapshot, base)


def _pruned(asked: Question, choice: NetworkChoice, snapshot: Snapshot, base: Checkpoint) -> Answer:
    """As little of base as keeps the target. Raises PruningError where nothing does."""
    ruling = asked.plan.ruling
    assert ruling is not None
    signal = base.signal if asked.other and base.signal is not None else ruling.signal
    order = order_by(Ruling(signal, ruling.pricing, base.signal), choice.beta)

    def rounded(n: int) -> PruningPlan:
        return rounded_plan(order, n, asked.plan.model.flops)

    plan_of = rounded if choice.method.rounded else None
    n = n_within(order, asked.most, asked.counted, asked.unit, plan_of, asked.constant)
    pruning = plan_of(n) if plan_of is not None else order.first(n)
    return _answer(asked, replace(choice, n=snapshot.n + n), snapshot, base, pruning)


def _network(asked: Question, snapshot: Snapshot, read: dict[Snapshot, Checkpoint]) -> Checkpoint:
    """The present one as it is: it may have been calibrated."""
    for known, checkpoint in ((asked.plan.snapshot, asked.plan.base), (asked.plan.model.family.origin, None)):
        if snapshot is known:
            return checkpoint or asked.plan.model.checkpoint
    if snapshot not in read:
        read[snapshot] = asked.read(snapshot)
    return read[snapshot]


def _answer(
    asked: Question, choice: NetworkChoice, snapshot: Snapshot, base: Checkpoint, pruning: PruningPlan | None = None
) -> Answer:
    model = asked.plan.model
    begun = Begun.between(model, snapshot, base)
    widths = base.widths if pruning is None else pruning.widths
    bits = (begun.bits or 0.0) + (0.0 if pruning is None else pruning.loss_increase / math.log(2))
    amount = (asked.counted.total(widths) + asked.constant) / asked.unit.size
    return Answer(choice, amount, asked.unit, Point(model.flops.total(widths) / FLOP_PER_GFLOP, bits, begun))
