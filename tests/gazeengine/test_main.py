import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch
from safetensors.numpy import save_file

from gazeengine.__main__ import main
from gazeengine.checkpoint import load, save
from gazeengine.errors import PruningError
from gazeengine.image import read_image, write_png
from gazeengine.networks import build
from gazeengine.predict import predict
from gazeengine.scores import Scores
from gazeengine.tuning import refuse_dead_layers
from tests.data_sets import made_data_set
from tests.networks import narrow_checkpoint

SCORES = {"made test": {"nss": 1.5}}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model file of a FastGaze with at most four features a layer, with a signal."""
    path = tmp_path_factory.mktemp("models") / "tiny.safetensors"
    save(replace(narrow_checkpoint(most=4), name="Tiny", scores=SCORES), path)
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return made_data_set(tmp_path_factory.mktemp("data") / "made")


@pytest.fixture
def ask(capsys):
    """Runs a command with --json; the answer is its one JSON object."""

    def answered(*arguments, code=0):
        assert main([*map(str, arguments), "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return answered


@pytest.fixture
def refused(capsys):
    """Runs a command that must be refused; the answer is the one line that it says on stderr."""

    def answered(*arguments):
        assert main([*map(str, arguments)]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        *progress, last = err.splitlines()
        assert last.startswith("gazeengine: ")
        assert not any("gazeengine" in line for line in progress)
        return last

    return answered


# info


def test_info_keeps_its_contract(ask, model):
    found = ask("info", model)
    assert {"name", "features", "widths", "gflop", "params", "provenance", "scores"} <= found.keys()
    checkpoint = load(model)
    assert found["name"] == "Tiny"
    assert found["features"] == sum(found["widths"].values()) == checkpoint.n_features
    assert found["widths"] == checkpoint.widths
    assert 0 < found["gflop"] < found["gflop_unpruned"]
    assert found["params"] == checkpoint.n_parameters
    assert (found["provenance"], found["scores"]) == ({"seed": 0}, SCORES)


def test_info_is_readable_too(model, capsys):
    assert main(["info", str(model)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Tiny\n")
    assert "made test: nss 1.5" in out


@pytest.mark.parametrize("arguments", [["info", "MODEL"], ["info", "MODEL", "--json"], ["--help"], ["train", "--help"]])
def test_info_and_help_import_no_torch(arguments, model):
    code = (
        "import sys; from gazeengine.__main__ import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "sys.exit(3 * ('torch' in sys.modules))"
    )
    line = [sys.executable, "-c", code, *(str(model) if a == "MODEL" else a for a in arguments)]
    assert subprocess.run(line, capture_output=True, cwd=os.getcwd()).returncode == 0


# predict


def test_predict_writes_what_was_asked_for(ask, model, data, tmp_path):
    picture = data / "images" / "test1.png"
    found = ask("predict", model, picture, "--out", tmp_path / "new" / "maps", "--as", "npy,png,overlay")
    (row,) = found["maps"]
    assert (row["height"], row["width"]) == (64, 40)
    log_density = np.load(row["files"]["npy"])
    checkpoint = load(model)
    expected = predict(build(checkpoint), read_image(picture).rgb, checkpoint.working_size).log_density
    np.testing.assert_array_equal(log_density, expected)
    for kind in ("png", "overlay"):
        assert read_image(row["files"][kind]).rgb.shape == (64, 40, 3)


def test_predict_tells_pictures_of_one_name_apart(ask, model, data, tmp_path):
    picture = data / "images" / "test0.png"
    found = ask("predict", model, picture, picture, "--out", tmp_path, "--as", "npy")
    assert sorted(os.listdir(tmp_path)) == ["test0-2.npy", "test0.npy"]
    assert len(found["maps"]) == 2


def test_predict_does_not_overwrite_a_picture(refused, model, tmp_path):
    for name in ("a.png", "a-map.png"):
        write_png(tmp_path / name, np.full((40, 40, 3), 9, np.uint8))
    before = (tmp_path / "a-map.png").read_bytes()
    pictures = tmp_path / "a.png", tmp_path / "a-map.png"
    assert "one of the pictures" in refused("predict", model, *pictures, "--out", tmp_path)
    assert (tmp_path / "a-map.png").read_bytes() == before


# evaluate


def test_evaluate_scores_every_model_on_every_data_set(ask, model, data):
    found = ask("evaluate", model, model, "--data", data, "--data", data, "--split", "val")
    assert [row["data_set"] for row in found["scores"]] == ["made val"] * 4
    for row in found["scores"]:
        scores = {k: v for k, v in row.items() if k not in ("model", "data_set", "gflop")}
        assert Scores.from_json(scores).n_images == 3
    assert found["baseline"] == "center bias of model Tiny"


def test_the_baseline_is_named_and_decides_the_gain(ask, model, data):
    trained = ask("evaluate", model, "--data", data, "--baseline", data)
    flat = ask("evaluate", model, "--data", data, "--baseline", "uniform")
    assert trained["baseline"] == "center bias of made train"
    assert flat["baseline"] == "uniform density"
    gains = [one["scores"][0]["information_gain_bits"] for one in (trained, flat)]
    assert gains[0] != gains[1]


@pytest.mark.parametrize("form", ["markdown", "csv"])
def test_evaluate_prints_a_table(model, data, form, capsys):
    assert main(["evaluate", str(model), "--data", str(data), "--as", form]) == 0
    assert "made test" in capsys.readouterr().out


# prune


@pytest.mark.parametrize("beta", ["0", "1e-3", "star"])
def test_prune_takes_away_as_many_features_as_asked_for(ask, model, tmp_path, beta):
    found = ask("prune", model, "--beta", beta, "--features", "20", "--out", tmp_path / "p.safetensors")
    small = load(tmp_path / "p.safetensors")
    assert (found["pruned"], found["features"]) == (20, load(model).n_features - 20)
    assert small.widths == found["widths"]
    assert small.provenance["parent"]["name"] == "Tiny"
    assert found["beta"] == small.provenance["beta"] == ("star" if beta == "star" else float(beta))
    assert found["largest_difference_nats"] == 0


def test_prune_reaches_a_target_of_gflop_with_and_without_beta(ask, model, tmp_path):
    target = ask("info", model)["gflop"] / 3
    for beta in (["--beta", "1e-3"], []):
        found = ask("prune", model, *beta, "--gflop", target, "--out", tmp_path / "p.safetensors")
        assert found["gflop"] <= target
    assert found["beta"] > 0


def test_without_beta_it_is_the_smallest_that_prunes_so_many_features(ask, model, tmp_path):
    few, many = (ask("prune", model, "--features", n, "--out", tmp_path / "p.safetensors") for n in (5, 25))
    assert (few["pruned"], many["pruned"]) == (5, 25)
    assert few["beta"] <= many["beta"]


def test_prune_reaches_a_target_of_milliseconds_and_says_the_spread(ask, model, tmp_path):
    line = ["prune", model, "--beta", "1e-3", "--ms", "1000", "--out", tmp_path / "p.safetensors"]
    found = ask(*line)
    assert found["pruned"] == 0
    assert found["target_reached"]
    low, high = found["latency"]["quartiles_ms"]
    assert low <= found["latency"]["median_ms"] <= high
    assert found["latency"]["threads"] == 1


def test_prune_estimates_a_signal_of_its_own_where_data_is_given(ask, model, data, tmp_path):
    out = tmp_path / "p.safetensors"
    ask("prune", model, "--beta", "1e-3", "--features", "9", "--data", data, "--images", "2", "--out", out)
    signal = load(out).signal
    assert (signal.n_images, signal.targets) == (2, "fixations")


def test_a_model_without_signal_is_told_how_to_get_one(refused, model, tmp_path):
    bare = tmp_path / "bare.safetensors"
    save(replace(load(model), signal=None), bare)
    assert "--data" in refused("prune", bare, "--beta", "1e-3", "--features", "3", "--out", tmp_path / "p")


# signal, latency, export


@pytest.mark.parametrize("source", ["fixations", "sampled", "pictures"])
def test_signal_is_estimated_anew(ask, model, data, tmp_path, source):
    out = tmp_path / "s.safetensors"
    where = ["--pictures", data / "images"] if source == "pictures" else ["--data", data, "--targets", source]
    found = ask("signal", model, *where, "--images", "2", "--out", out)
    assert (found["n_images"], found["targets"]) == (2, "sampled" if source == "pictures" else source)
    again, before = load(out), load(model)
    assert again.id == before.id
    assert any((again.signal.delta[name] != before.signal.delta[name]).any() for name in before.widths)
    assert again.provenance["signal"]["seed"] == 0


def test_latency_has_a_median_quartiles_and_the_unpruned_network(ask, model):
    found = ask("latency", model, "--size", "32x48", "--threads", "1", "--runs", "3")
    assert found["size"] == [32, 48]
    assert (found["runs"], found["threads"]) == (3, 1)
    assert found["quartiles_ms"][0] <= found["median_ms"] <= found["quartiles_ms"][1]
    assert found["speedup"] > 1  # 4 features a layer against all


def test_export_says_how_far_it_differs(ask, model, tmp_path):
    found = ask("export", model, "--to", "onnx", "--out", tmp_path / "m.onnx")
    assert found["largest_difference_nats"] < 1e-3
    assert found["against"].startswith("ONNX Runtime")
    onnx.checker.check_model(onnx.load(tmp_path / "m.onnx"))


# what cannot be done


def test_a_foreign_a_truncated_and_a_missing_model_are_told(refused, model, tmp_path):
    foreign = tmp_path / "foreign.safetensors"
    save_file({"a": np.zeros(3)}, foreign)
    (tmp_path / "cut.safetensors").write_bytes(model.read_bytes()[:5000])
    (tmp_path / "text.safetensors").write_text("no model")
    assert "without FisherGaze's metadata" in refused("info", foreign)
    for name in ("cut", "text"):
        assert "damaged, truncated or no model" in refused("info", tmp_path / f"{name}.safetensors")
    assert "no such file" in refused("info", tmp_path / "gone.safetensors")
    assert "found a folder" in refused("info", tmp_path)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("predict MODEL gone.png --out .", "gone.png: found no such file"),
        ("predict MODEL MODEL --out .", "tiny.safetensors: found"),
        ("predict MODEL gone.png --out . --as gif", "npy,png,overlay"),
        ("predict MODEL gone.png --out . --colors mauve", "mauve"),
        ("predict MODEL gone.png --out FILE", "folder FILE"),
        ("evaluate MODEL --data gone", "gone/images.csv"),
        ("evaluate MODEL --data DATA --split nope", "no split 'nope'"),
        ("evaluate MODEL --data DATA --baseline uniform --baseline DATA", "one or the other"),
        ("prune MODEL --beta 1e-3 --features 9999 --out p", "wanted 0 to 31"),
        ("prune MODEL --beta 1e-3 --features 1.5 --out p", "whole number"),
        ("prune MODEL --beta -1 --features 1 --out p", "at least 0"),
        ("prune MODEL --beta nan --features 1 --out p", "number"),
        ("prune MODEL --beta 1e-3 --gflop 0 --out p", "wanted at least that"),
        ("prune MODEL --beta 1e-3 --ms 1e-9 --out p", "wanted at least that"),
        ("prune MODEL --ms 5 --out p", "--beta"),
        ("prune MODEL --beta 1 --features 1 --gflop 1 --out p", "not allowed with"),
        ("prune MODEL --beta 1 --features 1 --out gone/p", "there is no folder"),
        ("latency MODEL --size 10x10", "at least 32"),
        ("latency MODEL --size big", "240x320"),
        ("latency MODEL --threads 0", "at least 1"),
        ("export MODEL --to keras --out p", "keras"),
        ("export MODEL --to onnx --out gone/p", "there is no folder"),
        ("signal MODEL --pictures DATA --out p", "has no pictures"),
        ("signal MODEL --pictures DATA --targets fixations --out p", "sampled"),
        ("convert MODEL --out p", "'conv1_1.weight' is missing"),
        ("nonsense", "invalid choice"),
        ("", "required"),
    ],
)
def test_bad_input_is_told_in_one_line_and_nothing_is_written(line, told, refused, model, data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FILE").touch()
    said = refused(*(str({"MODEL": model, "DATA": data}.get(word, word)) for word in line.split()))
    assert told in said
    assert os.listdir(tmp_path) == ["FILE"]


def test_a_folder_that_cannot_be_written_is_told(refused, model, tmp_path, monkeypatch):
    def denied(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("gazeengine.atomic.os.open", denied)
    assert "cannot be written" in refused("export", model, "--to", "onnx", "--out", tmp_path / "m.onnx")


def test_interrupted_is_130(model, monkeypatch, capsys):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("gazeengine.commands.info.model", interrupted)
    assert main(["info", str(model)]) == 130
    assert capsys.readouterr().out == ""


def test_threads_are_those_asked_for(ask, model, tmp_path, data):
    before = torch.get_num_threads()
    try:
        ask("evaluate", model, "--data", data, "--threads", "1")
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


# criteria, costs, tuned β, times


@pytest.mark.parametrize("criterion", ["taylor", "fisher-first-order", "l1a", "l1w", "random"])
def test_prune_takes_every_criterion(ask, model, data, tmp_path, criterion):
    out = tmp_path / "p.safetensors"
    line = ["--criterion", criterion, "--beta", "1e-3", "--features", "9", "--images", "2", "--data", data]
    found = ask("prune", model, *line, "--out", out)
    assert (found["criterion"], found["pruned"]) == (criterion, 9)
    small = load(out)
    assert small.provenance["criterion"] == criterion
    assert small.signal.criterion == "fisher"  # what the file has of its parent goes on being Fisher's


@pytest.mark.parametrize("cost", ["flops-fixed", "parameters"])
def test_prune_takes_other_costs_and_says_what_beta_is_of(ask, model, tmp_path, cost):
    out = tmp_path / "p.safetensors"
    found = ask("prune", model, "--cost", cost, "--beta", "1e-2", "--features", "25", "--out", out)
    assert found["cost"] == load(out).provenance["cost"] == cost
    assert ("parameters" in found["unit_of_beta"]) == (cost == "parameters")


def test_time_is_a_cost_once_it_was_measured(ask, refused, model, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "user"))
    out = tmp_path / "p.safetensors"
    line = ["prune", model, "--cost", "time", "--beta", "1e-3", "--features", "20", "--out", out]
    assert "gazeengine times" in refused(*line)
    measured = ask("times", model, "--runs", "1")
    assert str(tmp_path / "user") in measured["file"]
    assert all(row["predicted_ms"] > 0 < row["measured_ms"] for row in measured["networks"])
    assert ask(*line)["cost"] == "time"


def test_a_tuned_beta_loses_no_more_by_estimate_than_others_that_reach_the_target(ask, refused, model, tmp_path):
    target = ask("info", model)["gflop"] / 2
    line = ["prune", model, "--gflop", target, "--out", tmp_path / "p.safetensors"]
    tuned = ask(*line, "--beta", "tuned")
    assert tuned["gflop"] <= target
    for beta in ("0", "1e-4", "1e-2", "1"):
        assert tuned["loss_increase_bits"] <= ask(*line, "--beta", beta)["loss_increase_bits"] + 1e-9
    out = tmp_path / "p.safetensors"
    assert "--gflop" in refused("prune", model, "--beta", "tuned", "--features", "3", "--out", out)


def test_beta_is_tuned_to_milliseconds_by_the_times_that_were_measured(ask, refused, model, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "user"))
    line = ["prune", model, "--beta", "tuned", "--ms", "1000", "--out", tmp_path / "p.safetensors"]
    assert "gazeengine times" in refused(*line)
    ask("times", model, "--runs", "1")
    assert ask(*line)["target_reached"]
    line[line.index("1000")] = "1e-4"
    assert "wanted at least that" in refused(*line)


def test_a_target_holds_behind_the_rounding(ask, refused, model, tmp_path):
    whole = ask("info", model)
    out = tmp_path / "p.safetensors"
    for share in (0.9, 0.7, 0.5):
        target = share * whole["gflop"]
        line = ["prune", model, "--beta", "star", "--gflop", target, "--multiple", "2", "--out", out]
        found = ask(*line)
        assert found["gflop"] <= target
        assert all(width % 2 == 0 or width == 1 for width in found["widths"].values())
    least = ask("prune", model, "--beta", "0", "--features", whole["n_prunable"], "--out", out)["gflop"]
    line = ["prune", model, "--beta", "star", "--gflop", 1.001 * least, "--multiple", "2", "--out", out]
    assert "with rounded widths" in refused(*line)


def test_widths_are_rounded_where_that_is_wanted(ask, model, tmp_path):
    out = tmp_path / "p.safetensors"
    found = ask("prune", model, "--beta", "1e-3", "--features", "14", "--multiple", "2", "--out", out)
    before = load(model).widths
    assert all(width % 2 == 0 or width < 2 or before[layer] < 2 for layer, width in found["widths"].items())
    assert found["pruned"] == sum(before.values()) - sum(found["widths"].values())


def test_a_criterion_without_pictures_is_told_what_it_needs(refused, model, tmp_path):
    said = refused("prune", model, "--criterion", "taylor", "--beta", "0", "--features", "3", "--out", tmp_path / "p")
    assert "--data" in said
    assert "Molchanov" in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda delta: delta | {"conv3_1": 0 * delta["conv3_1"]}, "zero for all"),
        (lambda delta: delta | {"conv3_1": delta["conv3_1"][:-1]}, "another network"),
    ],
)
def test_a_signal_that_says_nothing_or_of_another_network_is_refused(model, change, said):
    checkpoint = load(model)
    signal = replace(checkpoint.signal, delta=change(dict(checkpoint.signal.delta)))
    with pytest.raises(PruningError, match=said):
        refuse_dead_layers(signal, checkpoint.widths)


def test_a_target_that_cannot_be_reached_is_told_the_nearest(refused, model, tmp_path):
    said = refused("prune", model, "--beta", "tuned", "--gflop", "1e-9", "--out", tmp_path / "p")
    assert "pruning all that can go leaves" in said


def test_a_beta_that_leaves_one_feature_a_layer_is_remarked(ask, model, tmp_path, capsys):
    out = tmp_path / "p.safetensors"
    found = ask("prune", model, "--beta", "1e9", "--features", "3", "--out", out)
    assert found["asked_for"] == load(model).n_features - len(load(model).widths)
