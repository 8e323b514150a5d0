import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.area_shares import (
    AreaRow,
    AreaShares,
    along_words,
    flips_words,
    flops_words,
    largest_change,
    percent,
    to_tsv,
)
from gazeengine.regions import Area, RegionError
from gazeengine.saliency_map import SaliencyMap
from gazeengine.viewports import PageMap, folds_of

SIZE = (400, 600)
LEFT = Area("Left", "rectangle", ((0, 0), (300, 400)), group="halves")
RIGHT = Area("Right", "rectangle", ((300, 0), (600, 400)), group="halves")


def halves(left):
    """A map of which the left half gets this share."""
    density = np.full((40, 60), (1 - left) / 1200)
    density[:, :30] = left / 1200
    return SaliencyMap(np.log(density).astype(np.float32))


def test_shares_are_those_of_the_map_and_of_the_unpruned_network_beside_it():
    shares = AreaShares()
    shares.show_map(halves(0.3), SIZE)
    shares.show_map(halves(0.6), SIZE, "unpruned")
    (left, right), (group,) = shares.measured([LEFT, RIGHT])
    assert (left.share, left.unpruned) == (pytest.approx(0.3, abs=4e-3), pytest.approx(0.6, abs=4e-3))
    assert (left.rank, right.rank) == (2, 1)
    assert left.intensity == pytest.approx(0.6, abs=8e-3)
    assert (group.name, group.share, group.area) == ("halves", pytest.approx(1, abs=1e-3), None)
    assert shares.flips([LEFT, RIGHT]) == [("Left", "Right")]


def test_without_a_map_shares_are_not_known():
    (left,), (group,) = AreaShares().measured([LEFT])
    assert left == AreaRow("Left", "halves", LEFT)
    assert group.share is None


def test_the_same_map_is_prepared_once():
    shares, map_ = AreaShares(), halves(0.5)
    shares.show_map(map_, SIZE)
    known = shares._maps["present"]
    shares.show_map(map_, SIZE)
    assert shares._maps["present"] is known
    shares.show_map(None, SIZE)
    assert shares.flips([LEFT, RIGHT]) == []


def test_on_a_page_the_share_within_its_fold_is_told():
    shares = AreaShares()
    folds = folds_of(4000, 800, "16:10")
    shares.show_map(PageMap(folds, (400, 80)).saliency_map(), (4000, 800))
    assert shares.folded
    areas = [Area("Top", "rectangle", ((0, 0), (800, 250))), Area("Third", "rectangle", ((0, 1100), (400, 1400)))]
    (top, third), _ = shares.measured(areas)
    assert (top.in_fold[0], third.in_fold[0]) == (1, 3)
    assert top.in_fold[1] == pytest.approx(0.5, abs=0.01)
    assert third.in_fold[1] == pytest.approx(0.3, abs=0.01)
    assert top.share == pytest.approx(0.0625, abs=0.001)
    shares.show_map(halves(0.5), SIZE)
    assert not shares.folded
    assert shares.measured([LEFT])[0][0].in_fold is None


def test_an_area_beside_the_picture_is_told():
    shares = AreaShares()
    shares.show_map(halves(0.5), SIZE)
    with pytest.raises(RegionError, match="beside the picture"):
        shares.measured([LEFT.moved(900, 0)])


def test_a_change_along_pruning_is_a_sentence():
    row = AreaRow("Buy", "", LEFT, 0.058, 0.061)
    assert along_words(row, 0.1) == "Buy: 6.1 % → 5.8 % at a tenth of the FLOPs"
    assert along_words(AreaRow("Buy", "", LEFT, 0.058), 0.1) == ""


@pytest.mark.parametrize(
    ("share", "words"), [(1, "all"), (0.5, "half"), (0.34, "a third"), (0.09, "9.0 %"), (0.7, "70.0 %"), (0, "0.0 %")]
)
def test_a_share_of_flops_is_said_in_words_where_that_is_near_enough(share, words):
    assert flops_words(share) == words


@given(st.floats(1e-4, 1))
def test_flops_in_words_are_never_far_off(share):
    parts = {"all": 1, "half": 2, "a third": 3, "a quarter": 4, "a fifth": 5, "a sixth": 6, "a seventh": 7}
    parts |= {"an eighth": 8, "a ninth": 9, "a tenth": 10}
    words = flops_words(share)
    said = 1 / parts[words] if words in parts else float(words.removesuffix(" %")) / 100
    assert said == pytest.approx(share, rel=0.07, abs=1e-3)


def test_small_shares_have_another_digit():
    assert [percent(v) for v in (0, 0.0061, 0.061, 0.9999)] == ["0.0 %", "0.61 %", "6.1 %", "100.0 %"]


def test_flips_are_named_three_at_most():
    assert flips_words([]) == ""
    words = flips_words([(f"a{i}", f"b{i}") for i in range(5)])
    assert "“a0” before “b0”" in words
    assert "and 2 more" in words


def test_the_largest_change_is_told_of():
    rows = [AreaRow("a", "", LEFT, 0.1, 0.11), AreaRow("b", "", LEFT, 0.1, 0.2), AreaRow("c", "", LEFT, 0.1)]
    assert largest_change(rows).name == "b"
    assert largest_change([]) is None


def test_a_spreadsheet_gets_numbers_without_units():
    row = AreaRow("Buy\tnow", "g", LEFT, 0.0612, 0.07, 0.5, 0.1224, 1)
    heading, line = to_tsv([row], compared=True).splitlines()
    assert heading.split("\t") == ["Area", "Group", "Attention %", "Unpruned %", "Area %", "× chance", "Rank"]
    assert line.split("\t") == ["Buy now", "g", "6.120", "7.000", "50.000", "0.122", "1"]
    assert to_tsv([AreaRow("a", "", LEFT)], compared=False).splitlines()[1] == "a\t\t\t\t\t"
