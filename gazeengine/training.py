"""Training a gaze network on fixations, as a generator that can be stopped anywhere and resumed after a kill.

Cross-entropy (Eq. 2) with Adam, early stopping on validation pictures with the best parameters kept
(Section 2.4). A run lives in a folder: latest.safetensors has all that going on needs, best.safetensors
the parameters with the lowest validation loss so far.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialized
from torch import Tensor

from gazeengine.atomic import written_beside
from gazeengine.errors import DataError, OutputError, TrainingError
from gazeengine.fixations import DataSet, Stimulus, counts
from gazeengine.image import read_image, resized
from gazeengine.networks import GazeNetwork

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """How to train. Sizes in pixels; learning rates fall to 0 along a cosine over n_steps (the paper: "slowly").

    patience counts validations without a lower loss (the paper: every 100 steps, 20 in a row).
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
    seed: int = 0


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """Where a run stands after step of n_steps. Losses in nats per fixation; validation_loss where it was measured."""

    step: int
    n_steps: int
    loss: float
    validation_loss: float | None
    best_loss: float
    best_step: int
    elapsed_s: float
    left_s: float
    stopped_early: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Stimuli at the working size: rgb (N, H, W, 3) uint8, and where people looked."""

    stimuli: tuple[Stimulus, ...]
    rgb: np.ndarray[Any, np.dtype[np.uint8]]

    def batch(self, indices: Sequence[int], flips: Sequence[bool]) -> tuple[Tensor, Tensor]:
        """Images (N, 3, H, W) in [0, 1] and densities of fixations (N, H, W) that sum to 1, mirrored by flips."""
        height, width = self.rgb.shape[1:3]
        images = torch.from_numpy(self.rgb[list(indices)]).permute(0, 3, 1, 2).float().div_(255)
        density = torch.from_numpy(np.stack([counts(self.stimuli[i], height, width) for i in indices]))
        density /= density.sum((1, 2), keepdim=True)
        mirrored = torch.tensor(list(flips)).view(-1, 1, 1)
        images = torch.where(mirrored[..., None], images.flip(-1), images)
        density = torch.where(mirrored, density.flip(-1), density)
        return images.contiguous(memory_format=torch.channels_last), density


def load_pictures(data_sets: Sequence[DataSet], height: int, width: int) -> Pictures:
    """The pictures that people looked at, each resized to height x width. Raises DataError where there are none."""
    stimuli = tuple(s for data in data_sets for s in data.stimuli if len(s.x))
    if not stimuli:
        names = ", ".join(data.name for data in data_sets)
        raise DataError(f"data set {names}: no picture has fixations, wanted some to train on")
    return Pictures(stimuli, np.stack([resized(read_image(s.path).rgb, height, width) for s in stimuli]))


def cross_entropy(log_density: Tensor, target: Tensor) -> Tensor:
    """-Σ P log Q (N,) in nats, of log densities and target densities (N, H, W): Eq. 2 for one picture each."""
    return -(target * log_density).flatten(1).sum(1)


def validation_loss(network: GazeNetwork, pictures: Pictures) -> float:
    """Mean cross-entropy over pictures, in nats per fixation."""
    network.eval()
    losses = []
    with torch.inference_mode():
        for i in range(len(pictures.stimuli)):
            images, density = pictures.batch([i], [False])
            losses.append(float(cross_entropy(network(images), density)))
    return float(np.mean(losses))


def scale_readout(network: GazeNetwork, images: Tensor) -> None:
    """Divide the readout's first weights by the deviation of the features that it reads: it starts at unit scale."""
    first = next(layer for layer in network.architecture.layers if layer.group == "readout")
    seen: list[Tensor] = []

    def observe(reader: object, read: tuple[str, ...], x: Tensor) -> Tensor:
        if reader is first:
            seen.append(x)
        return x

    with torch.no_grad():
        network.saliency(images, observe)
        network.get_parameter(f"{first.key}.weight").div_(seen[0].std())


def train(
    network: GazeNetwork, training: Pictures, validation: Pictures, options: TrainingOptions, folder: Path
) -> Iterator[TrainingProgress]:
    """Train network in place; yields after every step, and goes on from folder's latest state if it has one.

    When it ends by itself network holds the best parameters. Raises TrainingError where the state in folder
    is of other options or of another network, or where the loss is no longer a number: the best parameters stay
    in the folder. Raises OutputError where folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"training {folder}: {error.strerror}, wanted a folder that can be written") from error
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.Adam(
        [
            {"params": network.feature_parameters(), "peak": options.learning_rate},
            {"params": network.readout_parameters(), "peak": options.readout_learning_rate},
        ]
    )
    progress = _resume(network, optimizer, options, folder)
    started = time.monotonic() - progress.elapsed_s
    steps_before = progress.step
    seconds_before = progress.elapsed_s
    without_gain = 0 if not progress.best_step else (progress.step - progress.best_step) // options.validate_every
    while progress.step < options.n_steps and without_gain < options.patience:
        step = progress.step
        network.train()
        indices, flips = _drawn(step, len(training.stimuli), options)
        images, density = training.batch(indices, flips)
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * _schedule(step, options)
        optimizer.zero_grad()
        loss = cross_entropy(network(images), density).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(network.parameters(), options.gradient_norm)
        if not math.isfinite(loss.item()) or not math.isfinite(norm.item()):
            raise TrainingError(
                f"training {folder}: the loss is {loss.item()} at step {step + 1} with a learning rate of "
                f"{options.learning_rate:g}; the best parameters so far stay in best.safetensors, "
                "wanted a lower learning rate"
            )
        optimizer.step()
        step += 1
        measured = None
        if step % options.validate_every == 0 or step == options.n_steps:
            measured = validation_loss(network, validation)
            if not math.isfinite(measured):
                raise TrainingError(
                    f"training {folder}: the validation loss is {measured} at step {step}; the best parameters so "
                    "far stay in best.safetensors, wanted a lower learning rate"
                )
            without_gain += 1
            if measured < progress.best_loss:
                progress = replace(progress, best_loss=measured, best_step=step)
                without_gain = 0
                _save(folder / "best.safetensors", network, None, progress, options)
        elapsed = time.monotonic() - started
        pace = (elapsed - seconds_before) / (step - steps_before)
        progress = replace(
            progress,
            step=step,
            loss=loss.item(),
            validation_loss=measured,
            elapsed_s=elapsed,
            left_s=pace * (options.n_steps - step),
            stopped_early=without_gain >= options.patience,
        )
        if measured is not None or step % 20 == 0:
            _save(folder / "latest.safetensors", network, optimizer, progress, options)
        yield progress
    _restore(network, folder / "best.safetensors")


def _schedule(step: int, options: TrainingOptions) -> float:
    warm = min(1.0, (step + 1) / max(1, options.warm_up_steps))
    return warm * 0.5 * (1 + math.cos(math.pi * step / options.n_steps))


def _drawn(step: int, n: int, options: TrainingOptions) -> tuple[list[int], list[bool]]:
    """The pictures of a step: each epoch is a permutation of its own, so that a resumed run sees the same."""
    indices, flips = [], []
    for i in range(step * options.batch, (step + 1) * options.batch):
        epoch = np.random.default_rng((options.seed, i // n))
        order = epoch.permutation(n)
        flipped = epoch.random(n) < 0.5
        indices.append(int(order[i % n]))
        flips.append(bool(flipped[i % n]))
    return indices, flips


def _save(
    path: Path,
    network: GazeNetwork,
    optimizer: torch.optim.Optimizer | None,
    progress: TrainingProgress,
    options: TrainingOptions,
) -> None:
    tensors = {f"network.{name}": t.contiguous() for name, t in network.state_dict().items()}
    if optimizer is not None:
        for i, state in optimizer.state_dict()["state"].items():
            tensors |= {f"adam.{i}.{name}": t.contiguous() for name, t in state.items()}
    metadata = {"progress": json.dumps(asdict(progress)), "options": json.dumps(asdict(options))}
    content = serialized(tensors, metadata)
    with written_beside(path) as beside:
        beside.write_bytes(content)


def _read(path: Path) -> tuple[dict[str, Tensor], Mapping[str, str]]:
    try:
        with safe_open(path, "pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise TrainingError(
            f"training state {path}: cannot be read ({error}), wanted one that training wrote"
        ) from error


def _resume(
    network: GazeNetwork, optimizer: torch.optim.Adam, options: TrainingOptions, folder: Path
) -> TrainingProgress:
    path = folder / "latest.safetensors"
    if not path.exists():
        return TrainingProgress(0, options.n_steps, math.nan, None, math.inf, 0, 0.0, math.nan)
    tensors, metadata = _read(path)
    try:
        begun_with = json.loads(metadata["options"])
        progress = TrainingProgress(**json.loads(metadata["progress"]))
    except (KeyError, TypeError, ValueError) as error:
        raise TrainingError(
            f"training state {path}: its metadata is damaged ({error!r}), wanted one that training wrote"
        ) from error
    if begun_with != asdict(options):
        raise TrainingError(
            f"training {folder}: it was begun with {begun_with}, wanted the same options or an empty folder"
        )
    _load(network, tensors, path)
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("adam."):
            _, index, key = name.split(".")
            state.setdefault(int(index), {})[key] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    log.info("goes on at step %d of %d", progress.step, progress.n_steps)
    return progress


def _restore(network: GazeNetwork, path: Path) -> None:
    if path.exists():
        _load(network, _read(path)[0], path)
    network.eval()


def _load(network: GazeNetwork, tensors: Mapping[str, Tensor], path: Path) -> None:
    prefix = "network."
    state = {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
    wanted = network.state_dict()
    for name in sorted(wanted.keys() | state.keys()):
        found, own = (tuple(t[name].shape) if name in t else None for t in (state, wanted))
        if found != own:
            raise TrainingError(
                f"training state {path}: it is of another network: {name} has shape {found}, wanted {own}"
            )
    network.load_state_dict(state)
