"""What a race between pruners found, as a Markdown page: ratios, goals reached and missed, and where we lose.

Pure: it makes the page of the cells that peers.py measured, also of the first few. A cell that is missing leaves a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Cells = Mapping[str, Any]
Gains = dict[str, float]
"""Information gain in bits by data set."""

LEAST_STEP_RATIO = 10_000.0
LEAST_TARGET_RATIO = 100.0
MOST_PASSES = 1.2


@dataclass(frozen=True, slots=True)
class Contestant:
    """name is for files and cells, title for people; beta in nats per GFLOP where it is ours."""

    name: str
    title: str
    ours: bool
    beta: float | None = None


CONTESTANTS = (
    Contestant("fisher-1e-3", "ours, β 0.001, one signal", True, 1e-3),
    Contestant("fisher-1e-2", "ours, β 0.01, one signal", True, 1e-2),
    Contestant("refine-1e-2", "ours, β 0.01, `refine`", True, 1e-2),
    Contestant("hessian", "Torch-Pruning Hessian, as shipped", False),
    Contestant("hessian-repaired", "Torch-Pruning Hessian, repaired", False),
    Contestant("hessian-anew", "Torch-Pruning Hessian, repaired, anew at each target", False),
    Contestant("taylor", "Torch-Pruning Taylor", False),
    Contestant("random", "Torch-Pruning random", False),
)
PEERS = tuple(c for c in CONTESTANTS if not c.ours)
TITLES = {c.name: c.title for c in CONTESTANTS} | {
    "fisher": "ours, Fisher",
    "training": "forward and backward pass, as in training",
    "activations": "forward and backward pass, no gradients of weights",
}


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and first and third quartile."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(values: Sequence[float]) -> Spread:
        low, median, high = np.percentile(np.asarray(values, float), (25, 50, 75))
        return Spread(float(median), float(low), float(high))

    def __str__(self) -> str:
        return f"{rounded(self.median)} ({rounded(self.low)}–{rounded(self.high)})"


def ratios(theirs: Sequence[float], ours: Sequence[float]) -> Spread:
    """theirs / ours, pair by pair: what was timed in the same minute is divided by each other."""
    return Spread.of([a / b for a, b in zip(theirs, ours, strict=True)])


def rounded(value: float) -> str:
    """Three digits, thousands apart."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def page(cells: Cells, shares: Sequence[float], about: str, command: str) -> str:
    """All of it, for targets that are shares of the FLOPs; about says on what and where it was measured."""
    lines = [about, "", *_goals(cells, shares), *_importance(cells), *_steps(cells), *_targets(cells, shares)]
    lines += [*_gains(cells, shares), *_latency(cells, shares), *_lost(cells, shares)]
    return "\n".join([*lines, "```", command, "```", ""])


def gains_of(cells: Cells, name: str, share: float, *, tuned: bool) -> Gains | None:
    """Of a contestant at a target, before or after fine-tuning; None where it was not measured or not reached."""
    at = f"tuned:{share:g}:{name}" if tuned else f"gains:{share:g}"
    found: Gains | None = cells.get(at) if tuned else cells.get(at, {}).get(name)
    return found


def beaten(cells: Cells, share: float, name: str, *, tuned: bool) -> Iterator[tuple[str, float, str, float]]:
    """For each data set: its name, the bits of our contestant name, the best peer's name and its bits."""
    ours = gains_of(cells, name, share, tuned=tuned) or {}
    peers = {p.name: gains_of(cells, p.name, share, tuned=tuned) for p in PEERS}
    for data_set, bits in ours.items():
        there = {peer: found[data_set] for peer, found in peers.items() if found is not None}
        if there:
            best = max(there, key=there.__getitem__)
            yield data_set, bits, best, there[best]


def _goals(cells: Cells, shares: Sequence[float]) -> list[str]:
    rows: list[tuple[str, float, Spread]] = []
    for names, group in (("Hessian, Taylor", PEERS[:-1]), ("random", PEERS[-1:])):
        steps = [cells.get("steps", {}).get(peer.name) for peer in group]
        found = [ratios(step["theirs_ms"], step["ours_ms"]) for step in steps if step and step["ours_ms"]]
        rows += [(f"one greedy step, times faster than {names}", LEAST_STEP_RATIO, r) for r in _least(found)]
        for what, how in (("theirs_s", ""), ("known_s", " in one step of a ratio known beforehand")):
            timed = [_times(cells, peer.name, share, what) for peer in group for share in shares]
            found = [ratios(theirs, ours) for theirs, ours in timed if theirs]
            said = f"a target reached, times faster than {names}{how}"
            rows += [(said, LEAST_TARGET_RATIO, r) for r in _least(found)]
    lines = ["| goal (the least where several) | wanted | found | |", "| --- | --- | --- | --- |"]
    for said, least, ratio in rows:
        lines.append(f"| {said} | ≥ {least:,.0f} | {ratio} | {_verdict(ratio.median >= least)} |")
    if "importance" in cells:
        seconds = cells["importance"]["seconds"]
        for unit in ("training", "activations"):
            passes = ratios(seconds["fisher"], seconds[unit])
            said = f"importance, in units of a {TITLES[unit]}"
            lines.append(f"| {said} | ≤ {MOST_PASSES} | {passes} | {_verdict(passes.median <= MOST_PASSES)} |")
    for name in ("fisher-1e-3", "fisher-1e-2", "refine-1e-2"):
        for tuned in (False, True):
            pairs = [pair for share in shares for pair in beaten(cells, share, name, tuned=tuned)]
            if pairs:
                won = sum(bits > theirs for _, bits, _, theirs in pairs)
                when = "after" if tuned else "before"
                said = f"more bits than the best peer, {TITLES[name]}, {when} fine-tuning"
                lines.append(f"| {said} | all | {won} of {len(pairs)} | {_verdict(won == len(pairs))} |")
    return [*lines, ""]


def _least(found: Sequence[Spread]) -> list[Spread]:
    return sorted(found, key=lambda ratio: ratio.median)[:1]


def _verdict(reached: bool) -> str:
    return "reached" if reached else "**missed**"


def _importance(cells: Cells) -> list[str]:
    if "importance" not in cells:
        return []
    cell = cells["importance"]
    seconds, scoring = cell["seconds"], cell["scoring"]
    n = len(seconds["training"])
    lines = [f"**Importance** of all features over {n} pictures, one fixation each, picture by picture in turn", ""]
    lines += ["| | s | in training passes | in passes without gradients of weights |", "| --- | --- | --- | --- |"]
    for name, times in seconds.items():
        total = sum(times) + scoring.get(name, 0.0)
        units = " | ".join(str(ratios(times, seconds[unit])) for unit in ("training", "activations"))
        lines.append(f"| {TITLES[name]} | {rounded(total)} | {units} |")
    return [*lines, ""]


def _steps(cells: Cells) -> list[str]:
    if "steps" not in cells:
        return []
    lines = ["**One greedy step**, one feature, from the unpruned network less those whose importance is zero", ""]
    lines += ["| | theirs, ms | ours, ms | times faster |", "| --- | --- | --- | --- |"]
    for name, cell in cells["steps"].items():
        theirs, ours = cell["theirs_ms"], cell["ours_ms"]
        if not theirs:
            continue
        lines.append(f"| {TITLES[name]} | {Spread.of(theirs)} | {Spread.of(ours)} | {ratios(theirs, ours)} |")
    return [*lines, ""]


def _times(cells: Cells, name: str, share: float, what: str = "theirs_s") -> tuple[list[float], list[float]]:
    """Seconds of a peer and of ours, measured in turn, of those repeats in which the peer came to the target."""
    found = [repeat[f"{share:g}"] for repeat in cells.get(f"race:{name}", ()) if f"{share:g}" in repeat]
    return [at[what] for at in found], [at["ours_s"] for at in found]


def _targets(cells: Cells, shares: Sequence[float]) -> list[str]:
    lines = ["**Seconds to a target** once the signals exist: how many times faster ours is, measured in turn", ""]
    head = " | ".join(f"{share:.0%} of the FLOPs" for share in shares)
    lines += [f"| | {head} |", "| --- |" + " --- |" * len(shares)]
    ours = [
        [s for peer in PEERS for s in _times(cells, peer.name, share)[1]] for share in shares
    ]  # timed beside every peer
    if not any(ours):
        return []
    lines.append("| ours, order and surgery | " + " | ".join(str(Spread.of(o)) if o else "—" for o in ours) + " |")
    for peer in PEERS:
        for what, title in (("theirs_s", ""), ("known_s", ", in one step of a ratio known beforehand")):
            if what == "known_s" and peer.name == "hessian-anew":  # that of the repaired one
                continue
            row = []
            for share in shares:
                theirs, own = _times(cells, peer.name, share, what)
                row.append(f"{rounded(Spread.of(theirs).median)}: {ratios(theirs, own)}" if theirs else "not reached")
            if f"race:{peer.name}" in cells:
                lines.append(f"| {peer.title}{title} | " + " | ".join(row) + " |")
    refine = cells.get("kept:refine-1e-2", {})
    row = [rounded(refine[f"{s:g}"]["seconds"]) if f"{s:g}" in refine else "—" for s in shares]
    lines.append("| ours, `refine`: with signals anew and compensation | " + " | ".join(row) + " |")
    return [*lines, ""]


def _gains(cells: Cells, shares: Sequence[float]) -> list[str]:
    whole: Gains = cells.get("gains:whole", {})
    lines = []
    for data_set, bits in whole.items():
        lines += [f"**{data_set}**, bits of {bits:.2f}: without training → after the same fine-tuning", ""]
        lines += ["| | " + " | ".join(f"{s:.0%}" for s in shares) + " |", "| --- |" + " --- |" * len(shares)]
        for contestant in CONTESTANTS:
            row = []
            for share in shares:
                before, after = (gains_of(cells, contestant.name, share, tuned=tuned) for tuned in (False, True))
                row.append(f"{before[data_set]:.2f}" if before else "—")
                row[-1] += f" → {after[data_set]:.2f}" if after else ""
            lines.append(f"| {contestant.title} | " + " | ".join(row) + " |")
        lines.append("")
    return lines


def _latency(cells: Cells, shares: Sequence[float]) -> list[str]:
    found = cells.get("latency")
    if found is None:
        return []
    lines = [
        f"**Milliseconds to a map**, one thread, all in turn; the unpruned network takes {Spread(*found['whole'])}",
        "",
    ]
    lines += ["| | " + " | ".join(f"{s:.0%}" for s in shares) + " |", "| --- |" + " --- |" * len(shares)]
    for contestant in CONTESTANTS:
        at = [found.get(f"{contestant.name}@{share:g}") for share in shares]
        lines.append(f"| {contestant.title} | " + " | ".join(str(Spread(*a)) if a else "—" for a in at) + " |")
    return [*lines, ""]


def _lost(cells: Cells, shares: Sequence[float]) -> list[str]:
    """Every comparison in which a peer is ahead."""
    lost = []
    if "importance" in cells:
        seconds = cells["importance"]["seconds"]
        for name in ("hessian", "hessian-repaired", "taylor"):
            faster = ratios(seconds[name], seconds["fisher"])
            if faster.median < 1:
                lost.append(f"importance: {TITLES[name]} takes {faster} of our time")
    for share in shares:
        for name in ("fisher-1e-3", "fisher-1e-2", "refine-1e-2"):
            for tuned in (False, True):
                when = "after" if tuned else "before"
                for data_set, bits, peer, theirs in beaten(cells, share, name, tuned=tuned):
                    if theirs >= bits:
                        told = f"{TITLES[peer]} {theirs:.2f} bits, {TITLES[name]} {bits:.2f}"
                        lost.append(f"{data_set} at {share:.0%}, {when} fine-tuning: {told}")
        lost += _slower(cells.get("latency", {}), share)
    return ["**Where we lose**", "", *(f"- {line}" for line in lost or ["nowhere in what was measured"]), ""]


def _slower(latency: Cells, share: float) -> Iterator[str]:
    for ours in (c for c in CONTESTANTS if c.ours):
        own = latency.get(f"{ours.name}@{share:g}")
        there = {p.name: latency[f"{p.name}@{share:g}"] for p in PEERS if f"{p.name}@{share:g}" in latency}
        if own and there:
            best = min(there, key=lambda name: there[name][0])
            if there[best][2] < own[1]:  # beyond both spreads
                yield (
                    f"latency at {share:.0%} of the FLOPs: {TITLES[best]} {Spread(*there[best])} ms, "
                    f"{ours.title} {Spread(*own)} ms"
                )
