"""Families as they lie on disk: NAME.safetensors with a folder NAME beside it, or such a folder alone.

A snapshot is an ordinary model file whose provenance says "family": {"parent": id, "name", "beta": nats per GFLOP or
"star", "n_pruned", "criterion"}. Only the heads of snapshots are read here, milliseconds for dozens.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast, get_args

from safetensors import SafetensorError, safe_open

from gazeengine.architecture import ARCHITECTURES
from gazeengine.checkpoint import FORMAT, SUFFIX, VERSION, Checkpoint, load
from gazeengine.errors import CheckpointError, cause
from gazeengine.families import Beta, Family, Made, Snapshot, alone, as_number, origin_of

TOLD = 3  # files left out that a message names
ID_SHOWN = 8  # digits of an id in a message


def read_family(path: Path, known: Mapping[str, Path] | None = None, cache: Path | None = None) -> Family:
    """The family of a model file, or of a folder of snapshots: the parent whole, of snapshots their heads.

    With it come the snapshots that cache has of it, a folder by the parent's id (see cached_place).

    A file of the folder's name beside it is the parent; else known, files by the id of their networks, may have it.
    A snapshot that is damaged, or of another parent, is left out, and problem says so. Raises CheckpointError where
    the parent cannot be read, or a folder has no snapshot.
    """
    family = _read(family_place(path), known)
    return family if cache is None else with_cached(family, cached_place(cache, family.origin.parent))


def cached_place(cache: Path, parent: str) -> Path:
    """Where the snapshots of a parent lie that were made here and not kept elsewhere."""
    return cache / parent


def with_cached(family: Family, folder: Path) -> Family:
    """The family with the snapshots of a folder that are its own. Those that are damaged are told of in problem."""
    if not folder.is_dir():
        return family
    try:
        heads, problems = _heads(folder)
    except CheckpointError as error:  # of the cache, without which the family goes on
        return replace(family, problem=" ".join(filter(None, (family.problem, str(error)))))
    origin, checkpoint = family.origin, family.checkpoint
    fitting, foreign = _of_parent(heads, origin.parent, checkpoint.architecture.name, checkpoint.working_size)
    missing = _missing(family)
    fitting = [replace(s, family=family.name, n=s.n - missing) for s in fitting if s.n - missing > origin.n]
    wanted = f"from {family.name} ({origin.parent[:ID_SHOWN]})"
    told = (family.problem, _problem(family.name, folder, problems | foreign, wanted))
    return replace(family.joined(fitting), problem=" ".join(filter(None, told)) or None)


def cached_snapshot(family: Family, path: Path) -> Snapshot:
    """A family's own snapshot at path. Raises CheckpointError where it is damaged, or of another family."""
    head = snapshot_head(path)
    checkpoint = family.checkpoint
    if head is None or head.parent != family.origin.parent or head.architecture != checkpoint.architecture.name:
        raise CheckpointError(f"model file {path.name}: it is no snapshot of {family.name}, wanted one")
    return as_member(family, head)


def as_member(family: Family, head: Snapshot) -> Snapshot:
    """A snapshot of a family's parent as its family counts and calls it; a head is as its own file tells."""
    return replace(head, family=family.name, n=head.n - _missing(family))


def _missing(family: Family) -> int:
    """Features of the architecture that the network has not from which n counts."""
    return family.checkpoint.architecture.n_features - family.n_features


def _read(path: Path, known: Mapping[str, Path] | None) -> Family:
    if not path.is_dir():
        folder = path.with_suffix("")
        checkpoint = load(path)
        return _with_snapshots(path, checkpoint, folder) if folder.is_dir() else alone(checkpoint, path)
    heads, problems = _heads(path)
    if not heads:
        raise CheckpointError(_nothing_in(path, problems))
    parent = Counter(head.parent for head in heads).most_common(1)[0][0]
    if (beside := (known or {}).get(parent)) is not None:
        checkpoint = load(beside)
        if checkpoint.id == parent:
            return _with_snapshots(beside, checkpoint, path, at=path)
    model = next(head for head in heads if head.parent == parent)
    snapshots, foreign = _of_parent(heads, parent, model.architecture, model.working_size)
    while snapshots:
        first = min(snapshots, key=lambda s: (s.n, as_number(s.beta)))
        try:
            checkpoint = first.checkpoint()
        except CheckpointError as error:
            snapshots.remove(first)
            problems[first.path] = _reason(error, first.path)
            continue
        problem = _problem(path.name, path, problems | foreign, f"from parent {parent[:ID_SHOWN]}")
        return Family(path, first, checkpoint, tuple(snapshots), problem)
    raise CheckpointError(_nothing_in(path, problems | foreign))


def family_place(path: Path) -> Path:
    """Where a family is read from: for a folder the parent's file beside it, if there is one."""
    if path.is_dir():
        whole = path.absolute()
        beside = whole.with_name(whole.name + SUFFIX)
        return beside if whole.name and beside.is_file() else path
    return path


def holds_family(folder: Path) -> bool:
    """Whether there is a snapshot in a folder; reads heads up to the first."""
    for path in _files(folder):
        try:
            if snapshot_head(path) is not None:
                return True
        except CheckpointError:
            continue
    return False


def _with_snapshots(path: Path, checkpoint: Checkpoint, folder: Path, at: Path | None = None) -> Family:
    """The family of a parent that was read, with the snapshots of folder that are its own."""
    heads, problems = _heads(folder)
    fitting, foreign = _of_parent(heads, checkpoint.id, checkpoint.architecture.name, checkpoint.working_size)
    missing = checkpoint.architecture.n_features - checkpoint.n_features  # of a parent that is pruned itself
    snapshots = tuple(replace(s, family=checkpoint.name, n=s.n - missing) for s in fitting)
    wanted = f"from {path.name} ({checkpoint.id[:ID_SHOWN]})"
    problem = _problem(path.stem, folder, problems | foreign, wanted)
    return Family(at or path, origin_of(checkpoint, path), checkpoint, snapshots, problem)


def _of_parent(
    heads: Sequence[Snapshot], parent: str, architecture: str, working_size: tuple[int, int]
) -> tuple[list[Snapshot], dict[Path, str]]:
    """Those that belong together, by β and n, and of all others why they do not."""
    fitting: dict[tuple[Beta, int, Made], Snapshot] = {}
    foreign: dict[Path, str] = {}
    for head in heads:
        twin = fitting.get((head.beta, head.n, head.made))
        if head.parent != parent:
            foreign[head.path] = f"trained from another parent, {head.parent[:ID_SHOWN]}"
        elif head.architecture != architecture:
            foreign[head.path] = f"architecture {head.architecture}, not {architecture}"
        elif head.working_size != working_size:
            foreign[head.path] = "working size {} x {}, not {} x {}".format(*head.working_size, *working_size)
        elif twin is not None:
            foreign[head.path] = f"same β and n as {twin.path.name}"
        else:
            fitting[head.beta, head.n, head.made] = head
    return sorted(fitting.values(), key=lambda s: (as_number(s.beta), s.n)), foreign


def _heads(folder: Path) -> tuple[list[Snapshot], dict[Path, str]]:
    """The snapshots in a folder, and what is wrong with files that cannot be read; other models are none of ours."""
    heads: list[Snapshot] = []
    problems: dict[Path, str] = {}
    for path in _files(folder):
        try:
            head = snapshot_head(path)
        except CheckpointError as error:
            problems[path] = _reason(error, path)
            continue
        if head is not None:
            heads.append(head)
    return heads, problems


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(p for p in folder.iterdir() if p.suffix.lower() == SUFFIX and not p.name.startswith("."))
    except OSError as error:
        raise CheckpointError(
            f"folder {folder}: it cannot be read ({error.strerror}), wanted one with the snapshots of a pruning run"
        ) from error


def snapshot_head(path: Path) -> Snapshot | None:
    """What the head of a model file tells, without its tensors; None where it is of no family.

    Raises CheckpointError for a file that is damaged, truncated, or says of itself what cannot be.
    """
    subject = f"model file {path.name}"
    try:
        with safe_open(path, "np") as file:
            text = (file.metadata() or {}).get(FORMAT)
        about = json.loads(text) if text is not None else None
        if not isinstance(about, dict) or about.get("format") != FORMAT:
            raise CheckpointError(f"{subject}: no model of FisherGaze, wanted one")
        if int(about["version"]) > VERSION:
            raise CheckpointError(f"{subject}: format version {about['version']}, wanted at most {VERSION}")
        if (family := about["provenance"].get("family")) is None:
            return None
        architecture = ARCHITECTURES[about["architecture"]]
        widths = {name: int(about["widths"][name]) for name in architecture.widths}
        height, width = (int(n) for n in about["working_size"])
        n = architecture.n_features - sum(widths.values())
        if family["n_pruned"] != n:
            raise CheckpointError(f"{subject}: trained with {family['n_pruned']} features pruned, wanted {n}")
        beta = None if family["beta"] == "star" else float(family["beta"])
        if beta is not None and not (math.isfinite(beta) and beta >= 0):
            raise CheckpointError(f"{subject}: pruned at β {beta}, wanted a number that is at least 0")
        return Snapshot(
            path,
            str(about["name"]),
            str(family["name"]),
            str(family["parent"]),
            beta,
            n,
            str(family["criterion"]),
            architecture.name,
            (height, width),
            widths,
            about.get("signal") is not None,
            dict(about["scores"]),
            _made(path, family.get("made", "trained")),
        )
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{subject}: damaged or truncated ({error}), wanted a {SUFFIX} model") from error
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise CheckpointError(f"{subject}: damaged metadata ({cause(error)}), wanted those of a snapshot") from error


def _made(path: Path, said: object) -> Made:
    for known in get_args(Made):
        if said == known:
            return cast(Made, known)
    raise CheckpointError(f"model file {path.name}: {said!r} is no way to make one, wanted {', '.join(get_args(Made))}")


def _reason(error: CheckpointError, path: Path) -> str:
    """What was found: the message less its subject and what is wanted, which is said once for all files."""
    return str(error).removeprefix(f"model file {path.name}: ").partition(", wanted")[0]


def _problem(name: str, folder: Path, problems: Mapping[Path, str], wanted: str) -> str | None:
    """One message for all that was left out."""
    if not problems:
        return None
    told = ", ".join(f"{path.name} ({reason})" for path, reason in list(problems.items())[:TOLD])
    more = f" and {len(problems) - TOLD} more" if len(problems) > TOLD else ""
    return f"family {name}: left out of {folder.name}/ {told}{more}, wanted undamaged snapshots of runs {wanted}"


def _nothing_in(folder: Path, problems: Mapping[Path, str]) -> str:
    told = "".join(f", {path.name} ({reason})" for path, reason in list(problems.items())[:TOLD])
    return f"folder {folder.name}: found no snapshot of a pruning run in it{told}, wanted at least one {SUFFIX} file"
