"""What a model gets before it is shipped: a Fisher signal on training pictures, scores on test pictures."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gazeengine.checkpoint import Checkpoint, load
from gazeengine.commands.evaluate import bias_name, scored
from gazeengine.commands.fisher_signal import with_signal
from gazeengine.commands.following import Outcome, say
from gazeengine.commands.info import description
from gazeengine.commands.output import Result, verified
from gazeengine.errors import TrainingError
from gazeengine.export import save_model
from gazeengine.fixations import DataSet
from gazeengine.runs import TrainingProgress
from gazeengine.saved_state import LATEST, saved_progress


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
    scores = scored(checkpoint, with_fixations(test), checkpoint.weights["center_bias"], bias_name(names))
    return replace(checkpoint, scores={name: found.to_json() for name, found in scores})


def with_fixations(test: Sequence[DataSet]) -> tuple[DataSet, ...]:
    """Those that can be scored on: not a test set whose fixations are kept secret, as SALICON's."""
    return tuple(data for data in test if any(len(s.x) for s in data.stimuli))


def saved_with_scores(
    checkpoint: Checkpoint,
    options: Namespace,
    training: Sequence[DataSet],
    test: Sequence[DataSet],
    seed: int,
    ended: Outcome,
) -> Result:
    """Save what was trained at once, then with its signal and scores, which are of the weights as saved."""
    rounded = save_model(checkpoint, options.out, half=True)
    command = options.command
    say(f"{options.out} is trained; its Fisher signal and scores follow", options.events)
    try:
        checkpoint = finished(load(options.out), training, test, options.signal_images, seed)
    except KeyboardInterrupt:
        left = f"{options.out} is trained, without Fisher signal and scores; call {command} again to add them"
        say(left, options.events)
        raise
    values, text = verified(save_model(checkpoint, options.out), options.out)
    values |= {"rounding_nats": rounded.largest_difference, "ended": ended}
    return Result(description(checkpoint) | values, text)


def interrupted(command: str, folder: Path, n_steps: int, ended: Outcome) -> Result:
    """What is said of a run that did not come to its end; n_steps is how many it wants."""
    saved = saved_progress(folder)
    kept = saved.step if saved is not None else 0
    text = f"stopped; call {command} again with the same arguments to go on from step {kept} of {n_steps}"
    if ended == "kept":
        text = f"{text}: there is no model to keep yet"
    values = {"interrupted": True, "ended": ended, "run": str(folder), "step": kept, "n_steps": n_steps}
    return Result(values, text, 130)


def state(folder: Path) -> TrainingProgress:
    """How far the run in folder is. Raises TrainingError where it has saved nothing."""
    if (saved := saved_progress(folder)) is None:
        raise TrainingError(f"training {folder}: {LATEST} is missing, wanted the state of a run")
    return saved
