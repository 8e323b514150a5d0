import pytest

from benchmarks.race_cells import Cells
from gazeengine.errors import DataError


def test_what_is_measured_is_not_measured_again(tmp_path):
    cells = Cells(tmp_path, {"seed": 0, "shares": (0.5, 0.1)})
    assert list(cells.measured("steps", lambda: {"ms": [1.0]})) == ["steps"]
    again = Cells(tmp_path, {"seed": 0, "shares": (0.5, 0.1)})
    assert list(again.measured("steps", lambda: pytest.fail("measured twice"))) == []
    assert again.found == {"steps": {"ms": [1.0]}}


def test_a_folder_of_another_race_is_refused(tmp_path):
    list(Cells(tmp_path, {"seed": 0}).measured("steps", lambda: 1))
    with pytest.raises(DataError, match=r"begun with .*'seed': 0.*wanted .*'seed': 1"):
        Cells(tmp_path, {"seed": 1})
