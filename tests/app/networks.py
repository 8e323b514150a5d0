"""Networks with made-up signals, for tests of the views."""

import numpy as np

from gazeengine.architecture import Architecture
from gazeengine.plan import FisherSignal


def made_up_signal(architecture: Architecture, seed: int = 0) -> FisherSignal:
    """Δ that varies over orders of magnitude, as real ones do."""
    rng = np.random.default_rng(seed)
    delta = {layer.name: np.exp(rng.normal(-9.0, 2.0, layer.features)) for layer in architecture.layers}
    return FisherSignal("made-up", 8, "sampled", delta)
