"""Training a gaze network, as a generator that can be stopped anywhere and resumed after a kill.

Cross-entropy (Eq. 2) to target densities with Adam, early stopping on validation pictures with the best parameters
kept (Section 2.4). A run lives in a folder: latest.safetensors has all that going on needs, best.safetensors the
parameters with the lowest validation loss so far.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from gazeengine.distributed import ALONE, World
from gazeengine.errors import DataError, ImageError, MaterialError, TrainingError
from gazeengine.examples import Draw, Examples, drawn
from gazeengine.networks import GazeNetwork, Observer
from gazeengine.run_state import Due, check_options, load_network, load_optimizer, made, read_state, save_state
from gazeengine.runs import TrainingProgress
from gazeengine.saved_state import BEST, LATEST

log = logging.getLogger(__name__)
BACK = (
    "what was learned stays in the run's folder, wanted all as it was at the beginning: call the command again to go on"
)


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """How to train. Sizes in pixels; learning rates fall to 0 along a cosine over n_steps (the paper: "slowly").

    patience counts validations without a lower loss (the paper: every 100 steps, 20 in a row). Of a picture a part
    of least_scale to 1 of its height and width is seen; teacher_share weighs a teacher's maps against fixations.
    With a learning rate of 0 the features stay as they are. precision is that of the network's convolutions in
    training, one of PRECISIONS; parameters, the loss and validation are float32 always.
    """

    height: int = 240
    width: int = 320
    n_steps: int = 1440
    batch: int = 4
    learning_rate: float = 5e-5
    readout_learning_rate: float = 1e-3
    warm_up_steps: int = 50
    gradient_norm: float = 1.0
    validate_every: int = 100
    patience: int = 20
    least_scale: float = 1.0
    teacher_share: float = 0.9
    seed: int = 0
    precision: str = "float32"


def cross_entropy(log_density: Tensor, target: Tensor) -> Tensor:
    """-Σ P log Q (N,) in nats, of log densities and target densities (N, H, W): Eq. 2 for one picture each."""
    return -(target * log_density).flatten(1).sum(1)


def validation_loss(network: GazeNetwork, examples: Examples, world: World = ALONE) -> float:
    """Mean cross-entropy over all examples as they are, in nats per fixation on their grid.

    Raises TrainingError where one cannot be read.
    """
    network.eval()
    total = torch.zeros((), dtype=torch.float64)
    with torch.inference_mode():
        for i in world.share(range(len(examples))):
            try:
                inputs, target = examples.batch([Draw(i)])
            except (ImageError, DataError) as error:  # behind a step that is in no state yet
                raise TrainingError(f"{error}; {BACK}") from error
            total += cross_entropy(examples.log_density(network, inputs), target).sum()
    return float(world.add_up(total)) / len(examples)


def scale_readout(network: GazeNetwork, features: Tensor) -> None:
    """Divide the readout's first weights by the deviation of features (N, C, h, w), each by its own.

    So the readout starts at unit scale, whatever the features' layers.
    """
    first = next(layer for layer in network.architecture.layers if layer.group == "readout")
    deviation = features.std((0, 2, 3)).clamp_min(1e-6)
    scale = deviation if len(first.inputs) > 1 else deviation.square().mean().sqrt().expand(len(deviation))
    with torch.no_grad():
        network.get_parameter(f"{first.key}.weight").div_(scale.view(1, -1, 1, 1))


class Objective(nn.Module):
    """The network's answer to examples, as one module: what several processes share their gradients of."""

    def __init__(self, network: GazeNetwork, examples: Examples, precision: str = "float32") -> None:
        super().__init__()
        self.network = network
        self._examples = examples
        self._lower = precision == "bfloat16"

    def forward(self, inputs: Tensor, observer: Observer | None = None) -> Tensor:
        with torch.autocast(inputs.device.type, torch.bfloat16, enabled=self._lower):
            return self._examples.log_density(self.network, inputs, observer)


class Learner:
    """A network, its optimizer and what it learns from: one step at a time.

    A batch normalization that learns is by the pictures of a step; one whose parameters are frozen stays as it is.
    """

    def __init__(
        self,
        network: GazeNetwork,
        optimizer: torch.optim.Optimizer,
        examples: Examples,
        gradient_norm: float,
        world: World = ALONE,
        precision: str = "float32",
    ) -> None:
        self.network, self.optimizer, self.world = network, optimizer, world
        self._examples = examples
        self._gradient_norm = gradient_norm or math.inf
        self._objective = world.together(Objective(network, examples, precision))

    def step(
        self,
        draws: Sequence[Draw],
        observer: Observer | None = None,
        seen: Callable[[Tensor, Tensor], None] | None = None,
    ) -> float:
        """Learn from draws; the mean loss in nats. Parameters stay where it is not finite: nan or inf is returned.

        Raises MaterialError before anything is changed where the examples cannot be read.
        seen(log_density, target) is called between the forward and the backward pass, with this process's share.
        """
        self._in_training()
        try:
            inputs, target = self._examples.batch(self.world.share(draws))
        except (ImageError, DataError) as error:
            raise MaterialError(f"{error}; {BACK}") from error
        self.optimizer.zero_grad(set_to_none=True)
        log_density = self._objective(inputs, observer)
        if seen is not None:
            seen(log_density, target)
        loss = cross_entropy(log_density, target).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), self._gradient_norm)
        mean = float(self.world.add_up(loss.detach())) / self.world.size
        if not math.isfinite(norm.item()):
            return math.nan
        if math.isfinite(mean):
            self.optimizer.step()
        return mean

    def _in_training(self) -> None:
        self.network.train()
        for module in self.network.modules():
            if isinstance(module, nn.BatchNorm2d) and not module.weight.requires_grad:
                module.eval()


def sound(network: nn.Module) -> bool:
    """Whether all parameters are finite numbers."""
    return all(bool(parameter.isfinite().all()) for parameter in network.parameters())


def diverged(folder: Path, loss: float, step: int, learning_rate: float, what: str = "loss") -> TrainingError:
    return TrainingError(
        f"training {folder}: the {what} is {loss} at step {step} with a learning rate of {learning_rate:g}; "
        "what was saved last stays in the folder, wanted a lower learning rate"
    )


def train(
    network: GazeNetwork,
    training: Examples,
    validation: Examples,
    options: TrainingOptions,
    folder: Path,
    world: World = ALONE,
) -> Generator[TrainingProgress]:
    """Train network in place; yields after every step, and goes on from folder's latest state if it has one.

    When it ends by itself network holds the best parameters; closed before that, its state is in folder. Raises
    TrainingError where the state in folder is of other options or of another network, where the loss is no longer
    a number (what was saved last stays in folder), or where another process was stopped. Raises OutputError where
    folder cannot be written.
    """
    made(folder)
    world.check(options.batch)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = _adam(network, options)
    progress = _resumed(network, optimizer, options, folder)
    world.check_step(progress.step, folder)
    learner = Learner(network, optimizer, training, options.gradient_norm, world, options.precision)
    started = time.monotonic() - progress.elapsed_s
    steps_before, seconds_before = progress.step, progress.elapsed_s
    without_gain = 0 if not progress.best_step else (progress.step - progress.best_step) // options.validate_every
    due = Due()
    saved = progress.step

    def save(name: str, optimizer: torch.optim.Optimizer | None) -> None:
        if world.first:
            save_state(folder / name, network, optimizer, _about(progress, options))

    def keep() -> None:
        if progress.step != saved and sound(network):
            save(LATEST, optimizer)

    with world.stopping(keep):
        while progress.step < options.n_steps and without_gain < options.patience:
            slowed = _schedule(progress.step, options)
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * slowed
            rate = optimizer.param_groups[-1]["lr"]
            draws = drawn(progress.step, len(training), options.batch, options.seed, options.least_scale)
            loss = learner.step(draws)
            step = progress.step + 1
            if not math.isfinite(loss):
                raise diverged(folder, loss, step, rate)
            measured = None
            if step % options.validate_every == 0 or step == options.n_steps:
                measured = validation_loss(network, validation, world)
                if not math.isfinite(measured):
                    raise diverged(folder, measured, step, rate, "validation loss")
                without_gain += 1
                if measured < progress.best_loss:
                    progress = replace(progress, best_loss=measured, best_step=step)
                    without_gain = 0
                    save(BEST, None)
            elapsed = time.monotonic() - started
            progress = replace(
                progress,
                step=step,
                loss=loss,
                validation_loss=measured,
                elapsed_s=elapsed,
                left_s=(elapsed - seconds_before) / (step - steps_before) * (options.n_steps - step),
                stopped_early=without_gain >= options.patience,
                learning_rate=optimizer.param_groups[0]["lr"],
            )
            if measured is not None or due():
                if not sound(network):  # the loss would tell it only at the next step
                    raise diverged(folder, math.nan, step, rate, "largest weight")
                save(LATEST, optimizer)
                saved = step
                due.done()
            yield progress
            world.go_on(folder)
    if (folder / BEST).exists():
        load_network(network, read_state(folder / BEST)[0], folder / BEST)
    network.eval()


def _adam(network: GazeNetwork, options: TrainingOptions) -> torch.optim.Optimizer:
    learned = network.architecture.trained_backbone and options.learning_rate > 0
    for parameter in network.feature_parameters():
        parameter.requires_grad_(learned)
    for parameter in network.readout_parameters():
        parameter.requires_grad_(True)
    groups: list[dict[str, Any]] = [{"params": network.readout_parameters(), "peak": options.readout_learning_rate}]
    if learned:
        groups.insert(0, {"params": network.feature_parameters(), "peak": options.learning_rate})
    return torch.optim.Adam(groups)


def _schedule(step: int, options: TrainingOptions) -> float:
    warm = min(1.0, (step + 1) / max(1, options.warm_up_steps))
    return warm * 0.5 * (1 + math.cos(math.pi * step / options.n_steps))


def _about(progress: TrainingProgress, options: TrainingOptions) -> dict[str, Any]:
    return {"progress": progress.to_json(), "options": asdict(options)}


def _resumed(
    network: GazeNetwork, optimizer: torch.optim.Optimizer, options: TrainingOptions, folder: Path
) -> TrainingProgress:
    path = folder / LATEST
    if not path.exists():
        return TrainingProgress(0, options.n_steps, math.nan, None, math.inf, 0, 0.0, math.nan)
    tensors, about = read_state(path)
    check_options(about, options, folder)
    progress = TrainingProgress.from_json(about.get("progress"))
    load_network(network, tensors, path)
    load_optimizer(optimizer, tensors)
    log.info("goes on at step %d of %d", progress.step, progress.n_steps)
    return progress
