import re
from dataclasses import replace

import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QTextBrowser

from app.model_card import ModelCard
from app.theme import DARK, LIGHT
from gazeengine.card import card
from gazeengine.card_parts import Card, Fact, Section, Table, markdown
from gazeengine.checkpoint import Checkpoint

LEFT = Qt.MouseButton.LeftButton
CARD = Card(
    "A <b>model</b>",
    "Predicts where people look.",
    "all 20 features.",
    "5 features are pruned without training.",
    (
        Section("Data", (Fact("OSIE", "700 photographs & more", "https://example.org/osie?a=1&b=2"),)),
        Section(
            "Scores", table=Table(("Data set", "AUC"), (("OSIE test", "0.918 [0.900, 0.930]"),)), note="0.5 is chance."
        ),
        Section("Not tested on", points=("video", "children")),
    ),
)


@pytest.fixture
def view(qtbot):
    view = ModelCard()
    qtbot.addWidget(view)
    view.show_card(CARD)
    view.show()
    yield view
    QGuiApplication.clipboard().clear()


def text(view):
    return view.findChild(QTextBrowser).toPlainText()


def button(view, label):
    return next(b for b in view.findChildren(QPushButton) if b.text() == label)


def test_all_of_the_card_can_be_read(view):
    words = re.sub(r"\s", " ", text(view))
    for word in (
        "A <b>model</b>",
        "Predicts where people look.",
        "all 20 features.",
        "5 features are pruned",
        "700 photographs & more",
        "OSIE test",
        "[0.900, 0.930]",
        "0.5 is chance.",
        "video",
        "children",
    ):
        assert word in words, word
    assert view.windowTitle() == "About A <b>model</b>"


def test_text_is_selected_with_the_mouse_and_copied_by_key(view):
    browser = view.findChild(QTextBrowser)
    browser.setFocus()
    QTest.mouseDClick(browser.viewport(), LEFT, pos=browser.cursorRect(at(browser, "photographs")).center())
    QTest.keyClick(browser, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "photographs"


def at(browser, word):
    cursor = browser.document().find(word)
    cursor.movePosition(QTextCursor.MoveOperation.Left)
    return cursor


def test_the_whole_card_is_copied_as_markdown(view):
    QTest.mouseClick(button(view, "Copy as Markdown"), LEFT)
    assert QGuiApplication.clipboard().text() == markdown(CARD)


def test_links_open_in_the_browser(view, qtbot):
    opened = Opened()
    QDesktopServices.setUrlHandler("https", opened, "open")
    browser = view.findChild(QTextBrowser)
    QTest.mouseClick(browser.viewport(), LEFT, pos=browser.cursorRect(at(browser, "example.org")).center())
    QDesktopServices.unsetUrlHandler("https")
    assert opened.urls == [QUrl("https://example.org/osie?a=1&b=2")]
    assert "700 photographs" in text(view)  # it stays


class Opened(QObject):
    """Takes the place of the browser."""

    def __init__(self):
        super().__init__()
        self.urls = []

    @Slot(QUrl)
    def open(self, url):
        self.urls.append(url)


def test_the_place_in_the_text_is_kept_where_the_same_model_changes(view):
    view.resize(300, 200)
    bar = view.findChild(QTextBrowser).verticalScrollBar()
    bar.setValue(40)
    view.show_card(replace(CARD, estimate="6 features are pruned without training."))
    assert "6 features" in text(view)
    assert bar.value() == 40
    view.show_card(replace(CARD, name="Another"))
    assert bar.value() == 0


def test_colours_follow_the_theme(view):
    shown = []
    for theme in (LIGHT, DARK):
        view.show_theme(theme)
        shown.append(view.grab().toImage())
        assert theme.estimate in view.findChild(QTextBrowser).toHtml()
    assert shown[0] != shown[1]


def test_escape_and_the_button_close_it(view):
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not view.isVisible()
    view.show()
    QTest.mouseClick(button(view, "Close"), LEFT)
    assert not view.isVisible()


@pytest.mark.parametrize("n_columns", [3, 4, 5, 7])
def test_tables_of_scores_are_no_wider_than_there_is_room(view, qtbot, n_columns):
    scores = Table(tuple("ABCDEFG"[:n_columns]), (("as it is", *["0.913 [0.775, 1.065]"] * (n_columns - 1)),) * 20)
    view.show_card(replace(CARD, sections=(Section("On screens", table=scores),)))
    for width in range(860, 900):
        view.resize(width, 500)
        assert not view.findChild(QTextBrowser).horizontalScrollBar().maximum()


def test_a_real_card_is_shown_whole(view, checkpoint: Checkpoint):
    found = card(checkpoint)
    view.show_card(found)
    words = re.sub(r"\s", " ", text(view))
    assert all(section.title in words for section in found.sections)
    assert all(fact.text in words for section in found.sections for fact in section.facts)


def test_it_scrolls_up_and_down_only_at_any_width(view):
    rows = (("as it is", "0.913 [0.775, 1.065]", "0.830 [0.815, 0.845]", "1.336 [1.183, 1.490]"),)
    table = Table(("Map", "IG (bits)", "AUC", "NSS"), rows)
    view.show_card(replace(CARD, sections=(replace(CARD.sections[0], table=table),)))
    bar = view.findChild(QTextBrowser).horizontalScrollBar()
    for width in range(700, 900, 7):
        view.resize(width, 500)
        assert bar.maximum() == 0
