"""train: a network from pretrained features to a model file with its Fisher signal and scores."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from gazeengine.architecture import ARCHITECTURES, Architecture
from gazeengine.backbones import features_named, origin
from gazeengine.checkpoint import all_kept, new_checkpoint
from gazeengine.commands.arguments import TRAINING
from gazeengine.commands.finishing import interrupted, saved_with_scores, state
from gazeengine.commands.following import Outcome, follow
from gazeengine.commands.material import read_splits, versions
from gazeengine.commands.output import Result, check_writable
from gazeengine.commands.taking_part import helped, taking_part
from gazeengine.examples import Draw, Pictures, fixated
from gazeengine.fixations import DataSet, center_bias
from gazeengine.networks import GazeNetwork, initialise, weights
from gazeengine.run_state import load_network, read_state
from gazeengine.saved_state import BEST
from gazeengine.training import TrainingOptions, scale_readout, train

SCALED_ON = 8  # pictures over which the readout's input is brought to unit scale


def run(options: Namespace) -> Result:
    check_writable(options.out)
    how = training_options(options)
    architecture = ARCHITECTURES[options.architecture]
    training, validation, test = read_splits(options.data)
    names = [data.name for data in training]
    begun = {"architecture": architecture.name, "features": origin(options.features, architecture), "data": names}
    with taking_part(options.run, begun) as world:
        pictures = Pictures(fixated(training), how.height, how.width, least_scale=how.least_scale)
        held_out = Pictures(fixated(validation), how.height, how.width)
        network = begun_network(architecture, options.features, training, pictures, how.seed)
        steps = train(network, pictures, held_out, how, options.run, world)
        if not world.first:
            return helped(steps)
        ended = follow("train", steps, options.run, options.events)
        if not has_best(network, options.run, ended):
            return interrupted("train", options.run, how.n_steps, ended)
        provenance = begun | {
            "validation": [data.name for data in validation],
            "center_bias": names,
            "objective": "cross-entropy on fixations",
            "training": asdict(how),
            **how_it_went(options.run, how.seed),
        }
        checkpoint = new_checkpoint(
            options.name or architecture.title,
            architecture,
            all_kept(architecture),
            weights(network),
            (how.height, how.width),
            provenance,
        )
        return saved_with_scores(checkpoint, options, training, test, how.seed, ended)


def training_options(options: Namespace) -> TrainingOptions:
    given = {field: getattr(options, field) for _, field, *_ in TRAINING if getattr(options, field) is not None}
    if options.size is not None:
        given |= {"height": options.size[0], "width": options.size[1]}
    return TrainingOptions(**given)


def has_best(network: GazeNetwork, folder: Path, ended: Outcome) -> bool:
    """Whether a run gives a model, of which network then has the best parameters.

    One does that came to its end, or was stopped to keep what it had and had been validated.
    """
    if ended == "kept" and (folder / BEST).exists():
        load_network(network, read_state(folder / BEST)[0], folder / BEST)
        return True
    return ended == "done"


def how_it_went(folder: Path, seed: int) -> dict[str, Any]:
    """What a model's provenance says of the run in folder."""
    reached = state(folder)
    return {
        "seed": seed,
        "steps": reached.step,
        "best_step": reached.best_step,
        "validation_loss_nats": reached.best_loss,
        "seconds": round(reached.elapsed_s),
        "versions": versions(),
    }


def begun_network(
    architecture: Architecture, features: str, training: Sequence[DataSet], pictures: Pictures, seed: int
) -> GazeNetwork:
    """A network with pretrained features and a random readout at unit scale."""
    network = GazeNetwork(architecture, architecture.widths, center_bias(training))
    initialise(network, seed)
    if features != "random":
        network.load_state_dict(features_named(features, architecture), strict=False)
    network.to(memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    n = len(pictures.stimuli)
    spread = [i * n // SCALED_ON for i in range(SCALED_ON)] if n >= SCALED_ON else range(n)
    with torch.no_grad():
        scale_readout(network, network.extracted(pictures.batch([Draw(i) for i in spread])[0]))
    return network
