from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazeengine.regions import Attention
from gazeengine.report import composed
from gazeengine.report_making import measured_on
from gazeengine.report_parts import Callout, Figures, Grid, Heading, Keys, Text
from gazeengine.report_words import multiple, percent, points
from gazeengine.viewports import Fold
from tests.reports import AREAS, made_up_picture, made_up_report


def blocks(report, kind):
    return [block for block in composed(report).blocks if isinstance(block, kind)]


def test_the_table_has_every_area_by_rank_with_the_shares_that_it_has():
    picture = made_up_picture()
    table = blocks(made_up_report((picture,)), Grid)[0]
    shares = Attention(picture.saliency_map.log_density, picture.rgb.shape[:2]).of(AREAS)
    assert [row[-1].text for row in table.rows] == ["1", "2", "3"]
    assert {row[0].text[3:]: row[1].text for row in table.rows} == {s.name: percent(s.share) for s in shares}
    assert table.rows[0][1].bar == 1
    assert all(0 <= row[1].bar <= 1 for row in table.rows)


def test_areas_are_drawn_once_with_rank_name_and_share():
    picture = made_up_picture()
    marked = [f for block in blocks(made_up_report((picture,)), Figures) for f in block.figures if f.marks]
    assert len(marked) == 1
    assert [mark.label.split()[0] for mark in marked[0].marks] == ["1", "2", "3"]
    assert marked[0].rgb is picture.views[0].rgb


def test_a_long_page_has_its_folds_drawn_and_what_areas_get_of_them():
    picture = made_up_picture(size=(600, 100), areas=AREAS[:1])
    folds = (Fold(1, 0, 300, 300, 0.75), Fold(2, 300, 600, 600, 0.25))
    picture = replace(picture, saliency_map=replace(picture.saliency_map, folds=folds))
    report = made_up_report((picture,))
    marked = next(f for block in blocks(report, Figures) for f in block.figures if f.marks)
    assert [mark.label for mark in marked.marks][1:] == [f"fold 1  {percent(0.75)}", f"fold 2  {percent(0.25)}"]
    table = blocks(report, Grid)[0]
    assert table.head[2] == "Of its fold"
    assert table.rows[0][2].text.endswith(" of 1")
    without = made_up_report((replace(picture, areas=()),))
    assert sum(len(f.marks) for block in blocks(without, Figures) for f in block.figures) == 2


def test_the_picture_itself_is_among_the_views():
    picture = made_up_picture()
    shown = [f.rgb for block in blocks(made_up_report((picture,)), Figures) for f in block.figures]
    assert any(rgb is picture.rgb for rgb in shown)


def test_without_areas_it_says_how_much_of_the_picture_holds_the_attention():
    report = made_up_report((made_up_picture(areas=()),))
    assert blocks(report, Text)[0].text.startswith("Half of the attention falls on ")
    assert len(blocks(report, Keys)[0].keys) == 2
    assert all(not figure.marks for block in blocks(report, Figures) for figure in block.figures)


def test_attention_spread_evenly_is_said_to_be():
    picture = made_up_picture(areas=())
    flat = replace(picture.saliency_map, log_density=np.full((24, 32), -np.log(24 * 32), np.float32))
    keys = blocks(made_up_report((replace(picture, saliency_map=flat),)), Keys)[0].keys
    assert [float(key.value[:-2]) for key in keys] == pytest.approx([50, 80], abs=0.3)


def test_a_comparison_comes_first_and_has_every_area_that_is_in_both():
    a, b = made_up_picture(), made_up_picture("b.png", seed=1, areas=AREAS[:2])
    report = made_up_report((a, b), compared=True)
    document = composed(report)
    assert next(h.text for h in document.blocks if isinstance(h, Heading)) == "A against B"
    table = next(block for block in document.blocks if isinstance(block, Grid))
    assert table.signed
    assert {row[0].text for row in table.rows} == {"Headline", "Sign up"}
    assert max(abs(row[3].bar) for row in table.rows) == 1
    said = [block.text for block in document.blocks if isinstance(block, Text)]
    assert any("Not in both" in text and "Menü <b>" in text for text in said)


def test_pictures_of_other_proportions_have_no_difference():
    a, b = made_up_picture(), made_up_picture("b.png", (96, 60), areas=())
    assert made_up_report((a, b), compared=True).comparison.difference is None


def test_an_area_with_too_little_attention_is_called_out():
    report = made_up_report((made_up_picture(),), least={"Sign up": 0.99, "Headline": 0.0})
    missed = [c for c in blocks(report, Callout) if c.title.startswith("Less attention")]
    assert len(missed) == 1
    assert "“Sign up”" in missed[0].texts[0]
    assert percent(0.99) in missed[0].texts[0]


def test_it_says_what_the_model_was_not_tested_on_and_that_it_is_a_prediction():
    found = {callout.title: callout for callout in blocks(made_up_report(), Callout)}
    assert "not measurements of people" in found["A prediction"].texts[0]
    assert any(title.endswith("was not tested on") and callout.problem for title, callout in found.items())


def test_beyond_the_network_it_says_on_what_making_maps_of_screens_was_tested():
    found = {callout.title: callout for callout in blocks(made_up_report(tested=measured_on(["screens"])), Callout)}
    assert "25 web pages" in found["A prediction"].texts[1]
    assert measured_on(["photographs"]) == ()


@given(st.floats(0, 1))
def test_a_share_in_percent_is_near_and_has_at_most_four_digits(share):
    text = percent(share)
    assert text.endswith("\N{NO-BREAK SPACE}%")
    assert float(text[:-2]) == pytest.approx(100 * share, abs=0.051 if share >= 0.0095 else 0.0051)


@given(st.floats(0.005, 100))
def test_a_multiple_is_near_and_never_nothing(factor):
    assert float(multiple(factor)) == pytest.approx(factor, abs=0.051 if factor >= 0.95 else 0.0051)
    assert float(multiple(factor)) > 0


@given(st.floats(-1, 1))
def test_a_change_has_a_sign_unless_there_is_none(change):
    assert (points(change)[0] == "±") == (abs(100 * change) < 0.05)
    assert points(change)[0] != "-"
