import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazeengine.errors import DataError
from gazeengine.fixations import DataSet, Stimulus, center_bias, counts, read_data_set, resized_log_density

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


def stimuli(*points, height=30, width=40):
    x, y = (np.array([p[i] for p in points], np.float32) for i in (0, 1))
    return DataSet("made up", (Stimulus(None, height, width, x, y),))


# reading


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


# counting


@given(
    st.lists(st.tuples(st.floats(0, 39.875, width=32), st.floats(0, 29.875, width=32)), min_size=1, max_size=20),
    st.integers(1, 50),
    st.integers(1, 50),
)
def test_no_fixation_is_lost_on_a_grid_of_any_size(points, height, width):
    (stimulus,) = stimuli(*points).stimuli
    grid = counts(stimulus, height, width)
    assert grid.shape == (height, width)
    assert grid.sum() == len(points)


def test_a_fixation_belongs_to_the_cell_that_it_is_in():
    (stimulus,) = stimuli((0, 0), (39.9, 0), (10, 29.9), (10, 29.9)).stimuli
    expected = np.zeros((3, 4))
    expected[0, 0] = expected[0, 3] = 1
    expected[2, 1] = 2
    np.testing.assert_array_equal(counts(stimulus, 3, 4), expected)


# center bias


def test_a_center_bias_is_a_density_that_is_nowhere_zero():
    bias = center_bias([stimuli((20, 15), (3, 4), (22, 17))])
    assert bias.shape == (48, 64)
    assert np.exp(bias.astype(float)).sum() == pytest.approx(1, abs=1e-5)
    assert np.exp(bias.astype(float)).min() >= 0.009 / bias.size


def test_a_center_bias_is_where_people_look():
    bias = center_bias([stimuli(*[(30, 10)] * 50, (5, 25))])
    row, column = np.unravel_index(bias.argmax(), bias.shape)
    assert (row, column) == (pytest.approx(10 / 30 * 48, abs=1), pytest.approx(30 / 40 * 64, abs=1))


def test_data_sets_weigh_as_much_as_their_fixations():
    many, few = stimuli(*[(10, 10)] * 30), stimuli(*[(30, 20)] * 10)
    density = np.exp(center_bias([many, few], uniform=0.0001).astype(float))
    assert density[:, :32].sum() == pytest.approx(0.75, abs=0.01)


def test_a_center_bias_without_fixations_is_told():
    empty = DataSet("nobody", (Stimulus(None, 30, 40, np.zeros(0, np.float32), np.zeros(0, np.float32)),))
    with pytest.raises(DataError, match="data set nobody: there are no fixations, wanted some to fit"):
        center_bias([empty])


@given(st.integers(1, 90), st.integers(1, 90))
def test_a_center_bias_on_another_grid_is_a_density(height, width):
    bias = center_bias([stimuli((20, 15), (3, 4), (22, 17))], 12, 16)
    resized = resized_log_density(bias, height, width)
    assert resized.shape == (height, width)
    assert np.exp(resized.astype(float)).sum() == pytest.approx(1, abs=1e-5)
