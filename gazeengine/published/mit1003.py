"""MIT1003: 1,003 photographs, at most 1,024 pixels wide and high, seen by 15 people for 3 seconds each.

ALLSTIMULI/ holds the pictures, DATA/<person>/<picture>.mat the samples of the eye tracker: one variable, named
after the picture and cut at MATLAB's 63 letters, with DATA(1).eyeData, 240 rows a second, x and y in pixels,
negative in a blink. Fixations are found in them as the published code does (eye_samples.py). The first one of
each scanpath was forced to the middle and is left out.

Judd, Ehinger, Durand and Torralba, Learning to predict where humans look, ICCV 2009.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

import numpy as np

from gazeengine.errors import DataError
from gazeengine.folds import DRAWN, drawn
from gazeengine.published.eye_samples import fixations_of_samples
from gazeengine.published.folder import Points, PublishedFolder, Recording, Source
from gazeengine.published.matlab import Node

SOURCE = Source(
    "MIT1003",
    "http://people.csail.mit.edu/tjudd/WherePeopleLook/",
    "the folders ALLSTIMULI and DATA",
    ("all", *DRAWN),
)
MARKERS = ("ALLSTIMULI", "DATA")


def recordings(folder: PublishedFolder, split: str) -> Iterator[Recording]:
    pictures = folder.files("ALLSTIMULI")
    observers = folder.folders("DATA")
    if not observers:
        raise folder.missing("DATA/<person>/")
    _check_complete(folder, pictures, observers)
    if split in DRAWN:
        chosen = drawn([folder.path / "ALLSTIMULI" / name for name in pictures], split)
        pictures = [path.name for path in chosen]
    for name in pictures:
        stem = PurePosixPath(name).stem
        scanpaths = [_scanpath(folder, f"DATA/{observer}/{stem}.mat") for observer in observers]
        yield Recording(f"ALLSTIMULI/{name}", np.concatenate(scanpaths))


def _check_complete(folder: PublishedFolder, pictures: list[str], observers: list[str]) -> None:
    """Raise DataError where somebody's samples of a picture are missing, or the picture of some samples is."""
    stems = {PurePosixPath(name).stem for name in pictures}
    for observer in observers:
        seen = {PurePosixPath(name).stem for name in folder.files(f"DATA/{observer}", (".mat",))}
        if lacking := sorted(stems - seen):
            raise folder.missing(f"DATA/{observer}/{lacking[0]}.mat")
        for stem in sorted(seen - stems):  # or a file of another kind, as of the calibration
            if _recorded(folder.matlab(f"DATA/{observer}/{stem}.mat")) is not None:
                raise folder.missing(f"ALLSTIMULI/{stem}.jpeg")


def _scanpath(folder: PublishedFolder, name: str) -> Points:
    data = _recorded(folder.matlab(name))
    if data is None:
        raise DataError(f"data set {folder.path}: {name} has no variable with DATA, wanted the samples of a picture")
    return fixations_of_samples(data.field("eyeData").points())[1:]


def _recorded(variables: Mapping[str, Node]) -> Node | None:
    return next((value.field("DATA") for value in variables.values() if "DATA" in value.names()), None)
