"""report: a page on pictures for people, HTML or PDF; fails where an area gets less attention than it should."""

from __future__ import annotations

from argparse import Namespace
from datetime import datetime
from time import monotonic
from typing import Any

from gazeengine.card import card
from gazeengine.commands.areas import MISSED, areas_of, checked_names, measured
from gazeengine.commands.output import Progress, Result, check_writable, look_of, model
from gazeengine.domain import domain_of
from gazeengine.errors import GazeError
from gazeengine.fused import ready
from gazeengine.image import read_image
from gazeengine.looking import look_at
from gazeengine.regions import AreaFile
from gazeengine.report_files import checked_format, write_report
from gazeengine.report_input import Report
from gazeengine.report_making import comparison_of, making, measured_on, report_picture


def run(options: Namespace) -> Result:
    check_writable(checked_format(options.out))
    if options.compare and len(options.images) != 2:
        raise GazeError(f"--compare: found {len(options.images)} picture{'s' * (len(options.images) != 1)}, wanted two")
    drawn = areas_of(options.areas) if options.areas is not None else AreaFile(())
    checked_names(options.least, drawn.areas)
    checkpoint, look = model(options.model), look_of(options)
    network, progress, started = ready(checkpoint), Progress("report"), monotonic()
    pictures, domains = [], []
    rows: list[dict[str, Any]] = []
    for i, path in enumerate(options.images, 1):
        picture = read_image(path)
        size = picture.rgb.shape[0], picture.rgb.shape[1]
        found = measured(drawn, look_at(network, checkpoint, picture.rgb, look), size)
        rows.append(found.row(path, options.least))
        pictures.append(report_picture(path.name, picture.rgb, found.map_, found.areas, note=picture.note or ""))
        domains.append(domain_of(picture.rgb, look))
        progress.show(i, len(options.images), (monotonic() - started) / i * (len(options.images) - i), path.name)
    report = Report(
        options.title or _title([path.stem for path in options.images], compared=options.compare),
        datetime.now(),
        tuple(pictures),
        (card(checkpoint),),
        making(checkpoint, None, look, domains),
        measured_on(domains),
        comparison=comparison_of(pictures[0], pictures[1]) if options.compare else None,
        least=options.least,
    )
    missing = write_report(report, options.out)
    missed = any(row["below_least"] for row in rows)
    values = {
        "model": checkpoint.name,
        "file": str(options.out),
        "least": dict(options.least),
        "passed": not missed,
        "pictures": rows,
        "characters_without_font": missing,
    }
    said = f"{options.out}: {len(pictures)} picture{'s' * (len(pictures) != 1)}"
    if missing:
        said += f"; no font of this computer has {missing}: they are boxes, wanted a font with them, or HTML"
    for row in rows:
        if row["below_least"]:
            said += f"\n{row['image']}: too little attention for {', '.join(row['below_least'])}"
    return Result(values, said, MISSED if missed else 0)


def _title(names: list[str], *, compared: bool) -> str:
    if compared:
        return f"{names[0]} against {names[1]}"
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
