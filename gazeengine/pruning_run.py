"""Pruning while training (Section 2.4): signals accumulate while the weights go on learning, then features go.

The paper's schedule prunes one feature every 10 steps. The fast one prunes several a round and does not forget the
signal between rounds: it is a running mean, which two cores can finish within the hour. A run lives in a folder as
training does; snapshots along the way are yielded with their own Fisher signal.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from gazeengine.checkpoint import Checkpoint, Ints
from gazeengine.distributed import ALONE, World
from gazeengine.examples import Draw, Examples, drawn
from gazeengine.fisher import Tape, fixated_targets, gradients_of
from gazeengine.plan import FisherSignal, PruningOrder, pruning_order
from gazeengine.pruning_schedule import PAPER, PruningOptions, Schedule
from gazeengine.pruning_state import PruningState, Snapshot
from gazeengine.run_state import Due, load_optimizer, made
from gazeengine.runs import TrainingProgress
from gazeengine.saved_state import LATEST
from gazeengine.surgery import pruned_weights
from gazeengine.training import Learner, diverged, sound, validation_loss

__all__ = ["PAPER", "PruningOptions", "Snapshot", "prune_while_training", "snapshot_now"]

PACE_SHARE = 0.05  # of a step in the running mean of how long an operation takes


def prune_while_training(
    checkpoint: Checkpoint,
    training: Examples,
    validation: Examples,
    options: PruningOptions,
    folder: Path,
    world: World = ALONE,
) -> Generator[TrainingProgress | Snapshot]:
    """Prune checkpoint's network while it learns; yields progress after every step, and a Snapshot where one is due.

    It ends when n_pruned features are gone, or at most gflop is left at the working size. Goes on from folder's state
    if it has one. Whoever asks for more behind a snapshot has taken care of it, and is told the progress once more;
    closed there, it is yielded again by the next run. Raises TrainingError as train does, and PruningError where the
    target cannot be reached.
    """
    return _Run(checkpoint, training, validation, options, made(folder), world).steps()


def snapshot_now(
    checkpoint: Checkpoint, validation: Examples, options: PruningOptions, folder: Path
) -> Snapshot | None:
    """What the run in folder has come to, as a snapshot between those that were planned.

    None where nothing was pruned since the last one. Raises TrainingError as prune_while_training does.
    """
    if not (folder / LATEST).exists():
        return None
    state, _ = PruningState.read(checkpoint, Schedule.of(options, checkpoint.architecture), folder)
    if state.n_pruned == state.taken:
        return None
    return state.snapshot(_measured(state, validation, state.progress.step, folder, ALONE))


class _Run:
    """A state, what changes it from step to step, and how long that will take."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        training: Examples,
        validation: Examples,
        options: PruningOptions,
        folder: Path,
        world: World,
    ) -> None:
        world.check(options.batch)
        self._options, self._folder, self._world = options, folder, world
        self._training, self._validation = training, validation
        self._schedule = Schedule.of(options, checkpoint.architecture)
        saved: Mapping[str, Tensor] = {}
        if (folder / LATEST).exists():
            self._state, saved = PruningState.read(checkpoint, self._schedule, folder)
        else:
            self._state = PruningState.begun(checkpoint, self._schedule)
        world.check_step(self._state.progress.step, folder)  # before they share networks, which may have other widths
        self._learner = self._learning()
        load_optimizer(self._learner.optimizer, saved)
        order = self._order() if self._state.signal.n_points else None
        self._ends_at = self._state.progress.n_steps
        _, self._work_left = self._left(self._state.progress.step, order)
        self._pace: float | None = None  # seconds for an operation of a picture's forward pass

    def steps(self) -> Generator[TrainingProgress | Snapshot]:
        state, options = self._state, self._options
        due, saved = Due(), state.progress.step
        started = time.monotonic() - state.progress.elapsed_s

        def save() -> None:
            if self._world.first:
                state.save(self._folder, self._learner.optimizer)

        def keep() -> None:
            if state.progress.step != saved and sound(state.network):
                save()

        with self._world.stopping(keep):
            while True:
                if state.snapshot_due and state.settled >= self._schedule.settle_steps(state.flops):
                    yield state.snapshot(self._measured(state.progress.step))
                    self._world.go_on(self._folder)
                    state.taken, state.settled, state.since = state.n_pruned, 0, 0
                    save()
                    saved = state.progress.step
                    due.done()
                    yield state.progress
                    self._world.go_on(self._folder)
                if self._schedule.reached(state.network.widths) and not state.snapshot_due:
                    return
                begun, flops, step = time.monotonic(), state.flops, state.progress.step + 1
                loss = self._step()
                if not math.isfinite(loss):
                    raise diverged(self._folder, loss, step, options.learning_rate)
                self._work_left = max(0.0, self._work_left - flops)
                widths = None
                if state.snapshot_due:
                    state.settled += 1
                elif state.since >= self._schedule.round_steps(flops) and step >= options.warm_up_steps:
                    self._prune(step)
                    widths = dict(state.network.widths)
                measured = None
                if step % options.validate_every == 0:
                    measured = self._measured(step)
                now = time.monotonic()
                self._publish(step, loss, measured, widths, now - started, (now - begun) / flops)
                if due():
                    if not sound(state.network):  # the loss would tell it only at the next step
                        raise diverged(self._folder, math.nan, step, options.learning_rate, "largest weight")
                    save()
                    saved = step
                    due.done()
                yield state.progress
                self._world.go_on(self._folder)

    def _step(self) -> float:
        """Learn from a batch, and count its gradients in the signal; the loss."""
        state, options, world = self._state, self._options, self._world
        draws = drawn(state.progress.step, len(self._training), options.batch, options.seed, options.least_scale)
        tape = Tape()

        def accumulate(log_density: Tensor, target: Tensor) -> None:
            state.signal.fade(0.0 if options.forget and state.since == 0 else options.keep)
            for fixation in _fixations(target, world.share(draws), options.n_targets):
                nats = -(fixation * log_density).sum()
                state.signal.add(gradients_of(nats, tape, state.network.widths), world)

        loss = self._learner.step(draws, tape.observe, accumulate)
        state.since += 1
        return loss

    def _measured(self, step: int) -> float:
        return _measured(self._state, self._validation, step, self._folder, self._world)

    def _prune(self, step: int) -> None:
        """The next round's features go: from the network, the optimizer's momentum and the signal."""
        state = self._state
        order = self._order()
        kept = order.first(self._schedule.n_next(order, state.n_pruned)).kept
        momentum = self._momentum_of(kept) if self._options.momentum else None
        state.cut(kept)
        self._learner = self._learning(momentum)
        n_left, self._work_left = self._left(step, self._order())
        self._ends_at = step + n_left

    def _learning(self, momentum: Mapping[str, Tensor] | None = None) -> Learner:
        """What trains the state's network, with the momentum of parameters by their names."""
        options, network = self._options, self._state.network
        network.requires_grad_(True)
        optimizer = torch.optim.SGD(network.parameters(), lr=options.learning_rate, momentum=options.momentum)
        for name, parameter in network.named_parameters():
            if momentum is not None:
                # as the parameter lies in memory
                optimizer.state[parameter]["momentum_buffer"] = torch.empty_like(parameter).copy_(momentum[name])
        return Learner(network, optimizer, self._training, options.gradient_norm, self._world)

    def _momentum_of(self, kept: Mapping[str, Ints]) -> dict[str, Tensor]:
        """The momentum of what is kept, cut as the parameters are."""
        network, found = self._state.network, self._learner.optimizer.state
        momentum = {name: torch.zeros_like(tensor) for name, tensor in network.state_dict().items()}
        momentum |= {name: found[parameter]["momentum_buffer"] for name, parameter in network.named_parameters()}
        return pruned_weights(network.architecture, momentum, kept, network.widths, _take)

    def _order(self) -> PruningOrder:
        """Of what is left, by the signal so far."""
        signal = FisherSignal("", 0, "teacher", self._state.signal.delta())
        return pruning_order(signal, self._schedule.cost, self._options.beta)

    def _left(self, step: int, order: PruningOrder | None) -> tuple[int, float]:
        state = self._state
        return self._schedule.left(state.network.widths, step, state.taken, order)

    def _publish(
        self,
        step: int,
        loss: float,
        measured: float | None,
        widths: Mapping[str, int] | None,
        elapsed_s: float,
        pace: float,
    ) -> None:
        """The state's progress behind a step; steps get cheaper with the network, so pace is seconds per operation."""
        state = self._state
        before = state.progress
        self._pace = pace if self._pace is None else (1 - PACE_SHARE) * self._pace + PACE_SHARE * pace
        best = measured is not None and measured < before.best_loss
        state.progress = replace(
            before,
            step=step,
            n_steps=max(self._ends_at, step),
            loss=loss,
            validation_loss=measured,
            best_loss=min(before.best_loss, math.inf if measured is None else measured),
            best_step=step if best else before.best_step,
            elapsed_s=elapsed_s,
            left_s=self._pace * self._work_left,
            n_pruned=state.n_pruned,
            flops=state.flops,
            widths=widths,
        )


def _measured(state: PruningState, validation: Examples, step: int, folder: Path, world: World) -> float:
    """The validation loss of a state's network behind step. Raises TrainingError where it is not a number."""
    measured = validation_loss(state.network, validation, world)
    if not math.isfinite(measured):
        raise diverged(folder, measured, step, state.progress.learning_rate, "validation loss")
    return measured


def _fixations(target: Tensor, draws: Sequence[Draw], n: int) -> Tensor:
    """One-hot targets (n, N, H, W) drawn from target (N, H, W), whatever process a draw falls to."""
    return torch.cat(
        [
            fixated_targets(density[None], n, torch.Generator().manual_seed(draw.seed))
            for density, draw in zip(target, draws, strict=True)
        ],
        1,
    )


def _take(tensor: Tensor, indices: Ints, axis: int) -> Tensor:
    return tensor.index_select(axis, torch.from_numpy(indices))
