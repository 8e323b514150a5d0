"""convert: the published pruned FastGaze as a model file."""

from __future__ import annotations

from argparse import Namespace

from gazeengine.commands.finishing import finished
from gazeengine.commands.info import description
from gazeengine.commands.output import Progress, Result, check_writable, verified
from gazeengine.conversion import published
from gazeengine.export import save_model
from gazeengine.fixations import read_data_set


def run(options: Namespace) -> Result:
    check_writable(options.out)
    folders = options.data or []
    training, validation, test = (
        [read_data_set(folder, split) for folder in folders] for split in ("train", "val", "test")
    )
    if folders:
        Progress("convert").say("fitting scale and center bias")
    checkpoint = published(options.source, training, validation)
    if folders:
        checkpoint = finished(checkpoint, training, test, options.signal_images, seed=0)
    values, text = verified(save_model(checkpoint, options.out), options.out)
    return Result(description(checkpoint) | values, text)
