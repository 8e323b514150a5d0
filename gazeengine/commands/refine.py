"""refine: smaller and smaller networks by signals estimated anew on the way, and compensated, without training."""

from __future__ import annotations

import hashlib
import math
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from gazeengine.checkpoint import SUFFIX, Checkpoint, load
from gazeengine.commands.evaluate import bias_name, scoring
from gazeengine.commands.finishing import with_fixations
from gazeengine.commands.following import follow
from gazeengine.commands.material import pictures_in, read_splits
from gazeengine.commands.output import Result, folder_made, model
from gazeengine.commands.prune import pricing_here
from gazeengine.cost import flops_model
from gazeengine.errors import CheckpointError
from gazeengine.export import save_model
from gazeengine.families import beta_in_names
from gazeengine.plan import FLOP_PER_GFLOP
from gazeengine.pricing import Pricing
from gazeengine.refinement import RefinementOptions, RefinementProgress, continued, refined
from gazeengine.runs import TrainingProgress, claimed
from gazeengine.stimuli import DataSet

PARTS = 1000  # of the whole way, that steps are counted in


def run(options: Namespace) -> Result:
    checkpoint, folder = model(options.model), folder_made(options.out)
    training: tuple[DataSet, ...]
    test: tuple[DataSet, ...] = ()
    if options.pictures is not None:
        training = (pictures_in(options.pictures),)
    else:
        training, _, test = read_splits(options.data)
        test = test if options.scores else ()
    how = RefinementOptions(
        beta=None if options.beta == "star" else float(options.beta),
        shares=tuple(options.shares),
        features=tuple(options.features),
        compensate=options.compensate,
        targets="sampled" if options.pictures is not None else "fixations",
        n_images=options.images,
        n_signal=min(options.signal_images, options.images),
        seed=options.seed,
        pictures=_digest(training),
        own_family=options.own_family,
        cost=options.cost,
    )
    pricing = pricing_here(checkpoint, options.cost, options.threads or 1, options.model)
    files: list[Path] = []
    with nullcontext() if options.run is None else claimed(options.run):
        steps = _told(stops_written(checkpoint, training, test, how, folder, files, pricing), checkpoint)
        ended = follow("refine", steps, options.run, options.events)
    if ended in ("stopped", "discarded") or (ended == "kept" and not files):
        values = {"interrupted": True, "ended": ended, "folder": str(folder)}
        return Result(values, "stopped; call refine again to go on", 130)
    stops = [_described(load(path), path) for path in files]
    lines = [
        f"{s['file']}: {s['features']:,} features, {s['gflop']:.2f} GFLOP"
        + "".join(f", {name} {bits:.3f} bits" for name, bits in s["information_gain_bits"].items())
        for s in stops
    ]
    return Result({"model": checkpoint.name, "ended": ended, "stops": stops}, "\n".join(lines))


def stops_written(
    checkpoint: Checkpoint,
    training: Sequence[DataSet],
    test: Sequence[DataSet],
    how: RefinementOptions,
    folder: Path,
    files: list[Path],
    pricing: Pricing | None = None,
) -> Iterator[RefinementProgress]:
    """Go from stop to stop over the pictures of training, then score each on test; files are those there are so far.

    A stop is told when it is written, and once more with its scores. What folder has is not made again. Raises as
    refined does.
    """
    began = time.monotonic()
    test = with_fixations(test)
    n_scored = sum(len(s.x) > 0 for data in test for s in data.stimuli)
    there = _networks_in(folder)
    found = {stop.id: path for path, stop in there.items()}
    reached = continued(checkpoint, how, list(there.values()))
    files[:] = [found[stop.id] for stop in reached]
    stimuli = [s for data in training for s in data.stimuli]
    names, done = [data.name for data in training], 0.0
    for step in refined(checkpoint, names, stimuli, how, reached, pricing, n_scored):
        done = step.done
        if step.stop is None:
            yield step
            continue
        gone = checkpoint.architecture.n_features - step.stop.n_features
        # another network than the compensated one, at the same β and n
        way = "-refined" * (not how.compensate) + f"-by-{how.cost}" * (how.cost != "flops")
        files.append(folder / f"beta{beta_in_names(how.beta)}-n{gone}{way}{SUFFIX}")
        save_model(step.stop, files[-1], half=True)
        yield replace(step, file=files[-1])
    unscored = [(path, stop) for path in files if test and not (stop := load(path)).scores]
    flops = [flops_model(stop.architecture, *stop.working_size).total(stop.widths) for _, stop in unscored]
    for i, (path, stop) in enumerate(unscored):
        doing = f"scores of stop {files.index(path) + 1} of {len(files)}"
        for n, (scores, share) in enumerate(_scores(stop, names, test, n_scored)):
            now = done + (1 - done) * (sum(flops[:i]) + flops[i] * share) / sum(flops)
            left_s = (time.monotonic() - began) * (1 - now) / now
            told = RefinementProgress(f"{doing}: picture {n + 1} of {n_scored}", now, left_s)
            if scores is not None:
                scored = replace(stop, scores=scores)
                save_model(scored, path)
                told = replace(told, stop=scored, file=path)
            yield told


def _scores(
    stop: Checkpoint, names: Sequence[str], test: Sequence[DataSet], n_pictures: int
) -> Iterator[tuple[dict[str, Any] | None, float]]:
    """Those of a stop over its own center bias, behind the last picture; and the share of the pictures that is done."""
    found: dict[str, Any] = {}
    steps = scoring(stop, test, stop.weights["center_bias"], bias_name(names))
    for done, (data, step) in enumerate(steps, 1):
        if step.scores is not None:
            found[data.name] = step.scores.to_json()
        yield (found if done == n_pictures else None), done / n_pictures


def _told(steps: Iterator[RefinementProgress], checkpoint: Checkpoint) -> Iterator[TrainingProgress]:
    """As runs publish it: the widths at the beginning and at each stop, not again with its scores, and no loss."""
    began, widths = time.monotonic(), dict(checkpoint.widths)
    cost = flops_model(checkpoint.architecture, *checkpoint.working_size)
    whole, first = checkpoint.architecture.n_features, True
    for step in steps:
        if step.stop is not None:
            widths = dict(step.stop.widths)
        yield TrainingProgress(
            round(PARTS * step.done),
            PARTS,
            math.nan,
            None,
            math.inf,
            0,
            time.monotonic() - began,
            step.left_s,
            n_pruned=whole - sum(widths.values()),
            flops=cost.total(widths),
            widths=widths if first or (step.stop is not None and not step.stop.scores) else None,
            snapshot=str(step.file) if step.file is not None else None,
            doing=step.doing,
        )
        first = False


def _digest(training: Sequence[DataSet]) -> str:
    """Another one for other pictures, by what they are called."""
    names = "\n".join(f"{data.name}/{s.path.name}" for data in training for s in data.stimuli)
    return hashlib.sha256(names.encode()).hexdigest()[:16]


def _described(stop: Checkpoint, path: Path) -> dict[str, Any]:
    gains = {name: score["information_gain_bits"] for name, score in stop.scores.items()}
    flops = flops_model(stop.architecture, *stop.working_size).total(stop.widths)
    return {
        "file": str(path),
        "features": stop.n_features,
        "gflop": flops / FLOP_PER_GFLOP,
        "widths": stop.widths,
        "information_gain_bits": gains,
    }


def _networks_in(folder: Path) -> dict[Path, Checkpoint]:
    """Those that can be read; others are none of ours."""
    found = {}
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        with suppress(CheckpointError):
            found[path] = load(path)
    return found
