"""compare: where attention differs between two pictures, or between two networks on one picture."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gazeengine.area_shapes import fitted
from gazeengine.checkpoint import Checkpoint
from gazeengine.commands.areas import areas_of
from gazeengine.commands.argument_kinds import UsageError
from gazeengine.commands.output import Result, check_writable, look_of, model
from gazeengine.comparison import (
    Agreement,
    AreaChange,
    ComparisonError,
    Difference,
    agreement,
    area_changes,
    at_same_place,
    common_grid,
    difference,
    signed,
    why_not_comparable,
)
from gazeengine.difference_image import drawn, rendered_difference
from gazeengine.domain import Look
from gazeengine.fused import ready
from gazeengine.image import Picture, read_image, write_png
from gazeengine.looking import look_at
from gazeengine.regions import Area, Attention, order_flips
from gazeengine.saliency_map import SaliencyMap


def run(options: Namespace) -> Result:
    if len(options.images) > 2 or (len(options.images) == 1 and options.other is None):
        count = f"{len(options.images)} picture{'s' * (len(options.images) != 1)}"
        raise UsageError(f"compare: found {count}, wanted two, or one and --with MODEL2")
    if len(options.areas) > 2:
        raise UsageError(f"--areas: found {len(options.areas)} files, wanted one for both pictures, or one for each")
    if options.out is not None:
        check_writable(options.out)
    pictures = [read_image(path) for path in options.images]
    a, b = pictures[0], pictures[-1]
    sizes = _size(a), _size(b)
    areas = _areas(options.areas, sizes)
    reason = why_not_comparable(*sizes)
    if reason is not None and options.out is not None:
        raise ComparisonError(f"--out {options.out}: {reason}; wanted pictures of the same proportions")
    networks = [model(options.model), model(options.other or options.model)]
    maps = [_seen(picture, network, look_of(options)) for picture, network in zip((a, b), networks, strict=True)]
    names = [f"{picture.name} by {network.name}" for picture, network in zip((a, b), networks, strict=True)]
    values: dict[str, Any] = {
        "a": {"image": str(options.images[0]), "model": networks[0].name},
        "b": {"image": str(options.images[-1]), "model": networks[1].name},
        "comparable": reason is None,
    }
    lines = [f"A: {names[0]}", f"B: {names[1]}"]
    if reason is None:
        grids = common_grid(maps[0].log_density, maps[1].log_density, sizes)
        found, alike = difference(*grids), agreement(*grids)
        values |= {**asdict(alike), "range_bits": found.range_bits}
        lines.append(_agreement_words(alike))
        if options.out is not None:
            _write(options, b, found, (names[0], names[1]))
            values["file"] = str(options.out)
    else:
        values["reason"] = reason
        lines.append(f"no difference of maps: {reason}")
    if areas is not None:
        told, words = _changes(maps, areas, sizes)
        values |= told
        lines += words
    if options.out is not None:
        lines.append(str(options.out))
    return Result(values, "\n".join(lines))


def _size(picture: Picture) -> tuple[int, int]:
    return picture.rgb.shape[0], picture.rgb.shape[1]


def _seen(picture: Picture, checkpoint: Checkpoint, look: Look) -> SaliencyMap:
    return look_at(ready(checkpoint), checkpoint, picture.rgb, look)


def _write(options: Namespace, below: Picture, found: Difference, names: tuple[str, str]) -> None:
    if any(path.resolve() == options.out.resolve() for path in options.images):
        raise ComparisonError(f"file {options.out}: it is one of the pictures, wanted another for the difference")
    write_png(options.out, rendered_difference(below.rgb, drawn(found, options.range), names))


def _areas(
    files: Sequence[Path], sizes: tuple[tuple[int, int], tuple[int, int]]
) -> tuple[tuple[Area, ...], tuple[Area, ...]] | None:
    """Those of A and of B; of one file, at the same places of B."""
    if not files:
        return None
    drawn = [areas_of(file) for file in files]
    mine = [fitted(d.areas, d.size or size, size) for d, size in zip(drawn, sizes, strict=False)]
    return mine[0], mine[1] if len(mine) > 1 else at_same_place(mine[0], *sizes)


def _changes(
    maps: Sequence[SaliencyMap],
    areas: tuple[tuple[Area, ...], tuple[Area, ...]],
    sizes: tuple[tuple[int, int], tuple[int, int]],
) -> tuple[dict[str, Any], list[str]]:
    seen = [Attention(m.log_density, size) for m, size in zip(maps, sizes, strict=True)]
    before, after = (attention.of(mine) for attention, mine in zip(seen, areas, strict=True))
    groups = [attention.of_groups(mine) for attention, mine in zip(seen, areas, strict=True)]
    changes = area_changes(before, after)
    in_groups = area_changes(*groups, groups=True)
    flips = order_flips(before, after)
    values = {
        "areas": [_row(change) for change in changes],
        "groups": [_row(change) for change in in_groups],
        "order_flips": [list(pair) for pair in flips],
    }
    lines = [_line(change) for change in (*changes, *in_groups)]
    lines += [f"  order: {first} is before {second} in A, behind it in B" for first, second in flips]
    return values, lines


def _row(change: AreaChange) -> dict[str, Any]:
    return {
        "name": change.name,
        "a": asdict(change.before) if change.before is not None else None,
        "b": asdict(change.after) if change.after is not None else None,
        "change_points": change.points,
        "ratio": change.ratio,
    }


def _line(change: AreaChange) -> str:
    shares = [f"{100 * s.share:.1f} %" if s is not None else "none" for s in (change.before, change.after)]
    told = f"  {change.name}: {shares[0]} → {shares[1]}"
    if change.points is not None:
        told += f", {signed(change.points, 1)} percentage points"
    if change.ratio is not None:
        told += f", ×{change.ratio:.2f}"
    return told


def _agreement_words(alike: Agreement) -> str:
    return (
        f"SIM {alike.similarity:.3f} (overlap), CC {alike.correlation:.3f}, KL(A‖B) {alike.kl_bits:.3f} bit, "
        f"KL(B‖A) {alike.kl_back_bits:.3f} bit"
    )
