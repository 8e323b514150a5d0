"""How well a model predicts a data set: the figures that a model file carries."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self, get_type_hints

from gazeengine.errors import DataError


@dataclass(frozen=True, slots=True)
class Scores:
    """How well a model predicts a data set, and what it was measured on.

    information_gain_bits is per fixation over the baseline, which is named in words ("center bias of the
    training split"). kl is in nats; sim, cc and kl are against blurred fixations. sauc is None where there
    are no other pictures to take fixations from.
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

    def to_json(self) -> dict[str, float | int | str | None]:
        """The fields by name, as a JSON object: for json.dumps, or as a part of something larger.

        Raises DataError for a score that is infinite or nan, which JSON can't say: a model that gives a
        fixated pixel no probability has no finite information gain.
        """
        values = asdict(self)
        for name, value in values.items():
            if isinstance(value, float) and not math.isfinite(value):
                raise DataError(f"scores: {name} is {value}, expected a finite number")
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> Self:
        """The scores that to_json made values of.

        Raises DataError for a field that is missing, unknown or of another type.
        """
        kinds = get_type_hints(cls)
        if values.keys() != kinds.keys():
            raise DataError(f"scores: found {', '.join(values)}, expected {', '.join(kinds)}")
        return cls(**{name: _of_kind(kind, name, values[name]) for name, kind in kinds.items()})


def _of_kind(kind: Any, name: str, value: object) -> Any:
    # JSON may say 1 for 1.0; to Python, True is an int
    found = float(value) if type(value) is int and kind is not int else value
    if isinstance(found, bool) or not isinstance(found, kind):
        raise DataError(f"scores: {name} is {value!r}, expected {getattr(kind, '__name__', kind)}")
    if isinstance(found, float) and not math.isfinite(found):
        raise DataError(f"scores: {name} is {value}, expected a finite number")
    return found
