"""What networks are trained on: batches of inputs with target densities, mirrored and cropped by chance.

A target is a mixture of densities over the pixels of the input: a teacher's map and where people looked. As cross-
entropy is linear in its target, the weighted sum of two cross-entropies (Section 2.4: 0.9 to the teacher's map,
0.1 to the fixations) is the cross-entropy to the mixture. A picture without fixations has the teacher's map alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gazeengine.errors import DataError
from gazeengine.feature_cache import FeatureCache
from gazeengine.fixations import DataSet, Floats, Stimulus, counts
from gazeengine.image import read_image, resized
from gazeengine.networks import GazeNetwork, Observer

TEACHER_SHARE = 0.9  # Section 2.4

LogDensityOf = Callable[[Stimulus], Floats]
Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Draw:
    """One example of a batch: which picture, mirrored or not, and which part of it.

    scale is the share of its height and width that is seen, at (top, left) as shares of what is left over. seed
    is for what else is drawn.
    """

    index: int
    flip: bool = False
    scale: float = 1.0
    top: float = 0.0
    left: float = 0.0
    seed: int = 0


def drawn(step: int, n: int, batch: int, seed: int, least_scale: float) -> list[Draw]:
    """The examples of a step: each epoch is a permutation of its own, so that a resumed run sees the same."""
    draws = []
    for i in range(step * batch, (step + 1) * batch):
        epoch = np.random.default_rng((seed, i // n))
        order, flipped = epoch.permutation(n), epoch.random(n) < 0.5
        at = i % n
        own = np.random.default_rng((seed, i // n, at))
        scale, top, left = own.uniform(least_scale, 1), own.random(), own.random()
        draws.append(Draw(int(order[at]), bool(flipped[at]), scale, top, left, int(own.integers(2**31))))
    return draws


class Examples(Protocol):
    """Inputs with targets, and how a network answers them."""

    def __len__(self) -> int: ...

    def batch(self, draws: Sequence[Draw]) -> tuple[Tensor, Tensor]:
        """Inputs, and target densities (N, h, w) that sum to 1."""
        ...

    def log_density(self, network: GazeNetwork, inputs: Tensor, observer: Observer | None = None) -> Tensor:
        """The network's answer (N, h, w)."""
        ...


class Pictures:
    """Pictures resized to height x width, with targets over its pixels.

    Pictures are read when they are first drawn. center_bias is the log density of which targets are freed when a
    part of the picture is seen: people look at the centre of what they are shown, which a part has elsewhere. A part
    without fixations has the teacher's map alone, and without a teacher the uniform density.
    """

    def __init__(
        self,
        stimuli: Sequence[Stimulus],
        height: int,
        width: int,
        *,
        teacher: LogDensityOf | None = None,
        teacher_share: float = TEACHER_SHARE,
        center_bias: Floats | None = None,
        least_scale: float = 1.0,
    ) -> None:
        if teacher is None and not all(len(s.x) for s in stimuli):
            none = next(s for s in stimuli if not len(s.x))
            raise DataError(f"picture {none.path.name}: it has no fixations, wanted some or a teacher's map")
        self.stimuli = tuple(stimuli)
        self.height, self.width = height, width
        self._teacher, self._share = teacher, teacher_share
        self._center_bias = center_bias
        self._stored = round(height / least_scale), round(width / least_scale)
        self._rgb: dict[int, Pixels] = {}

    def __len__(self) -> int:
        return len(self.stimuli)

    def batch(self, draws: Sequence[Draw]) -> tuple[Tensor, Tensor]:
        """Images (N, 3, H, W) in [0, 1] and target densities (N, H, W) that sum to 1."""
        pairs = [self._example(draw) for draw in draws]
        images = torch.from_numpy(np.stack([rgb for rgb, _ in pairs])).permute(0, 3, 1, 2).float().div_(255)
        targets = torch.from_numpy(np.stack([target for _, target in pairs]))
        return images.contiguous(memory_format=torch.channels_last), targets

    def log_density(self, network: GazeNetwork, inputs: Tensor, observer: Observer | None = None) -> Tensor:
        answer: Tensor = network(inputs, observer=observer)
        return answer

    def _example(self, draw: Draw) -> tuple[Pixels, Floats]:
        stimulus = self.stimuli[draw.index]
        if draw.index not in self._rgb:
            self._rgb[draw.index] = resized(read_image(stimulus.path).rgb, *self._stored)
        seen = Seen.of(draw, self.height, self.width)
        rgb, target = seen.picture(self._rgb[draw.index]), self._target(stimulus, seen)
        if draw.flip:
            rgb, target = rgb[:, ::-1], target[:, ::-1]
        return np.ascontiguousarray(rgb), np.ascontiguousarray(target)

    def _target(self, stimulus: Stimulus, seen: Seen) -> Floats:
        parts: list[tuple[float, Floats]] = []
        fixated = seen.fixations(stimulus) if len(stimulus.x) else None
        if fixated is not None and not fixated.any():  # all of them beyond the part that is seen
            fixated = None
        if self._teacher is not None:
            parts.append((self._share if fixated is not None else 1.0, np.exp(seen.grid(self._teacher(stimulus)))))
        if fixated is not None:
            parts.append((1 - self._share if self._teacher is not None else 1.0, fixated))
        if not parts:
            return np.full((self.height, self.width), 1 / (self.height * self.width), np.float32)
        moved = None
        if seen.partial and self._center_bias is not None:
            whole = cv2.resize(self._center_bias, (self.width, self.height), interpolation=cv2.INTER_LINEAR)
            moved = np.exp(whole - seen.grid(self._center_bias))
        target = np.zeros((self.height, self.width), np.float32)
        for share, density in parts:
            weighted = density if moved is None else density * moved
            target += share * weighted / weighted.sum()
        return target


@dataclass(frozen=True, slots=True)
class Seen:
    """The part of a picture that an example shows, over height x width pixels: rows from top on, in shares."""

    height: int
    width: int
    top: float
    left: float
    scale: float

    @staticmethod
    def of(draw: Draw, height: int, width: int) -> Seen:
        spare = 1 - draw.scale
        return Seen(height, width, draw.top * spare, draw.left * spare, draw.scale)

    @property
    def partial(self) -> bool:
        return self.scale < 1

    def picture(self, rgb: Pixels) -> Pixels:
        """The part of rgb (h, w, 3) over height x width."""
        rows, columns = rgb.shape[:2]
        top, left = round(self.top * rows), round(self.left * columns)
        bottom, right = top + max(1, round(self.scale * rows)), left + max(1, round(self.scale * columns))
        return resized(rgb[top:bottom, left:right], self.height, self.width)

    def grid(self, log_density: Floats) -> Floats:
        """The part of a log density (h, w), not normalised again, over height x width."""
        rows, columns = log_density.shape
        # pixel centres of the part, in cells of the grid
        scale_y, scale_x = self.scale * rows / self.height, self.scale * columns / self.width
        offset_y = self.top * rows + 0.5 * scale_y - 0.5
        offset_x = self.left * columns + 0.5 * scale_x - 0.5
        part = cv2.warpAffine(
            log_density,
            np.array([[scale_x, 0, offset_x], [0, scale_y, offset_y]]),
            (self.width, self.height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(part, np.float32)

    def fixations(self, stimulus: Stimulus) -> Floats:
        """Fixations (height, width) in each pixel of the part."""
        if not self.partial:
            return counts(stimulus, self.height, self.width)
        x = (stimulus.x / stimulus.width - self.left) / self.scale
        y = (stimulus.y / stimulus.height - self.top) / self.scale
        inside = (x >= 0) & (x < 1) & (y >= 0) & (y < 1)
        return counts(
            Stimulus(stimulus.path, 1, 1, x[inside].astype(np.float32), y[inside].astype(np.float32)),
            self.height,
            self.width,
        )


class CachedFeatures:
    """Frozen features with targets on a grid four times finer; a mirrored example mirrors the features.

    A share dropout of the features is left out, whole ones at a time, against overfitting of the readout.
    """

    FINER = 4

    def __init__(self, cache: FeatureCache, stimuli: Sequence[Stimulus], *, dropout: float = 0.0) -> None:
        if none := [s for s in stimuli if not len(s.x)]:
            raise DataError(f"picture {none[0].path.name}: it has no fixations, wanted some to train a readout on")
        self._cache = cache
        self.stimuli = tuple(stimuli)
        self._dropout = dropout

    def __len__(self) -> int:
        return len(self.stimuli)

    @property
    def extent(self) -> tuple[int, int]:
        """Of the pictures that the features are of, in pixels."""
        return self._cache.extent

    def without_dropout(self) -> CachedFeatures:
        return CachedFeatures(self._cache, self.stimuli)

    def grid(self, features: Tensor) -> tuple[int, int]:
        return self.FINER * features.shape[-2], self.FINER * features.shape[-1]

    def batch(self, draws: Sequence[Draw]) -> tuple[Tensor, Tensor]:
        """Features (N, C, h, w) and densities of fixations (N, 4 h, 4 w)."""
        stimuli = [self.stimuli[draw.index] for draw in draws]
        features = self._cache.read(stimuli)
        targets = torch.from_numpy(np.stack([counts(s, *self.grid(features)) for s in stimuli]))
        targets /= targets.sum((1, 2), keepdim=True)
        for i, draw in enumerate(draws):  # in place: these are the largest arrays of all
            if draw.flip:
                features[i], targets[i] = features[i].flip(-1), targets[i].flip(-1)
        if self._dropout:
            generator = torch.Generator().manual_seed(draws[0].seed)
            left = torch.rand(*features.shape[:2], 1, 1, generator=generator) >= self._dropout
            features *= left / (1 - self._dropout)
        return features, targets

    def log_density(self, network: GazeNetwork, inputs: Tensor, observer: Observer | None = None) -> Tensor:
        return network.log_density(network.read_out(inputs), self._cache.extent, self.grid(inputs))


def fixated(data_sets: Sequence[DataSet]) -> tuple[Stimulus, ...]:
    """The pictures that people looked at. Raises DataError where there are none."""
    stimuli = tuple(s for data in data_sets for s in data.stimuli if len(s.x))
    if not stimuli:
        names = ", ".join(data.name for data in data_sets)
        raise DataError(f"data set {names}: no picture has fixations, wanted some to train on")
    return stimuli
