"""Which data set a folder is, and what all of them have in common."""

import shutil

import numpy as np
import pytest

from gazeengine.errors import DataError
from gazeengine.fixations import read_data_set
from gazeengine.published import LAYOUTS, recognised
from gazeengine.published.folder import PublishedFolder
from tests.data_sets import made_data_set
from tests.published_sets import eye_samples, write_cat2000, write_mit1003, write_osie, write_salicon

WRITE = {
    "MIT1003": lambda folder: write_mit1003(folder, {f"i{n}": {"ajs": eye_samples([(9, 9)], 40)} for n in range(4)}),
    "SALICON": lambda folder: write_salicon(folder, "train", {n: [[(5, 5)]] for n in range(4)}),
    "CAT2000": lambda folder: write_cat2000(folder, {f"Art/00{n}": [(1, 1)] for n in range(4)}),
    "OSIE": lambda folder: write_osie(folder, {f"100{n}.jpg": [[(5, 5), (6, 6)]] for n in range(4)}),
}


@pytest.mark.parametrize("title", WRITE)
def test_a_data_set_is_known_by_the_layout_of_its_folder(title, tmp_path):
    layout = recognised(WRITE[title](tmp_path / "downloaded"))
    assert layout.source.title == title
    assert read_data_set(tmp_path / "downloaded", "train").name == f"{title} train"


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.source.title)
def test_a_part_of_a_data_set_is_known_so_that_the_rest_can_be_told(layout, tmp_path):
    for marker in layout.markers:
        folder = tmp_path / marker.replace("/", "-")
        (folder / marker).mkdir(parents=True)
        assert recognised(folder) is layout
        with pytest.raises(DataError, match=rf"is missing, wanted .* of {layout.source.title}, published at http"):
            read_data_set(folder, "train")


def test_a_table_of_pictures_is_the_plain_format_whatever_lies_beside_it(tmp_path):
    made_data_set(tmp_path / "made")
    WRITE["CAT2000"](tmp_path / "made")
    assert read_data_set(tmp_path / "made", "val").name == "made val"


def test_any_other_folder_is_told_what_can_be_read(tmp_path):
    told = r"images.csv: the file is missing, wanted a folder with images/.*, or MIT1003, SALICON, CAT2000 or OSIE as"
    for folder in (tmp_path, tmp_path / "gone"):
        with pytest.raises(DataError, match=told):
            read_data_set(folder, "train")


@pytest.mark.parametrize("title", WRITE)
def test_a_split_that_is_not_there_is_told(title, tmp_path):
    WRITE[title](tmp_path)
    with pytest.raises(DataError, match=rf"{title} has no split 'dev', wanted one of .*train, .*test"):
        read_data_set(tmp_path, "dev")


@pytest.mark.parametrize("title", WRITE)
def test_a_folder_that_disappears_while_it_is_read_is_told(title, tmp_path):
    layout = recognised(WRITE[title](tmp_path / "downloaded"))
    reading = layout.read(PublishedFolder(layout.source, tmp_path / "downloaded"), layout.source.splits[0])
    first = next(reading)
    shutil.rmtree(tmp_path / "downloaded")
    with pytest.raises(DataError, match=rf"{first.picture} is missing, wanted .* of {title}, published at"):
        PublishedFolder(layout.source, tmp_path / "downloaded").picture_size(first.picture)
    if title != "OSIE":  # which is in one file, and read
        with pytest.raises(DataError, match=rf"is missing, wanted .* of {title}, published at http"):
            next(reading)


def test_pictures_are_not_decoded(tmp_path):
    WRITE["SALICON"](tmp_path)
    for path in (tmp_path / "images" / "train").iterdir():
        content = path.read_bytes()
        path.write_bytes(content[: content.index(b"\xff\xda")])  # where the header of a JPEG ends
    data = read_data_set(tmp_path, "train")
    assert [(s.height, s.width) for s in data.stimuli] == [(480, 640)] * 4


@pytest.mark.parametrize("title", WRITE)
def test_coordinates_are_like_those_of_the_plain_format(title, tmp_path):
    WRITE[title](tmp_path)
    for stimulus in read_data_set(tmp_path, "train").stimuli:
        assert (stimulus.x.dtype, stimulus.y.dtype) == (np.float32, np.float32)
        assert stimulus.x.shape == stimulus.y.shape
        assert stimulus.path.is_file()
