"""Answers of the live loop: surgery, then a coarse map, the full map, and latency, each as soon as it is there."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Generator, Hashable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from threading import Event
from time import monotonic
from typing import Literal

import torch
from torch import Tensor

from gazeengine import surgery
from gazeengine.architecture import Layer
from gazeengine.cost import flops_model
from gazeengine.domain import Look
from gazeengine.kept_networks import KeptNetworks
from gazeengine.latency import computing_with, measure_latency
from gazeengine.looking import made, shown_size
from gazeengine.networks import GazeNetwork, Observer, masking
from gazeengine.pages import Reading, reading_of
from gazeengine.predict import Pixels, predict, working_extent
from gazeengine.records import Preview, PreviewRequest, RoundingGain
from gazeengine.rounding_gain import rounding_gain
from gazeengine.saliency_map import SaliencyMap
from gazeengine.screens import Channels, channels_of
from gazeengine.viewports import Fold, PageMap, reading_order, viewport_rows

COARSE_FLOPS = 2e9  # what a coarse map may cost: some tens of milliseconds
LEAST_COARSE = 1.5  # times smaller sides
COARSE_PIXELS = 128 * 128  # of a coarse map; the view stretches it
COARSE_ABOVE_FLOPS = 2e9  # a cheaper network gives its full map at once, by masking where it is cheap unpruned, too
PAGE_PAUSE_S = 0.1  # between maps of a page that is being read
KEPT_PICTURES = 8  # of which is known what they look like


@dataclass(slots=True)
class _Facts:
    """What a picture looks like, once it was asked."""

    readings: dict[Look, Reading] = field(default_factory=dict)
    channels: dict[int, Channels] = field(default_factory=dict)  # by the first row of a view


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """What is looked at at once: the picture, or a page's viewport. size is that of its map, (rows, columns)."""

    rgb: Pixels
    size: tuple[int, int]
    top: int = 0
    fold: Fold | None = None


class Previewer:
    """Keeps the networks of the last requests; belongs to one thread."""

    def __init__(self, quiet: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
        """quiet is what a latency is measured in: a context in which nothing else uses the cores."""
        self._networks = KeptNetworks()
        # the last full map as the network saw it, of a page by the viewports' first rows
        self._saw: tuple[Hashable, dict[int, SaliencyMap]] = None, {}
        self._facts: OrderedDict[str, _Facts] = OrderedDict()  # of the last pictures, by digest
        self._quiet = quiet

    def answer(self, request: PreviewRequest) -> Generator[Preview, None, None]:
        """Preview by preview, coarse before fine, a page fold by fold; may be closed behind any of them.

        The first is always given. An overtaken request ends within a layer of the network behind it.
        """
        try:
            yield from self._maps(request)
            if request.measure:
                yield from self._latencies(request)
        except _OvertakenError:
            return

    def _maps(self, request: PreviewRequest) -> Generator[Preview, None, None]:
        reading = self._reading(request)
        size = shown_size(*_size(request.picture.rgb), request.most_pixels, reading.folds)
        views = _views(request, reading, size)
        seeing = request.network_key, request.picture.digest, size, [view.top for view in views]
        if self._saw[0] != seeing:
            self._saw = seeing, {}
        saw = self._saw[1]
        page = PageMap(reading.folds, size) if reading.folds else None
        flops, base_flops = _flops(request, views[0])
        observer, last = None, -math.inf
        for view in views:
            if unseen := view.top not in saw:
                if view is views[0] and base_flops <= COARSE_ABOVE_FLOPS:
                    saw[view.top] = self._masked(request, view, request.checkpoint.working_size, view.size)
                else:
                    if view is views[0] and flops > COARSE_ABOVE_FLOPS:
                        coarse = self._made(self._coarse(request, view, base_flops), view, request, reading)
                        yield _preview(request, "coarse", coarse, view, page)
                        observer = _until(request.overtaken)
                    network = self._networks.to_run(request.checkpoint, request.plan)
                    saw[view.top] = predict(network, view.rgb, request.checkpoint.working_size, view.size, observer)
            made_ = self._made(saw[view.top], view, request, reading)
            preview = _preview(request, "full" if view is views[-1] else "coarse", made_, view, page)
            # what was seen before is given at once; showing a page anew costs more than reading a fold of it
            due = unseen and monotonic() >= last + PAGE_PAUSE_S
            if due or view is views[-1]:
                yield preview
                last = monotonic()
            elif request.overtaken.is_set() and observer is not None:
                return
            if due:
                observer = _until(request.overtaken)

    def _latencies(self, request: PreviewRequest) -> Generator[Preview, None, None]:
        unpruned = request.unpruned or request.checkpoint
        network, base = self._networks.to_run(request.checkpoint, request.plan), self._networks.to_run(unpruned)
        working, observer = request.checkpoint.working_size, _until(request.overtaken)
        last = None
        with self._quiet():
            for last in measure_latency(network, base, working, threads=request.threads, observer=observer):
                yield Preview(request, "latency", latency=last)
            gain = self._rounding(request, network, observer)
        yield Preview(request, "latency", latency=last, latency_final=True, rounding=gain)

    def _rounding(self, request: PreviewRequest, network: GazeNetwork, observer: Observer) -> RoundingGain | None:
        """What rounding gains, where it has changed anything."""
        checkpoint, plan, exact = request.checkpoint, request.plan, request.exact
        if plan is None or exact is None or plan.digest == exact.digest:
            return None
        other = self._networks.pruned(checkpoint, exact)
        return rounding_gain(
            checkpoint.architecture, (plan, exact), (network, other), checkpoint.working_size,
            threads=request.threads, observer=observer,
        )  # fmt: skip

    def _coarse(self, request: PreviewRequest, view: _View, base_flops: int) -> SaliencyMap:
        """A map on few pixels."""
        factor = max(LEAST_COARSE, math.sqrt(base_flops / COARSE_FLOPS))
        working = request.checkpoint.working_size
        smaller = round(working[0] / factor), round(working[1] / factor)
        size = view.size if view.fold is not None else shown_size(*_size(view.rgb), COARSE_PIXELS)
        return self._masked(request, view, smaller, size)

    def _masked(
        self, request: PreviewRequest, view: _View, working: tuple[int, int], size: tuple[int, int]
    ) -> SaliencyMap:
        """A map by masking the unpruned network: the same as by surgery, and torch has met these widths before.

        A network of new widths costs more to begin with than a small one costs to run.
        """
        network, masks = self._networks.to_run(request.checkpoint), None
        if request.plan is not None and request.plan.n:
            kept = surgery.masks(request.plan.kept, request.checkpoint.widths)
            masks = masking({name: torch.from_numpy(mask) for name, mask in kept.items()})
        with computing_with(max(1, torch.get_num_threads() - 1)):  # a core is left to what else the hand moves
            return predict(network, view.rgb, working, size, masks)

    def _reading(self, request: PreviewRequest) -> Reading:
        """What a picture is taken for, asked once for each way of looking that matters."""
        rgb, look = request.picture.rgb, request.look
        key = Look(look.domain, viewport=look.viewport, depth=look.depth)
        facts = self._known(request)
        if key not in facts.readings:
            facts.readings[key] = reading_of(rgb, key)
        return facts.readings[key]

    def _known(self, request: PreviewRequest) -> _Facts:
        facts = self._facts.setdefault(request.picture.digest, _Facts())
        self._facts.move_to_end(request.picture.digest)
        while len(self._facts) > KEPT_PICTURES:
            self._facts.popitem(last=False)
        return facts

    def _made(self, saw: SaliencyMap, view: _View, request: PreviewRequest, reading: Reading) -> SaliencyMap:
        """The map that is asked for, of what the network saw; what takes a picture's pixels only is kept."""
        channels = self._known(request).channels
        if reading.domain == "screens" and view.top not in channels:
            channels[view.top] = channels_of(view.rgb)
        return made(saw, request.checkpoint, view.rgb, reading.of_view(request.look), channels.get(view.top))


def _size(rgb: Pixels) -> tuple[int, int]:
    return rgb.shape[0], rgb.shape[1]


def _views(request: PreviewRequest, reading: Reading, size: tuple[int, int]) -> list[_View]:
    """The picture, or a page's viewports in the order in which they are read."""
    rgb = request.picture.rgb
    return [
        _View(rgb[fold.shown : fold.bottom], (viewport_rows(fold, reading.folds, size[0]), size[1]), fold.shown, fold)
        for fold in reading_order(reading.folds, request.first_fold)
    ] or [_View(rgb, size)]


def _flops(request: PreviewRequest, view: _View) -> tuple[int, int]:
    """Of a map of the view, by the network that is asked for and by the one that it was pruned from."""
    architecture = request.checkpoint.architecture
    extent = working_extent(*_size(view.rgb), request.checkpoint.working_size, architecture.stride)
    cost = flops_model(architecture, *extent)
    base = cost.total(request.checkpoint.widths)
    return cost.total(request.plan.widths) if request.plan is not None else base, base


def _preview(
    request: PreviewRequest, stage: Literal["coarse", "full"], map_: SaliencyMap, view: _View, page: PageMap | None
) -> Preview:
    """The map itself, or the page's with it."""
    if page is None or view.fold is None:
        return Preview(request, stage, map_)
    page.put(view.fold, map_.log_density)
    return Preview(request, stage, page.saliency_map(), folds_read=page.read)


class _OvertakenError(Exception):
    """A newer request waits."""


def _until(overtaken: Event) -> Observer:
    """An observer that ends a forward pass at the next layer once overtaken is set."""

    def observe(reader: Layer | None, read: tuple[str, ...], x: Tensor) -> Tensor:
        if overtaken.is_set():
            raise _OvertakenError
        return x

    return observe
