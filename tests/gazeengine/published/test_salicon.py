import numpy as np
import pytest
from scipy.io import loadmat

from gazeengine.errors import DataError
from gazeengine.fixations import read_data_set
from tests.published_sets import structs, write_matlab, write_picture, write_salicon

GAZES = {9: [[(1, 1), (640, 480)], [], [(320, 240)]], 25: [[(7, 9)]]}
FILE = "fixations/train/COCO_train2014_000000000009.mat"
PICTURE = "images/train/COCO_train2014_000000000009.jpg"


def test_the_files_that_are_tested_on_have_the_nesting_of_the_published_ones(tmp_path):
    write_salicon(tmp_path, "train", GAZES)
    variables = loadmat(tmp_path / FILE)
    assert variables["image"].tolist() == ["COCO_train2014_000000000009"]
    assert variables["resolution"].tolist() == [[480, 640]]
    gaze = variables["gaze"]
    assert (gaze.shape, gaze.dtype.names) == ((3, 1), ("location", "timestamp", "fixations"))
    assert (gaze[0, 0]["fixations"].shape, gaze[0, 0]["fixations"].dtype) == ((2, 2), np.uint16)


def test_fixations_of_all_people_are_in_the_middle_of_their_pixels(tmp_path):
    data = read_data_set(write_salicon(tmp_path, "train", GAZES), "train")
    assert (data.name, data.n_outside) == ("SALICON train", 0)
    one, two = data.stimuli
    assert (one.path, one.height, one.width) == (tmp_path / PICTURE, 480, 640)
    np.testing.assert_array_equal(np.stack([one.x, one.y], 1), [(0.5, 0.5), (639.5, 479.5), (319.5, 239.5)])
    np.testing.assert_array_equal(np.stack([two.x, two.y], 1), [(6.5, 8.5)])


def test_a_pixel_0_is_outside_and_not_at_the_far_end_of_unsigned_numbers(tmp_path):
    data = read_data_set(write_salicon(tmp_path, "val", {3: [[(0, 5), (5, 5), (641, 5)]]}), "val")
    assert (data.n_fixations, data.n_outside) == (1, 2)


def test_nobody_looked_at_the_pictures_to_test_on(tmp_path):
    write_salicon(tmp_path, "train", GAZES)
    write_picture(tmp_path / "images" / "test" / "COCO_test2014_000000000001.jpg", 480, 640)
    data = read_data_set(tmp_path, "test")
    assert [(s.path.name, len(s.x)) for s in data.stimuli] == [("COCO_test2014_000000000001.jpg", 0)]


@pytest.mark.parametrize("images", ["train2014", "images/train2014", "images"])
@pytest.mark.parametrize("fixations", ["fixations/train", "fixations/train2014", "train"])
def test_folders_of_the_earlier_releases_are_read(images, fixations, tmp_path):
    made = write_salicon(tmp_path / "made", "train", GAZES)
    for found, name in ((made / "images" / "train", images), (made / "fixations" / "train", fixations)):
        (tmp_path / "old" / name).mkdir(parents=True, exist_ok=True)
        for file in found.iterdir():
            file.rename(tmp_path / "old" / name / file.name)
    (tmp_path / "old" / "fixations" / "val").mkdir(parents=True, exist_ok=True)
    assert read_data_set(tmp_path / "old", "train").n_fixations == 4


@pytest.mark.parametrize("name", [FILE, PICTURE])
def test_a_missing_file_is_told_with_where_it_comes_from(name, tmp_path):
    write_salicon(tmp_path, "train", GAZES)
    (tmp_path / name).unlink()
    with pytest.raises(DataError, match=rf"{name} is missing, wanted .* of SALICON, published at http://salicon.net"):
        read_data_set(tmp_path, "train")


@pytest.mark.parametrize(("kept", "told"), [("images", "fixations/train"), ("fixations", "images/train")])
def test_a_missing_folder_is_told(kept, told, tmp_path):
    made = write_salicon(tmp_path / "made", "train", GAZES)
    (tmp_path / "part").mkdir()
    (made / kept).rename(tmp_path / "part" / kept)
    with pytest.raises(DataError, match=rf"{told} is missing, wanted .* of SALICON"):
        read_data_set(tmp_path / "part", "train")


def test_a_folder_without_its_files_is_told(tmp_path):
    (tmp_path / "images" / "train").mkdir(parents=True)
    with pytest.raises(DataError, match=r"images/train/COCO_train2014_000000000000.jpg and the like is missing"):
        read_data_set(tmp_path, "train")


def test_a_picture_of_another_size_than_it_was_shown_at_is_told(tmp_path):
    write_salicon(tmp_path, "train", GAZES)
    write_picture(tmp_path / PICTURE, 240, 320)
    told = rf"{PICTURE} is 320 x 240 pixels, wanted 640 x 480 as in the file of its fixations"
    with pytest.raises(DataError, match=told):
        read_data_set(tmp_path, "train")


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"other": 1}, r"has no variable 'gaze', wanted the fixations of a picture"),
        ({"gaze": structs({"location": 1})}, r"gaze\(1\) is void, wanted a struct with a field 'fixations'"),
        (
            {"gaze": structs({"fixations": np.ones((4, 1))})},
            r"gaze\(1\).fixations is 4x1 numbers, wanted a matrix with",
        ),
        ({"gaze": structs({"fixations": "none"})}, r"gaze\(1\).fixations is 1 text, wanted numbers"),
        ({"gaze": structs({"fixations": []}), "resolution": 480}, "resolution is 1x1 numbers, wanted a height and"),
        ({"gaze": structs({"fixations": []}), "resolution": [480, np.nan]}, "resolution is 1x2 numbers, wanted a"),
    ],
)
def test_a_file_of_another_kind_is_told_with_the_place_in_it(variables, message, tmp_path):
    write_salicon(tmp_path, "train", GAZES)
    write_matlab(tmp_path / FILE, **variables)
    with pytest.raises(DataError, match=message):
        read_data_set(tmp_path, "train")
