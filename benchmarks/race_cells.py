"""How a race between pruners is run, and what of it is measured: written as it is finished, and not measured again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gazeengine.atomic import written_beside
from gazeengine.errors import DataError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class RaceOptions:
    """pictures estimate importance; images of each test split score; shares are the targets, parts of the FLOPs.

    At the shares tuned all networks learn on for fine_tune steps. repeats is how often a peer goes to the targets,
    runs how often latency is measured. threads are of what computes importance and paths; latency takes one.
    """

    pictures: int
    images: int
    shares: tuple[float, ...]
    tuned: tuple[float, ...]
    fine_tune: int
    repeats: int
    runs: int
    threads: int
    seed: int


class Cells:
    """What was measured so far, in a file of a run's folder. Raises DataError for one of another race."""

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        self._path = folder / "cells.json"
        self.found: dict[str, Any] = {}
        self._settings = json.loads(json.dumps(settings))
        if self._path.exists():
            stored = json.loads(self._path.read_text(encoding="utf-8"))
            if stored["format"] != FORMAT or stored["settings"] != self._settings:
                raise DataError(f"race {folder}: it was begun with {stored['settings']}, wanted {self._settings}")
            self.found = stored["cells"]

    def measured(self, name: str, measure: Callable[[], Any]) -> Iterator[str]:
        """Measure the cell unless it is there; yields its name before."""
        if name not in self.found:
            yield name
            self.found[name] = measure()
            with written_beside(self._path) as beside:
                text = json.dumps({"format": FORMAT, "settings": self._settings, "cells": self.found})
                beside.write_text(text, encoding="utf-8")
