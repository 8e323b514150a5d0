"""What to refine from what is chosen: where to begin and to stop, on which pictures. Plain data, no Qt."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.beta_scale import beta_words
from app.job_commands import command_line
from app.job_records import Job
from app.planned import Planned
from app.pruning_method import FISHER
from gazeengine.checkpoint import SUFFIX, Checkpoint, save
from gazeengine.errors import OutputError
from gazeengine.families import Beta, Made
from gazeengine.image import Picture, thumbnail, write_png
from gazeengine.plan import PruningOrder
from gazeengine.signal_source import OWN, is_own

STEP = 0.7  # of the FLOPs, at most, from one stop to the next
AHEAD = (0.7, 0.5)  # of the FLOPs at the present n: what the hand may reach next
LEAST_PICTURES = 8  # fewer say too little of what layers read
MOST_PICTURES = 80
WORTH_BITS = 0.02  # of estimated loss, from which on it is worth the time without being asked


@dataclass(frozen=True, slots=True, eq=False)
class Refinement:
    """A way from a network to stops (features that are gone of base, ascending), on data sets or pictures.

    file is base's own, None where it must be written: it is none, or has another signal than the window's. parent is
    the id of its family's, named family.
    """

    base: Checkpoint
    file: Path | None
    parent: str
    family: str
    beta: Beta
    stops: tuple[int, ...]
    made: Made
    data: tuple[Path, ...] = ()
    pictures: tuple[Picture, ...] = ()

    @property
    def title(self) -> str:
        return f"Refine {self.family} at {beta_words(self.beta)}"

    @property
    def words(self) -> str:
        """What it is done on."""
        if self.data:
            return f"pictures of {', '.join(folder.name for folder in self.data)}"
        return f"your {len(self.pictures):,} pictures"

    @property
    def key(self) -> tuple[object, ...]:
        """Equal where the same would come of it."""
        pictures = hashlib.sha256("".join(sorted(p.digest for p in self.pictures)).encode()).hexdigest()
        return self.base.id, is_own(self.base), self.beta, self.stops, self.made, self.data, pictures

    def arguments(self, model: Path, pictures: Path | None) -> tuple[str, ...]:
        """Those of the command line; pictures is the folder that has them."""
        return command_line(
            "refine",
            model=str(model),
            beta=self.beta,
            data=self.data or None,
            pictures=None if self.data else pictures,
            features=self.stops,
            own_family=self.base.id == self.parent or None,
            no_compensation=self.made == "refined" or None,
        )


def refinement(plan: Planned, training: Sequence[Path], pictures: Sequence[Picture]) -> Refinement | str:
    """What to do, or in words why it cannot be done. training are data sets that may be those of base's signal."""
    method = plan.choice.method
    if method.criterion != FISHER or method.cost != "flops":
        return "refined orders are Fisher's at the cost of FLOPs: choose these"
    if not (method.compensated or method.refined):
        return "refined and compensated networks are both left out: switch one of them on"
    if plan.awaited is not None:
        return "the network is being read"
    if plan.order is None:
        return "the network has no Fisher signal to begin with: calibrate it first"
    stops = stops_of(plan.order, plan.choice.n - plan.n_trained)
    if not stops:
        return "nothing is left to be pruned from here"
    own = is_own(plan.base)
    data = () if own else data_of(plan.base, training)
    if not data and len(pictures) < LEAST_PICTURES:
        there = f"{len(pictures)} picture{'s are' if len(pictures) != 1 else ' is'} open"
        return f"{there}, wanted at least {LEAST_PICTURES} to estimate signals and compensate on"
    file = plan.snapshot.path
    return Refinement(
        plan.base,
        file if file.is_file() and not own else None,
        plan.model.family.origin.parent,
        plan.model.family.name,
        plan.choice.beta,
        stops,
        "compensated" if method.compensated else "refined",
        data,
        () if data else tuple(pictures[:MOST_PICTURES]),
    )


def stops_of(order: PruningOrder, here: int) -> tuple[int, ...]:
    """Numbers of removals: up to here such that no step takes too much, then a few further on; the nearest come first.

    Even in logarithms of FLOPs.
    """
    flops, found = order.flops, []
    if here > 0:
        fall = math.log(float(flops[0]) / float(flops[here]))
        n_steps = max(1, math.ceil(fall / -math.log(STEP) - 1e-9))
        found = [order.n_for_flops(float(flops[0]) * math.exp(-fall * i / n_steps)) for i in range(1, n_steps)]
        found.append(here)
    found += [order.n_for_flops(float(flops[here]) * share) for share in AHEAD if flops[here] * share > flops[-1]]
    return tuple(sorted({n for n in found if 0 < n <= order.n_removals}))


def data_of(checkpoint: Checkpoint, folders: Sequence[Path]) -> tuple[Path, ...]:
    """Those of folders that a checkpoint's signal was estimated on; none unless all of them are there."""
    match checkpoint.provenance.get("signal"):
        case {"data": [*names]}:
            wanted = {str(name).removesuffix(" train") for name in names}
        case _:
            return ()
    there = {folder.name: folder for folder in folders if folder.name in wanted}
    return tuple(there.values()) if there.keys() == wanted else ()


def is_worth_it(plan: Planned) -> bool:
    """Whether so much is pruned past a network that was made for it that the estimate of it says little."""
    return plan.loss_increase_bits > WORTH_BITS


def prepared(wanted: Refinement, job: Job) -> Job:
    """The job with its arguments; what it needs that lies in no file is written into its folder. Of some seconds.

    Pictures are reduced to about twice what the network looks at. Raises OutputError where they cannot be written.
    """
    folder = job.folder / "pictures" / OWN  # whose name says in the networks that come of it whose pictures these were
    try:
        job.folder.mkdir(parents=True, exist_ok=True)
        if not wanted.data:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{error.filename} cannot be made ({error.strerror}), wanted room") from error
    side = 2 * max(wanted.base.working_size)
    for picture in wanted.pictures:
        height, width = picture.rgb.shape[:2]
        small = picture.rgb if max(height, width) <= side else thumbnail(picture.rgb, side)
        write_png(folder / f"{picture.digest}.png", small)
    model = wanted.file
    if model is None:
        model = job.folder / f"model{SUFFIX}"
        save(wanted.base, model)
    return replace(job, arguments=wanted.arguments(model, folder))
