"""The one way from a picture to its map: what a network sees, made into a map as a Look asks for."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import replace

from gazeengine.checkpoint import Checkpoint
from gazeengine.domain import AS_TRAINED, Look, composed, domain_of
from gazeengine.image import Picture
from gazeengine.kept_networks import KeptNetworks
from gazeengine.networks import GazeNetwork, Observer
from gazeengine.pages import Reading, reading_of
from gazeengine.plan import PruningPlan
from gazeengine.predict import Pixels, predict
from gazeengine.saliency_map import SaliencyMap
from gazeengine.screens import Channels, channels_of
from gazeengine.viewports import Fold, PageMap, page_size, viewport_rows

KEPT_PICTURES = 8


def look_at(
    network: GazeNetwork,
    checkpoint: Checkpoint,
    rgb: Pixels,
    look: Look = AS_TRAINED,
    size: tuple[int, int] | None = None,
    observer: Observer | None = None,
    working_size: tuple[int, int] | None = None,
    channels: Channels | None = None,
) -> SaliencyMap:
    """Where people will look on rgb (H, W, 3): a log density over its pixels, or over size (rows, columns).

    network is checkpoint's, or pruned from it; working_size is the checkpoint's where it is not given, channels
    those of the picture where they are known. A long page is read viewport by viewport, each of which costs as much as
    a picture; its map has folds.
    """
    working = working_size or checkpoint.working_size
    reading = reading_of(rgb, look)
    of_view = reading.of_view(look)
    if not reading.folds:
        return made(predict(network, rgb, working, size, observer), checkpoint, rgb, of_view, channels)
    rows, columns = size or (rgb.shape[0], rgb.shape[1])
    page = PageMap(reading.folds, (rows, columns))
    for fold in reading.folds:
        seen = rgb[fold.shown : fold.bottom]
        own = predict(network, seen, working, (viewport_rows(fold, reading.folds, rows), columns), observer)
        page.put(fold, made(own, checkpoint, seen, of_view).log_density)
    return page.saliency_map()


def made(
    seen: SaliencyMap, checkpoint: Checkpoint, rgb: Pixels, look: Look, channels: Channels | None = None
) -> SaliencyMap:
    """The map that look asks for, of what a network saw itself."""
    domain = domain_of(rgb, look)
    if domain == "screens" and channels is None:
        channels = channels_of(rgb)
    return composed(seen.log_density, checkpoint, domain, look, channels)


class Onlooker:
    """Looks at one picture after the other, with one network after the other; belongs to one thread.

    The last networks, and what the last pictures are taken for, are kept: who follows a slider asks for little else.
    """

    def __init__(self) -> None:
        self._networks = KeptNetworks()
        self._read: OrderedDict[Hashable, tuple[Reading, Channels | None]] = OrderedDict()

    def look(
        self, picture: Picture, checkpoint: Checkpoint, plan: PruningPlan | None, look: Look, most_pixels: int
    ) -> SaliencyMap:
        """The map of at most most_pixels, in the picture's aspect; plan says what is pruned of checkpoint's network."""
        network = self._networks.to_run(checkpoint, plan)
        reading, channels = self._reading(picture, look)
        height, width = picture.rgb.shape[:2]
        size = shown_size(height, width, most_pixels, reading.folds)
        of_domain = replace(look, domain=reading.domain)
        return look_at(network, checkpoint, picture.rgb, of_domain, size, channels=channels)

    def _reading(self, picture: Picture, look: Look) -> tuple[Reading, Channels | None]:
        key = picture.digest, look.domain, look.viewport, look.depth
        if key not in self._read:
            reading = reading_of(picture.rgb, look)
            whole = reading.domain == "screens" and not reading.folds  # a page has those of each viewport
            self._read[key] = reading, channels_of(picture.rgb) if whole else None
        self._read.move_to_end(key)
        while len(self._read) > KEPT_PICTURES:
            self._read.popitem(last=False)
        return self._read[key]


def shown_size(height: int, width: int, most_pixels: int, folds: Sequence[Fold] = ()) -> tuple[int, int]:
    """Rows and columns of a map of a picture of height x width, in its aspect, that has at most most_pixels.

    That of a page has as many as its folds need.
    """
    if folds:
        return page_size(height, width, folds)
    scale = min(1.0, math.sqrt(most_pixels / (height * width)))
    return max(1, round(height * scale)), max(1, round(width * scale))
