"""An ensemble of readouts on the same frozen features in one file, and its average map of a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gazeengine.architecture import architecture
from gazeengine.checkpoint import Checkpoint
from gazeengine.errors import ArchitectureError, TrainingError, cause
from gazeengine.examples import CachedFeatures
from gazeengine.feature_cache import FeatureCache
from gazeengine.fixations import Floats
from gazeengine.fused import ready
from gazeengine.image import read_image
from gazeengine.networks import GazeNetwork, build, initialise
from gazeengine.predict import predict
from gazeengine.run_state import load_network, read_state, save_state
from gazeengine.stimuli import Stimulus
from gazeengine.teacher import Members
from gazeengine.teacher_maps import mean_density

MEMBERS = "members.safetensors"
_MEMBERS = "members."


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Members over network's features of pictures of extent (H, W) pixels, learned on data; about says all the rest."""

    network: GazeNetwork
    members: Members
    name: str
    extent: tuple[int, int]
    data: tuple[str, ...]
    about: Mapping[str, Any]

    def cache(self, folder: Path) -> FeatureCache:
        return FeatureCache(self.network, self.extent, folder)

    def log_densities(self, features: Tensor) -> list[Floats]:
        """Each member's map of a picture by its features (1, C, h, w), on the readout's grid four times finer."""
        grid = CachedFeatures.FINER * features.shape[-2], CachedFeatures.FINER * features.shape[-1]
        with torch.inference_mode():
            return list(self.members(features, self.extent, grid)[0].numpy())


@dataclass(frozen=True, slots=True)
class Looker:
    """A network that is a teacher by itself: it looks at pictures at its own working size, learned on data."""

    network: GazeNetwork
    name: str
    working_size: tuple[int, int]
    data: tuple[str, ...]

    @property
    def grid(self) -> tuple[int, int]:
        """On which its maps are where no ensemble gives another one."""
        return self.working_size[0] // CachedFeatures.FINER, self.working_size[1] // CachedFeatures.FINER

    def log_density(self, stimulus: Stimulus, size: tuple[int, int]) -> Floats:
        """Its map of a picture over size (rows, columns)."""
        return predict(self.network, read_image(stimulus.path).rgb, self.working_size, size).log_density


Teacher = Ensemble | Looker


def average(
    teachers: Sequence[Teacher],
    caches: Sequence[FeatureCache | None],
    stimulus: Stimulus,
    precision: str = "float32",
    shares: Sequence[float] | None = None,
) -> Floats:
    """The average map of teachers: of all their members alike, or with shares of the teachers, divided among members.

    Ensembles have the same extent, and a cache each. Features that are in caches are read; others are computed in
    precision (float32 or bfloat16), once for ensembles that share them, and not kept.
    """
    features: dict[Path, Tensor] = {}
    maps: list[list[Floats]] = []
    for teacher, cache in zip(teachers, caches, strict=True):
        found: list[Floats] = []
        if isinstance(teacher, Ensemble) and cache is not None:
            if cache.folder not in features:
                features[cache.folder] = cache.look(stimulus, precision)
            found = teacher.log_densities(features[cache.folder])
        maps.append(found)
    height, width = next((found[0].shape for found in maps if found), (0, 0))
    for teacher, found in zip(teachers, maps, strict=True):
        if isinstance(teacher, Looker):
            height, width = (height, width) if height else teacher.grid
            found.append(teacher.log_density(stimulus, (height, width)))
    weights = None
    if shares is not None:
        weights = [share / len(found) for share, found in zip(shares, maps, strict=True) for _ in found]
    return mean_density([one for found in maps for one in found], weights)


def save_ensemble(path: Path, network: GazeNetwork, members: Members, about: Mapping[str, Any]) -> None:
    """Write the network with its features, and all members beside it. about has at least name, extent and data."""
    more = {_MEMBERS + name: tensor.contiguous() for name, tensor in members.state_dict().items()}
    save_state(path, network, None, dict(about) | {"architecture": network.architecture.name}, more)


def teacher_of(checkpoint: Checkpoint) -> Teacher:
    """A model as the one member that it is, if its readout reads frozen features, or as a network that looks itself."""
    data = tuple(map(str, checkpoint.provenance.get("data", ())))
    if checkpoint.architecture.trained_backbone:
        return Looker(ready(checkpoint), checkpoint.name, checkpoint.working_size, data)
    network = build(checkpoint)
    members = Members([network]).requires_grad_(False).eval()
    return Ensemble(network, members, checkpoint.name, checkpoint.working_size, data, checkpoint.provenance)


def load_ensemble(path: Path) -> Ensemble:
    """Raises TrainingError where path is no ensemble that save_ensemble wrote."""
    if not path.exists():
        raise TrainingError(f"teacher {path.parent}: there is no {path.name}, wanted the folder of a finished run")
    tensors, about = read_state(path)
    try:
        table = architecture(about["architecture"])
        name, data, (height, width) = str(about["name"]), tuple(map(str, about["data"])), map(int, about["extent"])
        biases = tensors[_MEMBERS + "center_bias"][0]
        first = biases[0].numpy()
    except (ArchitectureError, KeyError, IndexError, TypeError, ValueError) as error:
        raise TrainingError(
            f"teacher {path}: it is damaged ({cause(error)}), wanted a file that teacher wrote"
        ) from error
    network = GazeNetwork(table, table.widths, first)
    initialise(network, 0)
    load_network(network, tensors, path)
    members = Members([network] * len(biases))
    load_network(members, tensors, path, _MEMBERS)
    network.requires_grad_(False)
    network.to(memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    return Ensemble(network, members, name, (height, width), data, about)
