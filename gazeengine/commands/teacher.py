"""teacher: an ensemble of DeepGaze II readouts on frozen features, and the best member as a model (Section 2.4)."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict, replace

import torch

from gazeengine.architecture import ARCHITECTURES, Architecture
from gazeengine.backbones import features_named, origin
from gazeengine.checkpoint import all_kept, new_checkpoint
from gazeengine.commands.arguments import TEACHING
from gazeengine.commands.finishing import interrupted, saved_with_scores
from gazeengine.commands.following import follow, say
from gazeengine.commands.material import data_note, has_val, versions
from gazeengine.commands.output import Progress, Result, check_writable, interruptible
from gazeengine.ensemble import MEMBERS, save_ensemble
from gazeengine.errors import TrainingError
from gazeengine.examples import CachedFeatures, Draw
from gazeengine.feature_cache import FeatureCache
from gazeengine.fixations import DataSet, center_bias, read_data_set
from gazeengine.folds import folds
from gazeengine.networks import GazeNetwork, initialise, weights
from gazeengine.runs import claimed, note
from gazeengine.stimuli import Stimulus
from gazeengine.teacher import Members, TeacherOptions, load_best, train_members
from gazeengine.training import scale_readout

SCALED_ON = 16  # pictures over which the readout's input is brought to unit scale


def run(options: Namespace) -> Result:
    check_writable(options.out)
    architecture = ARCHITECTURES[options.architecture]
    how = teacher_options(options, architecture)
    with claimed(options.run):
        begun = {"teacher": architecture.name, "features": options.features, "data": data_note(options.data)}
        note(options.run, begun)
        there = [(d, split) for d in options.data for split in ("train", "val") if split == "train" or has_val(d)]
        pooled = [read_data_set(folder, split) for folder, split in there]
        training = [data for data, (_, split) in zip(pooled, there, strict=True) if split == "train"]
        test = [read_data_set(folder, "test") for folder in options.data]
        stimuli, left_out = folded(pooled, how.n_folds, how.seed)
        networks = begun_members(architecture, options.features, training, how)
        cache = FeatureCache(networks[0], (how.height, how.width), options.cache or options.run / "features")
        if not cached(cache, stimuli, options.events):
            return interrupted("teacher", options.run, how.n_steps, "stopped")
        examples = CachedFeatures(cache, stimuli, dropout=how.dropout)
        spread = [Draw(i * len(stimuli) // SCALED_ON) for i in range(SCALED_ON)]
        features = examples.without_dropout().batch(spread)[0]
        for network in networks:
            scale_readout(network, features)
        members = Members(networks)
        steps = train_members(members, examples, left_out, how, options.run)
        ended = follow("teacher", steps, options.run, options.events)
        losses = load_best(members, options.run) if ended in ("done", "kept") else None
        if losses is None:
            return interrupted("teacher", options.run, how.n_steps, ended)
        members.give_back(networks)
        names = [data.name for data in pooled]
        about = {
            "name": f"{architecture.title}, {how.n_folds} members",
            "data": names,
            "extent": [how.height, how.width],
            "losses": losses,
        }
        save_ensemble(options.run / MEMBERS, networks[0], members, about)
        best = min(range(len(networks)), key=lambda i: losses[i])
        provenance = {
            "architecture": architecture.name,
            "features": origin(options.features, architecture),
            "data": names,
            "center_bias": [data.name for data in training],
            "objective": "cross-entropy on fixations, features frozen",
            "training": asdict(how),
            "member": best,
            "validation_loss_nats": losses[best],
            "seed": how.seed,
            "versions": versions(),
        }
        checkpoint = new_checkpoint(
            options.name or architecture.title,
            architecture,
            all_kept(architecture),
            weights(networks[best]),
            (how.height, how.width),
            provenance,
        )
        return saved_with_scores(checkpoint, options, training, test, how.seed, ended)


def teacher_options(options: Namespace, architecture: Architecture) -> TeacherOptions:
    """Raises TrainingError where pictures aren't of whole cells: mirrored features would be of another part of them."""
    given = {field: getattr(options, field) for _, field, *_ in TEACHING if getattr(options, field) is not None}
    if options.size is not None:
        given |= {"height": options.size[0], "width": options.size[1]}
    how = TeacherOptions(**given)
    rows, columns = architecture.padded(how.height, how.width)
    if (rows, columns) != (how.height, how.width):
        raise TrainingError(
            f"teacher: the size is {how.height}x{how.width}, wanted multiples of {architecture.stride}, "
            f"as in {rows}x{columns}"
        )
    return how


def folded(data_sets: Sequence[DataSet], n: int, seed: int) -> tuple[list[Stimulus], list[int]]:
    """The pictures with fixations of all sets, and the fold that each is held out in."""
    fixated = [replace(data, stimuli=tuple(s for s in data.stimuli if len(s.x))) for data in data_sets]
    stimuli: list[Stimulus] = []
    left_out: list[int] = []
    for k, fold in enumerate(folds(fixated, n, seed)):
        held_out = [s for data in fold.validation for s in data.stimuli]
        stimuli += held_out
        left_out += [k] * len(held_out)
    return stimuli, left_out


def begun_members(
    architecture: Architecture, features: str, training: Sequence[DataSet], how: TeacherOptions
) -> list[GazeNetwork]:
    """Networks with the same features and readouts of their own."""
    shared = features_named(features, architecture)
    bias = center_bias(training)
    networks: list[GazeNetwork] = []
    for i in range(how.n_folds):
        network = GazeNetwork(architecture, architecture.widths, bias)
        initialise(network, how.seed * 1000 + i)
        network.load_state_dict(shared, strict=False, assign=True)  # the same tensors for all members
        network.requires_grad_(False)
        network.to(memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
        shared = {name: tensor for name, tensor in network.state_dict().items() if name in shared}
        networks.append(network)
    return networks


def cached(cache: FeatureCache, stimuli: Sequence[Stimulus], events: bool) -> bool:
    """Whether the features of all pictures are there; False where it was interrupted."""
    missing = cache.missing(stimuli)
    if not missing:
        return True
    size = cache.bytes_per_picture * len(missing) / 1e9
    cache.make_room(missing)
    say(f"{cache.folder}: features of {len(missing)} pictures take {size:.2f} GB", events)
    progress, started = Progress("features"), time.monotonic()
    with interruptible() as stopped:
        for i, stimulus in enumerate(missing, 1):
            cache.add(stimulus)
            progress.show(i, len(missing), (time.monotonic() - started) / i * (len(missing) - i))
            if stopped:
                return False
    return True
