from dataclasses import replace

import pytest

from app.saliency_view import SaliencyView
from app.shown_areas import LabelledAreas, ShownAreas
from gazeengine.regions import Area
from tests.app.test_saliency_view import PICTURE

AREAS = tuple(Area(name, "rectangle", ((10 * i, 10), (10 * i + 8, 30))) for i, name in enumerate("abc"))
LABELLED = LabelledAreas(AREAS, ("1 %", "2 %", "3 %"), size=(120, 160))


@pytest.fixture
def shown(qtbot):
    view = SaliencyView()
    qtbot.addWidget(view)
    view.show_picture(PICTURE)
    yield ShownAreas(view.box)
    assert view is not None  # it goes with what lies on it


def seen(shown):
    """How many outlines and labels there are to be seen."""
    return len([item for item in shown.childItems() if item.isVisible()])


@pytest.mark.parametrize("n", [0, 1, 2])
def test_labels_go_and_come_with_their_areas(shown, n):
    shown.show_areas(LABELLED)
    assert seen(shown) == 2 * len(AREAS)
    shown.show_areas(replace(LABELLED, areas=AREAS[:n], words=LABELLED.words[:n]))
    assert seen(shown) == 2 * n
    shown.show_areas(LABELLED)
    assert seen(shown) == 2 * len(AREAS)
