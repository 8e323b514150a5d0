"""Made data sets in the plain format: a few small pictures, and fixations on what is bright in them."""

import csv
from pathlib import Path

import numpy as np

from gazeengine.image import write_png

N_FIXATIONS = 7  # of each picture, after the first that does not count


def made_data_set(folder: Path, splits=("train", "val", "test"), n=3, *, fixations=True, seed=0) -> Path:
    """n pictures a split, every other one upright, each with a bright spot that is looked at."""
    rng = np.random.default_rng(seed)
    (folder / "images").mkdir(parents=True)
    images, points = [], []
    for split in splits:
        for i in range(n):
            name, (height, width) = f"{split}{i}.png", ((48, 64), (64, 40))[i % 2]
            x, y = rng.uniform(10, width - 10), rng.uniform(10, height - 10)
            rows, columns = np.mgrid[:height, :width]
            spot = np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / 60)
            rgb = 40 + 30 * rng.random((height, width, 3)) + 180 * spot[..., None]
            write_png(folder / "images" / name, rgb.astype(np.uint8))
            images.append((name, width, height, split))
            points.append((name, 1, 0, width / 2, height / 2))
            near = rng.normal((x, y), 3, (N_FIXATIONS, 2)).clip(0, (width - 1, height - 1))
            points += [(name, 1, k, *xy) for k, xy in enumerate(near, 1)]
    _write(folder / "images.csv", ("image", "width", "height", "split"), images)
    if fixations:
        _write(folder / "fixations.csv", ("image", "observer", "order", "x", "y"), points)
    return folder


def _write(path, head, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([head, *rows])
