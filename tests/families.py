"""Families of tiny networks on disk: pruned without training, as if they had been trained."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gazeengine.checkpoint import SUFFIX, Checkpoint, new_checkpoint, save
from gazeengine.cost import flops_model
from gazeengine.plan import pruning_order
from gazeengine.surgery import pruned


def scores(bits: float) -> dict[str, Any]:
    return {"OSIE test": {"information_gain_bits": bits, "auc": 0.9, "nss": 2.9, "baseline": "prior"}}


def snapshot_of(parent: Checkpoint, beta: float | None, n: int, changes: Mapping[str, Any] | None = None) -> Checkpoint:
    """parent without n features, as a pruning run leaves it, with changes to what it says of its family."""
    cost = flops_model(parent.architecture, *parent.working_size)
    assert parent.signal is not None
    found = pruned(parent, pruning_order(parent.signal, cost, beta).first(n))
    said = {
        "parent": parent.id,
        "name": parent.name.lower(),
        "beta": "star" if beta is None else beta,
        "n_pruned": parent.architecture.n_features - found.n_features,
        "criterion": "fisher",
    }
    # training has changed the weights: an id of its own even where nothing is pruned
    weights = dict(found.weights)
    weights["log_blur_sigma"] = weights["log_blur_sigma"] + 1e-3 * (1 + n)
    name = f"{parent.name} {beta} {n}"
    trained = new_checkpoint(
        name,
        parent.architecture,
        found.kept,
        weights,
        parent.working_size,
        {"family": said | dict(changes or {})},
        scores(1.8 - n / 1000),
    )
    return replace(trained, signal=found.signal)


def write_family(
    folder: Path, parent: Checkpoint, runs: Mapping[float | None, Sequence[int]], name: str = "tiny"
) -> Path:
    """NAME.safetensors and NAME/ in folder; returns the parent's path."""
    (folder / name).mkdir(parents=True)
    path = folder / f"{name}{SUFFIX}"
    save(replace(parent, scores=scores(1.9)), path)
    for beta, ns in runs.items():
        for n in ns:
            save(snapshot_of(parent, beta, n), snapshot_path(path, beta, n))
    return path


def snapshot_path(parent: Path, beta: float | None, n: int) -> Path:
    said = "star" if beta is None else f"{beta:.0e}"
    return parent.with_suffix("") / f"beta{said}-n{n}{SUFFIX}"
