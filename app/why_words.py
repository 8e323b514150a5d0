"""Why features go: for a layer under the mouse, in a few lines."""

from __future__ import annotations

from collections.abc import Callable

from app.figures import MINUS
from app.planned import Planned
from app.pruning_method import FISHER
from gazeengine.why import Why, last_step, next_step, why

Reasons = Callable[[str], tuple[str, ...]]


def reasons(plan: Planned) -> Reasons:
    """Of a layer: its feature that went last, and the one that goes next, each with what decided it."""

    def of(layer: str) -> tuple[str, ...]:
        order, ruling = plan.order, plan.ruling
        if order is None or ruling is None or layer not in order.layers:
            return ()
        n = min(max(plan.choice.n - plan.n_trained, 0), order.n_removals)
        lines: list[str] = []
        for word, step in (("went last", last_step(order, layer, n)), ("goes next", next_step(order, layer, n))):
            if step is not None:
                reason = why(order, ruling.signal, ruling.pricing, step)
                lines += _said(word, reason, plan, ruling.signal.criterion == FISHER)
        return tuple(lines)

    return of


def _said(word: str, reason: Why, plan: Planned, in_nats: bool) -> tuple[str, str, str]:
    feature = int(plan.base.kept[reason.layer][reason.feature])
    head = f"{word}: feature {feature:,}, no. {plan.n_trained + reason.step:,}"
    unit = " mnat" if in_nats else ""
    scale = 1e3 if in_nats else 1.0
    total, behind = decided(reason, in_nats)
    if reason.price is None:
        compared = f"ΔL/{MINUS}ΔC {total}"
    else:
        compared = f"ΔL {_number(scale * reason.delta)} {MINUS} β·|ΔC| {_number(-scale * reason.price)} = {total}{unit}"
    if reason.runner_up is None:
        return head, compared, "no other layer has one to spare"
    unit = unit if reason.price is not None else ""
    return head, compared, f"runner-up {reason.runner_up[0]} with {behind}{unit}"


def decided(reason: Why, in_nats: bool) -> tuple[str, str]:
    """What was compared, of the removal and of the runner-up: in mnat if in_nats, but for β* as it is."""
    scale = 1e3 if in_nats and reason.price is not None else 1.0
    second = reason.runner_up[1] if reason.runner_up is not None else reason.combined
    return apart(scale * reason.combined, scale * second)


def apart(one: float, other: float) -> tuple[str, str]:
    """Both with as many digits as tell them apart."""
    for digits in range(3, 8):
        told = f"{one:.{digits}g}", f"{other:.{digits}g}"
        if told[0] != told[1]:
            break
    return told[0].replace("-", MINUS), told[1].replace("-", MINUS)


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", MINUS)
