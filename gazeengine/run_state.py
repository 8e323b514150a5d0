"""What a run needs to go on after a kill: tensors of network and optimizer in one file, and how far it was."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialized
from torch import Tensor, nn

from gazeengine.atomic import written_beside
from gazeengine.errors import OutputError, TrainingError
from gazeengine.runs import difference

SAVE_EVERY_S = 40.0  # a kill costs a minute at most, a step more included

NETWORK, _OPTIMIZER = "network.", "optimizer."


def made(folder: Path) -> Path:
    """The folder of a run. Raises OutputError where it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"training {folder}: {error.strerror}, wanted a folder that can be written") from error
    return folder


class Due:
    """Says when a run is to be saved again."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self) -> bool:
        return time.monotonic() - self._last >= SAVE_EVERY_S

    def done(self) -> None:
        self._last = time.monotonic()


def save_state(
    path: Path,
    network: nn.Module,
    optimizer: torch.optim.Optimizer | None,
    about: Mapping[str, Any],
    more: Mapping[str, Tensor] | None = None,
) -> None:
    """Write network, optimizer, more tensors, and about (values that JSON takes) beside path, then in its place."""
    tensors = {NETWORK + name: t.detach().contiguous() for name, t in network.state_dict().items()}
    if optimizer is not None:
        for i, state in optimizer.state_dict()["state"].items():
            tensors |= {f"{_OPTIMIZER}{i}.{n}": t.contiguous() for n, t in state.items() if isinstance(t, Tensor)}
    tensors |= dict(more or {})
    content = serialized(tensors, {name: json.dumps(value) for name, value in about.items()})
    with written_beside(path) as beside:
        beside.write_bytes(content)


def read_state(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors and what is said about them. Raises TrainingError where they cannot be read."""
    try:
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return tensors, {name: json.loads(text) for name, text in (file.metadata() or {}).items()}
    except (OSError, SafetensorError, ValueError) as error:
        raise TrainingError(
            f"training state {path}: cannot be read ({error}), wanted one that training wrote"
        ) from error


def check_options(about: Mapping[str, Any], options: Any, folder: Path) -> None:
    """Raises TrainingError unless a state was written by a run with these options."""
    begun_with = about.get("options")
    wanted = json.loads(json.dumps(asdict(options)))
    if begun_with != wanted:
        found = difference(begun_with, wanted)
        raise TrainingError(f"training {folder}: it was begun with {found}, wanted the same options or an empty folder")


def fitting(network: nn.Module, tensors: Mapping[str, Tensor], path: Path, prefix: str = NETWORK) -> dict[str, Tensor]:
    """What tensors have behind prefix as network's state. Raises TrainingError where it is of another network."""
    state = {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
    wanted = network.state_dict()
    for name in sorted(wanted.keys() | state.keys()):
        found, own = (tuple(t[name].shape) if name in t else None for t in (state, wanted))
        if found != own:
            raise TrainingError(
                f"training state {path}: it is of another network: {name} has shape {found}, wanted {own}"
            )
    return state


def load_network(network: nn.Module, tensors: Mapping[str, Tensor], path: Path, prefix: str = NETWORK) -> None:
    """Give network its state. Raises TrainingError where it is of another network."""
    network.load_state_dict(fitting(network, tensors, path, prefix))


def load_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Give optimizer what save_state wrote of it; its learning rates are its own."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith(_OPTIMIZER):
            _, index, key = name.split(".")
            state.setdefault(int(index), {})[key] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
