"""Maps beside the shown one."""

import numpy as np
import pytest

from app.other_maps import KEPT, MapRequest, OtherMaps
from gazeengine.domain import Look
from gazeengine.errors import GazeError
from gazeengine.image import decode_image
from gazeengine.saliency_map import SaliencyMap
from tests.app.gates import Gate


class Looker:
    """Stands for the engine: counts what it is asked."""

    def __init__(self, gate: Gate | None = None) -> None:
        self.asked: list[tuple[str, Look]] = []
        self.gate = gate

    def look(self, picture, checkpoint, plan, look, most_pixels):
        self.asked.append((picture.name, look))
        if self.gate is not None:
            self.gate.pass_through()
        if picture.name == "broken":
            raise GazeError("picture broken: found nothing, wanted something")
        return SaliencyMap(np.full((2, 2), -np.log(4), np.float32))


def picture(name):
    import io

    from PIL import Image

    data = io.BytesIO()
    Image.fromarray(np.random.default_rng(sum(map(ord, name))).integers(0, 255, (40, 40, 3), dtype=np.uint8)).save(
        data, "PNG"
    )
    return decode_image(data.getvalue(), name)


@pytest.fixture
def maps(qtbot):
    made = []

    def make(looker):
        made.append(OtherMaps(lambda: looker))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_a_map_comes_once_and_is_known_then(maps, checkpoint, qtbot):
    looker = Looker()
    others = maps(looker)
    request = MapRequest(picture("a"), checkpoint)
    with qtbot.waitSignal(others.came) as came:
        assert others.ask(request) is None
        assert others.ask(MapRequest(request.picture, checkpoint)) is None
    assert came.args[0] is request
    assert others.ask(request) is came.args[1]
    assert looker.asked == [("a", Look())]


def test_another_look_is_another_map(maps, checkpoint, qtbot):
    looker = Looker()
    others = maps(looker)
    with qtbot.waitSignals([others.came, others.came]):
        others.ask(MapRequest(picture("a"), checkpoint))
        others.ask(MapRequest(picture("a"), checkpoint, look=Look(center_bias=0)))
    assert len(looker.asked) == 2


def test_a_failure_is_told_with_its_request(maps, checkpoint, qtbot):
    others = maps(Looker())
    request = MapRequest(picture("broken"), checkpoint)
    with qtbot.waitSignal(others.failed) as failed:
        others.ask(request)
    assert failed.args[0] is request
    assert "found nothing" in failed.args[1]
    assert others.known(request) is None


def test_what_is_forgotten_is_not_computed(maps, checkpoint, qtbot):
    gate = Gate()
    looker = Looker(gate)
    others = maps(looker)
    others.ask(MapRequest(picture("a"), checkpoint))
    gate.wait_until_reached()
    others.ask(MapRequest(picture("b"), checkpoint))
    others.forget()
    gate.open()
    last = MapRequest(picture("c"), checkpoint)
    others.ask(last)
    qtbot.waitUntil(lambda: others.known(last) is not None)  # what was being made when all was forgotten comes, too
    assert [name for name, _ in looker.asked] == ["a", "c"]


def test_only_the_last_maps_are_kept_where_they_are_large(maps, checkpoint, qtbot, monkeypatch):
    monkeypatch.setattr("app.other_maps.KEPT_BYTES", 0)
    others = maps(Looker())
    requests = [MapRequest(picture("a"), checkpoint, look=Look(center_bias=i / 100)) for i in range(KEPT + 1)]
    with qtbot.waitSignals([others.came] * len(requests)):
        for request in requests:
            others.ask(request)
    assert others.known(requests[0]) is None
    assert all(others.known(request) is not None for request in requests[1:])


def test_small_maps_are_all_kept(maps, checkpoint, qtbot):
    others = maps(Looker())
    requests = [MapRequest(picture("a"), checkpoint, look=Look(center_bias=i / 100)) for i in range(3 * KEPT)]
    with qtbot.waitSignals([others.came] * len(requests)):
        for request in requests:
            others.ask(request)
    assert all(others.known(request) is not None for request in requests)
