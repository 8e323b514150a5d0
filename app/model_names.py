"""What open models are called in lists: by their names, and where these are alike by where they lie, too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from app.library import ModelEntry
from gazeengine.checkpoint import SUFFIX


def told_apart(entries: Sequence[ModelEntry]) -> dict[str, str]:
    """A name for each, by keys, no two alike; one that came with the program keeps its own."""
    alike: dict[str, list[ModelEntry]] = defaultdict(list)
    for entry in entries:
        alike[name_of(entry)].append(entry)
    names: dict[str, str] = {}
    for name, of_it in alike.items():
        whole = {entry.key: entry.path.absolute().parts for entry in of_it}
        for entry in of_it:
            others = [parts for key, parts in whole.items() if key != entry.key]
            only = not others or (entry.shipped and sum(e.shipped for e in of_it) == 1)
            names[entry.key] = name if only else f"{name} · {_shortest(whole[entry.key], others)}"
    return names


def name_of(entry: ModelEntry) -> str:
    """As its file says once it is read."""
    return entry.checkpoint.name if entry.checkpoint is not None else entry.title


def _shortest(parts: tuple[str, ...], others: Sequence[tuple[str, ...]]) -> str:
    """The end of a path that none of the others has, without its suffix unless that makes the difference."""
    bare = [(*other[:-1], other[-1].removesuffix(SUFFIX)) for other in others]
    own = (*parts[:-1], parts[-1].removesuffix(SUFFIX))
    if own in bare:  # a file beside the folder of its name
        own, bare = parts, list(others)
    n = next((n for n in range(1, len(own)) if all(own[-n:] != other[-n:] for other in bare)), len(own))
    return "/".join(own[-n:])
