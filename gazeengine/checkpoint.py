"""The model file: one .safetensors with weights, center bias and Fisher signal, and JSON metadata. No pickle.

Plain numpy: the window reads widths, signal and scores from it before torch is there. Weights may be stored as
float16; networks compute in float32.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as serialized

from gazeengine.architecture import ARCHITECTURES, Architecture, Layer
from gazeengine.atomic import written_beside
from gazeengine.cost import parameter_model
from gazeengine.errors import CheckpointError, cause
from gazeengine.plan import FisherSignal

FORMAT = "fishergaze"
VERSION = 1
WIDEST_BLUR_PX = 1000  # wider than any picture at its working size
SUFFIX = ".safetensors"

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]

_WEIGHT, _SIGNAL, _KEPT = "network.", "fisher.", "kept."


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A trained network as it lies in a file; nothing in it needs torch.

    weights are the network's state dict; kept maps a layer to the indices of its features in the architecture's
    unpruned network; working_size is (height, width) in pixels, the extent at which a picture is looked at;
    provenance says how it came to be (parent, beta, n, criterion, data, seed, versions); scores maps a data set
    to what was measured on it. id is a hash of weights and architecture.
    """

    id: str
    name: str
    architecture: Architecture
    kept: Mapping[str, Ints]
    weights: Mapping[str, Array]
    working_size: tuple[int, int]
    signal: FisherSignal | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, Any] = field(default_factory=dict)

    @property
    def widths(self) -> dict[str, int]:
        return {name: len(features) for name, features in self.kept.items()}

    @property
    def n_features(self) -> int:
        return sum(self.widths.values())

    @property
    def n_prunable(self) -> int:
        """Features that can go: the last of each layer stays."""
        return self.n_features - len(self.kept)

    @property
    def n_parameters(self) -> int:
        return parameter_model(self.architecture).total(self.widths)


def new_checkpoint(
    name: str,
    architecture: Architecture,
    kept: Mapping[str, Ints],
    weights: Mapping[str, Array],
    working_size: tuple[int, int],
    provenance: Mapping[str, Any],
    scores: Mapping[str, Any] | None = None,
    signal: FisherSignal | None = None,
) -> Checkpoint:
    """A checkpoint of these weights, its id computed."""
    identity = _identity(architecture, weights)
    return Checkpoint(identity, name, architecture, kept, weights, working_size, signal, provenance, scores or {})


def all_kept(architecture: Architecture) -> dict[str, Ints]:
    """Every feature of every layer: the unpruned network."""
    return {name: np.arange(width) for name, width in architecture.widths.items()}


def save(checkpoint: Checkpoint, path: Path, *, half: bool = False) -> None:
    """Write checkpoint to path, whole or not at all; half stores the weights of convolutions as float16.

    A half file has rounded weights and so an id of its own. Raises OutputError where the file cannot be written.
    """
    weights = {name: _stored(array, half) for name, array in checkpoint.weights.items()}
    tensors: dict[str, Array] = {_WEIGHT + name: array for name, array in weights.items()}
    tensors |= {_KEPT + name: np.asarray(kept, np.int32) for name, kept in checkpoint.kept.items()}
    metadata: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "name": checkpoint.name,
        "architecture": checkpoint.architecture.name,
        "widths": checkpoint.widths,
        "working_size": list(checkpoint.working_size),
        "provenance": dict(checkpoint.provenance),
        "scores": dict(checkpoint.scores),
    }
    if checkpoint.signal is not None:
        tensors |= {_SIGNAL + name: np.asarray(d, np.float64) for name, d in checkpoint.signal.delta.items()}
        metadata["signal"] = {"n_images": checkpoint.signal.n_images, "targets": checkpoint.signal.targets}
        if checkpoint.signal.checkpoint_id != checkpoint.id:  # a parent's estimate, cut to what is left
            metadata["signal"]["checkpoint_id"] = checkpoint.signal.checkpoint_id
    contiguous = {n: np.array(t, order="C") for n, t in tensors.items()}
    content = serialized(contiguous, {FORMAT: json.dumps(metadata)})
    with written_beside(path) as beside:
        beside.write_bytes(content)


def load(path: Path) -> Checkpoint:
    """Read a model file and check that it fits its architecture.

    Raises CheckpointError with what was found and what is wanted: a file that is missing, truncated, foreign, of a
    newer version, with layers of other shapes than its widths, or with weights that are not numbers.
    """
    subject = f"model file {path.name}"
    metadata, tensors = _read(path, subject)
    try:
        version = int(metadata["version"])
        if version < 1:
            raise CheckpointError(f"{subject}: it has format version {version}, wanted 1 to {VERSION}")
        if version > VERSION:
            raise CheckpointError(
                f"{subject}: it has format version {version}, wanted at most {VERSION}: a newer FisherGaze wrote it"
            )
        known = metadata["architecture"]
        if known not in ARCHITECTURES:
            raise CheckpointError(f"{subject}: architecture {known!r} is not known, wanted {', '.join(ARCHITECTURES)}")
        architecture = ARCHITECTURES[known]
        kept = {layer.name: _kept(tensors, layer, subject) for layer in architecture.owners}
        height, width = (int(n) for n in metadata["working_size"])
        if height < 1 or width < 1:
            raise CheckpointError(f"{subject}: its working size is {height} x {width} pixels, wanted 1 x 1 or more")
        weights = {n.removeprefix(_WEIGHT): t for n, t in tensors.items() if n.startswith(_WEIGHT)}
        _check(architecture, kept, weights, subject)
        identity = _identity(architecture, weights)
        signal = _signal(metadata.get("signal"), tensors, kept, identity, subject)
        return Checkpoint(
            identity,
            str(metadata["name"]),
            architecture,
            kept,
            weights,
            (height, width),
            signal,
            dict(metadata["provenance"]),
            dict(metadata["scores"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise CheckpointError(
            f"{subject}: its metadata is damaged ({cause(error)}), wanted that of a FisherGaze model"
        ) from error


def shapes(architecture: Architecture, widths: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a network's weights at these widths: its state dict, but for the center bias."""
    expected: dict[str, tuple[int, ...]] = {"log_blur_sigma": (), "center_bias_weight": ()}
    every = architecture.expanded(widths)
    for layer in architecture.layers:
        c_in = sum(every[tap.layer] for tap in layer.inputs) if layer.inputs else 3
        c_out = every[layer.name]
        expected[f"{layer.key}.weight"] = (c_out, 1 if layer.depthwise else c_in, layer.kernel, layer.kernel)
        if layer.bias:
            expected[f"{layer.key}.bias"] = (c_out,)
        if layer.activation_key is not None:
            expected[f"{layer.activation_key}.weight"] = (1,)
        for key, channels in ((layer.input_norm, c_in), (layer.output_norm, c_out)):
            if key is not None:
                expected |= {f"{key}.{part}": (channels,) for part in NORM_PARTS}
                expected[key + _COUNT] = ()
    return expected


_COUNT = ".num_batches_tracked"
NORM_PARTS = ("weight", "bias", "running_mean", "running_var")


def _read(path: Path, subject: str) -> tuple[dict[str, Any], dict[str, Array]]:
    try:
        with safe_open(path, "np") as file:
            header = (file.metadata() or {}).get(FORMAT)
            if header is None:
                raise CheckpointError(
                    f"{subject}: it is a safetensors file without FisherGaze's metadata, wanted a model saved by "
                    "FisherGaze"
                )
            metadata = json.loads(header)
            if not isinstance(metadata, dict) or metadata.get("format") != FORMAT:
                raise CheckpointError(f"{subject}: its metadata is foreign, wanted format {FORMAT!r}")
            return metadata, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError as error:
        raise CheckpointError(f"{subject}: there is no such file in {path.parent}, wanted a {SUFFIX} model") from error
    except RecursionError as error:
        raise CheckpointError(f"{subject}: its metadata is nested without end, wanted format {FORMAT!r}") from error
    # ValueError for JSON, TypeError for numbers that numpy has no type for, as bfloat16
    except (SafetensorError, OSError, ValueError, TypeError, AttributeError) as error:
        raise CheckpointError(
            f"{subject}: it is damaged, truncated or no model ({error}), wanted a {SUFFIX} model"
        ) from error


def _kept(tensors: Mapping[str, Array], layer: Layer, subject: str) -> Ints:
    kept = tensors[_KEPT + layer.name]
    if kept.dtype.kind not in "iu":
        raise CheckpointError(f"{subject}: layer {layer.name!r} keeps features of {kept.dtype}, wanted indices")
    kept = kept.astype(np.int64)
    if not (kept.ndim == 1 and 1 <= len(kept) <= layer.features and (np.diff(kept) > 0).all()):
        raise CheckpointError(
            f"{subject}: layer {layer.name!r} keeps {kept.size} features, wanted 1 to {layer.features}, sorted"
        )
    if kept[0] < 0 or kept[-1] >= layer.features:
        worst = kept[0] if kept[0] < 0 else kept[-1]
        raise CheckpointError(
            f"{subject}: layer {layer.name!r} keeps feature {worst}, wanted 0 to {layer.features - 1}"
        )
    return kept


def _check(architecture: Architecture, kept: Mapping[str, Ints], weights: Mapping[str, Array], subject: str) -> None:
    expected = shapes(architecture, {name: len(features) for name, features in kept.items()})
    for name, shape in expected.items():
        if name not in weights:
            raise CheckpointError(f"{subject}: weight {name!r} is missing, wanted shape {shape}")
        if weights[name].shape != shape:
            raise CheckpointError(f"{subject}: weight {name!r} has shape {weights[name].shape}, wanted {shape}")
    if unknown := sorted(weights.keys() - expected.keys() - {"center_bias"}):
        raise CheckpointError(
            f"{subject}: weight {unknown[0]!r} belongs to no layer, wanted those of {architecture.title}"
        )
    center_bias = weights.get("center_bias", np.zeros(0))
    if center_bias.ndim != 2 or not center_bias.size:
        raise CheckpointError(f"{subject}: center_bias is missing or no grid, wanted a log density (h, w)")
    for name, array in weights.items():
        kind, wanted = ("iu", "a whole number") if name.endswith(_COUNT) else ("f", "floating point numbers")
        if array.dtype.kind not in kind:
            raise CheckpointError(f"{subject}: weight {name!r} is of {array.dtype}, wanted {wanted}")
        if not np.isfinite(array).all():
            raise CheckpointError(
                f"{subject}: weight {name!r} has values that are not numbers (NaN or infinite), wanted a network "
                "whose training did not diverge"
            )
    if not abs(float(weights["log_blur_sigma"])) <= np.log(WIDEST_BLUR_PX):
        raise CheckpointError(
            f"{subject}: the logarithm of its blur is {float(weights['log_blur_sigma']):.4g}, wanted a blur of at "
            f"most {WIDEST_BLUR_PX} px"
        )


def _signal(
    about: Mapping[str, Any] | None, tensors: Mapping[str, Array], kept: Mapping[str, Ints], identity: str, subject: str
) -> FisherSignal | None:
    if about is None:
        return None
    n_images, targets = int(about["n_images"]), str(about["targets"])
    delta = {}
    for name, features in kept.items():
        delta[name] = tensors[_SIGNAL + name].astype(np.float64)
        if delta[name].shape != features.shape:
            raise CheckpointError(
                f"{subject}: layer {name!r} has a Fisher signal of {delta[name].size} features, wanted {len(features)}"
            )
        if not (np.isfinite(delta[name]).all() and (delta[name] >= 0).all()):
            raise CheckpointError(f"{subject}: the Fisher signal of layer {name!r} has values that are no numbers >= 0")
        delta[name].flags.writeable = False
    estimated_for = str(about.get("checkpoint_id", identity))
    return FisherSignal(estimated_for, n_images, targets, delta)


def _stored(array: Array, half: bool) -> Array:
    if not half or array.dtype != np.float32 or array.ndim != 4:
        return array
    with np.errstate(over="ignore"):
        rounded = array.astype(np.float16)
    return rounded if np.isfinite(rounded).all() else array  # one too large for it stays as it is


def _identity(architecture: Architecture, weights: Mapping[str, Array]) -> str:
    digest = hashlib.sha256(architecture.name.encode())
    for name in sorted(weights):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(weights[name]).data)
    return digest.hexdigest()[:16]
