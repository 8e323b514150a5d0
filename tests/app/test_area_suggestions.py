import pytest

from app.area_suggestions import AreaSuggestions
from app.background import Background
from gazeengine.errors import GazeError
from gazeengine.regions import Area
from gazeengine.suggested_areas import Suggestion
from tests.app.area_benches import picture
from tests.app.gates import Gate

FOUND = (
    Suggestion("text", ((10, 10), (200, 60)), 0.9),
    Suggestion("button", ((300, 300), (400, 340)), 0.8),
)
TEXT = Area("Text 1", "rectangle", ((0, 0), (9, 9)))


@pytest.fixture
def background(qapp):
    background = Background("files")
    yield background
    background.close()


def looked(background, qtbot, found=FOUND):
    suggestions = AreaSuggestions(background, find=lambda _: found)
    suggestions.look_for(picture("a"), pytest.fail)
    assert "Looking for text" in suggestions.words
    qtbot.waitUntil(lambda: "Looking" not in suggestions.words)
    return suggestions


def test_the_first_is_pointed_at_and_steps_go_round(background, qtbot):
    suggestions = looked(background, qtbot)
    assert suggestions.pointed == 0
    assert suggestions.step(-1)
    assert suggestions.pointed == 1
    assert suggestions.step(1)
    assert suggestions.pointed == 0


def test_what_is_taken_has_a_name_and_a_colour_that_no_other_has(background, qtbot):
    suggestions = looked(background, qtbot)
    taken = suggestions.take(0, (TEXT,))
    assert taken.name == "Text 2"
    assert taken.colour != TEXT.colour
    assert [area.name for area in suggestions.areas] == ["Button"]
    assert suggestions.pointed == 0


def test_all_that_is_taken_has_names_of_its_own(background, qtbot):
    twice = (FOUND[0], Suggestion("text", ((10, 100), (200, 160)), 0.7))
    suggestions = looked(background, qtbot, twice)
    assert [area.name for area in suggestions.take_all(())] == ["Text 1", "Text 2"]
    assert suggestions.areas == ()
    assert not suggestions.step(1)


def test_what_is_found_for_a_picture_that_was_left_is_dropped(background, qtbot):
    gate = Gate()

    def find(looked_at):
        gate.pass_through()
        return FOUND

    suggestions = AreaSuggestions(background, find=find)
    suggestions.look_for(picture("a"), pytest.fail)
    suggestions.drop()
    gate.open()
    done = []
    background.do(lambda: None, done.append, pytest.fail)
    qtbot.waitUntil(lambda: bool(done))
    assert suggestions.areas == ()
    assert suggestions.words == ""


def test_a_failure_is_told_and_leaves_nothing(background, qtbot):
    def find(_):
        raise GazeError("picture a: found nothing, wanted something")

    suggestions = AreaSuggestions(background, find=find)
    failed = []
    suggestions.look_for(picture("a"), failed.append)
    qtbot.waitUntil(lambda: failed == ["picture a: found nothing, wanted something"])
    assert (suggestions.areas, suggestions.words) == ((), "")


def test_nothing_found_is_said_and_then_dismissed(background, qtbot):
    suggestions = looked(background, qtbot, ())
    assert suggestions.words.startswith("Found no text, buttons or pictures") or "faces" in suggestions.words
    assert suggestions.drop()
    assert not suggestions.drop()
