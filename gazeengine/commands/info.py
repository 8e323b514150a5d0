"""info: what is in a model file."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from gazeengine.card import card
from gazeengine.card_parts import markdown
from gazeengine.checkpoint import Checkpoint
from gazeengine.commands.output import Result, model
from gazeengine.cost import flops_model


def run(options: Namespace) -> Result:
    checkpoint = model(options.model)
    values = description(checkpoint)
    return Result(values, markdown(card(checkpoint)).rstrip("\n") if options.card else _text(values))


def description(checkpoint: Checkpoint) -> dict[str, Any]:
    """A model in JSON: the contract of info --json."""
    height, width = checkpoint.working_size
    flops = flops_model(checkpoint.architecture, height, width)
    signal = checkpoint.signal
    return {
        "name": checkpoint.name,
        "id": checkpoint.id,
        "architecture": checkpoint.architecture.name,
        "features": checkpoint.n_features,
        "n_prunable": checkpoint.n_prunable,
        "n_pruned": checkpoint.architecture.n_features - checkpoint.n_features,
        "widths": checkpoint.widths,
        "params": checkpoint.n_parameters,
        "working_size": [height, width],
        "gflop": flops.total(checkpoint.widths) / 1e9,
        "gflop_unpruned": flops.total(checkpoint.architecture.widths) / 1e9,
        "signal": None if signal is None else {"n_images": signal.n_images, "targets": signal.targets},
        "provenance": dict(checkpoint.provenance),
        "scores": dict(checkpoint.scores),
    }


def _text(values: dict[str, Any]) -> str:
    height, width = values["working_size"]
    signal = values["signal"]
    estimated = f"{signal['n_images']} pictures, targets {signal['targets']}" if signal else "none"
    lines = [
        values["name"],
        f"  architecture  {values['architecture']}, {values['n_pruned']} features pruned",
        f"  features      {values['features']}, of which {values['n_prunable']} can be pruned",
        f"  parameters    {values['params']}",
        f"  cost          {values['gflop']:.2f} GFLOP at {height}x{width} (unpruned {values['gflop_unpruned']:.2f})",
        f"  Fisher signal {estimated}",
        "  widths        " + ", ".join(f"{name} {n}" for name, n in values["widths"].items()),
    ]
    for title in ("scores", "provenance"):
        lines += [f"  {title}"] * bool(values[title])
        lines += [f"    {name}: {_plain(value)}" for name, value in values[title].items()]
    return "\n".join(lines)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(v)}" for name, v in value.items())
    if isinstance(value, list):
        return ", ".join(_plain(v) for v in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)
