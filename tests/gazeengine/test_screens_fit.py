"""Fitting the four numbers for screens."""

from pathlib import Path

import numpy as np
import pytest

from gazeengine.saliency_map import normalised
from gazeengine.screens_fit import TERMS, fitted, left_out, page_of, predicted
from gazeengine.stimuli import Stimulus

RNG = np.random.default_rng(0)
TRUE = {"sharpness": 0.6, "text": 0.7, "left": 0.9, "up": 0.4}


def drawn_page(i, n=400):
    """A page whose fixations are drawn by the true numbers."""
    height, width = 80, 120
    rgb = RNG.integers(0, 255, (height, width, 3), dtype=np.uint8)
    rgb[:, : width // 3] = 255
    coarse = RNG.normal(size=(5, 8)) * 2
    log_density = normalised(np.kron(coarse, np.ones((16, 15)))).log_density
    empty = np.empty(0, np.float32)
    blank = page_of(Stimulus(Path(f"{i}.png"), height, width, empty, empty), log_density, rgb)
    density = np.exp(predicted(blank, TRUE).astype(np.float64)).ravel()
    cells = RNG.choice(density.size, n, p=density / density.sum())
    y, x = np.divmod(cells, width // 4)
    stimulus = Stimulus(Path(f"{i}.png"), height, width, (x * 4 + 2).astype(np.float32), (y * 4 + 2).astype(np.float32))
    return page_of(stimulus, log_density, rgb)


@pytest.fixture(scope="module")
def pages():
    return [drawn_page(i) for i in range(12)]


def test_the_numbers_that_drew_the_fixations_are_found(pages):
    found = fitted(pages)
    assert list(found) == list(TERMS)
    for name, value in TRUE.items():
        assert found[name] == pytest.approx(value, abs=0.15)


def test_what_is_found_is_better_than_anything_near(pages):
    def likelihood(weights):
        return sum(float((predicted(p, weights) * p.fixated).sum()) for p in pages)

    found = fitted(pages)
    for name in TERMS:
        for step in (-0.1, 0.1):
            assert likelihood(found) > likelihood(found | {name: found[name] + step})


def test_a_page_is_predicted_by_the_others_alone(pages):
    maps = left_out(pages[:3])
    elsewhere = predicted(pages[0], fitted(pages[1:3]))
    assert np.array_equal(maps[0], elsewhere)
    assert np.exp(maps[0].astype(np.float64)).sum() == pytest.approx(1, abs=1e-4)


def test_terms_that_are_not_named_take_no_part(pages):
    assert list(fitted(pages, ("sharpness",))) == ["sharpness"]
