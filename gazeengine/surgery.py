"""A pruning plan made real: the smaller network, and masks to compare it with.

Surgery slices every weight by what is kept of the layer that computes a feature and of the layers that are
read. In a DenseNet a feature is taken away behind each reader's own normalization and ReLU, from all readers at
once, so that masking and surgery agree. Plain numpy: a pruned network is data before it is a module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from gazeengine.architecture import Architecture, Layer
from gazeengine.checkpoint import NORM_PARTS, Checkpoint, Ints, new_checkpoint
from gazeengine.errors import PruningError
from gazeengine.families import changed
from gazeengine.plan import PruningPlan

A = TypeVar("A", bound=Any)


def pruned(checkpoint: Checkpoint, plan: PruningPlan, name: str | None = None) -> Checkpoint:
    """The smaller network of a plan made for checkpoint; its provenance names parent, β and n.

    The Fisher signal is cut to what is left: it is the parent's estimate, and says so. Raises PruningError where
    the plan is not for these widths.
    """
    kept = plan.kept
    for layer, width in checkpoint.widths.items():
        features = kept.get(layer)
        if features is None or not len(features) or features[0] < 0 or features[-1] >= width:
            raise PruningError(f"plan: it does not fit layer {layer!r} of {checkpoint.name} with {width} features")
    if foreign := [layer for layer in kept if layer not in checkpoint.kept]:
        raise PruningError(
            f"plan: it does not fit {checkpoint.name}, which has no layer {foreign[0]!r}, "
            f"wanted only {', '.join(checkpoint.kept)}"
        )
    if (before := sum(plan.widths.values()) + plan.n) != checkpoint.n_features:
        raise PruningError(
            f"plan: it does not fit {checkpoint.name}, which has {checkpoint.n_features} features, "
            f"wanted the one with {before} that it was made for"
        )
    original = {layer: checkpoint.kept[layer][features] for layer, features in kept.items()}
    provenance: dict[str, Any] = (changed if plan.n else dict)(checkpoint.provenance) | {
        "parent": {"name": checkpoint.name, "id": checkpoint.id},
        "criterion": plan.criterion,
        "cost": plan.cost,
        "beta": "star" if plan.beta is None else plan.beta,
        "pruned": plan.n,
        "trained_after_pruning": False,
    }
    signal = checkpoint.signal
    if signal is not None:
        left = {layer: signal.delta[layer][features] for layer, features in kept.items()}
        signal = replace(signal, checkpoint_id=checkpoint.id, delta=left)
    weights = pruned_weights(checkpoint.architecture, checkpoint.weights, kept, checkpoint.widths, np.take)
    return new_checkpoint(
        name or f"{checkpoint.name} −{plan.n}",
        checkpoint.architecture,
        original,
        weights,
        checkpoint.working_size,
        provenance,
        {} if plan.n else checkpoint.scores,
        signal,
    )


def pruned_weights(
    architecture: Architecture,
    weights: Mapping[str, A],
    kept: Mapping[str, Ints],
    widths: Mapping[str, int],
    take: Callable[[A, Ints, int], A],
) -> dict[str, A]:
    """The state dict with only kept features, which index each layer's widths present ones.

    take(weight, indices, axis) is np.take, or its like for tensors. Tied layers are cut alike.
    """
    result = dict(weights)
    kept, widths = architecture.expanded(kept), architecture.expanded(widths)

    def cut(name: str, out: Ints | None, read: Ints | None = None) -> None:
        for axis, channels in enumerate((out, read)):
            if channels is not None:
                result[name] = take(result[name], channels, axis)

    for layer in architecture.layers:
        out = _cut(kept[layer.name], widths[layer.name])
        read = _cut(*_read(layer, kept, widths)) if layer.inputs else None
        for norm, channels in ((layer.input_norm, read), (layer.output_norm, out)):
            for part in NORM_PARTS if norm is not None else ():
                cut(f"{norm}.{part}", channels)
        cut(f"{layer.key}.weight", out, None if layer.depthwise else read)
        if layer.bias:
            cut(f"{layer.key}.bias", out)
    return result


def _cut(kept: Ints, width: int) -> Ints | None:
    """None where nothing goes: no copy is needed."""
    return None if len(kept) == width else kept


def _read(layer: Layer, kept: Mapping[str, Ints], widths: Mapping[str, int]) -> tuple[Ints, int]:
    """Indices of kept features in what layer reads, its inputs one behind the other, and how many that were."""
    offset = 0
    parts = []
    for tap in layer.inputs:
        parts.append(kept[tap.layer] + offset)
        offset += widths[tap.layer]
    return np.concatenate(parts), offset


def masks(kept: Mapping[str, Ints], widths: Mapping[str, int]) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
    """m_k of Eq. 8 for each layer (C,): 1 for a kept feature, 0 for a pruned one."""
    result = {}
    for layer, width in widths.items():
        result[layer] = np.zeros(width, np.float32)
        result[layer][kept[layer]] = 1
    return result
