"""A teacher's average maps on disk: what a smaller network is taught by (Section 2.4, knowledge distillation).

A folder with maps.json, which says who made them, and an array of float16 a picture: the log density on a grid over
the picture. The mean is of densities, not of their logarithms.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gazeengine.atomic import written_beside
from gazeengine.errors import DataError, OutputError
from gazeengine.fixations import Floats, Stimulus
from gazeengine.picture_arrays import PictureArrays
from gazeengine.saliency_map import normalised

FORMAT_VERSION = 1
NOTE = "maps.json"
FAINTEST = -40.0  # nats below a map's peak: less is as good as nothing, and float16 has no room for it


def mean_density(log_densities: Sequence[npt.NDArray[Any]], weights: Sequence[float] | None = None) -> Floats:
    """The log of the mean of densities (h, w) over one grid: an ensemble's average map; each by its weight, or alike.

    Raises GazeError where one has values that are no numbers.
    """
    maps = np.stack(log_densities).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):  # what is no number shows as nan, and is told
        if weights is not None:
            maps += np.log(np.array(weights, np.float64))[:, None, None]
        return normalised(np.logaddexp.reduce(maps)).log_density


@dataclass(frozen=True, slots=True)
class TeacherMaps:
    """Maps of pictures in folder; about says who made them: name, members, data, extent."""

    folder: Path
    about: Mapping[str, Any]
    _arrays: PictureArrays

    @staticmethod
    def create(folder: Path, about: Mapping[str, Any]) -> TeacherMaps:
        """An empty folder of maps, or the one that is there if it is of the same teacher."""
        about = json.loads(json.dumps(dict(about) | {"version": FORMAT_VERSION}))
        if (folder / NOTE).exists():
            found = TeacherMaps.open(folder)
            if found.about != about:
                raise DataError(
                    f"teacher's maps {folder}: they are of {json.dumps(found.about)}, "
                    f"wanted those of {json.dumps(about)} or an empty folder"
                )
            return found
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"teacher's maps {folder}: cannot be made ({error.strerror}), wanted a folder to write to"
            ) from error
        with written_beside(folder / NOTE) as beside:
            beside.write_text(json.dumps(about), encoding="utf-8")
        return TeacherMaps.open(folder)

    @staticmethod
    def open(folder: Path) -> TeacherMaps:
        """The maps in folder. Raises DataError where there are none, or of another version."""
        try:
            about = json.loads((folder / NOTE).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise DataError(f"teacher's maps {folder}: there is no {NOTE}, wanted a folder that maps wrote") from error
        except (OSError, ValueError) as error:
            raise DataError(
                f"teacher's maps {folder}: {NOTE} cannot be read ({error}), wanted it as written"
            ) from error
        version = about.get("version") if isinstance(about, dict) else None
        if version != FORMAT_VERSION:
            raise DataError(f"teacher's maps {folder}: found version {version}, wanted version {FORMAT_VERSION}")
        return TeacherMaps(folder, about, PictureArrays(folder, "teacher's maps", "call maps with its data set"))

    def has(self, stimulus: Stimulus) -> bool:
        return self._arrays.has(stimulus)

    def add(self, stimulus: Stimulus, log_density: npt.NDArray[Any]) -> None:
        """Write the map (h, w) of a picture, its peak at 0. Raises DataError where it is no density."""
        peak = log_density.max()
        if log_density.ndim != 2 or not np.isfinite(peak):
            raise DataError(
                f"teacher's map of {stimulus.path.name}: found {log_density.shape} with a peak of {peak}, "
                "wanted a log density (rows, columns)"
            )
        self._arrays.write(stimulus, np.maximum(log_density - peak, FAINTEST))

    def log_density(self, stimulus: Stimulus) -> Floats:
        """The normalised log density (h, w) over the grid. Raises DataError where there is none of this picture."""
        return normalised(self._arrays.read(stimulus)).log_density
