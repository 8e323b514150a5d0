import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QListView, QPushButton

from app.job_curves import JobCurves, _averaged, _thinned, running_mean
from app.job_panel import ACTIONS, JobPanel
from app.job_words import JobRow
from app.melting_view import Melting, MeltingView
from app.theme import DARK, LIGHT
from gazeengine.runs import TrainingProgress

LEFT = Qt.MouseButton.LeftButton


def row(key, *actions, **more):
    return JobRow(**({"key": key, "title": f"Job {key}", "line": "step 1 of 2", "share": 0.5, "tone": "busy",
                      "message": "", "actions": actions or ("pause", "stop", "discard", "folder")} | more))  # fmt: skip


def at(step, loss=5.0, validation=None, **more):
    return TrainingProgress(step, 100, loss, validation, 4.0, 1, 1.0, 1.0, **more)


@pytest.fixture
def panel(qtbot):
    panel = JobPanel()
    qtbot.addWidget(panel)
    panel.resize(1280, 280)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def shown(panel):
    return [name for name in ACTIONS if panel.button(name).isVisible()]


def test_without_jobs_it_says_what_jobs_are_and_how_to_start_one(panel, qtbot):
    starters = [b for b in panel.findChildren(QPushButton) if b.isVisible()]
    assert [b.text() for b in starters] == ["Prune and train…", "Train…"]
    for button, signal in zip(starters, (panel.prune_asked, panel.train_asked), strict=True):
        with qtbot.waitSignal(signal, timeout=1000):
            button.click()


def test_the_chosen_job_has_the_buttons_of_what_can_be_done_with_it(panel, qtbot):
    panel.show_jobs([row("a"), row("b", "resume", "folder", "remove")], "a")
    assert shown(panel) == ["pause", "stop", "discard", "folder"]
    panel.show_jobs([row("a"), row("b", "resume", "folder", "remove")], "b")
    assert shown(panel) == ["resume", "folder", "remove"]
    with qtbot.waitSignal(panel.asked, timeout=1000) as asked:
        qtbot.mouseClick(panel.button("resume"), LEFT)
    assert asked.args == ["resume", "b"]


@pytest.mark.parametrize(("now", "then"), [("pause", "resume"), ("resume", "pause")])
def test_a_button_that_vanishes_leaves_the_focus_to_what_undoes_it(panel, qtbot, now, then):
    panel.show_jobs([row("a", now, "stop", "discard", "folder")], "a")
    qtbot.mouseClick(panel.button(now), LEFT)
    panel.show_jobs([row("a", then, "stop", "discard", "folder")], "a")
    assert panel.focusWidget() is panel.button(then)


def test_the_focus_never_goes_to_what_ends_a_job_by_itself(panel, qtbot):
    panel.show_jobs([row("a", "pause", "stop", "discard", "folder")], "a")
    qtbot.mouseClick(panel.button("pause"), LEFT)
    panel.show_jobs([row("a", "stop", "discard", "folder")], "a")
    assert panel.focusWidget() is panel.findChild(QListView)


def test_choosing_another_is_said_showing_is_not(panel, qtbot):
    chosen = []
    panel.selected.connect(chosen.append)
    panel.show_jobs([row("a"), row("b")], "a")
    panel.show_jobs([row("b"), row("a")], "b")
    assert chosen == []
    view = panel.findChild(QListView)
    view.setCurrentIndex(view.model().index(1))
    assert chosen == ["a"]


def test_the_message_of_what_went_wrong_is_there_in_full(panel):
    panel.show_jobs([row("a", tone="bad", message="training: the loss is nan, <b>wanted</b> a number")], "a")
    assert panel._message.isVisible()
    assert panel._message.text() == "training: the loss is nan, <b>wanted</b> a number"
    assert panel._message.property("role") == "problem"
    panel.show_jobs([row("a")], "a")
    assert not panel._message.isVisible()


def test_widths_melt_beside_the_curves_only_where_something_is_pruned(panel):
    panel.show_jobs([row("a")], "a")
    panel.show_history([at(1), at(2)])
    assert not panel.melting.isVisible()
    panel.show_history([at(1, widths={"conv1": 8}), at(2, widths={"conv1": 5}, n_pruned=3)])
    assert panel.melting.isVisible()
    assert "3 features pruned" in panel._values.text()


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_it_can_be_drawn_in_every_state(panel, theme):
    panel.show_theme(theme)
    for tone in ("busy", "waiting", "ended", "good", "bad"):
        panel.show_jobs([row("a", tone=tone), row("b", share=0.0)], "a")
        panel.show_history([at(1, math.nan), at(2, widths={"conv1": 2}), at(3, 4.0, 4.5, widths={"conv1": 1})])
        assert not panel.grab().isNull()


# --- curves


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=300), st.floats(1, 50))
def test_a_running_mean_is_of_what_came_before(values, over):
    found = running_mean(np.array(values), over)
    assert len(found) == len(values)
    assert found[0] == pytest.approx(values[0], abs=1e-9)
    for i in (0, len(values) // 2, len(values) - 1):
        before = values[: i + 1]
        assert min(before) - 1e-6 <= found[i] <= max(before) + 1e-6
    np.testing.assert_allclose(running_mean(np.full(len(values), 3.0), over), 3.0)


@given(st.integers(0, 20_000), st.integers(0, 2**32 - 1))
def test_thinned_curves_keep_their_extremes_and_their_order(n, seed):
    x, y = np.arange(n, dtype=float), np.random.default_rng(seed).normal(size=n)
    thin_x, thin_y = _thinned(x, y)
    assert len(thin_x) <= max(n if n <= 1200 else 0, 2401)
    assert (np.diff(thin_x) >= 0).all()
    np.testing.assert_array_equal(thin_y, y[thin_x.astype(int)])
    if n:
        assert (thin_y.min(), thin_y.max()) == (y.min(), y.max())


@given(st.integers(0, 5000), st.integers(0, 2**32 - 1))
def test_averages_are_few_and_have_the_same_mean(n, seed):
    x, y = np.arange(n, dtype=float), np.random.default_rng(seed).normal(size=n)
    mean_x, mean_y, together = _averaged(x, y)
    assert len(mean_x) == len(mean_y) == -(-n // together) <= 400
    if n:
        assert mean_x[-1] == x[-1]
        counts = np.diff(np.append(-1, mean_x))
        assert (mean_y * counts).sum() == pytest.approx(y.sum(), abs=1e-6)


def test_of_many_changes_of_widths_the_last_is_drawn():
    history = [at(step, widths={"a": 2000 - step}) for step in range(1, 2000)]
    melting = Melting.of(history)
    assert len(melting.at) <= 301
    assert (melting.at[-1], melting.left[-1, 0], melting.original[0]) == (1999, 1, 1999)


@pytest.mark.parametrize("n_steps", [0, 1, 3, 40, 2000])
def test_the_axis_of_steps_has_whole_numbers(qtbot, n_steps):
    curves = JobCurves()
    qtbot.addWidget(curves)
    curves.resize(700, 200)
    curves.show_history([at(step, 5.0 - step / n_steps) for step in range(1, n_steps + 1)])
    axis = curves._plot.getPlotItem().getAxis("bottom")
    ticks = [value for _, values in axis.tickValues(*axis.range, 600) for value in values]
    assert all(float(tick).is_integer() for tick in ticks)


def test_what_is_no_number_is_left_out_of_the_curves(qtbot):
    curves = JobCurves()
    qtbot.addWidget(curves)
    curves.show_history([at(1, math.nan, math.nan), at(2, 3.0, 2.5), at(3, 2.0, math.inf)])
    assert list(curves._raw.getData()[0]) == [2, 3]
    assert list(curves._validation.getData()[1]) == [2.5]
    curves.show_history([])
    assert curves._raw.getData()[0] is None or len(curves._raw.getData()[0]) == 0


# --- melting


def test_melting_widths_are_those_of_the_last_change():
    history = [at(1, widths={"a": 8, "b": 4}), at(2), at(3, widths={"a": 6, "b": 4}), at(9)]
    melting = Melting.of(history)
    assert melting.original.tolist() == [8, 4]
    found = melting.left[melting.changes_at(np.array([0.0, 2.9, 3.0, 9.0]))]
    assert found.tolist() == [[8, 4], [8, 4], [6, 4], [6, 4]]
    assert melting.last_step == 9
    assert Melting.of([at(1), at(2)]) is None


def test_under_the_mouse_it_says_how_wide_a_layer_was(qtbot):
    view = MeltingView()
    qtbot.addWidget(view)
    view.resize(400, 120)
    assert view.words_at(QPointF(200, 60)) is None
    view.show_history([at(1, widths={"a": 8, "b": 4}), at(11, widths={"a": 2, "b": 4}), at(21)])
    area = view._area()
    upper, lower = area.top() + area.height() / 4, area.bottom() - area.height() / 4
    assert view.words_at(QPointF(area.left() + 1, upper)) == "a: 8 of 8 features at step 1"
    assert view.words_at(QPointF(area.right() - 1, upper)).startswith("a: 2 of 8 features at step 2")
    assert view.words_at(QPointF(area.right() - 1, lower)).startswith("b: 4 of 4")
    assert view.words_at(QPointF(area.left() - 5, upper)) is None
    assert not view.grab().isNull()
