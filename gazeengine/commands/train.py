"""train: a network from pretrained features to a model file with its Fisher signal and scores."""

from __future__ import annotations

import json
import platform
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from gazeengine.architecture import ARCHITECTURES, Architecture
from gazeengine.atomic import written_beside
from gazeengine.backbones import pretrained_features
from gazeengine.checkpoint import Checkpoint, all_kept, load, new_checkpoint
from gazeengine.commands.arguments import TRAINING
from gazeengine.commands.finishing import finished
from gazeengine.commands.info import description
from gazeengine.commands.output import Progress, Result, check_writable, folder_made, interruptible, verified
from gazeengine.errors import TrainingError
from gazeengine.export import save_model
from gazeengine.fixations import DataSet, center_bias, read_data_set
from gazeengine.networks import GazeNetwork, initialise, weights
from gazeengine.training import (
    Pictures,
    TrainingOptions,
    TrainingProgress,
    load_pictures,
    scale_readout,
    train,
)

LATEST = "latest.safetensors"
SCALED_ON = 8  # pictures over which the readout's input is brought to unit scale


def run(options: Namespace) -> Result:
    check_writable(options.out)
    how = _training_options(options)
    architecture = ARCHITECTURES[options.architecture]
    training, validation, test = (
        [read_data_set(folder, split) for folder in options.data] for split in ("train", "val", "test")
    )
    names = [data.name for data in training]
    begun = {"architecture": architecture.name, "features": Path(options.features).name, "data": names}
    _claim(folder_made(options.run), begun)

    pictures = load_pictures(training, how.height, how.width)
    network = _begun(architecture, options.features, training, pictures, how.seed)
    held_out = load_pictures(validation, how.height, how.width)
    if not _trained(network, pictures, held_out, how, options.run):
        return _interrupted(options.run, how)

    state = _state(options.run)
    provenance = begun | {
        "validation": [data.name for data in validation],
        "center_bias": names,
        "objective": "cross-entropy on fixations",
        "training": asdict(how),
        "seed": how.seed,
        "steps": state.step,
        "best_step": state.best_step,
        "validation_loss_nats": state.best_loss,
        "seconds": round(state.elapsed_s),
        "versions": _versions(),
    }
    checkpoint = new_checkpoint(
        options.name or architecture.title,
        architecture,
        all_kept(architecture),
        weights(network),
        (how.height, how.width),
        provenance,
    )
    return _finished(checkpoint, options, training, test, how.seed)


def _finished(
    checkpoint: Checkpoint, options: Namespace, training: Sequence[DataSet], test: Sequence[DataSet], seed: int
) -> Result:
    """Save what was trained at once, then with its signal and scores, which are of the weights as saved."""
    rounded = save_model(checkpoint, options.out, half=True)
    progress = Progress("train")
    progress.say(f"{options.out} is trained; its Fisher signal and scores follow")
    try:
        checkpoint = finished(load(options.out), training, test, options.signal_images, seed)
    except KeyboardInterrupt:
        progress.say(f"{options.out} is trained, without Fisher signal and scores; call train again to add them")
        raise
    values, text = verified(save_model(checkpoint, options.out), options.out)
    values["rounding_nats"] = rounded.largest_difference
    return Result(description(checkpoint) | values, text)


def _training_options(options: Namespace) -> TrainingOptions:
    given = {field: getattr(options, field) for _, field, *_ in TRAINING if getattr(options, field) is not None}
    if options.size is not None:
        given |= {"height": options.size[0], "width": options.size[1]}
    return TrainingOptions(**given)


def _begun(
    architecture: Architecture, features: str, training: Sequence[DataSet], pictures: Pictures, seed: int
) -> GazeNetwork:
    """A network with pretrained features and a random readout at unit scale."""
    network = GazeNetwork(architecture, architecture.widths, center_bias(training))
    initialise(network, seed)
    if features != "random":
        network.load_state_dict(pretrained_features(Path(features), architecture), strict=False)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    n = len(pictures.stimuli)
    drawn = [i * n // SCALED_ON for i in range(SCALED_ON)] if n >= SCALED_ON else list(range(n))
    scale_readout(network, pictures.batch(drawn, [False] * len(drawn))[0])
    return network


def _trained(network: GazeNetwork, pictures: Pictures, held_out: Pictures, how: TrainingOptions, folder: Path) -> bool:
    """Whether it came to its end; False where it was interrupted."""
    progress = Progress("train")
    with interruptible() as stopped:
        for step in train(network, pictures, held_out, how, folder):
            best = f", best {step.best_loss:.3f} at step {step.best_step}" if step.best_step else ""
            if step.validation_loss is not None:
                progress.say(f"step {step.step}: validation loss {step.validation_loss:.3f} nats{best}")
            progress.show(step.step, step.n_steps, step.left_s, f"loss {step.loss:.3f}{best}")
            if stopped:
                return False
    return True


def _interrupted(folder: Path, how: TrainingOptions) -> Result:
    kept = _state(folder).step if (folder / LATEST).exists() else 0
    text = f"stopped; call train again with the same arguments to go on from step {kept} of {how.n_steps}"
    return Result({"interrupted": True, "run": str(folder), "step": kept, "n_steps": how.n_steps}, text, 130)


def _claim(folder: Path, begun: dict[str, Any]) -> None:
    """Note what the run trains, or raise TrainingError where it trains something else."""
    note = folder / "run.json"
    if note.exists():
        try:
            found = json.loads(note.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise TrainingError(
                f"training {folder}: run.json cannot be read ({error}), wanted an empty folder"
            ) from error
        if found != begun:
            raise TrainingError(
                f"training {folder}: it was begun with {json.dumps(found)}, "
                f"wanted {json.dumps(begun)} or an empty folder"
            )
        return
    with written_beside(note) as beside:
        beside.write_text(json.dumps(begun), encoding="utf-8")


def _state(folder: Path) -> TrainingProgress:
    try:
        with safe_open(folder / LATEST, "np") as file:
            return TrainingProgress(**json.loads(file.metadata()["progress"]))
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            f"training {folder}: {LATEST} cannot be read ({error}), wanted a state of training"
        ) from error


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in ("fishergaze", "torch", "numpy"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # run from a checkout that is not installed
            continue
    return found
