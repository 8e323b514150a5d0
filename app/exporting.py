"""Exporting, file by file: what is done stays, what could not be done is told. It runs in a thread; no Qt."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from app.export_order import OF_ALL, ExportFile, ExportItem, ExportOrder, ExportStep, Missing
from app.map_style import MODES, Mode, rendered
from gazeengine.area_tables import table_of
from gazeengine.atomic import written_beside
from gazeengine.card import card
from gazeengine.card_parts import Fact
from gazeengine.domain import Domain, domain_of
from gazeengine.errors import GazeError, OutputError
from gazeengine.image import Picture, write_png
from gazeengine.map_files import write_npy, write_png16
from gazeengine.regions import Area, AreaShare, Attention, RegionError, checked, to_json
from gazeengine.report_files import write_report
from gazeengine.report_input import Report, ReportPicture
from gazeengine.report_making import comparison_of, making, measured_on, report_picture
from gazeengine.saliency_map import SaliencyMap

if TYPE_CHECKING:  # it would import torch
    from gazeengine.looking import Onlooker

REPORTS = ("html", "pdf")
MOST_IN_REPORT = 40  # pictures: each needs some twenty megabytes until it is written
IN_A_ROW = 2  # files that could not be written, after which the others are not tried


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """A picture with its map, for the files of all pictures; report is there where one is wanted."""

    name: str
    shares: tuple[AreaShare, ...]
    report: ReportPicture | None
    domain: Domain


def exported(order: ExportOrder, onlooker: Onlooker) -> Generator[ExportStep, None, None]:
    """Write the files of an order; a step before each picture and file, and one at the end.

    A picture that cannot be read, or a file that cannot be written, is listed, and the others go on; where a place
    takes no more files, they are not tried.
    """
    done = _Done(order)
    together = [file for file in order.files if file.what in OF_ALL]
    seen: list[_Seen] = []
    for i in sorted({i for file in order.files for i in file.items}):
        item, own = order.items[i], [f for f in order.files if f.items == (i,) and f not in together]
        yield done.step(item.name)
        if done.ended:
            break
        try:
            picture = item.source()
            map_ = _map_of(picture, item, order, onlooker)
            for file in own:
                yield done.step(file.path.name)
                done.write(file, partial(_write, file, picture, map_, item, order))
            if together:
                seen.append(_seen(item, picture, map_, order, any(f.what in REPORTS for f in together)))
        except GazeError as error:
            done.leave_out(item.name, own, str(error))
        done.count()
    for file in together:
        yield done.step(file.path.name)
        done.write(file, partial(_write_together, file, seen, order))
    yield done.finish()


class _Done:
    """What was written and what not."""

    def __init__(self, order: ExportOrder) -> None:
        self._order = order
        self._n = len(order.files) + len({i for file in order.files for i in file.items})
        self._n_done = self._in_a_row = 0
        self._written: list[Path] = []
        self._missing: list[Missing] = []
        self._boxes = ""
        self._told: set[Path] = set()
        self._reason = ""
        self._begun = monotonic()

    @property
    def ended(self) -> bool:
        """Whether no more files are to be begun."""
        return self._order.stopped.is_set() or self._in_a_row >= IN_A_ROW

    def write(self, file: ExportFile, work: Callable[[], str]) -> None:
        """Do this, unless it has ended; work gives the characters that could not be shown."""
        if self.ended:
            return
        try:
            self._boxes += work()
            self._written.append(file.path)
            self._in_a_row = 0
        except OutputError as error:
            self._in_a_row += 1
            self._reason = _without_subject(str(error))
            self._miss(file, self._reason)
        except GazeError as error:
            self._miss(file, str(error))
        self._n_done += 1

    def leave_out(self, name: str, files: Sequence[ExportFile], reason: str) -> None:
        """A picture that cannot be looked at, with the files that would be of it."""
        for file in files:
            self._told.add(file.path)
        self._n_done += len(files)
        self._missing.append(Missing(name, reason.removeprefix(f"picture {name}: ")))  # which stands before it

    def count(self) -> None:
        self._n_done += 1

    def step(self, name: str, *, finished: bool = False) -> ExportStep:
        left = (monotonic() - self._begun) / self._n_done * (self._n - self._n_done) if self._n_done else None
        boxes = "".join(sorted(set(self._boxes)))
        return ExportStep(
            self._n_done, self._n, name, tuple(self._written), tuple(self._missing), left, boxes, finished
        )

    def finish(self) -> ExportStep:
        """The last step: what was not tried is missing, too."""
        reason = "cancelled" if self._order.stopped.is_set() else f"not tried: {self._reason}"
        for file in self._order.files:
            if file.path not in self._told and file.path not in self._written:
                self._miss(file, reason)
        return self.step("", finished=True)

    def _miss(self, file: ExportFile, reason: str) -> None:
        self._told.add(file.path)
        self._missing.append(Missing(file.path.name, reason))


def _map_of(picture: Picture, item: ExportItem, order: ExportOrder, onlooker: Onlooker) -> SaliencyMap:
    """The map over the picture's own pixels."""
    height, width = picture.rgb.shape[:2]
    checkpoint, plan = item.network or (order.checkpoint, order.plan)
    return onlooker.look(picture, checkpoint, plan, order.look, height * width)


def _write(file: ExportFile, picture: Picture, map_: SaliencyMap, item: ExportItem, order: ExportOrder) -> str:
    match file.what:
        case "npy":
            write_npy(file.path, map_.log_density)
        case "png16":
            write_png16(file.path, map_.log_density)
        case "json":
            with written_beside(file.path) as beside:
                beside.write_bytes(to_json(item.areas).encode("utf-8"))
        case view:
            mode: Mode = next(mode for mode, _, _ in MODES if mode == view)
            write_png(file.path, rendered(picture.rgb, map_.log_density, replace(order.style, mode=mode)))
    return ""


def _seen(item: ExportItem, picture: Picture, map_: SaliencyMap, order: ExportOrder, reported: bool) -> _Seen:
    size = picture.rgb.shape[0], picture.rgb.shape[1]
    areas = _within(item.areas, size)
    report = None
    if reported:
        note = picture.note or ""
        report = report_picture(item.name, picture.rgb, map_, areas, style=order.style, by=item.by, note=note)
    shares = Attention(map_.log_density, size).of(areas)
    return _Seen(item.name, shares, report, domain_of(picture.rgb, order.look))


def _within(areas: Sequence[Area], size: tuple[int, int]) -> list[Area]:
    """Those that lie over the picture: the window shows the others as such, and so do tables."""
    found = []
    for area in areas:
        try:
            found.append(checked(area, size))
        except RegionError:
            continue
    return found


def _write_together(file: ExportFile, seen: Sequence[_Seen], order: ExportOrder) -> str:
    if not seen:
        raise GazeError("found no picture that could be looked at, wanted at least one")
    if file.what == "csv":
        with written_beside(file.path) as beside:
            beside.write_bytes(table_of([(one.name, one.shares) for one in seen]).encode("utf-8"))
        return ""
    pictures = [one.report for one in seen if one.report is not None]
    if len(pictures) > MOST_IN_REPORT:
        raise GazeError(f"found {len(pictures)} pictures, wanted at most {MOST_IN_REPORT} in one report")
    compared = order.compared and len(pictures) == len(order.items) == 2
    domains = [one.domain for one in seen]
    facts, cards = making(order.checkpoint, order.plan, order.look, domains), [card(order.checkpoint, order.plan)]
    for item in order.items:
        if item.network is not None:
            more = making(*item.network, order.look, domains)
            facts += tuple(Fact(f"{fact.label}, {item.by}", fact.text) for fact in more[:1])
            cards.append(card(*item.network))
    comparison = comparison_of(pictures[0], pictures[1]) if compared else None
    report = Report(
        order.title, datetime.now(), tuple(pictures), tuple(cards), facts, measured_on(domains), comparison=comparison
    )
    return write_report(report, file.path)


def _without_subject(message: str) -> str:
    """A message of the place, which has the name of one file in front of it."""
    _, _, reason = message.partition(": ")
    return reason or message
