"""The commands as torchrun starts them: two processes, one model."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import gazeengine
from gazeengine.__main__ import main
from gazeengine.architecture import ARCHITECTURES
from gazeengine.checkpoint import load, save
from gazeengine.fixations import read_data_set
from gazeengine.run_state import read_state
from gazeengine.runs import HISTORY, read_history
from gazeengine.saved_state import LATEST
from gazeengine.teacher_maps import TeacherMaps
from tests.data_sets import made_data_set
from tests.gazeengine.narrow_engine import narrow
from tests.gazeengine.processes import LIMIT_S
from tests.networks import random_checkpoint

pytestmark = pytest.mark.usefixtures("one_thread")

ROOT = Path(gazeengine.__file__).parents[1]
ENGINE = Path(__file__).with_name("narrow_engine.py")
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
SIZE = 48, 64


@pytest.fixture(autouse=True)
def narrow_fastgaze(monkeypatch):
    """What narrow_engine.py has."""
    monkeypatch.setitem(ARCHITECTURES, "fastgaze", narrow(ARCHITECTURES["fastgaze"]))


@pytest.fixture
def data(tmp_path):
    return made_data_set(tmp_path / "made", n=3)


def training(data, folder, *more):
    return [
        *("train", "--features", "random", "--data", data, "--size", "48x64", "--steps", 6, "--validate-every", 3),
        *("--batch", 2, "--signal-images", 2, "--run", folder / "run", "--out", folder / "m.safetensors", *more),
    ]


def distilling(data, folder, *more):
    maps = folder / "maps"
    made = TeacherMaps.create(maps, {"name": "a wise man"})
    for split in ("train", "val", "test"):
        for i, stimulus in enumerate(read_data_set(data, split).stimuli):
            rows, columns = np.mgrid[:12, :16]
            spot = np.exp(-((rows - 2 * i) ** 2 + (columns - 5) ** 2) / 9) + 0.01
            made.add(stimulus, np.log(spot / spot.sum()).astype(np.float32))
    return ["distill", *training(data, folder)[1:], "--teacher", maps, *more]


def pruning(data, folder, *more):
    parent = random_checkpoint(ARCHITECTURES["fastgaze"], working_size=SIZE)
    save(replace(parent, provenance={"center_bias": ["made train"]}), folder / "parent.safetensors")
    return [
        *("prune-run", folder / "parent.safetensors", "--data", data, "--beta", "1e-3", "--features", 24),
        *("--snapshots", 12, "--batch", 2, "--steps-per-round", 2, "--features-per-round", 12, "--settle-steps", 1),
        *("--run", folder / "run", "--out", folder / "family", *more),
    ]


def torchrun(line, **environment):
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        "2",
        "--",
        ENGINE,
        *line,
    ]
    return subprocess.Popen(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT | environment,
        text=True,
    )


def step_of(run):
    """Of what it has published last."""
    return max((p.step for p in read_history(run)), default=0) if (run / HISTORY).exists() else 0


def wait_until(reached):
    until = time.monotonic() + LIMIT_S
    while not reached():
        assert time.monotonic() < until
        time.sleep(0.05)


def written_in(folder):
    files = (path.relative_to(folder) for path in folder.rglob("*.safetensors"))
    return sorted(path for path in files if path.parts[0] != "run" and path.name != "parent.safetensors")


@pytest.mark.parametrize("command", [training, distilling, pruning])
def test_two_processes_write_what_one_does(command, data, tmp_path, capsys):
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    with torchrun(command(data, two, "--json")) as process:
        _, err = process.communicate(timeout=LIMIT_S)
        assert process.returncode == 0, err
    assert "Warning" not in err
    assert main([str(word) for word in command(data, one, "--json")]) == 0
    paths = written_in(one)
    assert paths
    assert paths == written_in(two)
    for path in paths:
        found, expected = load(two / path), load(one / path)
        assert {n: k.tolist() for n, k in found.kept.items()} == {n: k.tolist() for n, k in expected.kept.items()}
        for name, values in expected.weights.items():  # as float16, which rounds half a thousandth
            np.testing.assert_allclose(
                found.weights[name].astype(float), values.astype(float), rtol=4e-3, atol=1e-4, err_msg=name
            )
        for name, values in expected.signal.delta.items():
            np.testing.assert_allclose(found.signal.delta[name], values, rtol=5e-2, atol=1e-9, err_msg=name)
        assert found.scores.keys() == expected.scores.keys() == {"made test"}
    told = [[(p.step, p.n_pruned, p.flops) for p in read_history(folder / "run")] for folder in (one, two)]
    assert told[0] == told[1]


@pytest.mark.parametrize("rank", ["0", "1"])
def test_a_data_set_that_one_process_lacks_ends_both(rank, data, tmp_path):
    with torchrun(training(data, tmp_path), WITHOUT_DATA=rank) as process:
        _, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode != 0
    assert "made-elsewhere/images.csv: the file is missing, wanted a folder with images/" in err
    assert not (tmp_path / "m.safetensors").exists()


def test_sigterm_ends_both_behind_a_step_and_they_go_on_from_there(data, tmp_path):
    line = training(data, tmp_path, "--steps", 4000, "--validate-every", 4000)
    with torchrun(line) as process:
        wait_until(lambda: step_of(tmp_path / "run") >= 3)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=LIMIT_S)
    assert process.returncode != 0
    reached = step_of(tmp_path / "run")
    _, about = read_state(tmp_path / "run" / LATEST)
    assert about["progress"]["step"] == reached < 4000
    with torchrun(line) as process:
        wait_until(lambda: step_of(tmp_path / "run") > reached)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=LIMIT_S)
    steps = [p.step for p in read_history(tmp_path / "run")]
    assert steps == list(range(1, len(steps) + 1))
