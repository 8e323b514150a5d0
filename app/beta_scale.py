"""The scale of the β slider: which β lies where on the groove, and how β is stepped, written and read.

From left to right: 0 as a stop of its own, 10⁻⁵ to 1 nats per GFLOP logarithmically, and β* (Eq. 15) as a
stop set apart. β* is None, and counts as larger than every number.
"""

from __future__ import annotations

import math
import re

from gazeengine.errors import PruningError

Beta = float | None

LOWEST, HIGHEST = 1e-5, 1.0  # ends of the logarithmic part
DEFAULT = 1e-3
LARGEST = 1e6  # what may be typed
POSITIONAL = 0.01  # from here on β is written without an exponent
DECADES = 5
STEPS_PER_DECADE = 20
STEPS = DECADES * STEPS_PER_DECADE
PLACES_PER_DECADE = 40  # where a drag can stop: about a pixel of the window's slider, each its own to three digits
LOG_BEGIN, LOG_END = 0.09, 0.87  # the logarithmic part of the groove, whose ends are 0 and 1

_STAR = re.compile(r"(b|beta|β)?\s*\*")
_NUMBER = r"(?:\d+\.?\d*|\.\d+)"
_POWER = re.compile(rf"(?:(?P<digits>{_NUMBER})\s*[x×·*]\s*)?10\s*\^\s*(?P<exponent>[+-]?\d{{1,3}})")
_PLAIN = re.compile(rf"{_NUMBER}(?:e[+-]?\d{{1,3}})?")
_BEGINNING = re.compile(
    rf"|b|be|bet|beta|β|{_NUMBER}e[+-]?|\.|{_NUMBER}\s*[x×·*]?\s*|(?:{_NUMBER}\s*[x×·*]\s*)?10?\s*\^?\s*[+-]?"
)
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")


def beta_at(position: float) -> Beta:
    """The nearest of PLACES to a position on the groove; between its parts, the nearer end."""
    if position < LOG_BEGIN:
        return 0.0 if position < LOG_BEGIN / 2 else LOWEST
    if position > LOG_END:
        return None if position > (1 + LOG_END) / 2 else HIGHEST
    return _place(round(PLACES_PER_DECADE * DECADES * (position - LOG_BEGIN) / (LOG_END - LOG_BEGIN)))


def position_of(beta: Beta) -> float:
    """Where β lies on the groove; a number beyond the logarithmic part lies at its nearer end."""
    if beta is None:
        return 1.0
    if beta == 0:
        return 0.0
    decades = math.log10(min(max(beta, LOWEST), HIGHEST) / LOWEST)
    return LOG_BEGIN + (LOG_END - LOG_BEGIN) * min(max(decades / DECADES, 0.0), 1.0)


def stepped(beta: Beta, steps: int) -> Beta:
    """The β that many twentieths of a decade further; from one between two steps, to the next one.

    Several steps at once stop at the ends of the logarithmic part before they go on to 0 or β*.
    """
    level = _level(beta)
    tolerance = 0.1  # the digits rounded away are up to 0.05 of a step
    begin = math.floor(level + tolerance) if steps > 0 else math.ceil(level - tolerance)
    end = begin + steps
    if abs(steps) > 1 and 0 < level < STEPS:
        end = min(max(end, 0), STEPS)
    if end < 0:
        return 0.0
    return None if end > STEPS else _rounded(LOWEST * 10 ** (end / STEPS_PER_DECADE))


def beta_text(beta: Beta) -> str:
    """β as in the exact entry: "β*", "0", "1.00e-3", "0.150"; with as many digits as parse_beta needs to return it."""
    if beta is None:
        return "β*"
    if beta == 0:
        return "0"
    if beta >= 1:
        return repr(beta).removesuffix(".0")
    text = next(text for digits in range(2, 17) if float(text := f"{beta:.{digits}e}") == beta)
    if beta >= POSITIONAL:
        return f"{beta:.{text.index('e') - 2 + math.ceil(-math.log10(beta))}f}"
    mantissa, exponent = text.split("e")
    return f"{mantissa}e{int(exponent)}"


def beta_words(beta: Beta) -> str:
    """β in a sentence: "β*", "β 0.001", "β 1e-5", "β 99999"."""
    if beta is None:
        return "β*"
    if beta >= 999.5:  # which .3g would round to a power of ten
        return f"β {beta:.0f}"
    mantissa, e, exponent = f"{beta:.3g}".partition("e")
    return f"β {mantissa}{e and f'e{int(exponent)}'}"


def parse_beta(text: str) -> Beta:
    """β from "0.001", "1e-3", "10⁻³", "0"; None from "β*", "b*", "beta*", "*".

    Raises PruningError on all else, and on more than LARGEST.
    """
    plain = _plain(text)
    if _STAR.fullmatch(plain):
        return None
    if power := _POWER.fullmatch(plain):
        beta = float(f"{power['digits'] or 1}e{power['exponent']}")
    elif _PLAIN.fullmatch(plain):
        beta = float(plain)
    else:
        raise PruningError(f"β is {text.strip()!r}, wanted a number such as 0.001 or 1e-3, or β*")
    if beta > LARGEST:
        raise PruningError(f"β is {text.strip()}, wanted 0 to 1e6, or β*")
    return beta


def may_become_beta(text: str) -> bool:
    """Whether typing on can still make a β of it, or it is one."""
    try:
        parse_beta(text)
    except PruningError:
        return _BEGINNING.fullmatch(_plain(text)) is not None
    return True


def _plain(text: str) -> str:
    text = re.sub(r"10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+)", lambda found: "10^" + found[1].translate(_RAISED), text)
    return text.strip().lower().replace("−", "-").replace(",", ".")


def _level(beta: Beta) -> float:
    """Steps above LOWEST; 0 is one below it, β* one above HIGHEST, and what is typed beyond lies between."""
    if beta is None:
        return STEPS + 1
    if beta == 0:
        return -1
    if beta < LOWEST:
        return -0.5
    if beta > HIGHEST:
        return STEPS + 0.5
    return STEPS_PER_DECADE * math.log10(beta / LOWEST)


def _rounded(beta: float) -> float:
    return float(f"{beta:.2e}")


def _place(i: int) -> float:
    return _rounded(LOWEST * 10 ** (i / PLACES_PER_DECADE))


PLACES: tuple[Beta, ...] = (0.0, *(_place(i) for i in range(PLACES_PER_DECADE * DECADES + 1)), None)
"""Every β at which a drag can stop, ascending."""

_POSITIONS = tuple(position_of(place) for place in PLACES)


def places_around(beta: Beta, most: int | None = None) -> list[Beta]:
    """Where a drag from β can stop, the nearest first; at most so many on each side."""
    here = position_of(beta)
    near = [PLACES[i] for i in sorted(range(len(PLACES)), key=lambda i: abs(_POSITIONS[i] - here))]
    return near if most is None else near[: 2 * most + 1]
