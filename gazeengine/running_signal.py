"""The pruning signal of a network that goes on learning: a sum over steps that may fade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gazeengine.architecture import LayerWidths
from gazeengine.checkpoint import Ints
from gazeengine.distributed import World

Delta = dict[str, np.ndarray[Any, np.dtype[np.float64]]]


@dataclass(slots=True)
class RunningSignal:
    """Sums of g_nk² (Eq. 7) of each layer's features over data points of all processes, and how many these are.

    Both fade alike: Δ_k is a mean in which a point counts the less the longer it is ago, from the first one on.
    """

    squares: dict[str, Tensor]
    n_points: float = 0.0

    @staticmethod
    def none(widths: LayerWidths) -> RunningSignal:
        return RunningSignal({name: torch.zeros(width, dtype=torch.float64) for name, width in widths.items()})

    def add(self, gradients: Mapping[str, Tensor], world: World) -> None:
        """Count this process's share of the gradients g_nk (N, C) of each layer, and the others'."""
        n = len(next(iter(gradients.values())))
        here = torch.cat([gradients[name].detach().double().square().sum(0) for name in self.squares])
        widths = [len(s) for s in self.squares.values()]
        for total, squares in zip(self.squares.values(), torch.split(world.add_up(here), widths), strict=True):
            total += squares
        self.n_points += n * world.size

    def fade(self, share: float) -> None:
        """Leave a share of what there is."""
        for total in self.squares.values():
            total *= share
        self.n_points *= share

    def cut(self, kept: Mapping[str, Ints]) -> None:
        """Leave kept features, indices into the present ones."""
        self.squares = {name: s[torch.from_numpy(kept[name])] for name, s in self.squares.items()}

    def delta(self) -> Delta:
        """Δ_k in nats per fixation of each layer (C,)."""
        return {name: (s / (2 * self.n_points)).numpy() for name, s in self.squares.items()}
