import json
import math
import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from gazeengine.__main__ import main
from gazeengine.architecture import ARCHITECTURES
from gazeengine.checkpoint import load, save
from gazeengine.commands import refine as command
from gazeengine.family_files import read_family
from gazeengine.runs import read_history
from tests.data_sets import made_data_set
from tests.networks import narrow_checkpoint


@pytest.fixture
def ask(tmp_path, capsys):
    made_data_set(tmp_path / "made", n=3)
    model = tmp_path / "model.safetensors"
    save(narrow_checkpoint("fastgaze", most=6), model)

    def answered(*arguments, code=0, source=("--data", str(tmp_path / "made")), model=model):
        line = ["refine", str(model), "--beta", "0.01", "--out", str(tmp_path / "out"), "--json", "--images", "3"]
        assert main([*line, *source, "--signal-images", "2", "--shares", "0.6,1/3", *arguments]) == code
        out, err = capsys.readouterr()
        return json.loads(out) if code != 2 else err.splitlines()[-1]

    return answered


def test_it_writes_a_scored_network_at_each_stop(ask, tmp_path):
    found = ask()
    files = [stop["file"] for stop in found["stops"]]
    assert sorted(files) == sorted(str(path) for path in (tmp_path / "out").iterdir())
    for stop in found["stops"]:
        checkpoint = load(Path(stop["file"]))
        assert checkpoint.widths == stop["widths"]
        assert checkpoint.signal.n_images == 2
        assert checkpoint.signal.targets == "fixations"
        assert stop["information_gain_bits"].keys() == {"made test"}
        gone = checkpoint.architecture.n_features - checkpoint.n_features
        assert stop["file"].endswith(f"beta1e-2-n{gone}.safetensors")
    assert found["stops"][0]["gflop"] > found["stops"][1]["gflop"]


def test_what_is_there_is_not_made_again(ask, tmp_path):
    ask()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    ask()
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()} == before
    assert len(ask("--shares", "0.6,1/3,1/4")["stops"]) == 3
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_pictures_of_ones_own_give_no_scores(ask, tmp_path):
    found = ask("--no-compensation", source=("--pictures", str(tmp_path / "made" / "images")))
    assert [stop["information_gain_bits"] for stop in found["stops"]] == [{}, {}]
    assert load(Path(found["stops"][0]["file"])).signal.targets == "sampled"


def test_ctrl_c_stops_and_the_same_command_goes_on(ask, tmp_path, monkeypatch):
    way = command.stops_written

    def interrupted(*arguments):
        for step in way(*arguments):
            if step.stop is not None:
                os.kill(os.getpid(), signal.SIGINT)
            yield step

    monkeypatch.setattr(command, "stops_written", interrupted)
    assert ask(code=130)["interrupted"]
    assert len(list((tmp_path / "out").iterdir())) == 1
    monkeypatch.setattr(command, "stops_written", way)
    assert len(ask()["stops"]) == 2


def test_its_history_is_kept_where_a_folder_is_named_for_it(ask, tmp_path):
    found = ask("--run", str(tmp_path / "run"))
    history = read_history(tmp_path / "run")
    widths, whole = [stop["widths"] for stop in found["stops"]], ARCHITECTURES["fastgaze"].n_features
    files = [stop["file"] for stop in found["stops"]]
    assert [p.snapshot for p in history if p.snapshot] == [*files, *files]  # each at once, and again with its scores
    assert [p.n_pruned for p in history if p.snapshot] == 2 * [whole - sum(w.values()) for w in widths]
    assert [dict(p.widths) for p in history if p.widths][1:] == widths
    assert [p.step for p in history] == sorted(p.step for p in history)
    assert history[-1].step == history[-1].n_steps
    assert all(p.doing for p in history)
    assert "scores of stop 2 of 2: picture 3 of 3" in [p.doing for p in history]
    assert all(math.isnan(p.loss) for p in history)


def test_other_pictures_give_other_stops(ask, tmp_path):
    pictures = tmp_path / "made" / "images"
    ask(source=("--pictures", str(pictures)))
    before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    ask(source=("--pictures", str(pictures)))
    assert {path: path.read_bytes() for path in before} == before
    next(pictures.iterdir()).unlink()
    ask(source=("--pictures", str(pictures)))
    assert any(path.read_bytes() != was for path, was in before.items() if path.exists())


def test_compensated_and_refined_networks_lie_side_by_side(ask, tmp_path):
    ask()
    ask("--no-compensation")
    made = Counter(s.made for s in read_family(tmp_path / "out").snapshots)
    assert made == {"compensated": 2, "refined": 2}


def test_a_stop_is_of_its_models_family_or_begins_one(ask, tmp_path):
    first = Path(ask()["stops"][0]["file"])
    parent, second = load(tmp_path / "model.safetensors"), load(first)
    further = load(Path(ask("--shares", "0.7", model=first)["stops"][-1]["file"]))
    assert further.provenance["family"]["parent"] == parent.id
    own = load(Path(ask("--shares", "0.7", "--own-family", model=first)["stops"][-1]["file"]))
    assert own.provenance["family"]["parent"] == second.id


def test_a_stop_under_another_name_is_found_again(ask, tmp_path):
    first = Path(ask()["stops"][0]["file"])
    first.rename(first.with_name("mine.safetensors"))
    assert Path(ask()["stops"][0]["file"]).name == "mine.safetensors"
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_a_foreign_file_in_the_folder_is_no_trouble(ask, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.safetensors").write_bytes(b"nothing")
    assert len(ask()["stops"]) == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--shares", "2"), "wanted shares between 0 and 1 as in 0.5,1/3,0.1"),
        (("--shares", "1/0"), "wanted shares between 0 and 1 as in 0.5,1/3,0.1"),
        (("--shares", "1e-9"), "one feature a layer is"),
        (("--pictures", "x"), "not allowed with argument"),
        (("--beta", "-1"), "wanted a number of at least 0"),
    ],
)
def test_bad_input_is_told_in_one_line(ask, tmp_path, arguments, told):
    assert told in ask(*arguments, code=2)
    assert not list(tmp_path.glob("out/*"))
