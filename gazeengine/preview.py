"""Answers of the live loop: surgery, then a coarse map, the full map, and latency, each as soon as it is there."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Generator, Hashable

from gazeengine.checkpoint import Checkpoint
from gazeengine.cost import flops_model
from gazeengine.latency import measure_latency
from gazeengine.networks import GazeNetwork, build, sliced
from gazeengine.predict import predict, working_extent
from gazeengine.records import Preview, PreviewRequest

COARSE = 2  # times smaller sides, for a quarter of the cost
COARSE_ABOVE_FLOPS = 4e9  # a cheaper network gives its full map at once
KEPT_NETWORKS = 4


class Previewer:
    """Keeps the networks of the last requests; belongs to one thread."""

    def __init__(self) -> None:
        self._networks: OrderedDict[Hashable, GazeNetwork] = OrderedDict()

    def answer(self, request: PreviewRequest) -> Generator[Preview, None, None]:
        """Preview by preview, coarse before fine; may be closed behind any of them."""
        network = self._network(request)
        rgb = request.picture.rgb
        height, width = rgb.shape[:2]
        working = request.checkpoint.working_size
        shown = _shown_size(height, width, request.most_pixels)
        stride = request.checkpoint.architecture.stride
        extent = working_extent(height, width, working, stride)
        flops = flops_model(network.architecture, *extent).total(network.widths)
        if flops > COARSE_ABOVE_FLOPS:
            smaller = working[0] // COARSE, working[1] // COARSE
            yield Preview(request, "coarse", predict(network, rgb, smaller, shown))
        yield Preview(request, "full", predict(network, rgb, working, shown))
        if not request.measure:
            return
        base = self._kept(request.checkpoint.id, request.checkpoint)
        last = None
        for last in measure_latency(network, base, working, threads=request.threads):
            yield Preview(request, "latency", latency=last)
        yield Preview(request, "latency", latency=last, latency_final=True)

    def _network(self, request: PreviewRequest) -> GazeNetwork:
        checkpoint, plan = request.checkpoint, request.plan
        if plan is None or not plan.n:
            return self._kept(checkpoint.id, checkpoint)
        if request.network_key in self._networks:
            self._networks.move_to_end(request.network_key)
            return self._networks[request.network_key]
        base = self._kept(checkpoint.id, checkpoint)
        return self._keep(request.network_key, sliced(base, plan.kept))

    def _kept(self, key: Hashable, checkpoint: Checkpoint) -> GazeNetwork:
        if key in self._networks:
            self._networks.move_to_end(key)
            return self._networks[key]
        return self._keep(key, build(checkpoint))

    def _keep(self, key: Hashable, network: GazeNetwork) -> GazeNetwork:
        self._networks[key] = network
        while len(self._networks) > KEPT_NETWORKS:
            self._networks.popitem(last=False)
        return network


def _shown_size(height: int, width: int, most_pixels: int) -> tuple[int, int]:
    scale = min(1.0, math.sqrt(most_pixels / (height * width)))
    return max(1, round(height * scale)), max(1, round(width * scale))
