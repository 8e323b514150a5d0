"""Compensation: what is left of a pruned network takes over for what went, in closed form, without training.

Layer by layer in running order, each convolution's weights become those that come closest to the unpruned network's
output while reading the pruned and already compensated layers before it:

    W' = W + argmin_D Σ |y - (W + D) x|² + λ |D|²

over samples of positions in calibration pictures; x are the K²·C numbers (and 1, where there is a bias) under the
filter, y what the unpruned network's convolution gives there. The layerwise least squares is that of He et al.
(Channel pruning, ICCV 2017); it sees errors of earlier layers, which a fold of mean activations does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from gazeengine.architecture import Layer
from gazeengine.checkpoint import Checkpoint, Ints, new_checkpoint
from gazeengine.errors import DataError, PruningError
from gazeengine.networks import GazeNetwork, Values, build, weights

RIDGE = 1e-3
"""λ of the mean square of what a layer reads: keeps weights that the pictures say nothing about."""
POSITIONS = 250
"""Positions of a picture that are looked at in each layer."""
STIFFER = 10.0  # times λ, where the squares are not solvable in float32
MOST_STIFFENINGS = 6


@dataclass(frozen=True, slots=True)
class Outputs:
    """What an unpruned network's convolutions give at sampled positions of pictures: what compensation aims at.

    At most positions are looked at in a layer. at maps a layer to them (P,), cells of its output row by row, for each
    picture; values to the numbers (P, C) there, of the features that kept names by their indices in the
    architecture's unpruned network.
    """

    kept: Mapping[str, Ints]
    positions: int
    images: tuple[Tensor, ...]
    at: dict[str, tuple[Tensor, ...]]
    values: dict[str, tuple[Tensor, ...]]

    @staticmethod
    def of(checkpoint: Checkpoint, images: Sequence[Tensor], *, positions: int = POSITIONS, seed: int = 0) -> Outputs:
        """Run the network once over images, each (1, 3, H, W) in [0, 1]. Raises DataError where there are none."""
        *_, found = Outputs.seen(checkpoint, images, positions=positions, seed=seed)
        assert isinstance(found, Outputs)
        return found

    @staticmethod
    def seen(
        checkpoint: Checkpoint, images: Sequence[Tensor], *, positions: int = POSITIONS, seed: int = 0
    ) -> Iterator[Outputs | int]:
        """As of does, image by image: yields how many are done behind each, so that it can be stopped, then all."""
        if not images:
            raise DataError(f"compensation of {checkpoint.name}: there are no pictures, wanted at least one")
        network = build(checkpoint)
        generator = torch.Generator().manual_seed(seed)
        layers = checkpoint.architecture.layers
        at: dict[str, list[Tensor]] = {layer.name: [] for layer in layers}
        found: dict[str, list[Tensor]] = {layer.name: [] for layer in layers}
        for i, image in enumerate(images):
            with torch.inference_mode():
                values: Values = {}
                x = network.padded(image)
                for layer in layers:
                    x = network.read(layer, values) if layer.inputs else x
                    y = _convolution(network, layer)(x)
                    cells = torch.randperm(y.shape[-2] * y.shape[-1], generator=generator)[:positions]
                    at[layer.name].append(cells)
                    found[layer.name].append(y[0].flatten(1)[:, cells].T.contiguous())
                    network.run(layer, x, values)
            yield i + 1
        yield Outputs(
            checkpoint.kept,
            positions,
            tuple(images),
            {name: tuple(cells) for name, cells in at.items()},
            {name: tuple(values) for name, values in found.items()},
        )


def compensated(checkpoint: Checkpoint, outputs: Outputs, *, ridge: float = RIDGE) -> Iterator[Checkpoint | None]:
    """Give what a pruned network has left the weights that come closest to the unpruned network's outputs.

    Yields None behind every layer, so that it can be stopped, and at last the new checkpoint: without scores and
    signal, which are no longer true. Raises PruningError where checkpoint was not pruned from the network of outputs,
    DataError where what it computes is not a number, or its squares are not solvable.
    """
    original = checkpoint.architecture.expanded(_features_in(checkpoint, outputs))
    network = build(checkpoint)
    pictures = len(outputs.images)
    values: list[Values] = [{} for _ in range(pictures)]
    for layer in checkpoint.architecture.layers:
        conv = _convolution(network, layer)
        with torch.inference_mode():
            if layer.inputs:
                read = [network.read(layer, seen) for seen in values]
                kept = torch.from_numpy(original[layer.name])
                wanted = [y[:, kept] for y in outputs.values[layer.name]]
                solve = _solve_depthwise if layer.depthwise else _solve
                solve(conv, layer, read, outputs.at[layer.name], wanted, ridge, checkpoint.name)
            else:
                read = [network.padded(image) for image in outputs.images]
            for x, seen in zip(read, values, strict=True):
                network.run(layer, x, seen)
        yield None
    provenance = dict(checkpoint.provenance) | {
        "compensated": {"pictures": pictures, "positions": outputs.positions, "ridge": ridge}
    }
    yield new_checkpoint(
        checkpoint.name,
        checkpoint.architecture,
        checkpoint.kept,
        weights(network),
        checkpoint.working_size,
        provenance,
        {},
        None,
    )


def _solve(
    conv: nn.Conv2d,
    layer: Layer,
    read: Sequence[Tensor],
    at: Sequence[Tensor],
    wanted: Sequence[Tensor],
    ridge: float,
    name: str,
) -> None:
    """Replace the weights of conv by those that come closest to wanted, one (P, C_out) for each of read."""
    bias = [] if conv.bias is None else [conv.bias[:, None]]
    present = torch.cat([conv.weight.flatten(1), *bias], 1)
    squares = torch.zeros(present.shape[1], present.shape[1])
    errors = torch.zeros(present.shape[1], present.shape[0])
    for x, cells, y in zip(read, at, wanted, strict=True):
        patches = _patches(x, layer, cells, conv.bias is not None)
        squares.addmm_(patches.T, patches)
        errors.addmm_(patches.T, y - patches @ present.T)
    if not (squares.isfinite().all() and errors.isfinite().all()):
        raise DataError(f"compensation of {name}: layer {layer.name!r} is not a number on these pictures")
    scale = float(squares.diagonal().mean())
    if scale == 0:  # it reads nothing but zeros: any weights are as good
        return
    factor, failed = torch.linalg.cholesky_ex(_stiffened(squares, ridge * scale))
    for _ in range(MOST_STIFFENINGS):
        if not failed:
            break
        ridge = STIFFER * max(ridge, 1e-7)
        factor, failed = torch.linalg.cholesky_ex(_stiffened(squares, ridge * scale))
    if failed:
        raise DataError(f"compensation of {name}: layer {layer.name!r} cannot be solved, wanted other pictures")
    change = torch.cholesky_solve(errors, factor).T
    split = conv.weight[0].numel()
    conv.weight += change[:, :split].reshape(conv.weight.shape)
    if conv.bias is not None:
        conv.bias += change[:, split]


def _solve_depthwise(
    conv: nn.Conv2d,
    layer: Layer,
    read: Sequence[Tensor],
    at: Sequence[Tensor],
    wanted: Sequence[Tensor],
    ridge: float,
    name: str,
) -> None:
    """As _solve, for each feature by itself: its K² weights, and its bias where there is one."""
    features, bias = len(conv.weight), conv.bias
    parts = [conv.weight.flatten(1)] if bias is None else [conv.weight.flatten(1), bias[:, None]]
    present = torch.cat(parts, 1)[..., None]  # (C, K² or one more, 1)
    squares = torch.zeros(features, present.shape[1], present.shape[1])
    errors = torch.zeros_like(present)
    for x, cells, y in zip(read, at, wanted, strict=True):
        patches = _seen(x, layer, cells).transpose(1, 2)  # (C, P, K²)
        if bias is not None:
            patches = torch.cat([patches, patches.new_ones(*patches.shape[:2], 1)], 2)
        squares += patches.transpose(1, 2) @ patches
        errors += patches.transpose(1, 2) @ (y.T[..., None] - patches @ present)
    if not (squares.isfinite().all() and errors.isfinite().all()):
        raise DataError(f"compensation of {name}: layer {layer.name!r} is not a number on these pictures")
    scale = squares.diagonal(dim1=1, dim2=2).mean(1)
    blind = scale == 0  # it reads nothing but zeros: any weights are as good
    stiff = squares + torch.diag_embed((ridge * scale + blind)[:, None].expand(-1, present.shape[1]))
    change = torch.linalg.lstsq(stiff, errors).solution[..., 0]
    split = conv.weight[0].numel()
    conv.weight += change[:, :split].reshape(conv.weight.shape)
    if bias is not None:
        bias += change[:, split]


def _stiffened(squares: Tensor, by: float) -> Tensor:
    stiff = squares.clone()
    stiff.diagonal().add_(by)
    return stiff


def _patches(x: Tensor, layer: Layer, cells: Tensor, bias: bool) -> Tensor:
    """What the filter of layer sees (P, C·K² or one more, which is 1) of x (1, C, h, w) at cells of its output."""
    patches = _seen(x, layer, cells).flatten(0, 1).T
    return torch.cat([patches, patches.new_ones(len(patches), 1)], 1) if bias else patches


def _seen(x: Tensor, layer: Layer, cells: Tensor) -> Tensor:
    """What lies under the filter of layer (C, K², P) in x (1, C, h, w) at cells of its output."""
    columns = layer.extent(x.shape[-1])
    rows, columns_at = cells // columns * layer.stride, cells % columns * layer.stride
    before, behind = layer.padding
    around = F.pad(x[0], (before, behind, before, behind))
    side = range(layer.kernel)
    return torch.stack([around[:, rows + i, columns_at + j] for i in side for j in side], 1)


def _convolution(network: GazeNetwork, layer: Layer) -> nn.Conv2d:
    found = network.get_submodule(layer.key)
    assert isinstance(found, nn.Conv2d)
    return found


def _features_in(checkpoint: Checkpoint, outputs: Outputs) -> dict[str, Ints]:
    """Which of the outputs' features each layer of checkpoint has kept."""
    found = {}
    for layer, kept in checkpoint.kept.items():
        if layer not in outputs.kept or not np.isin(kept, outputs.kept[layer]).all():
            raise PruningError(
                f"compensation of {checkpoint.name}: it was not pruned from the network whose outputs these are "
                f"(layer {layer!r}), wanted that one"
            )
        found[layer] = np.searchsorted(outputs.kept[layer], kept).astype(np.int64)
    return found
