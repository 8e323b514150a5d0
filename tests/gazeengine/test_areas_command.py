import json

import numpy as np
import pytest

from gazeengine.__main__ import main
from gazeengine.checkpoint import save
from gazeengine.image import write_png
from gazeengine.regions import Area, to_json
from tests.networks import narrow_checkpoint
from tests.pages import page_pixels


@pytest.fixture
def ask(tmp_path, capsys):
    save(narrow_checkpoint("fastgaze", most=4), tmp_path / "m.safetensors")
    rng = np.random.default_rng(0)
    for name in "ab":
        write_png(tmp_path / f"{name}.png", rng.integers(0, 255, (96, 128, 3), dtype=np.uint8))
    areas = [
        Area("left", "rectangle", ((0, 0), (64, 96)), group="both"),
        Area("right", "rectangle", ((64, 0), (128, 96)), group="both"),
    ]
    (tmp_path / "areas.json").write_text(to_json(areas))
    line = ["areas", str(tmp_path / "m.safetensors"), str(tmp_path / "a.png"), str(tmp_path / "b.png"), "--json"]

    def answered(*arguments, code=0, areas="areas.json"):
        assert main([*line, "--areas", str(tmp_path / areas), *arguments]) == code
        out, err = capsys.readouterr()
        return err if code == 2 else json.loads(out)

    return answered


def test_every_picture_has_its_areas_and_groups(ask, tmp_path):
    found = ask("--csv", str(tmp_path / "t.csv"))
    assert found["passed"]
    for picture in found["pictures"]:
        assert [area["name"] for area in picture["areas"]] == ["left", "right"]
        assert sum(area["share"] for area in picture["areas"]) == pytest.approx(1, abs=1e-4)
        assert picture["groups"][0]["share"] == pytest.approx(1, abs=1e-4)
    lines = (tmp_path / "t.csv").read_text().splitlines()
    assert lines[0].startswith("image,area,group")
    assert len(lines) == 5


def test_an_area_with_too_little_attention_fails_the_gate(ask):
    assert ask("--least", "left=1%")["passed"]
    found = ask("--least", "left=99%", "--least", "right=0.01", code=1)
    assert found["least"] == {"left": 0.99, "right": 0.01}
    assert [picture["below_least"] for picture in found["pictures"]] == [["left"], ["left"]]


def test_areas_drawn_on_a_picture_of_another_size_are_scaled_and_that_is_told(ask, tmp_path):
    plain = ask()
    double = [Area("left", "rectangle", ((0, 0), (128, 192))), Area("right", "rectangle", ((128, 0), (256, 192)))]
    (tmp_path / "double.json").write_text(to_json(double, (192, 256)))
    found = ask(areas="double.json")
    for one, other in zip(plain["pictures"], found["pictures"], strict=True):
        assert (one["scaled_from"], other["scaled_from"]) == (None, [256, 192])
        assert [a["share"] for a in one["areas"]] == pytest.approx([a["share"] for a in other["areas"]])


def test_what_is_wrong_is_told_in_one_line(ask, tmp_path):
    assert "there is no area 'middle'" in ask("--least", "middle=1%", code=2)
    assert "CTA=5%" in ask("--least", "left", code=2)
    assert "cannot be read" in ask(code=2, areas="none.json")
    (tmp_path / "empty.json").write_text(to_json([]))
    assert "found none" in ask(code=2, areas="empty.json")
    (tmp_path / "far.json").write_text(to_json([Area("far", "ellipse", ((900, 0), (950, 20)))]))
    assert "beside the picture" in ask(code=2, areas="far.json")


def test_on_a_long_page_the_share_within_its_fold_is_told(tmp_path, capsys):
    save(narrow_checkpoint("fastgaze", most=4), tmp_path / "m.safetensors")
    write_png(tmp_path / "page.png", page_pixels(900, 160))
    area = Area("second", "rectangle", ((0, 120), (160, 190)))
    (tmp_path / "areas.json").write_text(to_json([area]))
    line = ["areas", *(str(tmp_path / name) for name in ("m.safetensors", "page.png")), "--domain", "screens"]
    line += ["--viewport", "16:10", "--areas", str(tmp_path / "areas.json")]
    assert main([*line, "--json"]) == 0
    (picture,) = json.loads(capsys.readouterr().out)["pictures"]
    assert picture["folds"] == [[top, top + 100] for top in range(0, 900, 100)]
    (found,) = picture["areas"]
    assert found["fold"] == 2
    assert found["share_of_fold"] == pytest.approx(9 * found["share"], rel=0.01)
    assert main(line) == 0
    assert "of the attention to fold 2" in capsys.readouterr().out
    assert main([*line, "--viewport", "none", "--json"]) == 0
    (picture,) = json.loads(capsys.readouterr().out)["pictures"]
    assert picture["folds"] == []
    assert "fold" not in picture["areas"][0]
