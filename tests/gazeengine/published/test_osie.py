import numpy as np
import pytest
from scipy.io import loadmat

from gazeengine.errors import DataError
from gazeengine.fixations import read_data_set
from tests.published_sets import cells, row, write_matlab, write_osie

CENTER = (40, 30)
SCANPATHS = {
    "1002.jpg": [[CENTER, (10, 20), (79.5, 59.5)], []],
    "1001.jpg": [[CENTER], [CENTER, (1, 1)], [CENTER, (30.2, 40.7)]],
}


def test_the_files_that_are_tested_on_have_the_nesting_of_the_published_one(tmp_path):
    """As scipy reads data/eye/fixations.mat from the authors' repository."""
    write_osie(tmp_path, SCANPATHS)
    fixations = loadmat(tmp_path / "data" / "eye" / "fixations.mat")["fixations"]
    assert (fixations.shape, fixations.dtype) == ((2, 1), object)
    entry = fixations[0, 0]
    assert (entry.shape, entry.dtype.names) == ((1, 1), ("img", "subjects"))
    assert entry[0, 0]["img"].tolist() == ["1002.jpg"]
    people = entry[0, 0]["subjects"]
    assert (people.shape, people.dtype) == ((2, 1), object)
    person = people[0, 0]
    assert (person.shape, person.dtype.names) == ((1, 1), ("fix_x", "fix_y", "fix_duration"))
    assert (person[0, 0]["fix_x"].shape, person[0, 0]["fix_x"].dtype) == ((1, 3), np.float64)
    assert (person[0, 0]["fix_duration"].shape, person[0, 0]["fix_duration"].dtype) == ((1, 3), np.uint16)


def test_first_fixations_are_left_out_and_the_rest_counts_from_the_corner(tmp_path):
    data = read_data_set(write_osie(tmp_path, SCANPATHS), "all")
    assert (data.name, data.n_outside) == ("OSIE all", 0)
    one, two = data.stimuli
    assert (one.path, one.height, one.width) == (tmp_path / "data" / "stimuli" / "1001.jpg", 60, 80)
    np.testing.assert_allclose(np.stack([one.x, one.y], 1), [(0.5, 0.5), (29.7, 40.2)], rtol=1e-6)
    np.testing.assert_allclose(np.stack([two.x, two.y], 1), [(9.5, 19.5), (79, 59)])


def test_the_folder_data_is_enough(tmp_path):
    whole = read_data_set(write_osie(tmp_path, SCANPATHS), "all")
    inner = read_data_set(tmp_path / "data", "all")
    assert [s.path for s in inner.stimuli] == [s.path for s in whole.stimuli]


def test_fixations_outside_of_the_picture_are_left_out_counted_and_told(tmp_path, caplog):
    outside = [(0.4, 5), (80.6, 5), (5, -3), (5, 61), (np.nan, 5), (5, np.inf), (1e300, 5)]
    data = read_data_set(write_osie(tmp_path, {"1001.jpg": [[CENTER, (5, 5), *outside]]}), "all")
    assert (data.n_fixations, data.n_outside) == (1, 7)
    assert caplog.messages == ["data set OSIE all: 7 of 8 fixations lie outside their picture and are left out"]


def test_a_set_is_the_same_whether_it_is_drawn_from_or_not(tmp_path):
    write_osie(tmp_path, {f"{1000 + i}.jpg": [[CENTER, (i + 1, 5)]] for i in range(20)})
    whole = {s.path: s.x.tolist() for s in read_data_set(tmp_path, "all").stimuli}
    splits = {split: read_data_set(tmp_path, split) for split in ("train", "val", "test")}
    assert {split: len(data.stimuli) for split, data in splits.items()} == {"train": 16, "val": 2, "test": 2}
    assert {s.path: s.x.tolist() for data in splits.values() for s in data.stimuli} == whole


def test_a_picture_that_is_missing_is_told_with_where_it_comes_from(tmp_path):
    write_osie(tmp_path, SCANPATHS)
    (tmp_path / "data" / "stimuli" / "1002.jpg").unlink()
    told = r"data/stimuli/1002.jpg is missing, wanted .*fixations.mat of OSIE, published at https://github.com/NUS-VIP/"
    with pytest.raises(DataError, match=told):
        read_data_set(tmp_path, "all")


def test_a_missing_file_of_fixations_is_told_with_where_it_comes_from(tmp_path):
    write_osie(tmp_path, SCANPATHS)
    (tmp_path / "data" / "eye" / "fixations.mat").unlink()
    with pytest.raises(DataError, match=r"data/eye/fixations.mat is missing, wanted .* published at https://"):
        read_data_set(tmp_path, "all")


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"other": 1}, r"fixations.mat has no variable 'fixations', wanted those of all pictures"),
        ({"fixations": np.eye(2)}, r"fixations.mat: fixations is 2x2 numbers, wanted a cell array"),
        (
            {"fixations": cells({"img": "1001.jpg"})},
            r"fixations\{1\} is 1x1 structs, wanted a struct with a field 'subjects'",
        ),
        ({"fixations": cells({"img": 7.0})}, r"fixations\{1\}.img is 1x1 numbers, wanted a text"),
        (
            {"fixations": cells({"img": "1001.jpg", "subjects": cells({"fix_x": row([1, 2]), "fix_y": row([1])})})},
            r"fixations\{1\}.subjects\{1\}.fix_y is 1x1 numbers, wanted as many as fix_x, 2",
        ),
        (
            {"fixations": cells({"img": "1001.jpg", "subjects": cells({"fix_x": "left", "fix_y": row([1])})})},
            r"subjects\{1\}.fix_x is 1 text, wanted numbers",
        ),
        ({"fixations": np.empty((0, 0), object)}, "every picture is missing, wanted the folder data/stimuli"),
    ],
)
def test_a_file_of_another_kind_is_told_with_the_place_in_it(variables, message, tmp_path):
    write_osie(tmp_path, SCANPATHS)
    write_matlab(tmp_path / "data" / "eye" / "fixations.mat", **variables)
    with pytest.raises(DataError, match=message):
        read_data_set(tmp_path, "all")
