import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gazeengine.regions import (
    Area,
    AreaFile,
    Attention,
    RegionError,
    coverage,
    from_json,
    order_flips,
    read_areas,
    to_csv,
    to_json,
)

SIZE = (480, 640)
RNG = np.random.default_rng(0)


def log_density(rows=60, columns=80):
    values = RNG.normal(0, 2, (rows, columns))
    return (values - np.log(np.exp(values).sum())).astype(np.float32)


MAP = log_density()
ATTENTION = Attention(MAP, SIZE)


def box(left, top, right, bottom, name="a", **more):
    return Area(name, "rectangle", ((left, top), (right, bottom)), **more)


def test_the_whole_picture_gets_all_attention_at_chance():
    (found,) = ATTENTION.of([box(0, 0, 640, 480)])
    assert (found.share, found.area_share, found.intensity) == pytest.approx((1, 1, 1), abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(x=st.floats(1, 639), y=st.floats(1, 479))
def test_shares_of_areas_that_tile_the_picture_add_up(x, y):
    tiles = [box(0, 0, x, y), box(x, 0, 640, y, "b"), box(0, y, x, 480, "c"), box(x, y, 640, 480, "d")]
    found = ATTENTION.of(tiles)
    assert sum(s.share for s in found) == pytest.approx(1, abs=1e-5)
    assert sum(s.area_share for s in found) == pytest.approx(1, abs=1e-5)
    assert sorted(s.rank for s in found) == [1, 2, 3, 4]


@settings(max_examples=30, deadline=None)
@given(
    left=st.floats(0, 300), top=st.floats(0, 200), width=st.floats(30, 300), height=st.floats(30, 250),
)  # fmt: skip
def test_shapes_cover_the_area_that_geometry_gives_them(left, top, width, height):
    corners = ((left, top), (left + width, top + height))
    rectangle, ellipse = (coverage(Area("a", shape, corners), SIZE, SIZE).sum() for shape in ("rectangle", "ellipse"))
    assert rectangle == pytest.approx(width * height, rel=1e-3)
    assert ellipse == pytest.approx(np.pi / 4 * width * height, rel=0.03)
    polygon = Area("a", "polygon", (corners[0], (left + width, top), corners[1], (left, top + height)))
    assert coverage(polygon, SIZE, SIZE).sum() == pytest.approx(width * height, rel=0.03)


def test_corners_may_be_given_in_any_order_and_what_is_outside_is_cut():
    one, other = box(100, 50, 300, 250), box(300, 250, 100, 50)
    assert ATTENTION.of([one])[0].share == ATTENTION.of([other])[0].share
    inside, over = ATTENTION.of([box(0, 0, 100, 480), box(-500, -9, 100, 999, "b")])
    assert (inside.share, inside.area_share) == pytest.approx((over.share, over.area_share))


def test_a_finer_map_of_the_same_density_gives_the_same_shares():
    finer = np.repeat(np.repeat(MAP, 8, 0), 8, 1) - np.log(64).astype(np.float32)
    areas = [box(80, 80, 400, 320), Area("e", "ellipse", ((160, 80), (480, 400)))]
    for coarse, fine in zip(ATTENTION.of(areas), Attention(finer, SIZE).of(areas), strict=True):
        assert coarse.share == pytest.approx(fine.share, rel=0.03)


def test_a_group_counts_each_pixel_once():
    areas = [box(0, 0, 320, 480, "a", group="g"), box(160, 0, 640, 480, "b", group="g"), box(0, 0, 10, 10, "c")]
    (group,) = ATTENTION.of_groups(areas)
    assert (group.name, group.share) == ("g", pytest.approx(1, abs=1e-6))


def test_an_order_that_flips_is_told_and_rounding_is_not():
    before = ATTENTION.of([box(0, 0, 320, 480), box(320, 0, 640, 480, "b")])
    strong, weak = sorted(before, key=lambda s: -s.share)
    swapped = [type(s)(s.name, 1 - s.share, s.area_share, s.intensity, s.rank) for s in before]
    assert order_flips(before, before) == []
    assert order_flips(before, swapped) == [(strong.name, weak.name)]
    equal = [type(s)(s.name, 0.5, 0.5, 1, s.rank) for s in before]
    assert order_flips(before, equal) == []


@pytest.mark.parametrize(
    ("area", "said"),
    [
        (box(700, 0, 800, 100), "beside the picture"),
        (box(10, 10, 10, 60), "more than none"),
        (Area("a", "polygon", ((0, 0), (1, 1))), "at least 3"),
        (Area("a", "ellipse", ((0, 0), (1, 1), (2, 2))), "wanted 2"),
        (box(0, 0, float("nan"), 3), "no number"),
    ],
)
def test_what_is_no_area_is_told(area, said):
    with pytest.raises(RegionError, match=said):
        ATTENTION.of([area])


def test_areas_are_read_as_they_were_written():
    areas = (
        box(1.5, 2, 3, 4, "Kauf „jetzt“", colour="#ff0000", group="g"),
        Area("p", "polygon", ((0, 0), (5, 0), (2, 9))),
    )
    assert from_json(to_json(areas)) == areas


def test_the_size_of_the_picture_is_read_as_it_was_written_and_may_be_missing():
    areas = (box(1, 2, 3, 4),)
    assert read_areas(to_json(areas, (480, 640))) == AreaFile(areas, (480, 640))
    assert read_areas(to_json(areas)) == AreaFile(areas, None)


def test_names_are_one_line_and_never_empty():
    text = to_json([box(0, 0, 9, 9, " Buy\n now "), box(0, 0, 9, 9, "  ")])
    assert [area.name for area in from_json(text)] == ["Buy now", "Rectangle"]


def test_what_did_not_change_is_not_computed_again(monkeypatch):
    attention = Attention(MAP, SIZE)
    areas = [box(0, 0, 100, 100, "a", group="g"), box(50, 0, 200, 100, "b", group="g"), box(9, 9, 99, 99, "c")]
    before = attention.of(areas), attention.of_groups(areas)
    monkeypatch.setattr(attention, "_measured", lambda _: pytest.fail("computed again"))
    monkeypatch.setattr(attention, "_together", lambda _: pytest.fail("computed again"))
    assert (attention.of(areas), attention.of_groups(areas)) == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", r"damaged \(Expecting property name enclosed in double quotes: line 1 column 2 \(char 1\)\), wanted"),
        ("[]", "another kind"),
        ("[" * 100_000, "damaged"),
        ('{"format": "fishergaze-areas", "version": 1e999, "areas": []}', "damaged"),
        ('{"format": "fishergaze-areas", "version": 1, "picture": {"width": 0, "height": 9}, "areas": []}', "0 × 9"),
        (json.dumps({"format": "fishergaze-areas", "version": 9, "areas": []}), "newer"),
        (json.dumps({"format": "fishergaze-areas", "version": 1, "areas": [{"shape": "star"}]}), "shape 'star'"),
        (json.dumps({"format": "fishergaze-areas", "version": 1, "areas": [{"shape": "ellipse"}]}), "'points' is"),
    ],
)
def test_a_file_of_no_areas_is_told(text, said):
    with pytest.raises(RegionError, match=said):
        from_json(text, "areas x.json")


def test_the_table_has_percentages():
    lines = to_csv(ATTENTION.of([box(0, 0, 640, 480, "all")])).splitlines()
    assert lines == ["area,group,attention_percent,area_percent,times_chance,rank", "all,,100.000,100.000,1.000,1"]
