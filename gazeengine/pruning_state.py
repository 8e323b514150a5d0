"""Where a pruning run stands: what is left of the network, its running signal, and how far it is; on disk, too."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gazeengine.checkpoint import Checkpoint, Ints
from gazeengine.errors import TrainingError
from gazeengine.networks import GazeNetwork, build, sliced, weights
from gazeengine.pruning_schedule import Schedule
from gazeengine.run_state import check_options, load_network, read_state, save_state
from gazeengine.running_signal import Delta, RunningSignal
from gazeengine.runs import TrainingProgress
from gazeengine.saved_state import LATEST


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A network on the way: which features of the unpruned one are left, its weights, and its own signal.

    n_images is how many pictures the signal is the mean of, if all counted alike; progress says where the run is.
    """

    kept: Mapping[str, Ints]
    weights: Mapping[str, np.ndarray[Any, np.dtype[Any]]]
    delta: Delta
    n_pruned: int
    n_images: int
    validation_loss: float
    progress: TrainingProgress


@dataclass(slots=True)
class PruningState:
    """kept maps a layer to the indices of its features in the unpruned network.

    taken is how many features were gone at the last snapshot, settled the steps since pruning paused for the next
    one, since those of the present round.
    """

    schedule: Schedule
    network: GazeNetwork
    kept: Mapping[str, Ints]
    signal: RunningSignal
    progress: TrainingProgress
    taken: int
    settled: int = 0
    since: int = 0

    @staticmethod
    def begun(checkpoint: Checkpoint, schedule: Schedule) -> PruningState:
        """Before the first step. Raises PruningError where checkpoint cannot be pruned to the target."""
        widths, options = checkpoint.widths, schedule.options
        schedule.check(widths, checkpoint.name)
        gone = schedule.n_pruned(widths)
        n_steps, _ = schedule.left(widths, 0, gone, None)
        progress = TrainingProgress(
            0, n_steps, math.nan, None, math.inf, 0, 0.0, math.nan,
            learning_rate=options.learning_rate, n_pruned=gone, flops=schedule.cost.total(widths), widths=widths,
        )  # fmt: skip
        return PruningState(schedule, build(checkpoint), checkpoint.kept, RunningSignal.none(widths), progress, gone)

    @staticmethod
    def read(checkpoint: Checkpoint, schedule: Schedule, folder: Path) -> tuple[PruningState, dict[str, Tensor]]:
        """That of the run in folder which began with checkpoint, and all tensors that were saved.

        Raises TrainingError where it is of other options or cannot be read.
        """
        path = folder / LATEST
        tensors, about = read_state(path)
        check_options(about, schedule.options, folder)
        wanted = (f"{what}.{name}" for what in ("kept", "signal") for name in checkpoint.kept)
        if missing := [name for name in wanted if name not in tensors]:
            raise TrainingError(f"training state {path}: it is of another network: it has no {missing[0]}, wanted one")
        kept = {name: tensors[f"kept.{name}"].numpy() for name in checkpoint.kept}
        present = {name: np.flatnonzero(np.isin(checkpoint.kept[name], kept[name])) for name in kept}
        network = sliced(build(checkpoint), present)
        load_network(network, tensors, path)
        squares = {name: tensors[f"signal.{name}"] for name in kept}
        signal = RunningSignal(squares, about["signal_weight"])
        progress = TrainingProgress.from_json(about["progress"])
        return PruningState(schedule, network, kept, signal, progress, **about["round"]), tensors

    @property
    def n_pruned(self) -> int:
        return self.schedule.n_pruned(self.network.widths)

    @property
    def flops(self) -> int:
        return self.schedule.cost.total(self.network.widths)

    @property
    def snapshot_due(self) -> bool:
        return self.taken != self.n_pruned and self.schedule.pauses_at(self.network.widths)

    def cut(self, kept: Mapping[str, Ints]) -> None:
        """Leave kept features, indices into the present ones: of the network and of the signal."""
        self.network = sliced(self.network, kept)
        self.kept = {name: self.kept[name][indices] for name, indices in kept.items()}
        self.signal.cut(kept)
        self.since = 0

    def snapshot(self, validation_loss: float) -> Snapshot:
        n_images = round(self.signal.n_points / self.schedule.options.n_targets)
        return Snapshot(
            self.kept, weights(self.network), self.signal.delta(), self.n_pruned, n_images, validation_loss,
            self.progress,
        )  # fmt: skip

    def save(self, folder: Path, optimizer: torch.optim.Optimizer) -> None:
        about = {
            "progress": self.progress.to_json(),
            "options": asdict(self.schedule.options),
            "signal_weight": self.signal.n_points,
            "round": {"settled": self.settled, "taken": self.taken, "since": self.since},
        }
        more = {f"signal.{name}": s for name, s in self.signal.squares.items()}
        more |= {f"kept.{name}": torch.from_numpy(k) for name, k in self.kept.items()}
        save_state(folder / LATEST, self.network, optimizer, about, more)
