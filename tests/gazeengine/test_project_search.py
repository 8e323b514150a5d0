import shutil

import numpy as np
import pytest

from gazeengine.image import read_image, write_png
from gazeengine.project import ProjectPicture
from gazeengine.project_search import searched


@pytest.fixture
def pictures(tmp_path):
    """Two pictures of one project, as they were."""
    rng = np.random.default_rng(0)
    found = {}
    for i, name in enumerate(("a.png", "b.png")):
        path = tmp_path / "before" / name
        path.parent.mkdir(exist_ok=True)
        write_png(path, rng.integers(0, 255, (40, 50 + i, 3), np.uint8))
        found[i] = ProjectPicture(name, read_image(path).digest, path, size_bytes=path.stat().st_size)
    return found


def last(folder, wanted):
    return list(searched(folder, wanted))[-1]


def test_pictures_are_found_by_name_deep_within_a_folder(pictures, tmp_path):
    after = tmp_path / "after" / "deep"
    after.parent.mkdir()
    (tmp_path / "before").rename(after)
    found = last(tmp_path / "after", pictures)
    assert found.found == {0: after / "a.png", 1: after / "b.png"}
    assert not found.changed


def test_a_renamed_picture_is_found_by_its_pixels(pictures, tmp_path):
    (tmp_path / "after").mkdir()
    shutil.move(pictures[0].path, tmp_path / "after" / "renamed.png")
    (tmp_path / "after" / "no picture.png").write_bytes(b"x" * pictures[0].size_bytes)
    assert last(tmp_path / "after", {0: pictures[0]}).found == {0: tmp_path / "after" / "renamed.png"}


def test_of_two_files_of_its_name_the_one_with_its_pixels_is_taken(pictures, tmp_path):
    for place in ("1", "2/3"):
        (tmp_path / "after" / place).mkdir(parents=True)
    shutil.copy(pictures[1].path, tmp_path / "after" / "1" / "a.png")
    shutil.copy(pictures[0].path, tmp_path / "after" / "2" / "3" / "a.png")
    found = last(tmp_path / "after", {0: pictures[0]})
    assert found.found == {0: tmp_path / "after" / "2" / "3" / "a.png"}
    assert not found.changed


def test_a_file_of_its_name_with_other_pixels_is_found_as_changed(pictures, tmp_path):
    (tmp_path / "after").mkdir()
    shutil.copy(pictures[1].path, tmp_path / "after" / "A.PNG")
    found = last(tmp_path / "after", {0: pictures[0]})
    assert found.found == {0: tmp_path / "after" / "A.PNG"}
    assert found.changed == {0}


def test_what_is_not_there_is_not_found(pictures, tmp_path):
    (tmp_path / "after").mkdir()
    assert last(tmp_path / "after", pictures).found == {}
    assert last(tmp_path / "none", pictures).found == {}
