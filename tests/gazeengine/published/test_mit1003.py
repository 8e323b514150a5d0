import shutil

import numpy as np
import pytest
from scipy.io import loadmat

from gazeengine.errors import DataError
from gazeengine.fixations import read_data_set
from tests.published_sets import eye_samples, write_matlab, write_mit1003, write_picture

LONG = "i2267703608_" + "b" * 60  # MATLAB cuts names of variables at 63 letters
SAMPLES = {
    "i05june05_static_street": {
        "ajs": eye_samples([(400, 300), (10, 20), (500, 600)], 50),
        "CNG": eye_samples([(400, 300)], 50),
    },
    LONG: {"ajs": eye_samples([(400, 300), (-100, -100), (790.5, 590.5)], 50), "CNG": np.zeros((0, 0))},
}
FILE = f"DATA/CNG/{LONG}.mat"
PICTURE = f"ALLSTIMULI/{LONG}.jpeg"


def points(stimulus):
    return np.stack([stimulus.x, stimulus.y], 1)


@pytest.fixture
def folder(tmp_path):
    return write_mit1003(tmp_path, SAMPLES, 600, 800)


def test_the_files_that_are_tested_on_have_the_nesting_of_the_published_ones(folder):
    """stimFile.DATA(1).eyeData, as the published showEyeData.m reads it."""
    (name,) = (n for n in loadmat(folder / f"DATA/ajs/{LONG}.mat") if not n.startswith("__"))
    assert name == LONG[:63]
    recorded = loadmat(folder / f"DATA/ajs/{LONG}.mat")[name]
    assert recorded.shape == recorded[0, 0]["DATA"].shape == (1, 1)
    assert recorded[0, 0]["DATA"][0, 0]["eyeData"].shape == (166, 2)


def test_fixations_are_found_in_samples_and_the_first_ones_left_out(folder):
    data = read_data_set(folder, "all")
    assert data.name == "MIT1003 all"
    one, two = data.stimuli
    assert (one.path.name, one.height, one.width) == ("i05june05_static_street.jpeg", 600, 800)
    np.testing.assert_allclose(points(one), [(9.5, 19.5), (499.5, 599.5)], rtol=1e-5)
    np.testing.assert_allclose(points(two), [(790, 590)], rtol=1e-5)


def test_blinks_are_left_out_and_counted(folder, caplog):
    assert read_data_set(folder, "all").n_outside == 1
    assert caplog.messages == ["data set MIT1003 all: 1 of 4 fixations lie outside their picture and are left out"]


def test_splits_are_drawn(tmp_path):
    write_mit1003(tmp_path, {f"i{n}": {"ajs": eye_samples([(9, 9), (70, 50 - n)], 50)} for n in range(10)})
    splits = {split: read_data_set(tmp_path, split) for split in ("train", "val", "test")}
    assert {split: len(data.stimuli) for split, data in splits.items()} == {"train": 8, "val": 1, "test": 1}


@pytest.mark.parametrize("name", [FILE, PICTURE])
def test_a_missing_file_is_told_with_where_it_comes_from(name, folder):
    (folder / name).unlink()
    with pytest.raises(DataError, match=rf"{name} is missing, wanted .* of MIT1003, published at http://people.csail"):
        read_data_set(folder, "all")


@pytest.mark.parametrize(("gone", "told"), [("ALLSTIMULI", "ALLSTIMULI/"), ("DATA", "DATA/")])
def test_a_missing_folder_is_told(gone, told, folder):
    shutil.rmtree(folder / gone)
    with pytest.raises(DataError, match=rf"{told} is missing, wanted the folders ALLSTIMULI and DATA of MIT1003"):
        read_data_set(folder, "all")


def test_a_folder_without_people_is_told(folder):
    shutil.rmtree(folder / "DATA")
    (folder / "DATA" / "__MACOSX").mkdir(parents=True)
    with pytest.raises(DataError, match=r"DATA/<person>/ is missing, wanted"):
        read_data_set(folder, "all")


def test_what_archives_leave_behind_is_passed_over(folder):
    (folder / "ALLSTIMULI" / "._i05june05_static_street.jpeg").touch()
    (folder / "DATA" / ".svn").mkdir()
    (folder / "DATA" / "notes.txt").touch()
    assert len(read_data_set(folder, "all").stimuli) == 2


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"other": 1}, r"has no variable with DATA, wanted the samples of a picture"),
        ({"x": {"DATA": {"other": 1}}}, r"x.DATA is 1x1 structs, wanted a struct with a field 'eyeData'"),
        (
            {"x": {"DATA": {"eyeData": np.ones((9, 1))}}},
            r"eyeData is 9x1 numbers, wanted a matrix with columns x and y",
        ),
    ],
)
def test_a_file_of_another_kind_is_told_with_the_place_in_it(variables, message, folder):
    write_matlab(folder / FILE, **variables)
    with pytest.raises(DataError, match=message):
        read_data_set(folder, "all")


def test_a_damaged_picture_is_told(folder):
    (folder / PICTURE).write_bytes(b"nothing")
    with pytest.raises(DataError, match=rf"picture {PICTURE} cannot be read \(.*\), wanted a whole one"):
        read_data_set(folder, "all")


def test_a_picture_that_says_it_lies_on_its_side_has_the_size_that_it_is_shown_at(folder):
    from PIL import Image

    write_picture(folder / PICTURE, 800, 600)
    image = Image.open(folder / PICTURE)
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(folder / PICTURE, exif=exif)
    size = next((s.height, s.width) for s in read_data_set(folder, "all").stimuli if s.path.name.startswith(LONG))
    assert size == (600, 800)
