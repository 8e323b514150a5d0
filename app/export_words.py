"""What is said of an export: while it runs, and what came of it."""

from __future__ import annotations

from pathlib import Path

from app.export_order import ExportStep, Missing
from gazeengine.commands.output import duration

MOST_NAMED = 3


def progress_words(step: ExportStep) -> str:
    """What is worked on, how much is done, and how long it will take."""
    left = f", {duration(step.left_s)} left" if step.left_s is not None and step.n_done else ""
    n = len(step.written)
    return f"{step.name} · {n} file{'s' * (n != 1)} written{left}"


def outcome_words(step: ExportStep, folder: Path) -> str:
    """What was written, and what not and why, in two sentences."""
    said = written_words(step, folder)
    return f"{said} Missing: {'; '.join(missing_words(step.missing))}." if step.missing else said


def written_words(step: ExportStep, folder: Path) -> str:
    """What was written, in a sentence."""
    n, place = len(step.written), folder.name or str(folder)
    boxes = f" No font here has {step.boxes}: the PDF shows boxes, HTML does not." if step.boxes else ""
    if not n:
        return "Nothing was written."
    words = f"Wrote {step.written[0].name}" if n == 1 else f"Wrote {n} files"
    return f"{words} to {place}.{boxes}"


def missing_words(missing: tuple[Missing, ...]) -> list[str]:
    """What is missing, those of one reason together."""
    by_reason: dict[str, list[str]] = {}
    for one in missing:
        by_reason.setdefault(one.reason, []).append(one.name)
    return [f"{_named(names)} ({reason})" for reason, names in by_reason.items()]


def _named(names: list[str]) -> str:
    shown = ", ".join(names[:MOST_NAMED])
    return shown if len(names) <= MOST_NAMED else f"{shown} and {len(names) - MOST_NAMED} more"
