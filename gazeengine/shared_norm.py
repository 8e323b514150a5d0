"""Batch normalization over what all processes see of a batch. torch's SyncBatchNorm does it on GPUs only."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, distributed, nn


class SharedBatchNorm(nn.BatchNorm2d):
    """In training, mean and variance are of the pictures of all processes, which have equally many each."""

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        processes = distributed.get_world_size()
        mean = _AddedUp.apply(x.mean((0, 2, 3))) / processes  # type: ignore[no-untyped-call]
        centred = x - mean.view(1, -1, 1, 1)
        variance = _AddedUp.apply(centred.square().mean((0, 2, 3))) / processes  # type: ignore[no-untyped-call]
        self._remember(mean.detach(), variance.detach(), processes * x.numel() // x.shape[1])
        scale = self.weight * (variance + self.eps).rsqrt()
        normalised: Tensor = centred * scale.view(1, -1, 1, 1) + self.bias.view(1, -1, 1, 1)
        return normalised

    def _remember(self, mean: Tensor, variance: Tensor, n: int) -> None:
        """The running statistics that it predicts with; their variance is the unbiased one, as in torch."""
        assert self.momentum is not None
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        with torch.no_grad():
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * (n / max(1, n - 1)), self.momentum)


class _AddedUp(torch.autograd.Function):
    """A sum over processes; what any of them does with it counts in the gradient of each."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        total = x.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        total = gradient.clone()
        distributed.all_reduce(total)
        return total


def share_norms(module: nn.Module) -> None:
    """Change a module's batch normalizations in place: parameters and buffers stay, in training they are shared."""
    for part in module.modules():
        if type(part) is nn.BatchNorm2d:
            part.__class__ = SharedBatchNorm
