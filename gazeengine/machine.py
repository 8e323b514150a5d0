"""This computer by name, and where what was measured on it is kept."""

from __future__ import annotations

import platform
import re
from pathlib import Path

from platformdirs import user_data_path


def machine_name() -> str:
    """Of this computer, and what kind it is."""
    return f"{platform.node() or 'computer'} ({platform.machine() or 'unknown'})"


def times_file(architecture: str, size: tuple[int, int], threads: int = 1, folder: Path | None = None) -> Path:
    """The file for times of an architecture's layers at (height, width); in folder, or among the user's data."""
    folder = user_data_path("FisherGaze", appauthor=False) / "times" if folder is None else folder
    name = re.sub(r"[^\w.]+", "-", machine_name()).strip("-")
    return folder / f"{architecture}-{size[0]}x{size[1]}-{threads}-{name}.json"
