from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import savemat
from scipy.sparse import csc_array

from gazeengine.errors import DataError
from gazeengine.published.matlab import read_matlab
from gazeengine.published.matlab_structure import check_structure
from tests.published_sets import cells, structs, write_map

VALUES = {
    "numbers": np.arange(6.0).reshape(2, 3),
    "integers": np.arange(5, dtype=np.uint16),
    "truths": np.eye(3, dtype=bool),
    "complex": np.array([1 + 2j]),
    "nothing": np.zeros((0, 0)),
    "text": "where people look",
    "umlauts": "wo Äpfel wären",
    "no_text": "",
    "texts": np.array(["one", "three"]),
    "sparse": csc_array(np.eye(4)),
    "cells": cells(np.eye(2), "a", cells(5)),
    "no_cells": np.empty((0, 0), object),
    "struct": {"a": 1, "b": {"c": "d"}},
    "structs": structs({"x": 1, "y": "a"}, {"x": np.zeros(3), "y": "b"}),
}


def saved(values, **options):
    file = BytesIO()
    savemat(file, values, **options)
    return file.getvalue()


WHOLE = saved(VALUES)


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("compressed", [True, False])
def test_what_is_whole_passes(name, compressed):
    check_structure(saved({name: VALUES[name]}, do_compression=compressed))


def test_objects_pass(tmp_path):
    write_map(tmp_path / "map.mat", {"a": np.eye(2), "b": cells({"c": 1})})
    check_structure((tmp_path / "map.mat").read_bytes())


@pytest.mark.parametrize("content", [b"", b"short", saved({"x": 1}, format="4")])
def test_what_is_no_file_of_version_5_is_left_to_scipy(content):
    check_structure(content)


@given(st.integers(128, len(WHOLE) - 1), st.integers(0, 7))
def test_a_flipped_bit_is_told_or_gives_other_values_but_does_no_harm(tmp_path_factory, byte, bit):
    """Without the check about one in fifty of these ends Python with a segmentation fault."""
    content = bytearray(WHOLE)
    content[byte] ^= 1 << bit
    path = tmp_path_factory.getbasetemp() / "flipped.mat"
    path.write_bytes(content)
    try:
        variables = read_matlab(path, "flipped.mat")
    except DataError as error:
        found = str(error)
    else:
        found = ""
        assert all(value.where in variables for value in variables.values())
    assert found == "" or found.startswith("flipped.mat: found a ")


@pytest.mark.parametrize(
    ("at", "value", "found"),
    [
        (128, 99, "an element of type 99 in the place of a matrix"),
        (132, 255, "an element of 255 bytes where there are 64"),
        (136, 9, "a matrix without flags"),
        (144, 77, "a matrix of class 77"),
        (144, 1, "an element of type 9 in the place of a matrix"),
        (152, 9, "a matrix without an extent"),
        (160, 9, "1 values, where 9 were announced"),
        (168, 9, "an element of type 9 in the place of a name"),
        (184, 77, "8 bytes of type 77"),
        (188, 4, "4 bytes of type 9"),
    ],
)
def test_what_does_not_fit_is_said(at, value, found):
    content = bytearray(saved({"longname": np.array([[1.5]])}))
    assert len(content) == 128 + 8 + 64
    content[at] = value
    with pytest.raises(ValueError, match=found):
        check_structure(bytes(content))
