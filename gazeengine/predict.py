"""Saliency maps of pictures: at the network's working size, then over the picture's own pixels."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch

from gazeengine.image import resized
from gazeengine.networks import GazeNetwork, Observer
from gazeengine.saliency_map import SaliencyMap

Pixels = npt.NDArray[np.uint8]


def working_extent(height: int, width: int, working_size: tuple[int, int], stride: int) -> tuple[int, int]:
    """Rows and columns at which a picture of height x width is looked at.

    As many pixels as working_size has, in the picture's own aspect, in whole cells of stride pixels; so every
    picture costs about the same. A 4:3 picture at 240 x 320 is looked at just so, a 3:4 one at 320 x 240.
    """
    scale = math.sqrt(working_size[0] * working_size[1] / (height * width))
    rows, columns = (max(1, round(extent * scale / stride)) for extent in (height, width))
    return rows * stride, columns * stride


def predict(
    network: GazeNetwork,
    rgb: Pixels,
    working_size: tuple[int, int],
    size: tuple[int, int] | None = None,
    observer: Observer | None = None,
) -> SaliencyMap:
    """Where people will look on rgb (H, W, 3): a log density (H, W), or over size (rows, columns) where given."""
    height, width = rgb.shape[:2]
    small = resized(rgb, *working_extent(height, width, working_size, network.architecture.stride))
    images = as_input(small)
    with torch.inference_mode():
        log_density = network(images, size or (height, width), observer)[0].numpy()
    log_density.flags.writeable = False
    return SaliencyMap(log_density)


def as_input(rgb: Pixels) -> torch.Tensor:
    """rgb (H, W, 3) as a network takes it: (1, 3, H, W), float32 in [0, 1], channels_last."""
    return torch.from_numpy(rgb.astype(np.float32)).div_(255).permute(2, 0, 1)[None]
