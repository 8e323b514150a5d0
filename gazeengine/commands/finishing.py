"""What a model gets before it is shipped: a Fisher signal on training pictures, scores on test pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gazeengine.checkpoint import Checkpoint
from gazeengine.commands.evaluate import bias_name, scored
from gazeengine.commands.fisher_signal import with_signal
from gazeengine.fixations import DataSet


def finished(
    checkpoint: Checkpoint, training: Sequence[DataSet], test: Sequence[DataSet], n_images: int, seed: int
) -> Checkpoint:
    """The checkpoint with a signal over n_images training pictures with fixations, and scores on test.

    Information gain is over its own center bias, which was fitted to training. With n_images of 0 the signal
    stays as it is.
    """
    names = [data.name for data in training]
    stimuli = [s for data in training for s in data.stimuli]
    if n_images:
        checkpoint = with_signal(checkpoint, names, stimuli, "fixations", n_images, seed)
    scores = scored(checkpoint, test, checkpoint.weights["center_bias"], bias_name(names))
    return replace(checkpoint, scores={name: found.to_json() for name, found in scores})
