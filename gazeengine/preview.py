"""Answers of the live loop: surgery, then a coarse map, the full map, and latency, each as soon as it is there."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Generator, Hashable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from threading import Event

import torch
from torch import Tensor

from gazeengine import surgery
from gazeengine.architecture import Layer
from gazeengine.checkpoint import Checkpoint
from gazeengine.cost import flops_model
from gazeengine.domain import Domain, domain_of
from gazeengine.latency import computing_with, measure_latency
from gazeengine.looking import made, shown_size
from gazeengine.networks import GazeNetwork, Observer, build, masking, sliced
from gazeengine.predict import predict, working_extent
from gazeengine.records import Preview, PreviewRequest
from gazeengine.saliency_map import SaliencyMap
from gazeengine.screens import Channels, channels_of

COARSE_FLOPS = 2e9  # what a coarse map may cost: some tens of milliseconds
LEAST_COARSE = 1.5  # times smaller sides
COARSE_PIXELS = 128 * 128  # of a coarse map; the view stretches it
COARSE_ABOVE_FLOPS = 2e9  # a cheaper network gives its full map at once
KEPT_PICTURES = 8  # of which is known what they look like
KEPT_NETWORKS = 5  # the unpruned one, a trained one and what is pruned of it, and two to go back to


@dataclass(slots=True)
class _Facts:
    """What a picture looks like, once it was asked."""

    domain: Domain | None = None
    channels: Channels | None = None


class Previewer:
    """Keeps the networks of the last requests; belongs to one thread."""

    def __init__(self, quiet: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
        """quiet is what a latency is measured in: a context in which nothing else uses the cores."""
        self._networks: OrderedDict[Hashable, GazeNetwork] = OrderedDict()
        self._saw: tuple[Hashable, SaliencyMap] | None = None  # the last full map as the network saw it
        self._facts: OrderedDict[str, _Facts] = OrderedDict()  # of the last pictures, by digest
        self._quiet = quiet

    def answer(self, request: PreviewRequest) -> Generator[Preview, None, None]:
        """Preview by preview, coarse before fine; may be closed behind any of them.

        The first is always given. An overtaken request ends within a layer of the network behind it.
        """
        rgb = request.picture.rgb
        height, width = rgb.shape[:2]
        working = request.checkpoint.working_size
        shown = shown_size(height, width, request.most_pixels)
        seeing = request.network_key, request.picture.digest, shown
        known = self._saw[1] if self._saw is not None and self._saw[0] == seeing else None
        cost = flops_model(
            request.checkpoint.architecture,
            *working_extent(height, width, working, request.checkpoint.architecture.stride),
        )
        flops = cost.total(request.plan.widths if request.plan is not None else request.checkpoint.widths)
        observer = None
        if flops > COARSE_ABOVE_FLOPS and known is None:
            coarse = self._coarse(request, cost.total(request.checkpoint.widths))
            yield Preview(request, "coarse", self._made(coarse, request))
            observer = _until(request.overtaken)
        network = self._network(request)
        try:
            saw = known or predict(network, rgb, working, shown, observer)
            self._saw = seeing, saw
            yield Preview(request, "full", self._made(saw, request))
            if not request.measure:
                return
            unpruned = request.unpruned or request.checkpoint
            base = self._kept(unpruned.id, unpruned)
            last, observer = None, _until(request.overtaken)
            with self._quiet():
                for last in measure_latency(network, base, working, threads=request.threads, observer=observer):
                    yield Preview(request, "latency", latency=last)
            yield Preview(request, "latency", latency=last, latency_final=True)
        except _OvertakenError:
            return

    def _coarse(self, request: PreviewRequest, base_flops: int) -> SaliencyMap:
        """A map on few pixels, by masking: the same as by surgery, and torch has met the unpruned widths before."""
        network, masks = self._kept(request.checkpoint.id, request.checkpoint), None
        if request.plan is not None and request.plan.n:
            kept = surgery.masks(request.plan.kept, request.checkpoint.widths)
            masks = masking({name: torch.from_numpy(mask) for name, mask in kept.items()})
        factor = max(LEAST_COARSE, math.sqrt(base_flops / COARSE_FLOPS))
        working = request.checkpoint.working_size
        smaller = round(working[0] / factor), round(working[1] / factor)
        height, width = request.picture.rgb.shape[:2]
        with computing_with(max(1, torch.get_num_threads() - 1)):  # a core is left to what else the hand moves
            return predict(network, request.picture.rgb, smaller, shown_size(height, width, COARSE_PIXELS), masks)

    def _made(self, saw: SaliencyMap, request: PreviewRequest) -> SaliencyMap:
        """The map that is asked for, of what the network saw; what takes a picture's pixels only is kept."""
        rgb, look = request.picture.rgb, request.look
        facts = self._facts.setdefault(request.picture.digest, _Facts())
        while len(self._facts) > KEPT_PICTURES:
            self._facts.popitem(last=False)
        if look.domain == "auto":
            facts.domain = facts.domain or domain_of(rgb, look)
            look = replace(look, domain=facts.domain)
        if look.domain == "screens":
            facts.channels = facts.channels or channels_of(rgb)
        return made(saw, request.checkpoint, rgb, look, facts.channels)

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


class _OvertakenError(Exception):
    """A newer request waits."""


def _until(overtaken: Event) -> Observer:
    """An observer that ends a forward pass at the next layer once overtaken is set."""

    def observe(reader: Layer | None, read: tuple[str, ...], x: Tensor) -> Tensor:
        if overtaken.is_set():
            raise _OvertakenError
        return x

    return observe
