"""maps: a teacher's average maps of pictures on disk, to distill from."""

from __future__ import annotations

import time
from argparse import Namespace
from pathlib import Path

from gazeengine.commands.material import stimuli_in
from gazeengine.commands.output import Progress, Result, interruptible, model
from gazeengine.ensemble import MEMBERS, Ensemble, average, ensemble_of, load_ensemble
from gazeengine.errors import TrainingError
from gazeengine.teacher_maps import TeacherMaps


def run(options: Namespace) -> Result:
    ensembles = [_teacher(teacher) for teacher in options.teacher]
    if len(extents := {e.extent for e in ensembles}) > 1:
        found = " and ".join(f"{height}x{width}" for height, width in sorted(extents))
        raise TrainingError(f"teachers: they look at pictures of {found} pixels, wanted runs with the same --size")
    about = {
        "name": " and ".join(dict.fromkeys(e.name for e in ensembles)),
        "members": sum(e.members.n for e in ensembles),
        "data": list(dict.fromkeys(name for e in ensembles for name in e.data)),
        "extent": [list(e.extent) for e in ensembles],
    }
    stimuli = [s for folder in options.data for s in stimuli_in(folder, options.splits)]
    maps = TeacherMaps.create(options.out, about)
    missing = [s for s in stimuli if not maps.has(s)]
    folders = [options.cache or (t if t.is_dir() else options.out) / "features" for t in options.teacher]
    caches = [e.cache(folder) for e, folder in zip(ensembles, folders, strict=True)]
    interrupted = Result({"interrupted": True, "maps": str(options.out)}, "stopped; call maps again to go on", 130)
    progress, started = Progress("maps"), time.monotonic()
    with interruptible() as stopped:
        for i, stimulus in enumerate(missing, 1):
            maps.add(stimulus, average(ensembles, caches, stimulus, options.precision))
            progress.show(i, len(missing), (time.monotonic() - started) / i * (len(missing) - i))
            if stopped:
                return interrupted
    values = {"maps": str(options.out), "pictures": len(stimuli), "written": len(missing)} | about
    return Result(values, f"{options.out}: maps of {len(stimuli)} pictures, {len(missing)} of them new")


def _teacher(run_or_model: Path) -> Ensemble:
    """The members of a run, or of a model file or shipped model the one that it is."""
    return load_ensemble(run_or_model / MEMBERS) if run_or_model.is_dir() else ensemble_of(model(str(run_or_model)))
