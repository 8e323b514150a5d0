"""More pictures out of few: what a teacher may be asked about when a small network is to copy it.

Knowledge distillation is limited by pictures, not by labels: a teacher answers for any picture, so parts of pictures,
other colours and mixtures of two serve as well (Beyer et al., Knowledge distillation: a good teacher is patient and
consistent, CVPR 2022). Here they are written once, so that teacher and student see exactly the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from gazeengine.atomic import written_beside
from gazeengine.errors import DataError, OutputError
from gazeengine.image import read_image, resized
from gazeengine.stimuli import Stimulus

NOTE = "variants.json"
QUALITY = 92  # of the JPEG
LEAST_PART = 0.4  # of a side that is seen
BLENDED, PASTED = 0.25, 0.25  # shares of the variants that a second picture takes part in
BRIGHTNESS, CONTRAST, SATURATION = 0.2, 0.2, 0.4  # how far from 1 the factors go


@dataclass(frozen=True, slots=True)
class VariantOptions:
    """per_picture variants of each picture, of extent (height, width) in pixels; seed draws everything."""

    per_picture: int = 4
    extent: tuple[int, int] = (384, 512)
    seed: int = 0


def variant(picture: NDArray[np.uint8], other: NDArray[np.uint8], rng: Generator) -> NDArray[np.uint8]:
    """A picture (H, W, 3) made of a part of one, in other colours, and for a half of the draws of other (H, W, 3)."""
    height, width = picture.shape[:2]
    made = _recoloured(_part(picture, rng.uniform(LEAST_PART, 1), (height, width), rng), rng)
    kind = rng.uniform()
    if kind < BLENDED:
        second = _recoloured(_part(other, rng.uniform(LEAST_PART, 1), (height, width), rng), rng)
        share = rng.uniform(0.25, 0.75)
        made = cv2.addWeighted(made, share, second, 1 - share, 0).astype(np.uint8)
    elif kind < BLENDED + PASTED:
        h, w = (int(side * rng.uniform(0.25, 0.7)) for side in (height, width))
        top, left = int(rng.integers(height - h + 1)), int(rng.integers(width - w + 1))
        made[top : top + h, left : left + w] = _recoloured(_part(other, rng.uniform(LEAST_PART, 1), (h, w), rng), rng)
    return made


def write_variants(stimuli: Sequence[Stimulus], folder: Path, options: VariantOptions) -> Iterator[bool]:
    """Write the variants of pictures to folder; after each tells whether it was new. Called again it goes on.

    Each is drawn by its own seed, so the same pictures and options always give the same files. Raises DataError where
    folder holds variants of other pictures or options, OutputError where it cannot be written.
    """
    about = asdict(options) | {"extent": list(options.extent), "pictures": [s.path.name for s in stimuli]}
    _claim(folder, about)
    digits = len(str(len(stimuli) - 1))
    for i, stimulus in enumerate(stimuli):
        for k in range(options.per_picture):
            path = folder / f"{i:0{digits}}-{k}.jpg"
            if path.exists():
                yield False
                continue
            rng = np.random.default_rng((options.seed, i, k))
            other = stimuli[int(rng.integers(len(stimuli)))]
            first, second = (resized(read_image(s.path).rgb, *options.extent).copy() for s in (stimulus, other))
            made = Image.fromarray(variant(first, second, rng))
            with written_beside(path) as beside:
                made.save(beside, quality=QUALITY)
            yield True


def _claim(folder: Path, about: dict[str, object]) -> None:
    note = folder / NOTE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        found = json.loads(note.read_text(encoding="utf-8")) if note.exists() else None
    except (OSError, ValueError) as error:
        raise OutputError(f"variants {folder}: cannot be made ({error}), wanted a folder to write to") from error
    if found is None:
        with written_beside(note) as beside:
            beside.write_text(json.dumps(about), encoding="utf-8")
    elif found != about:
        raise DataError(f"variants {folder}: they are of other pictures or options, wanted an empty folder")


def _part(rgb: NDArray[np.uint8], scale: float, extent: tuple[int, int], rng: Generator) -> NDArray[np.uint8]:
    height, width = rgb.shape[:2]
    h, w = max(1, round(height * scale)), max(1, round(width * scale))
    top, left = int(rng.integers(height - h + 1)), int(rng.integers(width - w + 1))
    part = rgb[top : top + h, left : left + w]
    if rng.uniform() < 0.5:
        part = part[:, ::-1]
    return resized(np.ascontiguousarray(part), *extent)


def _recoloured(rgb: NDArray[np.uint8], rng: Generator) -> NDArray[np.uint8]:
    values = rgb.astype(np.float32)
    grey = values.mean(2, keepdims=True)
    values = grey + (values - grey) * rng.uniform(1 - SATURATION, 1 + SATURATION)
    middle = values.mean()
    values = middle + (values - middle) * rng.uniform(1 - CONTRAST, 1 + CONTRAST)
    values *= rng.uniform(1 - BRIGHTNESS, 1 + BRIGHTNESS)
    found: NDArray[np.uint8] = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return found
