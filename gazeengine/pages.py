"""What a picture is taken for: a photograph, a screen, or a page that is longer than any screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gazeengine.domain import Domain, Look, domain_of
from gazeengine.viewports import Fold, folds_of

EXAMINED = 3  # folds of a page, spread over it, by which it is judged


@dataclass(frozen=True, slots=True)
class Reading:
    """How a picture is read: for what domain, and in which folds; none where it is one view."""

    domain: Domain
    folds: tuple[Fold, ...]

    def of_view(self, look: Look) -> Look:
        """How to look at one view, the whole picture or a viewport of the page."""
        return replace(look, domain=self.domain, viewport="none")


def reading_of(rgb: npt.NDArray[np.uint8], look: Look) -> Reading:
    """How look has a picture (H, W, 3) read.

    What a page is, is seen in its viewports, as it is read: reduced to a few pixels every page looks like a photograph.
    Raises ViewportError where the page can't be cut as look says.
    """
    height, width = rgb.shape[:2]
    folds = folds_of(height, width, look.viewport, look.depth)
    if not folds:
        return Reading(domain_of(rgb, look), ())
    domain = _domain_of_page(rgb, look, folds)
    return Reading(domain, folds if domain == "screens" or look.viewport != "auto" else ())


def _domain_of_page(rgb: npt.NDArray[np.uint8], look: Look, folds: Sequence[Fold]) -> Domain:
    some = [folds[i] for i in sorted({round(at) for at in np.linspace(0, len(folds) - 1, EXAMINED)})]
    screens = [domain_of(rgb[fold.shown : fold.bottom], look) == "screens" for fold in some]
    return "screens" if 2 * sum(screens) > len(screens) else "photographs"
