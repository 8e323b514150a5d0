import json

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from torch.nn import functional as F  # noqa: N812

from gazeengine.checkpoint import Checkpoint
from gazeengine.conversion import ARCHITECTURE, BLUR_PX, calibrated, published
from gazeengine.errors import CheckpointError, DataError
from gazeengine.evaluation import evaluate
from gazeengine.fixations import DataSet, center_bias, read_data_set
from gazeengine.networks import build
from tests.data_sets import made_data_set
from tests.networks import random_images

MEAN_BGR = (103.939, 116.779, 123.68)


@pytest.fixture(scope="module")
def tensors():
    """Random weights by the published names and in the published shapes."""
    rng = np.random.default_rng(0)
    found, read = {}, 3
    for layer in ARCHITECTURE.layers:
        name = layer.name if "conv" in layer.name else f"readout.{int(layer.name[-1]) - 1}"
        scale = (2 / (read * layer.kernel**2)) ** 0.5 / (100 if read == 3 else 1)
        found[f"{name}.weight"] = rng.normal(0, scale, (layer.features, read, layer.kernel, layer.kernel))
        found[f"{name}.bias"] = rng.normal(0, 0.1, layer.features)
        if layer.activation_key:
            found[f"{name}.alpha"] = rng.uniform(0.1, 0.4, 1)
        read = layer.features
    return {name: array.astype(np.float32) for name, array in found.items()}


@pytest.fixture(scope="module")
def source(tensors, tmp_path_factory):
    path = tmp_path_factory.mktemp("published") / "fastgaze.safetensors"
    save_file(tensors, path)
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = made_data_set(tmp_path_factory.mktemp("data") / "made", n=4)
    return [read_data_set(folder, split) for split in ("train", "val")]


def direct(tensors, rgb_bytes):
    """The published network as its table of layers says, on pictures (N, 3, H, W) in bytes, before its blur."""
    x = rgb_bytes.flip(1) - torch.tensor(MEAN_BGR).view(1, 3, 1, 1)
    for block in range(1, 6):
        for i in (1, 2):
            w, b = (torch.from_numpy(tensors[f"conv{block}_{i}.{part}"]) for part in ("weight", "bias"))
            x = F.relu(F.conv2d(x, w, b, padding=1))
        if block < 5:
            x = F.max_pool2d(x, 2, ceil_mode=True)
    for i in range(4):
        w, b, slope = (torch.from_numpy(tensors[f"readout.{i}.{part}"]) for part in ("weight", "bias", "alpha"))
        x = F.leaky_relu(F.conv2d(x, w, b), float(slope))
    return x


def test_the_readout_is_that_of_the_published_layers(source, tensors):
    images = random_images(2, 96, 128)
    network = build(published(source))
    expected = direct(tensors, 255 * images)
    torch.testing.assert_close(network.saliency(images), expected, rtol=1e-4, atol=1e-4 * float(expected.std()))
    assert network.blur_sigma == pytest.approx(BLUR_PX)


def test_without_data_it_has_no_center_bias(source):
    checkpoint = published(source)
    assert np.ptp(checkpoint.weights["center_bias"]) == 0
    assert checkpoint.provenance["licence"] == "Apache-2.0"
    assert checkpoint.working_size == (240, 320)


def test_the_fitted_scale_passes_through_the_leaky_unit(source, tensors, data, small_working_size):
    training, validation = data
    fitted = published(source, [training], [validation])
    scale = fitted.provenance["calibration"]["scale"]
    assert scale > 0
    images = random_images(1, 96, 128)
    expected = scale * direct(tensors, 255 * images)
    torch.testing.assert_close(build(fitted).saliency(images), expected, rtol=1e-4, atol=1e-4 * float(expected.std()))
    np.testing.assert_array_equal(fitted.weights["center_bias"], center_bias([training]))
    assert fitted.provenance["center_bias"] == ["made train"]


@pytest.fixture
def small_working_size(monkeypatch):
    monkeypatch.setattr("gazeengine.conversion.WORKING_SIZE", (48, 64))


def test_no_other_scale_or_weight_makes_validation_fixations_likelier(source, data, small_working_size):
    training, validation = data
    bias = center_bias([training])

    def gain(checkpoint: Checkpoint) -> float:
        *_, last = evaluate(build(checkpoint), (48, 64), landscape(validation), bias, "prior")
        return last.scores.information_gain_bits

    checkpoint = published(source, [training], [landscape(validation)])
    best = gain(checkpoint)
    assert best == pytest.approx(
        checkpoint.provenance["calibration"]["information_gain_bits_over_center_bias"], abs=0.02
    )
    for key in ("readout.6.weight", "readout.6.bias", "center_bias_weight"):
        for factor in (0.8, 1.25):
            weights = checkpoint.weights
            changed = dict(weights) | {key: weights[key] * np.float32(factor)}
            if key != "center_bias_weight":
                changed = dict(weights) | {k: weights[k] * np.float32(factor) for k in weights if "readout.6." in k}
            other = Checkpoint("", "x", ARCHITECTURE, checkpoint.kept, changed, (48, 64))
            assert gain(other) < best


def landscape(data):
    """The pictures of the working size itself, on whose pixels the fit is exact."""
    return DataSet(data.name, tuple(s for s in data.stimuli if (s.height, s.width) == (48, 64)))


def test_data_without_fixations_is_told(source):
    with pytest.raises(DataError, match="no picture has fixations"):
        calibrated(published(source), [DataSet("empty", ())])


@pytest.mark.parametrize("damage", ["missing", "shape", "nan", "text", "gone"])
def test_a_file_that_is_not_the_published_network_is_told(tensors, damage, tmp_path):
    path = tmp_path / "foreign.safetensors"
    changed = dict(tensors)
    if damage == "missing":
        del changed["readout.2.alpha"]
    elif damage == "shape":
        changed["conv3_1.weight"] = changed["conv3_1.weight"][:-1]
    elif damage == "nan":
        changed["conv3_1.bias"] = changed["conv3_1.bias"] * np.nan
    save_file({name: np.ascontiguousarray(array) for name, array in changed.items()}, path)
    if damage == "text":
        path.write_text("not a network")
    elif damage == "gone":
        path.unlink()
    with pytest.raises(CheckpointError, match=r"weights foreign\.safetensors"):
        published(path)


@pytest.mark.shared
def test_the_published_file_is_read_as_its_table_of_layers_says(shared):
    folder = shared / "weights" / "twitter-fastgaze"
    layers = json.loads((folder / "layers.json").read_text())
    widths = [layer["shape"][0] for layer in layers if layer["kind"] == "conv"]
    checkpoint = published(folder / "twitter_fastgaze.safetensors")
    assert list(checkpoint.widths.values()) == widths
    slopes = [layer["alpha"] for layer in layers if layer.get("act") == "leaky"]
    found = [float(checkpoint.weights[f"readout.{i}.weight"][0]) for i in (1, 3, 5, 7)]
    np.testing.assert_allclose(found, slopes, rtol=1e-6)
