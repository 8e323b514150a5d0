"""Networks with random weights, small enough that every test has its own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch

from gazeengine.architecture import ARCHITECTURES, Architecture, Layer, Pool, Tap
from gazeengine.checkpoint import Checkpoint, new_checkpoint
from gazeengine.networks import GazeNetwork, initialise, weights
from gazeengine.plan import FisherSignal

TINY = Architecture(
    "tiny",
    "Tiny",
    (
        Layer("conv1", "features.0", (), 5, pool=Pool("max"), group="block 1"),
        Layer(
            "conv2",
            "features.3",
            (Tap("conv1"),),
            4,
            bias=False,
            output_norm="features.norm",
            pool=Pool("max", 3, 2, 1),
            group="block 2",
        ),
        Layer(
            "dense",
            "features.dense.conv",
            (Tap("conv2"),),
            3,
            bias=False,
            input_norm="features.dense.norm",
            activation="none",
            group="block 2",
        ),
        Layer(
            "readout1",
            "readout.0",
            (Tap("conv2"), Tap("dense")),
            3,
            kernel=1,
            activation="prelu",
            activation_key="readout.1",
            group="readout",
        ),
        Layer(
            "readout2",
            "readout.2",
            (Tap("readout1"),),
            1,
            kernel=1,
            activation="prelu",
            activation_key="readout.3",
            group="readout",
        ),
    ),
)
"""A convolution, one with an output norm, a dense one with an input norm, a readout that reads two; stride 4."""

FEW = 3


def narrow(architecture: Architecture, most: int = FEW) -> dict[str, int]:
    """Widths of the architecture with at most so many features a layer."""
    return {name: min(most, width) for name, width in architecture.widths.items()}


def random_network(
    architecture: Architecture = TINY, widths: Mapping[str, int] | None = None, seed: int = 0
) -> GazeNetwork:
    """A network ready to predict, in which nothing is at a neutral value: norms, slopes, biases, center bias."""
    generator = torch.Generator().manual_seed(seed)
    bias = torch.randn(6, 8, generator=generator).mul(0.5).numpy()
    network = GazeNetwork(architecture, widths or architecture.widths, bias)
    initialise(network, seed)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            for tensor, low, high in (
                (module.weight, 0.5, 1.5),
                (module.bias, -0.5, 0.8),
                (module.running_mean, -0.5, 0.5),
                (module.running_var, 0.5, 2.0),
            ):
                torch.nn.init.uniform_(tensor, low, high, generator=generator)
        elif isinstance(module, torch.nn.Conv2d) and module.bias is not None:
            torch.nn.init.uniform_(module.bias, -0.3, 0.5, generator=generator)
        elif isinstance(module, torch.nn.PReLU):
            torch.nn.init.uniform_(module.weight, 0.05, 0.6, generator=generator)
    torch.nn.init.constant_(network.center_bias_weight, 0.7)
    torch.nn.init.constant_(network.log_blur_sigma, float(np.log(5.0)))
    return network.requires_grad_(False).eval()


def random_checkpoint(
    architecture: Architecture = TINY,
    kept: Mapping[str, Sequence[int]] | None = None,
    seed: int = 0,
    working_size: tuple[int, int] = (32, 48),
) -> Checkpoint:
    """A checkpoint of a random network with a random Fisher signal, of all features if kept isn't given."""
    rng = np.random.default_rng(seed)
    kept = kept or {name: range(width) for name, width in architecture.widths.items()}
    present = {name: np.array(features, np.int64) for name, features in kept.items()}
    network = random_network(architecture, {name: len(k) for name, k in present.items()}, seed)
    checkpoint = new_checkpoint(
        f"random {architecture.name}",
        architecture,
        present,
        weights(network),
        working_size,
        {"seed": seed},
        {"made up": {"nats": 1.5}},
    )
    delta = {name: rng.exponential(1e-3, len(features)) for name, features in present.items()}
    return replace(checkpoint, signal=FisherSignal(checkpoint.id, 10, "sampled", delta))


def narrow_checkpoint(name: str = "fastgaze", seed: int = 0, most: int = FEW) -> Checkpoint:
    """A checkpoint of a known architecture of which few features are left, spread over the original ones."""
    architecture = ARCHITECTURES[name]
    rng = np.random.default_rng(seed)
    kept = {
        layer.name: sorted(rng.choice(layer.features, min(most, layer.features), replace=False).tolist())
        for layer in architecture.owners
    }
    return random_checkpoint(architecture, kept, seed)


def random_kept(widths: Mapping[str, int], seed: int, share: float = 0.6) -> dict[str, np.ndarray]:
    """About that share of each layer's features, at least one."""
    rng = np.random.default_rng(seed)
    kept = {}
    for name, width in widths.items():
        left = rng.random(width) < share
        left[rng.integers(width)] = True
        kept[name] = np.flatnonzero(left)
    return kept


def random_images(n: int, height: int, width: int, seed: int = 0) -> torch.Tensor:
    """RGB in [0, 1] (N, 3, H, W), coarse enough that pooled features differ."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(n, 3, -(-height // 3), -(-width // 3), generator=generator)
    return torch.nn.functional.interpolate(coarse, (height, width))
