import numpy as np
import pytest
from PIL import Image

from gazeengine.errors import DataError
from gazeengine.same_pictures import same_pictures
from tests.published_sets import write_picture


@pytest.fixture
def pictures(tmp_path):
    """Six different ones."""
    paths = [tmp_path / f"{i}.jpg" for i in range(6)]
    for seed, path in enumerate(paths):
        write_picture(path, 120, 160, seed)
    return paths


def test_different_pictures_are_alone(pictures):
    assert same_pictures(pictures) == ((0,), (1,), (2,), (3,), (4,), (5,))


def test_no_pictures_are_no_groups():
    assert same_pictures([]) == ()


@pytest.mark.parametrize(
    "saved",
    [
        {"name": "copy.jpg", "quality": 60},
        {"name": "copy.png"},
        {"name": "smaller.jpg", "size": (100, 75)},
        {"name": "larger.png", "size": (800, 600)},
        {"name": "grey.png", "mode": "L"},
    ],
    ids=lambda saved: saved["name"],
)
def test_a_picture_is_the_same_however_it_was_saved(saved, pictures, tmp_path):
    image = Image.open(pictures[2]).convert(saved.get("mode", "RGB")).resize(saved.get("size", (160, 120)))
    image.save(tmp_path / saved["name"], quality=saved.get("quality", 90))
    assert same_pictures([*pictures, tmp_path / saved["name"]])[2] == (2, 6)


def test_a_file_that_is_listed_twice_is_one_picture(pictures):
    assert same_pictures([pictures[0], pictures[1], pictures[0]]) == ((0, 2), (1,))


def test_what_is_the_same_as_something_in_between_is_one_picture(tmp_path):
    for i, grey in enumerate((100, 102, 104, 200)):
        Image.fromarray(np.full((40, 40), grey, np.uint8)).save(tmp_path / f"{i}.png")
    assert same_pictures([tmp_path / f"{i}.png" for i in (0, 3, 2, 1)]) == ((0, 2, 3), (1,))


@pytest.mark.shared
def test_the_picture_that_osie_has_twice_is_found(shared):
    names = ("1278", "1279", "1280", "1374")
    assert same_pictures([shared / "data" / "OSIE" / "images" / f"{n}.jpg" for n in names]) == ((0,), (1, 3), (2,))


@pytest.mark.parametrize("content", [None, b"", b"no picture"])
def test_a_picture_that_cannot_be_read_is_told(content, pictures, tmp_path):
    if content is not None:
        (tmp_path / "broken.jpg").write_bytes(content)
    with pytest.raises(DataError, match=r"picture .*broken.jpg: it cannot be read \(.+\), wanted a whole one"):
        same_pictures([*pictures, tmp_path / "broken.jpg"])
