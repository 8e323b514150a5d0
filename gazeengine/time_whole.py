"""Whole networks timed, for what the sum of their layers leaves out: input, upsampling, blur, softmax."""

from __future__ import annotations

from collections.abc import Callable

import torch

from gazeengine.architecture import Architecture, LayerWidths
from gazeengine.fused import fused
from gazeengine.networks import GazeNetwork, initialise, uniform_center_bias

SHARES = (1 / 4, 1)
"""Of all widths, at which a whole network is timed."""


def widths_at(architecture: Architecture, share: float) -> dict[str, int]:
    """All widths at a share of them, at least one feature each."""
    return {name: max(1, round(share * width)) for name, width in architecture.widths.items()}


class WholeCase:
    """A network of random weights at these widths, as it runs in prediction, on a picture of size (height, width)."""

    def __init__(self, architecture: Architecture, widths: LayerWidths, size: tuple[int, int]) -> None:
        self._made: tuple[GazeNetwork, torch.Tensor] | None = None
        self._architecture, self._widths, self._size = architecture, widths, size

    def seconds(self, clock: Callable[[], float]) -> float:
        """What a map takes by clock."""
        network, image = self._made or self._make()
        with torch.inference_mode():
            started = clock()
            network(image)
            return clock() - started

    def _make(self) -> tuple[GazeNetwork, torch.Tensor]:
        network = GazeNetwork(self._architecture, self._widths, uniform_center_bias())
        initialise(network, 0)
        network.to(memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
        image = torch.rand(1, 3, *self._size, generator=torch.Generator().manual_seed(0))
        self._made = fused(network), image.contiguous(memory_format=torch.channels_last)
        return self._made
