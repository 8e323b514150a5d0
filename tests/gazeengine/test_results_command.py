import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from gazeengine.__main__ import main
from gazeengine.checkpoint import load, save
from gazeengine.evaluation import NetworkMaps
from gazeengine.fixations import read_data_set
from gazeengine.networks import build
from gazeengine.results_file import read_evaluations
from gazeengine.scores import METRICS, Scores
from gazeengine.teacher_maps import TeacherMaps
from tests.data_sets import made_data_set
from tests.networks import narrow_checkpoint


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with two models, a data set and a teacher's maps."""
    folder = tmp_path_factory.mktemp("work")
    for name, most in (("wide", 4), ("small", 2)):
        save(replace(narrow_checkpoint(most=most), name=name.title()), folder / f"{name}.safetensors")
    made_data_set(folder / "made")
    return folder


@pytest.fixture(autouse=True)
def here(folder, monkeypatch):
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def ask(capsys):
    def answered(line, code=0):
        assert main([*line.split(), "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return answered


@pytest.fixture
def stored(ask, here):
    ask("evaluate wide.safetensors small.safetensors --data made --latency --runs 2 --with-center-prior --store e.json")
    return here / "e.json"


def test_evaluate_says_scores_of_every_model_and_what_each_costs(ask):
    found = ask("evaluate wide.safetensors small.safetensors --data made --bootstrap 20 --with-center-prior --latency")
    assert [row["model"] for row in found["scores"]] == ["Center prior", "Wide", "Small"]
    assert found["scores"][0]["information_gain_bits"] == 0
    for row in found["scores"]:
        assert row["intervals"].keys() == METRICS.keys()
    for about, row in zip(found["models"], found["scores"], strict=True):
        assert (about["model"], about["gflop"]) == (row["model"], row["gflop"])
    assert found["models"][0]["latency_ms"] is None
    assert found["models"][1]["features"] == load(Path("wide.safetensors")).n_features
    assert all(about["latency_ms"] > 0 and about["threads"] == 1 for about in found["models"][1:])


def test_without_bootstrap_scores_keep_their_old_form(ask):
    (row,) = ask("evaluate wide.safetensors --data made --bootstrap 0")["scores"]
    known = {"model", "data_set", "gflop"}
    assert row.keys() - known == set(Scores.__dataclass_fields__) - {"intervals"}


def test_the_seed_decides_the_intervals_and_nothing_else(ask):
    one, same, other = (
        ask(f"evaluate small.safetensors --data made --bootstrap 20 --seed {seed}")["scores"][0] for seed in (0, 0, 1)
    )
    assert one == same
    assert one.pop("intervals") != other.pop("intervals")
    assert one == other


def test_a_teachers_stored_maps_are_a_row(ask, here):
    checkpoint = load(here / "wide.safetensors")
    maps = TeacherMaps.create(here / "maps", {"name": "Ensemble"})
    predicted = NetworkMaps().of(build(checkpoint), checkpoint.working_size)
    for stimulus in read_data_set(here / "made", "test").stimuli:
        maps.add(stimulus, predicted(stimulus))
    own, teacher = ask("evaluate wide.safetensors --data made --teacher-maps maps")["scores"]
    assert teacher["model"] == "Ensemble"
    assert teacher["gflop"] is None
    assert teacher["nss"] == pytest.approx(own["nss"], rel=0.01)  # they are stored as float16


def test_what_is_stored_tells_how_to_make_it_again(stored):
    found = read_evaluations(stored)
    assert found.command == (
        "python -m gazeengine evaluate wide.safetensors small.safetensors --data DATA/made --split test "
        "--with-center-prior --bootstrap 1000 --seed 0 --latency --runs 2 --store e.json"
    )
    assert [row.model.name for row in found.rows] == ["Center prior", "Wide", "Small"]
    assert [row.model.source for row in found.rows][1:] == ["wide.safetensors", "small.safetensors"]
    assert found.rows[1].model.timing.runs == 2


def test_results_writes_the_page_and_its_figures(ask, stored):
    os.makedirs("docs", exist_ok=True)
    found = ask("results e.json --out docs/results.md --pictures made/images --maps wide.safetensors")
    assert [Path(name).name for name in found["files"]] == ["results.md", "figure2.svg", "figure4.jpg"]
    assert all(Path(name).stat().st_size for name in found["files"])
    assert (found["models"], found["data_sets"]) == (3, ["made test"])
    text = Path("docs/results.md").read_text(encoding="utf-8")
    assert (
        "python -m gazeengine results e.json --out docs/results.md --pictures made/images --maps wide.safetensors"
        in text
    )
    assert "The pictures are those of `made/images`." in text


def test_results_without_maps_reads_no_model(ask, stored, tmp_path):
    os.rename("wide.safetensors", "moved.safetensors")
    try:
        found = ask(f"results e.json --out {tmp_path}/r.md --without-maps")
    finally:
        os.rename("moved.safetensors", "wide.safetensors")
    assert [Path(name).name for name in found["files"]] == ["r.md", "figure2.svg"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("results gone.json --out r.md", "there is no such file"),
        ("results wide.safetensors --out r.md", "cannot be read"),
        ("results e.json --out gone/r.md", "there is no folder"),
        ("results e.json --out r.md --maps gone", "no shipped model of that name"),
        ("evaluate wide.safetensors --data made --store gone/e.json", "there is no folder"),
        ("evaluate wide.safetensors wide.safetensors --data made --bootstrap 0 --store f.json", "found it twice"),
        ("evaluate wide.safetensors --data made --bootstrap -1", "whole number"),
        ("evaluate wide.safetensors --data made --teacher-maps made", "there is no maps.json"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(line, told, stored, capsys):
    capsys.readouterr()
    assert main(line.split()) == 2
    assert told in capsys.readouterr().err.splitlines()[-1]
    assert not Path("r.md").exists()
    assert not Path("f.json").exists()
