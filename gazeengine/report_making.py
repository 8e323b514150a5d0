"""From a picture, its map and its network to what a report says of them: the same for the window and the commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gazeengine.card_parts import Fact
from gazeengine.checkpoint import Checkpoint
from gazeengine.comparison import agreement, common_grid, difference, why_not_comparable
from gazeengine.cost import flops_model
from gazeengine.difference_image import colour_table, drawn, legend_ticks, rendered_difference
from gazeengine.domain import Domain, Look
from gazeengine.image import resized
from gazeengine.legend import Scale, Tick, legend
from gazeengine.map_style import MODES, MapStyle, Mode
from gazeengine.plan import FLOP_PER_GFLOP, PruningPlan
from gazeengine.regions import Area, Floats
from gazeengine.rendering import rendered
from gazeengine.report_figures import is_long
from gazeengine.report_input import Comparison, ReportPicture, View
from gazeengine.report_parts import Pixels
from gazeengine.saliency_map import SaliencyMap

VIEWS: tuple[Mode, ...] = ("overlay", "focus", "contours", "hotspots")
USUAL_STYLE = MapStyle()
ACROSS, ACROSS_OF_TWO = 1920, 960  # px: twice the width at which HTML shows a figure
ON_SCREENS = (
    "For screens the network's map is calibrated, and text and the habit of reading are added: four numbers, fitted to "
    "where eleven people looked on 25 web pages and tested on these, page by page. On no other screens was anybody "
    "measured."
)
UNIT = 1.45  # of lines and type in a figure of that width

HABITS = {"photographs": "looking at the middle of photographs", "screens": "reading screens"}


def making(checkpoint: Checkpoint, plan: PruningPlan | None, look: Look, domains: Sequence[Domain]) -> tuple[Fact, ...]:
    """How maps were made: by which network, what was pruned of it and what that costs, and how it looked."""
    height, width = checkpoint.working_size
    cost = flops_model(checkpoint.architecture, height, width)
    widths = plan.widths if plan is not None and plan.n else checkpoint.widths
    gflop, unpruned = (cost.total(w) / FLOP_PER_GFLOP for w in (widths, checkpoint.architecture.widths))
    return (
        Fact("Network", network_words(checkpoint, plan)),
        Fact("Taken for", taken_words(look, domains)),
        Fact("Habit", habit_words(look, domains)),
        Fact("Cost", f"{gflop:.3g} GFLOP a picture" + (f", unpruned {unpruned:.3g}" if gflop < unpruned else "")),
        Fact("Looked at with", f"as many pixels as {width} × {height} has, in the picture's own proportions"),
        Fact("Computed", "on this computer; no picture left it"),
    )


def measured_on(domains: Sequence[Domain]) -> tuple[str, ...]:
    """On what the making of maps was tested, beyond what networks were."""
    return (ON_SCREENS,) * ("screens" in domains)


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


def taken_words(look: Look, domains: Sequence[Domain]) -> str:
    """What pictures were taken for."""
    return " and ".join(dict.fromkeys(domains)) + (", by their looks" if look.domain == "auto" else "")


def habit_words(look: Look, domains: Sequence[Domain]) -> str:
    """How much of where people look has nothing to do with the picture, and whose habit that is."""
    if look.prior == "none" or look.center_bias == 0:
        return "none counts: what is in the picture alone"
    whose = dict.fromkeys(domains) if look.prior == "own" else (look.prior,)
    share = "in full" if look.center_bias == 1 else f"by {100 * look.center_bias:.0f} %"
    return f"that of {' and of '.join(HABITS[kind] for kind in whose)} counts {share}"


def report_picture(
    name: str,
    rgb: Pixels,
    saliency_map: SaliencyMap,
    areas: Sequence[Area] = (),
    *,
    style: MapStyle = USUAL_STYLE,
    by: str = "",
    note: str = "",
) -> ReportPicture:
    """A picture (H, W, 3) with its map, which may be coarser, seen in the ways that a report shows.

    Colours are those of style; the view that is the whole of a page's width comes first.
    """
    plain = replace(style, contours=False, hotspots=False)
    views = tuple(
        _view(rgb, saliency_map.log_density, replace(plain, mode=mode), first=i == 0) for i, mode in enumerate(VIEWS)
    )
    return ReportPicture(name, rgb, saliency_map, views, tuple(areas), by, note)


def _view(rgb: Pixels, log_density: Floats, style: MapStyle, *, first: bool) -> View:
    """No larger than it is shown: reports hold many. Type is as large in all of them."""
    title, words = next((title, words) for mode, title, words in MODES if mode == style.mode)
    whole = first or is_long(rgb)
    across = ACROSS if whole else ACROSS_OF_TWO
    height, width = rgb.shape[:2]
    if width > across:
        rgb = resized(rgb, max(1, round(height * across / width)), across)
    unit = UNIT * rgb.shape[1] / (ACROSS if whole else ACROSS_OF_TWO)
    shown = rendered(rgb, log_density, style, unit=unit)
    return View(title, f"{words}.", shown, legend(log_density, style).scale if style.mode == "overlay" else None)


def comparison_of(before: ReportPicture, after: ReportPicture) -> Comparison:
    """Where B gets more of the attention than A, and where less."""
    sizes = [(p.rgb.shape[0], p.rgb.shape[1]) for p in (before, after)]
    if why_not_comparable(sizes[0], sizes[1]) is not None:
        return Comparison()
    grids = common_grid(before.saliency_map.log_density, after.saliency_map.log_density, (sizes[0], sizes[1]))
    shown = drawn(difference(*grids))
    pixels = rendered_difference(before.rgb, shown)[: sizes[0][0]]  # without its legend, which is below
    overlap = agreement(*grids).similarity
    words = (
        "Orange, within solid lines: B gets more attention than A; blue, within dashed lines: less. Numbers are in "
        f"bits, +1 twice as much. The maps overlap by {100 * overlap:.0f} %."
    )
    table = colour_table()
    ticks = tuple(Tick(place, tick) for place, tick in legend_ticks(shown.range_bits)[::2])
    scale = Scale("Attention in B over A, in bits", table, np.ones(len(table), np.float32), ticks)
    return Comparison(View("Difference", words, pixels, scale), overlap)


def _beta(beta: object) -> str:
    return f"β {beta:.4g}" if isinstance(beta, int | float) else "β*"
