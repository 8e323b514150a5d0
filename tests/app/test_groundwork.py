from dataclasses import replace

import pytest

from app.groundwork import Groundwork
from gazeengine.cost import flops_model, parameter_model
from gazeengine.criteria import CRITERIA
from gazeengine.image import read_image
from tests.app.gates import LIMIT_S

MS = 1000 * LIMIT_S


@pytest.fixture
def groundwork(qtbot, tmp_path):
    groundwork = Groundwork()
    groundwork.folder = tmp_path / "times"
    groundwork.said, groundwork.problems = [], []
    groundwork.busy.connect(groundwork.said.append)
    groundwork.failed.connect(groundwork.problems.append)
    yield groundwork
    groundwork.stop()


@pytest.fixture
def pictures(picture_files):
    return tuple(read_image(file) for file in picture_files)


def models(checkpoint):
    return flops_model(checkpoint.architecture, *checkpoint.working_size), parameter_model(checkpoint.architecture)


def test_fisher_weights_and_chance_need_nothing_to_be_made(groundwork, checkpoint):
    assert groundwork.signal(checkpoint, "fisher") is checkpoint.signal
    for name in ("l1w", "random"):
        found = groundwork.signal(checkpoint, name)
        assert found is groundwork.signal(checkpoint, name)
        assert {layer: len(values) for layer, values in found.delta.items()} == checkpoint.widths
    assert groundwork.said == []


def test_statistics_of_open_pictures_serve_all_other_criteria(groundwork, checkpoint, pictures, qtbot):
    assert groundwork.signal(checkpoint, "taylor") is None
    with qtbot.waitSignal(groundwork.came, timeout=MS):
        groundwork.want(checkpoint, "taylor", "flops", pictures)
    for name in CRITERIA:
        signal = groundwork.signal(checkpoint, name)
        assert signal.criterion == name
        assert name in ("fisher", "l1w", "random") or signal.n_images == len(pictures)
    assert "looking at picture 2 of 3" in groundwork.said
    assert groundwork.said[-1] == ""


def test_a_model_without_a_fisher_signal_is_not_looked_at_for_ever(groundwork, checkpoint, pictures):
    """It stays without: statistics were made again and again, as each made them wanted anew."""
    groundwork.want(replace(checkpoint, signal=None), "fisher", "flops", pictures)
    assert groundwork.said == []


def test_without_an_open_picture_nothing_is_made(groundwork, checkpoint):
    groundwork.want(checkpoint, "taylor", "flops", ())
    assert groundwork.said == []


def test_times_are_measured_once_and_read_the_next_time(groundwork, checkpoint, qtbot):
    flops, parameters = models(checkpoint)
    assert groundwork.pricing("time", checkpoint, flops, parameters) is None
    with qtbot.waitSignal(groundwork.came, timeout=MS):
        groundwork.want(checkpoint, "fisher", "time", ())
    pricing = groundwork.pricing("time", checkpoint, flops, parameters)
    assert pricing is groundwork.pricing("time", checkpoint, flops, parameters)
    assert pricing.cost.unit == "ps"
    (file,) = groundwork.folder.iterdir()
    written = file.stat().st_mtime_ns
    other = Groundwork()
    other.folder = groundwork.folder
    with qtbot.waitSignal(other.came, timeout=MS):
        other.want(checkpoint, "fisher", "time", ())
    other.stop()
    assert file.stat().st_mtime_ns == written
    assert other.times(checkpoint).cost.total(checkpoint.widths) == pricing.cost.total(checkpoint.widths)


def test_a_damaged_table_of_times_is_measured_anew(groundwork, checkpoint, qtbot):
    with qtbot.waitSignal(groundwork.came, timeout=MS):
        groundwork.want(checkpoint, "fisher", "time", ())
    (file,) = groundwork.folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:50])
    other = Groundwork()
    other.folder = groundwork.folder
    with qtbot.waitSignal(other.came, timeout=MS):
        other.want(checkpoint, "fisher", "time", ())
    other.stop()
    assert len(file.read_bytes()) > 50


def test_what_cannot_be_made_is_told_once_and_not_tried_again(groundwork, checkpoint, pictures, qtbot):
    weights = {name: weight * float("nan") for name, weight in checkpoint.weights.items()}
    broken = replace(checkpoint, id="broken", weights=weights)
    with qtbot.waitSignal(groundwork.failed, timeout=MS):
        groundwork.want(broken, "taylor", "flops", pictures)
    groundwork.want(broken, "taylor", "flops", pictures)
    assert len(groundwork.problems) == 1
    assert groundwork.said[-1] == ""
