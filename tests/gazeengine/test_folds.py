import shutil

import numpy as np
import pytest

from gazeengine.errors import DataError
from gazeengine.fixations import DataSet, Stimulus
from gazeengine.folds import DRAWN, drawn, folds
from tests.published_sets import write_picture


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """34 different pictures in one/ and two/, and in two/ copies of three of one/ besides."""
    path = tmp_path_factory.mktemp("folds")
    for seed in range(23):
        write_picture(path / "one" / f"{seed}.jpg", 40, 50, seed)
    for seed in range(11):
        write_picture(path / "two" / f"{seed}.jpg", 40, 50, 100 + seed)
    for name in ("3.jpg", "4.jpg", "5.jpg"):
        shutil.copy(path / "one" / name, path / "two" / f"shared-{name}")
    shutil.copy(path / "one" / "7.jpg", path / "one" / "twice-7.jpg")
    return path


def data_set(name, paths):
    x = np.ones(2, np.float32)
    return DataSet(name, tuple(Stimulus(p, 40, 50, x, x) for p in paths), n_outside=3)


@pytest.fixture
def one(folder):
    return data_set("one", sorted((folder / "one").iterdir()))


@pytest.fixture
def two(folder):
    return data_set("two", sorted((folder / "two").iterdir()))


def paths(data_sets):
    return [s.path for data in data_sets for s in data.stimuli]


def test_each_picture_is_held_out_once_and_learned_from_in_all_other_folds(one, two):
    made = folds([one, two])
    assert len(made) == 10
    everything = sorted(paths([one, two]))
    for fold in made:
        assert sorted(paths(fold.training) + paths(fold.validation)) == everything
    assert sorted(p for fold in made for p in paths(fold.validation)) == everything


def test_data_sets_stay_apart_and_are_named_with_their_fold(one, two):
    fold = folds([one, two])[2]
    assert [data.name for data in fold.training] == ["one, fold 3 of 10 training", "two, fold 3 of 10 training"]
    assert [data.name for data in fold.validation] == ["one, fold 3 of 10 validation", "two, fold 3 of 10 validation"]
    for k in range(2):
        assert {p.parent.name for p in paths([fold.training[k], fold.validation[k]])} == {("one", "two")[k]}


def test_each_data_set_is_divided_evenly(one, two):
    for fold in folds([one, two]):
        assert len(fold.validation[0].stimuli) in (2, 3)
        assert len(fold.validation[1].stimuli) in (1, 2)


def test_what_shows_the_same_picture_is_held_out_together(one, two):
    together = (
        {"3.jpg", "shared-3.jpg"},
        {"4.jpg", "shared-4.jpg"},
        {"5.jpg", "shared-5.jpg"},
        {"7.jpg", "twice-7.jpg"},
    )
    for seed in range(5):
        for fold in folds([one, two], seed=seed):
            names = {f"{p.name}" for p in paths(fold.validation) if p.parent.name == "one" or "shared" in p.name}
            for group in together:
                assert group <= names or not group & names


def test_a_seed_gives_the_same_folds_wherever_the_files_lie_and_another_seed_others(one, two, folder, tmp_path):
    shutil.copytree(folder, tmp_path / "elsewhere")
    moved = [data_set(d.name, [tmp_path / "elsewhere" / p.relative_to(folder) for p in paths([d])]) for d in (one, two)]

    def names(made):
        return [[p.name for p in paths(fold.validation)] for fold in made]

    assert names(folds([one, two], seed=1)) == names(folds(moved, seed=1)) != names(folds([one, two], seed=2))


def test_the_order_of_the_pictures_changes_nothing(one):
    backwards = data_set("one", paths([one])[::-1])
    for there, back in zip(folds([one]), folds([backwards]), strict=True):
        assert set(paths(there.validation)) == set(paths(back.validation))


def test_a_data_set_that_is_too_small_is_told(one, two):
    with pytest.raises(DataError, match="data set two: its 14 pictures make 14 parts, wanted 15, one for each fold"):
        folds([one, two], n=15)


def test_eight_parts_of_ten_are_to_train_on(one):
    splits = {split: drawn(paths([one]), split) for split in DRAWN}
    assert {split: len(found) for split, found in splits.items()} == {"train": 20, "val": 2, "test": 2}
    assert sorted(p for found in splits.values() for p in found) == sorted(paths([one]))
    assert splits["train"] == [p for p in paths([one]) if p in splits["train"]]


def test_a_picture_that_is_there_twice_is_drawn_twice_or_not_at_all(one):
    for seed in range(20):
        for split in DRAWN:
            found = {p.name for p in drawn(paths([one]), split, seed)}
            assert ("7.jpg" in found) == ("twice-7.jpg" in found)


@pytest.mark.parametrize("n", [3, 4, 9])
def test_of_a_few_pictures_there_is_one_at_least_in_each_split(n, two):
    assert [len(drawn(paths([two])[:n], split)) for split in DRAWN] == [n - 2, 1, 1]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_few_pictures_are_told(n, two):
    with pytest.raises(DataError, match=f"found {n} different pictures, wanted 3 or more to draw train, val, test"):
        drawn(paths([two])[:n], "train")
