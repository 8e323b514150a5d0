"""How well a model predicts a data set: the figures that a model file carries."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self, get_type_hints

from gazeengine.errors import DataError

METRICS: Mapping[str, str] = {
    "information_gain_bits": "IG (bits)",
    "auc": "AUC",
    "sauc": "sAUC",
    "nss": "NSS",
    "sim": "SIM",
    "cc": "CC",
    "kl": "KL (nats)",
}
"""The scores, and what heads their columns, in the order in which they are listed."""

SIGMA_OF_WIDTH = 0.03
"""Standard deviation of the blurred fixations for SIM, CC and KL, in widths of the picture.

About one degree of visual angle, which is what a fovea sees and an eye tracker resolves, as is usual: OSIE's 800
pixels spanned 33 degrees, so that one degree is 24 of them. The distance of other data sets is not always told;
as a share of the width it is the same for all of them.
"""

LEVEL = 0.95
"""Share of bootstrap samples within an interval."""

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Scores:
    """How well a model predicts a data set, and what it was measured on.

    information_gain_bits is per fixation over the baseline, which is named in words ("center bias of the
    training split"). kl is in nats; sim, cc and kl are against blurred fixations. sauc is None where there
    are no other pictures to take fixations from. intervals has, for some or all of METRICS, the ends of a 95 %
    bootstrap interval over pictures; it is empty in files of before there were any.
    """

    information_gain_bits: float
    auc: float
    nss: float
    sim: float
    cc: float
    kl: float
    sauc: float | None
    n_images: int
    n_fixations: int
    baseline: str
    intervals: Mapping[str, Interval] = field(default_factory=dict)

    def value(self, metric: str) -> float | None:
        """The score that METRICS names."""
        found: float | None = getattr(self, metric)
        return found

    def to_json(self) -> dict[str, Any]:
        """The fields by name, as a JSON object: for json.dumps, or as a part of something larger.

        Without intervals where there are none. Raises DataError for a score that is infinite or nan, which JSON
        can't say: a model that gives a fixated pixel no probability has no finite information gain.
        """
        values = asdict(self)
        for name, value in values.items():
            if isinstance(value, float) and not math.isfinite(value):
                raise DataError(f"scores: {name} is {value}, expected a finite number")
        values["intervals"] = {name: list(ends) for name, ends in self.intervals.items()}
        if not self.intervals:
            del values["intervals"]
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> Self:
        """The scores that to_json made values of.

        Raises DataError for a field that is missing, unknown or of another type.
        """
        kinds = get_type_hints(cls)
        required = [f.name for f in fields(cls) if f.name != "intervals"]
        if not set(required) <= values.keys() <= kinds.keys():
            raise DataError(f"scores: found {', '.join(values)}, expected {', '.join(required)} and maybe intervals")
        known = {name: _of_kind(kinds[name], name, values[name]) for name in required}
        return cls(**known, intervals=_intervals(values.get("intervals", {})))


def _intervals(values: object) -> dict[str, Interval]:
    if not isinstance(values, Mapping):
        raise DataError(f"scores: intervals is {values!r}, expected an object of two numbers for each score")
    found = {}
    for name, ends in values.items():
        if name not in METRICS:
            raise DataError(f"scores: intervals has {name!r}, expected some of {', '.join(METRICS)}")
        if not isinstance(ends, list | tuple) or len(ends) != 2:
            raise DataError(f"scores: the interval of {name} is {ends!r}, expected two numbers")
        low, high = (_of_kind(float, f"the interval of {name}", end) for end in ends)
        if low > high:
            raise DataError(f"scores: the interval of {name} is {low} to {high}, expected the lower end first")
        found[name] = low, high
    return found


def _of_kind(kind: Any, name: str, value: object) -> Any:
    # JSON may say 1 for 1.0; to Python, True is an int
    found = float(value) if type(value) is int and kind is not int else value
    if isinstance(found, bool) or not isinstance(found, kind):
        raise DataError(f"scores: {name} is {value!r}, expected {getattr(kind, '__name__', kind)}")
    if isinstance(found, float) and not math.isfinite(found):
        raise DataError(f"scores: {name} is {value}, expected a finite number")
    return found
