"""distill: train all weights of a network to a teacher's maps and to fixations (Section 2.4)."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict, replace

from gazeengine.architecture import ARCHITECTURES, Architecture
from gazeengine.backbones import origin
from gazeengine.checkpoint import Checkpoint, all_kept, new_checkpoint
from gazeengine.commands.finishing import interrupted, saved_with_scores
from gazeengine.commands.following import follow
from gazeengine.commands.material import Material, data_note
from gazeengine.commands.output import Result, check_writable, model
from gazeengine.commands.taking_part import helped, taking_part
from gazeengine.commands.train import begun_network, has_best, how_it_went, training_options
from gazeengine.errors import TrainingError
from gazeengine.families import as_trained, snapshot_name
from gazeengine.networks import build, weights
from gazeengine.training import train


def run(options: Namespace) -> Result:
    check_writable(options.out)
    parent = _parent(options)
    architecture = parent.architecture if parent is not None else ARCHITECTURES[options.architecture or "fastgaze"]
    how = training_options(options)
    if parent is not None and options.size is None:
        how = replace(how, height=parent.working_size[0], width=parent.working_size[1])
    with taking_part(options.run, _begun(options, architecture, parent)) as world:
        material = Material.of(options)
        training, held_out = material.examples(how.height, how.width, how.least_scale, how.teacher_share)
        if parent is not None:
            network = build(parent)
        else:
            network = begun_network(architecture, options.features, material.training, training, how.seed)
        steps = train(network, training, held_out, how, options.run, world)
        if not world.first:
            return helped(steps)
        ended = follow("distill", steps, options.run, options.events)
        if not has_best(network, options.run, ended):
            return interrupted("distill", options.run, how.n_steps, ended)
        provenance = (as_trained(parent.provenance) if parent is not None else {}) | {
            "architecture": architecture.name,
            "data": material.names,
            "validation": [data.name for data in material.validation],
            "objective": material.objective,
            "teacher": material.teacher_names,
            "training": asdict(how),
            **how_it_went(options.run, how.seed),
        }
        if parent is not None:
            provenance["distilled_from"] = {"name": parent.name, "id": parent.id}
        else:
            provenance["features"] = origin(options.features, architecture)
            provenance["center_bias"] = [data.name for data in material.training]
        checkpoint = new_checkpoint(
            options.name or (_name(parent) if parent is not None else architecture.title),
            architecture,
            parent.kept if parent is not None else all_kept(architecture),
            weights(network),
            (how.height, how.width),
            provenance,
        )
        return saved_with_scores(checkpoint, options, material.training, material.test, how.seed, ended)


def _name(parent: Checkpoint) -> str:
    """That of the network that it was, unless this says that it was made without training."""
    family = parent.provenance.get("family", {})
    return parent.name if "made" not in family else snapshot_name(as_trained(parent.provenance)["family"])


def _begun(options: Namespace, architecture: Architecture, parent: Checkpoint | None) -> dict[str, object]:
    return {
        "distill": {"parent": parent.id} if parent is not None else {"features": options.features},
        "architecture": architecture.name,
        "data": data_note(options.data),
        "unlabelled": data_note(options.unlabelled),
        "teacher": data_note(options.teacher),
    }


def _parent(options: Namespace) -> Checkpoint | None:
    """The model to go on from; None where it begins with features."""
    if (options.model is None) == (options.features is None):
        raise TrainingError("distill: wanted either a MODEL to go on from, or --features to begin with")
    if options.model is None:
        return None
    parent = model(options.model)
    if options.architecture not in (None, parent.architecture.name):
        raise TrainingError(
            f"distill: {parent.name} is of the architecture {parent.architecture.name}, "
            f"wanted it instead of {options.architecture}, or --features to begin with"
        )
    return parent
