"""On whose pictures a checkpoint's Fisher signal was estimated: in its provenance, and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gazeengine.checkpoint import Checkpoint
from gazeengine.plan import FisherSignal

OWN = "own pictures"
"""What provenance calls pictures that somebody chose in the window; what they are called stays with that person."""

FEW = 4
"""Pictures that a signal needs at least before one should act on it, where there are as many."""


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationProgress:
    """The checkpoint with the signal of the first n_done of n_pictures, and the time that they took and will take."""

    checkpoint: Checkpoint
    n_done: int
    n_pictures: int
    elapsed_s: float
    left_s: float


def with_source(checkpoint: Checkpoint, signal: FisherSignal, data: Sequence[str], seed: int) -> Checkpoint:
    """The checkpoint with this signal; its provenance says of which data it is."""
    about = {"data": list(data), "n_images": signal.n_images, "targets": signal.targets, "seed": seed}
    return replace(checkpoint, signal=signal, provenance=dict(checkpoint.provenance) | {"signal": about})


def is_own(checkpoint: Checkpoint) -> bool:
    """Whether its signal is of pictures that somebody chose in the window."""
    return checkpoint.signal is not None and _data(checkpoint) == [OWN]


def source_words(checkpoint: Checkpoint) -> str:
    """In a few words, as "200 training pictures" or "your 14 pictures"; empty without a signal."""
    signal = checkpoint.signal
    if signal is None:
        return ""
    n, data = signal.n_images, _data(checkpoint)
    pictures = "picture" if n == 1 else "pictures"
    if data == [OWN]:
        words = f"your {n:,} {pictures}"
    elif data and (all(name.endswith(" train") for name in data) or data == checkpoint.provenance.get("data")):
        words = f"{n:,} training {pictures}"
    else:
        words = f"{n:,} {pictures}" + (f" of {', '.join(data)}" if data else "")
    return words if signal.checkpoint_id == checkpoint.id else f"{words}, before it was pruned"


def target_words(signal: FisherSignal) -> str:
    """Where its data points came from."""
    return {
        "fixations": "where people looked in them",
        "sampled": "where the network itself expects people to look in them",
        "teacher": "where a teacher expects people to look in them",
    }.get(signal.targets, signal.targets)


def _data(checkpoint: Checkpoint) -> list[str]:
    """What the file says; it may say anything."""
    match checkpoint.provenance.get("signal"):
        case {"data": [*names]}:
            return [str(name) for name in names]
        case _:
            return []
