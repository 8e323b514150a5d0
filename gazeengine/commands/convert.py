"""convert: the published pruned FastGaze as a model file."""

from __future__ import annotations

from argparse import Namespace

from gazeengine.commands.finishing import finished
from gazeengine.commands.info import description
from gazeengine.commands.material import read_splits
from gazeengine.commands.output import Progress, Result, check_writable, verified
from gazeengine.conversion import published
from gazeengine.export import save_model


def run(options: Namespace) -> Result:
    check_writable(options.out)
    folders = options.data or []
    training, validation, test = read_splits(folders)
    if folders:
        Progress("convert").say("fitting scale and center bias")
    checkpoint = published(options.source, training, validation)
    if folders:
        checkpoint = finished(checkpoint, training, test, options.signal_images, seed=0)
    values, text = verified(save_model(checkpoint, options.out), options.out)
    return Result(description(checkpoint) | values, text)
