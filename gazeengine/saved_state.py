"""How far a run has saved itself, and so what it goes on from, by the head of its state; the window asks, too."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import SafetensorError, safe_open

from gazeengine.errors import TrainingError
from gazeengine.runs import TrainingProgress

LATEST, BEST = "latest.safetensors", "best.safetensors"


def saved_progress(folder: Path) -> TrainingProgress | None:
    """Where the run in folder goes on from; None where it has saved nothing yet. A millisecond: no tensor is read.

    What it published last may be further on. Raises TrainingError where its state cannot be read.
    """
    path = folder / LATEST
    if not path.exists():
        return None
    try:
        with safe_open(path, "np") as file:
            about = file.metadata() or {}
        values = json.loads(about.get("progress", "null"))
    except (OSError, SafetensorError, ValueError) as error:
        raise TrainingError(
            f"training state {path}: cannot be read ({error}), wanted one that training wrote"
        ) from error
    return TrainingProgress.from_json(values)
