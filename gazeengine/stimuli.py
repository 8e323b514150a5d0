"""What a data set is: pictures that were shown, and where people looked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Stimulus:
    """A picture that was shown, and where people looked: x, y (K,) in its pixels. K is 0 where nobody was measured."""

    path: Path
    height: int
    width: int
    x: Floats
    y: Floats


@dataclass(frozen=True, slots=True, eq=False)
class DataSet:
    """Stimuli of one split; name says which, as in "OSIE train".

    n_outside is how many fixations were left out on reading because they lie outside their picture.
    """

    name: str
    stimuli: tuple[Stimulus, ...]
    n_outside: int = 0

    @property
    def n_fixations(self) -> int:
        return sum(len(s.x) for s in self.stimuli)
