"""A checkpoint's Fisher signal over pictures: of data sets, of a folder, or those that somebody has open."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from gazeengine.checkpoint import Checkpoint
from gazeengine.criteria import FeatureStatistics
from gazeengine.errors import DataError
from gazeengine.fisher import feature_statistics, fisher_signal
from gazeengine.fixations import Stimulus, counts
from gazeengine.image import Picture, read_image, resized
from gazeengine.predict import as_input, working_extent
from gazeengine.signal_source import FEW, CalibrationProgress, with_source

NOTHING_NATS = 1e-12  # of all features together: what rounding leaves of a constant map's gradients; FastGaze has 7


def calibrate(
    checkpoint: Checkpoint,
    names: Sequence[str],
    pictures: Sequence[Picture | Stimulus],
    *,
    targets: str = "sampled",
    n_images: int | None = None,
    seed: int = 0,
) -> Iterator[CalibrationProgress]:
    """Estimate checkpoint's signal over n_images of the pictures (or all), in an order drawn by seed.

    Yields after each picture, and can be stopped there: what there is so far is the mean over those done. names are
    those of the data, for the checkpoint's provenance. For targets see fisher_signal; "fixations" leaves pictures
    without any out. Raises DataError where there are no pictures, or none with fixations and these are wanted, and
    where the signal is zero for every feature: from such a network nothing can be learned by its gradients.
    """
    fixated = targets == "fixations"
    drawn = _drawn(names, pictures, fixated, n_images, seed)
    inputs = (_input(checkpoint, picture, fixated) for picture in drawn)
    started, n = time.monotonic(), len(drawn)
    for signal in fisher_signal(checkpoint, inputs, targets=targets, seed=seed):
        done = signal.n_images
        if done >= min(FEW, n) and sum(float(delta.sum()) for delta in signal.delta.values()) < NOTHING_NATS:
            raise DataError(
                f"Fisher signal of {checkpoint.name}: it is zero for all features after {done} of {n} pictures, "
                "wanted a network whose map depends on its features"
            )
        elapsed = time.monotonic() - started
        yield CalibrationProgress(
            with_source(checkpoint, signal, names, seed), done, n, elapsed, elapsed / done * (n - done)
        )


def statistics_of(
    checkpoint: Checkpoint, pictures: Sequence[Picture], *, n_targets: int = 2, seed: int = 0
) -> Iterator[FeatureStatistics]:
    """What all criteria are made of, over pictures, with targets from the network's own map; the means so far of each.

    Raises DataError where there are no pictures.
    """
    inputs = inputs_of(checkpoint, ["pictures"], pictures, fixated=False, n_images=None, seed=seed)
    return feature_statistics(checkpoint, iter(inputs), n_targets=n_targets, seed=seed)


def inputs_of(
    checkpoint: Checkpoint,
    names: Sequence[str],
    pictures: Sequence[Picture | Stimulus],
    *,
    fixated: bool,
    n_images: int | None,
    seed: int,
) -> list[tuple[Tensor, Tensor | None]]:
    """n_images of the pictures as checkpoint's network looks at them (1, 3, H, W), with densities (1, H, W) if fixated.

    They are drawn, and DataError is raised, as in calibrate.
    """
    return [_input(checkpoint, picture, fixated) for picture in _drawn(names, pictures, fixated, n_images, seed)]


def _drawn(
    names: Sequence[str], pictures: Sequence[Picture | Stimulus], fixated: bool, n_images: int | None, seed: int
) -> list[Picture | Stimulus]:
    usable = [p for p in pictures if not fixated or (isinstance(p, Stimulus) and len(p.x))]
    if not usable:
        wanted = "pictures with fixations" if fixated else "pictures"
        raise DataError(f"Fisher signal: {', '.join(names)} has no {wanted}, wanted at least one")
    return [usable[i] for i in np.random.default_rng(seed).permutation(len(usable))[:n_images]]


def _input(checkpoint: Checkpoint, picture: Picture | Stimulus, fixated: bool) -> tuple[Tensor, Tensor | None]:
    """A picture as the network looks at it (1, 3, H, W), with the density of its fixations (1, H, W)."""
    rgb = picture.rgb if isinstance(picture, Picture) else read_image(picture.path).rgb
    height, width = rgb.shape[:2]
    extent = working_extent(height, width, checkpoint.working_size, checkpoint.architecture.stride)
    density = None
    if fixated and isinstance(picture, Stimulus):
        fixations = torch.from_numpy(counts(picture, *extent))
        density = (fixations / fixations.sum())[None]
    return as_input(resized(rgb, *extent)), density
