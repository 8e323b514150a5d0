"""prune-run: prune while training, with trained snapshots on the way: a family of networks at one β (Section 2.4)."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Generator
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from gazeengine.checkpoint import SUFFIX, Checkpoint, load, new_checkpoint
from gazeengine.commands.finishing import finished, interrupted
from gazeengine.commands.following import follow, say
from gazeengine.commands.material import Material, data_note, versions
from gazeengine.commands.output import Result, folder_made, model
from gazeengine.commands.prune import plan_for_latency
from gazeengine.commands.taking_part import helped, taking_part
from gazeengine.cost import flops_model
from gazeengine.distributed import World
from gazeengine.errors import PruningError
from gazeengine.export import save_model
from gazeengine.families import as_trained, beta_in_names
from gazeengine.plan import FLOP_PER_GFLOP, FisherSignal, pruning_order
from gazeengine.pruning_run import Snapshot, prune_while_training, snapshot_now
from gazeengine.pruning_schedule import PAPER, PruningOptions
from gazeengine.run_state import read_state
from gazeengine.runs import History, TrainingProgress, last_published, read_history
from gazeengine.saved_state import LATEST

GIVEN = ("batch", "steps_per_round", "features_per_round", "settle_steps", "learning_rate", "least_scale", "seed")
"""Arguments that are fields of PruningOptions."""


def run(options: Namespace) -> Result:
    parent = model(options.model)
    folder = folder_made(options.out)
    with taking_part(options.run, _begun(options, parent)) as world:
        how = pruning_options(options, parent, world)
        material = Material.of(options)
        training, held_out = material.examples(how.height, how.width, how.least_scale, how.teacher_share)
        steps = prune_while_training(parent, training, held_out, how, options.run, world)
        if not world.first:
            return helped(steps)
        taken = _Taken(parent, how, material, folder, options.events)
        ended = follow("prune-run", taken.of(steps), options.run, options.events)
        if ended == "kept" and (snapshot := snapshot_now(parent, held_out, how, options.run)) is not None:
            with History(options.run) as history:
                history.append(taken.written(snapshot))
        files = _written_in(options.run)
        if ended in ("stopped", "discarded") or not files:
            last = last_published(options.run)
            return interrupted("prune-run", options.run, last.n_steps if last is not None else 0, ended)
    values = {"ended": ended, "family": str(folder), "snapshots": files, "beta": _shown(how.beta)}
    return Result(values, "\n".join([f"{folder}: {len(files)} trained network{'s' * (len(files) != 1)}", *files]))


class _Taken:
    """Writes snapshots as model files with signal and scores, and says so in the run's progress."""

    def __init__(self, parent: Checkpoint, how: PruningOptions, material: Material, folder: Path, events: bool) -> None:
        self._parent, self._how, self._material, self._folder, self._events = parent, how, material, folder, events

    def of(self, steps: Generator[TrainingProgress | Snapshot]) -> Generator[TrainingProgress]:
        """The progress of steps. One with a snapshot comes when the run knows that it is taken care of."""
        told: TrainingProgress | None = None
        with closing(steps):
            for item in steps:
                if isinstance(item, Snapshot):
                    told = self.written(item)
                else:
                    yield told or item
                    told = None

    def written(self, snapshot: Snapshot) -> TrainingProgress:
        """Write its file, at once and then with scores, which are of the weights as saved; where the run is by then."""
        how, material = self._how, self._material
        path = self._folder / f"beta{beta_in_names(how.beta)}-n{snapshot.n_pruned}{SUFFIX}"
        name = f"{self._parent.name} −{snapshot.n_pruned} (β {_shown(how.beta)})"
        size, targets = (how.height, how.width), "teacher" if material.teachers else "fixations"
        provenance = self._provenance(snapshot, targets)
        bare = new_checkpoint(name, self._parent.architecture, snapshot.kept, snapshot.weights, size, provenance)
        signal = FisherSignal(bare.id, snapshot.n_images, targets, snapshot.delta)
        save_model(replace(bare, signal=signal), path, half=True)
        say(f"{path} is written; its scores follow", self._events)
        save_model(finished(load(path), material.training, material.test, 0, how.seed), path)
        return replace(snapshot.progress, snapshot=str(path), validation_loss=snapshot.validation_loss)

    def _provenance(self, snapshot: Snapshot, targets: str) -> dict[str, Any]:
        parent, how, material = self._parent, self._how, self._material
        pruned = {"criterion": "fisher", "beta": _shown(how.beta)}
        before = as_trained(parent.provenance)
        family = before.get("family", {"parent": parent.id, "name": parent.name})
        return before | {
            "parent": {"name": parent.name, "id": parent.id},
            "family": dict(family) | pruned | {"n_pruned": snapshot.n_pruned},
            **pruned,
            "pruned": snapshot.n_pruned,
            "trained_after_pruning": True,
            "objective": material.objective,
            "data": material.names,
            "teacher": material.teacher_names,
            "pruning": asdict(how),
            "signal": {"data": material.names, "n_images": snapshot.n_images, "targets": targets, "seed": how.seed},
            "versions": versions(),
        }


def pruning_options(options: Namespace, parent: Checkpoint, world: World) -> PruningOptions:
    """As the arguments say; a target in milliseconds is in GFLOP, as it was measured when the run began."""
    beta = None if options.beta == "star" else float(options.beta)
    height, width = options.size or parent.working_size
    given: dict[str, Any] = {"beta": beta, "height": height, "width": width}
    if options.schedule == "paper":
        given |= PAPER
    given |= {name: getattr(options, name) for name in GIVEN if getattr(options, name) is not None}
    if options.snapshots is not None:
        given["snapshots"] = tuple(options.snapshots)
    if options.features is not None:
        given["n_pruned"] = options.features
    elif options.gflop is not None:
        given["gflop"] = options.gflop
    elif (options.run / LATEST).exists():
        given["gflop"] = read_state(options.run / LATEST)[1].get("options", {}).get("gflop")
    else:
        sized = replace(parent, working_size=(height, width))
        given["gflop"] = world.firsts(_gflop_for(sized, beta, options) if world.first else 0.0)
    return PruningOptions(**given)


def _gflop_for(parent: Checkpoint, beta: float | None, options: Namespace) -> float:
    """GFLOP at which the network takes so many milliseconds here: what its own order leaves where one measures that."""
    if parent.signal is None:
        raise PruningError(f"model {parent.name}: it has no Fisher signal, wanted one for a target in milliseconds")
    order = pruning_order(parent.signal, flops_model(parent.architecture, *parent.working_size), beta)
    plan = order.first(0)
    for plan, measured in plan_for_latency(parent, order, order.first, options.ms, options.threads or 1):
        say(f"{plan.n} features pruned: {measured.median_ms:.1f} ms", options.events)
    return plan.flops / FLOP_PER_GFLOP


def _written_in(run: Path) -> list[str]:
    """The snapshots of a run, those of earlier sittings, too, by how many features are gone."""
    told = {p.n_pruned: p.snapshot for p in read_history(run) if p.snapshot is not None}
    return [path for _, path in sorted(told.items()) if Path(path).exists()]


def _begun(options: Namespace, parent: Checkpoint) -> dict[str, object]:
    target = {} if options.ms is None else {"ms": options.ms}
    return {
        "prune-run": {"parent": parent.id, "beta": options.beta} | target,
        "data": data_note(options.data),
        "unlabelled": data_note(options.unlabelled),
        "teacher": data_note(options.teacher),
    }


def _shown(beta: float | None) -> float | str:
    return "star" if beta is None else beta
