import json
import os
import re
import signal
from dataclasses import asdict, replace

import numpy as np
import pytest
from safetensors.numpy import save_file

from gazeengine.__main__ import main
from gazeengine.architecture import ARCHITECTURES
from gazeengine.checkpoint import load, shapes
from gazeengine.commands import train as command
from gazeengine.commands.arguments import TRAINING, parser
from gazeengine.commands.events import Orders, present_orders
from gazeengine.fixations import center_bias, read_data_set
from gazeengine.networks import build
from gazeengine.predict import predict
from gazeengine.runs import claimed
from gazeengine.training import TrainingOptions
from tests.data_sets import made_data_set


@pytest.fixture(autouse=True)
def narrow_fastgaze(monkeypatch):
    """A FastGaze with a sixteenth of the features: trained in a moment."""
    full = ARCHITECTURES["fastgaze"]
    layers = tuple(replace(layer, features=max(1, layer.features // 16)) for layer in full.layers)
    monkeypatch.setitem(ARCHITECTURES, "fastgaze", replace(full, layers=layers))


@pytest.fixture
def line(tmp_path):
    """A train command that takes a second."""
    data = made_data_set(tmp_path / "made", n=3)
    return [
        "train",
        *("--features", "random", "--data", str(data), "--size", "48x64", "--steps", "6"),
        *("--validate-every", "3", "--batch", "2", "--signal-images", "2"),
        *("--run", str(tmp_path / "run"), "--out", str(tmp_path / "m.safetensors"), "--json"),
    ]


def test_train_ends_with_a_model_that_has_all_that_is_known_of_it(line, tmp_path, capsys):
    assert main(line) == 0
    found = json.loads(capsys.readouterr().out)
    model = load(tmp_path / "m.safetensors")
    assert found["id"] == model.id
    assert found["name"] == model.name == "FastGaze"
    assert model.working_size == (48, 64)
    assert (model.signal.n_images, model.signal.targets) == (2, "fixations")
    assert model.scores.keys() == {"made test"}
    assert model.scores["made test"]["baseline"] == "center bias of made train"
    told = model.provenance
    assert told["data"] == told["center_bias"] == ["made train"]
    assert told["validation"] == ["made val"]
    assert (told["seed"], told["steps"]) == (0, 6)
    assert told["best_step"] in (3, 6)
    assert told["training"]["batch"] == 2
    assert told["seconds"] >= 0
    assert "torch" in told["versions"]
    assert model.weights["features.0.weight"].dtype == np.float16
    expected = center_bias([read_data_set(tmp_path / "made", "train")])
    np.testing.assert_array_equal(model.weights["center_bias"], expected)
    saliency_map = predict(build(model), np.zeros((50, 70, 3), np.uint8), model.working_size)
    assert saliency_map.total == pytest.approx(1, abs=1e-4)


def test_of_a_data_set_without_val_a_tenth_of_train_is_held_out(line, tmp_path):
    data = made_data_set(tmp_path / "unsplit", ("train", "test"), 12)
    assert main([str(data) if word == str(tmp_path / "made") else word for word in line]) == 0
    told = load(tmp_path / "m.safetensors").provenance
    assert told["data"] == ["unsplit train, fold 1 of 10 training"]
    assert told["validation"] == ["unsplit train, fold 1 of 10 validation"]


def test_a_test_split_whose_fixations_are_secret_gives_no_scores(line, tmp_path):
    table = tmp_path / "made" / "fixations.csv"
    rows = table.read_text().splitlines(keepends=True)
    table.write_text("".join(row for row in rows if not row.startswith("test")))
    assert main(line) == 0
    assert load(tmp_path / "m.safetensors").scores == {}


def test_pretrained_features_are_where_it_starts(line, tmp_path, monkeypatch):
    architecture = ARCHITECTURES["fastgaze"]
    rng = np.random.default_rng(0)
    weights = {
        name.removeprefix("features."): rng.normal(0, 0.1, shape).astype(np.float16)
        for name, shape in shapes(architecture, architecture.widths).items()
        if name.startswith("features.")
    }
    save_file(weights, tmp_path / "features.safetensors")
    line[line.index("random")] = str(tmp_path / "features.safetensors")
    begun = []

    def stopped_at_once(network, *_):
        begun.append(network.state_dict()["features.3.weight"].numpy().copy())
        yield from ()

    monkeypatch.setattr(command, "train", stopped_at_once)
    assert main(line) == 2  # there is no state to finish from
    np.testing.assert_array_equal(begun[0], weights["3.weight"].astype(np.float32))


def test_ctrl_c_stops_between_steps_and_the_same_command_goes_on_to_the_same_model(line, tmp_path, capsys, monkeypatch):
    assert main(line) == 0
    uninterrupted = load(tmp_path / "m.safetensors")
    capsys.readouterr()

    line[line.index("--run") + 1] = str(tmp_path / "other run")
    steps = command.train

    def interrupted(*arguments):
        for step in steps(*arguments):
            if step.step == 4:
                os.kill(os.getpid(), signal.SIGINT)
            yield step

    monkeypatch.setattr(command, "train", interrupted)
    before = signal.getsignal(signal.SIGINT)
    assert main(line) == 130
    assert signal.getsignal(signal.SIGINT) is before
    assert json.loads(capsys.readouterr().out) == {
        "interrupted": True,
        "ended": "stopped",
        "run": str(tmp_path / "other run"),
        "step": 4,
        "n_steps": 6,
    }
    monkeypatch.setattr(command, "train", steps)
    assert main(line) == 0
    assert load(tmp_path / "m.safetensors").id == uninterrupted.id


@pytest.mark.parametrize(("at", "kept"), [(4, True), (2, False)])
def test_stopped_to_keep_it_makes_a_model_of_the_best_parameters_if_any_were_validated(
    line, tmp_path, capsys, monkeypatch, at, kept
):
    steps = command.train

    def stopped(*arguments):
        for step in steps(*arguments):
            if step.step == at:
                present_orders().give("stop")
            yield step

    monkeypatch.setattr(command, "train", stopped)
    monkeypatch.setattr(Orders, "read", lambda *_: None)  # nobody speaks on stdin, and it does not end
    assert main([*line, "--events"]) == (0 if kept else 130)
    events = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert [e["progress"]["step"] for e in events if e["event"] == "progress"] == list(range(1, at + 1))
    assert (events[-1]["event"], events[-1]["values"]["ended"]) == ("result", "kept")
    assert (tmp_path / "m.safetensors").exists() == kept
    if kept:
        told = load(tmp_path / "m.safetensors").provenance
        assert (told["steps"], told["best_step"]) == (4, 3)
    monkeypatch.setattr(command, "train", steps)
    assert main(line) == 0  # it can go on all the same
    assert load(tmp_path / "m.safetensors").provenance["steps"] == 6


def test_a_run_that_another_program_has_is_left_alone(line, tmp_path, capsys):
    with claimed(tmp_path / "run"):
        assert main(line) == 2
    assert f"another program (process {os.getpid()}) is using it" in capsys.readouterr().err


def test_a_finished_run_is_not_trained_again(line, tmp_path, capsys):
    assert main(line) == 0
    first = load(tmp_path / "m.safetensors")
    (tmp_path / "m.safetensors").unlink()
    assert main(line) == 0
    again = load(tmp_path / "m.safetensors")
    assert again.id == first.id
    assert again.provenance["seconds"] == first.provenance["seconds"]


def test_a_run_that_was_begun_without_its_note_is_taken_over(line, tmp_path):
    assert main(line) == 0
    (tmp_path / "run" / "run.json").unlink()
    assert main(line) == 0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("--seed", "1"), "wanted the same options or an empty folder"),
        (("--learning-rate", "1e30", "--run", "RUN2"), "lower learning rate"),
        (("--features", "gone.safetensors", "--run", "RUN2"), "no such file"),
        (("--features", "other.safetensors"), "it was begun with"),
        (("--out", "gone/m.safetensors"), "there is no folder"),
        (("--run", "FILE"), "wanted a folder that can be written"),
        (("--steps", "0"), "at least 1"),
        (("--data", "gone"), "images.csv: the file is missing"),
    ],
)
def test_bad_input_is_told_in_one_line(change, told, line, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FILE").touch()
    assert main(line) == 0
    before = (tmp_path / "m.safetensors").read_bytes()
    capsys.readouterr()
    assert main([*line, *change]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err.splitlines()[-1]
    assert (tmp_path / "m.safetensors").read_bytes() == before


def test_options_not_given_are_those_of_training():
    needed = ["--features", "random", "--data", "d", "--run", "r", "--out", "o"]
    options = parser().parse_args(["train", *needed])
    assert command.training_options(options) == TrainingOptions()
    told = {field: default for _, field, _, default, _ in TRAINING} | {"height": 240, "width": 320}
    assert told == asdict(TrainingOptions())


def test_every_option_reaches_training():
    line = ["train", "--features", "random", "--data", "d", "--run", "r", "--out", "o", "--size", "96x128"]
    for flag, field, *_ in TRAINING:
        line += [flag, {"least_scale": "0.7", "teacher_share": "0.7", "precision": "bfloat16"}.get(field, "7")]
    how = command.training_options(parser().parse_args(line))
    assert set(asdict(how).values()) == {7, 0.7, 96, 128, "bfloat16"}


def test_help_names_every_default(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    out = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert "(default 1440)" in out
    assert "(default 5e-05)" in out
