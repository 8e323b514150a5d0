"""Data sets in the layout in which their authors publish them: MIT1003, SALICON, CAT2000 and OSIE.

| set | folder | splits |
| --- | --- | --- |
| MIT1003 | ALLSTIMULI/, DATA/ | all; train, val and test are drawn |
| SALICON | images/, fixations/ | train, val and test as published; nobody looked at test |
| CAT2000 | trainSet/, testSet/ | train and test as published; where people looked at test is held back |
| OSIE | data/stimuli/, data/eye/fixations.mat | all; train, val and test are drawn |

What is drawn is 80, 10 and 10 percent of the pictures, always the same ones (folds.drawn). MATLAB counts
pixels from 1 and has the middle of the first at 1, here it is at 0.5: half a pixel is taken from every coordinate.
Fixations outside of the picture, blinks among them, are left out and counted in DataSet.n_outside.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gazeengine.errors import DataError
from gazeengine.published import cat2000, mit1003, osie, salicon
from gazeengine.published.folder import PublishedFolder, Recording, Source
from gazeengine.stimuli import DataSet, Stimulus

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Layout:
    """A published data set and how its folder is known and read.

    One of the markers is enough to know it: what is missing beside it can then be told.
    """

    source: Source
    markers: tuple[str, ...]
    read: Callable[[PublishedFolder, str], Iterator[Recording]]


LAYOUTS = (  # where names are the same in capitals and not, OSIE's folder data would be taken for MIT1003's DATA
    Layout(osie.SOURCE, osie.MARKERS, osie.recordings),
    Layout(cat2000.SOURCE, cat2000.MARKERS, cat2000.recordings),
    Layout(salicon.SOURCE, salicon.MARKERS, salicon.recordings),
    Layout(mit1003.SOURCE, mit1003.MARKERS, mit1003.recordings),
)


def recognised(folder: Path) -> Layout | None:
    """The published data set whose layout the folder has."""
    return next((layout for layout in LAYOUTS if any((folder / m).exists() for m in layout.markers)), None)


def read_published(layout: Layout, folder: Path, split: str) -> DataSet:
    """One split of a published data set.

    Of the pictures only the headers are read. Raises DataError where a file is missing, damaged or of another
    kind, or the set has no such split.
    """
    source = layout.source
    if split not in source.splits:
        raise DataError(
            f"data set {folder}: {source.title} has no split {split!r}, wanted one of {', '.join(source.splits)}"
        )
    stimuli, n_outside = [], 0
    place = PublishedFolder(source, folder)
    for recording in layout.read(place, split):
        height, width = place.picture_size(recording.picture)
        if recording.shape not in (None, (height, width)):
            told = " x ".join(str(n) for n in reversed(recording.shape or ()))
            raise DataError(
                f"data set {folder}: {recording.picture} is {width} x {height} pixels, "
                f"wanted {told} as in the file of its fixations"
            )
        with np.errstate(over="ignore"):
            xy = (recording.xy - 0.5).astype(np.float32)
        inside = (xy >= 0).all(1) & (xy < (width, height)).all(1)
        n_outside += int((~inside).sum())
        x, y = xy[inside].T
        stimuli.append(Stimulus(folder / recording.picture, height, width, x, y))
    if not stimuli:
        raise place.missing("every picture")
    data = DataSet(f"{source.title} {split}", tuple(stimuli), n_outside)
    if n_outside:
        n = data.n_fixations + n_outside
        log.warning(
            "data set %s: %d of %d fixations lie outside their picture and are left out", data.name, n_outside, n
        )
    return data
