"""What was measured on screens, as it is shipped."""

import json
from dataclasses import replace

import pytest

from gazeengine import resources
from gazeengine.card import card
from gazeengine.errors import DataError
from gazeengine.scores import Scores
from gazeengine.screen_scores import (
    AS_IT_IS,
    FOUR_NUMBERS,
    OTHERS_NUMBERS,
    ScreenRow,
    ScreenScores,
    shipped_screen_scores,
    store,
)
from tests.networks import narrow_checkpoint

SCORES = Scores(0.9, 0.83, 1.34, 0.5, 0.6, 0.7, 0.73, 25, 4649, "center bias", {"auc": (0.8, 0.85)})
CHECKPOINT = narrow_checkpoint(most=6)
OTHER = narrow_checkpoint(seed=1, most=6)


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    (tmp_path / "models").mkdir()
    monkeypatch.setattr(resources, "FOLDER", tmp_path)
    return tmp_path / "models" / "screens.json"


def measured(first, second=None):
    rows = [
        ScreenRow(first.id, "First, 320 × 240", AS_IT_IS, SCORES),
        ScreenRow(first.id, "First, 320 × 240", FOUR_NUMBERS, replace(SCORES, auc=0.846)),
        ScreenRow(first.id, "First, 480 × 360", FOUR_NUMBERS, replace(SCORES, auc=0.5)),
    ]
    if second is not None:
        rows.append(ScreenRow(second.id, "Second, 320 × 240", FOUR_NUMBERS, replace(SCORES, auc=0.6)))
        rows.append(ScreenRow(second.id, "Second, 320 × 240", OTHERS_NUMBERS, replace(SCORES, auc=0.84)))
    return ScreenScores("WebPages val", tuple(rows))


def test_what_is_stored_is_read_again(shipped):
    found = measured(CHECKPOINT, OTHER)
    store(found, shipped)
    assert shipped_screen_scores() == found


def test_of_a_network_those_at_its_working_size_and_by_the_shipped_numbers_are_shown():
    found = measured(CHECKPOINT, OTHER)
    assert [row.scores.auc for row in found.of(CHECKPOINT.id)] == [0.83, 0.846]
    assert [row.scores.auc for row in found.of(OTHER.id)] == [0.84]
    assert found.of("unknown") == ()


def test_without_a_file_nothing_was_measured_and_the_card_is_silent(shipped):
    assert shipped_screen_scores().rows == ()
    assert "On screens" not in [s.title for s in card(CHECKPOINT).sections]


def test_a_malformed_file_is_told(shipped):
    shipped.write_text(json.dumps({"version": 99}))
    with pytest.raises(DataError, match=r"screens.json is malformed"):
        shipped_screen_scores()


def on_screens(checkpoint):
    return next(s for s in card(checkpoint).sections if s.title == "On screens")


def test_a_card_says_what_was_measured_on_screens(shipped):
    store(measured(CHECKPOINT), shipped)
    section = on_screens(CHECKPOINT)
    assert section.table.rows[1][2] == "0.846 [0.800, 0.850]"
    assert section.note.startswith("25 web pages (WebPages val, 11 observers, 5 s)")
    tested = next(s for s in card(CHECKPOINT).sections if s.title == "Not tested on")
    assert "web pages" not in tested.points


def test_a_card_says_when_it_is_another_network_that_was_measured(shipped):
    store(measured(CHECKPOINT), shipped)
    section = on_screens(OTHER)
    assert "was not tested on screens itself" in section.note
    assert "First" in section.note
