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
from gazeengine.networks import GazeNetwork, build, initialise
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


def average(
    ensembles: Sequence[Ensemble], caches: Sequence[FeatureCache], stimulus: Stimulus, precision: str = "float32"
) -> Floats:
    """The average map of all members of ensembles with the same extent.

    Features that are in caches are read; others are computed in precision (float32 or bfloat16), once for ensembles
    that share them, and not kept.
    """
    features: dict[Path, Tensor] = {}
    maps: list[Floats] = []
    for ensemble, cache in zip(ensembles, caches, strict=True):
        if cache.folder not in features:
            features[cache.folder] = cache.look(stimulus, precision)
        maps += ensemble.log_densities(features[cache.folder])
    return mean_density(maps)


def save_ensemble(path: Path, network: GazeNetwork, members: Members, about: Mapping[str, Any]) -> None:
    """Write the network with its features, and all members beside it. about has at least name, extent and data."""
    more = {_MEMBERS + name: tensor.contiguous() for name, tensor in members.state_dict().items()}
    save_state(path, network, None, dict(about) | {"architecture": network.architecture.name}, more)


def ensemble_of(checkpoint: Checkpoint) -> Ensemble:
    """A model as the one member that it is. Raises TrainingError unless its readout reads frozen features."""
    if checkpoint.architecture.trained_backbone:
        raise TrainingError(
            f"teacher {checkpoint.name}: it is of the architecture {checkpoint.architecture.name}, "
            "wanted a DeepGaze II, or the folder of a run of teacher"
        )
    network = build(checkpoint)
    data = tuple(map(str, checkpoint.provenance.get("data", ())))
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
