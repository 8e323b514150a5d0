import json

import numpy as np
import pytest

from gazeengine.__main__ import main
from gazeengine.checkpoint import save
from gazeengine.image import read_image, write_png
from gazeengine.regions import Area, to_json
from tests.networks import narrow_checkpoint


@pytest.fixture
def ask(tmp_path, capsys):
    save(narrow_checkpoint("fastgaze", most=4), tmp_path / "m.safetensors")
    save(narrow_checkpoint("fastgaze", most=4, seed=1), tmp_path / "n.safetensors")
    rng = np.random.default_rng(0)
    for name, size in (("a", (96, 128)), ("b", (96, 128)), ("large", (192, 256)), ("tall", (192, 128))):
        write_png(tmp_path / f"{name}.png", rng.integers(0, 255, (*size, 3), dtype=np.uint8))
    areas = [
        Area("left", "rectangle", ((0, 0), (64, 96)), group="both"),
        Area("right", "rectangle", ((64, 0), (128, 96)), group="both"),
    ]
    (tmp_path / "areas.json").write_text(to_json(areas))
    (tmp_path / "others.json").write_text(to_json([Area("right", "ellipse", ((10, 10), (90, 90)))]))

    def answered(*arguments, code=0, as_json=True):
        line = [str(tmp_path / a) if a.endswith((".png", ".json")) else a for a in arguments]
        line = [str(tmp_path / f"{a}.safetensors") if a in ("m", "n") else a for a in line]
        assert main(["compare", *line, *(["--json"] if as_json else [])]) == code
        out, err = capsys.readouterr()
        return err if code == 2 else json.loads(out) if as_json else out

    return answered


def test_two_pictures_are_compared_with_their_areas(ask, tmp_path):
    found = ask("m", "a.png", "b.png", "--areas", "areas.json", "--out", "diff.png")
    assert found["comparable"]
    assert 0 < found["similarity"] <= 1
    assert found["kl_bits"] >= 0
    assert [row["name"] for row in found["areas"]] == ["left", "right"]
    for row in found["areas"]:
        assert row["change_points"] == pytest.approx(100 * (row["b"]["share"] - row["a"]["share"]))
    assert sum(row["change_points"] for row in found["areas"]) == pytest.approx(0, abs=0.02)
    assert found["groups"][0]["change_points"] == pytest.approx(0, abs=0.02)
    height, width = read_image(tmp_path / "diff.png").rgb.shape[:2]
    assert width == 128
    assert height > 96


def test_a_picture_compared_with_itself_agrees_and_two_networks_may_not(ask):
    itself = ask("m", "a.png", "a.png")
    assert itself["similarity"] == pytest.approx(1, abs=1e-6)
    networks = ask("m", "a.png", "--with", "n")
    assert networks["b"] == {"image": networks["a"]["image"], "model": networks["b"]["model"]}
    assert networks["similarity"] < 1


def test_areas_of_one_file_lie_at_the_same_place_of_a_larger_picture(ask):
    found = ask("m", "a.png", "large.png", "--areas", "areas.json")
    assert [row["b"]["area_share"] for row in found["areas"]] == pytest.approx([0.5, 0.5], abs=1e-3)


def test_other_proportions_have_areas_of_their_own_but_no_difference(ask):
    found = ask("m", "a.png", "tall.png", "--areas", "areas.json", "--areas", "others.json")
    assert not found["comparable"]
    assert "proportions differ" in found["reason"]
    assert "similarity" not in found
    assert [row["name"] for row in found["areas"]] == ["left", "right"]
    assert found["areas"][0]["b"] is None
    assert found["areas"][0]["change_points"] is None
    assert "proportions" in ask("m", "a.png", "tall.png", "--areas", "areas.json", code=2)
    assert "proportions" in ask("m", "a.png", "tall.png", "--out", "diff.png", code=2)


def test_people_get_lines(ask):
    said = ask("m", "a.png", "b.png", "--areas", "areas.json", as_json=False)
    assert "SIM" in said
    assert "percentage points" in said


def test_what_is_wrong_is_told_in_one_line(ask):
    assert "wanted two, or one and --with" in ask("m", "a.png", code=2)
    assert "found 3 pictures" in ask("m", "a.png", "b.png", "a.png", code=2)
    assert "found 3 files" in ask("m", "a.png", "b.png", *["--areas", "areas.json"] * 3, code=2)
    assert "one of the pictures" in ask("m", "a.png", "b.png", "--out", "a.png", code=2)
