"""What the explorer knows, as the views show it: pure functions from plans and maps to settings, figures, captions."""

from __future__ import annotations

from app.diagram import WidthsDiagram, widths_diagram
from app.explorer import Planned, Seen
from app.figures import Figures, LatencyState, LossTrust
from app.pruning_controls import PruningSetting
from gazeengine.plan import FLOP_PER_GFLOP
from gazeengine.records import PreviewRequest

UNRELIABLE_ABOVE_BITS = 0.05
"""Summed one-shot signals above this say little but that much is lost: they leave out what features do together.

Measured on the shipped FastGaze at β = 0.001: where they sum to 0.08 bits, 0.26 (OSIE) and 0.05 (EyeCrowd) are
lost on test pictures, and 0.92 and 0.34 where they sum to 0.35."""


def setting(plan: Planned) -> PruningSetting:
    """Where the sliders stand."""
    asked = plan.order.n_asked_for() if plan.order is not None and plan.choice.beta else None
    return PruningSetting(plan.choice.beta, plan.choice.n, plan.n_most, (), asked)


def diagram(plan: Planned) -> WidthsDiagram:
    """Layer widths, the architecture's unpruned ones as outlines."""
    architecture = plan.model.checkpoint.architecture
    return widths_diagram(architecture, plan.model.flops, plan.widths, architecture.widths)


def figures(plan: Planned, seen: Seen | None) -> Figures:
    """The table of figures, latency as it was last measured."""
    model, widths = plan.model, plan.widths
    whole = model.checkpoint.widths
    bits = plan.loss_increase_bits
    trust: LossTrust = "exact" if not plan.choice.n else "estimate" if bits <= UNRELIABLE_ABOVE_BITS else "unreliable"
    latency = seen.latency if seen is not None else None
    state: LatencyState = "waiting"
    if seen is not None and latency is not None:
        state = "stale" if seen.latency_stale else "measured" if seen.latency_final else "measuring"
    return Figures(
        features_left=sum(widths.values()),
        features_all=sum(whole.values()),
        parameters=model.parameters.total(widths),
        parameters_all=model.parameters.total(whole),
        gflop=model.flops.total(widths) / FLOP_PER_GFLOP,
        gflop_all=model.flops.total(whole) / FLOP_PER_GFLOP,
        size=model.checkpoint.working_size,
        latency=latency,
        latency_state=state,
        loss_increase_bits=bits,
        loss_trust=trust,
    )


def caption(seen: Seen) -> str:
    """What the map over the picture is of, and whether the present one is under way."""
    if seen.preview is None:
        return "Waiting for the map…" if seen.waiting else ""
    request: PreviewRequest = seen.preview.request
    words = [request.checkpoint.name]
    if request.plan is not None and request.plan.n:
        words.append(f"without {request.plan.n:,} features")
        words.append("β*" if request.plan.beta is None else f"β {request.plan.beta:.2g}")
    if seen.preview_stale:
        words.append("of an earlier setting")
    elif seen.preview.stage == "coarse":
        words.append("coarse")
    return " · ".join(words)
