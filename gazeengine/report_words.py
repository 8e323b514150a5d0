"""Numbers of a report in words."""


def percent(share: float) -> str:
    """A share in percent: two digits below ten, whole above."""
    value = 100 * share
    digits = 0 if value >= 99.95 or value == 0 else 1 if value >= 0.95 else 2
    return f"{value:.{digits}f}\N{NO-BREAK SPACE}%"


def points(change: float) -> str:
    """A change of a share in percentage points, with its sign."""
    value = 100 * change
    if abs(value) < 0.05:
        return "±0.0"
    return f"{'+' if value > 0 else '−'}{abs(value):.1f}"


def times(factor: float) -> str:
    """“3.2 times”, for a sentence."""
    return f"{multiple(factor)} times"


def multiple(factor: float) -> str:
    """A factor to be read at a glance: another digit below one, where the first would be nothing."""
    return f"{factor:.2f}" if 0 < factor < 0.95 else f"{factor:.1f}"
