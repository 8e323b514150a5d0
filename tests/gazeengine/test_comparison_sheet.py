import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gazeengine.comparison_sheet import MOST_WIDTH, sheet

sizes = st.tuples(st.integers(20, 200), st.integers(20, 200))


@settings(max_examples=30, deadline=None)
@given(extents=st.lists(sizes, min_size=1, max_size=6), columns=st.integers(1, 3))
def test_every_picture_is_whole_on_the_sheet(extents, columns):
    pictures = [np.full((h, w, 3), 40 * (i + 1), np.uint8) for i, (h, w) in enumerate(extents)]
    found = sheet(pictures, [str(i) for i in range(len(pictures))], columns)
    width = max(w for _, w in extents)
    for i, (h, w) in enumerate(extents):
        assert (found == 40 * (i + 1)).all(2).sum() >= 0.9 * width * round(h * width / w)


def test_pictures_of_one_size_keep_their_pixels():
    picture = np.random.default_rng(0).integers(0, 255, (30, 40, 3), dtype=np.uint8)
    found = sheet([picture, picture], ["A: a", "B: a long name that has no room"], 2)
    at = [(y, x) for y in range(found.shape[0] - 29) for x in range(found.shape[1] - 39)
          if (found[y, x] == picture[0, 0]).all() and (found[y : y + 30, x : x + 40] == picture).all()]  # fmt: skip
    assert len(at) == 2
    assert at[0][0] == at[1][0]


def test_several_large_ones_are_reduced():
    found = sheet([np.zeros((50, 4000, 3), np.uint8)] * 2, ["a", "b"], 1)
    assert found.shape[1] == pytest.approx(MOST_WIDTH, abs=80)
