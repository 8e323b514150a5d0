from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from shiboken6 import delete

from app.background import Background
from app.job_dialogs import ask_before_closing, ask_before_discarding
from app.job_estimates import PRUNING_PASSES, SCHEDULES, Rounds, Speed, time_needed
from app.job_fields import NumberField, PlaceField
from app.orders import Ruling
from app.planned import Model
from app.prune_train_dialog import PruneTrainDialog, spread
from app.pruning_start import Start
from app.theme import DARK
from app.train_dialog import Present, TrainDialog
from gazeengine.commands.arguments import parser
from gazeengine.plan import FLOP_PER_GFLOP
from gazeengine.pricing import Pricing
from gazeengine.records import Latency
from tests.app.gates import LIMIT_S
from tests.data_sets import made_data_set

MS = 1000 * LIMIT_S
LATENCY = Latency(50.0, (49.0, 51.0), 9, 1, (240, 320), 100.0, 2.0, (1.9, 2.1))


@pytest.fixture
def background():
    background = Background("test")
    yield background
    background.close()
    delete(background)  # here: the garbage collector might do it in another thread


@pytest.fixture
def window(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    return window


@pytest.fixture
def data(tmp_path):
    return made_data_set(tmp_path / "made")


@pytest.fixture
def start(checkpoint, tmp_path):
    model = Model.of(checkpoint)
    flops = model.flops.total(checkpoint.widths)
    return Start(
        name="Tiny",
        architecture="fastgaze",
        path=tmp_path / "tiny.safetensors",
        beta=1e-3,
        n=0,
        n_wanted=40,
        n_most=checkpoint.n_prunable,
        size=checkpoint.working_size,
        flops=flops,
        unpruned_flops=flops,
        ruling=Ruling(checkpoint.signal, Pricing.of("flops", model.flops, model.parameters)),
        speed=Speed(LATENCY, flops, "fastgaze"),
        place=tmp_path / "tiny",
    ).at(1e-3)


@pytest.fixture
def pruning(window, background, start, data, qtbot):
    dialog = PruneTrainDialog(background, window)
    dialog.show_theme(DARK)
    dialog.data.add([data])
    dialog.show_start(start)
    qtbot.waitUntil(lambda: not dialog.data.checking, timeout=MS)
    dialog.show()
    return dialog


@pytest.fixture
def training(window, background, tmp_path, data, qtbot):
    dialog = TrainDialog(background, window, tmp_path)
    dialog.show_theme(DARK)
    dialog.data.add([data])
    dialog.show_present(Present("Tiny", "litegaze", tmp_path / "tiny.safetensors", (240, 320), 10**9, None))
    qtbot.waitUntil(lambda: not dialog.data.checking, timeout=MS)
    dialog.show()
    return dialog


def parsed(wanted, run="/run"):
    return parser().parse_args([*wanted.arguments, "--run", run, "--out", str(wanted.out)])


def begun(dialog, qtbot):
    """What comes of its button."""
    assert dialog.begin.isEnabled(), dialog.problem()
    with qtbot.waitSignal(dialog.wanted, timeout=MS) as wanted:
        dialog.begin.click()
    assert not dialog.isVisible()
    return wanted.args[0]


# --- prune and train


def test_it_begins_with_what_is_set_in_the_window(pruning, start, data, qtbot):
    wanted = begun(pruning, qtbot)
    assert (wanted.kind, wanted.title, wanted.out) == ("prune-run", "Prune 40 features of Tiny at β 0.001", start.place)
    options = parsed(wanted)
    assert (options.model, options.beta, options.features, options.schedule) == (str(start.path), 1e-3, 40, "fast")
    assert options.data == [data]
    assert list(options.snapshots) == list(spread(0, 40))
    assert options.size is None  # the model's own


def test_where_the_slider_stands_at_a_trained_network_half_of_its_flops_are_suggested(pruning, start):
    pruning.show_start(replace(start, n_wanted=0))
    n = round(pruning._amount.value())
    assert 0 < n <= start.n_most
    assert start.flops_at(n) <= start.flops_at(0) / 2 or n == start.n_most


def test_the_target_can_be_in_gflop_or_ms_and_means_the_same_network(pruning, start, qtbot):
    left = start.flops_at(40) / FLOP_PER_GFLOP
    pruning._goals.button(1).click()
    assert pruning._amount.value() == pytest.approx(left, abs=1e-6)
    pruning._amount.setValue(0.002)
    options = parsed(begun(pruning, qtbot))
    assert (options.gflop, options.features, options.ms) == (0.002, None, None)
    pruning.show()
    pruning._goals.button(2).click()
    assert pruning._amount.value() > 0
    pruning._amount.setValue(20)
    wanted = begun(pruning, qtbot)
    assert parsed(wanted).ms == 20
    assert wanted.title == "Prune Tiny to 20 ms at β 0.001"


def test_steps_are_estimated_and_the_folder_is_named_by_the_beta_that_is_typed(pruning, start, tmp_path, qtbot):
    pruning.show_start(replace(start, is_family=False, place=tmp_path))
    assert pruning.place.path == tmp_path / "tiny-beta1e-3-n40"
    pruning._beta.setFocus()
    pruning._beta.selectAll()
    qtbot.keyClicks(pruning._beta, "b*")
    qtbot.keyClick(pruning._beta, Qt.Key.Key_Tab)
    assert pruning._start.flops_at(40) == start.at(None).flops_at(40) != start.flops_at(40)
    assert pruning.place.path == tmp_path / "tiny-betastar-n40"
    pruning._goals.button(1).click()
    assert pruning._amount.value() == pytest.approx(start.at(None).flops_at(40) / FLOP_PER_GFLOP, abs=1e-6)
    pruning._amount.setValue(0.002)
    assert pruning.place.path == tmp_path / "tiny-betastar-0.002gflop"
    pruning.show_start(replace(start, is_family=False, place=tmp_path, n=10, n_wanted=50))
    assert pruning.place.path == tmp_path / "tiny-beta1e-3-n50-from10"


def test_what_is_otherwise_in_the_window_is_said_with_what_comes_of_it(pruning, start):
    assert not pruning._remark.isVisible()
    there = round(0.5 * start.flops_at(40))
    pruning.show_start(replace(start, otherwise="Widths are not rounded here.", flops_there=there))
    assert pruning._remark.isVisible()
    here, there = (f"{flops / FLOP_PER_GFLOP:.3g}" for flops in (start.flops_at(40), there))
    said = f"Widths are not rounded here. With 40 features pruned {here} GFLOP are left here, {there} there."
    assert pruning._remark.text() == said
    pruning.show_start(start)
    assert not pruning._remark.isVisible()


def test_a_target_that_cannot_be_reached_is_told_with_the_nearest(pruning, start):
    pruning._goals.button(1).click()
    pruning._amount.setValue(0.9 * float(start.order.flops[-1]) / FLOP_PER_GFLOP)
    assert "one feature a layer is left then" in pruning.problem()
    assert not pruning.begin.isEnabled()


def test_snapshots_follow_the_target_until_they_are_typed(pruning, qtbot):
    pruning._amount.setValue(60)
    assert pruning._snapshots.text() == ", ".join(map(str, spread(0, 60)))
    pruning._snapshots.clear()
    qtbot.keyClicks(pruning._snapshots, "30 10,20")
    pruning._amount.setValue(50)
    assert list(parsed(begun(pruning, qtbot)).snapshots) == [10, 20, 30]


def test_the_schedule_of_the_paper_takes_longer_and_says_so(pruning, qtbot):
    before = pruning.estimate()
    pruning._schedule.button(1).click()
    assert "one feature every 10 steps".casefold() in pruning._schedule_words.text().casefold()
    assert pruning.estimate() != before
    assert parsed(begun(pruning, qtbot)).schedule == "paper"


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda d: d._amount.setValue(0), "target: 0 features, wanted more than 0 and at most"),
        (lambda d: d._amount.setValue(10**6), "features, wanted more than 0 and at most"),
        (lambda d: (d._goals.button(1).click(), d._amount.setValue(10**6)), "GFLOP, wanted less than"),
        (lambda d: (d._snapshots.setText("many"), d._edit_snapshots()), "snapshots: 'many', wanted numbers"),
        (lambda d: d.data.show_folders([]), "no data set is chosen, wanted at least one with the splits"),
        (lambda d: (d.place._field.setText(""), d.place._edit()), "result: no folder is named, wanted one to write"),
        (lambda d: (d.place._field.setText("here"), d.place._edit()), "wanted its folder, too"),
        (lambda d: (d.place._field.setText("/no/such/where"), d.place._edit()), "there is no folder /no/such"),
    ],
)
def test_what_cannot_be_is_said_before_it_begins(pruning, spoil, told):
    spoil(pruning)
    assert told in pruning._problem.text()
    assert not pruning.begin.isEnabled()


def test_a_folder_that_is_no_data_set_keeps_it_from_beginning(pruning, tmp_path, qtbot):
    (tmp_path / "nothing").mkdir()
    pruning.data.add([tmp_path / "nothing"])
    assert not pruning.begin.isEnabled()
    qtbot.waitUntil(lambda: not pruning.data.checking, timeout=MS)
    assert "nothing" in pruning._problem.text()
    pruning.data.show_folders(pruning.data.folders[:1])
    assert pruning.begin.isEnabled()


def test_pictures_without_fixations_need_a_teacher(pruning, data, qtbot):
    pruning.unlabelled.add([data / "images"])
    qtbot.waitUntil(lambda: not pruning.unlabelled.checking, timeout=MS)
    assert "wanted a teacher's maps of them" in pruning._problem.text()


# --- train


def test_a_network_from_random_features(training, data, tmp_path, qtbot):
    assert "features: no file is named" in training._problem.text()
    training._begin_with.setCurrentIndex(1)
    wanted = begun(training, qtbot)
    assert (wanted.kind, wanted.title) == ("train", "Train FastGaze")
    assert wanted.out == tmp_path / "fastgaze-own.safetensors"
    options = parsed(wanted)
    assert (options.features, options.architecture, options.data, options.size) == (
        "random",
        "fastgaze",
        [data],
        (240, 320),
    )
    assert (options.n_steps, options.batch, options.learning_rate, options.patience) == (1440, 4, 5e-5, 20)


def test_pretrained_features_are_a_file_that_is_there(training, tmp_path, qtbot):
    training.suggest_features(tmp_path / "gone.safetensors")
    assert "there is no such file, wanted a safetensors file" in training._problem.text()
    (tmp_path / "vgg.safetensors").touch()
    training.suggest_features(tmp_path / "vgg.safetensors")
    training._architecture.setCurrentIndex(1)
    options = parsed(begun(training, qtbot))
    assert (options.features, options.architecture) == (str(tmp_path / "vgg.safetensors"), "densegaze")


def test_the_open_network_can_learn_further(training, tmp_path, qtbot):
    training._begin_with.setCurrentIndex(2)
    assert not training._architecture.isVisible()
    training._numbers["learning_rate"].setValue(1e-5)
    training._precision.setCurrentText("bfloat16")
    wanted = begun(training, qtbot)
    assert (wanted.kind, wanted.title) == ("distill", "Train Tiny further")
    options = parsed(wanted)
    assert (options.model, options.features, options.learning_rate) == (str(tmp_path / "tiny.safetensors"), None, 1e-5)


def test_a_file_that_is_there_is_replaced_only_if_one_says_so(training, tmp_path, qtbot, monkeypatch):
    training._begin_with.setCurrentIndex(1)
    (tmp_path / "fastgaze-own.safetensors").touch()
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.No)
    training.begin.click()
    assert training.isVisible()
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    begun(training, qtbot)


def test_what_is_folded_away_can_be_shown(training):
    assert not training._numbers["learning_rate"].isVisible()
    training._open_more.setChecked(True)
    assert training._numbers["learning_rate"].isVisible()
    assert training._numbers["learning_rate"].text() == "5e-05"


# --- fields and estimates


def test_a_number_is_typed_as_one_likes(qtbot):
    field = NumberField(0, 1, 5e-5, 9)
    qtbot.addWidget(field)
    for text, value in (("1e-3", 1e-3), ("0.25", 0.25), ("2", 0.25), ("", 0.25)):
        field.selectAll()
        qtbot.keyClicks(field, text)
        field.interpretText()
        assert field.value() == pytest.approx(value, rel=1e-6)
    whole = NumberField(1, 10**6, 1440)
    qtbot.addWidget(whole)
    assert whole.text() == "1,440"


def test_a_model_file_has_its_suffix_whatever_is_typed(qtbot, tmp_path):
    field = PlaceField("Model")
    qtbot.addWidget(field)
    field.suggest(tmp_path / "mine")
    assert field.path == tmp_path / "mine.safetensors"
    assert field.problem == ""
    (tmp_path / "mine.safetensors").mkdir()
    assert "found a folder of this name, wanted the name of a file" in field.problem
    qtbot.keyClicks(field._field, "x")
    field.suggest(tmp_path / "other")  # typed is typed
    assert field.path == Path(f"{tmp_path / 'mine'}x.safetensors")


@pytest.mark.slow
def test_the_schedules_are_those_of_pruning_runs():
    from gazeengine.pruning_run import PAPER, PruningOptions

    for name, changes in (("fast", {}), ("paper", PAPER)):
        how, ours = PruningOptions(**changes), SCHEDULES[name]
        for field in Rounds.__slots__:
            assert getattr(ours, field) == getattr(how, field)


def test_steps_of_a_schedule_are_counted_round_by_round():
    alike = Rounds(4, 10, 20, 40, 8.0)
    assert alike.work(25, (5,), lambda k: 3.0, 3.0) == (20 + 3 * 4 + 2 * 40, 3.0 * (20 + 3 * 4 + 2 * 40))
    assert alike.work(0, (5,), lambda k: 3.0, 3.0) == (20, 60.0)
    half = alike.work(20, (), lambda k: 8.0 if k < 10 else 4.0, 8.0)  # as cheap, so twice as many steps
    assert half == (20 + 4 + 8 + 80, 8.0 * (20 + 4 + 4 + 40))
    least = alike.work(20, (), lambda k: 8.0 if k < 10 else 0.1, 8.0)
    assert least[0] == 20 + 4 + 8 * 4 + 8 * 40


def test_an_estimate_follows_the_latency_that_was_measured_here():
    told = time_needed(Speed(LATENCY, 10**9, "fastgaze"), 600, 4, 1e9, PRUNING_PASSES, "fastgaze")
    assert told.startswith("600 steps of 4 pictures: roughly ")
    assert told.endswith(
        f"{round(600 * 4 * 5 * 0.1 * 1.4 / 60)} min on this computer, by the latency that was measured."
    )
    assert (
        time_needed(None, 1, 1, 1e9, 3, "fastgaze")
        == "1 step of 1 picture. How long they take is seen as soon as it runs."
    )


def test_an_estimate_by_another_architecture_knows_how_long_its_operations_take():
    measured = Speed(LATENCY, 10**9, "litegaze")
    assert measured.seconds(1e9, "fastgaze")[1] == pytest.approx(measured.seconds(1e9, "litegaze")[1] / 3.3)
    told = time_needed(measured, 600, 4, 1e9, 3, "fastgaze")
    assert told.endswith(" on this computer, by the latency of LiteGaze that was measured.")


def test_the_time_that_is_left_is_of_the_network_that_pruning_begins_with(pruning, start):
    pruning.show_start(replace(start, flops=start.flops // 2))
    pruning._goals.button(2).click()
    assert pruning._amount_words.text() == f"of {LATENCY.base_median_ms / 2:,.0f}"


def test_what_is_folded_out_leaves_the_buttons_on_the_screen(training):
    screen = training.screen().availableGeometry()
    training.move(0, screen.bottom() - 200)
    training._open_more.setChecked(True)
    assert screen.contains(training.frameGeometry())


@pytest.mark.parametrize(("begin", "end"), [(0, 2791), (1000, 1500), (0, 3), (5, 6), (5, 5), (0, 90)])
def test_suggested_snapshots_ascend_to_the_end(begin, end):
    found = list(spread(begin, end))
    assert found == sorted(set(found))
    assert all(begin < n <= end for n in found)
    assert len(found) <= 4
    assert (found[-1:] == [end]) == (end > begin)


# --- questions


def answer(label):
    """Click the button of the question that comes up."""

    def click():
        box = QApplication.activeModalWidget()
        next(b for b in box.buttons() if label in b.text().replace("&", "")).click()

    QTimer.singleShot(0, click)


@pytest.mark.parametrize(
    ("label", "expected"), [("Pause it", "leave"), ("Stop and discard", "discard"), ("Cancel", None)]
)
def test_closing_with_a_running_job_asks(window, label, expected):
    answer(label)
    assert ask_before_closing(window, "Train FastGaze") == expected


@pytest.mark.parametrize(("label", "expected"), [("Stop and discard", True), ("Cancel", False)])
def test_discarding_asks(window, label, expected):
    answer(label)
    assert ask_before_discarding(window, "Train FastGaze", ["a.safetensors"]) == expected
