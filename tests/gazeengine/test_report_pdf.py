import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from gazeengine.report import composed
from gazeengine.report_pdf import as_pdf, write_pdf
from gazeengine.viewports import Fold
from tests.gazeengine.test_fallback_fonts import write_font
from tests.reports import AREAS, made_up_picture, made_up_report


def test_it_is_a_pdf_with_title_outline_and_pages():
    data, missing = as_pdf(composed(made_up_report(compared=True)))
    assert data.startswith(b"%PDF-1.")
    assert missing == ""
    assert b"/Outlines" in data
    assert len(re.findall(rb"/Type /Page\b", data)) >= 3


def test_what_no_font_has_is_told(monkeypatch):
    monkeypatch.setattr("gazeengine.fallback_fonts.font_folders", lambda: ())
    _, missing = as_pdf(composed(made_up_report((made_up_picture("長い.png"),))))
    assert missing == "".join(sorted("長い"))


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs poppler")
def test_its_words_can_be_read_and_searched(tmp_path):
    path = tmp_path / "r.pdf"
    write_pdf(composed(made_up_report(compared=True)), path)
    text = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True).stdout.decode()
    for words in (
        "Which page?",
        "A against B",
        "β 0.15",
        "→",
        "Menü <b>",
        "Against chance",
        "not measurements of people",
    ):
        assert words in text


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs poppler")
def test_labels_in_every_column_of_a_long_page_can_be_read(tmp_path, monkeypatch):
    """Each column is clipped: what was set in one, such as a font, must not be believed in the next."""
    other = write_font(tmp_path / "NotoSans-Regular.ttf", "長")
    monkeypatch.setattr("gazeengine.fallback_fonts.font_folders", lambda: (other.parent,))
    picture = made_up_picture(size=(1200, 100), areas=(replace(AREAS[0], name="長"),))
    folds = tuple(Fold(i + 1, 200 * i, 200 * i + 200, 200 * i + 200, 1 / 6) for i in range(6))
    picture = replace(picture, saliency_map=replace(picture.saliency_map, folds=folds))
    path = tmp_path / "r.pdf"
    assert write_pdf(composed(made_up_report((picture,))), path) == ""
    text = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True).stdout.decode()
    for i in range(1, 7):
        assert f"fold {i}" in text


def test_a_long_page_many_areas_and_a_long_title_make_no_difference():
    many = tuple(replace(AREAS[i % 3], name=f"Area number {i} " + "long " * (i % 9)) for i in range(60))
    report = made_up_report((made_up_picture("x" * 200, (2000, 100), areas=many),), title="Very long " * 30)
    data, _ = as_pdf(composed(report))
    assert data.startswith(b"%PDF")
