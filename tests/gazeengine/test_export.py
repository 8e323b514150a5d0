import json
import os
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from gazeengine import export
from gazeengine.checkpoint import load
from gazeengine.errors import ExportError, OutputError
from gazeengine.export import LARGEST_DIFFERENCE, export_onnx, export_pt2, save_model
from gazeengine.networks import build
from gazeengine.onnx_graph import onnx_model
from tests.networks import narrow_checkpoint, random_checkpoint, random_images, random_network

NAMES = ("fastgaze", "densegaze", "deepgaze2", "published-fastgaze")


def same_maps(one, other):
    images = random_images(2, *one.working_size)
    return torch.equal(build(one)(images), build(other)(images))


def run(path, image):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    (log_density,) = session.run(["log_density"], {"image": image.numpy()})
    return torch.from_numpy(log_density)


# the model file


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_model_comes_back_with_equal_maps_and_data(name, tmp_path):
    checkpoint = narrow_checkpoint(name)
    done = save_model(checkpoint, tmp_path / "m.safetensors")
    again = load(done.path)
    assert same_maps(checkpoint, again)
    assert done.largest_difference == 0
    assert done.size_bytes == done.path.stat().st_size
    assert again.id == checkpoint.id
    assert again.provenance == checkpoint.provenance
    assert os.listdir(tmp_path) == ["m.safetensors"]


def test_half_weights_shift_the_maps_a_little_and_only_once(tmp_path):
    checkpoint = narrow_checkpoint(most=8)
    once = save_model(checkpoint, tmp_path / "once.safetensors", half=True)
    twice = save_model(load(once.path), tmp_path / "twice.safetensors", half=True)
    assert 0 < once.largest_difference < export.LARGEST_ROUNDING
    assert twice.largest_difference == 0
    assert once.path.read_bytes() == twice.path.read_bytes()


def test_weights_that_float16_cannot_hold_are_kept_as_they_are(tmp_path):
    checkpoint = narrow_checkpoint()
    path = tmp_path / "m.safetensors"
    large = dict(checkpoint.weights) | {"features.0.weight": checkpoint.weights["features.0.weight"] * 1e6}
    found = save_model(replace(checkpoint, weights=large), path, half=True)
    assert found.largest_difference == 0
    np.testing.assert_array_equal(load(path).weights["features.0.weight"], large["features.0.weight"])
    assert os.listdir(tmp_path) == ["m.safetensors"]


def test_where_rounding_would_shift_the_maps_too_much_weights_are_kept_as_they_are(tmp_path, monkeypatch, caplog):
    """A training of an hour must not end with no file."""
    checkpoint = narrow_checkpoint(most=8)
    monkeypatch.setattr(export, "LARGEST_ROUNDING", 1e-9)
    found = save_model(checkpoint, tmp_path / "m.safetensors", half=True)
    assert found.largest_difference == 0
    assert load(found.path).id == checkpoint.id
    assert "stored as float32 instead" in caplog.text


@pytest.mark.parametrize("damage", ["weights", "signal", "scores"])
def test_a_file_that_reads_back_differently_does_not_take_its_place(damage, tmp_path, monkeypatch):
    checkpoint = random_checkpoint_known()
    path = tmp_path / "m.safetensors"
    save_model(checkpoint, path)
    before = path.read_bytes()

    def damaged(path):
        again = load(path)
        if damage == "scores":
            return replace(again, scores={})
        if damage == "signal":
            return replace(again, signal=None)
        key = "features.0.weight"
        return replace(again, weights=dict(again.weights) | {key: again.weights[key] * np.float32(1.01)})

    monkeypatch.setattr(export, "load", damaged)
    with pytest.raises(ExportError, match="not written"):
        save_model(checkpoint, path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["m.safetensors"]


def random_checkpoint_known():
    return narrow_checkpoint("fastgaze", 3)


# ONNX


@pytest.mark.parametrize("name", NAMES)
def test_onnx_agrees_with_torch_at_sizes_that_it_was_not_checked_at(name, tmp_path):
    checkpoint = narrow_checkpoint(name)
    done = export_onnx(checkpoint, tmp_path / "m.onnx")
    assert done.largest_difference <= LARGEST_DIFFERENCE
    assert done.against == f"ONNX Runtime {'.'.join(onnxruntime.__version__.split('.')[:2])}"
    network = build(checkpoint)
    for height, width in ((32, 48), (33, 47), (90, 35), (64, 160)):
        image = random_images(1, height, width)
        torch.testing.assert_close(run(done.path, image), network(image), rtol=0, atol=1e-4)


def test_onnx_says_what_it_is(tmp_path):
    checkpoint = narrow_checkpoint()
    model = onnx.load(export_onnx(checkpoint, tmp_path / "m.onnx").path)
    told = {entry.key: entry.value for entry in model.metadata_props}
    assert told["name"] == checkpoint.name
    assert told["architecture"] == "fastgaze"
    assert json.loads(told["widths"]) == checkpoint.widths
    assert json.loads(told["working_size"]) == [32, 48]
    assert json.loads(told["provenance"]) == checkpoint.provenance
    assert json.loads(told["scores"]) == checkpoint.scores
    assert "RGB" in told["input"]
    assert "logarithm" in told["output"]
    names = {node.name for node in model.graph.node}
    assert set(checkpoint.widths) <= names


def test_every_kind_of_layer_is_in_the_graph_as_torch_runs_it(tmp_path):
    network = random_network()  # an output norm, an input norm, two pools, a readout of two inputs
    path = tmp_path / "tiny.onnx"
    onnx.save(onnx_model(network, {}), path)
    for size in ((8, 12), (19, 30)):
        image = random_images(1, *size)
        torch.testing.assert_close(run(path, image), network(image), rtol=0, atol=1e-5)


def test_an_onnx_that_disagrees_does_not_stay(tmp_path, monkeypatch):
    checkpoint = narrow_checkpoint()
    (tmp_path / "m.onnx").write_text("old")
    other = replace(checkpoint, weights=narrow_checkpoint(seed=1).weights)
    networks = iter([build(checkpoint)])
    monkeypatch.setattr(export, "build", lambda _: next(networks))
    monkeypatch.setattr("gazeengine.onnx_graph.onnx_model", lambda _, metadata: onnx_model(build(other), metadata))
    with pytest.raises(ExportError, match=r"ONNX Runtime .* differ by .* nats, wanted at most 0.001"):
        export_onnx(checkpoint, tmp_path / "m.onnx")
    assert (tmp_path / "m.onnx").read_text() == "old"
    assert os.listdir(tmp_path) == ["m.onnx"]


def test_a_graph_that_onnx_refuses_is_told_in_one_line(tmp_path, monkeypatch):
    def broken(network, metadata):
        model = onnx_model(network, metadata)
        model.graph.node[3].op_type = "Nonsense"
        return model

    monkeypatch.setattr("gazeengine.onnx_graph.onnx_model", broken)
    with pytest.raises(ExportError, match="Nonsense") as caught:
        export_onnx(narrow_checkpoint(), tmp_path / "m.onnx")
    assert "\n" not in str(caught.value)
    assert os.listdir(tmp_path) == []


# the torch program


@pytest.mark.slow
def test_a_torch_program_agrees_with_the_network_and_says_its_limits(tmp_path, capfd):
    checkpoint = narrow_checkpoint()
    done = export_pt2(checkpoint, tmp_path / "m.pt2")
    assert done.largest_difference <= 1e-5
    assert "32 x 48" in done.limits
    extra = {"fishergaze.json": ""}
    program = torch.export.load(done.path, extra_files=extra).module()
    assert json.loads(extra["fishergaze.json"])["name"] == checkpoint.name
    image = random_images(1, 32, 48)
    torch.testing.assert_close(program(image), build(checkpoint)(image), rtol=0, atol=1e-5)
    assert capfd.readouterr() == ("", "")


# the disk


@pytest.mark.parametrize("write", [save_model, export_onnx, export_pt2])
def test_a_folder_that_is_not_there_is_told_before_the_work(write, tmp_path):
    told = []
    with pytest.raises(OutputError, match="there is no folder"):
        write(narrow_checkpoint(), tmp_path / "gone" / "m.x", progress=told.append)
    assert "tracing the network" not in told


def test_a_full_disk_is_told_by_the_files_own_name(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    for write in (save_model, export_onnx):
        with pytest.raises(OutputError, match=r"file .*/m\.x: no space left"):
            write(random_checkpoint_known(), tmp_path / "m.x")
    assert os.listdir(tmp_path) == []


def test_progress_is_told_in_order(tmp_path):
    told = []
    export_onnx(narrow_checkpoint(), tmp_path / "m.onnx", progress=told.append)
    assert told == ["importing ONNX", "writing the graph", "running it with ONNX Runtime"]


def test_pictures_compared_are_of_the_size_asked_for():
    assert [tuple(p.shape) for p in export._pictures(20, 30)] == [(1, 3, 20, 30)] * 3
    assert random_checkpoint().working_size == (32, 48)
