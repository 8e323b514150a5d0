import numpy as np
import pytest

from gazeengine.domain import Look
from gazeengine.pages import reading_of
from tests.pages import page_pixels

PHOTOGRAPH = np.random.default_rng(0).integers(0, 256, (900, 100, 3), dtype=np.uint8)


def test_a_long_screenshot_is_read_in_folds_and_a_long_photograph_at_once():
    page = reading_of(page_pixels(6000, 640), Look())
    assert (page.domain, len(page.folds)) == ("screens", 15)
    assert reading_of(PHOTOGRAPH, Look()) == reading_of(PHOTOGRAPH, Look("photographs"))
    assert reading_of(PHOTOGRAPH, Look()).folds == ()


def test_what_is_chosen_counts_more_than_what_it_looks_like():
    assert reading_of(page_pixels(6000, 640), Look("photographs")).folds == ()
    assert len(reading_of(PHOTOGRAPH, Look("screens")).folds) == 6
    assert len(reading_of(PHOTOGRAPH, Look("photographs", viewport="4:3")).folds) == 12
    assert reading_of(page_pixels(6000, 640), Look(viewport="none")).folds == ()


def test_a_page_is_judged_by_its_viewports():
    half = np.array(page_pixels(6000, 640))
    half[:1800] = np.random.default_rng(1).integers(0, 256, (1800, 640, 3))  # a large picture at its top
    assert reading_of(half, Look()).domain == "screens"


@pytest.mark.parametrize("viewport", ["auto", "16:9", "none"])
def test_views_are_looked_at_in_the_domain_of_the_page_and_not_cut_again(viewport):
    look = Look(center_bias=0.5, viewport=viewport)
    reading = reading_of(page_pixels(6000, 640), look)
    assert reading.of_view(look) == Look("screens", 0.5, viewport="none")
