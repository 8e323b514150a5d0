"""From a picture, its map and its network to what a report says of them: the same for the window and the commands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gazeengine.card_parts import Fact
from gazeengine.checkpoint import Checkpoint
from gazeengine.cost import flops_model
from gazeengine.domain import Domain, Look
from gazeengine.image import resized
from gazeengine.plan import FLOP_PER_GFLOP, PruningPlan
from gazeengine.regions import Area, Floats
from gazeengine.report_figures import signed_difference
from gazeengine.report_input import ReportPicture, View
from gazeengine.report_parts import Pixels
from gazeengine.saliency_map import COLOR_MAPS, SaliencyMap, intensity, overlay

HABITS = {"photographs": "looking at the middle of photographs", "screens": "reading screens"}
DOMAINS = {"photographs": "photographs", "screens": "screens"}


def making(checkpoint: Checkpoint, plan: PruningPlan | None, look: Look, domains: Sequence[Domain]) -> tuple[Fact, ...]:
    """How maps were made: by which network, what was pruned of it and what that costs, and how it looked."""
    height, width = checkpoint.working_size
    cost = flops_model(checkpoint.architecture, height, width)
    widths = plan.widths if plan is not None and plan.n else checkpoint.widths
    gflop, unpruned = (cost.total(w) / FLOP_PER_GFLOP for w in (widths, checkpoint.architecture.widths))
    facts = [
        Fact("Network", network_words(checkpoint, plan)),
        Fact("Looked at as", look_words(look, domains)),
        Fact("Cost", f"{gflop:.3g} GFLOP a picture" + (f", unpruned {unpruned:.3g}" if gflop < unpruned else "")),
        Fact("Looked at with", f"as many pixels as {width} × {height} has, in the picture's own proportions"),
        Fact("Computed", "on this computer; no picture left it"),
    ]
    return tuple(facts)


def network_words(checkpoint: Checkpoint, plan: PruningPlan | None = None) -> str:
    """A network and what is pruned of it, in words."""
    match checkpoint.provenance.get("family"):
        case {"name": str(name), "n_pruned": int(n), "beta": beta, **more} if n:
            words = f"{name}, {n:,} features pruned at {_beta(beta)}, {more.get('made', 'trained')}"
        case _:
            words = checkpoint.name
            n = 0
    if plan is not None and plan.n:
        return f"{words}, {plan.n:,} {'more ' * bool(n)}pruned at {_beta(plan.beta)}, an estimate"
    return words if n or checkpoint.n_features < checkpoint.architecture.n_features else f"{words}, unpruned"


def look_words(look: Look, domains: Sequence[Domain]) -> str:
    """What pictures were taken for, and how much habit counts."""
    kinds = list(dict.fromkeys(domains))
    taken = " and ".join(DOMAINS[kind] for kind in kinds) + (", by their looks" if look.domain == "auto" else "")
    habit = "their own habit" if look.prior == "own" else HABITS.get(look.prior, "no habit")
    if look.prior == "own" and len(kinds) == 1:
        habit = f"the habit of {HABITS[kinds[0]]}"
    elif look.prior in HABITS:
        habit = f"the habit of {habit}"
    if look.prior == "none" or look.center_bias == 0:
        return f"{taken}; no habit counts"
    share = "fully" if look.center_bias == 1 else f"by {100 * look.center_bias:.0f} %"
    return f"{taken}; {habit} counts {share}"


def report_picture(
    name: str, rgb: Pixels, saliency_map: SaliencyMap, areas: Sequence[Area] = (), by: str = "", note: str = ""
) -> ReportPicture:
    """A picture (H, W, 3) with its map, which may be coarser, seen in the ways that a report shows."""
    log_density = saliency_map.log_density
    shown = intensity(resized(log_density, *rgb.shape[:2]))
    heat = overlay(rgb, shown, COLOR_MAPS["viridis"], 0.8)
    views = (View("Heat map", "The brighter, the more looked at.", heat),)
    return ReportPicture(name, rgb, saliency_map, views, tuple(areas), by, note)


def difference_view(before: ReportPicture, after: ReportPicture) -> View | None:
    """Where B gets more than A, and where less; None for pictures of other proportions."""
    (height, width), other = before.rgb.shape[:2], after.rgb.shape[:2]
    if abs(width / height - other[1] / other[0]) > 0.01:
        return None
    a, b = (_over(picture.saliency_map.log_density, height, width) for picture in (before, after))
    words = "Orange: B gets more attention than A. Blue: less. Over A, in grey."
    return View("Difference", words, signed_difference(before.rgb, a, b))


def _over(log_density: Floats, height: int, width: int) -> Floats:
    """The map over so many pixels, normalised again."""
    fine = resized(log_density, height, width).astype(np.float64)
    return np.asarray(fine - np.log(np.exp(fine).sum()), np.float32)


def _beta(beta: object) -> str:
    return f"β {beta:.4g}" if isinstance(beta, int | float) else "β*"
