"""LeNet-5 on MNIST as Caffe's example has it: the small network of Table 1, its cost and its Fisher signal.

Convolutions of 20 and 50 features with max pooling behind each and no nonlinearity, 500 hidden units with ReLU, ten
classes. What can be pruned are the features of the first three layers.
"""

from __future__ import annotations

import gzip
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from gazeengine.cost import CostModel
from gazeengine.errors import DataError
from gazeengine.plan import Ints

LAYERS = ("conv1", "conv2", "fc1")
WIDTHS = (20, 50, 500)
KERNEL, CLASSES = 5, 10
CELLS = 16  # of conv2's output behind its pooling, which fc1 reads
POSITIONS = {"conv1": 24 * 24, "conv2": 8 * 8}
N_TRAINING, N_VALIDATION = 53_000, 7_000


@dataclass(frozen=True, slots=True, eq=False)
class Digits:
    """Pictures (N, 1, 28, 28) in [0, 1] and their classes (N,)."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, chosen: Tensor) -> Digits:
        return Digits(self.images[chosen], self.labels[chosen])


def read_digits(folder: Path, split: str) -> Digits:
    """MNIST's "train" or "t10k" of the four idx files as published, packed or not.

    Raises DataError where one is missing or is not what its head says.
    """
    images = _idx(folder, f"{split}-images-idx3-ubyte", 3)
    labels = _idx(folder, f"{split}-labels-idx1-ubyte", 1)
    if images.shape[1:] != (28, 28) or len(images) != len(labels):
        raise DataError(f"MNIST {folder}: {split} has {images.shape} pictures and {len(labels)} labels, wanted pairs")
    return Digits(torch.from_numpy(images[:, None].astype(np.float32) / 255), torch.from_numpy(labels.astype(np.int64)))


def split_digits(folder: Path, seed: int) -> tuple[Digits, Digits, Digits]:
    """53,000 to train on and 7,000 to validate on, drawn by seed, and the 10,000 to test on."""
    given = read_digits(folder, "train")
    if len(given) != N_TRAINING + N_VALIDATION:
        raise DataError(f"MNIST {folder}: {len(given)} training pictures, wanted {N_TRAINING + N_VALIDATION}")
    shuffled = torch.from_numpy(np.random.default_rng(seed).permutation(len(given)))
    return given.part(shuffled[:N_TRAINING]), given.part(shuffled[N_TRAINING:]), read_digits(folder, "t10k")


class LeNet(nn.Module):
    """Scores (N, 10) of pictures (N, 1, 28, 28), with widths of conv1, conv2 and fc1."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        first, second, hidden = widths
        self.conv1 = nn.Conv2d(1, first, KERNEL)
        self.conv2 = nn.Conv2d(first, second, KERNEL)
        self.fc1 = nn.Linear(CELLS * second, hidden)
        self.fc2 = nn.Linear(hidden, CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        return self.read(images)[0]

    def read(self, images: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Scores, and what is read of each layer that can be pruned: a tensor (N, C, …)."""
        first = F.max_pool2d(self.conv1(images), 2)
        second = F.max_pool2d(self.conv2(first), 2)
        hidden = F.relu(self.fc1(second.flatten(1)))
        return self.fc2(hidden), {"conv1": first, "conv2": second, "fc1": hidden}

    @property
    def widths(self) -> dict[str, int]:
        return {name: len(self.get_parameter(f"{name}.bias")) for name in LAYERS}


def lenet_cost() -> CostModel:
    """FLOPs of a picture (Eq. 11) less the ten biases of the scores, which nothing can save."""
    first, second = POSITIONS["conv1"], POSITIONS["conv2"]
    pairs = np.zeros((3, 3), np.int64)
    pairs[0, 1] = pairs[1, 0] = 2 * KERNEL**2 * second
    pairs[1, 2] = pairs[2, 1] = 2 * CELLS
    linear = np.array([first * (2 * KERNEL**2 + 1), second, 1 + 2 * CLASSES], np.int64)
    return CostModel(LAYERS, linear, pairs, "FLOP")


def initialised(seed: int) -> LeNet:
    """Glorot's uniform weights, as Caffe's "xavier" filler draws them: variance 1 / fan-in; biases 0."""
    network = LeNet()
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in network.named_parameters():
        bound = 0.0 if name.endswith("bias") else (3 / parameter[0].numel()) ** 0.5
        with torch.no_grad():
            parameter.uniform_(-bound, bound, generator=generator)
    return network


def mask_gradients(read: Mapping[str, Tensor], gradients: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """g_nk (N, C) of each layer (Eq. 9) for what was read and the loss's gradients in it, summed over n."""
    return {name: (x.detach() * gradients[name]).flatten(2).sum(2) if x.ndim > 2 else x.detach() * gradients[name]
            for name, x in read.items()}  # fmt: skip


def cut(tensors: Mapping[str, Tensor], kept: Mapping[str, Ints]) -> dict[str, Tensor]:
    """A state dict, or the momentum of one, with only kept features (indices into its present widths)."""
    first, second, hidden = (torch.from_numpy(kept[name]) for name in LAYERS)
    read = tensors["fc1.weight"]
    cells = read.reshape(len(read), -1, CELLS)
    return {
        "conv1.weight": tensors["conv1.weight"][first],
        "conv1.bias": tensors["conv1.bias"][first],
        "conv2.weight": tensors["conv2.weight"][second][:, first],
        "conv2.bias": tensors["conv2.bias"][second],
        "fc1.weight": cells[hidden][:, second].flatten(1),
        "fc1.bias": tensors["fc1.bias"][hidden],
        "fc2.weight": tensors["fc2.weight"][:, hidden],
        "fc2.bias": tensors["fc2.bias"].clone(),
    }


def of_state(state: Mapping[str, Tensor]) -> LeNet:
    """The network of a state dict."""
    network = LeNet(tuple(len(state[f"{name}.bias"]) for name in LAYERS))
    network.load_state_dict(dict(state))
    return network


def _idx(folder: Path, name: str, dimensions: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    packed, plain = folder / f"{name}.gz", folder / name
    try:
        data = plain.read_bytes() if plain.exists() else gzip.decompress(packed.read_bytes())
    except FileNotFoundError as error:
        raise DataError(
            f"MNIST {folder}: {name} is missing, wanted the four idx files of MNIST as published, or their .gz"
        ) from error
    except (OSError, EOFError) as error:
        raise DataError(f"MNIST {folder}: {name} cannot be read ({error}), wanted it as published") from error
    begin = 4 * (1 + dimensions)
    head = np.frombuffer(data[:begin].ljust(begin, b"\0"), ">u4")
    shape = tuple(int(n) for n in head[1:])
    values = np.frombuffer(data[begin:], np.uint8)
    if len(data) < begin or head[0] != 0x0800 + dimensions or len(values) != math.prod(shape):
        raise DataError(f"MNIST {folder}: {name} is no idx file of {dimensions} dimensions, wanted it as published")
    return values.reshape(shape)
