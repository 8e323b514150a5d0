"""signal: the Fisher signal of every feature, estimated anew."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from gazeengine.calibration import calibrate
from gazeengine.checkpoint import Checkpoint
from gazeengine.commands.output import Progress, Result, check_writable, model, verified
from gazeengine.errors import DataError
from gazeengine.export import save_model
from gazeengine.fixations import Stimulus, read_data_set

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
    progress = Progress("Fisher signal")
    for step in calibrate(checkpoint, names, stimuli, targets=targets, n_images=n_images, seed=seed):
        progress.show(step.n_done, step.n_pictures, step.left_s)
    return step.checkpoint


def _pictures(folder: Path) -> list[Stimulus]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS)
    except OSError as error:
        raise DataError(f"folder {folder}: cannot be read ({error.strerror}), wanted one of pictures") from error
    none = np.zeros(0, np.float32)
    return [Stimulus(path, 0, 0, none, none) for path in paths]
