import struct
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazeengine.errors import DataError
from gazeengine.published.matlab import read_map, read_matlab
from tests.published_sets import cells, structs, write_map, write_matlab


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """The bytes of a file with cells, structs, text and numbers."""
    path = tmp_path_factory.mktemp("matlab") / "some.mat"
    write_matlab(path, a=cells({"x": np.eye(3), "name": "one"}, 5), b=structs({"y": 1}, {"y": 2}), c="text")
    return path.read_bytes()


def ends(content):
    """Where the header ends and each variable behind it."""
    found = [128]
    while found[-1] < len(content):
        found.append(found[-1] + 8 + struct.unpack("<I", content[found[-1] + 4 : found[-1] + 8])[0])
    return found


def test_nested_values_are_found_and_know_where_they_stand(content, tmp_path):
    (tmp_path / "some.mat").write_bytes(content)
    variables = read_matlab(tmp_path / "some.mat", "some.mat")
    assert sorted(variables) == ["a", "b", "c"]
    first, second = variables["a"].elements()
    np.testing.assert_array_equal(first.field("x").numbers(), np.eye(3))
    assert (first.field("name").text(), first.field("name").where) == ("one", "a{1}.name")
    assert second.numbers() == 5
    assert [(s.field("y").numbers().item(), s.where) for s in variables["b"].elements()] == [(1, "b(1)"), (2, "b(2)")]


def test_elements_come_in_the_order_of_matlab_column_by_column(tmp_path):
    square = np.empty((2, 2), object)
    square[:] = [["a", "b"], ["c", "d"]]
    write_matlab(tmp_path / "some.mat", square=square)
    found = read_matlab(tmp_path / "some.mat", "some.mat")["square"].elements()
    assert [cell.text() for cell in found] == ["a", "c", "b", "d"]


@given(st.data())
def test_a_file_that_is_cut_off_is_told_or_gives_the_variables_before_the_cut(content, tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "cut.mat"
    n = data.draw(st.integers(0, len(content) - 1))
    path.write_bytes(content[:n])
    if n in ends(content):
        assert len(read_matlab(path, "cut.mat")) == ends(content).index(n)
    else:
        with pytest.raises(DataError, match=r"^cut.mat: found a damaged or incomplete file \("):
            read_matlab(path, "cut.mat")


@pytest.mark.parametrize("bytes_", [b"", b"nothing of the kind", b"<html>moved</html>" * 100])
def test_a_file_that_is_none_of_matlab_is_told(bytes_, tmp_path):
    (tmp_path / "some.mat").write_bytes(bytes_)
    with pytest.raises(DataError, match=r"some.mat: found a damaged or incomplete file \(.+\), wanted a MATLAB file"):
        read_matlab(tmp_path / "some.mat", "some.mat")


def test_a_file_of_version_7_3_is_told_with_what_to_do(tmp_path):
    header = b"MATLAB 7.3 MAT-file, Platform: GLNXA64, HDF5 schema 1.00 .".ljust(116) + bytes(8) + b"\0\2IM"
    (tmp_path / "some.mat").write_bytes(header.ljust(512, b"\0") + b"\x89HDF\r\n\x1a\n" + bytes(512))
    told = r"some.mat: found a MATLAB file of version 7.3 \(HDF5\), wanted version 7 or earlier: .* save it again"
    with pytest.raises(DataError, match=told):
        read_matlab(tmp_path / "some.mat", "some.mat")


def test_a_missing_file_is_left_to_the_caller_who_knows_where_it_comes_from(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_matlab(tmp_path / "gone.mat", "gone.mat")


def test_a_folder_in_the_place_of_a_file_is_told(tmp_path):
    with pytest.raises(DataError, match=r"some.mat: cannot be read \(.+\), wanted a MATLAB file"):
        read_matlab(tmp_path, "some.mat")


def test_a_map_gives_its_values_by_their_keys(tmp_path):
    write_map(tmp_path / "map.mat", {"b/1.jpg": cells({"x": 3}), "a/1.jpg": np.eye(2)})
    found = read_map(tmp_path / "map.mat", "map.mat")
    assert list(found) == ["b/1.jpg", "a/1.jpg"]
    assert next(found["b/1.jpg"].elements()).field("x").numbers() == 3
    np.testing.assert_array_equal(found["a/1.jpg"].numbers(), np.eye(2))


def test_a_file_without_a_map_is_told(content, tmp_path):
    (tmp_path / "map.mat").write_bytes(content)
    with pytest.raises(DataError, match=r"map.mat: found no object, wanted a containers.Map"):
        read_map(tmp_path / "map.mat", "map.mat")
    write_map(tmp_path / "map.mat", {})
    with pytest.raises(DataError, match=r"map.mat: found an object of another kind, wanted a containers.Map"):
        read_map(tmp_path / "map.mat", "map.mat")


@given(st.data())
def test_a_damaged_map_is_told(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "map.mat"
    write_map(path, {"a/1.jpg": np.eye(2)})
    whole = path.read_bytes()
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 100))])
    with pytest.raises(DataError, match=r"^map.mat: found "):
        read_map(path, "map.mat")


def test_scipy_is_not_imported_before_there_is_something_to_read():
    code = "import gazeengine.fixations, sys; assert 'scipy' not in sys.modules and 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
