import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.pruning_method import PruningMethod
from app.removals_desk import RemovalsDesk
from app.theme import DARK
from gazeengine.plan import FLOP_PER_GFLOP
from tests.app.explorers import choose, made_explorer, made_history
from tests.app.gates import LIMIT_S

MS = 1000 * LIMIT_S


@pytest.fixture
def desk(qtbot, checkpoint, other_checkpoint):
    explorer = made_explorer(checkpoint, other_checkpoint)
    history = made_history(explorer)
    owner = QWidget()
    qtbot.addWidget(owner)
    desk = RemovalsDesk(owner, explorer, history)
    desk.explorer, desk.history = explorer, history
    choose(explorer, model="m", n=30)
    history.rest(explorer.selection.network)
    desk.ask()
    yield desk
    explorer.stop()


def cell(desk, row, head):
    model = desk.dialog.table.model()
    heads = [model.headerData(i, Qt.Orientation.Horizontal) for i in range(model.columnCount())]
    return model.index(row, heads.index(head)).data()


def colour(desk, row):
    return desk.dialog.table.model().index(row, 0).data(Qt.ItemDataRole.ForegroundRole)


def test_every_removal_has_a_row_that_says_what_decided_it(desk):
    plan = desk.explorer.plan
    order = plan.order
    assert desk.dialog.table.model().rowCount() == order.n_removals
    for row in (0, 29, order.n_removals - 1):
        layer = order.layers[order.layer[row]]
        assert cell(desk, row, "No.") == f"{row + 1}"
        assert cell(desk, row, "Layer") == layer
        assert cell(desk, row, "Feature") == str(plan.base.kept[layer][order.feature[row]])
        assert float(cell(desk, row, "GFLOP left")) == pytest.approx(order.flops[row + 1] / FLOP_PER_GFLOP, abs=1e-3)
        delta, price, total = (float(cell(desk, row, h).replace("−", "-")) for h in desk.dialog._removals.head[3:6])
        assert total == pytest.approx(delta - price, rel=0.02, abs=1e-6)
    assert colour(desk, 29) is None
    assert colour(desk, 30) is not None


def test_the_rows_of_a_layer_alone(desk):
    order = desk.explorer.plan.order
    layer = order.layers[2]
    desk.dialog.layers.setCurrentText(layer)
    steps = np.flatnonzero(order.layer == 2) + 1
    assert [cell(desk, i, "No.") for i in range(len(steps))] == [f"{s}" for s in steps]
    assert {cell(desk, i, "Layer") for i in range(len(steps))} == {layer}


def test_enter_and_a_double_click_prune_up_to_a_row_as_a_step_of_undo(desk, qtbot):
    table = desk.dialog.table
    table.selectRow(11)
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert desk.explorer.selection.network.n == 12
    desk.history.undo()
    assert desk.explorer.selection.network.n == 30
    table.scrollToTop()
    place = table.visualRect(table.model().index(3, 1)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert desk.explorer.selection.network.n == 4


def test_it_follows_the_sliders_and_the_way_of_pruning(desk, qtbot):
    choose(desk.explorer, n=50)
    qtbot.waitUntil(lambda: desk.dialog._removals.n_gone == 50, timeout=MS)
    assert desk.dialog.table.currentIndex().row() == 49
    choose(desk.explorer, beta=None)
    qtbot.waitUntil(lambda: "ΔL/−ΔC" in desk.dialog._removals.head, timeout=MS)
    assert desk.dialog.table.model().columnCount() == len(desk.dialog._removals.row(0))
    choose(desk.explorer, beta=1e-3, method=PruningMethod(criterion="l1w"))
    qtbot.waitUntil(lambda: "Weight norm" in desk.dialog._words.text(), timeout=MS)
    assert "ΔL" in desk.dialog._removals.head
    choose(desk.explorer, model="plain", method=PruningMethod())  # without a signal
    qtbot.waitUntil(lambda: "calibrate" in desk.dialog._words.text(), timeout=MS)
    assert desk.dialog.table.model().rowCount() == 0


def test_another_model_may_lack_the_chosen_layer(desk, qtbot):
    desk.dialog.layers.addItem("a layer of something else")
    desk.dialog.layers.setCurrentIndex(desk.dialog.layers.count() - 1)
    assert desk.dialog.table.model().rowCount() == desk.explorer.plan.order.n_removals
    assert desk.dialog.layer is None


def test_rows_are_copied_as_tab_separated_values(desk):
    desk.dialog.show_theme(DARK)
    QTest.keyClick(desk.dialog.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines[0].split("\t")[:3] == ["No.", "Layer", "Feature"]
    assert len(lines) == 1 + desk.explorer.plan.order.n_removals
    table = desk.dialog.table
    table.setCurrentIndex(table.model().index(2, 0))
    table.clearSelection()
    table.selectRow(2)
    QTest.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert len(QGuiApplication.clipboard().text().split("\n")) == 3
