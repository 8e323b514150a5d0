"""What teachers are tested with: pictures, narrow networks with the same features, their features on disk, commands."""

import resource
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

from gazeengine.__main__ import main
from gazeengine.architecture import ARCHITECTURES, Architecture
from gazeengine.checkpoint import shapes
from gazeengine.feature_cache import FeatureCache
from gazeengine.fixations import Stimulus, read_data_set
from gazeengine.networks import GazeNetwork
from tests.data_sets import made_data_set
from tests.networks import FEW, narrow, random_network

EXTENT = 32, 48
VGG = ARCHITECTURES["deepgaze2-vgg16"]


def narrowed(architecture: Architecture, most: int = FEW) -> Architecture:
    """The architecture with at most so many features a layer, as if that were all it ever had."""
    layers = tuple(replace(layer, features=min(most, layer.features)) for layer in architecture.layers)
    return replace(architecture, layers=layers)


def looked_at(folder: Path, n: int = 6) -> list[Stimulus]:
    """Made pictures with fixations."""
    return list(read_data_set(made_data_set(folder, ("train",), n), "train").stimuli)


def networks_with_one_backbone(n: int, architecture: Architecture = VGG) -> list[GazeNetwork]:
    """Networks of few features that differ in all that stands behind these, blurs of very different reach among it."""
    networks = [random_network(architecture, narrow(architecture), seed=i) for i in range(n)]
    features = {name: t for name, t in networks[0].state_dict().items() if name.startswith("features.")}
    for i, network in enumerate(networks):
        network.load_state_dict(features, strict=False)
        network.center_bias_weight.fill_(0.4 + 0.3 * i)
        network.log_blur_sigma.copy_(torch.tensor(3.0 * (i + 1)).log())
    return networks


def filled_cache(network: GazeNetwork, stimuli: list[Stimulus], folder: Path) -> FeatureCache:
    cache = FeatureCache(network, EXTENT, folder)
    cache.make_room(stimuli)
    for stimulus in cache.missing(stimuli):
        cache.add(stimulus)
    return cache


def narrow_all(monkeypatch) -> None:
    """Known architectures with at most eight features a layer: trained in a moment, each by its own name."""
    for name, architecture in ARCHITECTURES.items():
        monkeypatch.setitem(ARCHITECTURES, name, narrowed(architecture, 8))


def features_file(path: Path, architecture: str, seed: int = 0) -> Path:
    """A file of random features of an architecture, by torchvision's names."""
    one = ARCHITECTURES[architecture]
    rng = np.random.default_rng(seed)
    weights = {
        name: rng.normal(0.02, (2 / max(1, np.prod(shape[1:]))) ** 0.5, shape).astype(np.float32)
        for name, shape in shapes(one, one.widths).items()
        if name.startswith("features.") and not name.endswith("num_batches_tracked")
    }
    save_file({n: 1 + abs(w) if n.endswith("running_var") else w for n, w in weights.items()}, path)
    return path


def teacher_line(folder: Path, data: Path, *more: str) -> list[str]:
    """A teacher command that takes a second; its run is folder/teacher, its model folder/teacher.safetensors."""
    features = folder / "vgg16.safetensors"
    if not features.exists():
        features_file(features, "deepgaze2-vgg16")
    return [
        "teacher",
        *("--features", str(features), "--data", str(data), "--size", "32x48", "--folds", "2", "--steps", "7"),
        *("--validate-every", "3", "--batch", "2", "--run", str(folder / "teacher")),
        *("--out", str(folder / "teacher.safetensors"), "--json", *more),
    ]


def taught(folder: Path, data: Path, *, pictures: tuple[Path, ...] = ()) -> Path:
    """The maps of a teacher of data, and of more folders of pictures."""
    assert main(teacher_line(folder, data)) == 0
    line = ["maps", str(folder / "teacher"), "--data", str(data), "--out", str(folder / "maps"), "--json"]
    assert main([*line, *(word for more in pictures for word in ("--data", str(more)))]) == 0
    return folder / "maps"


@contextmanager
def disk_that_takes(size: int):
    """In the block no file grows beyond size bytes: what is written ends in the middle, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
