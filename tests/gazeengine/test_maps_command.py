import json
import os
import shutil
import signal

import numpy as np
import pytest
import torch

from gazeengine.__main__ import main
from gazeengine.architecture import ARCHITECTURES
from gazeengine.checkpoint import load, save
from gazeengine.commands import maps as command
from gazeengine.ensemble import MEMBERS, average, load_ensemble
from gazeengine.feature_cache import FeatureCache
from gazeengine.fixations import read_data_set
from gazeengine.image import read_image, resized
from gazeengine.networks import build
from gazeengine.predict import predict
from gazeengine.teacher_maps import NOTE, TeacherMaps
from tests.data_sets import made_data_set
from tests.networks import random_checkpoint
from tests.published_sets import write_salicon
from tests.teachers import disk_that_takes, narrow_all, teacher_line


@pytest.fixture(autouse=True)
def narrow_architectures(monkeypatch):
    narrow_all(monkeypatch)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with a data set, screenshots without fixations, and a teacher of two members."""
    folder = tmp_path_factory.mktemp("home")
    made_data_set(folder / "made", n=2)
    made_data_set(folder / "shots", ("unlabelled",), 2, fixations=False, seed=1)
    made_data_set(folder / "more", ("any",), 3, fixations=False, seed=2)
    with pytest.MonkeyPatch.context() as patch:
        narrow_all(patch)
        assert main(teacher_line(folder, folder / "made")) == 0
    return folder


@pytest.fixture
def ask(home, tmp_path, capsys):
    """Runs maps of the teacher, to maps; the answer is its one JSON object."""

    def answered(*arguments, code=0, teachers=("teacher",)):
        runs = [str(home / name) for name in teachers]
        words = [str(home / word) if (home / str(word)).exists() else str(word) for word in arguments]
        assert main(["maps", *runs, "--out", str(tmp_path / "maps"), "--json", *words]) == code
        out, err = capsys.readouterr()
        return json.loads(out) if code != 2 else err.splitlines()[-1]

    return answered


def written(tmp_path):
    return sorted(path.name.rpartition("-")[0] for path in (tmp_path / "maps").glob("*.npy"))


def test_maps_writes_the_average_map_of_every_picture(ask, home, tmp_path):
    found = ask("--data", "made", "--data", "shots", "--data", "more/images")
    assert (found["pictures"], found["written"]) == (11, 11)
    assert written(tmp_path) == sorted(
        [f"{split}{i}" for split in ("train", "val", "test", "unlabelled") for i in range(2)]
        + [f"any{i}" for i in range(3)]
    )
    maps, ensemble = TeacherMaps.open(tmp_path / "maps"), load_ensemble(home / "teacher" / MEMBERS)
    told = {"name": ensemble.name, "members": 2, "data": ["made train", "made val"], "extent": [[32, 48]]}
    assert maps.about == told | {"version": 1}
    cache = ensemble.cache(home / "teacher" / "features")
    for folder, split in (("made", "test"), ("shots", "unlabelled"), ("more", "any")):
        for stimulus in read_data_set(home / folder, split).stimuli:
            expected = average([ensemble], [cache], stimulus)
            np.testing.assert_allclose(maps.log_density(stimulus), expected, atol=0.02)


def test_a_model_is_a_teacher_of_one_member(ask, home, tmp_path):
    found = ask("--data", "made", "--splits", "test", teachers=("teacher.safetensors",))
    assert (found["members"], found["written"]) == (1, 2)
    maps, checkpoint = TeacherMaps.open(tmp_path / "maps"), load(home / "teacher.safetensors")
    network = build(checkpoint)
    for stimulus in read_data_set(home / "made", "test").stimuli:
        rgb = torch.from_numpy(resized(read_image(stimulus.path).rgb, *checkpoint.working_size).copy())
        expected = network(rgb.permute(2, 0, 1)[None].float() / 255, maps.log_density(stimulus).shape)
        np.testing.assert_allclose(maps.log_density(stimulus), expected[0], atol=0.02)
    assert not list((tmp_path / "maps").glob("*/"))  # features are not kept


def test_features_that_are_there_are_read_and_others_computed_once(ask, home, tmp_path, monkeypatch):
    made = read_data_set(home / "made", "test").stimuli
    cache = load_ensemble(home / "teacher" / MEMBERS).cache(tmp_path / "cache")
    cache.make_room(made)
    cache.add(made[0])
    computed, compute = [], FeatureCache._computed
    monkeypatch.setattr(FeatureCache, "_computed", lambda *a: computed.append(a[1].path.name) or compute(*a))
    both = {"teachers": ("teacher", "teacher")}
    ask("--data", "made", "--splits", "test", "--cache", tmp_path / "cache", **both)
    assert computed == [made[1].path.name]
    assert len(cache.missing(made)) == 1


def test_bfloat16_is_as_good_as_it_is(ask, home, tmp_path):
    ask("--data", "made", "--splits", "test", "--cache", tmp_path / "none")
    exact = TeacherMaps.open(tmp_path / "maps")
    made = read_data_set(home / "made", "test").stimuli
    before = [exact.log_density(stimulus) for stimulus in made]
    shutil.rmtree(tmp_path / "maps")
    ask("--data", "made", "--splits", "test", "--cache", tmp_path / "none", "--precision", "bfloat16")
    for stimulus, map_ in zip(made, before, strict=True):
        found = TeacherMaps.open(tmp_path / "maps").log_density(stimulus)
        assert 0 < np.abs(found - map_).max() < 0.2


def test_another_network_speaks_beside_an_ensemble_by_its_share(ask, home, tmp_path):
    fast = tmp_path / "fast.safetensors"
    save(random_checkpoint(ARCHITECTURES["fastgaze"]), fast)
    ask("--data", "made", "--splits", "test")
    made = read_data_set(home / "made", "test").stimuli
    ensemble = [TeacherMaps.open(tmp_path / "maps").log_density(s) for s in made]
    shutil.rmtree(tmp_path / "maps")
    found = ask("--data", "made", "--splits", "test", "--shares", "0.7,0.3", teachers=("teacher", fast))
    assert (found["members"], found["shares"]) == (3, [0.7, 0.3])
    checkpoint = load(fast)
    network = build(checkpoint).eval()
    for stimulus, one in zip(made, ensemble, strict=True):
        other = predict(network, read_image(stimulus.path).rgb, checkpoint.working_size, one.shape).log_density
        mixed = TeacherMaps.open(tmp_path / "maps").log_density(stimulus)
        np.testing.assert_allclose(np.exp(mixed), 0.7 * np.exp(one) + 0.3 * np.exp(other), rtol=0.02, atol=1e-6)


def test_a_network_alone_is_a_teacher_on_a_grid_of_its_own(ask, home, tmp_path):
    checkpoint = random_checkpoint(ARCHITECTURES["fastgaze"])
    save(checkpoint, tmp_path / "fast.safetensors")
    ask("--data", "made", "--splits", "test", teachers=(tmp_path / "fast.safetensors",))
    stimulus = read_data_set(home / "made", "test").stimuli[0]
    height, width = checkpoint.working_size
    assert TeacherMaps.open(tmp_path / "maps").log_density(stimulus).shape == (height // 4, width // 4)


def test_shares_are_one_for_each_teacher(ask, tmp_path):
    told = ask("--data", "made", "--shares", "0.7,0.3", code=2)
    assert "shares: found 2, wanted one for each of 1 teachers" in told
    assert "wanted" in ask("--data", "made", "--shares", "0.7,-1", code=2)


def test_a_published_data_set_is_read_in_its_own_layout(ask, tmp_path):
    write_salicon(tmp_path / "salicon", "val", {1: [[(30, 20), (40, 25)]], 2: [[(10, 12)]]})
    assert ask("--data", tmp_path / "salicon", "--splits", "val")["written"] == 2


def test_what_is_there_is_not_written_again(ask, tmp_path):
    ask("--data", "made", "--splits", "val")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "maps").glob("*.npy")}
    assert len(before) == 2
    found = ask("--data", "made")
    assert (found["pictures"], found["written"]) == (6, 4)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_several_teachers_speak_as_one(ask, home, tmp_path, capsys):
    line = teacher_line(home, home / "made", "--seed", "5")
    for flag, name in (("--run", "other teacher"), ("--out", "other.safetensors")):
        line[line.index(flag) + 1] = str(home / name)
    assert main(line) == 0
    capsys.readouterr()
    ask_both = {"teachers": ("teacher", "other teacher")}
    cache = tmp_path / "cache"
    ask("--data", "made", "--splits", "test", "--cache", cache, **ask_both)
    assert not cache.exists()
    ensembles = [load_ensemble(home / name / MEMBERS) for name in ask_both["teachers"]]
    maps = TeacherMaps.open(tmp_path / "maps")
    assert maps.about["members"] == 4
    assert maps.about["name"] == "DeepGaze II (VGG-16), 2 members"
    assert maps.about["data"] == ["made train", "made val"]
    for stimulus in read_data_set(home / "made", "test").stimuli:
        expected = average(ensembles, [e.cache(cache) for e in ensembles], stimulus)
        np.testing.assert_allclose(maps.log_density(stimulus), expected, atol=0.02)


def test_ctrl_c_stops_between_pictures_and_the_same_command_goes_on(ask, tmp_path, monkeypatch):
    add, done = command.TeacherMaps.add, []

    def interrupted(*arguments):
        add(*arguments)
        done.append(1)
        if len(done) == 3:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(command.TeacherMaps, "add", interrupted)
    before = signal.getsignal(signal.SIGINT)
    assert ask("--data", "made", code=130)["interrupted"]
    assert signal.getsignal(signal.SIGINT) is before
    assert len(written(tmp_path)) == 3
    monkeypatch.setattr(command.TeacherMaps, "add", add)
    assert ask("--data", "made")["pictures"] == len(written(tmp_path)) == 6


# what may go wrong


def test_a_split_that_cannot_be_read_is_not_left_out_silently(ask, home, tmp_path):
    spoilt = tmp_path / "spoilt"
    shutil.copytree(home / "made", spoilt)
    text = (spoilt / "images.csv").read_text().replace("train0.png,64,48", "train0.png,wide,48")
    (spoilt / "images.csv").write_text(text)
    assert "has 'wide' in column 'width', wanted a whole number" in ask("--data", spoilt, code=2)
    assert not (tmp_path / "maps").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--data", "made", "--splits", "tset"), "it has no split tset, wanted some of test, train, val"),
        (("--data", "made", "--splits", "train,,val"), "wanted names as in train,val"),
        (("--data", "gone"), "folder gone: cannot be read (No such file or directory), wanted a folder of pictures"),
        (("--data", "teacher"), "there are no pictures in it, wanted some, or a data set"),
        ((), "the following arguments are required: --data"),
    ],
)
def test_bad_input_is_told_in_one_line(ask, arguments, told):
    assert told in ask(*arguments, code=2)


def test_a_table_without_splits_is_told(ask, tmp_path):
    (tmp_path / "strange").mkdir()
    (tmp_path / "strange" / "images.csv").write_text("image,width\na.png,3\n")
    assert "images.csv: cannot be read ('split'), wanted a table with" in ask("--data", tmp_path / "strange", code=2)


def test_a_run_that_is_not_finished_is_told(ask):
    told = ask("--data", "made", code=2, teachers=("teacher", "made"))
    assert "made: there is no members.safetensors, wanted the folder of a finished run" in told


def test_maps_of_another_teacher_are_not_mixed_with_its_own(ask, tmp_path):
    TeacherMaps.create(tmp_path / "maps", {"name": "somebody else"})
    assert "wanted those of" in ask("--data", "made", code=2)
    assert os.listdir(tmp_path / "maps") == [NOTE]


def test_teachers_of_several_sizes_are_told_before_the_work(ask, home, tmp_path, capsys):
    line = teacher_line(home, home / "made", "--size", "48x64")
    for flag, name in (("--run", "larger"), ("--out", "larger.safetensors")):
        line[line.index(flag) + 1] = str(home / name)
    assert main(line) == 0
    capsys.readouterr()
    told = ask("--data", "made", code=2, teachers=("teacher", "larger"))
    assert "teachers: they look at pictures of 32x48 and 48x64 pixels, wanted runs with the same --size" in told
    assert not (tmp_path / "maps").exists()


def test_a_disk_that_is_full_in_the_middle_leaves_whole_maps_only(ask, tmp_path, monkeypatch):
    add, done = command.TeacherMaps.add, []

    def on_a_full_disk(*arguments):
        done.append(1)
        with disk_that_takes(10**6 if len(done) < 3 else 200):
            add(*arguments)

    monkeypatch.setattr(command.TeacherMaps, "add", on_a_full_disk)
    assert "wanted room for the whole file" in ask("--data", "made", code=2)
    assert len(os.listdir(tmp_path / "maps")) == 3  # two, and the note
    monkeypatch.setattr(command.TeacherMaps, "add", add)
    assert ask("--data", "made")["written"] == 4
