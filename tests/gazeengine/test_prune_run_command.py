import json
import os
import signal
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from gazeengine.__main__ import main
from gazeengine.architecture import ARCHITECTURES
from gazeengine.checkpoint import load, save
from gazeengine.commands import prune_run as command
from gazeengine.commands.arguments import parser
from gazeengine.commands.events import Orders, present_orders
from gazeengine.commands.following import follow
from gazeengine.cost import flops_model
from gazeengine.distributed import ALONE
from gazeengine.families import beta_in_names
from gazeengine.family_files import read_family
from gazeengine.fixations import read_data_set
from gazeengine.plan import FLOP_PER_GFLOP, pruning_order
from gazeengine.pruning_run import Snapshot
from gazeengine.pruning_schedule import PAPER, PruningOptions
from gazeengine.records import Latency
from gazeengine.runs import read_history
from gazeengine.teacher_maps import TeacherMaps
from tests.data_sets import made_data_set
from tests.networks import random_checkpoint

pytestmark = pytest.mark.usefixtures("one_thread")

SIZE = 48, 64


@pytest.fixture(autouse=True)
def narrow_fastgaze(monkeypatch):
    """A FastGaze of 47 features, of which 35 can go: pruned in a moment."""
    full = ARCHITECTURES["fastgaze"]
    layers = tuple(replace(layer, features=max(1, layer.features // 64)) for layer in full.layers)
    monkeypatch.setitem(ARCHITECTURES, "fastgaze", replace(full, layers=layers))


@pytest.fixture
def parent(tmp_path, narrow_fastgaze):
    path = tmp_path / "parent.safetensors"
    checkpoint = random_checkpoint(ARCHITECTURES["fastgaze"], working_size=SIZE)
    save(replace(checkpoint, provenance={"center_bias": ["made train"]}), path)
    return path


@pytest.fixture
def family(tmp_path):
    """The folder that makes the snapshots the parent's family."""
    return tmp_path / "parent"


@pytest.fixture
def line(tmp_path, parent, family):
    """A command with snapshots at 4, 8 and 12 features."""
    data = made_data_set(tmp_path / "made", n=3)
    return [
        *("prune-run", str(parent), "--data", str(data), "--beta", "1e-3", "--features", "12", "--snapshots", "4,8"),
        *("--batch", "2", "--steps-per-round", "1", "--features-per-round", "2", "--settle-steps", "1"),
        *("--run", str(tmp_path / "run"), "--out", str(family), "--json"),
    ]


@pytest.fixture
def ask(capsys):
    """Runs a line; the answer is its one JSON object."""

    def answered(line, code=0):
        assert main(line) == code
        return json.loads(capsys.readouterr().out)

    return answered


@pytest.fixture
def ordering(monkeypatch):
    """Has something done once: at a step, as soon as so many features are gone, or before a snapshot is written."""
    steps = command.prune_while_training

    def during(do, *, step=None, n_pruned=None, snapshot=None):
        def interrupted(*arguments):
            n_snapshots = 0
            with closing(steps(*arguments)) as running:
                for item in running:
                    is_snapshot = isinstance(item, Snapshot)
                    n_snapshots += is_snapshot
                    if (is_snapshot and n_snapshots == snapshot) or (
                        not is_snapshot and (item.step == step or item.n_pruned == n_pruned)
                    ):
                        monkeypatch.setattr(command, "prune_while_training", steps)
                        do()
                    yield item

        monkeypatch.setattr(command, "prune_while_training", interrupted)

    return during


def stop():
    present_orders().give("stop")


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


def ids(family):
    return {path.name: load(path).id for path in sorted(family.iterdir())}


# what it writes


def test_it_writes_a_family_of_trained_networks(ask, line, parent, family, tmp_path):
    found = ask(line)
    names = [f"beta1e-3-n{n}.safetensors" for n in (4, 8, 12)]
    assert found == {
        "ended": "done",
        "family": str(family),
        "beta": 1e-3,
        "snapshots": [str(family / n) for n in names],
    }
    assert sorted(ids(family)) == sorted(names)
    read = read_family(parent)
    assert read.problem is None
    assert [(s.beta, s.n, s.criterion, s.has_signal) for s in read.snapshots] == [
        (1e-3, n, "fisher", True) for n in (4, 8, 12)
    ]
    assert {s.family for s in read.snapshots} == {load(parent).name}
    assert [s.n_features for s in read.snapshots] == [load(parent).n_features - n for n in (4, 8, 12)]


def test_a_snapshot_has_all_that_is_known_of_it(ask, line, parent, family):
    ask(line)
    whole = load(parent)
    cost = flops_model(whole.architecture, *SIZE)
    before = whole
    for n in (4, 8, 12):
        model = load(family / f"beta1e-3-n{n}.safetensors")
        assert model.signal.checkpoint_id == model.id
        assert model.signal.targets == "fixations"
        assert model.signal.n_images >= 2
        assert model.scores.keys() == {"made test"}
        assert model.weights["features.3.weight"].dtype == np.float16
        assert model.working_size == SIZE
        assert model.name == f"{whole.name} −{n} (β 0.001)"
        for name, kept in model.kept.items():
            assert set(kept) <= set(before.kept[name])
        assert cost.total(model.widths) < cost.total(before.widths)
        told = model.provenance
        assert told["family"] == {
            "parent": whole.id,
            "name": whole.name,
            "beta": 1e-3,
            "n_pruned": n,
            "criterion": "fisher",
        }
        assert told["parent"] == {"name": whole.name, "id": whole.id}
        assert (told["pruned"], told["trained_after_pruning"]) == (n, True)
        assert told["pruning"]["n_pruned"] == 12
        assert told["signal"] == {
            "data": ["made train"],
            "n_images": model.signal.n_images,
            "targets": "fixations",
            "seed": 0,
        }
        assert (told["data"], told["teacher"]) == (["made train"], [])
        assert "torch" in told["versions"]
        before = model


def test_the_history_says_at_which_step_each_snapshot_was_written(ask, line, family, tmp_path):
    found = ask(line)
    history = read_history(tmp_path / "run")
    assert [p.step for p in history] == list(range(1, len(history) + 1))
    assert [(p.snapshot, p.n_pruned) for p in history if p.snapshot is not None] == [
        (path, n) for path, n in zip(found["snapshots"], (4, 8, 12), strict=True)
    ]
    assert all(p.validation_loss is not None for p in history if p.snapshot is not None)


@pytest.mark.parametrize(
    ("beta", "name"),
    [
        (None, "star"),
        (0.0, "0"),
        (1e-3, "1e-3"),
        (3e-4, "3e-4"),
        (0.15, "0.15"),
        (20.0, "20"),
        (1.23456e-3, "1.23456e-3"),
        (1e-12, "1e-12"),
        (5e7, "5e7"),
    ],
)
def test_a_files_name_says_its_beta(beta, name):
    assert beta_in_names(beta) == name
    assert beta is None or float(name) == beta


def test_with_beta_star_it_says_star(ask, line, family):
    line[line.index("1e-3")] = "star"
    assert ask(line)["beta"] == "star"
    model = load(family / "betastar-n12.safetensors")
    assert model.provenance["family"]["beta"] == model.provenance["beta"] == "star"
    assert model.provenance["pruning"]["beta"] is None


def test_taught_by_a_teacher_the_signal_is_of_its_maps(ask, line, family, tmp_path):
    data = read_data_set(tmp_path / "made", "train")
    maps = TeacherMaps.create(tmp_path / "maps", {"name": "a wise man"})
    for stimulus in data.stimuli:
        maps.add(stimulus, np.full((6, 8), -np.log(48), np.float32))
    ask([*line, "--teacher", str(tmp_path / "maps")])
    model = load(family / "beta1e-3-n12.safetensors")
    assert model.signal.targets == model.provenance["signal"]["targets"] == "teacher"
    assert model.provenance["teacher"] == ["a wise man"]


def test_a_snapshot_of_a_snapshot_belongs_to_the_first_parents_family(ask, line, parent, family, tmp_path):
    ask(line)
    middle = family / "beta1e-3-n8.safetensors"
    line[line.index(str(parent))] = str(middle)
    ask([*line, "--run", str(tmp_path / "other run"), "--features", "16", "--snapshots", "10,14"])
    read = read_family(parent)
    assert read.problem is None
    assert [s.n for s in read.snapshots] == [4, 8, 10, 12, 14, 16]
    assert load(family / "beta1e-3-n14.safetensors").provenance["parent"]["id"] == load(middle).id


def test_a_target_of_operations_is_reached_by_the_last_snapshot(ask, line, parent):
    cost = flops_model(load(parent).architecture, *SIZE)
    widths = load(parent).widths
    target = (cost.total(widths) + cost.total(dict.fromkeys(widths, 1))) / 2 / FLOP_PER_GFLOP
    at = line.index("--features")
    line[at : at + 2] = ["--gflop", str(target)]
    last = load(Path(ask(line)["snapshots"][-1]))
    assert cost.total(last.widths) <= target * FLOP_PER_GFLOP


# stopped, and gone on with


@pytest.mark.parametrize("at", [{"step": 23}, {"step": 25}, {"snapshot": 2}])
def test_after_ctrl_c_the_same_command_goes_on_and_lists_all_files_of_which_no_finished_one_is_written_again(
    ask, line, family, tmp_path, ordering, at
):
    uninterrupted = [*line, "--out", str(tmp_path / "whole"), "--run", str(tmp_path / "whole run")]
    ask(uninterrupted)
    ordering(interrupt, **at)
    found = ask(line, 130)
    assert (found["interrupted"], found["ended"]) == (True, "stopped")
    assert found["n_steps"] >= found["step"] > 0
    written = {path: path.stat().st_mtime_ns for path in family.iterdir()}
    assert len(written) == at.get("snapshot", len(written))
    found = ask(line)
    assert found["snapshots"] == [str(family / f"beta1e-3-n{n}.safetensors") for n in (4, 8, 12)]
    assert {path: path.stat().st_mtime_ns for path in written} == written
    assert ids(family) == ids(tmp_path / "whole")
    assert ask(line) == found


def test_a_snapshot_whose_scoring_was_interrupted_is_written_again_with_scores(ask, line, family, monkeypatch):
    finished = command.finished

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "finished", interrupted)
    assert main(line) == 130
    (path,) = family.iterdir()
    assert load(path).scores == {}
    monkeypatch.setattr(command, "finished", finished)
    assert len(ask(line)["snapshots"]) == 3
    assert load(path).scores.keys() == {"made test"}


@pytest.mark.parametrize(("at", "n"), [({"n_pruned": 6}, 6), ({"n_pruned": 8}, 8), ({"snapshot": 2}, 8)])
def test_stopped_to_keep_it_writes_a_snapshot_of_what_there_is_and_can_go_on(
    ask, line, parent, family, ordering, at, n
):
    ordering(stop, **at)
    found = ask(line)
    assert found["ended"] == "kept"
    assert found["snapshots"] == [str(family / f"beta1e-3-n{k}.safetensors") for k in (4, n)]
    first, last = read_family(parent).snapshots
    assert (first.n, last.n) == (4, n)
    assert load(last.path).scores.keys() == {"made test"}
    found = ask(line)
    assert found["ended"] == "done"
    whole = read_family(parent).snapshots
    assert [s.n for s in whole] == sorted({4, 8, 12, n})
    assert found["snapshots"] == [str(s.path) for s in whole]


def test_stopped_before_anything_is_pruned_there_is_nothing_to_keep(line, family, ordering, capsys):
    ordering(stop, step=3)
    line.remove("--json")
    assert main(line) == 130
    assert "there is no model to keep yet" in capsys.readouterr().out
    assert list(family.iterdir()) == []


def test_one_network_is_one(line, family, capsys):
    line.remove("--json")
    line[line.index("12")] = "4"
    assert main(line) == 0
    assert capsys.readouterr().out.splitlines()[0] == f"{family}: 1 trained network"


def test_events_tell_of_every_snapshot(line, family, capsys, monkeypatch):
    monkeypatch.setattr(Orders, "read", lambda *_: None)  # nobody speaks on stdin, and it does not end
    assert main([*line, "--events"]) == 0
    events = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    told = [e["progress"].get("snapshot") for e in events if e["event"] == "progress"]
    assert [path for path in told if path is not None] == [
        str(family / f"beta1e-3-n{n}.safetensors") for n in (4, 8, 12)
    ]
    assert events[-1]["event"] == "result"


def test_a_run_with_another_beta_is_refused_its_folder(line, capsys):
    assert main(line) == 0
    line[line.index("1e-3")] = "2e-3"
    assert main(line) == 2
    assert "it was begun with" in capsys.readouterr().err


# a target in milliseconds


def test_a_target_in_milliseconds_is_measured_once_and_held_to(ask, line, parent, ordering, monkeypatch):
    measured = []

    def plan_for_latency(checkpoint, order, plan_of, target_ms, threads):
        measured.append((checkpoint.working_size, target_ms, threads))
        for n in (20, 10):
            yield plan_of(n), Latency(target_ms, (1.0, 2.0), 1, 1, SIZE, 9.0, 3.0, (2.0, 4.0))

    monkeypatch.setattr(command, "plan_for_latency", plan_for_latency)
    at = line.index("--features")
    line[at : at + 2] = ["--ms", "7.5"]
    ordering(interrupt, step=21)
    ask(line, 130)
    last = load(Path(ask(line)["snapshots"][-1]))
    assert measured == [(SIZE, 7.5, 1)]
    whole = load(parent)
    cost = flops_model(whole.architecture, *SIZE)
    target = pruning_order(whole.signal, cost, 1e-3).flops[10]
    assert last.provenance["pruning"]["gflop"] == target / FLOP_PER_GFLOP
    assert cost.total(last.widths) <= target


def test_a_model_without_signal_cannot_be_pruned_to_milliseconds(line, parent, capsys):
    save(replace(load(parent), signal=None), parent)
    at = line.index("--features")
    line[at : at + 2] = ["--ms", "5"]
    assert main(line) == 2
    assert "it has no Fisher signal, wanted one for a target in milliseconds" in capsys.readouterr().err


# arguments


def options_of(*more):
    line = ["prune-run", "m", "--data", "d", "--run", "r", "--out", "o", "--beta", "1e-3", "--features", "9", *more]
    return command.pruning_options(parser().parse_args(line), random_checkpoint(working_size=SIZE), ALONE)


def test_options_not_given_are_those_of_pruning():
    default = replace(PruningOptions(), n_pruned=9, height=48, width=64)
    assert options_of() == default
    assert options_of("--schedule", "paper") == replace(default, **PAPER)


def test_every_argument_reaches_pruning():
    flags = [f"--{name.replace('_', '-')}" for name in command.GIVEN]
    line = [word for flag in flags for word in (flag, "1")]
    found = asdict(options_of(*line, "--size", "96x128", "--snapshots", "3,1,2", "--schedule", "paper"))
    assert {name: found[name] for name in command.GIVEN} == dict.fromkeys(command.GIVEN, 1)
    assert (found["height"], found["width"], found["snapshots"]) == (96, 128, (1, 2, 3))


def test_a_target_of_operations_is_no_number_of_features():
    line = ["prune-run", "m", "--data", "d", "--run", "r", "--out", "o", "--beta", "star", "--gflop", "1.5"]
    how = command.pruning_options(parser().parse_args(line), random_checkpoint(working_size=SIZE), ALONE)
    assert (how.gflop, how.beta) == (1.5, None)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("--features", "36"), "at most 35"),
        (("--features", "0"), "at least 1"),
        (("--beta", "-1"), "at least 0"),
        (("--gflop", "1"), "not allowed with"),
        (("--snapshots", "4,x"), "500,1000"),
        (("--data", "gone"), "images.csv"),
        (("--teacher", "gone"), "gone"),
        (("--unlabelled", "made/images"), "they have no fixations, wanted --teacher"),
        (("--learning-rate", "1e30"), "lower learning rate"),
        (("--out", "FILE"), "folder FILE"),
        (("--run", "FILE"), "wanted a folder that can be written"),
    ],
)
def test_bad_input_is_told_in_one_line_and_no_model_is_written(
    line, change, told, family, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FILE").touch()
    assert main([*line, *change]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err.splitlines()[-1]
    assert not family.exists() or list(family.iterdir()) == []


def test_it_is_followed_as_all_runs_are():
    assert command.follow is follow
