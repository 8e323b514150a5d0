import csv

import numpy as np
import pytest

from gazeengine.errors import DataError
from gazeengine.fixations import read_data_set
from gazeengine.plain_format import observers

IMAGES = [
    {"image": "a.jpg", "width": "40", "height": "30", "split": "train"},
    {"image": "b.jpg", "width": "20", "height": "50", "split": "train"},
    {"image": "c.jpg", "width": "40", "height": "30", "split": "val"},
]
FIXATIONS = [
    {"image": "a.jpg", "observer": "1", "order": "0", "x": "20", "y": "15"},
    {"image": "a.jpg", "observer": "1", "order": "1", "x": "0", "y": "0"},
    {"image": "a.jpg", "observer": "1", "order": "2", "x": "39.9", "y": "29.5"},
    {"image": "c.jpg", "observer": "2", "order": "1", "x": "3", "y": "4"},
]


@pytest.fixture
def folder(tmp_path):
    """Writes a data set of these rows; the pictures' files are empty, as nobody opens them here."""

    def write(images=IMAGES, fixations=FIXATIONS):
        (tmp_path / "images").mkdir(exist_ok=True)
        for name, rows in (("images", images), ("fixations", fixations)):
            if rows is not None:
                with (tmp_path / f"{name}.csv").open("w", newline="") as file:
                    writer = csv.DictWriter(file, list(rows[0]))
                    writer.writeheader()
                    writer.writerows(rows)
        for row in images:
            (tmp_path / "images" / row["image"]).touch()
        return tmp_path

    return write


def changed(rows, index, **values):
    return [row | values if i == index else row for i, row in enumerate(rows)]


def without(rows, column):
    return [{key: value for key, value in row.items() if key != column} for row in rows]


def test_a_split_is_its_pictures_and_where_people_looked_without_the_forced_fixation(folder):
    data = read_data_set(folder(), "train")
    assert data.name.endswith(" train")
    a, b = data.stimuli
    assert (a.path.name, a.height, a.width) == ("a.jpg", 30, 40)
    np.testing.assert_allclose(a.x, [0, 39.9])
    np.testing.assert_allclose(a.y, [0, 29.5])
    assert (b.height, b.width, len(b.x)) == (50, 20, 0)
    assert data.n_fixations == 2


def test_pictures_without_any_measurements_are_read(folder):
    data = read_data_set(folder(fixations=None), "val")
    assert [len(s.x) for s in data.stimuli] == [0]


@pytest.mark.shared
@pytest.mark.parametrize(("name", "split", "n"), [("OSIE", "val", 81), ("EyeCrowd", "test", 45)])
def test_the_shared_data_sets_are_read(name, split, n, shared):
    data = read_data_set(shared / "data" / name, split)
    assert len(data.stimuli) == n
    assert data.n_fixations > 100 * n


def test_a_split_that_is_not_there_is_told(folder):
    with pytest.raises(DataError, match=r"data set .*: there is no split 'test', wanted one of train, val"):
        read_data_set(folder(), "test")


@pytest.mark.parametrize("column", ["image", "width", "height", "split"])
def test_a_column_missing_in_images_is_told(column, folder, tmp_path):
    folder()
    rows = without(IMAGES, column)
    with (tmp_path / "images.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(DataError, match=rf"images.csv: column '{column}' is missing, wanted image, width, height"):
        read_data_set(tmp_path, "train")


@pytest.mark.parametrize("column", ["image", "order", "x", "y"])
def test_a_column_missing_in_fixations_is_told(column, folder):
    with pytest.raises(DataError, match=rf"fixations.csv: column '{column}' is missing, wanted image, order, x, y"):
        read_data_set(folder(fixations=without(FIXATIONS, column)), "train")


@pytest.mark.parametrize(("column", "value"), [("x", "left"), ("y", ""), ("order", "1.5"), ("order", "first")])
def test_a_malformed_number_of_a_fixation_is_told_with_its_line(column, value, folder):
    fixations = changed(FIXATIONS, 2, **{column: value})
    with pytest.raises(DataError, match=rf"fixations.csv: line 4 has '{value}' in column '{column}', wanted a"):
        read_data_set(folder(fixations=fixations), "train")


@pytest.mark.parametrize(("column", "value"), [("width", "wide"), ("height", "30.5"), ("width", ""), ("width", "0")])
def test_a_malformed_size_of_a_picture_is_told_with_its_line(column, value, folder):
    with pytest.raises(DataError, match=rf"images.csv: line 3 has '{value}' in column '{column}', wanted a"):
        read_data_set(folder(images=changed(IMAGES, 1, **{column: value})), "train")


def test_a_row_that_is_cut_off_is_told(folder):
    path = folder()
    with (path / "fixations.csv").open("a") as file:
        file.write("a.jpg,3,1,12")
    with pytest.raises(DataError, match=r"fixations.csv: line 6 has nothing in column 'y', wanted a"):
        read_data_set(path, "train")


@pytest.mark.parametrize(
    ("x", "y"), [("-0.1", "5"), ("5", "-1"), ("40", "5"), ("5", "30"), ("nan", "5"), ("5", "inf"), ("1e300", "2")]
)
def test_a_fixation_outside_its_picture_is_told(x, y, folder):
    with pytest.raises(DataError, match=r"a.jpg has a fixation at \(.*\), wanted one within 40 x 30"):
        read_data_set(folder(fixations=changed(FIXATIONS, 1, x=x, y=y)), "train")


def test_a_fixation_on_a_picture_without_a_row_is_told(folder):
    fixations = changed(FIXATIONS, 1, image="z.jpg")
    with pytest.raises(DataError, match=r"picture 'z.jpg' has fixations but no row, wanted one in images.csv"):
        read_data_set(folder(fixations=fixations), "train")


def test_a_picture_that_is_missing_is_told(folder):
    path = folder()
    (path / "images" / "b.jpg").unlink()
    with pytest.raises(DataError, match=r"picture images/b.jpg is missing, images.csv lists it"):
        read_data_set(path, "train")


def test_a_folder_of_another_kind_is_told(tmp_path):
    with pytest.raises(DataError, match=r"images.csv: the file is missing, wanted a folder with images/"):
        read_data_set(tmp_path, "train")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00image", b'image,width,height,split\n"' + b"a" * 200_000])
def test_a_table_that_is_none_is_told(content, folder):
    path = folder()
    (path / "images.csv").write_bytes(content)
    with pytest.raises(DataError, match=r"images.csv: .*, wanted"):
        read_data_set(path, "train")


def test_a_picture_in_two_splits_is_told_with_its_line(folder):
    images = [*IMAGES, IMAGES[0] | {"split": "val"}]
    told = r"images.csv: line 5 has 'a.jpg' in split 'val' and an earlier line in 'train', wanted each picture in one"
    with pytest.raises(DataError, match=told):
        read_data_set(folder(images=images), "train")


def test_nothing_is_ever_left_out_silently(folder):
    assert read_data_set(folder(), "train").n_outside == 0


def test_observers_stand_in_the_order_of_the_fixations(folder):
    place = folder()
    found = observers(place)
    assert found == {"a.jpg": ("1", "1"), "c.jpg": ("2",)}
    for stimulus in read_data_set(place, "train").stimuli:
        assert len(found.get(stimulus.path.name, ())) == len(stimulus.x)
