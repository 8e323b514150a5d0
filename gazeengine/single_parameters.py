"""Pruning of single parameters: Δ_k = 1/(2N) θ_k² Σ_n g_nk² of each weight (Theis et al. 2018, Eq. 5 to 7).

Removing a weight changes the loss by -g θ + ½ H θ²; at a minimum the first term is 0 on average, and the Fisher
information Σ g² / N stands for H. Weights that go are set to zero: the shapes stay, and so does the time that dense
convolutions take. It saves storage, where that is compressed, and nothing else.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gazeengine.checkpoint import Checkpoint, new_checkpoint
from gazeengine.errors import DataError, PruningError
from gazeengine.families import changed
from gazeengine.fisher import fixated_targets, sampled_targets
from gazeengine.networks import build
from gazeengine.plan import Floats

RULES = ("fisher", "magnitude")
"""By what weights go: θ² Σ g², or |θ|."""


@dataclass(frozen=True, slots=True, eq=False)
class ParameterSignal:
    """Δ in nats per fixation (or |θ|) of every weight, by layer and in the shape (C_out, C_in, K, K) of its weights."""

    checkpoint_id: str
    n_images: int
    rule: str
    delta: Mapping[str, Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Sparse:
    """A network with zeros: sparsity is the share of them in all its convolutions' weights, by_layer that in each.

    loss_increase is the summed Δ of what went, in nats, for the Fisher rule.
    """

    checkpoint: Checkpoint
    sparsity: float
    by_layer: Mapping[str, float]
    loss_increase: float


def parameter_signal(
    checkpoint: Checkpoint,
    pictures: Iterable[tuple[Tensor, Tensor | None]],
    *,
    n_targets: int = 2,
    seed: int = 0,
) -> Iterator[ParameterSignal]:
    """Δ of every weight over pictures (1, 3, H, W), each with its density of fixations (1, H, W), or None.

    From a density n_targets fixations are drawn; for None they are drawn from the network's own map (S2). A data point
    is a picture with one of them, and takes a backward pass. Yields the mean so far after each picture. Raises
    DataError where there are no pictures, or what comes out is not a number.
    """
    network = build(checkpoint)
    weights = {layer.name: network.get_parameter(f"{layer.key}.weight") for layer in checkpoint.architecture.layers}
    squares = {name: torch.zeros(weight.shape, dtype=torch.float64) for name, weight in weights.items()}
    generator = torch.Generator().manual_seed(seed)
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    for weight in weights.values():
        weight.requires_grad_(True)
    n_images = n_points = 0
    for image, density in pictures:
        log_density = network(image)
        drawn = (
            sampled_targets(log_density.detach(), n_targets, generator)
            if density is None
            else fixated_targets(density, n_targets, generator)
        )
        for target in drawn:
            loss = -(target * log_density).sum()
            gradients = torch.autograd.grad(loss, list(weights.values()), retain_graph=True)
            for name, gradient in zip(weights, gradients, strict=True):
                squares[name] += gradient.double().square()
            n_points += 1
        n_images += 1
        delta = {
            name: (weights[name].detach().double().square() * squares[name] / (2 * n_points)).numpy()
            for name in weights
        }
        if not all(np.isfinite(values).all() for values in delta.values()):
            raise DataError(f"signal of single weights of {checkpoint.name}: not a number after {n_images} pictures")
        yield ParameterSignal(checkpoint.id, n_images, "fisher", delta)
    if not n_images:
        raise DataError(f"signal of single weights of {checkpoint.name}: there are no pictures, wanted at least one")


def magnitudes(checkpoint: Checkpoint) -> ParameterSignal:
    """|θ| of every weight, which needs no pictures: what pruning by magnitude goes by."""
    found = {
        layer.name: np.abs(checkpoint.weights[f"{layer.key}.weight"].astype(np.float64))
        for layer in checkpoint.architecture.layers
    }
    return ParameterSignal(checkpoint.id, 0, "magnitude", found)


def sparse(checkpoint: Checkpoint, signal: ParameterSignal, sparsity: float) -> Sparse:
    """The network with the share sparsity of its convolutions' weights set to zero: those of least Δ in all layers.

    A weight that was zero before is among them. Raises PruningError where the signal is of another network, or
    sparsity not in [0, 1).
    """
    if signal.checkpoint_id != checkpoint.id:
        raise PruningError(f"signal of single weights: it is of another network than {checkpoint.name}, wanted its own")
    if not 0 <= sparsity < 1:
        raise PruningError(f"sparsity {sparsity:g}: wanted a share of the weights from 0 to less than 1")
    layers = checkpoint.architecture.layers
    every = np.concatenate([signal.delta[layer.name].ravel() for layer in layers])
    n = round(sparsity * len(every))
    gone = np.zeros(len(every), bool)
    gone[np.argsort(every, kind="stable")[:n]] = True
    weights, by_layer, at = dict(checkpoint.weights), {}, 0
    for layer in layers:
        name = f"{layer.key}.weight"
        here = gone[at : at + weights[name].size].reshape(weights[name].shape)
        at += weights[name].size
        weights[name] = np.where(here, np.zeros((), weights[name].dtype), weights[name])
        by_layer[layer.name] = float(np.mean(weights[name] == 0))
    zeros = sum(float(by_layer[layer.name]) * weights[f"{layer.key}.weight"].size for layer in layers)
    about = changed(checkpoint.provenance) | {
        "parent": {"name": checkpoint.name, "id": checkpoint.id},
        "single_parameters": {"rule": signal.rule, "sparsity": sparsity, "pictures": signal.n_images},
    }
    small = new_checkpoint(
        f"{checkpoint.name}, {100 * sparsity:g} % zeros",
        checkpoint.architecture,
        checkpoint.kept,
        weights,
        checkpoint.working_size,
        about,
    )
    loss = float(every[gone].sum()) if signal.rule == "fisher" else float("nan")
    return Sparse(small, zeros / len(every), by_layer, loss)


def compressed_bytes(weights: Mapping[str, NDArray[np.generic]]) -> int:
    """Bytes of all weights as float16 under DEFLATE, as a ZIP archive has them."""
    packed = zlib.compressobj(9)
    size = 0
    for name in sorted(weights):
        array = weights[name]
        stored = array.astype(np.float16) if array.dtype == np.float32 else array
        size += len(packed.compress(np.ascontiguousarray(stored).tobytes()))
    return size + len(packed.flush())
