from dataclasses import replace

import numpy as np
import pytest

from app.area_measuring import AreaMeasuring
from gazeengine.domain import Look
from gazeengine.image import Picture
from gazeengine.records import Preview
from gazeengine.regions import Area
from tests.app.area_benches import StandInMaps, sloping
from tests.app.explorers import choose, made_explorer

LEFT = Area("Left", "rectangle", ((0, 0), (300, 400)))
RIGHT = Area("Right", "rectangle", ((300, 0), (600, 400)))
BOTH = (LEFT, RIGHT)
PICTURE = Picture("a", None, np.zeros((400, 600, 3), np.uint8), digest="a")


@pytest.fixture
def maps(qapp):
    return StandInMaps()


@pytest.fixture
def explorer(qapp, checkpoint, other_checkpoint):
    explorer = made_explorer(checkpoint, other_checkpoint)
    explorer.add_picture("a", PICTURE)
    yield explorer
    explorer.stop()


@pytest.fixture
def measuring(explorer, maps):
    measuring = AreaMeasuring(explorer, maps)
    maps.came.connect(measuring.came)
    maps.failed.connect(measuring.failed)
    return measuring


def answer(explorer, map_, stage="full"):
    explorer._answers.answered.emit(Preview(explorer.requests[-1], stage, map_))


def test_before_the_first_map_shares_are_not_known_and_that_is_said(explorer, measuring):
    choose(explorer, model="m", n=0)
    table = measuring.table(PICTURE, BOTH, ())
    assert [row.share for row in table.areas] == [None, None]
    assert table.state
    assert measuring.table(None, BOTH, ()).areas == ()


def test_the_unpruned_network_is_not_asked_beside_itself(explorer, measuring, maps):
    choose(explorer, model="m", n=0)
    answer(explorer, sloping())
    table = measuring.table(PICTURE, BOTH, ())
    assert (table.compared, table.along, table.flips, maps.asked) == (False, "", "", [])
    assert table.areas[1].share > table.areas[0].share
    assert not table.stale


def test_pruned_shares_stand_beside_the_unpruned_ones_and_a_flip_is_told(explorer, measuring, maps):
    choose(explorer, model="m", n=20)
    answer(explorer, sloping(to_the_right=1.0))
    table = measuring.table(PICTURE, BOTH, ("Left",))
    assert (table.compared, table.along, [row.unpruned for row in table.areas]) == (True, "", [None, None])
    (request,) = maps.asked
    assert (request.plan, request.picture) == (None, PICTURE)
    told = []
    measuring.changed.connect(lambda: told.append(1))
    maps.give(sloping(to_the_right=-1.0))
    assert told == [1]
    table = measuring.table(PICTURE, BOTH, ("Left",))
    assert table.along.startswith("Left: ")
    assert "of the FLOPs" in table.along
    assert "“Left” before “Right”" in table.flips


def test_without_a_choice_the_largest_change_is_told(explorer, measuring, maps):
    choose(explorer, model="m", n=20)
    answer(explorer, sloping())
    measuring.table(PICTURE, BOTH, ())
    maps.give(sloping(to_the_right=-1.0))
    assert measuring.table(PICTURE, BOTH, ()).along.split(":")[0] in ("Left", "Right")


def test_a_stale_map_goes_with_what_was_said_of_its_own_setting(explorer, measuring, maps):
    choose(explorer, model="m", n=20)
    answer(explorer, sloping())
    measuring.table(PICTURE, BOTH, ())
    maps.give(sloping(to_the_right=-1.0))
    fresh = measuring.table(PICTURE, BOTH, ("Left",))
    choose(explorer, model="m", n=explorer.plan.n_most)
    table = measuring.table(PICTURE, BOTH, ("Left",))
    assert table.stale
    assert "of an earlier setting" in table.state
    assert table.areas[0].share is not None
    assert (table.along, table.flips) == (fresh.along, fresh.flips)
    assert measuring.table(PICTURE, BOTH, ("Right",)).along == ""  # nothing was said of that
    answer(explorer, sloping())
    assert measuring.table(PICTURE, BOTH, ("Left",)).along != fresh.along


def test_a_coarse_map_tells_no_flips(explorer, measuring, maps):
    choose(explorer, model="m", n=20)
    answer(explorer, sloping(), "coarse")
    measuring.table(PICTURE, BOTH, ())
    maps.give(sloping(to_the_right=-1.0))
    table = measuring.table(PICTURE, BOTH, ())
    assert "coarse" in table.state
    assert table.flips == ""


def test_another_way_to_look_asks_for_another_unpruned_map(explorer, measuring, maps):
    choose(explorer, model="m", n=20)
    answer(explorer, sloping())
    measuring.table(PICTURE, BOTH, ())
    look = Look("photographs", 0.5)
    explorer.select(replace(explorer.selection, look=look))
    measuring.table(PICTURE, BOTH, ())
    assert [request.look for request in maps.asked][-1] == look


def test_the_map_of_another_picture_measures_nothing(explorer, measuring):
    choose(explorer, picture_key="b", model="m", n=0)
    answer(explorer, sloping())
    assert [row.share for row in measuring.table(PICTURE, BOTH, ()).areas] == [None, None]


def test_what_goes_wrong_with_the_unpruned_map_is_said(explorer, measuring, maps):
    choose(explorer, model="m", n=20)
    answer(explorer, sloping())
    measuring.table(PICTURE, BOTH, ())
    maps.failed.emit(maps.asked[-1], "not enough memory")
    assert measuring.table(PICTURE, BOTH, ()).along == "Unpruned network: not enough memory"


def test_an_area_beside_the_picture_is_told_and_not_measured(explorer, measuring):
    choose(explorer, model="m", n=0)
    answer(explorer, sloping())
    table = measuring.table(PICTURE, (LEFT.moved(5000, 0),), ())
    assert table.stale
    assert "beside the picture" in table.state
