import shutil

import numpy as np
import pytest

from gazeengine.errors import DataError
from gazeengine.fixations import read_data_set
from tests.published_sets import cells, write_cat2000, write_map, write_matlab, write_picture

FIXATED = {"Action/001": [(0, 0), (107, 191)], "Action/002": [], "Art/001": [(3, 7)]}
FILE = "trainSet/FIXATIONLOCS/Action/002.mat"
PICTURE = "trainSet/Stimuli/Action/002.jpg"


def points(stimulus):
    return np.stack([stimulus.x, stimulus.y], 1).tolist()


def person(*xy):
    return {"name": "24-53-ak.eye", "data": np.array(xy, float).reshape(-1, 2)}


@pytest.fixture
def with_scanpaths(tmp_path):
    """Writes the set with scanpaths in the place of locations."""

    def write(entries):
        write_cat2000(tmp_path, FIXATED)
        shutil.rmtree(tmp_path / "trainSet" / "FIXATIONLOCS")
        write_map(tmp_path / "trainSet" / "allFixData.mat", entries)
        return tmp_path

    return write


SCANPATHS = {
    "Action/001.jpg": cells(person((96, 54), (10, 20)), person((1, 1), (1, 1), (5, 5), (1, 1))),
    "Action/002.jpg": cells(person(), person((np.nan, np.nan), (192, 108), (200, 50))),
    "Art/001.jpg": cells(),
}


def test_locations_are_in_the_middle_of_their_pixels(tmp_path):
    data = read_data_set(write_cat2000(tmp_path, FIXATED), "train")
    assert (data.name, data.n_outside) == ("CAT2000 train", 0)
    names = [s.path.relative_to(tmp_path).as_posix() for s in data.stimuli]
    assert names == [f"trainSet/Stimuli/{name}.jpg" for name in FIXATED]
    assert [points(s) for s in data.stimuli] == [[[0.5, 0.5], [191.5, 107.5]], [], [[7.5, 3.5]]]
    assert {(s.height, s.width) for s in data.stimuli} == {(108, 192)}


def test_locations_in_a_sparse_matrix_are_read(tmp_path):
    from scipy.sparse import csc_array

    write_cat2000(tmp_path, FIXATED)
    located = np.zeros((108, 192))
    located[4, 6] = 1
    write_matlab(tmp_path / FILE, fixLocs=csc_array(located))
    assert points(read_data_set(tmp_path, "train").stimuli[1]) == [[6.5, 4.5]]


def test_where_people_looked_at_the_pictures_to_test_on_is_held_back(tmp_path):
    data = read_data_set(write_cat2000(tmp_path, FIXATED), "test")
    assert (len(data.stimuli), data.n_fixations) == (3, 0)
    assert {s.path.parents[2].name for s in data.stimuli} == {"testSet"}


def test_the_training_set_on_its_own_is_read(tmp_path):
    whole = read_data_set(write_cat2000(tmp_path, FIXATED), "train")
    inner = read_data_set(tmp_path / "trainSet", "train")
    assert [points(s) for s in inner.stimuli] == [points(s) for s in whole.stimuli]


def test_scanpaths_are_read_where_there_are_no_locations(with_scanpaths):
    data = read_data_set(with_scanpaths(SCANPATHS), "train")
    one, two, three = (points(s) for s in data.stimuli)
    assert one == [[95.5, 53.5], [9.5, 19.5], [0.5, 0.5], [4.5, 4.5], [0.5, 0.5]]  # one less than recorded
    assert (two, three) == ([[191.5, 107.5]], [])
    assert data.n_outside == 2


@pytest.mark.parametrize("name", [FILE, PICTURE])
def test_a_missing_file_is_told_with_where_it_comes_from(name, tmp_path):
    write_cat2000(tmp_path, FIXATED)
    (tmp_path / name).unlink()
    with pytest.raises(DataError, match=rf"{name} is missing, wanted .* of CAT2000, published at http://saliency.mit"):
        read_data_set(tmp_path, "train")


def test_a_picture_without_scanpaths_is_told(with_scanpaths):
    folder = with_scanpaths({name: people for name, people in SCANPATHS.items() if name != "Art/001.jpg"})
    with pytest.raises(DataError, match=r"Art/001.jpg in trainSet/allFixData.mat is missing, wanted .* of CAT2000"):
        read_data_set(folder, "train")


@pytest.mark.parametrize(("gone", "told"), [("trainSet", "trainSet/Stimuli/"), ("testSet", "testSet/Stimuli/")])
def test_a_missing_folder_is_told(gone, told, tmp_path):
    write_cat2000(tmp_path, FIXATED)
    shutil.rmtree(tmp_path / gone)
    with pytest.raises(DataError, match=rf"{told} is missing, wanted .* of CAT2000"):
        read_data_set(tmp_path, gone.removesuffix("Set"))


def test_a_folder_of_pictures_without_any_is_told(tmp_path):
    (tmp_path / "testSet" / "Stimuli").mkdir(parents=True)
    with pytest.raises(DataError, match=r"every picture is missing, wanted .* of CAT2000"):
        read_data_set(tmp_path, "test")


def test_a_picture_of_another_size_than_its_fixations_is_told(tmp_path):
    write_cat2000(tmp_path, FIXATED)
    write_picture(tmp_path / PICTURE, 54, 96)
    with pytest.raises(DataError, match=r"002.jpg is 96 x 54 pixels, wanted 192 x 108 as in the file of its"):
        read_data_set(tmp_path, "train")


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"other": 1}, r"002.mat has no variable 'fixLocs', wanted the fixations of a picture"),
        ({"fixLocs": np.zeros((2, 2, 2))}, r"fixLocs is 2x2x2 numbers, wanted a matrix of the picture's size"),
        ({"fixLocs": "text"}, r"fixLocs is 1 text, wanted numbers"),
    ],
)
def test_a_file_of_another_kind_is_told_with_the_place_in_it(variables, message, tmp_path):
    write_cat2000(tmp_path, FIXATED)
    write_matlab(tmp_path / FILE, **variables)
    with pytest.raises(DataError, match=message):
        read_data_set(tmp_path, "train")
