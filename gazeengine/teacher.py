"""The teacher: an ensemble of DeepGaze II readouts on frozen features, one for each fold of the pictures (Section 2.4).

All members are trained at once: they read the same features, so a step computes these once, and the members'
convolutions run as one with as many groups. Each member leaves out one fold, on which it is validated; its best
parameters are kept. So ten members cost little more than one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from gazeengine.checkpoint import WIDEST_BLUR_PX
from gazeengine.errors import TrainingError
from gazeengine.examples import CachedFeatures, Draw, drawn
from gazeengine.networks import BLUR_GRID, BLUR_REACH, GazeNetwork
from gazeengine.run_state import Due, check_options, fitting, load_network, load_optimizer, made, read_state, save_state
from gazeengine.runs import TrainingProgress
from gazeengine.saved_state import LATEST
from gazeengine.training import diverged

_SHARED = ("log_blur_sigma", "center_bias_weight")
_BEST = "best."


@dataclass(frozen=True, slots=True)
class TeacherOptions:
    """How to train an ensemble (Section 2.4): Adam, its learning rate falling to 0 along a cosine, early stopping.

    patience counts validations in which no member's loss fell. dropout is the share of features left out.
    """

    height: int = 384
    width: int = 512
    n_folds: int = 10
    n_steps: int = 2000
    batch: int = 8
    learning_rate: float = 0.001
    warm_up_steps: int = 20
    validate_every: int = 100
    patience: int = 20
    dropout: float = 0.1
    seed: int = 0


class Members(nn.Module):
    """Readouts of several gaze networks with the same features, side by side.

    Made of networks, of which it takes readout, blur and weight of the center bias; each keeps its center bias. A
    member's answer is what its network's log_density gives of its read_out.
    """

    def __init__(self, networks: Sequence[GazeNetwork]) -> None:
        super().__init__()
        self.n = len(networks)
        first = networks[0]
        self._layers = [layer for layer in first.architecture.layers if layer.group == "readout"]
        self._stride = first.architecture.stride
        states = [{n: p.detach() for n, p in network.named_parameters()} for network in networks]
        for name in _own(first):
            self.register_parameter(_flat(name), nn.Parameter(torch.stack([state[name] for state in states])))
        self.register_buffer("center_bias", torch.stack([network.center_bias for network in networks])[None])

    def forward(self, features: Tensor, extent: tuple[int, int], size: tuple[int, int]) -> Tensor:
        """Log densities (N, members, *size) of features (N, C, h, w); extent is that of the pictures in pixels."""
        x = features
        for i, layer in enumerate(self._layers):
            weight, bias = (
                self.get_parameter(_flat(f"{layer.key}.{part}")).flatten(0, 1) for part in ("weight", "bias")
            )
            x = F.conv2d(x, weight, bias, groups=1 if i == 0 else self.n)
            slope = self.get_parameter(_flat(f"{layer.activation_key}.weight"))
            x = F.prelu(x, slope.flatten().repeat_interleave(x.shape[1] // self.n))
        padded = x.shape[-2] * self._stride, x.shape[-1] * self._stride
        x = F.interpolate(x, (padded[0] // BLUR_GRID, padded[1] // BLUR_GRID), mode="bilinear", align_corners=False)
        x = self._blur(x)
        x = F.interpolate(x, padded, mode="bilinear", align_corners=False)[..., : extent[0], : extent[1]]
        if size != extent:
            x = F.interpolate(x, size, mode="bilinear", align_corners=False)
        center_bias = self.get_buffer("center_bias")
        bias = F.interpolate(center_bias, size, mode="bilinear", align_corners=False)
        logits = x + self.get_parameter("center_bias_weight").view(1, -1, 1, 1) * bias
        return logits.flatten(2).log_softmax(2).view(x.shape)

    def _blur(self, x: Tensor) -> Tensor:
        sigma = self.get_parameter("log_blur_sigma").exp().view(-1, 1) / BLUR_GRID
        widest = sigma.detach().nan_to_num(0).clamp_max(WIDEST_BLUR_PX / BLUR_GRID)
        reaches = (BLUR_REACH * widest).ceil().clamp_min(1)  # each member's is its network's
        reach = int(reaches.max())
        taps = torch.arange(-reach, reach + 1, dtype=x.dtype, device=x.device)
        kernels = torch.softmax((-0.5 * (taps / sigma) ** 2).masked_fill(taps.abs() > reaches, -math.inf), 1)
        x = F.conv2d(F.pad(x, (0, 0, reach, reach), mode="replicate"), kernels[:, None, :, None], groups=self.n)
        return F.conv2d(F.pad(x, (reach, reach, 0, 0), mode="replicate"), kernels[:, None, None, :], groups=self.n)

    def give_back(self, networks: Sequence[GazeNetwork]) -> None:
        """Put each member's parameters into a network."""
        with torch.no_grad():
            for i, network in enumerate(networks):
                for name in _own(network):
                    network.get_parameter(name).copy_(self.get_parameter(_flat(name))[i])


def train_members(
    members: Members, training: CachedFeatures, folds: Sequence[int], options: TeacherOptions, folder: Path
) -> Iterator[TrainingProgress]:
    """Train all members at once; folds says for each of training's pictures which member never sees it.

    Yields after every step; losses are means over members. When it ends, or is closed, its state is in folder, and
    with it each member's parameters where it was best on its fold (load_best). Goes on from folder's state as train
    does, with the same errors.
    """
    made(folder)
    if empty := sorted(set(range(members.n)) - set(folds)):
        raise TrainingError(f"training {folder}: fold {empty[0] + 1} has no pictures, wanted some in all {members.n}")
    left_out = torch.tensor(folds)
    optimizer = torch.optim.Adam(members.parameters(), lr=options.learning_rate)
    best = Best(members)
    progress = _resumed(members, optimizer, best, options, folder)
    started = time.monotonic() - progress.elapsed_s
    steps_before, seconds_before = progress.step, progress.elapsed_s
    due, saved, whole = Due(), progress.step, True

    def save() -> None:
        about = {"progress": progress.to_json(), "options": asdict(options), "losses": best.losses_to_json()}
        save_state(folder / LATEST, members, optimizer, about, {_BEST + n: t for n, t in best.state.items()})

    try:
        while progress.step < options.n_steps and not progress.stopped_early:
            step = progress.step
            for group in optimizer.param_groups:
                group["lr"] = options.learning_rate * _slowed(step, options)
            draws = drawn(step, len(training), options.batch, options.seed, 1.0)
            seen = left_out[[draw.index for draw in draws]][:, None] != torch.arange(members.n)
            features, target = training.batch(draws)
            whole = False  # from here on parameters may be those of no step, or no numbers: they are not saved
            losses = _losses(members, training, features, target)
            loss = ((losses * seen).sum(0) / seen.sum(0).clamp_min(1)).sum()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            norm = nn.utils.clip_grad_norm_(members.parameters(), math.inf)
            step += 1
            mean = loss.item() / members.n if norm.isfinite() else math.nan
            if not math.isfinite(mean):
                raise diverged(folder, mean, step, optimizer.param_groups[0]["lr"])
            optimizer.step()
            measured = None
            if step % options.validate_every == 0 or step == options.n_steps:
                found = held_out_losses(members, training, left_out)
                measured = float(found.mean())
                if not math.isfinite(measured):
                    raise diverged(folder, measured, step, optimizer.param_groups[0]["lr"])
                if best.take(found):
                    progress = replace(progress, best_loss=float(best.losses.mean()), best_step=step)
            elapsed = time.monotonic() - started
            progress = replace(
                progress, step=step, loss=mean, validation_loss=measured, elapsed_s=elapsed,
                left_s=(elapsed - seconds_before) / (step - steps_before) * (options.n_steps - step),
                stopped_early=step - progress.best_step >= options.patience * options.validate_every,
                learning_rate=optimizer.param_groups[0]["lr"],
            )  # fmt: skip
            whole = True
            if measured is not None or due():
                save()
                saved = step
                due.done()
            yield progress
    finally:
        if progress.step != saved and whole:
            save()
    members.load_state_dict(best.state)


def load_best(members: Members, folder: Path) -> list[float] | None:
    """Give each member its best parameters of the run in folder, and say its loss with them in nats.

    None, and nothing changes, where nothing is validated yet. Raises TrainingError where the state is another run's.
    """
    best = Best(members)
    best.restore(*read_state(folder / LATEST), folder / LATEST)
    if not best.losses.isfinite().all():
        return None
    members.load_state_dict(best.state)
    return [float(loss) for loss in best.losses]


def held_out_losses(members: Members, examples: CachedFeatures, left_out: Tensor) -> Tensor:
    """Mean cross-entropy (members,) of each on the pictures of its own fold, in nats; nan for a fold without any."""
    total = torch.zeros(members.n, dtype=torch.float64)
    n = len(examples)
    whole = examples.without_dropout()
    with torch.inference_mode():
        for begin in range(0, n, 8):
            indices = range(begin, min(n, begin + 8))
            losses = _losses(members, whole, *whole.batch([Draw(i) for i in indices]))
            for row, i in enumerate(indices):
                total[left_out[i]] += losses[row, left_out[i]]
    return total / torch.bincount(left_out, minlength=members.n)


def _losses(members: Members, examples: CachedFeatures, features: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy (N, members) to target densities (N, h, w)."""
    log_density: Tensor = members(features, examples.extent, examples.grid(features))
    return -(target[:, None] * log_density).flatten(2).sum(2)


class Best:
    """Each member's best parameters so far, and the loss that they had."""

    def __init__(self, members: Members) -> None:
        self.losses = torch.full((members.n,), math.inf, dtype=torch.float64)
        self._members = members
        self.state = {name: tensor.clone() for name, tensor in members.state_dict().items()}

    def take(self, losses: Tensor) -> bool:
        """Whether any member is better than before."""
        better = losses < self.losses
        for name, parameter in self._members.named_parameters():
            self.state[name][better] = parameter.detach()[better]
        self.losses = torch.where(better, losses, self.losses)
        return bool(better.any())

    def losses_to_json(self) -> list[float | None]:
        return [loss if math.isfinite(loss) else None for loss in self.losses.tolist()]

    def restore(self, tensors: Mapping[str, Tensor], about: Mapping[str, Any], path: Path) -> None:
        """Take what a state in path has of it. Raises TrainingError where that is of other members."""
        found = [math.inf if loss is None else loss for loss in about.get("losses") or ()]
        if len(found) != self._members.n:
            raise TrainingError(
                f"training state {path}: it has losses of {len(found)} members, wanted {self._members.n}"
            )
        self.losses = torch.tensor(found, dtype=torch.float64)
        self.state = fitting(self._members, tensors, path, _BEST)


def _resumed(
    members: Members, optimizer: torch.optim.Optimizer, best: Best, options: TeacherOptions, folder: Path
) -> TrainingProgress:
    path = folder / LATEST
    if not path.exists():
        return TrainingProgress(0, options.n_steps, math.nan, None, math.inf, 0, 0.0, math.nan)
    tensors, about = read_state(path)
    check_options(about, options, folder)
    load_network(members, tensors, path)
    load_optimizer(optimizer, tensors)
    best.restore(tensors, about, path)
    return TrainingProgress.from_json(about["progress"])


def _own(network: GazeNetwork) -> list[str]:
    """The parameters that a member has for itself, by their names in the network."""
    return [name for name, _ in network.named_parameters() if name.startswith("readout.") or name in _SHARED]


def _flat(name: str) -> str:
    return name.replace(".", "_")


def _slowed(step: int, options: TeacherOptions) -> float:
    warm = min(1.0, (step + 1) / max(1, options.warm_up_steps))
    return warm * 0.5 * (1 + math.cos(math.pi * step / options.n_steps))
