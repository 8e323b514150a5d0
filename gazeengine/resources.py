"""What is shipped beside the code: trained models and sample pictures."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from gazeengine.checkpoint import SUFFIX
from gazeengine.errors import CheckpointError, DataError

FOLDER = Path(__file__).resolve().parents[1] / "resources"
DEFAULT_MODEL = "fastgaze"


@dataclass(frozen=True, slots=True)
class SamplePicture:
    """A picture to try; kind is "photograph" or "screenshot"."""

    path: Path
    title: str
    kind: str


def shipped_models() -> list[Path]:
    """The model files that come with the program, by name; empty where there are none."""
    return sorted(path for path in (FOLDER / "models").glob(f"*{SUFFIX}") if not path.name.startswith("."))


def sample_pictures() -> list[SamplePicture]:
    """The sample pictures in the order in which they are shown, without those whose file is gone.

    Raises DataError where their list pictures.json is missing or malformed.
    """
    folder = FOLDER / "pictures"
    try:
        rows = json.loads((folder / "pictures.json").read_text(encoding="utf-8"))
        listed = [SamplePicture(folder / str(row["file"]), str(row["title"]), str(row["kind"])) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"sample pictures: {folder / 'pictures.json'} cannot be read ({error}), "
            "wanted a list of file, title and kind"
        ) from error
    return [picture for picture in listed if picture.path.is_file()]


def find_model(name_or_path: str | os.PathLike[str]) -> Path:
    """The file of a model: a path, or the name of a shipped one with or without its suffix.

    A file of that name wins. Raises CheckpointError where there is neither, with the names of the shipped.
    """
    path = Path(name_or_path)
    if path.exists():
        return path
    models = shipped_models()
    for model in models:
        if str(name_or_path) in (model.name, model.stem):
            return model
    names = ", ".join(model.stem for model in models) or "none"
    raise CheckpointError(
        f"model {path}: there is no such file and no shipped model of that name, "
        f"wanted a {SUFFIX} file or one of the shipped ({names})"
    )


def default_model() -> Path | None:
    """The shipped model that the window opens with: the unpruned FastGaze, or the first there is."""
    models = shipped_models()
    return next((path for path in models if path.stem == DEFAULT_MODEL), models[0] if models else None)
