"""What a model file says of how well its network does. Plain data, no Qt."""

from __future__ import annotations

from gazeengine.checkpoint import Checkpoint


def gains_of(checkpoint: Checkpoint) -> dict[str, float]:
    """Information gain in bits by data set, of those that a model was tested on."""
    found = {}
    for name, scores in checkpoint.scores.items():
        match scores:
            case {"information_gain_bits": float(bits)}:
                found[name.removesuffix(" test")] = bits
    return found
