import numpy as np
import pytest

from app.compare_rows import DASH, area_words, table_data
from app.findings import Question, found
from gazeengine.regions import Area
from gazeengine.saliency_map import normalised

LOGO = Area("logo", "rectangle", ((0, 0), (40, 30)))
BUTTON = Area("button", "rectangle", ((60, 30), (120, 90)), group="calls")


def blob(row, column):
    y, x = np.mgrid[0:60, 0:80]
    return normalised(3 * np.exp(-((y - row) ** 2 + (x - column) ** 2) / 200)).log_density


A, B, C = blob(10, 10), blob(30, 45), blob(50, 70)
SIZE = (120, 160)


def answer(*maps, areas=None, sizes=None, against=0, range_bits=None):
    areas = areas or ((LOGO, BUTTON),) * len(maps)
    sizes = sizes or (SIZE,) * len(maps)
    (findings,) = found(Question(maps, sizes, areas, against, range_bits))
    return findings


def test_the_question_decides_whether_it_is_asked_again():
    one = Question((A, B), (SIZE, SIZE), ((), ()), 0, None)
    assert one.like(Question((A, B), (SIZE, SIZE), ((), ()), 0, None))
    for other in (
        None,
        Question((A, C), (SIZE, SIZE), ((), ()), 0, None),
        Question((A, B, C), (SIZE,) * 3, ((),) * 3, 0, None),
        Question((A, B), (SIZE, SIZE), ((LOGO,), ()), 0, None),
        Question((A, B), (SIZE, SIZE), ((), ()), 0, 2.0),
    ):
        assert not one.like(other)


def test_areas_change_and_the_order_flips():
    data = table_data(answer(A, B), "AB", ["old", "new"])
    assert [column.title for column in data.columns] == ["Area", "A %", "B %", "B − A", "×", "Rank"]
    logo, button, calls = data.rows
    assert (logo[0], button[0], calls[0]) == ("logo", "button", "calls (group)")
    assert logo[3].startswith("▼ −")
    assert button[3].startswith("▲ +")
    assert logo[5] == "1 → 2" or logo[5] == "2"
    ((first, second), *_) = answer(A, B).flips
    (note,) = data.notes
    assert note.startswith(f"The order flips. A: “{first}” before “{second}”")
    assert note.endswith("B has it the other way round.")
    assert data.agreement.startswith("A and B: SIM 0.")
    assert "bits lost" in data.agreement_hint
    assert data.tsv.splitlines()[0] == "Area\tA %\tB %\tB − A\t×\tRank"


def test_a_picture_without_areas_takes_those_of_a_and_says_so():
    findings = answer(A, B, areas=((LOGO,), ()), sizes=(SIZE, (240, 320)))
    assert findings.lent
    assert findings.changes[0][0].after.area_share == pytest.approx(findings.changes[0][0].before.area_share, abs=0.01)
    assert "those of A stand in" in table_data(findings, "AB", "ab").notes[0]


def test_areas_of_only_one_side_have_a_dash():
    data = table_data(answer(A, B, areas=((LOGO,), (BUTTON,))), "AB", "ab")
    assert data.rows[0][2:] == (DASH, DASH, DASH, "1 → –")
    assert data.rows[1][1] == DASH


def test_other_proportions_have_no_difference_but_a_table():
    findings = answer(A, B, sizes=(SIZE, (400, 160)))
    assert findings.painted is findings.agreement is None
    data = table_data(findings, "AB", "ab")
    assert data.agreement == ""
    assert "proportions differ" in data.notes[0]
    assert len(data.rows) == 3


def test_small_shares_and_signs_are_written_as_everywhere_in_the_window():
    corner = Area("corner", "rectangle", ((150, 110), (160, 120)))
    findings = answer(A, B, areas=((corner,), (corner,)))
    share = findings.shares[0][0].share
    assert 0 < share < 0.00995
    data = table_data(findings, "AB", "ab")
    assert (data.rows[0][1], area_words(findings, 0)) == (f"{100 * share:.2f}", (f"{100 * share:.2f} %",))
    assert findings.agreement.correlation < 0
    assert "CC −0." in data.agreement


def test_several_are_each_held_against_a():
    findings = answer(A, B, C, areas=((LOGO,), (LOGO,), (LOGO, BUTTON)), against=1)
    data = table_data(findings, "ABC", "abc")
    assert [column.title for column in data.columns] == ["Area", "A %", "B %", "B − A", "C %", "C − A"]
    assert len(data.rows) == 1
    assert data.agreement.startswith("A and C")


def test_without_areas_there_is_only_the_difference():
    findings = answer(A, B, areas=((), ()), range_bits=2.0)
    assert findings.painted.drawn.range_bits == 2
    assert findings.changes == ()
    assert table_data(findings, "AB", "ab").rows == ()


def test_an_area_beside_its_picture_is_told():
    far = Area("far", "rectangle", ((900, 900), (950, 950)))
    findings = answer(A, B, areas=((far,), ()))
    assert "beside the picture" in table_data(findings, "AB", "ab").notes[0]
