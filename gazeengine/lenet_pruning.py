"""Table 1: LeNet-5 pruned while it learns, to shares of its cost, with Fisher β = 0, β > 0 and β*.

A network is trained with early stopping. Then it goes on learning, and every few steps one feature goes: the one with
the least ΔL + β·ΔC, its signal summed over these steps as in Section 2.4. At each share of the cost a copy learns on
with early stopping, and is tested.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from gazeengine.errors import TrainingError
from gazeengine.lenet import Digits, LeNet, cut, initialised, lenet_cost, mask_gradients, of_state
from gazeengine.plan import FisherSignal, pruning_order

State = dict[str, Tensor]

MOST_SHIFT = 2  # pixels, where pictures are shifted
TEMPERATURE = 4.0
TESTED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class LeNetOptions:
    """How LeNet-5 is trained: Caffe's batch, momentum and weight decay; learning rates fall along a cosine.

    steps to begin with, and settle_steps behind each share of the cost, at settle_rate: small networks like it higher.
    steps_per_feature go by between two prunings, at pruning_rate. patience counts validations without a lower error.
    shift moves each training picture by up to two pixels, and taught is the part of the loss that compares with the
    unpruned network's scores behind each share (Hinton et al. 2015, at a temperature of TEMPERATURE); the paper does
    neither.
    """

    batch: int = 64
    steps: int = 8_000
    settle_steps: int = 6_000
    steps_per_feature: int = 10
    learning_rate: float = 0.02
    settle_rate: float = 0.05
    pruning_rate: float = 0.005
    momentum: float = 0.9
    weight_decay: float = 5e-4
    validate_every: int = 500
    patience: int = 12
    shift: bool = False
    taught: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class LeNetResult:
    """A pruned network at a share of the cost: what it gets wrong of the test and validation pictures, as shares."""

    share: float
    widths: Mapping[str, int]
    test_error: float
    validation_error: float


@dataclass(slots=True)
class _Best:
    """The parameters with the least validation error so far, ties by the loss."""

    state: State
    key: tuple[float, float] = (math.inf, math.inf)
    since: int = field(default=0)

    def seen(self, network: LeNet, key: tuple[float, float]) -> None:
        self.since += 1
        if key < self.key:
            self.state, self.key, self.since = copied(network), key, 0


def copied(network: LeNet) -> State:
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def trained(
    network: LeNet,
    training: Digits,
    validation: Digits,
    steps: int,
    options: LeNetOptions,
    teacher: Teacher | None = None,
) -> LeNet:
    """The network after at most so many steps, with the parameters that were best in validation.

    Raises TrainingError where the loss is not a number.
    """
    learner = _Learner(network, training, options, teacher)
    best = _Best(copied(network), errors(network, validation))
    for step in range(steps):
        learner.step(0.5 * options.learning_rate * (1 + math.cos(math.pi * step / steps)))
        if (step + 1) % options.validate_every == 0:
            best.seen(network, errors(network, validation))
            if best.since >= options.patience:
                break
    network.load_state_dict(best.state)
    return network


def pruned_along(
    network: LeNet, training: Digits, validation: Digits, test: Digits, beta: float | None, shares: Sequence[float],
    options: LeNetOptions,
) -> Iterator[LeNetResult]:  # fmt: skip
    """Prune a trained network at β nats per GFLOP (None: β*) while it learns; yields what each share of its cost gives.

    shares descend. Raises TrainingError where the loss is not a number.
    """
    cost = lenet_cost()
    whole = cost.total(network.widths)
    teacher = Teacher(of_state(copied(network)), None if options.shift else training) if options.taught else None
    learner = _Learner(network, training, options)
    for share in shares:
        while cost.total(learner.network.widths) > share * whole:
            for _ in range(options.steps_per_feature):
                learner.step(options.pruning_rate, observe=True)
            order = pruning_order(learner.signal(), cost, beta)
            learner.keep_only(order.first(1).kept)
        smaller = of_state(copied(learner.network))
        settling = replace(options, learning_rate=options.settle_rate)
        small = trained(smaller, training, validation, options.settle_steps, settling, teacher)
        yield LeNetResult(
            cost.total(small.widths) / whole, small.widths, errors(small, test)[0], errors(small, validation)[0]
        )


def begun(training: Digits, validation: Digits, options: LeNetOptions) -> LeNet:
    """A trained network, nothing pruned."""
    return trained(initialised(options.seed), training, validation, options.steps, options)


def errors(network: LeNet, digits: Digits) -> tuple[float, float]:
    """The share that it gets wrong, and its mean loss in nats."""
    wrong, loss = 0, 0.0
    with torch.inference_mode():
        for first in range(0, len(digits), TESTED_AT_ONCE):
            labels = digits.labels[first : first + TESTED_AT_ONCE]
            scores = network(digits.images[first : first + TESTED_AT_ONCE])
            wrong += int((scores.argmax(1) != labels).sum())
            loss += float(F.cross_entropy(scores, labels, reduction="sum"))
    return wrong / len(digits), loss / len(digits)


class Teacher:
    """An unpruned network whose scores are learned. Where pictures never change they are looked at once."""

    def __init__(self, network: LeNet, same: Digits | None) -> None:
        self._network = network
        self._known = (
            None
            if same is None
            else torch.cat([self._softened(part) for part in torch.split(same.images, TESTED_AT_ONCE)])
        )

    def distance(self, scores: Tensor, images: Tensor, chosen: Tensor) -> Tensor:
        """T² times the relative entropy between softened classes, in nats summed over pictures."""
        wanted = self._softened(images) if self._known is None else self._known[chosen]
        found = F.log_softmax(scores / TEMPERATURE, 1)
        return TEMPERATURE**2 * F.kl_div(found, wanted, reduction="sum", log_target=True)

    def _softened(self, images: Tensor) -> Tensor:
        with torch.no_grad():
            return F.log_softmax(self._network(images) / TEMPERATURE, 1)


class _Learner:
    """SGD on a network that may lose features: momentum is cut with it, the signal begins anew."""

    def __init__(self, network: LeNet, training: Digits, options: LeNetOptions, teacher: Teacher | None = None) -> None:
        self.network, self._training, self._options, self._teacher = network, training, options, teacher
        self._rng = np.random.default_rng(options.seed)
        self._waiting = np.zeros(0, np.int64)
        self._momentum = {name: torch.zeros_like(p) for name, p in network.named_parameters()}
        self._forget()

    def step(self, learning_rate: float, observe: bool = False) -> None:
        images, labels, chosen = self._batch()
        scores, read = self.network.read(images)
        parameters = dict(self.network.named_parameters())
        loss = F.cross_entropy(scores, labels, reduction="sum")
        if self._teacher is not None:
            part = self._options.taught
            loss = (1 - part) * loss + part * self._teacher.distance(scores, images, chosen)
        if not math.isfinite(loss.item()):
            raise TrainingError(f"LeNet-5: the loss is {loss.item()}, wanted a smaller learning rate")
        wanted = [*parameters.values(), *(read.values() if observe else ())]
        gradients = torch.autograd.grad(loss, wanted)
        if observe:
            seen = dict(zip(read, gradients[len(parameters) :], strict=True))
            for name, g in mask_gradients(read, seen).items():
                self._squares[name] += g.double().square().sum(0).numpy()
            self._n += len(labels)
        options = self._options
        with torch.no_grad():
            for (name, parameter), gradient in zip(parameters.items(), gradients, strict=False):
                momentum = self._momentum[name]
                momentum.mul_(options.momentum).add_(gradient / len(labels) + options.weight_decay * parameter)
                parameter.sub_(learning_rate * momentum)

    def signal(self) -> FisherSignal:
        delta = {name: squares / (2 * self._n) for name, squares in self._squares.items()}
        return FisherSignal("", self._n, "labels", delta)

    def keep_only(self, kept: Mapping[str, np.ndarray[tuple[int, ...], np.dtype[np.int64]]]) -> None:
        self.network = of_state(cut(self.network.state_dict(), kept))
        self._momentum = cut(self._momentum, kept)
        self._forget()

    def _forget(self) -> None:
        self._squares = {name: np.zeros(width) for name, width in self.network.widths.items()}
        self._n = 0

    def _batch(self) -> tuple[Tensor, Tensor, Tensor]:
        size = self._options.batch
        if len(self._waiting) < size:
            self._waiting = np.concatenate([self._waiting, self._rng.permutation(len(self._training))])
        chosen, self._waiting = torch.from_numpy(self._waiting[:size]), self._waiting[size:]
        images, labels = self._training.images[chosen], self._training.labels[chosen]
        return (self._shifted(images) if self._options.shift else images), labels, chosen

    def _shifted(self, images: Tensor) -> Tensor:
        by = torch.from_numpy(self._rng.integers(0, 2 * MOST_SHIFT + 1, (2, len(images), 1)))
        padded = F.pad(images[:, 0], (MOST_SHIFT,) * 4)
        rows, columns = (by[i] + torch.arange(images.shape[2 + i]) for i in (0, 1))
        return padded[torch.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None, :]][:, None]
