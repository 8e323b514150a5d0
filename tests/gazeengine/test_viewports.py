from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazeengine.regions import Area, Attention
from gazeengine.saliency_map import normalised
from gazeengine.viewports import (
    DEPTHS,
    HEIGHTS,
    LEAST_FOLDS,
    LEAST_REST,
    MOST_FOLDS,
    PAGE_PIXELS,
    VIEWPORTS,
    FoldAttention,
    PageMap,
    ViewportError,
    fold_of,
    fold_rows,
    folds_of,
    page_size,
    reading_order,
    viewport_of,
    viewport_rows,
)

PAGE = 9000, 1280

pages = st.builds(
    lambda width, times, viewport: (max(1, round(width * HEIGHTS[viewport] * times)), width, viewport),
    st.integers(32, 2000),
    st.floats(LEAST_FOLDS + 0.1, 40),
    st.sampled_from([v for v in VIEWPORTS if v in HEIGHTS]),
)


@given(pages, st.sampled_from(DEPTHS))
def test_folds_cover_the_page_once_and_their_weights_sum_to_one(page, depth):
    height, width, viewport = page
    folds = folds_of(height, width, viewport, depth)
    assert folds[0].top == 0
    assert folds[-1].bottom == height
    assert all(above.bottom == below.top for above, below in pairwise(folds))
    assert all(fold.height > 0 for fold in folds)
    assert sum(fold.weight for fold in folds) == pytest.approx(1)
    assert [fold.number for fold in folds] == list(range(1, len(folds) + 1))


@given(pages)
def test_every_viewport_is_a_whole_screenful_of_the_page_that_ends_with_its_fold(page):
    height, width, viewport = page
    rows = viewport_of(height, width, viewport)
    for fold in folds_of(height, width, viewport):
        assert rows <= fold.bottom - fold.shown <= max(rows, (1 + LEAST_REST) * rows)
        assert 0 <= fold.shown <= fold.top


@given(pages)
def test_with_even_depth_a_fold_weighs_as_much_as_it_is_high(page):
    height, width, viewport = page
    for fold in folds_of(height, width, viewport):
        assert fold.weight == pytest.approx(fold.height / height)


@given(pages)
def test_viewing_time_never_gives_a_pixel_further_down_more(page):
    height, width, viewport = page
    weights = [fold.weight / fold.height for fold in folds_of(height, width, viewport, "viewing time")]
    assert all(above >= below * (1 - 1e-9) for above, below in pairwise(weights))


def test_viewing_time_is_that_of_the_study():
    folds = folds_of(3000, 1000, "16:9", "viewing time")
    percent = [fold.weight / fold.height for fold in folds[:2]]
    assert percent[0] / percent[1] == pytest.approx(57 / 17)


@pytest.mark.parametrize(
    ("size", "rows"),
    [
        ((9000, 1280), 800),
        ((30000, 1280), 800),
        ((4700, 1920), 1200),
        ((6000, 390), round(390 * 16 / 9)),
        ((1080, 1920), None),
        ((1688, 780), None),  # phones
        ((2796, 1290), None),
        ((3200, 1440), None),
        ((2732, 2048), None),  # a tablet
        ((2000, 1280), None),
        ((32, 32), None),
        ((30000, 32), None),  # a strip
    ],
)
def test_by_itself_a_picture_is_a_page_where_no_screen_is_as_long(size, rows):
    assert viewport_of(*size) == rows
    assert viewport_of(*size, screen=False) is None


def test_a_chosen_viewport_makes_a_page_of_all_that_is_longer_and_none_of_nothing():
    assert viewport_of(2000, 1280, "16:10") == 800
    assert viewport_of(2000, 1280, "16:10", screen=False) == 800
    assert viewport_of(2000, 1280, "16:9") == 720
    assert viewport_of(900, 1280, "16:10") is None
    assert viewport_of(9000, 1280, "none") is None


def test_a_line_that_is_left_over_is_no_fold():
    assert [fold.height for fold in folds_of(2401, 1280, "16:10")] == [800, 800, 801]
    assert [fold.height for fold in folds_of(2480, 1280, "16:10")] == [800, 800, 800, 80]


def test_a_strip_with_a_chosen_viewport_is_told():
    with pytest.raises(
        ViewportError, match=f"32 × 30000 pixels: found 1500 folds of 16:10, wanted at most {MOST_FOLDS}"
    ):
        folds_of(30000, 32, "16:10")


@given(pages)
def test_on_display_every_whole_fold_has_as_many_rows_and_all_are_few_enough(page):
    height, width, viewport = page
    folds = folds_of(height, width, viewport)
    rows, columns = page_size(height, width, folds)
    heights = {part.stop - part.start for part in fold_rows(folds, rows)[:-1]}
    assert len(heights) == 1
    assert rows <= height
    assert columns <= width
    assert rows * columns <= 1.5 * max(PAGE_PIXELS, len(folds) * width)
    assert all(
        viewport_rows(fold, folds, rows) >= part.stop - part.start
        for fold, part in zip(folds, fold_rows(folds, rows), strict=True)
    )


def random_map(shape, seed=0):
    return normalised(np.random.default_rng(seed).normal(size=shape)).log_density


def page_map(height, width, size, viewport="16:10", depth="even", *, flat=False):
    folds = folds_of(height, width, viewport, depth)
    page = PageMap(folds, size)
    maps = {}
    for fold in folds:
        shape = viewport_rows(fold, folds, size[0]), size[1]
        maps[fold.number] = normalised(np.zeros(shape)).log_density if flat else random_map(shape, fold.number)
        page.put(fold, maps[fold.number])
    return folds, page, maps


@given(st.integers(1100, 9000), st.sampled_from(DEPTHS), st.sampled_from([(400, 20), (900, 64)]))
def test_each_fold_gets_its_weight_and_within_it_its_viewports_own_map(height, depth, size):
    folds, page, maps = page_map(height, 640, size, depth=depth)
    log_density = page.saliency_map().log_density
    assert np.exp(log_density, dtype=float).sum() == pytest.approx(1, abs=1e-5)
    for fold, rows in zip(folds, fold_rows(folds, size[0]), strict=True):
        part = log_density[rows]
        assert np.exp(part, dtype=float).sum() == pytest.approx(fold.weight, rel=1e-4)
        own = maps[fold.number][-len(part) :]
        difference = part - own
        assert np.ptp(difference) < 1e-4


def test_viewports_without_preference_join_without_a_seam():
    _, page, _ = page_map(9000, 1280, (900, 128), flat=True)
    assert np.ptp(page.saliency_map().log_density) < 1e-5


def test_what_is_not_read_yet_is_looked_at_equally_and_what_is_read_stays():
    folds, done, maps = page_map(*PAGE, (900, 128))
    page = PageMap(folds, (900, 128))
    assert np.ptp(page.saliency_map().log_density) < 1e-5
    page.put(folds[2], maps[3])
    so_far = page.saliency_map()
    assert page.read == (3,)
    assert so_far.total == pytest.approx(1, abs=1e-5)
    assert np.ptp(so_far.log_density[:160]) == 0
    assert np.allclose(so_far.log_density[160:240], done.saliency_map().log_density[160:240])
    page.put(folds[0], maps[1])
    assert page.read == (1, 3)
    assert np.array_equal(so_far.log_density[:80], np.full((80, 128), so_far.log_density[0, 0]))  # as it was given


def test_a_fold_read_again_replaces_its_map():
    folds, page, maps = page_map(*PAGE, (900, 128))
    page.put(folds[1], random_map((80, 128), 99))
    page.put(folds[1], maps[2])
    _, fresh, _ = page_map(*PAGE, (900, 128))
    assert np.allclose(page.saliency_map().log_density, fresh.saliency_map().log_density, atol=1e-5)


def test_a_map_of_fewer_rows_than_folds_is_still_one():
    _, page, _ = page_map(9000, 1280, (5, 4))
    assert page.saliency_map().total == pytest.approx(1, abs=1e-5)


@given(st.integers(-3, 20))
def test_reading_begins_where_one_looks_and_reads_each_once(first):
    folds = folds_of(*PAGE)
    order = reading_order(folds, first)
    assert sorted(fold.number for fold in order) == [fold.number for fold in folds]
    assert order[0].number == min(max(first, 1), len(folds))


def area(name, top, bottom, left=100, right=400):
    return Area(name, "rectangle", ((left, top), (right, bottom)))


def test_an_area_belongs_to_the_fold_that_most_of_it_lies_in():
    folds = folds_of(*PAGE)
    numbers = [fold_of(area("a", top, bottom), folds).number for top, bottom in ((10, 90), (700, 950), (780, 820))]
    assert numbers == [1, 2, 1]


def test_shares_within_folds_are_those_of_the_viewports_own_maps():
    folds, page, maps = page_map(8000, 1280, (800, 128))
    log_density = page.saliency_map().log_density
    areas = [area("first", 80, 240), area("third", 1680, 1840), area("also third", 1840, 2000)]
    found = FoldAttention(log_density, (8000, 1280), folds).of(areas)
    assert [share.fold.number for share in found] == [1, 3, 3]
    assert [share.share.name for share in found] == ["first", "third", "also third"]
    for share, one in zip(found, areas, strict=True):
        alone = Attention(maps[share.fold.number], (800, 1280)).of([one.moved(0, -share.fold.top)])[0]
        assert share.share.share == pytest.approx(alone.share, rel=1e-3)
    whole = Attention(log_density, (8000, 1280)).of(areas)
    assert found[0].share.share == pytest.approx(10 * whole[0].share, rel=0.01)
    assert sorted(share.share.rank for share in found[1:]) == [1, 2]


def test_the_whole_fold_gets_all_of_it():
    folds, page, _ = page_map(*PAGE, (900, 128))
    last = folds[-1]
    whole = Area("last", "rectangle", ((0.0, float(last.top)), (1280.0, float(last.bottom))))
    (found,) = FoldAttention(page.saliency_map().log_density, PAGE, folds).of([whole])
    assert found.fold.number == last.number == 12
    assert found.share.share == pytest.approx(1)
