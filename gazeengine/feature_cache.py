"""Features of pictures on disk, for readouts that are trained on frozen ones: computed once, read many times.

An array of float16 a picture, named by what it is made of: the bytes of the picture, the frozen network and the
extent it looked at. So folders may be shared by runs, a killed run goes on where it was, and nothing is stale.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from gazeengine.architecture import Architecture, Tap
from gazeengine.errors import DataError, OutputError
from gazeengine.fixations import Stimulus
from gazeengine.image import read_image, resized
from gazeengine.networks import GazeNetwork
from gazeengine.picture_arrays import PictureArrays
from gazeengine.predict import as_input

ROOM = 1.05  # of the bytes still to be written: files take whole blocks
HEADER = 128  # bytes of a file before its numbers


@dataclass(frozen=True, slots=True)
class CachedLayers:
    """Which layers' outputs are kept so that all that a readout reads can be made of them.

    A layer that is read behind its ReLU and before it is kept once, before it. kept names (layer, activated);
    taps is what the readout reads, roots whose features a layer has.
    """

    taps: tuple[Tap, ...]
    kept: tuple[tuple[str, bool], ...]
    roots: Mapping[str, str]

    @staticmethod
    def of(architecture: Architecture) -> CachedLayers:
        taps = next(layer for layer in architecture.layers if layer.group == "readout").inputs
        raw = {tap.layer for tap in taps if not tap.activated}
        names = dict.fromkeys(tap.layer for tap in taps)
        return CachedLayers(taps, tuple((name, name not in raw) for name in names), architecture.roots)

    def reduced(self, features: Tensor, widths: dict[str, int]) -> Tensor:
        """What is kept (N, C', h, w) of what the readout reads (N, C, h, w)."""
        parts = torch.split(features, [widths[self.roots[tap.layer]] for tap in self.taps], 1)
        by_tap = {(tap.layer, tap.activated): part for tap, part in zip(self.taps, parts, strict=True)}
        return torch.cat([by_tap[kept] for kept in self.kept], 1)

    def expanded(self, kept: Tensor, widths: dict[str, int]) -> Tensor:
        """What the readout reads (N, C, h, w) of what is kept (N, C', h, w)."""
        parts = torch.split(kept, [widths[self.roots[name]] for name, _ in self.kept], 1)
        by_layer = {name: part for (name, _), part in zip(self.kept, parts, strict=True)}
        activated = dict(self.kept)
        return torch.cat(
            [
                F.relu(by_layer[tap.layer]) if tap.activated and not activated[tap.layer] else by_layer[tap.layer]
                for tap in self.taps
            ],
            1,
        )


class FeatureCache:
    """The features that network's readout reads, of pictures resized to extent (H, W), in a folder.

    The folder holds one sub-folder a network and extent.
    """

    def __init__(self, network: GazeNetwork, extent: tuple[int, int], folder: Path) -> None:
        self._network = network
        self.extent = extent
        self._layers = CachedLayers.of(network.architecture)
        height, width = extent
        stride = network.architecture.stride
        channels = sum(network.widths[name] for name, _ in self._layers.kept)
        self._shape = channels, -(-height // stride), -(-width // stride)
        self.folder = folder / f"{network.architecture.name}-{_features_digest(network)}-{height}x{width}"
        self._arrays = PictureArrays(self.folder, "features", "call the command again to have them made")

    @property
    def bytes_per_picture(self) -> int:
        return HEADER + np.float16().itemsize * prod(self._shape)

    def missing(self, stimuli: Sequence[Stimulus]) -> list[Stimulus]:
        """Those that are not there yet, each picture once."""
        paths = {self._arrays.path(stimulus): stimulus for stimulus in stimuli}
        return [stimulus for path, stimulus in paths.items() if not path.exists()]

    def make_room(self, stimuli: Sequence[Stimulus]) -> None:
        """The folder is made. Raises OutputError where the disk cannot take all of the pictures."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(self.folder).free
        except OSError as error:
            raise OutputError(
                f"features {self.folder}: cannot be made ({error.strerror}), wanted a folder to write to"
            ) from error
        needed = int(ROOM * self.bytes_per_picture * len(stimuli))
        if needed > free:
            raise OutputError(
                f"features {self.folder}: {len(stimuli)} pictures need {needed / 1e9:.1f} GB and the disk has "
                f"{free / 1e9:.1f} GB left, wanted more room or a smaller size"
            )

    def add(self, stimulus: Stimulus) -> None:
        """Compute and write the features of a picture. Raises DataError where they are no float16 numbers."""
        half = self._layers.reduced(self._computed(stimulus), self._network.widths)[0].half().numpy()
        if not np.isfinite(half).all():
            raise DataError(f"picture {stimulus.path}: its features are too large for float16, wanted other weights")
        self._arrays.write(stimulus, half)

    def read(self, stimuli: Sequence[Stimulus]) -> Tensor:
        """What the readout reads (N, C, h, w) of pictures that are there, in float32. Raises DataError for others."""
        kept = np.stack([self._arrays.read(stimulus, self._shape) for stimulus in stimuli])
        return self._layers.expanded(torch.from_numpy(kept).float(), self._network.widths)

    def look(self, stimulus: Stimulus, precision: str = "float32") -> Tensor:
        """What the readout reads (1, C, h, w) of a picture in float32: read from disk, or computed and not kept."""
        return self.read([stimulus]) if self._arrays.has(stimulus) else self._computed(stimulus, precision)

    def _computed(self, stimulus: Stimulus, precision: str = "float32") -> Tensor:
        rgb = resized(read_image(stimulus.path).rgb, *self.extent)
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            images = as_input(rgb).contiguous(memory_format=torch.channels_last)
            return self._network.extracted(images).float()


def _features_digest(network: GazeNetwork) -> str:
    digest = hashlib.blake2b(digest_size=6)
    for name, tensor in sorted(network.state_dict().items()):
        if name.startswith("features."):
            digest.update(name.encode())
            digest.update(tensor.contiguous().numpy().data)
    return digest.hexdigest()
