from dataclasses import replace

import pytest

from gazeengine.cost import flops_model
from gazeengine.errors import PruningError
from gazeengine.plan import FisherSignal, pruning_order
from gazeengine.surgery import pruned
from gazeengine.tuning import refuse_dead_layers, refuse_foreign
from tests.networks import random_checkpoint

TINY = random_checkpoint()


def test_a_signal_of_ones_own_or_of_what_one_was_pruned_from_is_good():
    order = pruning_order(TINY.signal, flops_model(TINY.architecture, *TINY.working_size), 0.0)
    for checkpoint in (TINY, pruned(TINY, order.first(3)), replace(TINY, signal=None)):
        refuse_foreign(checkpoint)
    refuse_dead_layers(TINY.signal, TINY.widths)


def test_one_of_another_network_is_refused():
    foreign = replace(TINY, signal=FisherSignal("another", 10, "sampled", TINY.signal.delta))
    with pytest.raises(PruningError, match=r"it was estimated on another network \(another\), wanted one of this"):
        refuse_foreign(foreign)
