from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMainWindow

from app.compare_desk import CompareDesk
from app.comparing import Comparing, Other
from app.layout import Panels
from app.library import ModelEntry
from app.picture_rows import PictureEntry
from app.selection import NetworkChoice
from app.tradeoff import Pin
from gazeengine.domain import Look
from gazeengine.errors import GazeError
from gazeengine.family_files import read_family
from gazeengine.image import Picture
from gazeengine.regions import Area
from gazeengine.saliency_map import normalised
from tests.app.explorers import MS, answer, choose, made_explorer, made_history
from tests.app.test_compare_maps import Source
from tests.families import write_family

LEFT = Area("left", "rectangle", ((0, 0), (32, 48)))


class Shelf(QObject):
    """The library, as far as comparing looks into it."""

    pictures_changed = Signal()
    models_changed = Signal()
    model_opened = Signal(str, object)
    model_failed = Signal(str)

    def __init__(self):
        super().__init__()
        self.pictures = {key: PictureEntry(key, f"{key}.png", "64 × 48") for key in "abc"}
        self.models = {}
        self.opened = []

    def open_model(self, path):
        self.opened.append(path)


def blob(column):
    y, x = np.mgrid[0:12, 0:16]
    return normalised(3 * np.exp(-((y - 6) ** 2 + (x - column) ** 2) / 20))


@pytest.fixture
def desk(qtbot, checkpoint, other_checkpoint, settings):
    """With pictures a, b and c; maps are answered by the test."""
    explorer = made_explorer(checkpoint, other_checkpoint)
    explorer.add_picture("c", Picture("c", None, np.zeros((128, 64, 3), np.uint8), "digest of c"))
    explorer.pictures["b"] = replace(explorer.pictures["b"], rgb=np.full((48, 64, 3), 200, np.uint8))
    window, panels = QMainWindow(), Panels()
    window.setCentralWidget(panels)
    qtbot.addWidget(window)
    window.resize(1280, 760)
    history = made_history(explorer)
    shelf, source = Shelf(), Source()
    desk = CompareDesk(window, panels, explorer, shelf, source, history, settings)
    desk.test = SimpleNamespace(
        window=window, panels=panels, explorer=explorer, shelf=shelf, source=source, history=history, told=[]
    )
    desk.page.told.connect(desk.test.told.append)
    window.show()
    window.activateWindow()
    qtbot.waitExposed(window)
    choose(explorer, model="m", beta=1e-3, n=30)
    history.begin(explorer.selection.network)
    yield desk
    desk.stop()
    explorer.stop()


def settle(desk, qtbot):
    qtbot.waitUntil(lambda: not desk._soon.isActive(), timeout=MS)


def begin(desk, qtbot, *others, **more):
    desk._select(comparing=Comparing(others or (Other(picture="b"),), **more))
    settle(desk, qtbot)


def full(desk, column=4):
    """The explorer's map of A, as a thread would give it."""
    explorer = desk.test.explorer
    preview = answer(explorer, explorer.requests[-1], "full")
    explorer._answers.answered.emit(replace(preview, saliency_map=blob(column)))


def panes(desk):
    return [pane for pane in desk.page.view.panes if pane.isVisible()]


def captions(desk):
    return [pane._badge.caption for pane in panes(desk)]


def rows(desk):
    return [row for row in desk.controls.rows if not row.isHidden()]


def pick(row, place):
    """As a person chooses from a list."""
    row.list.setCurrentIndex(place)
    row.list.activated.emit(place)


def test_without_a_comparison_there_is_one_picture(desk, qtbot):
    settle(desk, qtbot)
    assert desk.test.panels.stage.currentWidget() is desk.test.panels.saliency
    assert rows(desk)[1].list.placeholderText() == "Compare with…"
    assert desk.test.source.asked == []


def test_a_picture_chosen_is_beside_the_present_one_and_follows_the_sliders(desk, qtbot):
    settle(desk, qtbot)
    pick(rows(desk)[1], 0)
    settle(desk, qtbot)
    assert [pane.accessibleName() for pane in panes(desk)] == [
        "A: a.png, picture and saliency map",
        "B: b.png, picture and saliency map",
    ]
    source, explorer = desk.test.source, desk.test.explorer
    assert (source.asked[-1].picture.name, source.asked[-1].plan.n) == ("b", 30)
    full(desk)
    source.answer(blob(12))
    settle(desk, qtbot)
    assert captions(desk) == ["A: a.png", "B: b.png"]
    choose(explorer, n=40)
    settle(desk, qtbot)
    assert source.asked[-1].plan.n == 40
    assert captions(desk) == ["A: a.png · of an earlier setting", "B: b.png · of an earlier setting"]
    assert [pane._stale for pane in panes(desk)] == [True, True]
    full(desk)
    source.answer(blob(13))
    settle(desk, qtbot)
    assert [pane._stale for pane in panes(desk)] == [False, False]
    explorer.select(replace(explorer.selection, look=Look(center_bias=0)))
    settle(desk, qtbot)
    assert source.asked[-1].look.center_bias == 0


def test_the_unpruned_network_stays_unpruned_while_the_slider_moves(desk, qtbot):
    begin(desk, qtbot, Other(unpruned=True))
    source = desk.test.source
    assert source.asked[-1].plan.n == 0
    assert source.asked[-1].picture.name == "a"
    n = len(source.asked)
    source.answer(blob(3))
    choose(desk.test.explorer, n=50)
    settle(desk, qtbot)
    assert len(source.asked) == n
    assert captions(desk)[1] == "B: unpruned"
    assert captions(desk)[0].startswith("A: without 50 features")
    choose(desk.test.explorer, picture_key="b")
    settle(desk, qtbot)
    assert source.asked[-1].picture.name == "b"


def test_the_difference_and_the_areas_are_found_once_both_maps_are_there(desk, qtbot):
    desk.page.areas = lambda key: (LEFT,) if key == "a" else ()
    begin(desk, qtbot, mode="difference")
    view = desk.page.view.difference
    assert view._badge.caption == "Waiting for both maps…"
    full(desk, 3)
    desk.test.source.answer(blob(13))
    qtbot.waitUntil(lambda: view._drawn is not None, timeout=MS)
    assert view._badge.caption == "b.png against a.png"
    table = desk.page.table.table
    assert table.item(0, 0).text() == "left"
    assert table.item(0, 3).text().startswith("▼")
    assert "those of A stand in" in desk.page.table.notes.text()
    assert desk.test.panels.look_bench.currentWidget() is desk.page.table
    choose(desk.test.explorer, n=44)
    settle(desk, qtbot)
    assert view._stale
    assert view._badge.caption.endswith("of an earlier setting")


def test_a_coarse_map_makes_no_difference(desk, qtbot):
    begin(desk, qtbot, mode="difference")
    explorer = desk.test.explorer
    answer(explorer, explorer.requests[-1], "coarse")
    desk.test.source.answer(blob(13))
    settle(desk, qtbot)
    assert desk.page._asked is None


def test_pictures_of_other_proportions_stand_side_by_side_alone(desk, qtbot):
    begin(desk, qtbot, Other(picture="c"), mode="difference")
    assert len(panes(desk)) == 2
    assert not desk.page.view.bar.mode.button(3).isEnabled()
    assert "proportions differ" in desk.page.view.bar.mode.button(3).toolTip()


def test_escape_leaves_from_wherever_the_focus_is_and_keeps_the_place(desk, qtbot):
    panels = desk.test.panels
    choose(desk.test.explorer)
    panels.saliency.show_picture(desk.test.explorer.pictures["a"].rgb)
    panels.saliency.box.zoom_by(3)
    begin(desk, qtbot)
    assert panes(desk)[0].box.viewpoint.zoom == pytest.approx(panels.saliency.box.viewpoint.zoom)
    qtbot.keyClick(panes(desk)[0], Qt.Key.Key_Plus)
    zoom = panes(desk)[0].box.viewpoint.zoom
    qtbot.keyClick(rows(desk)[0].list, Qt.Key.Key_Escape)
    settle(desk, qtbot)
    assert desk.comparing is None
    assert panels.stage.currentWidget() is panels.saliency
    qtbot.waitUntil(lambda: panels.saliency.box.viewpoint.zoom == pytest.approx(zoom))
    assert panels.look_bench.count() == 0


def test_space_blinks_from_wherever_nobody_takes_it(desk, qtbot):
    begin(desk, qtbot, mode="blink")
    qtbot.keyClick(desk.test.window, Qt.Key.Key_Space)
    assert desk.page.view.front == 1
    qtbot.keyClick(panes(desk)[0], Qt.Key.Key_Space)
    assert desk.page.view.front == 0


def test_swapping_changes_places(desk, qtbot):
    begin(desk, qtbot)
    desk.page.view.bar.swap.click()
    settle(desk, qtbot)
    assert desk.test.explorer.selection.picture == "b"
    assert captions(desk) == ["A: b.png · waiting for the map…", "B: a.png · waiting for the map…"]


def test_swapping_networks_can_be_undone(desk, qtbot):
    begin(desk, qtbot, Other(unpruned=True))
    desk.test.source.answer()
    desk.swap()
    assert desk.test.explorer.selection.network.n == 0
    assert desk.comparing.other.network.n == 30
    settle(desk, qtbot)
    assert desk.test.source.asked[-1].plan.n == 30
    desk.test.history.undo()
    assert desk.test.explorer.selection.network.n == 30


def test_a_picture_walked_to_that_is_beside_a_changes_places_with_it(desk, qtbot):
    begin(desk, qtbot)
    choose(desk.test.explorer, picture_key="b")
    settle(desk, qtbot)
    assert desk.comparing.others == (Other(picture="a"),)


def test_sides_are_named_and_the_name_goes_with_the_picture(desk, qtbot):
    begin(desk, qtbot)
    field = rows(desk)[1].name
    qtbot.keyClicks(field, "New")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    settle(desk, qtbot)
    assert captions(desk)[1].startswith("B: New")
    desk.swap()
    settle(desk, qtbot)
    assert captions(desk)[0].startswith("A: New")
    assert rows(desk)[0].name.text() == "New"


def test_more_are_added_until_there_are_no_more(desk, qtbot):
    begin(desk, qtbot)
    desk.controls.add.click()
    settle(desk, qtbot)
    assert [other.picture for other in desk.comparing.others] == ["b", "c"]
    assert len(panes(desk)) == 3
    for _ in range(5):
        desk.add()
    settle(desk, qtbot)
    assert len(desk.comparing.others) == 3  # two pictures, and the unpruned network
    assert not desk.controls.add.isEnabled()
    rows(desk)[1].remove.click()
    settle(desk, qtbot)
    assert [other.picture for other in desk.comparing.others] == ["c", None]


def test_a_picture_that_is_closed_leaves_the_comparison(desk, qtbot):
    begin(desk, qtbot, Other(picture="b"), Other(picture="c"))
    del desk.test.shelf.pictures["b"]
    desk.test.shelf.pictures_changed.emit()
    settle(desk, qtbot)
    assert desk.comparing.others == (Other(picture="c"),)
    del desk.test.shelf.pictures["c"]
    desk.test.shelf.pictures_changed.emit()
    settle(desk, qtbot)
    assert desk.comparing is None


def test_pictures_of_the_list_are_compared(desk, qtbot, settings):
    settings.save_compare_mode("swipe")
    desk.compare(["b", "a", "c"])
    settle(desk, qtbot)
    assert desk.test.explorer.selection.picture == "a"
    assert desk.comparing == Comparing((Other(picture="b"), Other(picture="c")), "swipe")
    desk.leave()
    desk.compare(["b", "c"])
    assert desk.test.explorer.selection.picture == "b"


def test_the_mode_is_remembered(desk, qtbot, settings):
    begin(desk, qtbot)
    qtbot.mouseClick(desk.page.view.bar.mode.button(2), Qt.MouseButton.LeftButton)
    assert desk.comparing.mode == "blink"
    assert settings.compare_mode() == "blink"


def test_what_can_be_compared_is_offered(desk, qtbot, checkpoint, tmp_path):
    family = read_family(write_family(tmp_path, checkpoint, {1e-3: (20, 40)}))
    explorer = desk.test.explorer
    explorer.add_model("f", family)
    choose(explorer, model="f", n=30)
    pin = Pin.of("A", explorer.plan)
    desk.pins = lambda: (pin,)
    desk.test.shelf.models = {"f": ModelEntry("f", "f", tmp_path, False), "z": ModelEntry("z", "zeta", tmp_path, True)}
    choose(explorer, n=35)
    desk.refresh()
    settle(desk, qtbot)
    chooser = rows(desk)[1].list
    titles = [chooser.itemText(i) for i in range(chooser.count())]
    assert titles == [
        "b.png",
        "c.png",
        "",
        "Tiny, unpruned",
        "Pinned A: Fisher, β 0.001, 30 pruned",
        "20 pruned at β 0.001, trained",
        "40 pruned at β 0.001, trained",
        "zeta, unpruned",
    ]


def test_a_trained_network_is_read_and_then_shown(desk, qtbot, checkpoint, tmp_path):
    explorer = desk.test.explorer
    explorer.add_model("f", read_family(write_family(tmp_path, checkpoint, {1e-3: (20, 40)})))
    choose(explorer, model="f", n=10)
    begin(desk, qtbot, Other(network=NetworkChoice("f", 1e-3, 40)))
    qtbot.waitUntil(lambda: bool(desk.test.source.asked), timeout=MS)
    request = desk.test.source.asked[-1]
    assert request.checkpoint.n_features < checkpoint.n_features
    assert request.plan is None or request.plan.n == 0
    assert "trained with 40 pruned" in captions(desk)[1]


def test_a_model_that_is_not_open_is_opened_and_one_that_cannot_be_is_dropped(desk, qtbot, other_checkpoint, tmp_path):
    shelf, explorer = desk.test.shelf, desk.test.explorer
    shelf.models = {
        "z": ModelEntry("z", "zeta", tmp_path / "z", True),
        "y": ModelEntry("y", "eta", tmp_path / "y", True),
    }
    begin(desk, qtbot, Other(network=NetworkChoice("z")), Other(network=NetworkChoice("y")))
    assert shelf.opened == [tmp_path / "z", tmp_path / "y"]
    assert "Reading the network…" in captions(desk)[1]
    explorer.add_model("z", other_checkpoint)
    shelf.model_opened.emit("z", other_checkpoint)
    shelf.model_failed.emit("y")
    settle(desk, qtbot)
    assert desk.comparing.others == (Other(network=NetworkChoice("z")),)
    assert desk.test.source.asked[-1].checkpoint is other_checkpoint


def test_a_map_that_cannot_be_made_says_so_in_its_place(desk, qtbot):
    begin(desk, qtbot)
    desk.test.source.failed.emit(desk.test.source.asked[-1], "out of memory")
    settle(desk, qtbot)
    assert captions(desk)[1] == "B: b.png · out of memory"


def test_values_under_the_mouse_are_told(desk, qtbot):
    begin(desk, qtbot)
    full(desk, 4)
    desk.test.source.answer(blob(12))
    settle(desk, qtbot)
    pane = panes(desk)[1]
    qtbot.mouseMove(pane._canvas.viewport(), pane.box.mapViewToScene(pane.box.viewRect().center()).toPoint())
    qtbot.waitUntil(lambda: bool(desk.test.told) and "B over A" in desk.test.told[-1])
    assert desk.test.told[-1].startswith("Looked at, as often as on average: A ")
    assert desk.test.told[-1].endswith(" bit")


def test_asking_brings_the_choice_forward(desk, qtbot):
    desk.test.panels.show_workspace("network")
    settle(desk, qtbot)
    desk.ask()
    assert desk.test.panels.shown_workspace() == "look"
    assert rows(desk)[1].list.view().isVisible()
    rows(desk)[1].list.hidePopup()


def test_what_is_shown_can_be_taken_along(desk, qtbot):
    begin(desk, qtbot)
    style = desk.test.explorer.selection.style
    with pytest.raises(GazeError, match="not all maps are ready"):
        desk.page.rendered(style)
    full(desk)
    desk.test.source.answer(blob(12))
    settle(desk, qtbot)
    assert desk.page.file_name == "a-b-comparison"
    assert desk.page.rendered(style)().shape[1] > 2 * 64
    desk.show_mode("difference")
    view = desk.page.view.difference
    qtbot.waitUntil(lambda: view._drawn is not None, timeout=MS)
    assert desk.page.file_name == "a-b-difference"
    assert desk.page.rendered(style)().shape[1] == 64
    choose(desk.test.explorer, n=50)
    settle(desk, qtbot)
    with pytest.raises(GazeError, match="not all maps are ready"):
        desk.page.rendered(style)


def test_areas_lie_over_each_side_with_what_they_get(desk, qtbot):
    desk.page.areas = lambda key: (LEFT,) if key == "a" else ()
    begin(desk, qtbot)
    labels = [shown.labels for shown in desk.page.view._areas]
    assert labels[0] == [("left", "")]
    full(desk, 3)
    desk.test.source.answer(blob(13))
    qtbot.waitUntil(lambda: desk.page.findings is not None and not desk._soon.isActive(), timeout=MS)
    (name, share), (lent, change) = (shown.labels[0] for shown in desk.page.view._areas)
    assert (name, lent) == ("left", "left")
    assert share.endswith(" %")
    assert "(−" in change


def test_a_comparison_that_was_left_is_gone_on_with(desk, qtbot):
    begin(desk, qtbot, Other(picture="b"), Other(picture="c"), against=1)
    desk.leave()
    assert not desk.page.begun
    assert desk.controls.again.isVisible()
    assert desk.controls.again.text() == "Again with b.png"
    desk.show_mode("swipe")
    assert desk.comparing == Comparing((Other(picture="b"), Other(picture="c")), "swipe", against=1)
    desk.leave()
    choose(desk.test.explorer, picture_key="b")
    settle(desk, qtbot)
    desk.controls.again.click()
    assert desk.comparing.others == (Other(picture="c"),)
    desk.leave()
    choose(desk.test.explorer, picture_key="c")
    settle(desk, qtbot)
    assert desk.controls.again.isVisible() is False or desk.controls.again.text() != "Again with c.png"
