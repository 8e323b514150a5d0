"""OSIE: 700 photographs with many objects, 600 x 800 pixels, seen by 15 people for 3 seconds each.

data/stimuli/1001.jpg and so on are the pictures. data/eye/fixations.mat has a cell for each,
fixations{1}.img = '1001.jpg', and in it cells for the people, subjects{1}, with fix_x, fix_y and
fix_duration (1, K), in pixels and milliseconds. The first fixation of each scanpath was forced to the middle
and is left out. The folder data may be given itself.

Xu, Jiang, Wang, Kankanhalli and Zhao, Predicting human gaze beyond pixels, Journal of Vision 2014.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gazeengine.errors import DataError
from gazeengine.folds import DRAWN, drawn
from gazeengine.published.folder import Points, PublishedFolder, Recording, Source
from gazeengine.published.matlab import Node

SOURCE = Source(
    "OSIE",
    "https://github.com/NUS-VIP/predicting-human-gaze-beyond-pixels",
    "the folder data/stimuli and the file data/eye/fixations.mat",
    ("all", *DRAWN),
)
MARKERS = ("data/eye", "data/stimuli", "eye")


def recordings(folder: PublishedFolder, split: str) -> Iterator[Recording]:
    place = "data/" if folder.has("data") else ""
    file = f"{place}eye/fixations.mat"
    variables = folder.matlab(file)
    if "fixations" not in variables:
        raise DataError(f"data set {folder.path}: {file} has no variable 'fixations', wanted those of all pictures")
    entries = {entry.field("img").text(): entry for entry in variables["fixations"].elements()}
    there = set(folder.files(f"{place}stimuli"))
    if lacking := sorted(set(entries) - there):
        raise folder.missing(f"{place}stimuli/{lacking[0]}")
    names = sorted(entries)
    if split in DRAWN:
        names = [path.name for path in drawn([folder.path / place / "stimuli" / name for name in names], split)]
    for name in names:
        people = entries[name].field("subjects").elements()
        xy = [_scanpath(person)[1:] for person in people]
        yield Recording(f"{place}stimuli/{name}", np.concatenate([np.zeros((0, 2)), *xy]))


def _scanpath(person: Node) -> Points:
    x, y = (person.field(name).numbers().ravel() for name in ("fix_x", "fix_y"))
    if len(x) != len(y):
        raise person.field("fix_y").unlike(f"as many as fix_x, {len(x)}")
    return np.stack([x, y], axis=1)
