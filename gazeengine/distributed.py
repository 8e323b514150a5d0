"""Training on several processes or computers: torchrun starts them, this tells them apart.

    torchrun --nproc-per-node 2 -m -- gazeengine distill …

Without the -- torchrun takes --run for an option of its own. Each process takes its share of every batch. Gradients
are averaged by torch's DistributedDataParallel; what else is summed over examples (losses, Fisher signals) by add_up;
batch normalizations see the whole batch (shared_norm.py). So the sums are those of one process, up to rounding, and
running statistics are equal in all of them. One process needs none of it.

Runs keep in step: behind every yield each process says whether it goes on, so that a stop reaches all of them at
the same step. One that fails loses its connections, which ends the others.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, distributed, nn

from gazeengine.errors import MaterialError, TrainingError
from gazeengine.shared_norm import share_norms

T = TypeVar("T")

PATIENCE = timedelta(days=1)  # for a first process that is paused, or scores a snapshot; a dead one is noticed at once


class OthersStoppedError(TrainingError):
    """Another process was stopped, and this one with it."""


@dataclass(frozen=True, slots=True)
class World:
    """Process rank of size; the first one writes files and speaks."""

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        return self.rank == 0

    def share(self, items: Sequence[T]) -> Sequence[T]:
        """What this process does of items that all of them do together."""
        return items[self.rank :: self.size]

    def add_up(self, tensor: Tensor) -> Tensor:
        """The sum over all processes, in each of them."""
        if self.size > 1:
            tensor = tensor.clone()
            distributed.all_reduce(tensor)
        return tensor

    def firsts(self, value: float) -> float:
        """The value that the first process gave, in each of them."""
        if self.size == 1:
            return value
        return float(self.add_up(torch.tensor(value if self.first else 0.0, dtype=torch.float64)))

    def together(self, module: nn.Module) -> nn.Module:
        """The module whose gradients are averaged over processes in its backward pass.

        Its batch normalizations are changed in place to share their statistics while they train.
        """
        if self.size == 1:
            return module
        share_norms(module)
        return nn.parallel.DistributedDataParallel(module, gradient_as_bucket_view=True)

    def check(self, batch: int) -> None:
        """Raises TrainingError unless every process gets as many pictures of a batch."""
        if batch % self.size:
            raise TrainingError(f"training: {batch} pictures a step for {self.size} processes, wanted a multiple")

    def check_step(self, step: int, folder: Path) -> None:
        """Raises TrainingError, in each of them, unless all processes go on from the same step."""
        steps = torch.zeros(self.size, dtype=torch.int64)
        steps[self.rank] = step
        found = self.add_up(steps).tolist()
        if len(set(found)) > 1:
            raise TrainingError(
                f"training {folder}: processes found it at steps {', '.join(map(str, found))}, "
                "wanted a folder that all of them share"
            )

    def go_on(self, folder: Path) -> None:
        """Wait for the others behind a yield. Raises OthersStoppedError where one of them was stopped there."""
        if self._stopped(False):
            raise OthersStoppedError(
                f"training {folder}: another process was stopped, wanted all of them; call all again to go on"
            )

    @contextmanager
    def stopping(self, keep: Callable[[], None]) -> Iterator[None]:
        """Around a generator's steps: where it is closed the others stop, too, and keep is called in all of them.

        So it is where what is learned from can no longer be read, which is found before a step. Nothing else calls
        keep: an error, or a second Ctrl-C, may come in the middle of a step, whose state is none.
        """
        try:
            yield
        except GeneratorExit:
            keep()  # first: the others may be gone
            self._stopped(True)
            raise
        except (OthersStoppedError, MaterialError):
            keep()
            raise

    def _stopped(self, here: bool) -> bool:
        """Whether one of all processes is stopped; each says of itself."""
        return self.size > 1 and bool(self.add_up(torch.tensor(int(here))))


ALONE = World()


@contextmanager
def joined() -> Iterator[World]:
    """The world that torchrun started this process in, or one of its own.

    Raises TrainingError where the connection to another process is lost or cannot be made. Networks are computed on
    the CPU here, so processes speak through Gloo.
    """
    size = os.environ.get("WORLD_SIZE", "1")
    if size == "1":
        yield ALONE
        return
    try:
        distributed.init_process_group("gloo", timeout=PATIENCE)
    except (RuntimeError, ValueError) as error:
        raise TrainingError(
            f"training on {size} processes: they cannot be joined ({str(error).splitlines()[0]}), "
            "wanted torchrun to start them, or the environment that it makes"
        ) from error
    try:
        yield World(distributed.get_rank(), distributed.get_world_size())
    except RuntimeError as error:
        if "gloo/" not in str(error):  # it has no exception of its own
            raise
        raise TrainingError(
            f"process {distributed.get_rank()} of {distributed.get_world_size()}: another one has ended, wanted all "
            f"of them to the end; what it said is the reason ({str(error).partition('. ')[0]})"
        ) from error
    finally:
        distributed.destroy_process_group()
