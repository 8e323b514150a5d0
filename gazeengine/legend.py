"""What the colours, lines and numbers of a view say, in units: what a legend beside the picture shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gazeengine.attention_levels import LN_2, Floats
from gazeengine.map_style import MapStyle
from gazeengine.marks import Marks, percent
from gazeengine.saliency_map import ShadeRange, shade_range
from gazeengine.views import CLEAR, DARK, DARKEST, SHARES

_TIMES = tuple(digit * 10.0**power for power in range(-6, 7) for digit in (1, 2, 5))
_BITS_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1000)
_MOST_TICKS = 6
_SAID = {"overlay": "Looked at ", "map": "Looked at "}
_NEAREST = 0.14  # of a scale, between two ticks
_STEPS = 256


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on a scale, in [0, 1], and what is there."""

    place: float
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Colours (n, 3) from left to right, how opaque each is over the picture (n,), and what they stand for."""

    title: str
    colours: NDArray[np.uint8]
    opacities: NDArray[np.float32]
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Legend:
    """The parts of a legend that a view has: a scale of colours, lines by the share inside, words on numbers."""

    scale: Scale | None = None
    shares: tuple[float, ...] = ()
    hotspots: str = ""
    words: str = field(default="", kw_only=True)
    """All of it in one sentence, for those who hear it and for captions."""


def legend(
    log_density: Floats | None,
    style: MapStyle,
    drawn: Marks = Marks(),  # noqa: B008 frozen
    shades: ShadeRange | None = None,
) -> Legend:
    """The legend of a map (h, w) in a style; drawn are the marks over it, shades the ends of its colours, if known.

    Without a map it is empty.
    """
    if log_density is None or style.mode == "picture":
        return Legend()
    scale = None
    if style.mode in ("overlay", "map"):
        scale = _heat(log_density.size, style, shades or shade_range(log_density, style.low, style.high))
    elif style.mode == "log_density":
        scale = _bits(log_density.size, style, shades or shade_range(log_density, style.low, style.high))
    elif style.mode == "focus":
        scale = _focus(style)
    shares = SHARES if style.with_contours else ()
    spots = ""
    if style.with_hotspots:
        together = percent(sum(spot.share for spot in drawn.hotspots))
        spots = f"together {together}" if drawn.hotspots else "none stands out"
    sentences = []
    if scale is not None:
        sentences.append(f"{_SAID.get(style.mode, '')}{scale.title}: {', '.join(tick.words for tick in scale.ticks)}")
    if shares:
        sentences.append(f"lines around {' and '.join(percent(share) for share in shares)} of attention")
    if spots:
        sentences.append(f"hotspots numbered by share of attention, {spots}")
    return Legend(scale, shares, spots, words="; ".join(sentences))


def _heat(n_pixels: int, style: MapStyle, ends: ShadeRange) -> Scale:
    """Times as often looked at as on average, at each shade."""
    shades = np.linspace(0, 1, _STEPS)
    mean = float(np.log(n_pixels))  # below 0 by so much is the log density of a gaze without preference
    logs = ends.log_density_of(shades, style.gamma) + mean
    wanted = [times for times in _TIMES if logs[0] <= np.log(times) <= logs[-1]]
    ticks = _apart([Tick(float(np.interp(np.log(times), logs, shades)), f"{times:g}×") for times in wanted])
    if len(ticks) < 2:  # a map of nearly the same everywhere: its ends say so
        both = [Tick(end, f"{np.exp(logs[i]):.3g}×") for end, i in ((0.0, 0), (1.0, -1))]
        ticks = both[: 1 + (both[0].words != both[1].words)]
    alone = style.mode == "map"
    opacities = np.ones(_STEPS) if alone else shades * style.opacity
    return Scale("× as often as on average", style.lut, opacities.astype(np.float32), tuple(ticks))


def _bits(n_pixels: int, style: MapStyle, ends: ShadeRange) -> Scale:
    """Bits over uniform, in even steps."""
    low, high = ((end + np.log(n_pixels)) / LN_2 for end in (ends.black, ends.white))
    span = max(high - low, 1e-3)
    step = next((s for s in _BITS_STEPS if span / s < _MOST_TICKS), _BITS_STEPS[-1])
    values = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
    ticks = tuple(
        Tick(float((value - low) / span), f"{value:+.3g}".replace("-", "−") if abs(value) > 1e-9 else "0")
        for value in values
    )
    opacities = np.full(_STEPS, style.opacity, np.float32)
    return Scale("Bits over uniform, +1 is twice", style.lut, opacities, ticks)


def _focus(style: MapStyle) -> Scale:
    """From clear to dark, by the share of attention that falls where one looks as often or more."""
    within = np.linspace(0, 1, _STEPS)
    seen = np.clip((DARK - within) / (DARK - CLEAR), 0, 1)
    light = np.rint(255 * (1 - DARKEST * style.opacity * (1 - seen * seen * (3 - 2 * seen)))).astype(np.uint8)
    colours = np.repeat(light[:, None], 3, axis=1)
    ticks = tuple(Tick(share, percent(share)) for share in (CLEAR, 0.8, DARK))
    return Scale("Share of attention, the most seen first", colours, np.ones(_STEPS, np.float32), ticks)


def _apart(ticks: Sequence[Tick]) -> list[Tick]:
    """Ticks that don't crowd: 1× stays, then those that are far enough from all that do."""
    order = sorted(ticks, key=lambda tick: (tick.words != "1×", not tick.words.startswith("1"), -tick.place))
    kept: list[Tick] = []
    for tick in order:
        if len(kept) < _MOST_TICKS and all(abs(tick.place - other.place) >= _NEAREST for other in kept):
            kept.append(tick)
    return sorted(kept, key=lambda tick: tick.place)
