import json
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as some

from gazeengine.errors import DataError, GazeError, OutputError
from gazeengine.teacher_maps import FAINTEST, NOTE, TeacherMaps, mean_density
from tests.teachers import disk_that_takes, looked_at

ABOUT = {"name": "two wise men", "members": 2, "data": ("a", "b"), "extent": [[32, 48]]}

grids = st.tuples(st.integers(1, 6), st.integers(1, 6))
values = st.floats(-30, 30, width=32)


def density(seed=0, shape=(6, 8)):
    logits = np.random.default_rng(seed).normal(0, 2, shape)
    return (logits - np.log(np.exp(logits).sum())).astype(np.float32)


@pytest.fixture
def stimuli(tmp_path):
    return looked_at(tmp_path / "made", 2)


@pytest.fixture
def maps(tmp_path):
    return TeacherMaps.create(tmp_path / "maps", ABOUT)


# the mean


@given(
    grids.flatmap(
        lambda grid: some.arrays(np.float32, st.tuples(st.integers(1, 4), *map(st.just, grid)), elements=values)
    )
)
def test_the_average_map_is_the_mean_of_densities(logits):
    densities = np.exp(logits.astype(np.float64))
    densities /= densities.sum((1, 2), keepdims=True)
    found = mean_density(list(np.log(densities)))
    np.testing.assert_allclose(np.exp(found.astype(np.float64)), densities.mean(0), rtol=1e-4, atol=1e-12)


def test_members_that_agree_on_nothing_have_an_average_too():
    sure = np.full((2, 2), -2000.0)
    one, other = sure.copy(), sure.copy()
    one[0, 0] = other[1, 1] = 0.0
    found = mean_density([one, other])
    np.testing.assert_allclose(found[[0, 1], [0, 1]], np.log(0.5), atol=1e-6)
    assert np.isfinite(found).all()


def test_a_member_that_gives_no_numbers_is_told():
    with pytest.raises(GazeError, match="4 of 4 values infinite or not a number"):
        mean_density([np.zeros((2, 2)), np.full((2, 2), np.nan)])


# on disk


@given(seed=st.integers(0, 1000), shift=st.floats(-100, 100))
def test_a_map_comes_back_normalised_and_as_float16_has_it(tmp_path_factory, seed, shift):
    folder = tmp_path_factory.mktemp("maps")
    (stimulus,) = looked_at(folder / "made", 1)
    maps, expected = TeacherMaps.create(folder / "maps", ABOUT), density(seed)
    maps.add(stimulus, expected + np.float32(shift))
    found = maps.log_density(stimulus)
    assert found.dtype == np.float32
    assert np.exp(found, dtype=np.float64).sum() == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(found, expected, atol=0.02)  # float16 has eleven bits, and here up to 16 nats below


def test_what_is_fainter_than_float16_can_tell_is_as_good_as_nothing(maps, stimuli):
    faint = density()
    faint[0, 0], faint[0, 1] = -1000, -np.inf
    maps.add(stimuli[0], faint)
    found = maps.log_density(stimuli[0])
    assert found[0, 0] == found[0, 1] == pytest.approx(found.max() + FAINTEST)
    assert np.isfinite(found).all()


def test_maps_are_found_by_the_pictures(maps, stimuli):
    maps.add(stimuli[0], density())
    again = TeacherMaps.open(maps.folder)
    assert [again.has(stimulus) for stimulus in stimuli] == [True, False]
    with pytest.raises(DataError, match=r"maps: there is none of train1.png, wanted one for every picture; call maps"):
        again.log_density(stimuli[1])


@pytest.mark.parametrize("bad", [np.full((3, 4), np.nan), np.full((3, 4), -np.inf), np.zeros((1, 3, 4)), np.zeros(5)])
def test_what_is_no_density_is_not_written(maps, stimuli, bad):
    with pytest.raises(
        DataError, match=r"teacher's map of train0.png: found .*, wanted a log density \(rows, columns\)"
    ):
        maps.add(stimuli[0], bad)
    assert not maps.has(stimuli[0])


@pytest.mark.parametrize("bad", [np.zeros((1, 3, 4)), np.zeros(5), np.zeros((0, 0)), np.full((2, 2), np.nan)])
def test_a_map_that_is_no_grid_is_told(maps, stimuli, bad):
    maps.add(stimuli[0], density())
    (path,) = maps.folder.glob("*.npy")
    np.save(path, bad.astype(np.float16))
    with pytest.raises(DataError, match=r"teacher's maps .*train0-.*npy: found float16 .*, wanted finite .*call maps"):
        maps.log_density(stimuli[0])


def test_a_disk_that_is_full_in_the_middle_leaves_nothing_half_written(maps, stimuli):
    with disk_that_takes(1000), pytest.raises(OutputError, match="wanted room for the whole file"):
        maps.add(stimuli[0], density(shape=(40, 50)))
    assert not maps.has(stimuli[0])
    assert os.listdir(maps.folder) == [NOTE]


# who made them


def test_the_same_teacher_goes_on_where_it_was(maps, stimuli):
    maps.add(stimuli[0], density())
    again = TeacherMaps.create(maps.folder, ABOUT)
    assert again.has(stimuli[0])
    assert again.about == maps.about == json.loads(json.dumps(ABOUT)) | {"version": 1}


def test_maps_of_another_teacher_are_not_added_to_them(maps):
    with pytest.raises(DataError, match=r"they are of .*two wise men.*, wanted those of .*a fool.* or an empty folder"):
        TeacherMaps.create(maps.folder, ABOUT | {"name": "a fool"})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "there is no maps.json, wanted a folder that maps wrote"),
        (b"{", "maps.json cannot be read"),
        (b"\xff\xfe", "maps.json cannot be read"),
        (b"[]", "found version None, wanted version 1"),
        (b'{"version": 2}', "found version 2, wanted version 1"),
    ],
)
def test_a_folder_of_something_else_is_told(tmp_path, content, told):
    if content is not None:
        (tmp_path / NOTE).write_bytes(content)
    with pytest.raises(DataError, match=told):
        TeacherMaps.open(tmp_path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"teacher's maps .*: cannot be made \(.*\), wanted a folder to write to"):
        TeacherMaps.create(tmp_path / "file" / "maps", ABOUT)
