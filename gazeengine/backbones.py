"""Pretrained features: torchvision's own, where they can be downloaded, or those of a file.

A VGG-19 can be made from a VGG-16, and torchvision is brought to life where it was built for another torch.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from http.client import HTTPException
from pathlib import Path
from pickle import UnpicklingError
from types import ModuleType

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from gazeengine.architecture import ARCHITECTURES, Architecture
from gazeengine.checkpoint import shapes
from gazeengine.errors import CheckpointError

TORCHVISION = "torchvision"
"""What stands for torchvision's own weights where a file may be named."""

PUBLISHED: Mapping[str, str] = {
    "fastgaze": "VGG11_Weights",
    "densegaze": "DenseNet121_Weights",
    "deepgaze2": "VGG19_Weights",
    "deepgaze2-vgg16": "VGG16_Weights",
}
"""What torchvision calls the weights of an architecture's features. Of each it is IMAGENET1K_V1."""

_PREFIX = "features."
_OLD_NAME = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12]\.)")  # norm.1 in DenseNet's file is norm1 in the network

_schemas: list[torch.library.Library] = []  # what they declare is gone with the last reference to them


def import_torchvision() -> ModuleType:
    """torchvision, also where its compiled operators are for another build of torch than the one installed.

    Its import stops then for want of the operators nms and qnms; it is enough to declare them. What needs them
    (detection) fails when it is called; networks and their weights work. Raises CheckpointError where
    torchvision is not installed.
    """
    try:
        return importlib.import_module("torchvision")
    except ModuleNotFoundError as error:
        if error.name != "torchvision":
            raise
        raise CheckpointError(
            "torchvision: it is not installed, wanted it for pretrained features: pip install 'fishergaze[pretrained]'"
        ) from error
    except RuntimeError as error:
        if "torchvision::nms does not exist" not in str(error):
            raise
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]  # half loaded
    library = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")  # type: ignore[no-untyped-call]
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")  # type: ignore[no-untyped-call]
    _schemas.append(library)
    return importlib.import_module("torchvision")


def features_named(source: str, architecture: Architecture) -> dict[str, Tensor]:
    """The weights of an unpruned network's features that source stands for: torchvision's own, or those of a file."""
    if source == TORCHVISION:
        return torchvision_features(architecture)
    return pretrained_features(Path(source), architecture)


def origin(source: str, architecture: Architecture) -> str:
    """How features_named's weights are called in what is made of them."""
    return f"torchvision {_published(architecture)}.IMAGENET1K_V1" if source == TORCHVISION else Path(source).name


def torchvision_features(architecture: Architecture) -> dict[str, Tensor]:
    """The weights of an unpruned network's features as torchvision publishes them, downloaded where they aren't yet.

    Raises CheckpointError where they can't be, or torchvision isn't installed.
    """
    name = _published(architecture)
    published = getattr(import_torchvision().models, name).IMAGENET1K_V1
    try:
        with redirect_stdout(sys.stderr):  # where torch says that it downloads
            tensors = published.get_state_dict(progress=sys.stderr.isatty(), check_hash=True, weights_only=True)
    except (OSError, HTTPException, RuntimeError, EOFError, LookupError, ValueError, UnpicklingError) as error:
        raise CheckpointError(
            f"weights {name} of torchvision: they cannot be had from {published.url}, nor read in "
            f"{torch.hub.get_dir()}/checkpoints ({error}), wanted a network, or a file of features"
        ) from error
    renamed = {_OLD_NAME.sub(r"\1\2", key): tensor for key, tensor in tensors.items()}
    return _features(renamed, architecture, f"weights {name} of torchvision")


def _published(architecture: Architecture) -> str:
    if architecture.name not in PUBLISHED:
        raise CheckpointError(f"torchvision: it has no weights for {architecture.title}, wanted a file of features")
    return PUBLISHED[architecture.name]


def pretrained_features(source: Path, architecture: Architecture) -> dict[str, Tensor]:
    """The weights of an unpruned network's features from a safetensors file, in float32, by their state-dict names.

    Names are torchvision's, with or without "features." before them; numbers are float16 or float32. What lies
    behind the last layer that is read (a classifier, DenseNet's fourth block) is left out. For a VGG-19 it may be
    the file of a VGG-16, of which one is made. Raises CheckpointError where a weight is missing, of another shape or
    not a number.
    """
    subject = f"weights {source.name}"
    tensors = _read(source, subject)
    if not any(name.startswith(_PREFIX) for name in tensors):
        tensors = {_PREFIX + name: tensor for name, tensor in tensors.items()}
    if architecture.name == "deepgaze2" and f"{architecture['conv5_4'].key}.weight" not in tensors:
        return vgg19_from_vgg16(_features(tensors, ARCHITECTURES["deepgaze2-vgg16"], subject))
    return _features(tensors, architecture, subject)


def _features(tensors: Mapping[str, Tensor], architecture: Architecture, subject: str) -> dict[str, Tensor]:
    """Those of tensors that are an unpruned network's features, checked."""
    features: dict[str, Tensor] = {}
    for name, shape in shapes(architecture, architecture.widths).items():
        if not name.startswith(_PREFIX):
            continue
        if name.endswith(".num_batches_tracked"):  # counts training steps; many files leave it out
            features[name] = tensors.get(name, torch.tensor(0)).long()
            continue
        if name not in tensors:
            raise CheckpointError(
                f"{subject}: weight {name!r} is missing, wanted shape {shape} of {architecture.title}"
            )
        tensor = tensors[name]
        if tuple(tensor.shape) != shape:
            raise CheckpointError(
                f"{subject}: weight {name!r} has shape {tuple(tensor.shape)}, wanted {shape} of {architecture.title}"
            )
        if tensor.dtype not in (torch.float16, torch.float32):
            found = str(tensor.dtype).removeprefix("torch.")
            raise CheckpointError(f"{subject}: weight {name!r} is {found}, wanted float16 or float32")
        if not tensor.isfinite().all():
            raise CheckpointError(f"{subject}: weight {name!r} has values that are NaN or infinite, wanted numbers")
        features[name] = tensor.float()
    return features


def vgg19_from_vgg16(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Features of a VGG-19 with the function of this VGG-16, by their state-dict names.

    The fourth convolution of blocks 3, 4 and 5 starts as the identity kernel, which what comes out of a ReLU
    passes unchanged. Raises CheckpointError where weights are not a VGG-16's.
    """
    small, large = ARCHITECTURES["deepgaze2-vgg16"], ARCHITECTURES["deepgaze2"]
    result: dict[str, Tensor] = {}
    for layer in large.layers:
        if layer.group == "readout":
            continue
        if layer.name in small.widths:
            weight, bias = (_wanted(weights, f"{small[layer.name].key}.{part}") for part in ("weight", "bias"))
        else:
            before = result[f"{large[layer.inputs[0].layer].key}.weight"]
            weight, bias = _identity_kernel(before, layer.kernel), before.new_zeros(len(before))
        result[f"{layer.key}.weight"], result[f"{layer.key}.bias"] = weight, bias
    return result


def _wanted(weights: Mapping[str, Tensor], name: str) -> Tensor:
    if name not in weights:
        raise CheckpointError(f"weights: {name!r} is missing, wanted the features of a VGG-16")
    return weights[name]


def _identity_kernel(before: Tensor, kernel: int) -> Tensor:
    """A kernel (C, C, K, K) that passes on the C features which the convolution before it gives."""
    features = len(before)
    identity = before.new_zeros(features, features, kernel, kernel)
    identity[:, :, kernel // 2, kernel // 2] = torch.eye(features, dtype=before.dtype)
    return identity


def _read(source: Path, subject: str) -> dict[str, Tensor]:
    try:
        with safe_open(source, "pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError as error:
        raise CheckpointError(
            f"{subject}: there is no such file in {source.parent}, wanted a safetensors file of features"
        ) from error
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{subject}: it is damaged or no safetensors file ({error}), wanted one of features"
        ) from error
