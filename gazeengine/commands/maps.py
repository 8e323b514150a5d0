"""maps: a teacher's average maps of pictures on disk, to distill from."""

from __future__ import annotations

import time
from argparse import Namespace
from pathlib import Path

from gazeengine.commands.material import stimuli_in
from gazeengine.commands.output import Progress, Result, interruptible, model
from gazeengine.ensemble import MEMBERS, Ensemble, Teacher, average, load_ensemble, teacher_of
from gazeengine.errors import TrainingError
from gazeengine.teacher_maps import TeacherMaps


def run(options: Namespace) -> Result:
    teachers = [_teacher(teacher) for teacher in options.teacher]
    extents = {t.extent for t in teachers if isinstance(t, Ensemble)}
    if len(extents) > 1:
        found = " and ".join(f"{height}x{width}" for height, width in sorted(extents))
        raise TrainingError(f"teachers: they look at pictures of {found} pixels, wanted runs with the same --size")
    if options.shares is not None and len(options.shares) != len(teachers):
        raise TrainingError(f"shares: found {len(options.shares)}, wanted one for each of {len(teachers)} teachers")
    about: dict[str, object] = {
        "name": " and ".join(dict.fromkeys(t.name for t in teachers)),
        "members": sum(t.members.n if isinstance(t, Ensemble) else 1 for t in teachers),
        "data": list(dict.fromkeys(name for t in teachers for name in t.data)),
        "extent": [list(t.extent if isinstance(t, Ensemble) else t.working_size) for t in teachers],
    }
    if options.shares is not None:
        about["shares"] = list(options.shares)
    stimuli = [s for folder in options.data for s in stimuli_in(folder, options.splits)]
    maps = TeacherMaps.create(options.out, about)
    missing = [s for s in stimuli if not maps.has(s)]
    folders = [options.cache or (t if t.is_dir() else options.out) / "features" for t in options.teacher]
    caches = [t.cache(f) if isinstance(t, Ensemble) else None for t, f in zip(teachers, folders, strict=True)]
    interrupted = Result({"interrupted": True, "maps": str(options.out)}, "stopped; call maps again to go on", 130)
    progress, started = Progress("maps"), time.monotonic()
    with interruptible() as stopped:
        for i, stimulus in enumerate(missing, 1):
            maps.add(stimulus, average(teachers, caches, stimulus, options.precision, options.shares))
            progress.show(i, len(missing), (time.monotonic() - started) / i * (len(missing) - i))
            if stopped:
                return interrupted
    values = {"maps": str(options.out), "pictures": len(stimuli), "written": len(missing)} | about
    return Result(values, f"{options.out}: maps of {len(stimuli)} pictures, {len(missing)} of them new")


def _teacher(run_or_model: Path) -> Teacher:
    """The members of a run, or of a model file or shipped model the one that it is."""
    return load_ensemble(run_or_model / MEMBERS) if run_or_model.is_dir() else teacher_of(model(str(run_or_model)))
