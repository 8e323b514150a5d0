import base64
import io
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QColor, QImage

from app.clipboard import PICTURE_SUFFIXES, found_in, image_source, local_files, may_have_picture, pictures_in
from gazeengine.errors import ImageError

WEB = "https://example.org/hero.png"


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


def test_a_folder_whose_folders_have_pictures_says_so(tmp_path):
    (tmp_path / "v1" / "screens").mkdir(parents=True)
    (tmp_path / "v1" / "screens" / "a.png").touch()
    with pytest.raises(ImageError, match=r"found no pictures in it, but some in v1/screens within it: open that"):
        pictures_in(tmp_path)


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
    rgb = image_source(image.convertToFormat(form), "pasted")().rgb
    assert rgb.shape == (40, 60, 3)
    assert np.abs(rgb.astype(int) - (10, 120, 200)).max() <= 1


def test_what_is_transparent_is_over_white(qapp):
    image = QImage(60, 40, QImage.Format.Format_ARGB32)
    image.fill(QColor(255, 0, 0, 127))
    picture = image_source(image, "pasted")()
    assert picture.note == "transparency over white"
    assert np.abs(picture.rgb[0, 0].astype(int) - (255, 128, 128)).max() <= 1


# --- what browsers and other programs give


def encoded(colour=(10, 120, 200), kind="PNG", size=(60, 40)):
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()


def mime(**formats):
    """Data with formats whose names have a slash for two underscores."""
    data = QMimeData()
    for name, content in formats.items():
        data.setData(name.replace("__", "/").replace("_", "-"), content)
    return data


def colour_of(found):
    assert found is not None
    assert found.source is not None
    return tuple(found.source().rgb[0, 0])


def test_image_data_is_taken_as_it_comes_and_not_encoded_again(qapp):
    data = mime(image__png=encoded(), text__html=f'<img src="{WEB}">'.encode())
    found = found_in(data)
    assert colour_of(found) == (10, 120, 200)
    assert not found.plain


def test_of_several_kinds_of_image_data_the_one_without_loss_is_taken(qapp):
    data = mime(image__jpeg=encoded((255, 0, 0), "JPEG"), image__png=encoded())
    assert colour_of(found_in(data)) == (10, 120, 200)


def test_pixels_in_memory_are_taken_where_there_are_no_bytes(qapp):
    data = QMimeData()
    image = QImage(60, 40, QImage.Format.Format_RGB32)
    image.fill(QColor(10, 120, 200))
    data.setImageData(image)
    data.setUrls([QUrl(WEB)])
    found = found_in(data)
    assert colour_of(found) == (10, 120, 200)
    assert found.plain


@pytest.mark.parametrize("kind", ["application/octet-stream", 'application/x-qt-windows-mime;value="FileContents"'])
def test_what_is_dragged_out_of_chromium_has_a_promised_file_beside_its_address(qapp, kind):
    data = QMimeData()
    data.setUrls([QUrl(WEB)])
    data.setHtml(f'<meta charset="utf-8"><img src="{WEB}" alt="hero">')
    data.setData(kind, encoded())
    assert may_have_picture(data)
    assert colour_of(found_in(data)) == (10, 120, 200)


def test_a_promised_file_that_is_no_picture_is_passed_over(qapp):
    data = QMimeData()
    data.setData("application/octet-stream", b"<html>a link</html>")
    data.setHtml(f'<a href="x"><img src="{WEB}"></a>')
    assert found_in(data).address == WEB


@pytest.mark.parametrize("form", ["base64", "percent"])
@pytest.mark.parametrize("where", ["html", "url", "text"])
def test_a_picture_within_its_address_is_read_from_there(qapp, where, form):
    png = encoded()
    body = ";base64," + base64.b64encode(png).decode() if form == "base64" else "," + quote(png)
    address = "data:image/png" + body
    data = QMimeData()
    if where == "html":
        data.setHtml(f"<p>words <img alt='it' src='{address}'></p>")
    elif where == "url":
        data.setUrls([QUrl(address)])
    else:
        data.setText(address)
    assert colour_of(found_in(data)) == (10, 120, 200)


def test_a_local_picture_in_html_is_taken_as_a_file(qapp, picture_files):
    data = QMimeData()
    data.setHtml(f'<img src="{picture_files[0].as_uri()}">')
    assert found_in(data).files == (picture_files[0],)


@pytest.mark.parametrize("how", ["url", "html", "moz", "text"])
def test_of_a_picture_on_the_net_the_address_is_found_and_nothing_is_fetched(qapp, how):
    data = QMimeData()
    if how == "url":
        data.setUrls([QUrl(WEB)])
    elif how == "html":
        data.setHtml(f"<a href='https://example.org/'><IMG width=3 SRC={WEB}></a>")
    elif how == "moz":
        data.setData("text/x-moz-url", f"{WEB}\nA title".encode("utf-16"))
    else:
        data.setText(WEB)
    found = found_in(data)
    assert (found.files, found.source, found.address) == ((), None, WEB)


def test_the_picture_is_meant_and_not_what_it_links_to(qapp):
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/shop")])
    data.setHtml(f'<a href="https://example.org/shop"><img src="{WEB}?a=1&amp;b=2"></a>')
    assert found_in(data).address == f"{WEB}?a=1&b=2"


def test_a_promised_file_that_is_not_there_gives_way_to_pixels(qapp, tmp_path):
    data = urls(QUrl.fromLocalFile(str(tmp_path / "promised.png")))
    assert found_in(data).files == (tmp_path / "promised.png",)  # its message says that it is not there
    data.setData("image/png", encoded())
    assert colour_of(found_in(data)) == (10, 120, 200)


@pytest.mark.parametrize("text", ["", "just words", "https and more words", "data:text/plain,hello", "mailto:a@b.c"])
def test_words_are_nothing(qapp, text):
    data = QMimeData()
    data.setText(text)
    assert found_in(data) is None


def test_whether_a_drop_is_worth_it_is_told_by_formats_alone(qapp):
    class Asked(QMimeData):
        def retrieveData(self, kind, of):  # noqa: N802
            raise AssertionError(f"asked for {kind}")

        def formats(self):
            return ["text/html", "application/octet-stream"]

        def hasFormat(self, kind):  # noqa: N802
            return kind in self.formats()

    assert may_have_picture(Asked())
    words = QMimeData()
    words.setText("words")
    assert not may_have_picture(words)


def test_a_picture_of_one_pixel_is_told(qapp):
    with pytest.raises(ImageError, match="picture Pasted picture: found 1 × 1, wanted 32 pixels or more on each side"):
        found_in(mime(image__png=encoded(size=(1, 1)))).source()
