"""The pruning signal of every feature: Δ_k = 1/(2N) Σ_n g_nk² with g_nk of Theis et al. (2018), Eq. 7 and 9.

One backward pass gives every feature's gradient for every example of a batch: gradients of activations are per
example anyhow, and weights are frozen. A data point n is a picture with one target; a target is a density over
its pixels: one fixation, a sample of the network's own map (supplement S2), or a teacher's whole map.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from gazeengine.architecture import Layer, LayerWidths
from gazeengine.checkpoint import Checkpoint
from gazeengine.criteria import CRITERIA, FeatureStatistics
from gazeengine.errors import DataError
from gazeengine.networks import GazeNetwork, build
from gazeengine.plan import FisherSignal


@dataclass(slots=True)
class Tape:
    """What each reader saw in one forward pass, kept until its gradient is there; observe is the observer."""

    read: list[tuple[tuple[str, ...], Tensor]] = field(default_factory=list)

    def observe(self, reader: Layer | None, names: tuple[str, ...], x: Tensor) -> Tensor:
        # a view: another may read the very same tensor, and has a gradient of its own; else the first that needs one
        x = x.view_as(x) if x.requires_grad else x.detach().requires_grad_(True)
        self.read.append((names, x))
        return x


_KINDS = ("slope", "square", "size", "activity")

LARGEST_EXCESS = 1e-3
"""How far the sum of a teacher's map may be from 1: more than float16 needs."""


def mask_gradients(
    network: GazeNetwork, images: Tensor, targets: Iterable[Tensor], tape: Tape | None = None
) -> Iterator[dict[str, Tensor]]:
    """g_nk (N, C) of each layer (Eq. 9) for RGB images (N, 3, H, W), one dictionary for each of targets.

    A target (N, H, W) sums to 1 over each picture; g_nk is the derivative of -Σ target log Q in the mask of feature
    k, in nats. One forward pass serves all targets, each takes one backward pass. Where several layers read a
    feature the derivative is the sum over them. tape, where one is given, has what readers saw afterwards.
    """
    tape = Tape() if tape is None else tape
    with torch.enable_grad():
        log_density = network(images, observer=tape.observe)
    for target in targets:
        with torch.enable_grad():  # not around the yield: grad mode belongs to the caller's thread
            loss = -(target * log_density).sum()
        yield gradients_of(loss, tape, network.widths)


def gradients_of(loss: Tensor, tape: Tape, widths: LayerWidths) -> dict[str, Tensor]:
    """g_nk (N, C) of each layer of a network of widths, whose forward pass tape observed, for a loss that sums over n.

    No gradient of a parameter is computed, and the graph stays for more losses, or to learn from.
    """
    gradients = torch.autograd.grad(loss, [x for _, x in tape.read], retain_graph=True)
    total: dict[str, Tensor] = {}
    for (names, x), gradient in zip(tape.read, gradients, strict=True):
        g = (x.detach() * gradient).sum((2, 3))
        parts = torch.split(g, [widths[name] for name in names], 1)
        for name, part in zip(names, parts, strict=True):
            total[name] = total[name] + part if name in total else part
    return total


def activity_of(tape: Tape, widths: LayerWidths) -> dict[str, Tensor]:
    """Mean |a| (C,) over pictures and positions of each layer, as its readers see it: over all of them."""
    total: dict[str, Tensor] = {}
    readers: dict[str, int] = {}
    for names, x in tape.read:
        means = x.detach().abs().mean((0, 2, 3))
        for name, part in zip(names, torch.split(means, [widths[name] for name in names]), strict=True):
            total[name] = total[name] + part if name in total else part
            readers[name] = readers.get(name, 0) + 1
    return {name: value / readers[name] for name, value in total.items()}


def sampled_targets(log_density: Tensor, n: int, generator: torch.Generator) -> Tensor:
    """One-hot targets (n, N, H, W), pixels drawn from log densities (N, H, W): the network's own fixations (S2)."""
    density = log_density.flatten(1).double().exp()
    pixels = torch.multinomial(density, n, replacement=True, generator=generator)
    one_hot = torch.zeros(n, *density.shape)
    one_hot.scatter_(2, pixels.T[..., None], 1.0)
    return one_hot.view(n, *log_density.shape)


def fixated_targets(density: Tensor, n: int, generator: torch.Generator) -> Tensor:
    """One-hot targets (n, N, H, W), each a fixation drawn from pictures' densities of fixations (N, H, W)."""
    return sampled_targets(density.clamp_min(1e-30).log(), n, generator)


def fisher_signal(
    checkpoint: Checkpoint,
    pictures: Iterable[tuple[Tensor, Tensor | None]],
    *,
    targets: str = "sampled",
    n_targets: int = 4,
    seed: int = 0,
) -> Iterator[FisherSignal]:
    """Fisher signals of a checkpoint's network over pictures; yields the mean so far after each, so it can be stopped.

    pictures gives RGB images (N, 3, H, W) in [0, 1] with densities (N, H, W): of fixations, from which n_targets
    are drawn ("fixations"); a teacher's, taken whole ("teacher"); or None, when n_targets are drawn from the network's
    own map ("sampled"), which gives the Fisher information itself. Raises DataError where there are no pictures,
    where a density is none, or where the signal is not a number.
    """
    for statistics in feature_statistics(checkpoint, pictures, targets=targets, n_targets=n_targets, seed=seed):
        yield CRITERIA["fisher"].signal(statistics, checkpoint)


def feature_statistics(
    checkpoint: Checkpoint,
    pictures: Iterable[tuple[Tensor, Tensor | None]],
    *,
    targets: str = "sampled",
    n_targets: int = 4,
    seed: int = 0,
) -> Iterator[FeatureStatistics]:
    """What all criteria are made of, over pictures as fisher_signal takes them; yields the means so far after each.

    Raises DataError as fisher_signal does.
    """
    network = build(checkpoint)
    generator = torch.Generator().manual_seed(seed)
    sums = {kind: {name: np.zeros(width) for name, width in checkpoint.widths.items()} for kind in _KINDS}
    n_images = n_points = 0
    for images, density in pictures:
        tape = Tape()
        for gradients in _example_gradients(network, images, density, targets, n_targets, generator, tape):
            for name, g in gradients.items():
                exact = g.double()
                sums["slope"][name] += exact.sum(0).numpy()
                sums["square"][name] += exact.square().sum(0).numpy()
                sums["size"][name] += exact.abs().sum(0).numpy()
            n_points += len(images)
        for name, mean in activity_of(tape, network.widths).items():
            sums["activity"][name] += len(images) * mean.double().numpy()
        n_images += len(images)
        counts = dict.fromkeys(_KINDS, n_points) | {"activity": n_images}
        means = {kind: {name: total / counts[kind] for name, total in sums[kind].items()} for kind in _KINDS}
        if not all(math.isfinite(values.sum()) for kind in _KINDS for values in means[kind].values()):
            raise DataError(f"Fisher signal of {checkpoint.name}: not a number after {n_images} pictures")
        yield FeatureStatistics(checkpoint.id, n_images, targets, **means)
    if not n_images:
        raise DataError(f"Fisher signal of {checkpoint.name}: there are no pictures, wanted at least one")


def _example_gradients(
    network: GazeNetwork,
    images: Tensor,
    density: Tensor | None,
    targets: str,
    n_targets: int,
    generator: torch.Generator,
    tape: Tape,
) -> Iterator[dict[str, Tensor]]:
    """Those of each target in turn; tape has seen the forward pass then."""
    if targets == "teacher":
        density = _checked(density, images, "teacher's map")
        sums = density.flatten(1).sum(1)
        if (sums - 1).abs().max() > LARGEST_EXCESS:
            worst = float(sums[(sums - 1).abs().argmax()])
            raise DataError(f"Fisher signal: a picture's teacher's map sums to {worst:.6g}, wanted 1")
        yield from mask_gradients(network, images, [density], tape)
        return
    if n_targets < 1:
        raise DataError(f"Fisher signal: {n_targets} targets a picture, wanted at least 1")
    if targets == "fixations":
        density = _checked(density, images, "fixations")
        yield from mask_gradients(network, images, fixated_targets(density, n_targets, generator), tape)
        return
    if targets != "sampled":
        raise DataError(f"Fisher signal: targets are {targets!r}, wanted 'fixations', 'teacher' or 'sampled'")
    with torch.inference_mode():
        own = network(images)
    yield from mask_gradients(network, images, sampled_targets(own.clone(), n_targets, generator), tape)


def _checked(density: Tensor | None, images: Tensor, what: str) -> Tensor:
    """The density, which is one over the pixels of each picture up to its sum."""
    if density is None:
        raise DataError(f"Fisher signal: a picture has no {what}, wanted some for each")
    wanted = (len(images), *images.shape[-2:])
    if density.shape != wanted:
        raise DataError(f"Fisher signal: a picture's {what} has shape {tuple(density.shape)}, wanted {wanted}")
    if not (density.isfinite().all() and (density >= 0).all()):
        raise DataError(f"Fisher signal: a picture's {what} has values that are negative or NaN, wanted a density")
    if not density.flatten(1).any(1).all():
        raise DataError(f"Fisher signal: a picture's {what} is zero everywhere, wanted a density")
    return density
