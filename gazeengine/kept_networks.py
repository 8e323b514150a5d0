"""The networks that were asked for last, as stored and to run, as they are and pruned; belongs to one thread."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

from gazeengine.checkpoint import Checkpoint
from gazeengine.fused import fused
from gazeengine.networks import GazeNetwork, build, sliced
from gazeengine.plan import PruningPlan
from gazeengine.records import network_key

LEAST = 8  # networks that are kept: two that are compared, each as stored, to run, and pruned
BYTES = 200e6  # of more of them


class KeptNetworks:
    """Builds what it does not have; forgets what was not asked for the longest."""

    def __init__(self) -> None:
        self._networks: OrderedDict[Hashable, GazeNetwork] = OrderedDict()

    def to_run(self, checkpoint: Checkpoint, plan: PruningPlan | None = None) -> GazeNetwork:
        """Checkpoint's network, pruned as plan says, its batch normalizations folded in: not to be cut."""
        if plan is None or not plan.n:
            return self._held(checkpoint.id, lambda: fused(self._stored(checkpoint)))
        return self._held(network_key(checkpoint, plan), lambda: self.pruned(checkpoint, plan))

    def pruned(self, checkpoint: Checkpoint, plan: PruningPlan) -> GazeNetwork:
        """The same, which need not be kept."""
        return fused(sliced(self._stored(checkpoint), plan.kept))

    def _stored(self, checkpoint: Checkpoint) -> GazeNetwork:
        """As it lies in its file, to be cut."""
        return self._held(("stored", checkpoint.id), lambda: build(checkpoint))

    def _held(self, key: Hashable, make: Callable[[], GazeNetwork]) -> GazeNetwork:
        if key in self._networks:
            self._networks.move_to_end(key)
            return self._networks[key]
        self._networks[key] = network = make()
        held = {key: sum(p.nbytes for p in network.parameters()) for key, network in self._networks.items()}
        while len(held) > LEAST and sum(held.values()) > BYTES:
            held.pop(self._networks.popitem(last=False)[0])
        return network
