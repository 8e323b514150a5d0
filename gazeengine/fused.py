"""Networks to predict with: the same function, with normalizations folded into the convolutions before them.

In prediction a batch normalization multiplies each feature and adds to it, which the convolution's own weights can do
(Jacob et al. 2018, Section 3.2, without its integers). A fifth of LiteGaze's time went there.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import TypeVar

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from gazeengine.architecture import Architecture
from gazeengine.checkpoint import Checkpoint
from gazeengine.networks import GazeNetwork, build, put

M = TypeVar("M", bound=nn.Module)


def ready(checkpoint: Checkpoint) -> GazeNetwork:
    """The network of a checkpoint for maps alone, as fast as it gets: it cannot be cut, trained or stored."""
    return fused(build(checkpoint))


def fused(network: GazeNetwork) -> GazeNetwork:
    """A network for maps alone; the given one stays as it is, and they share what is in both.

    Observers see what they would see in the given one, to float32's rounding.
    """
    twin = _twin(network)
    for convolution, norm in folded(network.architecture):
        conv, behind = network.get_submodule(convolution), network.get_submodule(norm)
        assert isinstance(conv, nn.Conv2d)
        assert isinstance(behind, nn.BatchNorm2d)
        put(twin, convolution, fuse_conv_bn_eval(conv, behind).requires_grad_(False))
        put(twin, norm, nn.Identity())
    return twin.eval()


def folded(architecture: Architecture) -> Iterator[tuple[str, str]]:
    """Keys of convolutions, and of what normalizes nothing but their outputs: these are folded into those."""
    readers: dict[str, int] = {}
    for layer in architecture.layers:
        for read in (*(tap.layer for tap in layer.inputs), *((layer.adds,) if layer.adds else ())):
            readers[read] = readers.get(read, 0) + 1
    layers = {layer.name: layer for layer in architecture.layers}
    for layer in architecture.layers:
        if layer.output_norm is not None:
            yield layer.key, layer.output_norm
        if layer.input_norm is None or len(layer.inputs) != 1:
            continue
        tap, before = layer.inputs[0], layers[layer.inputs[0].layer]
        bare = before.activation == "none" and before.pool is None and before.adds is None
        if (bare or not tap.activated) and before.output_norm is None and readers[before.name] == 1:
            yield before.key, layer.input_norm


def _twin(module: M) -> M:
    """A module tree of its own with the same parameters."""
    twin = copy.copy(module)
    twin._modules = {name: None if part is None else _twin(part) for name, part in module._modules.items()}
    return twin
