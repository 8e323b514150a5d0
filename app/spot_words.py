"""What a view says of one spot, in the units of its legend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.map_style import MapStyle
from gazeengine.marks import percent
from gazeengine.views import SHARES


@dataclass(frozen=True, slots=True)
class Spot:
    """A pixel of the picture, and how often it is looked at: 1 as often as on average, None without a map.

    within is the share of attention that falls where one looks as often or more; hotspot is the number and share of the
    one around it, where hotspots are shown.
    """

    x: int
    y: int
    density: float | None
    within: float | None = None
    hotspot: tuple[int, float] | None = None


def spot_words(spot: Spot, style: MapStyle) -> str:
    """A line about a spot; empty without a map."""
    if spot.density is None:
        return ""
    times = f"{spot.density:.2g}" if spot.density < 100 else f"{spot.density:.0f}"
    said = [f"looked at {times} × as often as on average"]
    if style.mode == "log_density" and spot.density > 0:
        bits = f"{np.log2(spot.density):+.1f}".replace("-", "−")
        said = [f"{bits} bits over uniform"]
    if spot.within is not None and (style.mode == "focus" or style.with_contours):
        inside = next((share for share in SHARES if spot.within <= share), None)
        if style.mode == "focus":
            said = [f"among what gets {percent(max(spot.within, 0.001))} of attention"]
        if style.with_contours:
            around = f"inside the line around {percent(inside)}" if inside else f"outside {percent(SHARES[-1])}"
            said.append(f"{around} of attention")
    if style.with_hotspots:
        number = spot.hotspot
        said.append(f"hotspot {number[0]} with {percent(number[1])} of attention" if number else "in no hotspot")
    return f"{spot.x}, {spot.y}: {', '.join(said)}"
