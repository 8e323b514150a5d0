"""How a map is made of what a network sees: for photographs or for screens, and how much habit counts.

Where people look is what the picture holds and a habit: toward the middle of photographs, along the beginnings of
lines on screens. A network gives both in one log density, its evidence plus a weighted center bias (Eq. 1); here they
are taken apart and put together anew, all in the log domain:

    log q(x) = evidence(x) + strength · log prior(x) + const

On photographs evidence is the network's own. On screens it is calibrated, and what a network for photographs is blind
to is added (screens.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from gazeengine.checkpoint import Checkpoint
from gazeengine.errors import GazeError
from gazeengine.fixations import resized_log_density
from gazeengine.saliency_map import SaliencyMap, normalised
from gazeengine.screens import Channels, looks_like_screen, screen_evidence, screen_prior
from gazeengine.viewports import Depth, Viewport

Domain = Literal["photographs", "screens"]
Prior = Literal["own", "photographs", "screens", "none"]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Look:
    """How to look at a picture.

    domain says what it is taken for, "auto" goes by what it looks like. center_bias in [0, 1] is how much of the prior
    counts: 1 as fitted, 0 what is in the picture alone. prior is that of the domain ("own"), that of photographs, of
    screens, or none. viewport and depth say how long pages are read (viewports.py).
    """

    domain: Literal["auto"] | Domain = "auto"
    center_bias: float = 1.0
    prior: Prior = "own"
    viewport: Viewport = "auto"
    depth: Depth = "even"

    def __post_init__(self) -> None:
        if not 0 <= self.center_bias <= 1:
            raise GazeError(f"center bias: found {self.center_bias:g}, wanted a share from 0 to 1")


USUAL_LOOK = Look()
AS_TRAINED = Look("photographs")
"""What the network says itself: Eq. 1 and nothing else."""


def domain_of(rgb: npt.NDArray[np.uint8], look: Look) -> Domain:
    """What a picture (H, W, 3) is taken for."""
    if look.domain != "auto":
        return look.domain
    return "screens" if looks_like_screen(rgb) else "photographs"


def composed(
    log_density: Floats, checkpoint: Checkpoint, domain: Domain, look: Look, channels: Channels | None = None
) -> SaliencyMap:
    """The map (h, w) of a network's own log density (h, w) and what look asks for.

    channels are the picture's, computed once; needed where the domain is screens.
    """
    prior = look.prior if look.prior != "own" else domain
    if domain == "photographs" and prior == "photographs" and look.center_bias == 1:
        return SaliencyMap(log_density)
    height, width = log_density.shape
    own = _own_bias(checkpoint, height, width)
    evidence: Floats = log_density - own
    if domain == "screens":
        if channels is None:
            raise GazeError("map of a screen: found no channels of the picture, wanted those of channels_of")
        evidence = screen_evidence(evidence, channels)
    if prior == "none" or not look.center_bias:
        return normalised(evidence)
    return normalised(evidence + look.center_bias * (own if prior == "photographs" else screen_prior(own)))


def _own_bias(checkpoint: Checkpoint, height: int, width: int) -> Floats:
    """What a network adds for the habit of its training data: w log Q(x, y) of Eq. 1, on this grid."""
    weight = float(checkpoint.weights["center_bias_weight"])
    return weight * resized_log_density(np.asarray(checkpoint.weights["center_bias"], np.float32), height, width)
