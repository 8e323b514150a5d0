from hypothesis import given
from hypothesis import strategies as st

from app.area_drawing import Drawing
from gazeengine.area_shapes import large_enough

SIZE = (400, 600)
PLACES = st.tuples(st.floats(-50, 700), st.floats(-50, 500))


@given(start=PLACES, end=PLACES, square=st.booleans())
def test_a_box_is_what_was_between_press_and_release_unless_that_was_a_click(start, end, square):
    drawing = Drawing()
    drawing.begin("rectangle", SIZE)
    assert drawing.press(start, 1.0) is None
    drawing.move(end, square=square)
    draft = drawing.draft
    drawn = drawing.release(end, square=square)
    assert drawn == (draft if large_enough(draft[1]) else None)
    assert drawing.draft is None


@given(st.lists(PLACES, max_size=8))
def test_corners_taken_back_are_as_if_they_had_never_been_set(places):
    drawing = Drawing()
    drawing.begin("polygon", SIZE)
    for place in places:
        if drawing.press(place, 1.0) is not None:
            return
    n = len(drawing.corners)
    assert all(drawing.drop_corner() for _ in range(n))
    assert not drawing.drop_corner()
    assert drawing.draft is None


def test_two_corners_are_no_polygon():
    drawing = Drawing()
    drawing.begin("polygon", SIZE)
    drawing.press((10, 10), 1.0)
    drawing.press((100, 10), 1.0)
    assert drawing.close() is None
    drawing.press((50, 80), 1.0)
    assert drawing.close() == ("polygon", ((10, 10), (100, 10), (50, 80)))


def test_another_tool_drops_what_was_begun():
    drawing = Drawing()
    drawing.begin("polygon", SIZE)
    drawing.press((10, 10), 1.0)
    drawing.begin("ellipse", SIZE)
    assert drawing.draft is None


def test_zoomed_in_corners_may_lie_closer():
    drawing = Drawing()
    drawing.begin("polygon", SIZE)
    for place in ((10, 10), (16, 10), (14, 16)):
        assert drawing.press(place, 8.0) is None
    assert drawing.press((10.4, 10.2), 8.0) is not None
