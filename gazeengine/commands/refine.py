"""refine: smaller and smaller networks by signals estimated anew on the way, and compensated, without training."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from gazeengine.checkpoint import SUFFIX, Checkpoint, load
from gazeengine.commands.finishing import finished
from gazeengine.commands.material import pictures_in, read_splits
from gazeengine.commands.output import Progress, Result, folder_made, interruptible, model
from gazeengine.cost import flops_model
from gazeengine.errors import CheckpointError
from gazeengine.export import save_model
from gazeengine.families import beta_in_names
from gazeengine.plan import FLOP_PER_GFLOP
from gazeengine.refinement import RefinementOptions, RefinementProgress, continued, refined
from gazeengine.stimuli import DataSet


def run(options: Namespace) -> Result:
    checkpoint, folder = model(options.model), folder_made(options.out)
    training: tuple[DataSet, ...]
    test: tuple[DataSet, ...] = ()
    if options.pictures is not None:
        training = (pictures_in(options.pictures),)
    else:
        training, _, test = read_splits(options.data)
    how = RefinementOptions(
        beta=None if options.beta == "star" else float(options.beta),
        shares=tuple(options.shares),
        features=tuple(options.features),
        compensate=options.compensate,
        targets="sampled" if options.pictures is not None else "fixations",
        n_images=options.images,
        n_signal=min(options.signal_images, options.images),
        seed=options.seed,
    )
    progress, written = Progress("refine"), list[Path]()
    with interruptible() as stopped:
        for step in stops_written(checkpoint, training, test, how, folder):
            if isinstance(step, Path):
                written.append(step)
            else:
                progress.show(round(1000 * step.done), 1000, step.left_s, step.doing)
            if stopped:
                return Result({"interrupted": True, "folder": str(folder)}, "stopped; call refine again to go on", 130)
    stops = [_described(load(path), path) for path in written]
    lines = [
        f"{s['file']}: {s['features']:,} features, {s['gflop']:.2f} GFLOP"
        + "".join(f", {name} {bits:.3f} bits" for name, bits in s["information_gain_bits"].items())
        for s in stops
    ]
    return Result({"model": checkpoint.name, "stops": stops}, "\n".join(lines))


def stops_written(
    checkpoint: Checkpoint, training: Sequence[DataSet], test: Sequence[DataSet], how: RefinementOptions, folder: Path
) -> Iterator[RefinementProgress | Path]:
    """Go from stop to stop over the pictures of training; then yields the file in folder of each, scored on test.

    What folder has is not made again. Raises as refined does.
    """
    there = _networks_in(folder)
    files = {stop.id: path for path, stop in there.items()}
    reached = continued(checkpoint, how, list(there.values()))
    paths = [files[stop.id] for stop in reached]
    stimuli = [s for data in training for s in data.stimuli]
    for step in refined(checkpoint, [data.name for data in training], stimuli, how, reached):
        if step.stop is not None:
            gone = checkpoint.architecture.n_features - step.stop.n_features
            paths.append(folder / f"beta{beta_in_names(how.beta)}-n{gone}{SUFFIX}")
            save_model(step.stop, paths[-1], half=True)
        yield step
    for path in paths:
        stop = load(path)
        if test and not stop.scores:
            save_model(finished(stop, training, test, 0, how.seed), path)
        yield path


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
