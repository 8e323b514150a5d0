import json
import os
import re
import shutil
import signal
from collections import Counter
from dataclasses import asdict
from urllib.error import URLError

import pytest
import torch
from safetensors.torch import load_file

from gazeengine.__main__ import main
from gazeengine.architecture import ARCHITECTURES
from gazeengine.checkpoint import load
from gazeengine.commands import teacher as command
from gazeengine.commands.arguments import TEACHING, parser
from gazeengine.commands.events import Orders, present_orders
from gazeengine.ensemble import MEMBERS, load_ensemble
from gazeengine.errors import DataError
from gazeengine.fixations import read_data_set
from gazeengine.networks import build
from gazeengine.runs import claimed
from gazeengine.teacher import TeacherOptions, held_out_losses
from tests.data_sets import made_data_set
from tests.networks import random_images
from tests.teachers import disk_that_takes, features_file, narrow_all, teacher_line


@pytest.fixture(autouse=True)
def narrow_architectures(monkeypatch):
    narrow_all(monkeypatch)


@pytest.fixture
def data(tmp_path):
    return made_data_set(tmp_path / "made", n=3)


@pytest.fixture
def line(tmp_path, data):
    """A teacher command that takes a second."""
    return teacher_line(tmp_path, data)


def model(tmp_path):
    return load(tmp_path / "teacher.safetensors")


# a teacher


def test_teacher_ends_with_an_ensemble_and_its_best_member_as_a_model(line, tmp_path, capsys):
    assert main(line) == 0
    found, checkpoint = json.loads(capsys.readouterr().out), model(tmp_path)
    ensemble = load_ensemble(tmp_path / "teacher" / MEMBERS)
    assert found["id"] == checkpoint.id
    assert checkpoint.name == "DeepGaze II (VGG-16)"
    assert checkpoint.working_size == ensemble.extent == (32, 48)
    assert checkpoint.signal is None
    assert checkpoint.scores.keys() == {"made test"}
    told = checkpoint.provenance
    assert told["data"] == ["made train", "made val"]
    assert told["center_bias"] == ["made train"]
    assert told["features"] == "vgg16.safetensors"
    assert (ensemble.name, ensemble.data) == ("DeepGaze II (VGG-16), 2 members", ("made train", "made val"))
    losses = ensemble.about["losses"]
    assert told["validation_loss_nats"] == min(losses) == losses[told["member"]]
    images = random_images(1, 32, 48)
    features = ensemble.network.extracted(images)
    member = ensemble.members(features, (32, 48), (32, 48))[:, told["member"]]
    torch.testing.assert_close(build(checkpoint)(images), member, rtol=0, atol=0.02)  # saved as float16


def test_its_features_are_those_of_the_file_and_its_losses_those_of_what_each_member_never_saw(line, tmp_path):
    assert main(line) == 0
    ensemble = load_ensemble(tmp_path / "teacher" / MEMBERS)
    for name, tensor in load_file(tmp_path / "vgg16.safetensors").items():
        assert torch.equal(ensemble.network.state_dict()[name], tensor)
    pooled = [read_data_set(tmp_path / "made", split) for split in ("train", "val")]
    stimuli, left_out = command.folded(pooled, 2, 0)
    cache = ensemble.cache(tmp_path / "teacher" / "features")
    assert cache.missing(stimuli) == []
    assert len(os.listdir(cache.folder)) == 6
    found = held_out_losses(ensemble.members, command.CachedFeatures(cache, stimuli), torch.tensor(left_out))
    assert found.tolist() == pytest.approx(ensemble.about["losses"], abs=1e-5)


def test_pictures_are_held_out_once_and_evenly_also_where_some_have_no_fixations(data, tmp_path):
    more = made_data_set(tmp_path / "more", ("train", "val"), 6, seed=1)
    nobody = {"train0.png", "train3.png", "val5.png"}
    lines = (more / "fixations.csv").read_text().splitlines(keepends=True)
    (more / "fixations.csv").write_text("".join(line for line in lines if line.split(",")[0] not in nobody))
    pooled = [read_data_set(folder, split) for folder in (data, more) for split in ("train", "val")]
    stimuli, left_out = command.folded(pooled, 3, 0)
    assert {s.path.name for s in stimuli if s.path.parent.parent == more}.isdisjoint(nobody)
    assert len(stimuli) == len({s.path for s in stimuli}) == 6 + 12 - 3
    assert set(Counter(left_out).values()) == {5}
    assert command.folded(pooled, 3, 0)[1] == left_out


def test_features_may_lie_elsewhere_and_are_computed_once(line, tmp_path, capsys):
    line += ["--cache", str(tmp_path / "shared features")]
    assert main(line) == 0
    assert "features of 6 pictures take 0.00 GB" in capsys.readouterr().err
    assert not (tmp_path / "teacher" / "features").exists()
    line[line.index("--run") + 1] = str(tmp_path / "another")
    assert main(line) == 0
    assert "features of" not in capsys.readouterr().err


# going on


def test_a_finished_run_is_not_trained_again(line, tmp_path):
    assert main(line) == 0
    first = model(tmp_path)
    (tmp_path / "teacher.safetensors").unlink()
    assert main(line) == 0
    assert model(tmp_path).id == first.id


def test_ctrl_c_stops_between_steps_and_the_same_command_goes_on_to_the_same_teacher(
    line, tmp_path, capsys, monkeypatch
):
    assert main(line) == 0
    uninterrupted = model(tmp_path)
    capsys.readouterr()
    line[line.index("--run") + 1] = str(tmp_path / "other run")
    steps, add = command.train_members, command.FeatureCache.add

    def interrupted_in_the_third(cache, stimulus):
        add(cache, stimulus)
        if len(os.listdir(cache.folder)) == 3:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(command.FeatureCache, "add", interrupted_in_the_third)
    assert main(line) == 130
    found = json.loads(capsys.readouterr().out)
    assert (found["ended"], found["step"], found["n_steps"]) == ("stopped", 0, 7)
    monkeypatch.setattr(command.FeatureCache, "add", add)

    def interrupted_after_four(*arguments):
        for step in steps(*arguments):
            if step.step == 4:
                os.kill(os.getpid(), signal.SIGINT)
            yield step

    monkeypatch.setattr(command, "train_members", interrupted_after_four)
    before = signal.getsignal(signal.SIGINT)
    assert main(line) == 130
    assert signal.getsignal(signal.SIGINT) is before
    assert json.loads(capsys.readouterr().out)["step"] == 4
    assert not (tmp_path / "other run" / MEMBERS).exists()
    monkeypatch.setattr(command, "train_members", steps)
    assert main(line) == 0
    assert model(tmp_path).id == uninterrupted.id


@pytest.mark.parametrize(("at", "kept"), [(5, True), (2, False)])
def test_stopped_to_keep_it_makes_a_teacher_of_the_best_parameters_if_any_were_validated(
    line, tmp_path, capsys, monkeypatch, at, kept
):
    steps = command.train_members

    def stopped(members, *arguments):
        for step in steps(members, *arguments):
            if step.step == 3:
                best.append({name: p.detach().clone() for name, p in members.named_parameters()})
            if step.step == at:
                present_orders().give("stop")
            yield step

    best = []
    monkeypatch.setattr(command, "train_members", stopped)
    monkeypatch.setattr(Orders, "read", lambda *_: None)  # nobody speaks on stdin, and it does not end
    assert main([*line, "--events"]) == (0 if kept else 130)
    events = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert (events[-1]["event"], events[-1]["values"]["ended"]) == ("result", "kept")
    assert (tmp_path / "teacher.safetensors").exists() == (tmp_path / "teacher" / MEMBERS).exists() == kept
    if kept:
        found = load_ensemble(tmp_path / "teacher" / MEMBERS)
        assert all(torch.equal(p, best[0][name]) for name, p in found.members.named_parameters())
    monkeypatch.setattr(command, "train_members", steps)
    assert main(line) == 0  # it can go on all the same
    assert {"training", "member"} <= model(tmp_path).provenance.keys()


# where features come from


def features_in(tmp_path):
    state = load_ensemble(tmp_path / "teacher" / MEMBERS).network.state_dict()
    return {name: tensor for name, tensor in state.items() if name.startswith("features.")}


@pytest.mark.parametrize("own", ["deepgaze2", "deepgaze2-vgg16"])
def test_a_vgg19_comes_from_its_own_file_or_from_a_vgg16s(line, tmp_path, own):
    path = features_file(tmp_path / "other.safetensors", own)
    line[line.index("--features") + 1] = str(path)
    assert main([*line, "--architecture", "deepgaze2"]) == 0
    found, given = features_in(tmp_path), load_file(path)
    assert found.keys() == {f"{layer.key}.{part}" for layer in layers_of("deepgaze2") for part in ("weight", "bias")}
    here, there = ({layer.name: layer.key for layer in layers_of(name)} for name in ("deepgaze2", own))
    for name, key in there.items():
        assert torch.equal(found[f"{here[name]}.weight"], given[f"{key}.weight"])
    if own == "deepgaze2-vgg16":
        identity = torch.zeros(8, 8, 3, 3)
        identity[range(8), range(8), 1, 1] = 1
        assert torch.equal(found[f"{here['conv5_4']}.weight"], identity)
    assert model(tmp_path).provenance["features"] == "other.safetensors"


def layers_of(name):
    return [layer for layer in ARCHITECTURES[name].layers if layer.group != "readout"]


def downloaded(tmp_path, monkeypatch, architecture, filename):
    """As if torchvision had downloaded its weights before."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    folder = tmp_path / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    tensors = load_file(features_file(tmp_path / "made.safetensors", architecture, seed=3))
    torch.save(tensors | {"classifier.0.weight": torch.ones(2, 2)}, folder / filename)
    return tensors


@pytest.mark.parametrize(
    ("architecture", "filename", "weights"),
    [
        ("deepgaze2", "vgg19-dcbb9e9d.pth", "VGG19_Weights"),
        ("deepgaze2-vgg16", "vgg16-397923af.pth", "VGG16_Weights"),
    ],
)
def test_torchvisions_own_weights_need_no_file(line, tmp_path, monkeypatch, capsys, architecture, filename, weights):
    expected = downloaded(tmp_path, monkeypatch, architecture, filename)
    line[line.index("--features") + 1] = "torchvision"
    assert main([*line, "--architecture", architecture]) == 0
    assert json.loads(capsys.readouterr().out)["file"]
    found = features_in(tmp_path)
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())
    assert model(tmp_path).provenance["features"] == f"torchvision {weights}.IMAGENET1K_V1"


def test_without_a_network_torchvisions_weights_are_told_to_be_out_of_reach(line, tmp_path, monkeypatch, capsys):
    def no_network(*_, **__):
        raise URLError("Name or service not known")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(torch.hub, "urlopen", no_network)
    line[line.index("--features") + 1] = "torchvision"
    assert main(line) == 2
    out, err = capsys.readouterr()
    assert out == ""
    told = err.splitlines()[-1]
    assert "weights VGG16_Weights of torchvision: they cannot be had from https://download.pytorch.org/" in told
    assert told.endswith("wanted a network, or a file of features")
    assert "Name or service not known" in told


# what may go wrong


def without(*lost):
    def spoil(tmp_path):
        for name in lost:
            shutil.rmtree(tmp_path / name) if (tmp_path / name).is_dir() else (tmp_path / name).unlink()

    return spoil


@pytest.mark.parametrize(
    ("change", "spoil", "told"),
    [
        ((), without("made"), "images.csv: the file is missing"),
        ((), without("made/images"), "picture images/train0.png is missing"),
        ((), without("vgg16.safetensors"), "weights vgg16.safetensors: there is no such file"),
        ((), without("made/fixations.csv"), "wanted 2, one for each fold"),
        (("--folds", "4"), without(), "wanted 4, one for each fold"),
        (("--size", "40x50"), without(), "the size is 40x50, wanted multiples of 16, as in 48x64"),
        (("--out", "gone/m.safetensors"), without(), "there is no folder"),
        (("--dropout", "1"), without(), "wanted a number of 0 to 0.9"),
        (("--learning-rate", "1e30"), without(), "wanted a lower learning rate"),
        (("--cache", "vgg16.safetensors"), without(), "wanted a folder to write to"),
        (("--architecture", "fastgaze"), without(), "invalid choice"),
    ],
)
def test_bad_input_is_told_in_one_line(change, spoil, told, line, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spoil(tmp_path)
    assert main([*line, *change]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err.splitlines()[-1]
    assert not (tmp_path / "teacher.safetensors").exists()
    assert not (tmp_path / "teacher" / MEMBERS).exists()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("--seed", "1"), "wanted the same options or an empty folder"),
        (("--architecture", "deepgaze2"), "it was begun with"),
        (("--data", "made"), "it was begun with"),
    ],
)
def test_a_run_of_something_else_is_left_alone(change, told, line, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(line) == 0
    before = {path: path.read_bytes() for path in (tmp_path / "teacher").glob("*.safetensors")}
    capsys.readouterr()
    assert main([*line, *change]) == 2
    assert told in capsys.readouterr().err.splitlines()[-1]
    assert {path: path.read_bytes() for path in (tmp_path / "teacher").glob("*.safetensors")} == before


def test_a_run_that_another_program_has_is_left_alone(line, tmp_path, capsys):
    with claimed(tmp_path / "teacher"):
        assert main(line) == 2
    assert f"another program (process {os.getpid()}) is using it" in capsys.readouterr().err


def test_a_disk_that_is_full_in_the_middle_of_the_features_is_told_and_they_go_on(line, tmp_path, capsys):
    with disk_that_takes(200):
        assert main(line) == 2
    assert "wanted room for the whole file" in capsys.readouterr().err.splitlines()[-1]
    assert list((tmp_path / "teacher" / "features").rglob("*.npy")) == []
    assert main(line) == 0


def test_data_that_disappears_in_the_middle_is_told_and_the_run_goes_on_when_it_is_back(
    line, tmp_path, capsys, monkeypatch
):
    add = command.FeatureCache.add

    def lost_after_two(cache, stimulus):
        if len(os.listdir(cache.folder)) == 2:
            shutil.move(tmp_path / "made", tmp_path / "elsewhere")
        add(cache, stimulus)

    monkeypatch.setattr(command.FeatureCache, "add", lost_after_two)
    assert main(line) == 2
    assert "found no such file" in capsys.readouterr().err.splitlines()[-1]
    monkeypatch.setattr(command.FeatureCache, "add", add)
    shutil.move(tmp_path / "elsewhere", tmp_path / "made")
    assert main(line) == 0


def test_a_fold_that_would_be_empty_is_told(data):
    pooled = [read_data_set(data, "train")]
    with pytest.raises(DataError, match="wanted 4, one for each fold"):
        command.folded(pooled, 4, 0)


# arguments


def test_options_not_given_are_those_of_the_teacher():
    options = parser().parse_args(["teacher", "--features", "f", "--data", "d", "--run", "r", "--out", "o"])
    how = command.teacher_options(options, ARCHITECTURES["deepgaze2"])
    assert how == TeacherOptions()
    defaults = {field: default for _, field, _, default, _ in TEACHING}
    assert defaults.items() <= asdict(TeacherOptions()).items()
    assert options.signal_images == 0


def test_every_option_reaches_the_teacher():
    line = ["teacher", "--features", "f", "--data", "d", "--run", "r", "--out", "o", "--size", "96x128"]
    for flag, field, *_ in TEACHING:
        line += [flag, "0.5" if field == "dropout" else "7"]
    how = command.teacher_options(parser().parse_args(line), ARCHITECTURES["deepgaze2"])
    assert {asdict(how)[field] for _, field, *_ in TEACHING} == {7, 0.5}
    assert (how.height, how.width) == (96, 128)


def test_help_names_every_default(capsys):
    with pytest.raises(SystemExit):
        main(["teacher", "--help"])
    out = re.sub(r"\s+", " ", capsys.readouterr().out)
    for default in ("10", "2000", "8", "0.001", "100", "20", "0.1"):
        assert f"(default {default})" in out
    assert "'torchvision' for its own weights" in out
