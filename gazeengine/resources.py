"""What is shipped beside the code: trained models and sample pictures."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from gazeengine.checkpoint import SUFFIX
from gazeengine.errors import CheckpointError, DataError, cause

FOLDER = Path(__file__).resolve().parents[1] / "resources"
DEFAULT_MODEL = "fastgaze"
DEFAULT_BETA = 1e-3


@dataclass(frozen=True, slots=True)
class SamplePicture:
    """A picture to try; kind is "photograph" or "screenshot"."""

    path: Path
    title: str
    kind: str


def shipped_models() -> list[Path]:
    """The models that come with the program, by name: files, and folders of snapshots whose parent is not among them.

    Snapshots of a parent's own folder belong to it and are not listed; empty where there are none.
    """
    folder = FOLDER / "models"
    files = _model_files(folder)
    parents = {path.stem for path in files}
    folders = [path.parent for path in folder.glob(f"*/*{SUFFIX}") if path.parent.name not in parents]
    return sorted({*files, *(path for path in folders if not path.name.startswith("."))})


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
    """The file of a model: a path, or the name of a shipped one or its snapshot ("fastgaze/beta1e-3-n1000").

    The suffix may be left out of a name; a file of that name wins. Raises CheckpointError where there is neither,
    with the names of the shipped, or of the snapshots where it names their family.
    """
    path = Path(name_or_path)
    if path.exists() and not path.is_dir():
        return path
    folder = FOLDER / "models"
    family = path.parts[0] if path.parts and not path.is_absolute() else ""
    snapshots = [] if family in ("", "..") else _model_files(folder / family)
    models = _model_files(folder)
    for model in (*models, *snapshots):
        if path.as_posix() in (name := model.relative_to(folder).as_posix(), name.removesuffix(SUFFIX)):
            return model
    named = snapshots or models or shipped_models()
    names = ", ".join(model.relative_to(folder).as_posix().removesuffix(SUFFIX) for model in named) or "none"
    found = "found a folder" if path.is_dir() else "there is no such file"
    raise CheckpointError(
        f"model {path}: {found} and no shipped model of that name, "
        f"wanted a {SUFFIX} file or one of the shipped ({names})"
    )


def default_model() -> Path | None:
    """The shipped model that the window opens with: the one that default.json names, or the first there is.

    Raises DataError where that file is malformed.
    """
    models, name = shipped_models(), _default()[0]
    return next((path for path in models if path.stem == name), models[0] if models else None)


def default_point() -> tuple[float | None, int]:
    """β and the number of pruned features that the window opens the default model at, as default.json says.

    It is the network with the best trade-off; its reason stands there. Without that file it is the unpruned network.
    Raises DataError where it is malformed.
    """
    return _default()[1:]


def _default() -> tuple[str, float | None, int]:
    """Name of the model, β and n."""
    path = FOLDER / "models" / "default.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        beta = None if found["beta"] is None else float(found["beta"])
        return str(found.get("model", DEFAULT_MODEL)), beta, int(found["n_pruned"])
    except FileNotFoundError:
        return DEFAULT_MODEL, DEFAULT_BETA, 0
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"default model: {path} cannot be read ({cause(error)}), wanted beta and n_pruned") from error


def _model_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith(".") and path.is_file())
