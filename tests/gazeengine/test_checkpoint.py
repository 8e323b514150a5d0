import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_tensors

from gazeengine import atomic
from gazeengine.architecture import ARCHITECTURES
from gazeengine.checkpoint import Checkpoint, all_kept, load, new_checkpoint, save
from gazeengine.errors import CheckpointError, OutputError
from gazeengine.networks import build
from gazeengine.surgery import pruned
from tests.gazeengine.test_surgery import plan_of
from tests.networks import narrow_checkpoint, random_checkpoint, random_images, random_kept

CHECKPOINT = narrow_checkpoint("fastgaze")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "some.safetensors"


def parts(path):
    """(metadata, tensors) of a model file."""
    with safe_open(path, "np") as file:
        metadata = json.loads(file.metadata()["fishergaze"])
        return metadata, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def written(path, metadata, tensors):
    save_file(tensors, path, {"fishergaze": metadata if isinstance(metadata, str) else json.dumps(metadata)})
    return path


def assert_equal(a, b):
    assert (a.id, a.name, a.architecture.name, a.working_size) == (b.id, b.name, b.architecture.name, b.working_size)
    assert (a.provenance, a.scores, a.widths) == (b.provenance, b.scores, b.widths)
    assert a.weights.keys() == b.weights.keys()
    for name in a.weights:
        assert a.weights[name].dtype == b.weights[name].dtype
        assert np.array_equal(a.weights[name], b.weights[name])
    for name in a.kept:
        assert np.array_equal(a.kept[name], b.kept[name])
    assert (a.signal is None) == (b.signal is None)
    if a.signal is not None:
        assert (a.signal.n_images, a.signal.targets) == (b.signal.n_images, b.signal.targets)
        assert a.signal.checkpoint_id == b.signal.checkpoint_id
        for name in a.signal.delta:
            assert np.array_equal(a.signal.delta[name], b.signal.delta[name])


# there and back


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_saved_checkpoint_is_the_same_when_loaded(name, path):
    checkpoint = narrow_checkpoint(name, most=2)
    save(checkpoint, path)
    assert_equal(load(path), checkpoint)


def test_a_loaded_network_predicts_the_same(path):
    save(CHECKPOINT, path)
    images = random_images(1, 33, 47)
    assert torch.equal(build(load(path))(images), build(CHECKPOINT)(images))


def test_a_checkpoint_without_a_signal_has_none_when_loaded(path):
    checkpoint = replace(CHECKPOINT, signal=None)
    save(checkpoint, path)
    assert_equal(load(path), checkpoint)


def test_a_pruned_checkpoint_still_says_that_its_signal_is_the_parents(path):
    checkpoint = pruned(CHECKPOINT, plan_of(CHECKPOINT, random_kept(CHECKPOINT.widths, 0)))
    assert checkpoint.signal.checkpoint_id == CHECKPOINT.id != checkpoint.id
    save(checkpoint, path)
    assert_equal(load(path), checkpoint)


def test_saving_a_loaded_checkpoint_gives_the_same_bytes(path, tmp_path):
    save(CHECKPOINT, path)
    save(load(path), tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == path.read_bytes()


def test_names_of_any_language_and_provenance_of_any_depth_come_back(path):
    checkpoint = replace(CHECKPOINT, name="Сеть → 网络 👁", provenance={"β": [1, None, {"x": 0.25}]})
    save(checkpoint, path)
    assert_equal(load(path), checkpoint)


def test_half_precision_halves_the_file_and_rounds_convolutions_alone(path, tmp_path):
    checkpoint = narrow_checkpoint("fastgaze", most=40)
    save(checkpoint, tmp_path / "full.safetensors")
    save(checkpoint, path, half=True)
    assert path.stat().st_size < 0.55 * (tmp_path / "full.safetensors").stat().st_size
    half = load(path)
    assert half.id != checkpoint.id
    assert half.id == half.signal.checkpoint_id  # its own signal, for all that rounding does
    for name, array in checkpoint.weights.items():
        if array.ndim == 4:
            assert half.weights[name].dtype == np.float16
            np.testing.assert_allclose(half.weights[name], array, rtol=1e-3, atol=1e-6)
        else:
            assert np.array_equal(half.weights[name], array)
    images = random_images(1, 32, 32)
    torch.testing.assert_close(build(half)(images), build(checkpoint)(images), rtol=0, atol=0.05)
    assert next(build(half).parameters()).dtype == torch.float32


def test_half_precision_of_a_half_file_loses_nothing_more(path, tmp_path):
    save(CHECKPOINT, path, half=True)
    save(load(path), tmp_path / "again.safetensors", half=True)
    assert_equal(load(tmp_path / "again.safetensors"), load(path))


def test_half_precision_does_not_spoil_what_is_too_large_for_it(path):
    weights = dict(CHECKPOINT.weights)
    weights["features.0.weight"] = weights["features.0.weight"] * np.float32(1e6)
    save(replace(CHECKPOINT, weights=weights), path, half=True)
    assert np.array_equal(load(path).weights["features.0.weight"], weights["features.0.weight"])


def test_an_id_is_that_of_weights_and_architecture():
    again = narrow_checkpoint("fastgaze")
    assert again.id == CHECKPOINT.id
    weights = dict(again.weights)
    weights["readout.0.bias"] = weights["readout.0.bias"] + np.float32(1e-6)
    arguments = (again.kept, weights, again.working_size, again.provenance)
    changed = new_checkpoint(again.name, again.architecture, *arguments)
    assert changed.id != again.id


def test_a_checkpoint_counts_its_features_and_parameters():
    checkpoint = random_checkpoint()
    assert checkpoint.widths == checkpoint.architecture.widths
    assert (checkpoint.n_features, checkpoint.n_prunable) == (16, 11)
    floats = [a for n, a in checkpoint.weights.items() if not n.startswith(("readout.1", "readout.3"))]
    convolutions = sum(a.size for a in floats if a.ndim == 4)
    biases_and_norms = (5 + 3 + 1) + 2 * 4 + 2 * 4
    assert checkpoint.n_parameters == convolutions + biases_and_norms


def test_all_kept_is_every_feature():
    for architecture in ARCHITECTURES.values():
        kept = all_kept(architecture)
        assert {name: len(features) for name, features in kept.items()} == architecture.widths


# damaged files


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "whole.safetensors"
    save(CHECKPOINT, path)
    return path


@given(share=st.floats(0, 1, exclude_max=True))
@pytest.mark.parametrize("part", ["header", "tensors"])
def test_a_file_cut_off_anywhere_is_told(part, share, whole):
    content = whole.read_bytes()
    header = 8 + int.from_bytes(content[:8], "little")
    low, high = (0, header) if part == "header" else (header, len(content))
    path = whole.with_name("cut.safetensors")
    path.write_bytes(content[: low + int(share * (high - low))])
    with pytest.raises(CheckpointError, match=r"model file cut.safetensors: it is damaged, .* wanted a .safetensors"):
        load(path)


@settings(max_examples=80)
@given(share=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255))
def test_a_changed_byte_of_the_header_is_told_or_does_no_harm(share, byte, whole):
    changed = bytearray(whole.read_bytes())
    header = 8 + int.from_bytes(changed[:8], "little")
    changed[int(share * header)] = byte
    path = whole.with_name("changed.safetensors")
    path.write_bytes(changed)
    assert_loads_or_is_told(path)


def assert_loads_or_is_told(path):
    try:
        checkpoint = load(path)
    except CheckpointError as error:
        assert str(error).startswith(f"model file {path.name}: ")  # noqa: PT017
        assert "wanted" in str(error)  # noqa: PT017
    else:
        assert isinstance(checkpoint, Checkpoint)
        build(checkpoint)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=80)
@given(
    key=st.sampled_from(
        ["format", "version", "name", "architecture", "widths", "working_size", "provenance", "scores", "signal"]
    ),
    value=json_values | st.just(float("inf")) | st.lists(st.integers(-3, 3) | st.just(1e400), min_size=2, max_size=2),
)
def test_any_metadata_loads_or_is_told(key, value, whole):
    metadata, tensors = parts(whole)
    path = whole.with_name("metadata.safetensors")
    written(path, metadata | {key: value}, tensors)
    assert_loads_or_is_told(path)


@pytest.mark.parametrize(
    "text", ["", "{", "null", "[1, 2]", '"text"', "[" * 100_000, "9" * 5000, '{"format": "fishergaze"}']
)
def test_damaged_json_is_told(text, path):
    save(CHECKPOINT, path)
    written(path, text, parts(path)[1])
    with pytest.raises(CheckpointError, match=r"model file some.safetensors: .*, wanted"):
        load(path)


def test_a_newer_version_is_told(path):
    save(CHECKPOINT, path)
    metadata, tensors = parts(path)
    written(path, metadata | {"version": 2}, tensors)
    with pytest.raises(CheckpointError, match="it has format version 2, wanted at most 1: a newer FisherGaze"):
        load(path)


@pytest.mark.parametrize("version", [0, -1])
def test_an_impossible_version_is_told(version, path):
    save(CHECKPOINT, path)
    metadata, tensors = parts(path)
    written(path, metadata | {"version": version}, tensors)
    with pytest.raises(CheckpointError, match=f"it has format version {version}, wanted 1 to 1"):
        load(path)


def test_an_unknown_architecture_is_told(path):
    save(random_checkpoint(), path)
    with pytest.raises(CheckpointError, match=r"some.safetensors: architecture 'tiny' is not known, wanted fastgaze,"):
        load(path)


@pytest.mark.parametrize("size", [[0, 320], [240, -1], [240], [240, 320, 3], "ab", [240, None]])
def test_an_impossible_working_size_is_told(size, path):
    save(CHECKPOINT, path)
    metadata, tensors = parts(path)
    written(path, metadata | {"working_size": size}, tensors)
    with pytest.raises(CheckpointError, match=r"model file some.safetensors: .*, wanted"):
        load(path)


def test_a_foreign_safetensors_file_is_told(path):
    save_file({"x": np.zeros(3)}, path)
    with pytest.raises(CheckpointError, match="it is a safetensors file without FisherGaze's metadata, wanted a model"):
        load(path)
    save_file({"x": np.zeros(3)}, path, {"fishergaze": '{"format": "other"}'})
    with pytest.raises(CheckpointError, match="its metadata is foreign, wanted format 'fishergaze'"):
        load(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a pickle of torch", b"\xff" * 100, b"{}"])
def test_a_file_of_another_kind_is_told(content, path):
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"some.safetensors: it is damaged, truncated or no model"):
        load(path)


def test_a_missing_file_and_a_folder_are_told(tmp_path):
    with pytest.raises(CheckpointError, match=r"model file none.safetensors: there is no such file in .*, wanted"):
        load(tmp_path / "none.safetensors")
    folder = tmp_path / "folder.safetensors"
    folder.mkdir()
    with pytest.raises(CheckpointError, match=r"model file folder.safetensors: .*, wanted"):
        load(folder)


def missing_weight(tensors):
    del tensors["network.features.3.weight"]


def wrong_shape(tensors):
    tensors["network.features.3.weight"] = np.zeros((3, 4, 3, 3), np.float32)


def foreign_weight(tensors):
    tensors["network.features.99.weight"] = np.zeros(3, np.float32)


def not_a_number(tensors):
    tensors["network.readout.0.weight"][0, 0] = np.nan


def blurred_beyond_bounds(tensors):
    tensors["network.log_blur_sigma"] = np.array(800.0, np.float32)


def infinite(tensors):
    tensors["network.features.3.weight"] = np.full((3, 3, 3, 3), np.inf, np.float16)


def whole_numbers(tensors):
    tensors["network.features.3.weight"] = np.ones((3, 3, 3, 3), np.int64)


def missing_kept(tensors):
    del tensors["kept.conv2_1"]


def unsorted_kept(tensors):
    tensors["kept.conv2_1"] = tensors["kept.conv2_1"][::-1].copy()


def kept_twice(tensors):
    tensors["kept.conv2_1"][:] = 5


def kept_beyond(tensors):
    tensors["kept.conv2_1"][-1] = 128


def kept_before(tensors):
    tensors["kept.conv2_1"][0] = -1


def nothing_kept(tensors):
    tensors["kept.conv2_1"] = np.zeros(0, np.int32)


def kept_in_halves(tensors):
    tensors["kept.conv2_1"] = tensors["kept.conv2_1"].astype(np.float32) + 0.5


def no_center_bias(tensors):
    del tensors["network.center_bias"]


def center_bias_in_a_row(tensors):
    tensors["network.center_bias"] = np.zeros(5, np.float32)


def empty_center_bias(tensors):
    tensors["network.center_bias"] = np.zeros((0, 5), np.float32)


def other_signal(tensors):
    tensors["fisher.conv2_1"] = np.zeros(7)


def missing_signal(tensors):
    del tensors["fisher.conv2_1"]


def negative_signal(tensors):
    tensors["fisher.conv2_1"][0] = -1


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (missing_weight, r"weight 'features.3.weight' is missing, wanted shape \(3, 3, 3, 3\)"),
        (wrong_shape, r"'features.3.weight' has shape \(3, 4, 3, 3\), wanted \(3, 3, 3, 3\)"),
        (foreign_weight, "'features.99.weight' belongs to no layer, wanted those of FastGaze"),
        (not_a_number, r"'readout.0.weight' has values that are not numbers \(NaN or infinite\), wanted"),
        (blurred_beyond_bounds, r"the logarithm of its blur is 800, wanted a blur of at most 1000 px"),
        (infinite, r"'features.3.weight' has values that are not numbers"),
        (whole_numbers, "'features.3.weight' is of int64, wanted floating point numbers"),
        (missing_kept, "'kept.conv2_1'.*, wanted"),
        (unsorted_kept, "layer 'conv2_1' keeps 3 features, wanted 1 to 128, sorted"),
        (kept_twice, "layer 'conv2_1' keeps 3 features, wanted 1 to 128, sorted"),
        (kept_beyond, "layer 'conv2_1' keeps feature 128, wanted 0 to 127"),
        (kept_before, "layer 'conv2_1' keeps feature -1, wanted 0 to 127"),
        (nothing_kept, "layer 'conv2_1' keeps 0 features, wanted 1 to 128"),
        (kept_in_halves, "layer 'conv2_1' keeps features of float32, wanted indices"),
        (no_center_bias, r"center_bias is missing or no grid, wanted a log density \(h, w\)"),
        (center_bias_in_a_row, r"center_bias is missing or no grid, wanted a log density \(h, w\)"),
        (empty_center_bias, r"center_bias is missing or no grid, wanted a log density \(h, w\)"),
        (other_signal, "layer 'conv2_1' has a Fisher signal of 7 features, wanted 3"),
        (missing_signal, "'fisher.conv2_1'.*, wanted"),
        (negative_signal, "Fisher signal of layer 'conv2_1' has values that are no numbers >= 0"),
    ],
)
def test_what_does_not_fit_is_told(spoil, message, path):
    save(CHECKPOINT, path)
    metadata, tensors = parts(path)
    spoil(tensors)
    written(path, metadata, tensors)
    with pytest.raises(CheckpointError, match=f"model file some.safetensors: .*{message}"):
        load(path)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float8_e4m3fn])
def test_a_type_that_numpy_does_not_know_is_told(dtype, path):
    save(CHECKPOINT, path)
    metadata, tensors = parts(path)
    tensors = {name: torch.from_numpy(array) for name, array in tensors.items()}
    tensors["network.features.3.weight"] = tensors["network.features.3.weight"].to(dtype)
    save_tensors(tensors, path, {"fishergaze": json.dumps(metadata)})
    with pytest.raises(CheckpointError, match=r"model file some.safetensors: .*wanted"):
        load(path)


# writing


def only(folder):
    return [p.name for p in folder.iterdir()]


def test_a_full_disk_leaves_the_old_file(path, monkeypatch):
    save(CHECKPOINT, path)
    before = path.read_bytes()

    def full(self, content):
        with self.open("wb") as file:
            file.write(content[:100])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match=r"some.safetensors: no space left on the device, wanted room for"):
        save(narrow_checkpoint("fastgaze", seed=1), path)
    assert path.read_bytes() == before
    assert only(path.parent) == ["some.safetensors"]


def test_a_crash_while_writing_leaves_the_old_file(path, monkeypatch):
    save(CHECKPOINT, path)
    before = path.read_bytes()

    def interrupted(source, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save(narrow_checkpoint("fastgaze", seed=1), path)
    assert path.read_bytes() == before
    assert only(path.parent) == ["some.safetensors"]


def test_a_folder_that_cannot_be_written_is_told(path, monkeypatch):
    def refused(*arguments):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(atomic.os, "open", refused)
    with pytest.raises(OutputError, match=r"some.safetensors: the folder .* cannot be written, wanted one where"):
        save(CHECKPOINT, path)


def test_a_folder_that_is_missing_is_told(tmp_path):
    with pytest.raises(OutputError, match=r"some.safetensors: there is no folder .*, wanted one that exists"):
        save(CHECKPOINT, tmp_path / "missing" / "some.safetensors")
    with pytest.raises(OutputError, match="found a folder of this name, wanted the name of a file"):
        save(CHECKPOINT, tmp_path)
