"""CAT2000: 4,000 pictures of 20 categories, 1080 x 1920 pixels with grey borders, seen by 18 people for 5 seconds.

trainSet/Stimuli/<category>/001.jpg are pictures, trainSet/FIXATIONLOCS/<category>/001.mat where people looked at them:
fixLocs, a matrix of the picture's size that is not 0 where there was a fixation. It tells neither who looked nor
in which order, and where two looked at the same pixel, it has one. Where FIXATIONLOCS is not there, the
scanpaths of trainSet/allFixData.mat are read: allData, a containers.Map from <category>/001.jpg to cells of structs
with data (K, 2 or more), x and y. A fixation that is the same as the one before it is its repetition and left
out. First fixations are kept in both: nothing tells that they were forced.

The pictures in testSet/ come without fixations. trainSet/ on its own, with Stimuli/ in it, is read, too.

Borji and Itti, CAT2000: A large scale fixation dataset for boosting saliency research, arXiv:1505.03581, 2015.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

import numpy as np

from gazeengine.errors import DataError
from gazeengine.published.folder import Points, PublishedFolder, Recording, Source
from gazeengine.published.matlab import Node, read_map

SOURCE = Source(
    "CAT2000",
    "http://saliency.mit.edu/datasets.html",
    "the folders trainSet, with Stimuli and FIXATIONLOCS, and testSet, with Stimuli",
    ("train", "test"),
)
MARKERS = ("trainSet", "testSet", "Stimuli", "FIXATIONLOCS")


def recordings(folder: PublishedFolder, split: str) -> Iterator[Recording]:
    alone = split == "train" and not folder.has("trainSet") and not folder.has("testSet")
    place = "" if alone else f"{split}Set/"
    stimuli = f"{place}Stimuli"
    pictures = _in_categories(folder, stimuli, ".jpg")
    if split == "test":
        for name in sorted(pictures):
            yield Recording(f"{stimuli}/{name}.jpg", np.zeros((0, 2)))
        return
    locations, scanpaths = f"{place}FIXATIONLOCS", f"{place}allFixData.mat"
    if folder.has(scanpaths) and not folder.has(locations):
        people = _scanpaths(folder, scanpaths)
        for name in folder.complete(pictures, people, f"{stimuli}/{{}}.jpg", f"{{}}.jpg in {scanpaths}"):
            yield Recording(f"{stimuli}/{name}.jpg", _fixations(people[name]))
    else:
        measured = _in_categories(folder, locations, ".mat")
        for name in folder.complete(pictures, measured, f"{stimuli}/{{}}.jpg", f"{locations}/{{}}.mat"):
            yield _located(folder, f"{stimuli}/{name}.jpg", f"{locations}/{name}.mat")


def _in_categories(folder: PublishedFolder, name: str, ending: str) -> set[str]:
    """<category>/<file> without its ending. Folders within a category are of maps and the like."""
    return {
        f"{category}/{PurePosixPath(file).stem}"
        for category in folder.folders(name)
        for file in folder.files(f"{name}/{category}", (ending,))
    }


def _located(folder: PublishedFolder, picture: str, file: str) -> Recording:
    variables = folder.matlab(file)
    if "fixLocs" not in variables:
        raise DataError(f"data set {folder.path}: {file} has no variable 'fixLocs', wanted the fixations of a picture")
    fixated = variables["fixLocs"].matrix()
    if fixated.ndim != 2:
        raise variables["fixLocs"].unlike("a matrix of the picture's size")
    rows, columns = np.nonzero(fixated)
    return Recording(picture, np.stack([columns + 1.0, rows + 1.0], axis=1), (fixated.shape[0], fixated.shape[1]))


def _scanpaths(folder: PublishedFolder, file: str) -> Mapping[str, Node]:
    try:
        found = read_map(folder.path / file, f"data set {folder.path}: {file}")
    except FileNotFoundError as error:
        raise folder.missing(file) from error
    return {name.replace("\\", "/").removesuffix(".jpg"): people for name, people in found.items()}


def _fixations(people: Node) -> Points:
    """All of a picture's, without repetitions."""
    paths = [person.field("data").points() for person in people.elements()]
    repeated = [np.r_[False, (path[1:] == path[:-1]).all(1)][: len(path)] for path in paths]
    return np.concatenate([np.zeros((0, 2)), *(path[~again] for path, again in zip(paths, repeated, strict=True))])
