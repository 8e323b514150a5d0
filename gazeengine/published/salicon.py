"""SALICON: 20,000 photographs of MS COCO, 480 x 640 pixels, explored by some 50 people each with a mouse for 5 seconds.

As released for LSUN 2015 and 2017: images/train/COCO_train2014_000000000009.jpg, and the same for val and test;
fixations/train/COCO_train2014_000000000009.mat, and the same for val. Each of these has resolution (height,
width) and gaze, an array of structs with location and timestamp, the samples of the mouse, and fixations (K, 2), the x
and y that were found in them and are used here: all of them, as in the maps published beside them. The pictures
may lie in train2014/ and the like, too, or in images/ itself, and the fixations in train/ and val/.

Jiang, Huang, Duan and Zhao, SALICON: Saliency in context, CVPR 2015.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

import numpy as np

from gazeengine.errors import DataError
from gazeengine.published.folder import PublishedFolder, Recording, Source

SOURCE = Source(
    "SALICON",
    "http://salicon.net/challenge-2017/",
    "the folders images/train, images/val and images/test with the pictures, "
    "fixations/train and fixations/val with the MATLAB files",
    ("train", "val", "test"),
)
MARKERS = tuple(
    pattern.format(split=split)
    for split in SOURCE.splits
    for pattern in ("images/{split}", "images/{split}2014", "{split}2014", "fixations/{split}", "fixations/{split}2014")
)


def recordings(folder: PublishedFolder, split: str) -> Iterator[Recording]:
    begins = f"COCO_{split}2014_"
    images = _first(folder, begins, ".jpg", f"images/{split}", f"images/{split}2014", f"{split}2014", "images", split)
    pictures = _stems(folder, images, begins, ".jpg")
    if split == "test":
        for stem in sorted(pictures):
            yield Recording(f"{images}/{stem}.jpg", np.zeros((0, 2)))
        return
    fixations = _first(folder, begins, ".mat", f"fixations/{split}", f"fixations/{split}2014", split)
    measured = _stems(folder, fixations, begins, ".mat")
    for stem in folder.complete(pictures, measured, f"{images}/{{}}.jpg", f"{fixations}/{{}}.mat"):
        yield _recording(folder, f"{images}/{stem}.jpg", f"{fixations}/{stem}.mat")


def _recording(folder: PublishedFolder, picture: str, file: str) -> Recording:
    variables = folder.matlab(file)
    if "gaze" not in variables:
        raise DataError(f"data set {folder.path}: {file} has no variable 'gaze', wanted the fixations of a picture")
    people = variables["gaze"].elements()
    xy = [person.field("fixations").points() for person in people]
    shape = None
    if "resolution" in variables:
        resolution = variables["resolution"]
        values = resolution.numbers().ravel()
        if len(values) != 2 or not np.isfinite(values).all():
            raise resolution.unlike("a height and a width")
        shape = int(values[0]), int(values[1])
    return Recording(picture, np.concatenate([np.zeros((0, 2)), *xy]), shape)


def _first(folder: PublishedFolder, begins: str, ending: str, *names: str) -> str:
    """The first of these folders that has such files. The first of all is the one to ask for."""
    for name in names:
        if folder.has(name) and _stems(folder, name, begins, ending):
            return name
    raise folder.missing(f"{names[0]}/{begins}000000000000{ending} and the like" if folder.has(names[0]) else names[0])


def _stems(folder: PublishedFolder, name: str, begins: str, ending: str) -> set[str]:
    return {PurePosixPath(file).stem for file in folder.files(name, (ending,)) if file.startswith(begins)}
