"""export: a model for other programs."""

from __future__ import annotations

from argparse import Namespace

from gazeengine.commands.output import Progress, Result, check_writable, model, verified
from gazeengine.export import export_onnx, export_pt2


def run(options: Namespace) -> Result:
    check_writable(options.out)
    checkpoint = model(options.model)
    write = {"onnx": export_onnx, "pt2": export_pt2}[options.to]
    done = write(checkpoint, options.out, progress=Progress("export").say)
    values, text = verified(done, options.out)
    return Result({"name": checkpoint.name, "to": options.to} | values, text)
