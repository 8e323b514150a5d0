"""signal: the Fisher signal of every feature, estimated anew."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from gazeengine.checkpoint import Checkpoint
from gazeengine.commands.output import Progress, Result, check_writable, model, verified
from gazeengine.errors import DataError
from gazeengine.export import save_model
from gazeengine.fisher import fisher_signal
from gazeengine.fixations import Stimulus, counts, read_data_set
from gazeengine.image import read_image, resized
from gazeengine.plan import FisherSignal
from gazeengine.predict import as_input, working_extent

Targets = Literal["fixations", "sampled"]
ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif")


def run(options: Namespace) -> Result:
    check_writable(options.out)
    checkpoint = model(options.model)
    if options.pictures is not None:
        if options.targets == "fixations":
            raise DataError(f"folder {options.pictures}: --pictures has no fixations, wanted --targets sampled")
        names, stimuli = [options.pictures.name], _pictures(options.pictures)
    else:
        data_sets = [read_data_set(folder, options.split) for folder in options.data]
        names, stimuli = [data.name for data in data_sets], [s for data in data_sets for s in data.stimuli]
    targets: Targets = options.targets or ("fixations" if options.pictures is None else "sampled")
    checkpoint = with_signal(checkpoint, names, stimuli, targets, options.images, options.seed)
    values, text = verified(save_model(checkpoint, options.out), options.out)
    signal = checkpoint.signal
    assert signal is not None
    about = {"name": checkpoint.name, "n_images": signal.n_images, "targets": signal.targets, "data": names}
    return Result(about | values, f"Fisher signal over {signal.n_images} pictures ({signal.targets})\n{text}")


def with_signal(
    checkpoint: Checkpoint,
    names: Sequence[str],
    stimuli: Sequence[Stimulus],
    targets: Targets,
    n_images: int,
    seed: int,
) -> Checkpoint:
    """The checkpoint with a signal over n_images of the stimuli, drawn by seed; its provenance says of which data.

    Raises DataError where there are no pictures, or none with fixations and these are wanted.
    """
    usable = [s for s in stimuli if len(s.x) or targets == "sampled"]
    if not usable:
        wanted = "pictures with fixations" if targets == "fixations" else "pictures"
        raise DataError(f"Fisher signal: {', '.join(names)} has no {wanted}, wanted at least one")
    order = np.random.default_rng(seed).permutation(len(usable))[:n_images]
    drawn = [usable[i] for i in order]
    progress, started = Progress("Fisher signal"), monotonic()
    signal: FisherSignal | None = None
    for signal in fisher_signal(checkpoint, _inputs(checkpoint, drawn, targets), targets=targets, seed=seed):
        n = signal.n_images
        progress.show(n, len(drawn), (monotonic() - started) / n * (len(drawn) - n))
    about = {"data": list(names), "n_images": len(drawn), "targets": targets, "seed": seed}
    return replace(checkpoint, signal=signal, provenance=dict(checkpoint.provenance) | {"signal": about})


def _inputs(
    checkpoint: Checkpoint, stimuli: Sequence[Stimulus], targets: Targets
) -> Iterator[tuple[Tensor, Tensor | None]]:
    """Each picture as the network looks at it (1, 3, H, W), with the density of its fixations (1, H, W)."""
    for stimulus in stimuli:
        rgb = read_image(stimulus.path).rgb
        height, width = rgb.shape[:2]
        extent = working_extent(height, width, checkpoint.working_size, checkpoint.architecture.stride)
        density = None
        if targets == "fixations":
            fixated = torch.from_numpy(counts(stimulus, *extent))
            density = (fixated / fixated.sum())[None]
        yield as_input(resized(rgb, *extent)), density


def _pictures(folder: Path) -> list[Stimulus]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS)
    except OSError as error:
        raise DataError(f"folder {folder}: cannot be read ({error.strerror}), wanted one of pictures") from error
    none = np.zeros(0, np.float32)
    return [Stimulus(path, 0, 0, none, none) for path in paths]
