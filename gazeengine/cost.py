"""Computational cost of a network, in floating point operations, and its number of parameters.

Convolutions are counted as in Theis et al. (2018), Eq. 11; pooling, nonlinearities and normalization are
not. This is the C(θ) that β weighs against the loss. Parameters have a cost model of the same form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gazeengine.architecture import Architecture, LayerWidths
from gazeengine.errors import PruningError

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CostPart:
    """What a layer of root's features costs: linear for each, and pair for each that it reads of the roots reads."""

    root: int
    linear: int
    pair: int
    reads: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class CostModel:
    """Prices a network: C = Σ_l linear_l w_l + ½ Σ_lm pairs_lm w_l w_m for layer widths w.

    linear (L,) holds what a feature costs whatever its neighbours (biases, reading the picture, depthwise
    convolutions); pairs (L, L), symmetric, what a feature of one layer costs for each feature of another that it reads
    or is read by. Its diagonal is even: twice what features cost that are read by features tied to them. All are
    integers. Any cost that is bilinear in neighbouring widths fits. parts say of tied layers which costs what.
    """

    layers: tuple[str, ...]
    linear: Counts
    pairs: Counts
    unit: str
    parts: tuple[CostPart, ...] = ()

    def vector(self, widths: LayerWidths) -> Counts:
        """Widths as (L,) in the order of layers."""
        return np.array([widths[name] for name in self.layers], np.int64)

    def total(self, widths: LayerWidths) -> int:
        """C at these widths."""
        w = self.vector(widths)
        return int(self.linear @ w + w @ self.pairs @ w // 2)

    def prices(self, w: Counts) -> Counts:
        """Saving (L,) by removing one feature of each layer at widths w (L,): exactly C(before) - C(after)."""
        return self.linear + self.pairs @ w - self.pairs.diagonal() // 2

    def price(self, layer: str, widths: LayerWidths) -> int:
        """What pruning one feature of layer saves.

        It is paid for twice: where its filter computes it, and in every convolution that reads it. Both
        shrink as the neighbours are pruned, so the answer holds for these widths only.

        Raises PruningError where layer has no feature left to prune.
        """
        if widths[layer] < 1:
            raise PruningError(f"layer {layer!r} has no features left to prune")
        return int(self.prices(self.vector(widths))[self.layers.index(layer)])

    def by_layer(self, widths: LayerWidths) -> dict[str, int]:
        """What each layer itself computes, with those that are tied to it, in running order; sums to total."""
        w = self.vector(widths)
        if self.parts:
            found = dict.fromkeys(self.layers, 0)
            for part in self.parts:
                found[self.layers[part.root]] += int(
                    w[part.root] * (part.linear + part.pair * w[list(part.reads)].sum())
                )
            return found
        reads = np.tril(self.pairs) @ w  # a layer reads only earlier ones
        return {name: int(n) for name, n in zip(self.layers, (self.linear + reads) * w, strict=True)}


def _model(architecture: Architecture, linear: Sequence[int], per_pair: Sequence[int], unit: str) -> CostModel:
    """linear and per_pair are of all layers; a depthwise one reads one feature for each of its own."""
    names, roots = tuple(architecture.widths), architecture.roots
    index = {name: names.index(root) for name, root in roots.items()}
    pairs, own = np.zeros((len(names), len(names)), np.int64), np.zeros(len(names), np.int64)
    parts = []
    for m, layer in enumerate(architecture.layers):
        i = index[layer.name]
        # a layer read before and behind its nonlinearity is paid for twice
        reads = () if layer.depthwise else tuple(index[tap.layer] for tap in layer.inputs)
        for k in reads:
            pairs[k, i] += per_pair[m]
            pairs[i, k] += per_pair[m]
        alone = linear[m] + per_pair[m] * layer.depthwise
        own[i] += alone
        parts.append(CostPart(i, alone, per_pair[m], reads))
    return CostModel(names, own, pairs, unit, tuple(parts) if len(names) < len(roots) else ())


def flops_model(architecture: Architecture, height: int, width: int) -> CostModel:
    """FLOPs for a picture of height x width pixels: H·W·C_out·(2·C_in·K² + 1) a convolution (Eq. 11).

    H and W are the extent of the convolution's output; the 1 is its bias and left out where it has none.
    """
    extents = architecture.extents(*architecture.padded(height, width))
    linear, per_pair = [], []
    for layer in architecture.layers:
        rows, columns = extents[layer.name]
        macs = 2 * layer.kernel**2
        image_channels = 0 if layer.inputs else 3
        linear.append(rows * columns * (macs * image_channels + layer.bias))
        per_pair.append(rows * columns * macs)
    return _model(architecture, linear, per_pair, "FLOP")


def parameter_model(architecture: Architecture) -> CostModel:
    """Trained numbers of the convolutions and batch normalizations (scale and shift), without PReLU slopes."""
    index = {layer.name: i for i, layer in enumerate(architecture.layers)}
    linear = [0] * len(index)
    for m, layer in enumerate(architecture.layers):
        image_channels = 0 if layer.inputs else 3
        linear[m] += layer.kernel**2 * image_channels + layer.bias + 2 * (layer.output_norm is not None)
        if layer.input_norm is not None:
            for tap in layer.inputs:
                linear[index[tap.layer]] += 2
    per_pair = [layer.kernel**2 for layer in architecture.layers]
    return _model(architecture, linear, per_pair, "parameters")


def conv_flops(height: int, width: int, c_in: int, c_out: int, kernel: int, *, bias: bool = True) -> int:
    """FLOPs of one convolution with an output of height x width (Eq. 11)."""
    return height * width * c_out * (2 * c_in * kernel**2 + bias)
