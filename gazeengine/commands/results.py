"""results: a page with tables and figures, made from stored evaluations."""

from __future__ import annotations

import os
import shlex
import time
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from gazeengine.atomic import written_beside
from gazeengine.commands.evaluate import shown
from gazeengine.commands.output import Progress, Result, check_writable
from gazeengine.resources import FOLDER
from gazeengine.results_figures import trade_off
from gazeengine.results_file import read_evaluations
from gazeengine.results_gathered import Gathered, gathered
from gazeengine.results_maps import chosen_models, chosen_pictures, draw_maps
from gazeengine.results_page import Links, page
from gazeengine.teacher_maps import TeacherMaps

TRADE_OFF, MAPS = "figure2.svg", "figure4.jpg"


def run(options: Namespace) -> Result:
    out: Path = options.out
    check_writable(out)
    found = gathered([read_evaluations(path) for path in options.evaluations])
    links = Links(_link(FOLDER / "models" / "README.md", out), _link(FOLDER.parent / "CONTRIBUTING.md", out))
    files = [out]
    if trade_off(found, out.with_name(TRADE_OFF)):
        links = replace(links, trade_off=TRADE_OFF)
        files.append(out.with_name(TRADE_OFF))
    if not options.without_maps:
        _draw_maps(found, options)
        links = replace(links, maps=MAPS, maps_of=_maps_of(options.pictures, out))
        files.append(out.with_name(MAPS))
    with written_beside(out) as beside:
        beside.write_text(page(found, links, _command_line(options)), encoding="utf-8")
    values = {
        "files": [str(path) for path in files],
        "models": len(found.models),
        "data_sets": list(found.data_sets),
    }
    return Result(values, "\n".join(f"{path} is written" for path in files))


def _draw_maps(found: Gathered, options: Namespace) -> None:
    pictures = chosen_pictures(options.pictures)
    models = chosen_models(found, options.maps)
    teacher = None if options.teacher_maps is None else TeacherMaps.open(options.teacher_maps)
    progress, started = Progress("rows of maps"), time.monotonic()
    for step in draw_maps(models, pictures, teacher, options.out.with_name(MAPS)):
        left_s = (time.monotonic() - started) / step.n_done * (step.n_rows - step.n_done)
        progress.show(step.n_done, step.n_rows, left_s)


def _maps_of(folder: Path | None, out: Path) -> str:
    if folder is not None:
        return f"The pictures are those of `{shown(folder)}`."
    licences = _link(FOLDER / "pictures" / "LICENSES.md", out)
    return f"The pictures are some of the samples that come with the program ([licences]({licences}))."


def _link(target: Path, page_path: Path) -> str:
    return Path(os.path.relpath(target, page_path.resolve().parent)).as_posix()


def _command_line(options: Namespace) -> str:
    words = ["python", "-m", "gazeengine", "results", *map(shown, options.evaluations), "--out", shown(options.out)]
    for flag, given in (("--pictures", options.pictures), ("--teacher-maps", options.teacher_maps)):
        words += [flag, shown(given)] if given is not None else []
    for name in options.maps or ():
        words += ["--maps", shown(name)]
    words += ["--without-maps"] * options.without_maps
    return shlex.join(words)
