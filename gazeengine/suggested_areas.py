"""Areas of interest that a picture suggests: blocks of text, buttons, large pictures, faces. Classical vision only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["text", "button", "picture", "face"]
KINDS: Mapping[Kind, str] = MappingProxyType({"text": "Text", "button": "Button", "picture": "Picture", "face": "Face"})
MOST = 12


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A box by two opposite corners in whole pixels of the picture, what it seems to be, and how sure that is."""

    kind: Kind
    points: tuple[tuple[float, float], tuple[float, float]]
    confidence: float


def suggested_areas(rgb: NDArray[np.uint8]) -> tuple[Suggestion, ...]:
    """At most MOST suggestions for a picture (H, W, 3), the surest first, none over another of its kind."""
    return ()
