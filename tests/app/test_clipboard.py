import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QColor, QImage

from app.clipboard import PICTURE_SUFFIXES, image_bytes, local_files, pictures_in
from gazeengine.errors import ImageError
from gazeengine.image import decode_image


def urls(*paths):
    data = QMimeData()
    data.setUrls(list(paths))
    return data


def test_files_of_this_computer_are_taken_in_their_order(tmp_path):
    paths = [tmp_path / name for name in ("b.png", "a ü.png", "100%.png")]
    data = urls(QUrl("https://example.org/c.png"), *(QUrl.fromLocalFile(str(path)) for path in paths))
    assert local_files(data) == paths


def test_text_and_pictures_are_no_files():
    data = QMimeData()
    data.setText("/etc/hosts")
    assert local_files(data) == []


def test_a_folder_stands_for_the_pictures_in_it(tmp_path):
    for name in ("B.png", "a.JPG", "notes.txt", ".hidden.png", "model.safetensors", "c.tiff"):
        (tmp_path / name).touch()
    (tmp_path / "a folder.png").mkdir()
    assert [path.name for path in pictures_in(tmp_path)] == ["a.JPG", "B.png", "c.tiff"]


def test_a_folder_without_pictures_is_told(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(
        ImageError, match=f"folder {tmp_path.name}: found no pictures in it, wanted files ending in png"
    ):
        pictures_in(tmp_path)
    with pytest.raises(ImageError, match="folder gone: it cannot be read"):
        pictures_in(tmp_path / "gone")


def test_suffixes_are_lower_case():
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in PICTURE_SUFFIXES)


@pytest.mark.parametrize(
    "form",
    [
        QImage.Format.Format_RGB32,
        QImage.Format.Format_RGB888,
        QImage.Format.Format_ARGB32_Premultiplied,
        QImage.Format.Format_RGBA64,
        QImage.Format.Format_Indexed8,
    ],
)
def test_a_pasted_picture_comes_as_it_is(qapp, form):
    image = QImage(60, 40, QImage.Format.Format_RGB32)
    image.fill(QColor(10, 120, 200))
    rgb = decode_image(image_bytes(image.convertToFormat(form))(), "pasted").rgb
    assert rgb.shape == (40, 60, 3)
    assert np.abs(rgb.astype(int) - (10, 120, 200)).max() <= 1


def test_what_is_transparent_is_over_white(qapp):
    image = QImage(60, 40, QImage.Format.Format_ARGB32)
    image.fill(QColor(255, 0, 0, 127))
    picture = decode_image(image_bytes(image)(), "pasted")
    assert picture.note == "transparency over white"
    assert np.abs(picture.rgb[0, 0].astype(int) - (255, 128, 128)).max() <= 1
