"""The four numbers for screens: fitted by maximum likelihood, each page predicted with numbers fitted to the others.

A map for screens is log-linear in its terms (screens.py), so that its likelihood is concave in their weights:
what is found is the best there is, and a page more or less moves it little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from gazeengine.fixations import counts
from gazeengine.screens import LEFT, SHARPNESS, TEXT, UP, text_density
from gazeengine.stimuli import Floats, Stimulus

CELL = 4  # pixels of a page to one of the grid on which weights are fitted
RIDGE = 1e-3  # of the sum of squared weights, beside nats per fixation

TERMS = ("sharpness", "text", "left", "up")
SHIPPED: Mapping[str, float] = {"sharpness": SHARPNESS, "text": TEXT, "left": LEFT, "up": UP}

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A screen with fixations: its terms (T, h, w) in the order of TERMS, and fixations (h, w) counted on that grid."""

    stimulus: Stimulus
    terms: Doubles
    fixated: Doubles


def page_of(stimulus: Stimulus, log_density: Floats, rgb: npt.NDArray[np.uint8]) -> Page:
    """A page from a network's own log density (H, W) over its pixels (H, W, 3)."""
    rows, columns = max(1, stimulus.height // CELL), max(1, stimulus.width // CELL)

    def on_grid(values: Floats) -> Floats:
        how = cv2.INTER_AREA if values.shape[0] > rows else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(values, (columns, rows), interpolation=how), np.float32)

    x = np.broadcast_to((np.arange(columns) + 0.5) / columns, (rows, columns))
    y = np.broadcast_to(((np.arange(rows) + 0.5) / rows)[:, None], (rows, columns))
    terms = np.stack([on_grid(log_density), on_grid(text_density(rgb)), -x, -y]).astype(np.float64)
    return Page(stimulus, terms, counts(stimulus, rows, columns).astype(np.float64))


def fitted(pages: Sequence[Page], names: Sequence[str] = TERMS) -> dict[str, float]:
    """Weights of the named terms that make the pages' fixations most probable; the others are left out.

    Each page weighs as much as it has fixations.
    """
    rows = [TERMS.index(name) for name in names]
    terms = [page.terms[rows].reshape(len(rows), -1) for page in pages]
    fixated = [page.fixated.ravel() for page in pages]
    total = sum(float(f.sum()) for f in fixated)

    def loss(weights: Doubles) -> tuple[float, Doubles]:
        value, slope = RIDGE * float(weights @ weights), 2 * RIDGE * weights
        for t, f in zip(terms, fixated, strict=True):
            scores = weights @ t
            peak = scores.max()
            exp = np.exp(scores - peak)
            n, mass = f.sum(), exp.sum()
            value -= float(scores @ f - n * (peak + np.log(mass))) / total
            slope -= (t @ f - n * (t @ exp) / mass) / total
        return value, slope

    found = minimize(loss, np.zeros(len(rows)), jac=True, method="L-BFGS-B").x
    return dict(zip(names, map(float, found), strict=True))


def predicted(page: Page, weights: Mapping[str, float]) -> Floats:
    """The log density (h, w) of a page on its grid by these weights."""
    scores = sum(weights[name] * page.terms[TERMS.index(name)] for name in weights)
    peak = np.max(scores)
    return np.asarray(scores - peak - np.log(np.exp(scores - peak).sum()), np.float32)


def left_out(pages: Sequence[Page], names: Sequence[str] = TERMS) -> list[Floats]:
    """Of each page its map (h, w) by weights that were fitted to all others."""
    return [predicted(page, fitted([other for other in pages if other is not page], names)) for page in pages]
