"""areas: the share of attention that areas of pictures get; fails where one gets less than it should."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from gazeengine.area_shapes import fitted
from gazeengine.atomic import written_beside
from gazeengine.commands.output import Progress, Result, check_writable, look_of, model
from gazeengine.fused import ready
from gazeengine.image import read_image
from gazeengine.looking import look_at
from gazeengine.regions import Area, AreaFile, AreaShare, Attention, RegionError, read_areas, to_csv
from gazeengine.saliency_map import SaliencyMap
from gazeengine.viewports import FoldAttention, FoldShare

MISSED = 1
"""Exit code where an area gets less than --least says."""


def run(options: Namespace) -> Result:
    if options.csv is not None:
        check_writable(options.csv)
    drawn = areas_of(options.areas)
    checked_names(options.least, drawn.areas)
    checkpoint = model(options.model)
    network, progress, started = ready(checkpoint), Progress("areas"), monotonic()
    pictures: list[dict[str, Any]] = []
    lines: list[str] = []
    tables: list[str] = []
    missed = False
    for i, path in enumerate(options.images, 1):
        picture = read_image(path)
        size = picture.rgb.shape[0], picture.rgb.shape[1]
        found = measured(drawn, look_at(network, checkpoint, picture.rgb, look_of(options)), size)
        row = found.row(path, options.least)
        missed = missed or bool(row["below_least"])
        pictures.append(row)
        drawn_on = row["scaled_from"]
        scaled = f" (areas scaled from {drawn_on[0]} x {drawn_on[1]} pixels)" if drawn_on else ""
        told = (*found.shares, *found.groups)
        lines += [f"{path}{scaled}", *(_line(s, options.least.get(s.name)) for s in told)]
        lines += [_fold_line(share) for share in found.within]
        tables.append(_with_image(to_csv(found.shares), path, first=i == 1))
        progress.show(i, len(options.images), (monotonic() - started) / i * (len(options.images) - i), path.name)
    if options.csv is not None:
        with written_beside(options.csv) as beside:
            beside.write_text("".join(tables), encoding="utf-8")
    least = dict(options.least)
    values = {"model": checkpoint.name, "least": least, "passed": not missed, "pictures": pictures}
    return Result(values, "\n".join(lines), MISSED if missed else 0)


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What areas of a picture get: areas as they lie over it, scaled_from the (height, width) that they were drawn on.

    within are their shares of the attention to their folds, on pages that have some.
    """

    areas: tuple[Area, ...]
    scaled_from: tuple[int, int] | None
    map_: SaliencyMap
    shares: tuple[AreaShare, ...]
    groups: tuple[AreaShare, ...]
    within: tuple[FoldShare, ...]

    def row(self, path: Path, least: Mapping[str, float]) -> dict[str, Any]:
        """For JSON."""
        row: dict[str, Any] = {
            "image": str(path),
            "scaled_from": list(self.scaled_from[::-1]) if self.scaled_from is not None else None,
            "folds": [[fold.top, fold.bottom] for fold in self.map_.folds],
            "areas": [asdict(s) for s in self.shares],
            "groups": [asdict(s) for s in self.groups],
            "below_least": [s.name for s in self.shares if s.share < least.get(s.name, 0.0)],
        }
        for area, share in zip(row["areas"], self.within, strict=False):
            area |= {"fold": share.fold.number, "share_of_fold": share.share.share}
        return row


def measured(drawn: AreaFile, map_: SaliencyMap, size: tuple[int, int]) -> Measured:
    """The shares of areas over a picture of size (height, width). Raises RegionError for one beside it."""
    drawn_on = drawn.size or size
    areas = fitted(drawn.areas, drawn_on, size)
    attention = Attention(map_.log_density, size)
    within = FoldAttention(map_.log_density, size, map_.folds).of(areas) if map_.folds else ()
    return Measured(
        areas,
        drawn_on if drawn_on != size else None,
        map_,
        attention.of(areas),
        attention.of_groups(areas),
        tuple(within),
    )


def areas_of(path: Path) -> AreaFile:
    """The areas of a file. Raises RegionError where there are none."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RegionError(f"areas {path}: cannot be read ({error}), wanted areas as FisherGaze writes them") from error
    drawn = read_areas(text, f"areas {path}")
    if not drawn.areas:
        raise RegionError(f"areas {path}: found none, wanted at least one")
    return drawn


def checked_names(least: Mapping[str, float], areas: Sequence[Area]) -> None:
    """Raises RegionError where a least share is asked for an area that is none."""
    names = [area.name for area in areas]
    if unknown := [name for name in least if name not in names]:
        raise RegionError(
            f"--least: there is no area {unknown[0]!r}, wanted one of {', '.join(names) or 'some --areas'}"
        )


def _line(share: AreaShare, least: float | None) -> str:
    told = f"  {share.name}: {100 * share.share:.1f} % of attention on {100 * share.area_share:.1f} % of the picture, "
    told += f"{share.intensity:.2f} × chance, rank {share.rank}"
    if least is not None:
        told += f", wanted {100 * least:g} %: {'ok' if share.share >= least else 'TOO LITTLE'}"
    return told


def _fold_line(found: FoldShare) -> str:
    return f"  {found.share.name}: {100 * found.share.share:.1f} % of the attention to {found.fold.name}"


def _with_image(table: str, path: Path, *, first: bool) -> str:
    """The table of one picture with its name before each line; the heading only where it is the first."""
    heading, *rows = table.splitlines()
    name = '"' + str(path).replace('"', '""') + '"'
    return "".join(
        f"{line}\n" for line in [*([f"image,{heading}"] if first else []), *(f"{name},{row}" for row in rows)]
    )
