import errno
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gazeengine.errors import OutputError
from gazeengine.report import composed
from gazeengine.report_html import as_html, write_html
from tests.reports import made_up_picture, made_up_report

VOID = {"meta", "image", "rect", "polygon", "br", "link"}


class Page(HTMLParser):
    """Tags that are open, attributes that lead elsewhere, and the words."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.addresses, self.words = [], [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [v for k, v in attributes if k in ("href", "src", "xlink:href", "action", "data")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [v for k, v in attributes if k in ("href", "src")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def page():
    found = Page()
    found.source = as_html(composed(made_up_report(compared=True, title="A < B & “C”")))
    found.feed(found.source)
    return found


def test_it_is_well_formed_and_nothing_of_a_name_becomes_markup(page):
    assert page.open == []
    assert any("Menü <b>" in words for words in page.words)
    assert "A < B & “C”" in page.words
    assert "b" in page.tags
    assert page.tags.count("h1") == 1


def test_it_fetches_and_runs_nothing(page):
    assert "script" not in page.tags
    assert not [a for a in page.addresses if not a.startswith(("data:", "#", "http"))]
    without_links = re.sub(r'<a href="[^"]*"', "<a", page.source)
    assert not re.search(r'(?:href|src)="(?!data:|#)|url\((?!"data:)|@import| on\w+=', without_links)


def test_every_link_within_the_page_leads_somewhere(page):
    for address in page.addresses:
        if address.startswith("#"):
            assert f'id="{address[1:]}"' in page.source


def test_it_is_light_dark_and_printed(page):
    assert "prefers-color-scheme: dark" in page.source
    assert "@media print" in page.source
    assert page.source.count("@font-face") == 2


def test_every_picture_says_what_it_shows(page):
    assert len(re.findall(r'<svg [^>]*role="img" aria-label="[^"]+', page.source)) == page.tags.count("svg")


def test_a_report_of_one_picture_without_areas_is_one_too():
    as_html(composed(made_up_report((made_up_picture(size=(900, 100), areas=()),))))


def test_what_cannot_be_written_is_told_and_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    document = composed(made_up_report((made_up_picture(),)))
    (tmp_path / "r.html").write_text("old")
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="no space left"):
        write_html(document, tmp_path / "r.html")
    assert (tmp_path / "r.html").read_text() == "old"
    assert os.listdir(tmp_path) == ["r.html"]
    with pytest.raises(OutputError, match="no folder"):
        write_html(document, tmp_path / "none" / "r.html")
