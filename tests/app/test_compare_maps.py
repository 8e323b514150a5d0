import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal

from app.compare_maps import SideMaps
from app.other_maps import MapRequest
from gazeengine.domain import Look
from gazeengine.saliency_map import normalised
from tests.app.explorers import picture

MAP, NEWER = (normalised(np.full((4, 4), value, np.float32)) for value in (0, 1))


class Source(QObject):
    """OtherMaps, answered by the test."""

    came = Signal(object, object)
    failed = Signal(object, str)

    def __init__(self):
        super().__init__()
        self.asked, self.there = [], {}

    def known(self, request):
        return self.there.get(request.key)

    def ask(self, request):
        self.asked.append(request)
        return self.known(request)

    def answer(self, map_=MAP):
        request = self.asked[-1]
        self.there[request.key] = map_
        self.came.emit(request, map_)


@pytest.fixture
def source(qtbot):
    return Source()


@pytest.fixture
def maps(source):
    return SideMaps(source)


def asked(checkpoint, name="b", bias=1.0):
    return MapRequest(picture(name), checkpoint, None, Look(center_bias=bias))


def test_a_map_comes_and_is_fresh(maps, source, checkpoint, qtbot):
    request = asked(checkpoint)
    maps.want([request])
    assert maps.of(0, request.picture.digest).log_density is None
    with qtbot.waitSignal(maps.changed):
        source.answer()
    found = maps.of(0, request.picture.digest)
    assert found.log_density is MAP.log_density
    assert not found.stale


def test_while_one_is_made_the_newest_waits_and_the_last_is_stale(maps, source, checkpoint):
    maps.want([asked(checkpoint, bias=0.0)])
    source.answer()
    maps.of(0, "digest of b")
    for bias in (0.1, 0.2, 0.3):
        maps.want([asked(checkpoint, bias=bias)])
    assert [request.look.center_bias for request in source.asked] == [0, 0.1]
    assert maps.of(0, "digest of b").stale
    source.answer(NEWER)  # overtaken, but newer than what is shown
    found = maps.of(0, "digest of b")
    assert found.stale
    assert found.log_density is NEWER.log_density
    assert source.asked[-1].look.center_bias == 0.3
    source.answer()
    assert not maps.of(0, "digest of b").stale


def test_the_map_of_another_picture_is_not_shown(maps, source, checkpoint):
    maps.want([asked(checkpoint)])
    source.answer()
    maps.of(0, "digest of b")
    maps.want([asked(checkpoint, "c")])
    assert maps.of(0, "digest of c").log_density is None


def test_all_sides_come_one_after_the_other(maps, source, checkpoint):
    maps.want([asked(checkpoint, "b"), None, asked(checkpoint, "c")])
    assert len(source.asked) == 1
    source.answer()
    assert len(source.asked) == 2
    source.answer()
    assert maps.of(2, "digest of c").log_density is not None
    assert maps.of(1, None).log_density is None


def test_what_fails_is_told_and_not_asked_again(maps, source, checkpoint):
    request = asked(checkpoint)
    maps.want([request])
    source.failed.emit(request, "out of memory")
    maps.want([asked(checkpoint)])
    assert len(source.asked) == 1
    assert maps.of(0, "digest of b").problem == "out of memory"
    maps.rest()
    maps.want([asked(checkpoint)])
    assert len(source.asked) == 2


def test_what_others_asked_for_changes_nothing(maps, source, checkpoint):
    maps.want([asked(checkpoint)])
    source.came.emit(asked(checkpoint, "else"), MAP)
    source.failed.emit(asked(checkpoint, "else"), "broken")
    assert maps.of(0, "digest of b").log_density is None
    source.answer()
    assert maps.of(0, "digest of b").log_density is not None
