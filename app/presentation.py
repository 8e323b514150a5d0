"""What the explorer knows, as the views show it: pure functions from plans and maps to settings, figures, captions."""

from __future__ import annotations

from app.beta_scale import beta_words
from app.diagram import WidthsDiagram, widths_diagram
from app.explorer import Seen
from app.figures import Figures, LatencyState, LossTrust
from app.planned import Planned
from app.pruning_setting import PruningSetting, TrainedAt
from app.scores_of import gains_of
from gazeengine.checkpoint import Checkpoint
from gazeengine.families import Snapshot
from gazeengine.plan import FLOP_PER_GFLOP, PruningPlan
from gazeengine.pricing import COSTS
from gazeengine.records import Preview
from gazeengine.signal_source import is_own, source_words

UNRELIABLE_ABOVE_BITS = 0.05
"""Summed one-shot signals above this say little but that much is lost: they leave out what features do together.

Measured on the shipped FastGaze at β = 0.001: where they sum to 0.08 bits, 0.26 (OSIE) and 0.05 (EyeCrowd) are
lost on test pictures, and 0.92 and 0.34 where they sum to 0.35."""


def setting(plan: Planned) -> PruningSetting:
    """Where the sliders stand, what was trained beside them, and what the rest is pruned from."""
    family, choice, awaited = plan.model.family_for(plan.choice), plan.choice, plan.awaited
    lacking = plan.model.n_lacking
    asked = plan.n_trained + plan.order.n_asked_for() if plan.order is not None and choice.beta else None
    return PruningSetting(
        choice.beta,
        choice.n,
        plan.n_most,
        family.marks(choice.beta),
        asked,
        family.betas,
        TrainedAt(plan.n_trained, plan.snapshot.beta, plan.snapshot.made, bool(plan.n_trained or not lacking)),
        TrainedAt(awaited.n, awaited.beta, awaited.made) if awaited is not None else None,
        COSTS[choice.method.cost].unit,
        plan.n_trained + plan.n_estimated if choice.method.rounded and plan.n_estimated else None,
    )


def diagram(plan: Planned) -> WidthsDiagram:
    """Layer widths, the architecture's unpruned ones as outlines, and those that were trained between."""
    architecture = plan.base.architecture
    gone: str = "before training" if plan.snapshot.made == "trained" else plan.snapshot.made
    if not plan.n_trained:
        gone = "before it was opened"
    return widths_diagram(architecture, plan.model.flops, plan.widths, architecture.widths, plan.base.widths, gone)


def figures(plan: Planned, seen: Seen | None) -> Figures:
    """The table of figures, latency as it was last measured."""
    model, widths = plan.model, plan.widths
    whole = model.whole
    bits = plan.loss_increase_bits
    trust: LossTrust = "estimate" if bits <= UNRELIABLE_ABOVE_BITS else "unreliable"
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
        loss_trust=trust if plan.n_estimated else "exact",
        n_trained=plan.n_trained,
        n_estimated=plan.n_estimated,
        made=plan.snapshot.made,
        gains=tuple(gains_of(plan.base).items()),
        n_reference=model.n_lacking,
        signal=source_words(plan.base),
        signal_is_own=is_own(plan.base),
        predicted_ms=plan.predicted.ms if plan.predicted is not None else None,
        predicted_on=plan.predicted.machine if plan.predicted is not None else "",
        predicted_threads=plan.predicted.threads if plan.predicted is not None else 1,
        rounding=seen.rounding if seen is not None and plan.choice.method.rounded else None,
    )


def caption(seen: Seen) -> str:
    """What the map over the picture is of, and whether the present one is under way."""
    if seen.preview is None:
        return "Waiting for the map…" if seen.waiting else ""
    request = seen.preview.request
    words = network_words(request.checkpoint, request.plan, seen.base)
    if seen.preview_stale:
        words.append("of an earlier setting")
    elif seen.preview.stage == "coarse":
        words.append(_so_far(seen.preview))
    return " · ".join(words)


def _so_far(preview: Preview) -> str:
    """How far the map is that is not full yet."""
    folds = preview.saliency_map.folds if preview.saliency_map is not None else ()
    return f"{len(preview.folds_read)} of {len(folds)} folds read" if folds else "coarse"


def network_words(checkpoint: Checkpoint, plan: PruningPlan | None, base: Snapshot | None) -> list[str]:
    """Which network made a map: what was trained of it, and what is an estimate."""
    n_estimated = plan.n if plan is not None else 0
    if base is None or not base.n:
        words = [checkpoint.name]
        if n_estimated:
            words.append(f"without {n_estimated:,} features")
    else:
        words = [base.family, f"{base.made} with {base.n:,} pruned at {beta_words(base.beta)}"]
        if n_estimated:
            words.append(f"{n_estimated:,} more")
    if plan is not None and n_estimated:
        words[-1] += f" at {beta_words(plan.beta)}, an estimate"
        if is_own(checkpoint):
            words[-1] += f" by {source_words(checkpoint)}"
    return words
