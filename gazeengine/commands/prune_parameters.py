"""prune-parameters: single weights set to zero by Fisher information or magnitude; no faster, smaller once packed."""

from __future__ import annotations

import math
from argparse import Namespace

from gazeengine.calibration import inputs_of
from gazeengine.commands.fisher_signal import Targets
from gazeengine.commands.info import description
from gazeengine.commands.output import Progress, Result, check_writable, model, verified
from gazeengine.errors import PruningError
from gazeengine.export import save_model
from gazeengine.fixations import read_data_set
from gazeengine.single_parameters import compressed_bytes, magnitudes, parameter_signal, sparse

NO_FASTER = "dense convolutions compute the zeros too: it is no faster, only smaller once it is compressed"


def run(options: Namespace) -> Result:
    check_writable(options.out)
    checkpoint = model(options.model)
    if options.rule == "magnitude":
        signal = magnitudes(checkpoint)
    else:
        if options.data is None:
            raise PruningError("rule fisher: it is estimated on pictures, wanted --data DIR, or --rule magnitude")
        data_sets = [read_data_set(folder, "train") for folder in options.data]
        targets: Targets = options.targets or "fixations"
        images = inputs_of(
            checkpoint,
            [data.name for data in data_sets],
            [s for data in data_sets for s in data.stimuli],
            fixated=targets == "fixations",
            n_images=options.images,
            seed=options.seed,
        )
        progress = Progress("signal of single weights")
        for signal in parameter_signal(checkpoint, iter(images), seed=options.seed):
            progress.show(signal.n_images, len(images), math.nan)
    found = sparse(checkpoint, signal, options.sparsity)
    values, text = verified(save_model(found.checkpoint, options.out), options.out)
    packed = compressed_bytes(found.checkpoint.weights), compressed_bytes(checkpoint.weights)
    about = {
        "rule": options.rule,
        "sparsity": found.sparsity,
        "sparsity_by_layer": dict(found.by_layer),
        "loss_increase_bits": None if math.isnan(found.loss_increase) else found.loss_increase / math.log(2),
        "compressed_bytes": packed[0],
        "compressed_bytes_before": packed[1],
        "speed": NO_FASTER,
    }
    lines = [
        f"{found.checkpoint.name}: {100 * found.sparsity:.1f} % of the convolutions' weights are zero",
        *(f"  {name:10} {100 * share:5.1f} %" for name, share in found.by_layer.items()),
        f"compressed as float16 {packed[0] / 1e6:.2f} MB, before {packed[1] / 1e6:.2f} MB; {NO_FASTER}",
        text,
    ]
    return Result(description(found.checkpoint) | about | values, "\n".join(lines))
