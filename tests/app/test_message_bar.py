import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QToolButton, QVBoxLayout, QWidget

from app.message_bar import MessageBar
from app.theme import DARK, LIGHT


@pytest.fixture
def bar(qtbot):
    window = QWidget()
    QVBoxLayout(window).addWidget(bar := MessageBar())
    window.resize(500, 200)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitExposed(window)
    bar.kept = window
    return bar


def button(bar):
    return bar.findChild(QPushButton)


def test_it_is_there_only_while_it_has_something_to_say(bar, qtbot):
    assert (bar.isVisible(), bar.text) == (False, "")
    bar.show_problem("picture a.png: found a text file")
    assert (bar.isVisible(), bar.text) == (True, "picture a.png: found a text file")
    qtbot.mouseClick(bar.findChild(QToolButton), Qt.MouseButton.LeftButton)
    assert (bar.isVisible(), bar.text) == (False, "")


def test_escape_closes_it(bar, qtbot):
    bar.show_notice("Saved.")
    qtbot.keyClick(bar.kept, Qt.Key.Key_Escape)
    assert bar.text == ""


def test_the_last_message_takes_the_place_of_the_one_before(bar, qtbot):
    acted = []
    bar.show_notice("Saved.", "Show folder", lambda: acted.append(1))
    assert button(bar).isVisible()
    qtbot.mouseClick(button(bar), Qt.MouseButton.LeftButton)
    assert acted == [1]
    bar.show_problem("no space left")
    assert not button(bar).isVisible()
    assert bar.text == "no space left"


def test_problems_that_come_together_stand_together(bar):
    for name in "abcba":
        bar.show_problem(f"picture {name}.png: found a text file")
    assert bar.text.split("\n") == [f"picture {name}.png: found a text file" for name in "cba"]
    bar.withdraw("picture b.png: found a text file")
    assert bar.text.split("\n") == [f"picture {name}.png: found a text file" for name in "ca"]


def test_problems_of_what_is_tried_again_are_told_no_longer(bar):
    bar.show_problem("export: found no picture, wanted one to be open")
    bar.show_problem("picture a.png: found a text file")
    bar.withdraw_about("exports", "pictures")
    assert len(bar.text.split("\n")) == 2
    bar.withdraw_about("export")
    assert bar.text == "picture a.png: found a text file"
    bar.withdraw_about("picture a.png", "export")
    assert (bar.isVisible(), bar.text) == (False, "")
    bar.show_problem("areas: there are none")
    assert bar.text == "areas: there are none"


def test_a_notice_is_no_problem_whatever_it_is_about(bar):
    bar.show_notice("export: 3 files are written.")
    bar.withdraw_about("export")
    assert bar.text == "export: 3 files are written."


def test_of_many_problems_the_first_are_told_and_all_are_in_the_tool_tip(bar):
    told = [f"picture {i}.png: found a text file" for i in range(9)]
    for text in told:
        bar.show_problem(text)
    assert bar.text.split("\n") == [*told[:2], "and 7 more problems"]
    assert bar._text.toolTip().split("\n") == told


def test_a_problem_that_comes_later_is_told_alone(bar, monkeypatch):
    bar.show_problem("bad")
    monkeypatch.setattr("app.message_bar.BURST_S", 0)
    bar.show_problem("worse")
    assert bar.text == "worse"
    bar.hide()
    monkeypatch.undo()
    bar.show_problem("worst")
    assert bar.text == "worst", "one that was closed does not come back"


def test_a_name_of_a_file_is_no_markup(bar):
    bar.show_problem("picture <b>bold</b>.png: found a text file")
    assert bar._text.textFormat() == Qt.TextFormat.PlainText


def test_a_long_path_does_not_widen_the_window(bar):
    bar.show_problem("file " + "x" * 3000)
    assert bar.kept.minimumSizeHint().width() < 500


def test_problems_and_notices_differ_in_both_themes(bar, qtbot):
    def frame():
        image = bar.grab().toImage()
        return image.pixelColor(1, image.height() // 2).name()

    for theme in (LIGHT, DARK):
        bar.show_theme(theme)
        bar.show_problem("bad")
        assert frame() == theme.problem
        bar.show_notice("good")
        assert frame() == theme.accent


def test_only_what_is_still_said_can_be_withdrawn(bar):
    bar.show_problem("bad")
    bar.withdraw("another")
    assert bar.text == "bad"
    bar.withdraw("bad")
    assert bar.text == ""
