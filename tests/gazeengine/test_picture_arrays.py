import io
import pickle
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as some

from gazeengine.errors import DataError, OutputError
from gazeengine.fixations import Stimulus
from gazeengine.image import write_png
from gazeengine.picture_arrays import PictureArrays
from tests.teachers import disk_that_takes

NOBODY = np.zeros(0, np.float32)
GRID = np.arange(12, dtype=np.float16).reshape(3, 4)


def picture(path, grey=100):
    path.parent.mkdir(exist_ok=True)
    write_png(path, np.full((8, 9, 3), grey, np.uint8))
    return Stimulus(path, 8, 9, NOBODY, NOBODY)


@pytest.fixture
def arrays(tmp_path):
    (tmp_path / "arrays").mkdir()
    return PictureArrays(tmp_path / "arrays", "numbers", "count again")


@given(some.arrays(np.float16, some.array_shapes(min_dims=1, max_dims=3), elements=st.floats(-6e4, 6e4, width=16)))
def test_what_is_written_is_read(tmp_path_factory, array):
    folder = tmp_path_factory.mktemp("arrays")
    arrays, seen = PictureArrays(folder, "numbers", "count again"), picture(folder / "a.png")
    assert not arrays.has(seen)
    arrays.write(seen, array)
    assert arrays.has(seen)
    np.testing.assert_array_equal(arrays.read(seen, array.shape), array)


def test_a_picture_is_found_in_whatever_folder_it_lies(arrays, tmp_path):
    arrays.write(picture(tmp_path / "here" / "a.png"), GRID)
    (tmp_path / "there").mkdir()
    moved = shutil.copy(tmp_path / "here" / "a.png", tmp_path / "there")
    np.testing.assert_array_equal(arrays.read(Stimulus(tmp_path / "there" / "a.png", 8, 9, NOBODY, NOBODY)), GRID)
    assert moved


def test_another_picture_of_the_same_name_is_not_taken_for_it(arrays, tmp_path):
    arrays.write(picture(tmp_path / "here" / "a.png", 100), GRID)
    assert not arrays.has(picture(tmp_path / "there" / "a.png", 101))


def test_a_picture_that_has_changed_is_another(tmp_path, arrays):
    arrays.write(picture(tmp_path / "a.png", 100), GRID)
    changed = PictureArrays(arrays.folder, arrays.what, arrays.remedy)
    assert not changed.has(picture(tmp_path / "a.png", 101))


@pytest.mark.parametrize("name", ["a" * 240, "目" * 80, "👀" * 60, "ü" * 120])
def test_the_longest_names_have_arrays_too(arrays, tmp_path, name):
    seen = picture(tmp_path / f"{name}.png")
    arrays.write(seen, GRID)
    assert arrays.read(seen).shape == (3, 4)


def test_a_picture_that_is_gone_is_told(arrays, tmp_path):
    with pytest.raises(
        DataError, match=r"picture .*gone.png: cannot be read \(No such file.*\), wanted it where it was"
    ):
        arrays.has(Stimulus(tmp_path / "gone.png", 8, 9, NOBODY, NOBODY))


def test_one_that_is_missing_is_told_with_its_remedy(arrays, tmp_path):
    with pytest.raises(DataError, match=r"numbers .*: there is none of a.png, wanted one for every picture; count"):
        arrays.read(picture(tmp_path / "a.png"))


def npy(array):
    content = io.BytesIO()
    np.save(content, array, allow_pickle=True)
    return content.getvalue()


def zipped():
    content = io.BytesIO()
    np.savez(content, GRID)
    return content.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        npy(GRID)[:90],
        npy(GRID)[:-5],
        zipped(),
        npy(np.array([{"a": 1}], object)),
        pickle.dumps(GRID),
        npy(GRID.astype(np.float32)),
        npy(np.array([["a"]])),
        npy(np.zeros((2, 3, 4), np.float16)),
        npy(np.zeros((0, 4), np.float16)),
        npy(np.full((3, 4), np.nan, np.float16)),
        npy(np.full((3, 4), -np.inf, np.float16)),
    ],
    ids=lambda content: f"{len(content)} bytes",
)
def test_one_that_is_damaged_is_told_with_its_remedy(arrays, tmp_path, content):
    seen = picture(tmp_path / "a.png")
    arrays.path(seen).write_bytes(content)
    with pytest.raises(DataError, match=r"numbers .*a-.*npy: .*, wanted .*; delete the file and count again"):
        arrays.read(seen)


def test_one_of_another_shape_is_told(arrays, tmp_path):
    seen = picture(tmp_path / "a.png")
    arrays.write(seen, GRID)
    with pytest.raises(DataError, match=r"found float16 \(3, 4\), wanted finite float16 \(4, 3\)"):
        arrays.read(seen, (4, 3))


def test_on_a_full_disk_there_is_the_whole_array_or_none(arrays, tmp_path):
    seen = picture(tmp_path / "a.png")
    large = np.zeros((100, 100), np.float16)
    with disk_that_takes(5000), pytest.raises(OutputError, match="wanted room for the whole file"):
        arrays.write(seen, large)
    assert not arrays.has(seen)
    assert list(arrays.folder.iterdir()) == []
    arrays.write(seen, GRID)
    with disk_that_takes(5000), pytest.raises(OutputError):
        arrays.write(seen, large)
    np.testing.assert_array_equal(arrays.read(seen), GRID)
