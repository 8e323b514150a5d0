import csv
import json
import os
import signal

import pytest

from gazeengine.__main__ import main
from gazeengine.checkpoint import save
from gazeengine.commands import reproduce as command
from tests.data_sets import made_data_set
from tests.networks import narrow_checkpoint


@pytest.fixture
def ask(tmp_path, capsys):
    made_data_set(tmp_path / "made", n=2)
    save(narrow_checkpoint("fastgaze", most=6), tmp_path / "model.safetensors")
    line = ["reproduce", "without-training", "--data", str(tmp_path / "made"), "--json", "--betas", "0.01"]
    line += ["--model", str(tmp_path / "model.safetensors"), "--run", str(tmp_path / "run"), "--shares", "0.6,1/3"]

    def answered(*arguments, code=0):
        assert main([*line, *arguments]) == code
        return json.loads(capsys.readouterr().out) if code != 2 else capsys.readouterr().err

    return answered


def test_all_ways_are_gone_to_all_stops_and_told_in_a_table(ask, tmp_path):
    found = ask("--out", str(tmp_path / "table.md"))["kept"]
    assert len(found) == 4 * 2
    assert {kept["way"] for kept in found} == {
        "one signal",
        "signals anew",
        "one signal, compensated",
        "signals anew, compensated",
    }
    first = {kept["way"]: kept["gains"]["made test"] for kept in found if kept["share"] == 0.6}
    assert first["one signal"] == first["signals anew"]  # up to the first stop they go the same way
    assert first["one signal, compensated"] == first["signals anew, compensated"] != first["one signal"]
    text = (tmp_path / "table.md").read_text()
    assert text.count("| 1e-2 |") == 4
    assert "reproduce without-training --data DATA/made --model" in text
    rows = list(csv.DictReader((tmp_path / "table.csv").read_text().splitlines()))
    assert len(rows) == len(found)
    assert rows[0]["way"] == "one signal"
    assert float(rows[0]["bits on made test"]) == pytest.approx(found[0]["gains"]["made test"], abs=1e-6)
    figure = (tmp_path / "table.svg").read_text()
    assert "signals anew, compensated" in figure or figure.count("<path") > 20


def test_it_goes_on_where_it_was_stopped(ask, tmp_path, monkeypatch):
    way = command.without_training

    def interrupted(*arguments):
        for i, item in enumerate(way(*arguments)):
            if i == 5:
                os.kill(os.getpid(), signal.SIGINT)
            yield item

    monkeypatch.setattr(command, "without_training", interrupted)
    assert ask(code=130)["interrupted"]
    monkeypatch.setattr(command, "without_training", way)
    whole = ask()["kept"]
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*.safetensors")}
    assert len(times) == 8
    assert ask()["kept"] == whole
    assert {path: path.stat().st_mtime_ns for path in times} == times
