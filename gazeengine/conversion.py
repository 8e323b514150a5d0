"""The pruned FastGaze that the paper's authors published, as a model file of ours.

Its layers and numbers stay as they are; its input, its leaky slopes and its blur are said in our terms, and what it
lacks (the scale of a log density, a center bias) is fitted to validation pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open

from gazeengine.architecture import ARCHITECTURES
from gazeengine.checkpoint import Checkpoint, all_kept, new_checkpoint
from gazeengine.errors import CheckpointError, DataError
from gazeengine.fixations import DataSet, Stimulus, center_bias, counts, resized_log_density
from gazeengine.image import read_image, resized
from gazeengine.networks import GazeNetwork, build, uniform_center_bias
from gazeengine.predict import as_input, working_extent

ARCHITECTURE = ARCHITECTURES["published-fastgaze"]
WORKING_SIZE = 240, 320
BLUR_PX = 3.0
"""Standard deviation of its Gaussian. Its file says 3 without a unit; pixels behind the upsampling, as in Eq. 1, fit:
with cells of its grid, which are 16 pixels, the AUC on OSIE falls from 0.87 to 0.79."""

Floats = npt.NDArray[np.float64]

ORIGIN = {
    "origin": "Twitter's image cropping network, by the authors of Theis et al. (2018): a Fisher-pruned FastGaze",
    "source": "twitter-research/image-crop-analysis, bin/fastgaze.vxm",
    "licence": "Apache-2.0",
    "changes": "first convolution turned to RGB input, leaky slopes as PReLU weights, scale and center bias added",
}


@dataclass(frozen=True, slots=True)
class Calibration:
    """scale multiplies the map before the softmax, weight the center bias; the gain is over the bias alone."""

    scale: float
    weight: float
    gain_bits: float


def published(source: Path, training: Sequence[DataSet] = (), validation: Sequence[DataSet] = ()) -> Checkpoint:
    """The network of a safetensors file with the published names (conv1_1 to conv5_2, readout.0 to readout.3).

    With data the center bias is fitted to training, then scale and weight of the bias to validation by maximum
    likelihood; without, the map is taken as a log density as it is, and the bias is uniform. Raises
    CheckpointError where the file is not that network, DataError where data has no fixations or gains nothing.
    """
    weights = _weights(_read(source))
    habit = center_bias(training) if training else uniform_center_bias()
    weights["center_bias"] = habit
    provenance: dict[str, Any] = dict(ORIGIN) | {"file": source.name}
    if validation:
        fitted = calibrated(_checkpoint(weights, provenance), validation)
        last = ARCHITECTURE.layers[-1].key
        for part in ("weight", "bias"):  # a leaky unit passes a positive scale on
            weights[f"{last}.{part}"] = weights[f"{last}.{part}"] * np.float32(fitted.scale)
        weights["center_bias_weight"] = np.array(fitted.weight, np.float32)
        provenance["calibration"] = {
            "data": [data.name for data in validation],
            "scale": fitted.scale,
            "center_bias_weight": fitted.weight,
            "information_gain_bits_over_center_bias": fitted.gain_bits,
        }
    if training:
        provenance["center_bias"] = [data.name for data in training]
    return _checkpoint(weights, provenance)


def calibrated(checkpoint: Checkpoint, data_sets: Sequence[DataSet], n_steps: int = 50) -> Calibration:
    """Scale and center bias weight under which the fixations are most likely, each fixation weighing the same.

    The likelihood of exp(scale map + weight bias) / Z is concave in both, so Newton's method finds the maximum.
    Raises DataError where the data has no fixations, or where a scale of 0 or below is best.
    """
    network = build(checkpoint)
    network.center_bias_weight.zero_()
    stimuli = [s for data in data_sets for s in data.stimuli if len(s.x)]
    names = ", ".join(data.name for data in data_sets)
    if not stimuli:
        raise DataError(f"data set {names}: no picture has fixations, wanted some to fit the scale to")
    pictures = [_features(network, checkpoint.working_size, stimulus) for stimulus in stimuli]
    n_fixations = sum(float(fixated.sum()) for _, fixated in pictures)
    theta = np.array([1.0, 1.0])
    value, gradient, curvature = _likelihood(pictures, theta)
    for _ in range(n_steps):
        step = np.linalg.solve(curvature + 1e-9 * np.eye(2), gradient)
        while True:  # halved until it climbs
            tried = _likelihood(pictures, theta + step)
            if tried[0] >= value or abs(step).max() < 1e-9:
                break
            step /= 2
        theta, (value, gradient, curvature) = theta + step, tried
        if abs(step).max() < 1e-6:
            break
    if not theta[0] > 0:
        raise DataError(f"data set {names}: the map says nothing about where people looked (scale {theta[0]:.3g})")
    alone, _, _ = _likelihood(pictures, np.array([0.0, 1.0]))
    return Calibration(float(theta[0]), float(theta[1]), float((value - alone) / n_fixations / np.log(2)))


def _likelihood(pictures: Sequence[tuple[Floats, Floats]], theta: Floats) -> tuple[float, Floats, Floats]:
    """Summed log-likelihood, its gradient (2,) and minus its curvature (2, 2)."""
    value, gradient, curvature = 0.0, np.zeros(2), np.zeros((2, 2))
    for features, fixated in pictures:  # (2, H W), (H W,)
        logits = theta @ features
        logits -= logits.max()
        density = np.exp(logits)
        total = density.sum()
        density /= total
        n = fixated.sum()
        mean = features @ density
        value += float(logits @ fixated - n * np.log(total))
        gradient += features @ fixated - n * mean
        curvature += n * ((features * density) @ features.T - np.outer(mean, mean))
    return value, gradient, curvature


def _features(network: GazeNetwork, working_size: tuple[int, int], stimulus: Stimulus) -> tuple[Floats, Floats]:
    """The network's map and its center bias (2, H W), and fixations (H W,), at the extent at which it looks."""
    extent = working_extent(stimulus.height, stimulus.width, working_size, network.architecture.stride)
    images = as_input(resized(read_image(stimulus.path).rgb, *extent))
    with torch.inference_mode():
        alone = network(images)[0].numpy()  # up to a constant, which the softmax takes away
    habit = resized_log_density(network.center_bias.numpy(), *extent)
    features = np.stack([alone.ravel(), habit.ravel()]).astype(np.float64)
    return features, counts(stimulus, *extent).ravel().astype(np.float64)


def _checkpoint(weights: dict[str, npt.NDArray[Any]], provenance: dict[str, Any]) -> Checkpoint:
    return new_checkpoint("Published FastGaze", ARCHITECTURE, all_kept(ARCHITECTURE), weights, WORKING_SIZE, provenance)


def _weights(tensors: dict[str, npt.NDArray[np.float32]]) -> dict[str, npt.NDArray[Any]]:
    weights: dict[str, npt.NDArray[Any]] = {
        "log_blur_sigma": np.array(np.log(BLUR_PX), np.float32),
        "center_bias_weight": np.array(1, np.float32),
    }
    for layer in ARCHITECTURE.layers:
        theirs = _their_name(layer.name)
        weight = tensors[f"{theirs}.weight"]
        if not layer.inputs:  # theirs takes BGR, a picture of ours is RGB
            weight = np.ascontiguousarray(weight[:, ::-1])
        weights[f"{layer.key}.weight"] = weight
        weights[f"{layer.key}.bias"] = tensors[f"{theirs}.bias"]
        if layer.activation_key is not None:
            weights[f"{layer.activation_key}.weight"] = tensors[f"{theirs}.alpha"]
    return weights


def _their_name(layer: str) -> str:
    return f"readout.{int(layer.removeprefix('readout')) - 1}" if layer.startswith("readout") else layer


def _read(source: Path) -> dict[str, npt.NDArray[np.float32]]:
    subject = f"weights {source.name}"
    try:
        with safe_open(source, "np") as file:
            found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError as error:
        raise CheckpointError(f"{subject}: there is no such file in {source.parent}") from error
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{subject}: it is damaged or no safetensors file ({error})") from error
    read = 3
    for layer in ARCHITECTURE.layers:
        expected = {"weight": (layer.features, read, layer.kernel, layer.kernel), "bias": (layer.features,)}
        if layer.activation_key is not None:
            expected["alpha"] = (1,)
        for part, shape in expected.items():
            name = f"{_their_name(layer.name)}.{part}"
            if name not in found or found[name].shape != shape:
                problem = f"has shape {found[name].shape}" if name in found else "is missing"
                raise CheckpointError(f"{subject}: {name!r} {problem}, wanted {shape} of the published FastGaze")
            if not np.isfinite(found[name]).all():
                raise CheckpointError(f"{subject}: {name!r} has values that are not numbers (NaN or infinite)")
        read = layer.features
    return {name: array.astype(np.float32) for name, array in found.items()}
