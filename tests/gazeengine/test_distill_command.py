import json
import os
import re
import shutil
import signal
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from gazeengine.__main__ import main
from gazeengine.architecture import ARCHITECTURES
from gazeengine.checkpoint import load, save
from gazeengine.commands import distill as command
from gazeengine.commands.arguments import TRAINING, parser
from gazeengine.commands.events import Orders, present_orders
from gazeengine.commands.train import training_options
from gazeengine.examples import Draw
from gazeengine.fixations import center_bias, counts, read_data_set
from gazeengine.image import read_image, resized
from gazeengine.networks import build
from gazeengine.predict import predict
from gazeengine.runs import claimed
from gazeengine.teacher_maps import TeacherMaps
from gazeengine.training import TrainingOptions, cross_entropy
from tests.data_sets import made_data_set
from tests.networks import random_checkpoint
from tests.teachers import features_file, narrow_all, taught


@pytest.fixture(autouse=True)
def narrow_architectures(monkeypatch):
    narrow_all(monkeypatch)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with a data set, screenshots without fixations, the maps of a teacher, and a pruned model."""
    folder = tmp_path_factory.mktemp("home")
    made_data_set(folder / "made", n=2)
    made_data_set(folder / "shots", ("unlabelled",), 2, fixations=False, seed=1)
    made_data_set(folder / "more", ("any",), 2, fixations=False, seed=2)
    with pytest.MonkeyPatch.context() as patch:
        narrow_all(patch)
        taught(folder, folder / "made", pictures=(folder / "shots", folder / "more" / "images"))
        fastgaze = ARCHITECTURES["fastgaze"]
        kept = {name: range(width) for name, width in fastgaze.widths.items()} | {
            "conv3_2": [1, 4, 6],
            "conv1_1": [2, 3],
        }
        pruned = random_checkpoint(fastgaze, kept, working_size=(48, 64))
        save(pruned, folder / "pruned.safetensors")
        features_file(folder / "vgg11.safetensors", "fastgaze")
    return folder


@pytest.fixture
def line(home, tmp_path):
    """A distill command that takes a second."""
    return [
        "distill",
        *("--features", "random", "--data", str(home / "made"), "--teacher", str(home / "maps"), "--size", "32x48"),
        *("--steps", "6", "--validate-every", "3", "--batch", "2", "--signal-images", "2", "--json"),
        *("--run", str(tmp_path / "run"), "--out", str(tmp_path / "m.safetensors")),
    ]


@pytest.fixture
def from_model(line, home):
    """The same, from a model."""
    del line[1:3]
    line.insert(1, str(home / "pruned.safetensors"))
    return line


def model(tmp_path):
    return load(tmp_path / "m.safetensors")


# a network


def test_distill_ends_with_a_model_that_has_all_that_is_known_of_it(line, home, tmp_path, capsys):
    line += ["--unlabelled", str(home / "shots"), "--unlabelled", str(home / "more" / "images")]
    assert main(line) == 0
    found, checkpoint = json.loads(capsys.readouterr().out), model(tmp_path)
    assert found["id"] == checkpoint.id
    assert (checkpoint.name, checkpoint.working_size) == ("FastGaze", (32, 48))
    assert (checkpoint.signal.n_images, checkpoint.signal.targets) == (2, "fixations")
    assert checkpoint.scores.keys() == {"made test"}
    told = checkpoint.provenance
    assert told["data"] == ["made train", "shots unlabelled", "images"]
    assert (told["validation"], told["center_bias"]) == (["made val"], ["made train"])
    assert told["teacher"] == ["DeepGaze II (VGG-16), 2 members"]
    assert told["objective"] == "cross-entropy to a teacher's maps and fixations"
    assert (told["architecture"], told["features"]) == ("fastgaze", "random")
    assert told["training"]["teacher_share"] == 0.9
    assert told["steps"] == 6
    assert told["best_step"] in (3, 6)
    expected = center_bias([read_data_set(home / "made", "train")])
    np.testing.assert_array_equal(checkpoint.weights["center_bias"], expected)
    saliency_map = predict(build(checkpoint), np.zeros((50, 70, 3), np.uint8), checkpoint.working_size)
    assert saliency_map.total == pytest.approx(1, abs=1e-4)


def test_a_model_goes_on_with_the_features_that_it_has_left(from_model, home, tmp_path):
    parent = load(home / "pruned.safetensors")
    size = from_model.index("--size")
    del from_model[size : size + 2]
    assert main(from_model) == 0
    checkpoint = model(tmp_path)
    assert checkpoint.kept.keys() == parent.kept.keys()
    assert all(np.array_equal(checkpoint.kept[name], parent.kept[name]) for name in parent.kept)
    assert (checkpoint.name, checkpoint.working_size) == (parent.name, (48, 64))
    told = checkpoint.provenance
    assert told["distilled_from"] == {"name": parent.name, "id": parent.id}
    assert told["training"]["height"] == 48
    assert told["seed"] == 0
    assert "features" not in told
    np.testing.assert_array_equal(checkpoint.weights["center_bias"], parent.weights["center_bias"])
    assert checkpoint.id != parent.id


def test_a_compensated_network_that_learned_is_called_a_trained_one(from_model, home, tmp_path):
    parent = load(home / "pruned.safetensors")
    family = {"parent": "0" * 8, "name": "FastGaze", "criterion": "fisher", "beta": 0.01, "n_pruned": 3}
    said = {"family": family | {"made": "compensated"}, "compensated": {"pictures": 2}, "refined": {"seed": 0}}
    said |= {"pruned": 3, "trained_after_pruning": False}
    compensated = replace(parent, name="FastGaze −3 (β 0.01, compensated)", provenance=said)
    save(compensated, tmp_path / "compensated.safetensors")
    from_model[1] = str(tmp_path / "compensated.safetensors")
    assert main(from_model) == 0
    found = load(tmp_path / "m.safetensors")
    assert found.name == "FastGaze −3 (β 0.01)"
    assert found.provenance["family"] == family
    assert found.provenance["trained_after_pruning"] is True
    assert not {"compensated", "refined"} & set(found.provenance)


def test_all_weights_learn(from_model, tmp_path, monkeypatch):
    """Features too: what is trained is not the readout alone."""
    begun, steps = [], command.train

    def watched(network, *arguments):
        begun.append({name: p.detach().clone() for name, p in network.named_parameters()})
        yield from steps(network, *arguments)
        begun.append(dict(network.named_parameters()))

    monkeypatch.setattr(command, "train", watched)
    assert main(from_model) == 0
    before, after = begun
    assert before.keys() == after.keys()
    alive = [name for name in before if not torch.equal(before[name], after[name])]
    assert "features.0.weight" in alive
    assert "readout.0.weight" in alive
    assert "log_blur_sigma" in alive


def test_what_is_learned_are_the_teachers_maps_and_the_fixations(line, home, monkeypatch):
    line += ["--unlabelled", str(home / "shots"), "--teacher-share", "0.7"]
    given = []

    def watched(network, training, validation, *_):
        given.extend((training, validation))
        yield from ()

    monkeypatch.setattr(command, "train", watched)
    main(line)
    training, validation = given
    names = [s.path.name for s in training.stimuli]
    assert names == ["train0.png", "train1.png", "unlabelled0.png", "unlabelled1.png"]
    assert [s.path.name for s in validation.stimuli] == ["val0.png", "val1.png"]
    maps = TeacherMaps.open(home / "maps")
    log_density = torch.randn(1, 32, 48).flatten(1).log_softmax(1).view(1, 32, 48)
    losses = cross_entropy(log_density.expand(4, -1, -1), training.batch([Draw(i) for i in range(4)])[1])
    for i, stimulus in enumerate(training.stimuli):
        taught_map = torch.from_numpy(maps.log_density(stimulus).copy())[None, None]
        taught_map = torch.nn.functional.interpolate(taught_map, (32, 48), mode="bilinear")
        expected = cross_entropy(log_density, taught_map.flatten(1).softmax(1).view(1, 32, 48))
        if len(stimulus.x):
            looked = torch.from_numpy(counts(stimulus, 32, 48))[None] / len(stimulus.x)
            expected = 0.7 * expected + 0.3 * cross_entropy(log_density, looked)
        assert float(losses[i]) == pytest.approx(float(expected), rel=1e-4)


def test_distilling_gets_closer_to_the_teacher(line, home, tmp_path):
    teacher = TeacherMaps.create(tmp_path / "maps", {"name": "looks at what is bright"})
    made, shots = read_data_set(home / "made", "train"), read_data_set(home / "shots", "unlabelled")
    for stimulus in made.stimuli + shots.stimuli:
        teacher.add(stimulus, resized(read_image(stimulus.path).rgb.mean(2) / 40, 8, 12))
    for flag, value in (("--batch", "4"), ("--validate-every", "60"), ("--teacher", str(teacher.folder))):
        line[line.index(flag) + 1] = value
    line += ["--learning-rate", "0.002", "--readout-learning-rate", "0.02", "--warm-up-steps", "5"]
    line += ["--unlabelled", str(home / "shots"), "--teacher-share", "1"]
    distances = []
    for steps in ("1", "60"):
        line[line.index("--steps") + 1] = steps
        line[line.index("--run") + 1] = str(tmp_path / steps)
        assert main(line) == 0
        distances.append(np.mean([distance(model(tmp_path), teacher, s) for s in made.stimuli + shots.stimuli]))
    assert distances[1] < 0.7 * distances[0]


def distance(checkpoint, teacher, stimulus):
    """KL divergence, in nats, of a model's map from the teacher's."""
    taught_map = teacher.log_density(stimulus).astype(np.float64)
    own = predict(build(checkpoint), read_image(stimulus.path).rgb, (32, 48), taught_map.shape).log_density
    return float((np.exp(taught_map) * (taught_map - own)).sum())


def test_without_a_teacher_it_learns_where_people_looked(line, tmp_path):
    at = line.index("--teacher")
    del line[at : at + 2]
    assert main(line) == 0
    told = model(tmp_path).provenance
    assert (told["objective"], told["teacher"]) == ("cross-entropy on fixations", [])


def test_several_teachers_may_each_have_some_of_the_pictures(line, home, tmp_path):
    parts = []
    for name, ending in (("one", "0"), ("two", "1")):
        folder = tmp_path / name
        shutil.copytree(home / "maps", folder)
        for path in folder.glob("*.npy"):
            if not path.name.partition("-")[0].endswith(ending):
                path.unlink()
        parts.append(str(folder))
    at = line.index("--teacher")
    line[at : at + 2] = [word for part in parts for word in ("--teacher", part)]
    assert main(line) == 0
    assert len(model(tmp_path).provenance["teacher"]) == 2


# features to begin with


def test_a_file_of_features_is_where_it_begins(line, home, monkeypatch):
    begun = []
    line[line.index("random")] = str(home / "vgg11.safetensors")
    monkeypatch.setattr(command, "train", lambda network, *_: iter(begun.append(network.state_dict()) or ()))
    main(line)
    for name, tensor in load_file(home / "vgg11.safetensors").items():
        assert torch.equal(begun[0][name], tensor)


OLD_NAME = re.compile(r"(denselayer\d+\.(?:norm|conv))([12])\.")  # as DenseNet's file has them: norm.1


@pytest.mark.parametrize("words", ["distill", "train"])
@pytest.mark.parametrize(
    ("architecture", "filename", "weights"),
    [
        ("fastgaze", "vgg11-8a719046.pth", "VGG11_Weights"),
        ("densegaze", "densenet121-a639ec97.pth", "DenseNet121_Weights"),
    ],
)
def test_torchvisions_own_weights_need_no_file(
    line, tmp_path, monkeypatch, capsys, architecture, filename, weights, words
):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    (tmp_path / "torch" / "hub" / "checkpoints").mkdir(parents=True)
    expected = load_file(features_file(tmp_path / "made.safetensors", architecture, seed=3))
    torch.save(
        {OLD_NAME.sub(r"\1.\2.", name): tensor for name, tensor in expected.items()},
        tmp_path / "torch" / "hub" / "checkpoints" / filename,
    )
    begun, steps = [], command.train

    def watched(network, *arguments):
        begun.append({name: tensor.clone() for name, tensor in network.state_dict().items()})
        yield from steps(network, *arguments)

    monkeypatch.setattr(f"gazeengine.commands.{words}.train", watched)
    line[0] = words
    line[line.index("random")] = "torchvision"
    line += ["--architecture", architecture]
    if words == "train":
        at = line.index("--teacher")
        del line[at : at + 2]
    assert main(line) == 0
    assert json.loads(capsys.readouterr().out)["architecture"] == architecture
    assert all(torch.equal(begun[0][name], tensor) for name, tensor in expected.items())
    assert model(tmp_path).provenance["features"] == f"torchvision {weights}.IMAGENET1K_V1"


# going on


def test_ctrl_c_stops_between_steps_and_the_same_command_goes_on_to_the_same_model(
    from_model, tmp_path, capsys, monkeypatch
):
    assert main(from_model) == 0
    uninterrupted = model(tmp_path)
    capsys.readouterr()
    from_model[from_model.index("--run") + 1] = str(tmp_path / "other run")
    steps = command.train

    def interrupted(*arguments):
        for step in steps(*arguments):
            if step.step == 4:
                os.kill(os.getpid(), signal.SIGINT)
            yield step

    monkeypatch.setattr(command, "train", interrupted)
    assert main(from_model) == 130
    assert json.loads(capsys.readouterr().out)["step"] == 4
    monkeypatch.setattr(command, "train", steps)
    assert main(from_model) == 0
    again = model(tmp_path)
    assert all(np.array_equal(w, again.weights[name]) for name, w in uninterrupted.weights.items())


@pytest.mark.parametrize(("at", "kept"), [(4, True), (2, False)])
def test_stopped_to_keep_it_makes_a_model_of_the_best_parameters_if_any_were_validated(
    line, tmp_path, capsys, monkeypatch, at, kept
):
    steps = command.train

    def stopped(*arguments):
        for step in steps(*arguments):
            if step.step == at:
                present_orders().give("stop")
            yield step

    monkeypatch.setattr(command, "train", stopped)
    monkeypatch.setattr(Orders, "read", lambda *_: None)  # nobody speaks on stdin, and it does not end
    assert main([*line, "--events"]) == (0 if kept else 130)
    events = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert (events[-1]["event"], events[-1]["values"]["ended"]) == ("result", "kept")
    assert (tmp_path / "m.safetensors").exists() == kept
    if kept:
        told = model(tmp_path).provenance
        assert (told["steps"], told["best_step"]) == (4, 3)


def test_data_that_disappears_in_the_middle_is_told_and_the_run_goes_on_when_it_is_back(
    line, home, tmp_path, capsys, monkeypatch
):
    own = tmp_path / "own"
    shutil.copytree(home / "made", own)
    line[line.index(str(home / "made"))] = str(own)
    assert main(line) == 0
    expected = model(tmp_path)
    line[line.index("--run") + 1] = str(tmp_path / "other run")
    steps = command.train

    def robbed(*arguments):
        for step in steps(*arguments):
            if step.step == 2:
                shutil.move(own / "images", tmp_path / "elsewhere")
            yield step

    monkeypatch.setattr(command, "train", robbed)
    capsys.readouterr()
    assert main(line) == 2
    told = capsys.readouterr().err.splitlines()[-1]
    assert f"found no such file in {own / 'images'}" in told
    assert "call the command again to go on" in told
    shutil.move(tmp_path / "elsewhere", own / "images")
    monkeypatch.setattr(command, "train", steps)
    assert main(line) == 0
    again = model(tmp_path)
    assert all(np.array_equal(w, again.weights[name]) for name, w in expected.weights.items())


def test_a_run_that_another_program_has_is_left_alone(line, tmp_path, capsys):
    with claimed(tmp_path / "run"):
        assert main(line) == 2
    assert f"another program (process {os.getpid()}) is using it" in capsys.readouterr().err


# what may go wrong


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("--seed", "1"), "wanted the same options or an empty folder"),
        (("--architecture", "densegaze"), "it was begun with"),
        (("--teacher", "two"), "it was begun with"),
        (("--learning-rate", "1e30", "--run", "RUN2"), "lower learning rate"),
        (("--features", "gone.safetensors", "--run", "RUN2"), "no such file"),
        (("--out", "gone/m.safetensors"), "there is no folder"),
        (("--run", "FILE"), "wanted a folder that can be written"),
        (("--run", "RUN2", "--teacher", "gone"), "there is no maps.json, wanted a folder that maps wrote"),
        (("--run", "RUN2", "--unlabelled", "empty"), "there are no pictures in it, wanted some, or a data set"),
        (("--run", "RUN2", "--unlabelled", "gone"), "cannot be read (No such file or directory)"),
        (
            ("--run", "RUN2", "--unlabelled", "others"),
            "there is none of other0.png, wanted one for every picture; call",
        ),
        (("--teacher-share", "1.5"), "wanted a number of 0 to 1"),
    ],
)
def test_bad_input_is_told_in_one_line(change, told, line, home, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FILE").touch()
    (tmp_path / "empty").mkdir()
    made_data_set(tmp_path / "others", ("unlabelled",), 1, fixations=False, seed=9)
    os.rename(tmp_path / "others" / "images" / "unlabelled0.png", tmp_path / "others" / "other0.png")
    os.unlink(tmp_path / "others" / "images.csv")
    assert main(line) == 0
    before = (tmp_path / "m.safetensors").read_bytes()
    capsys.readouterr()
    assert main([*line, *change]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err.splitlines()[-1]
    assert (tmp_path / "m.safetensors").read_bytes() == before


def test_pictures_without_fixations_need_a_teacher(line, home, capsys):
    at = line.index("--teacher")
    del line[at : at + 2]
    assert main([*line, "--unlabelled", str(home / "shots")]) == 2
    assert "pictures shots unlabelled: they have no fixations, wanted --teacher with maps" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("begin", "told"),
    [
        ([], "wanted either a MODEL to go on from, or --features to begin with"),
        (["MODEL", "--features", "random"], "wanted either a MODEL to go on from, or --features to begin with"),
        (["MODEL", "--architecture", "densegaze"], "is of the architecture fastgaze, wanted it instead of densegaze"),
        (["gone.safetensors"], "gone.safetensors"),
    ],
)
def test_it_begins_with_one_thing(begin, told, line, home, tmp_path, capsys):
    line[1:3] = [str(home / "pruned.safetensors") if word == "MODEL" else word for word in begin]
    assert main(line) == 2
    assert told in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (np.zeros((2, 3, 4), np.float16), r"found float16 (2, 3, 4), wanted finite float16 (rows, columns)"),
        (np.zeros((0, 4), np.float16), r"found float16 (0, 4)"),
        (np.full((8, 12), np.nan, np.float16), "with values that are not finite"),
    ],
)
def test_a_teachers_map_of_another_shape_is_told_and_the_run_goes_on_when_it_is_right(
    line, home, tmp_path, capsys, bad, told
):
    folder = tmp_path / "maps"
    shutil.copytree(home / "maps", folder)
    line[line.index("--teacher") + 1] = str(folder)
    (path,) = folder.glob("train1-*.npy")
    good = path.read_bytes()
    np.save(path, bad)
    assert main(line) == 2
    err = capsys.readouterr().err.splitlines()[-1]
    assert told in err
    assert "train1-" in err
    path.write_bytes(good)
    assert main(line) == 0


# arguments


def test_options_not_given_are_those_of_training():
    options = parser().parse_args(["distill", "m", "--data", "d", "--run", "r", "--out", "o"])
    assert training_options(options) == TrainingOptions()
    assert options.architecture is None


def test_every_option_reaches_training():
    line = ["distill", "m", "--data", "d", "--run", "r", "--out", "o", "--size", "96x128"]
    for flag, field, *_ in TRAINING:
        line += [flag, {"least_scale": "1", "teacher_share": "1", "precision": "bfloat16"}.get(field, "7")]
    how = asdict(training_options(parser().parse_args(line)))
    assert set(how.values()) == {7, 1, 96, 128, "bfloat16"}


def test_help_names_every_default(capsys):
    with pytest.raises(SystemExit):
        main(["distill", "--help"])
    out = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert "(default 0.9)" in out
    assert "'torchvision' for its own weights" in out
