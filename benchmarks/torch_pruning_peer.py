"""Torch-Pruning 1.6.1 on our own network: its importances, its steps, and what they keep in our indices.

Its tracer takes the GazeNetwork itself, by way of saliency(). What it pruned is read back from its history and made
again by our surgery, so that both are scored and timed by the same code.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gazeengine.checkpoint import Checkpoint, Ints
from gazeengine.errors import GazeError
from gazeengine.fisher import fixated_targets
from gazeengine.networks import GazeNetwork, build, sliced
from gazeengine.training import cross_entropy

VERSION = "1.6.1"
STEPS = 400
"""In how many steps its own benchmark prunes all, looking at the FLOPs behind each."""
CLOSE = 1e-3  # of the readout's deviation, between its network and the one that our surgery makes again

Inputs = Sequence[tuple[Tensor, Tensor | None]]
Gradients = Mapping[str, Tensor]


class PeerError(GazeError):
    """A peer that is not installed, or of another version."""


def torch_pruning() -> ModuleType:
    """The package. Raises PeerError with how to install it."""
    how = f"wanted {VERSION}: pip install --no-deps torch-pruning=={VERSION}"
    try:
        found = version("torch-pruning")
        import torch_pruning as package  # type: ignore[import-not-found, unused-ignore]
    except (PackageNotFoundError, ImportError) as error:
        raise PeerError(f"Torch-Pruning: it is not installed ({error}), {how}") from error
    if found != VERSION:
        raise PeerError(f"Torch-Pruning: found {found}, {how}")
    module: ModuleType = package
    return module


def importance_of(kind: str) -> Any:
    """Torch-Pruning's object: "hessian" as shipped, "hessian-repaired" and "hessian-anew", "taylor" or "random"."""
    tp = torch_pruning()

    class Repaired(tp.importance.HessianImportance):  # type: ignore[name-defined, misc]
        """As shipped, sums are kept by tensor and looked for by name: each sample overwrites the one before."""

        def accumulate_grad(self, model: torch.nn.Module) -> None:
            for p in model.parameters():
                if p.grad is not None:
                    square = p.grad.detach().square()
                    self._accu_grad[p] = self._accu_grad[p] + square if p in self._accu_grad else square
                    self._counter[p] = self._counter.get(p, 0) + 1

    kinds = {"hessian": tp.importance.HessianImportance, "taylor": tp.importance.TaylorImportance}
    kinds |= {"hessian-repaired": Repaired, "hessian-anew": Repaired, "random": tp.importance.RandomImportance}
    return kinds[kind]()


def data_points(inputs: Inputs, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Pictures (1, 3, H, W), each with one fixation (1, H, W): those that fisher_signal draws with n_targets=1."""
    generator = torch.Generator().manual_seed(seed)
    for image, density in inputs:
        assert density is not None
        yield image, fixated_targets(density, 1, generator)[0]


def training_passes(network: GazeNetwork, inputs: Inputs, seed: int) -> Iterator[None]:
    """A forward and a backward pass for each data point, with gradients of all weights; yields after each."""
    for image, target in data_points(inputs, seed):
        network.zero_grad()
        cross_entropy(network(image), target).mean().backward()  # type: ignore[no-untyped-call]
        yield


def activation_passes(network: GazeNetwork, inputs: Inputs, seed: int) -> Iterator[None]:
    """As training_passes, with gradients of activations and of the picture alone; weights have to be frozen."""
    for image, target in data_points(inputs, seed):
        seen = image.detach().clone().requires_grad_(True)
        cross_entropy(network(seen), target).mean().backward()  # type: ignore[no-untyped-call]
        yield


class Peer:
    """A network of its own that Torch-Pruning prunes, all layers together, but for the last, which has one feature.

    gradients are those of an earlier estimate. n_steps and ratio say which share of the features goes in how many
    steps.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        kind: str,
        gradients: Gradients | None = None,
        *,
        n_steps: int = STEPS,
        ratio: float = 1.0,
    ) -> None:
        self._checkpoint = checkpoint
        self.network = build(checkpoint).requires_grad_(True)
        for name, gradient in (gradients or {}).items():
            self.network.get_parameter(name).grad = gradient.clone()
        self.importance = importance_of(kind)
        last = self.network.get_submodule(checkpoint.architecture.layers[-1].key)
        apart = [last, self.network.log_blur_sigma, self.network.center_bias_weight]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of parameters that are no features
            self.pruner = torch_pruning().pruner.BasePruner(
                self.network,
                torch.rand(1, 3, *checkpoint.working_size),
                importance=self.importance,
                global_pruning=True,
                pruning_ratio=ratio,
                iterative_steps=n_steps,
                ignored_layers=apart,
                forward_fn=lambda network, image: network.saliency(image),
            )

    def estimate(self, inputs: Inputs, seed: int) -> Iterator[None]:
        """Its own recipe for importances of the present network; yields after each picture."""
        if isinstance(self.importance, torch_pruning().importance.HessianImportance):
            self.importance.zero_grad()
            for _ in training_passes(self.network, inputs, seed):
                self.importance.accumulate_grad(self.network)
                yield
            return
        self.network.zero_grad()
        for image, target in data_points(inputs, seed):  # of the mean loss, summed up
            (cross_entropy(self.network(image), target).mean() / len(inputs)).backward()  # type: ignore[no-untyped-call]
            yield

    def score(self) -> None:
        """Make scores of all features of what was estimated."""
        groups = self.pruner.DG.get_all_groups(
            ignored_layers=self.pruner.ignored_layers, root_module_types=self.pruner.root_module_types
        )
        for group in groups:
            self.importance(group)

    @property
    def gradients(self) -> dict[str, Tensor]:
        """What its scores are made of, once they were made."""
        found = {name: p.grad for name, p in self.network.named_parameters() if p.grad is not None}
        return {name: gradient.detach().contiguous().clone() for name, gradient in found.items()}

    @property
    def widths(self) -> dict[str, int]:
        layers = self._checkpoint.architecture.layers
        return {layer.name: len(self.network.get_parameter(f"{layer.key}.weight")) for layer in layers}

    def kept(self) -> dict[str, Ints]:
        """What is left of each layer, as indices of the checkpoint's features; made again by our surgery and compared.

        Raises PeerError where the two networks do not agree.
        """
        names = {layer.key: layer.name for layer in self._checkpoint.architecture.layers}
        kept = {name: np.arange(width) for name, width in self._checkpoint.widths.items()}
        for key, of_outputs, features in self.pruner.pruning_history():
            if len(features):
                assert of_outputs
                kept[names[key]] = np.delete(kept[names[key]], features)
        image = torch.rand(1, 3, *self._checkpoint.working_size, generator=torch.Generator().manual_seed(0))
        with torch.inference_mode():
            theirs = self.network.saliency(image)
            ours = sliced(build(self._checkpoint), kept).saliency(image)
        if not (theirs - ours).abs().max() <= CLOSE * max(float(ours.std()), float(ours.abs().max()), 1e-6):
            raise PeerError("Torch-Pruning: the network that it pruned is not the one of its history, wanted the same")
        return kept
