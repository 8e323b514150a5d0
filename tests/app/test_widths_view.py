from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from app.diagram import NOTHING, widths_diagram
from app.theme import DARK, LIGHT
from app.widths_view import WidthsView, readout
from gazeengine.architecture import architecture
from gazeengine.cost import flops_model
from gazeengine.plan import pruning_order
from tests.app.networks import made_up_signal

LEFT = Qt.MouseButton.LeftButton


def diagram(name: str, part: float = 0.5, trained: float | None = None):
    """Without part of the features; of these the trained part by training, all if it is not given."""
    network = architecture(name)
    cost = flops_model(network, 480, 640)
    order = pruning_order(made_up_signal(network), cost, 1e-3)
    widths = order.widths_after(round(part * order.n_removals))
    trained_widths = None if trained is None else order.widths_after(round(trained * order.n_removals))
    return widths_diagram(network, cost, widths, network.widths, trained_widths)


@pytest.fixture
def view(qtbot):
    view = WidthsView()
    qtbot.addWidget(view)
    view.resize(700, 200)
    view.show_widths(diagram("fastgaze"))
    view.show()
    qtbot.waitExposed(view)
    return view


@pytest.fixture
def hovered(view):
    names: list[str | None] = []
    view.layer_hovered.connect(names.append)
    return names


def middle_of(view: WidthsView, i: int) -> QPoint:
    return QPoint(int(view.drawing().layout.bars[i].middle), 150)


def test_the_mouse_walks_through_the_layers(view, hovered):
    for i in (0, 3, 11):
        QTest.mouseMove(view, middle_of(view, i))
    QTest.mouseMove(view, QPoint(middle_of(view, 3).x(), 5))
    assert hovered == ["conv1_1", "conv3_2", "readout4", None]


def test_a_click_chooses_a_layer(view, qtbot):
    with qtbot.waitSignal(view.layer_clicked) as clicked:
        QTest.mouseClick(view, LEFT, pos=middle_of(view, 5))
    assert clicked.args == ["conv4_2"]
    assert view.chosen == "conv4_2"


def test_keys_walk_through_the_layers_and_read_them_aloud(view, hovered, qtbot):
    QTest.keyClick(view, Qt.Key.Key_Right)
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert hovered == ["conv1_1", "conv2_1"]
    assert "conv2_1" in view.accessibleDescription()
    assert "of 128 features" in view.accessibleDescription()
    QTest.keyClick(view, Qt.Key.Key_End)
    QTest.keyClick(view, Qt.Key.Key_Right)
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert view.hovered == "readout3"
    with qtbot.waitSignal(view.layer_clicked) as clicked:
        QTest.keyClick(view, Qt.Key.Key_Return)
    assert clicked.args == ["readout3"]
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert (view.hovered, view.chosen) == (None, None)


def test_another_network_forgets_the_layer_and_the_same_one_keeps_it(view):
    QTest.mouseClick(view, LEFT, pos=middle_of(view, 5))
    view.show_widths(diagram("fastgaze", 0.6))
    assert (view.hovered, view.chosen) == ("conv4_2", "conv4_2")
    view.show_widths(diagram("densegaze"))
    assert (view.hovered, view.chosen) == (None, None)


def test_what_stays_is_drawn_once_during_a_drag(view):
    drawing = view.drawing()
    for part in (0.2, 0.3, 0.4):
        view.show_widths(diagram("fastgaze", part))
        view.grab()
    assert view.drawing() is drawing


@pytest.mark.parametrize(("width", "height"), [(700, 200), (1300, 220)])
def test_every_number_of_fastgaze_is_shown(view, width, height):
    view.resize(width, height)
    assert view.drawing().numbers_shown == 12


def test_every_number_of_densegaze_is_shown_where_there_is_room_and_the_bottlenecks_always(view):
    view.show_widths(diagram("densegaze"))
    view.resize(1300, 220)
    assert view.drawing().numbers_shown == 91
    view.resize(700, 200)
    assert view.drawing().numbers_shown >= 45


def colours(view: WidthsView, i: int) -> list[str]:
    """Down the middle of a bar, each colour once in a row."""
    image, x = view.grab().toImage(), int(view.drawing().layout.bars[i].left) + 3
    column = [image.pixelColor(x, y).name() for y in range(35, view.height() - 28)]
    return [c for c, before in zip(column, ["", *column], strict=False) if c != before]


def test_fill_begins_where_the_width_says(view):
    bar = view._diagram.bars[4]
    drawing = view.drawing()
    image, span = view.grab().toImage(), drawing.layout.bars[4]
    x, top = span.left + 3, drawing.top_of(bar)
    assert image.pixelColor(x, top + 1) == QColor(LIGHT.accent)
    assert image.pixelColor(x, top - 1) != QColor(LIGHT.accent)


def test_an_untouched_layer_wears_a_cap_and_a_pruned_one_does_not(view):
    view.show_widths(diagram("fastgaze", 0.0))
    assert LIGHT.text in colours(view, 4)
    view.show_widths(diagram("fastgaze", 0.9))
    assert LIGHT.text not in colours(view, 4)


def test_the_readout_tells_width_cost_and_share():
    bar = diagram("fastgaze", 0.0).bars[0]
    assert readout(bar) == (
        "conv1_1 · block 1",
        "64 of 64 features · nothing pruned",
        "1.081 of 1.081 GFLOP · 1.2 % of the network",
    )
    least = diagram("fastgaze", 0.0).bars[-1]
    assert readout(least)[-1] == "0.006 of 0.006 MFLOP · less than 0.01 % of the network"
    both = next(b for b in diagram("fastgaze", 0.5, trained=0.3).bars if b.n_by_training and b.n_estimated)
    assert readout(both)[2] == f"pruned: {both.n_by_training} before training + {both.n_estimated} by estimate"
    assert readout(both, "compensated")[2].startswith(f"pruned: {both.n_by_training} compensated + ")
    assert readout(replace(bar, name="stem", group="stem"))[0] == "stem"
    last = [bar for bar in diagram("fastgaze", 1.0).bars if bar.at_last]
    assert len(last) == 11
    assert "last feature" in readout(last[0])[1]


def test_what_is_estimated_is_hatched_and_what_training_removed_is_blank(view):
    estimate = LIGHT.estimate
    i = 5
    view.show_widths(diagram("fastgaze", 0.5))
    assert estimate not in colours(view, i)
    for measure in ("width", "flops"):
        view.show_measure(measure)
        view.show_widths(diagram("fastgaze", 0.5, trained=0.3))
        bar, drawing = view._diagram.bars[i], view.drawing()
        top, trained = drawing.top_of(bar), drawing.top_of_trained(bar)
        assert trained < top
        image, span = view.grab().toImage(), drawing.layout.bars[i]
        rows = {
            y: {image.pixelColor(x, y).name() for x in range(span.left + 1, span.right - 1)}
            for y in range(trained - 6, top)
        }
        assert all(estimate in rows[y] for y in range(trained, top))
        assert not any(estimate in rows[y] for y in range(trained - 6, trained))
        assert any(len(rows[y]) > 1 for y in range(trained + 1, top))  # a pattern, not a fill


def test_the_switch_shows_flops_and_back(view, qtbot):
    width = view.grab().toImage()
    QTest.mouseClick(view._switch.button(1), LEFT)
    flops = view.grab().toImage()
    assert flops != width
    view.show_measure("width")
    view.clearFocus()
    assert view.drawing().measure == "width"


def test_a_theme_is_painted_and_nothing_can_be_shown(view):
    light = view.grab().toImage()
    view.show_theme(DARK)
    assert view.grab().toImage() != light
    view.show_widths(NOTHING)
    view.grab()
    QTest.mouseMove(view, QPoint(100, 100))
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.hovered is None
