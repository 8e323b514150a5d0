from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.background import Background
from app.target_desk import TargetDesk
from gazeengine.plan import FLOP_PER_GFLOP
from tests.app.explorers import choose, made_explorer, made_history
from tests.app.gates import LIMIT_S

MS = 1000 * LIMIT_S


@pytest.fixture
def desk(qtbot, checkpoint, other_checkpoint):
    explorer = made_explorer(checkpoint, other_checkpoint)
    history = made_history(explorer)
    owner, background = QWidget(), Background("targets")
    qtbot.addWidget(owner)
    desk = TargetDesk(owner, explorer, history, background)
    desk.explorer, desk.history = explorer, history
    choose(explorer, model="m", n=0)
    history.rest(explorer.selection.network)
    yield desk
    background.close()
    explorer.stop()


def gflop(desk):
    plan = desk.explorer.plan
    return plan.model.flops.total(plan.widths) / FLOP_PER_GFLOP


def typed(desk, amount):
    desk.ask()
    desk.dialog.amount.selectAll()
    QTest.keyClicks(desk.dialog.amount, amount)
    QTest.keyClick(desk.dialog.amount, Qt.Key.Key_Return)
    QTest.mouseClick(desk.dialog.go, Qt.MouseButton.LeftButton)


def test_a_target_that_is_typed_is_gone_to_in_one_step_of_undo(desk, qtbot):
    before, whole = desk.explorer.selection.network, gflop(desk)
    typed(desk, f"{whole / 2:.6f}")
    qtbot.waitUntil(lambda: "features pruned: " in desk.dialog.answer, timeout=MS)
    assert 0 < gflop(desk) <= whole / 2 + 1e-6
    assert desk.dialog.answer.startswith("β ")
    assert desk.dialog.go.isEnabled()
    desk.history.undo()
    assert desk.explorer.selection.network == before


def test_it_begins_with_what_is_there_and_stays_open(desk, qtbot):
    choose(desk.explorer, n=40)
    desk.ask()
    assert desk.dialog.amount.value() == pytest.approx(gflop(desk), rel=0.01)
    desk.dialog.amount.setValue(desk.dialog.amount.value() / 2)
    desk.ask()
    assert desk.dialog.amount.value() < gflop(desk) * 0.6
    QTest.keyClick(desk.dialog, Qt.Key.Key_Escape)
    assert not desk.dialog.isVisible()


def test_where_the_hand_has_moved_on_the_sliders_stay(desk, qtbot):
    typed(desk, "0.00005")
    choose(desk.explorer, n=7)
    qtbot.waitUntil(lambda: "were moved meanwhile" in desk.dialog.answer or "leaves" in desk.dialog.answer, timeout=MS)
    assert desk.explorer.selection.network.n == 7


def test_a_target_that_cannot_be_kept_is_told_in_the_dialog(desk, qtbot):
    typed(desk, "0.000001")
    qtbot.waitUntil(lambda: "wanted at least that" in desk.dialog.answer, timeout=MS)
    assert desk.explorer.selection.network.n == 0


def test_milliseconds_wait_until_this_computer_is_measured(desk, qtbot, monkeypatch):
    groundwork, asked, times = desk.explorer.planning.groundwork, [], []
    model = desk.explorer.plan.model
    monkeypatch.setattr(groundwork, "times", lambda _: times[0] if times else None)
    monkeypatch.setattr(groundwork, "want", lambda *wanted: asked.append(wanted))
    desk.ask()
    desk.dialog.unit.setCurrentIndex(1)
    typed(desk, "1000")
    assert len(asked) == 1
    assert asked[0][2] == "time"
    assert "Measuring" in desk.dialog.answer
    assert not desk.dialog.go.isEnabled()
    times.append(SimpleNamespace(cost=model.flops, constant_s=1e-3))
    groundwork.came.emit()
    qtbot.waitUntil(lambda: "ms predicted" in desk.dialog.answer, timeout=MS)


def test_without_a_model_nothing_is_asked(desk):
    desk.explorer.plan = None
    desk.ask()
    assert not desk.dialog.isVisible()
