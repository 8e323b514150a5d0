import json

import numpy as np
import pytest

from gazeengine.__main__ import main
from gazeengine.checkpoint import save
from gazeengine.image import write_png
from gazeengine.regions import Area, to_json
from tests.networks import narrow_checkpoint


@pytest.fixture
def ask(tmp_path, capsys):
    save(narrow_checkpoint("fastgaze", most=4), tmp_path / "m.safetensors")
    rng = np.random.default_rng(0)
    for name in "ab":
        write_png(tmp_path / f"{name}.png", rng.integers(0, 255, (96, 128, 3), dtype=np.uint8))
    areas = [Area("left", "rectangle", ((0, 0), (64, 96))), Area("right", "rectangle", ((64, 0), (128, 96)))]
    (tmp_path / "areas.json").write_text(to_json(areas))

    def answered(*arguments, pictures=("a", "b"), out="r.html", code=0):
        files = [str(tmp_path / f"{name}.png") for name in pictures]
        line = ["report", str(tmp_path / "m.safetensors"), *files, "--out", str(tmp_path / out), "--json", *arguments]
        assert main(line) == code
        said, wrong = capsys.readouterr()
        return wrong if code == 2 else json.loads(said)

    return answered


def areas(tmp_path):
    return "--areas", str(tmp_path / "areas.json")


def test_html_and_pdf_have_the_shares_that_areas_says(ask, tmp_path, capsys):
    found = ask(*areas(tmp_path))
    assert found["passed"]
    assert (tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    ask(*areas(tmp_path), "--compare", out="r.pdf")
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF")
    files = [str(tmp_path / f"{name}.png") for name in "ab"]
    assert main(["areas", str(tmp_path / "m.safetensors"), *files, *areas(tmp_path), "--json"]) == 0
    assert found["pictures"] == json.loads(capsys.readouterr().out)["pictures"]


def test_the_gate_fails_and_the_report_is_written_all_the_same(ask, tmp_path):
    found = ask(*areas(tmp_path), "--least", "left=99%", code=1)
    assert not found["passed"]
    assert "Less attention than it should get" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_without_areas_there_are_maps_alone(ask, tmp_path):
    assert ask(pictures="a", out="sub.html")["pictures"][0]["areas"] == []


def test_what_is_wrong_is_told_in_one_line(ask, tmp_path):
    assert "wanted .html or .pdf" in ask(out="r.doc", code=2)
    assert "wanted two" in ask("--compare", pictures="a", code=2)
    assert "there is no area 'left'" in ask("--least", "left=1%", code=2)
    assert "no such file" in ask(pictures="ax", code=2)
    assert "no folder" in ask(out="none/r.html", code=2)
    assert not (tmp_path / "r.html").exists()
