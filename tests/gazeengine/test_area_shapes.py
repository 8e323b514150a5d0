import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazeengine.area_shapes import (
    COLOURS,
    HANDLES,
    LEAST_SIDE,
    box_between,
    cut,
    fitted,
    free_name,
    handles,
    inside,
    large_enough,
    moved_inside,
    named_apart,
    next_colour,
    renamed,
    with_handle,
)
from gazeengine.regions import Area, Attention, RegionError

SIZE = (480, 640)
PLACES = st.tuples(st.floats(-200, 900), st.floats(-200, 700))


def box(left=100, top=50, right=300, bottom=250, name="a", shape="rectangle", **more):
    return Area(name, shape, ((left, top), (right, bottom)), **more)


TRIANGLE = Area("t", "polygon", ((100, 100), (300, 120), (180, 260)))


def within(area, size=SIZE):
    left, top, right, bottom = area.box
    return left >= 0 and top >= 0 and right <= size[1] and bottom <= size[0]


@given(dx=st.floats(-2000, 2000), dy=st.floats(-2000, 2000))
def test_areas_moved_together_stay_in_the_picture_and_keep_their_places_to_one_another(dx, dy):
    before = (box(), box(400, 300, 500, 400, "b"), TRIANGLE)
    after = moved_inside(before, dx, dy, SIZE)
    assert all(within(area) for area in after)
    shifts = {
        (round(q[0] - p[0], 6), round(q[1] - p[1], 6))
        for one, other in zip(before, after, strict=True)
        for p, q in zip(one.points, other.points, strict=True)
    }
    assert len(shifts) == 1


def test_moves_are_whole_pixels():
    (moved,) = moved_inside([box()], 10.4, -3.6, SIZE)
    assert moved.points == ((110, 46), (310, 246))


@given(handle=st.integers(0, 7), to=PLACES, square=st.booleans())
def test_a_resized_box_stays_in_the_picture_and_is_never_too_small(handle, to, square):
    after = with_handle(box(), handle, to, SIZE, square=square)
    left, top, right, bottom = after.box
    assert within(after)
    assert right - left >= LEAST_SIDE
    assert bottom - top >= LEAST_SIDE


@given(handle=st.sampled_from([0, 2, 4, 6]), to=PLACES)
def test_a_box_that_keeps_its_proportion_does_so_to_a_pixel(handle, to):
    left, top, right, bottom = with_handle(box(0, 0, 200, 100), handle, to, SIZE, square=True).box
    assert abs((right - left) - 2 * (bottom - top)) <= max(2, 2 * LEAST_SIDE)


def test_the_side_that_is_not_held_stays():
    assert with_handle(box(), HANDLES.index((1, 0.5)), (350, 999), SIZE).points == ((100, 50), (350, 250))
    assert with_handle(box(), HANDLES.index((0, 0)), (120, 60), SIZE).points == ((120, 60), (300, 250))


def test_a_handle_dragged_past_the_other_turns_the_box_over():
    assert with_handle(box(), HANDLES.index((0, 0.5)), (400, 0), SIZE).points == ((300, 50), (400, 250))


def test_a_corner_of_a_polygon_goes_where_it_is_dragged_within_the_picture():
    assert with_handle(TRIANGLE, 1, (999, -50), SIZE).points == ((100, 100), (640, 0), (180, 260))


def test_a_polygon_cannot_be_made_flat():
    flat = with_handle(Area("t", "polygon", ((0, 0), (100, 0), (50, 80))), 2, (50, 0), SIZE)
    assert flat.points[2] == (50, 80)


def test_handles_lie_around_the_box_and_on_a_polygons_corners():
    found = handles(box(shape="ellipse"))
    assert (found[0], found[1], found[4]) == ((100, 50), (200, 50), (300, 250))
    assert handles(TRIANGLE) == TRIANGLE.points


@given(start=PLACES, end=PLACES, square=st.booleans())
def test_what_is_drawn_lies_in_the_picture_in_whole_pixels(start, end, square):
    corners = box_between(start, end, SIZE, square=square)
    area = Area("a", "rectangle", corners)
    assert within(area)
    assert all(value == int(value) for point in corners for value in point)
    (left, top), (right, bottom) = corners
    if square:
        assert abs((right - left) - (bottom - top)) <= 1


def test_a_click_is_no_area():
    assert not large_enough(((5, 5), (6, 300)))
    assert large_enough(((5, 5), (9, 9)))


def test_areas_on_a_picture_of_another_size_cover_the_same_share_of_it():
    there = fitted([box(), TRIANGLE, box(shape="ellipse")], SIZE, (960, 640))
    assert there[0].points == ((100, 100), (300, 500))
    flat = np.zeros((48, 64), np.float32) - np.log(48 * 64)
    before, after = Attention(flat, SIZE).of([box()]), Attention(flat, (960, 640)).of(there[:1])
    assert before[0].share == pytest.approx(after[0].share, rel=1e-3)


def test_what_reaches_over_the_border_is_cut_and_what_is_inside_is_left_alone():
    assert cut(box(), SIZE) is not None
    assert cut(box(-50, 400, 100, 900), SIZE).points == ((0, 400), (100, 480))
    assert within(cut(Area("t", "polygon", ((-50, 10), (100, 10), (20, 900))), SIZE))


@given(points=st.lists(PLACES, min_size=3, max_size=8))
def test_a_cut_polygon_covers_what_the_whole_one_covers_of_the_picture(points):
    area = Area("p", "polygon", tuple(points))
    attention = Attention(np.zeros((48, 64), np.float32), SIZE)
    try:
        (whole,) = attention.of([area])
        (part,) = attention.of([cut(area, SIZE)])
    except RegionError:
        return
    assert part.area_share == pytest.approx(whole.area_share, abs=0.01)


@pytest.mark.parametrize(
    "area",
    [box(700, 0, 800, 100), Area("p", "polygon", ((600, -200), (900, 100), (900, -200)))],
)
def test_an_area_beside_the_picture_is_refused(area):
    with pytest.raises(RegionError, match="beside the picture"):
        cut(area, SIZE)


def test_names_are_made_different():
    found = named_apart([box(name="Buy"), box(name="Buy"), box(name="Menu 2")], ["Menu 2", "Menu 3"])
    assert [area.name for area in found] == ["Buy", "Buy 2", "Menu 4"]
    assert free_name("2", ["2"]) == "2 2"


def test_a_name_is_changed_to_one_that_is_free_and_there():
    areas = (box(name="Buy"), box(name="Menu"))
    assert [area.name for area in renamed(areas, "Buy", "  Order \n now ")] == ["Order now", "Menu"]
    with pytest.raises(RegionError, match="called 'Menu'"):
        renamed(areas, "Buy", "Menu")
    with pytest.raises(RegionError, match="found no name"):
        renamed(areas, "Buy", "  ")


def test_a_new_area_gets_a_colour_that_the_others_have_not():
    areas = []
    for _ in COLOURS:
        areas.append(box(colour=next_colour(areas)))
    assert {area.colour for area in areas} == {colour for _, colour in COLOURS}


@given(point=PLACES)
def test_a_point_of_the_picture_is_a_whole_pixel_of_it(point):
    x, y = inside(point, SIZE)
    assert 0 <= x <= 640
    assert 0 <= y <= 480
    assert x == int(x)
