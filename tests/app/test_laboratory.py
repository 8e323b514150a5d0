from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.explorer import Explorer
from app.laboratory import Laboratory
from app.layout import Panels
from app.presentation import diagram, figures
from app.pruning_method import PruningMethod
from app.theme import DARK
from gazeengine.checkpoint import load, save
from gazeengine.family_files import read_family
from gazeengine.time_cost import TimeModel
from tests.app.explorers import choose, made_explorer, made_history
from tests.app.gates import LIMIT_S
from tests.families import snapshot_path, write_family

MS = 1000 * LIMIT_S


@pytest.fixture
def explorer(qtbot, checkpoint, other_checkpoint):
    explorer = made_explorer(checkpoint, other_checkpoint)
    yield explorer
    explorer.stop()


@pytest.fixture
def bench(qtbot, explorer):
    """The laboratory with its views and undo."""
    panels = Panels()
    qtbot.addWidget(panels)
    panels.resize(1280, 760)
    panels.show()
    history = made_history(explorer)
    owner = QWidget()
    qtbot.addWidget(owner)
    laboratory = Laboratory(panels, explorer, history, owner)
    laboratory.panels, laboratory.history = panels, history
    explorer.planned.connect(lambda plan: panels.widths.show_widths(diagram(plan)))
    choose(explorer, model="m", beta=1e-3, n=30)
    history.begin(explorer.selection.network)
    yield laboratory
    laboratory.stop()


def pick(chooser, name):
    """As a person picks from a list."""
    row = chooser.findData(name)
    chooser.setCurrentIndex(row)
    chooser.activated.emit(row)


def test_a_criterion_and_a_cost_are_chosen_and_undone(bench, explorer):
    by_fisher = explorer.plan.order
    pick(bench.panels.method.criterion, "l1w")
    assert explorer.plan.order.criterion == "l1w"
    assert (explorer.plan.order.feature != by_fisher.feature).any()
    pick(bench.panels.method.cost, "parameters")
    assert (explorer.plan.order.cost, explorer.plan.pruning.cost) == ("parameters", "parameters")
    assert explorer.plan.pruning.flops == explorer.plan.model.flops.total(explorer.plan.widths)
    assert bench.history.undoText() == "change of the way of pruning"
    bench.history.undo()
    bench.history.undo()
    assert explorer.plan.order is by_fisher
    assert bench.panels.method.criterion.currentData() == "fisher"


def test_losses_by_every_criterion_are_told_in_fishers_bits(bench, explorer):
    fisher = explorer.plan.loss_increase_bits
    pick(bench.panels.method.criterion, "random")
    assert explorer.plan.loss_increase_bits > fisher


def test_what_is_not_there_yet_has_the_usual_stand_in_and_says_so(bench, explorer, monkeypatch):
    wanted = []
    monkeypatch.setattr(explorer.planning.groundwork, "want", lambda *a: wanted.append(a))
    usual = explorer.plan.order
    pick(bench.panels.method.criterion, "taylor")
    assert explorer.plan.lacking == "Molchanov"
    assert explorer.plan.order is usual
    assert wanted[-1][1] == "taylor"
    assert "Molchanov" in bench.panels.method._words.text()


def test_rounding_leaves_multiples_of_eight(bench, explorer):
    choose(explorer, n=80)
    bench.panels.method.rounded.click()
    plan = explorer.plan
    for layer, width in plan.widths.items():
        assert width % 8 == 0 or width < 8 or plan.base.widths[layer] < 8
    assert plan.choice.n == 80
    assert plan.n_estimated
    assert plan.n_estimated == plan.base.n_features - sum(plan.widths.values())
    assert plan.suggested_name.startswith("tiny-of8-beta1e-3-n")
    assert plan.exact.digest == plan.order.first(80).digest, "to measure what it gains"
    bench.panels.method.rounded.click()
    assert explorer.plan.exact is None


def test_compensated_networks_are_left_out_where_that_is_wanted(bench, explorer, checkpoint, tmp_path):
    family = read_family(write_family(tmp_path, checkpoint, {1e-3: (20, 40)}))
    made = tuple(replace(s, made="compensated") if s.n == 20 else s for s in family.snapshots)
    explorer.add_model("f", replace(family, snapshots=made))
    choose(explorer, model="f", n=30)
    assert explorer.plan.model.family.base(1e-3, 30).n == 20
    bench.panels.method.compensated.click()
    assert explorer.plan.snapshot.n == 0
    assert explorer.plan.awaited is None


def base(explorer):
    """Features that were gone in the network that is pruned further, or will be as soon as it is read."""
    return (explorer.plan.awaited or explorer.plan.snapshot).n


def test_refined_networks_are_left_out_where_that_is_wanted(bench, explorer, checkpoint, tmp_path):
    family = read_family(write_family(tmp_path, checkpoint, {1e-3: (20, 40)}))
    made = tuple(replace(s, made="refined" if s.n == 40 else "compensated") for s in family.snapshots)
    explorer.add_model("f", replace(family, snapshots=made))
    choose(explorer, model="f", n=50)
    assert base(explorer) == 40
    bench.panels.method.refined.click()
    assert base(explorer) == 20
    bench.panels.method.refined.click()
    assert base(explorer) == 40


def test_two_settings_are_pinned_overlaid_and_gone_back_to(bench, explorer):
    method, view = bench.panels.method, bench.panels.tradeoff
    first = explorer.selection.network
    method.pin.click()
    choose(explorer, n=80)
    pick(method.criterion, "l1w")
    method.pin.click()
    second = explorer.selection.network
    choose(explorer, n=50)
    pins = view._shown.pins
    assert [pin.letter for pin in pins] == ["A", "B"]
    assert [letter for letter, _ in bench.panels.widths._pins] == ["A", "B"]
    assert pins[0].words == "Fisher, β 0.001, 30 pruned"
    place = view._at(pins[0].point).toPoint()
    assert view.words_at(view._at(pins[0].point)).startswith("A: Fisher")
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=place)
    assert explorer.selection.network == first
    method._chips["B"][0].click()
    assert explorer.selection.network == second
    bench.history.undo()
    assert explorer.selection.network == first
    choose(explorer, n=60)
    method.pin.click()  # in the place of the older one
    assert view._shown.pins[0].choice.n == 60
    method._chips["B"][1].click()
    assert [pin.letter for pin in view._shown.pins] == ["A"]


def test_losses_of_settings_with_other_bases_count_from_the_same_network(bench, explorer, checkpoint, tmp_path, qtbot):
    explorer.add_model("f", read_family(write_family(tmp_path, checkpoint, {1e-3: (40,)})))  # of 1.9 bits, and 1.76
    view = bench.panels.tradeoff
    choose(explorer, model="f", n=20)
    before = view._shown.point
    assert before.bits == explorer.plan.loss_increase_bits
    assert before.words.endswith("bits lost by estimate")
    choose(explorer, n=50)
    qtbot.waitUntil(lambda: explorer.plan.awaited is None and explorer.plan.snapshot.n == 40, timeout=MS)
    point, plan = view._shown.point, explorer.plan
    assert point.bits == pytest.approx(0.14 + plan.loss_increase_bits)
    assert f"0.140 measured with 40 pruned, {plan.loss_increase_bits:.3f} by estimate past that" in point.words
    assert view._shown.present.bits[0] == pytest.approx(0.14)
    assert point.words in view.accessibleDescription()
    qtbot.waitUntil(lambda: len(view._shown.others) == 2, timeout=MS)
    assert all(c.bits[0] == pytest.approx(0.14) for c in view._shown.others)


def test_the_loss_of_a_network_that_was_not_measured_is_said_to_be_unknown(
    bench, explorer, checkpoint, tmp_path, qtbot
):
    path = write_family(tmp_path, checkpoint, {1e-3: (40,)})
    snapshot = snapshot_path(path, 1e-3, 40)
    save(replace(load(snapshot), scores={}), snapshot)
    explorer.add_model("f", read_family(path))
    choose(explorer, model="f", n=50)
    qtbot.waitUntil(lambda: explorer.plan.awaited is None and explorer.plan.snapshot.n == 40, timeout=MS)
    point = bench.panels.tradeoff._shown.point
    assert point.bits == explorer.plan.loss_increase_bits
    assert "past the network with 40 pruned, whose own loss was not measured" in point.words


def test_a_setting_that_is_pinned_already_takes_no_other_ones_place(bench, explorer):
    first = explorer.selection.network
    bench.pin()
    choose(explorer, n=80)
    bench.pin()
    bench.pin()
    assert bench.pinned == {"A": first, "B": explorer.selection.network}


def test_a_pin_whose_model_is_closed_is_told(bench, explorer, monkeypatch):
    said = []
    monkeypatch.setattr(bench.panels.messages, "show_problem", said.append)
    bench.pin()
    choose(explorer, model="plain")
    del explorer.models["m"]
    bench.go_to("A")
    assert explorer.selection.network.model == "plain"
    assert said == ["pinned setting A: its model is no longer open, wanted it open again"]


def test_other_criteria_are_thin_lines_once_the_hand_rests(bench, explorer, qtbot):
    qtbot.waitUntil(lambda: len(bench.panels.tradeoff._shown.others) == 2, timeout=MS)
    assert {c.title for c in bench.panels.tradeoff._shown.others} == {"Weight norm (L1W)", "Random"}
    assert all(c.bits[0] == 0 for c in bench.panels.tradeoff._shown.others)
    choose(explorer, beta=1e-2)
    assert bench.panels.tradeoff._shown.others == ()  # they were of another β


def test_a_layer_says_why_its_features_go(bench, explorer):
    widths = bench.panels.widths
    layer = explorer.plan.order.layers[explorer.plan.order.layer[29]]
    i = [bar.name for bar in widths._diagram.bars].index(layer)
    QTest.mouseMove(widths, QPoint(int(widths.drawing().layout.bars[i].middle), 120))
    said = "\n".join(widths._said(i))
    assert "went last: feature" in said
    assert "no. 30" in said
    assert "goes next: feature" in said
    assert "runner-up" in said
    assert "mnat" in said
    choose(explorer, beta=None)
    assert "ΔL/" in "\n".join(widths._said(i))


def test_the_views_draw_in_both_themes(bench, explorer, qtbot):
    bench.pin()
    choose(explorer, n=70)
    bench.pin()
    light = bench.panels.tradeoff.grab().toImage()
    bench.panels.show_theme(DARK)
    assert bench.panels.tradeoff.grab().toImage() != light
    bench.panels.tradeoff.show_trade_off(None)
    assert not bench.panels.tradeoff.grab().isNull()


def test_the_method_names_what_is_not_usual():
    assert PruningMethod().suffix == ""
    assert PruningMethod("taylor", "time", rounded=True).suffix == "-taylor-by-time-of8"
    assert PruningMethod("taylor", "parameters").words == "Molchanov, parameters"


def test_the_explorer_is_quiet_while_the_ground_is_made(explorer):
    assert isinstance(explorer, Explorer)
    choose(explorer, model="m")
    assert explorer.requests[-1].measure
    explorer._groundwork_busy("measuring")
    explorer.hold_measuring(True)
    explorer._groundwork_busy("")
    assert not explorer.requests[-1].measure  # somebody else computes still
    explorer.hold_measuring(False)
    assert explorer.requests[-1].measure


def test_where_time_is_the_cost_its_prediction_is_known(bench, explorer):
    groundwork, checkpoint = explorer.planning.groundwork, explorer.plan.base
    cost = explorer.plan.model.flops  # of the same form
    groundwork._times[checkpoint.architecture.name, checkpoint.working_size] = TimeModel(cost, 2e-3, 0.03, "here", 1)
    assert figures(explorer.plan, None).predicted_ms is None
    pick(bench.panels.method.cost, "time")
    plan = explorer.plan
    assert not plan.lacking
    assert figures(plan, None).predicted_ms == pytest.approx(2 + cost.total(plan.widths) / 1e9)
    assert figures(plan, None).predicted_on == "here"
    choose(explorer, n=60)
    assert figures(explorer.plan, None).predicted_ms < figures(plan, None).predicted_ms


def test_so_large_a_beta_that_one_feature_a_layer_is_left_is_remarked(bench, explorer):
    assert bench.panels.method._words.text() == ""
    choose(explorer, beta=1e9)
    assert bench.panels.method._words.text() == "So large a β asks for all but one feature a layer"
    choose(explorer, beta=0.0)
    assert bench.panels.method._words.text() == ""


def test_a_signal_that_is_no_good_to_prune_by_is_told_once(bench, explorer, checkpoint):
    signal = checkpoint.signal
    dead = replace(signal, delta=dict(signal.delta) | {"conv3_1": 0 * signal.delta["conv3_1"]})
    explorer.add_model("dead", replace(checkpoint, signal=dead))
    choose(explorer, model="dead")
    assert "signal of layer 'conv3_1': it is zero for all 16 features" in bench.panels.messages.text
    assert explorer.plan.pruning is not None  # the sliders go on
    bench.panels.messages.hide()
    choose(explorer, n=31)
    assert bench.panels.messages.text == ""
    explorer.add_model("foreign", replace(checkpoint, signal=replace(signal, checkpoint_id="another")))
    choose(explorer, model="foreign")
    assert "it was estimated on another network (another)" in bench.panels.messages.text


def test_pins_are_restored_and_of_a_network_that_was_not_read_once_it_is(bench, explorer, checkpoint, tmp_path, qtbot):
    explorer.add_model("f", read_family(write_family(tmp_path, checkpoint, {1e-3: (20, 40)})))
    choose(explorer, model="f", n=45)
    at_45 = explorer.selection.network
    choose(explorer, n=5)
    bench.restore({"B": at_45, "A": explorer.selection.network, "C": at_45, "D": replace(at_45, model="closed")})
    assert bench.pinned == {"B": at_45, "A": explorer.selection.network}
    qtbot.waitUntil(lambda: not bench._awaited, timeout=MS)
    choose(explorer, n=45)
    qtbot.waitUntil(lambda: explorer.plan.awaited is None, timeout=MS)
    assert bench.pins[0].widths == explorer.plan.widths
    bench.restore({})
    assert bench.pinned == {}
