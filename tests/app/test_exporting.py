import csv
import errno
import json
import os
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from app import exporting
from app.export_order import ENDINGS, ExportItem, ExportOrder, planned_files
from app.export_words import missing_words, outcome_words, progress_words
from app.exporting import exported
from app.map_style import MapStyle, rendered
from gazeengine.image import read_image
from gazeengine.regions import Area, from_json
from gazeengine.saliency_map import normalised

HEAT = ENDINGS["overlay"]
AREAS = (Area("CTA", "rectangle", ((10, 10), (60, 40))), Area("beside", "rectangle", ((900, 900), (950, 950))))


def map_of(picture):
    height, width = picture.rgb.shape[:2]
    return normalised(np.random.default_rng(height).normal(0, 1, (height, width)))


class Onlooker:
    """Looks without a network."""

    def look(self, picture, checkpoint, plan, look, most_pixels):
        assert most_pixels == picture.rgb.shape[0] * picture.rgb.shape[1]
        return map_of(picture)


@pytest.fixture
def order(picture_files, checkpoint, tmp_path):
    def made(*wanted, files=None, **more):
        items = tuple(
            ExportItem(str(path), path.name, partial(read_image, path), AREAS if path.stem == "a" else ())
            for path in files or picture_files
        )
        folder = tmp_path / "out"
        folder.mkdir(exist_ok=True)
        return ExportOrder(items, planned_files(wanted, items, folder), "Title", checkpoint, **more)

    return made


def last(order):
    *_, step = exported(order, Onlooker())
    assert step.finished
    return step


def test_everything_is_written_for_every_picture(order, tmp_path):
    wanted = order(*ENDINGS)
    steps = list(exported(wanted, Onlooker()))
    assert sorted(steps[-1].written) == sorted(file.path for file in wanted.files)
    assert sorted(os.listdir(tmp_path / "out")) == sorted(file.path.name for file in wanted.files)
    assert steps[-1].missing == ()
    assert steps[-1].n_done == steps[-1].n
    counts = [step.n_done for step in steps]
    assert counts == sorted(counts)


def test_views_are_as_the_window_shows_them(order, picture_files, tmp_path):
    style = MapStyle("picture", 0.4, "magma")
    last(order("overlay", "map", style=style, files=picture_files[:1]))
    rgb = read_image(picture_files[0]).rgb
    map_ = normalised(np.random.default_rng(96).normal(0, 1, rgb.shape[:2]))
    for mode in ("overlay", "map"):
        path = tmp_path / "out" / f"a-{ENDINGS[mode]}"
        assert np.array_equal(read_image(path).rgb, rendered(rgb, map_.log_density, MapStyle(mode, 0.4, "magma")))


def test_tables_and_areas_say_what_is_over_each_picture(order, tmp_path):
    last(order("csv", "json"))
    with (tmp_path / "out" / "areas.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0][:2] == ["image", "area"]
    assert [row[:2] for row in rows[1:]] == [["a.png", "CTA"]]
    assert from_json((tmp_path / "out" / "a-areas.json").read_text(encoding="utf-8")) == AREAS
    assert json.loads((tmp_path / "out" / "a-areas.json").read_text(encoding="utf-8"))["version"] == 1


# --- what goes wrong


def test_a_picture_that_cannot_be_read_is_listed_and_the_others_are_done(order, picture_files, tmp_path):
    picture_files[1].unlink()
    step = last(order("overlay", "html"))
    assert [path.name for path in step.written] == [f"a-{HEAT}", f"c-{HEAT}", "report.html"]
    (missing,) = step.missing
    assert missing.name == "b.png"
    assert missing.reason.startswith("found no such file")
    assert outcome_words(step, tmp_path / "out").startswith("Wrote 3 files to out. Missing: b.png (found no")


def refusing(monkeypatch, number, after):
    """A disk that takes so many files."""
    n = 0
    write = Path.write_bytes

    def refused(path, data):
        nonlocal n
        n += 1
        if n > after:
            raise OSError(number, os.strerror(number))
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", refused)


def test_where_the_disk_fills_up_what_is_done_stays_and_what_is_not_is_listed(order, monkeypatch, tmp_path):
    refusing(monkeypatch, errno.ENOSPC, 3)
    wanted = order("overlay", "npy", "png16")
    step = last(wanted)
    assert sorted(os.listdir(tmp_path / "out")) == sorted(path.name for path in step.written)
    assert len(step.written) == 3
    assert len(step.written) + len(step.missing) == len(wanted.files)
    assert "no space left" in step.missing[0].reason
    assert step.missing[-1].reason.startswith("not tried: no space left")
    words = outcome_words(step, tmp_path / "out")
    assert words.startswith(f"Wrote 3 files to out. Missing: b-{HEAT}, b-log-density.npy (no space left")


def test_a_place_that_takes_no_file_is_not_tried_again_and_again(order, monkeypatch, tmp_path):
    def refuse(*_):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    looked = []
    monkeypatch.setattr(Onlooker, "look", lambda _, picture, *more: looked.append(picture) or map_of(picture))
    monkeypatch.setattr("gazeengine.atomic.os.open", refuse)
    wanted = order("overlay", "npy")
    step = last(wanted)
    assert step.written == ()
    assert len(step.missing) == len(wanted.files)
    assert len(looked) == 1
    assert outcome_words(step, tmp_path).startswith("Nothing was written. Missing: ")
    assert "cannot be written" in outcome_words(step, tmp_path)


def test_cancelled_it_ends_behind_the_file_that_is_written(order):
    wanted = order("overlay", "npy")
    steps = []
    for step in exported(wanted, Onlooker()):
        steps.append(step)
        if len(step.written) == 2:
            wanted.stopped.set()
    assert len(steps[-1].written) == 2
    assert {missing.reason for missing in steps[-1].missing} == {"cancelled"}
    assert len(steps[-1].missing) == len(wanted.files) - 2


def test_too_many_pictures_for_one_report_are_told(order, monkeypatch):
    monkeypatch.setattr(exporting, "MOST_IN_REPORT", 2)
    step = last(order("html", "overlay"))
    assert len(step.written) == 3
    assert "wanted at most 2" in step.missing[0].reason


def test_progress_says_what_how_much_and_how_long(order):
    steps = list(exported(order("overlay"), Onlooker()))
    assert progress_words(steps[0]) == "a.png · 0 files written"
    assert progress_words(steps[-2]).startswith(f"c-{HEAT} · 2 files written, ")
    assert progress_words(steps[-2]).endswith(" left")


def test_many_of_one_reason_are_counted():
    missing = tuple(exporting.Missing(f"{i}.png", "full") for i in range(6))
    assert missing_words(missing) == ["0.png, 1.png, 2.png and 3 more (full)"]
