"""variants: more pictures out of those of data sets, for a teacher's maps and to distill from."""

from __future__ import annotations

import time
from argparse import Namespace

from gazeengine.commands.material import stimuli_in
from gazeengine.commands.output import Progress, Result, interruptible
from gazeengine.variants import VariantOptions, write_variants


def run(options: Namespace) -> Result:
    stimuli = [s for folder in options.data for s in stimuli_in(folder, options.splits)]
    chosen = VariantOptions(options.per_picture, options.size, options.seed)
    total, new = len(stimuli) * chosen.per_picture, 0
    progress, started = Progress("variants"), time.monotonic()
    with interruptible() as stopped:
        for i, written in enumerate(write_variants(stimuli, options.out, chosen), 1):
            new += written
            progress.show(i, total, (time.monotonic() - started) / i * (total - i))
            if stopped:
                told = "stopped; call variants again to go on"
                return Result({"interrupted": True, "variants": str(options.out)}, told, 130)
    values = {"variants": str(options.out), "pictures": len(stimuli), "files": total, "written": new}
    return Result(values, f"{options.out}: {total} variants of {len(stimuli)} pictures, {new} of them new")
