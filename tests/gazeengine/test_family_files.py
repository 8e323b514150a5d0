import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from gazeengine import family_files
from gazeengine.checkpoint import FORMAT, save
from gazeengine.errors import CheckpointError
from gazeengine.families import Family
from gazeengine.family_files import cached_place, cached_snapshot, family_place, holds_family, read_family
from tests.families import snapshot_of, snapshot_path, write_family
from tests.networks import narrow_checkpoint

PARENT = replace(narrow_checkpoint(most=4), name="Tiny")
OTHER = replace(narrow_checkpoint(seed=1, most=4), name="Other")
RUNS = {1e-3: (5, 10), None: (7,)}


@pytest.fixture
def parent(tmp_path):
    """The file of a parent with three snapshots beside it."""
    return write_family(tmp_path, PARENT, RUNS)


def where(family: Family):
    return [(s.beta, s.n) for s in family.snapshots]


def test_a_parent_and_its_snapshots_are_a_family(parent):
    family = read_family(parent)
    assert family.checkpoint.id == PARENT.id
    assert (family.name, family.origin.n, family.origin.parent) == ("Tiny", 0, PARENT.id)
    assert where(family) == [(1e-3, 5), (1e-3, 10), (None, 7)]
    assert family.problem is None
    for s in family.snapshots:
        wanted = snapshot_of(PARENT, s.beta, s.n)
        assert (s.widths, s.has_signal, s.criterion, s.family) == (wanted.widths, True, "fisher", "Tiny")
        assert s.scores == wanted.scores
        assert s.checkpoint().id == wanted.id


def test_n_counts_from_the_parent_even_where_that_is_pruned_itself(parent):
    """As these parents are: of FastGaze's 2,803 features they have a few."""
    family = read_family(parent)
    assert [family.n_features - s.n_features for s in family.snapshots] == [s.n for s in family.snapshots]


def test_a_model_alone_is_a_family_of_one(tmp_path):
    save(PARENT, tmp_path / "one.safetensors")
    family = read_family(tmp_path / "one.safetensors")
    assert (family.snapshots, family.problem, family.checkpoint.id) == ((), None, PARENT.id)


def test_a_snapshot_opened_by_itself_is_a_model_of_its_own(parent):
    family = read_family(snapshot_path(parent, 1e-3, 5))
    assert family.snapshots == ()
    assert family.origin.n == 0


def test_only_heads_are_read(parent, monkeypatch):
    opened = []

    class Head:
        def __init__(self, path, framework):
            self._file = safe_open(path, framework)
            opened.append(path)

        def __enter__(self):
            self._file.__enter__()
            return self

        def __exit__(self, *error):
            self._file.__exit__(*error)

        def metadata(self):
            return self._file.metadata()

    monkeypatch.setattr(family_files, "safe_open", Head)
    assert len(read_family(parent).snapshots) == len(opened) == 3


def test_the_folder_of_a_parent_is_its_family(parent):
    assert family_place(parent.with_suffix("")) == parent
    assert where(read_family(parent.with_suffix(""))) == where(read_family(parent))


def test_a_folder_alone_begins_with_the_snapshot_with_fewest_pruned(parent):
    parent.unlink()
    family = read_family(parent.with_suffix(""))
    missing = PARENT.architecture.n_features - PARENT.n_features
    assert [s.n - missing for s in family.snapshots] == [5, 10, 7]
    assert family.origin is family.snapshots[0]
    assert family.checkpoint.id == snapshot_of(PARENT, 1e-3, 5).id
    assert family.n_features == PARENT.architecture.n_features
    assert family.name == "tiny"


def test_a_folder_elsewhere_finds_its_parent_among_those_that_are_known(parent, tmp_path):
    elsewhere = shutil.move(parent.with_suffix(""), tmp_path / "elsewhere")
    family = read_family(tmp_path / "elsewhere", {PARENT.id: parent, OTHER.id: tmp_path})
    assert family.checkpoint.id == PARENT.id
    assert where(family) == [(1e-3, 5), (1e-3, 10), (None, 7)]
    assert family.path == elsewhere
    save(OTHER, parent)  # written anew since
    assert read_family(tmp_path / "elsewhere", {PARENT.id: parent}).origin.n > 0


def test_other_models_and_hidden_files_in_the_folder_are_none_of_ours(parent):
    save(OTHER, parent.with_suffix("") / "other.safetensors")
    (parent.with_suffix("") / ".half.safetensors").write_bytes(b"")
    (parent.with_suffix("") / "notes.txt").write_text("text")
    family = read_family(parent)
    assert (len(family.snapshots), family.problem) == (3, None)


def head_changed(path, **changes):
    with safe_open(path, "np") as file:
        about = json.loads(file.metadata()[FORMAT])
    save_file(load_file(path), path, {FORMAT: json.dumps(about | changes)})


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-100]), "damaged or truncated"),
        (lambda path: path.write_text("this is a text"), "damaged or truncated"),
        (lambda path: save_file({"a": np.zeros(1)}, path), "no model of FisherGaze"),
        (lambda path: head_changed(path, version=99), "format version 99"),
        (lambda path: head_changed(path, widths={}), "damaged metadata"),
        (lambda path: head_changed(path, architecture="unknown"), "damaged metadata"),
        (lambda path: head_changed(path, provenance={"family": {"beta": 1e-3}}), "damaged metadata"),
        (lambda path: head_changed(path, provenance=[]), "damaged metadata"),
        (lambda path: head_changed(path, working_size=[32, 32]), "working size 32 x 32, not 32 x 48"),
        (lambda path: save(snapshot_of(OTHER, 1e-3, 5), path), f"trained from another parent, {OTHER.id[:8]}"),
        (lambda path: save(snapshot_of(PARENT, 1e-3, 5, {"n_pruned": 4}), path), "trained with 4 features pruned"),
        (lambda path: save(snapshot_of(PARENT, 1e-3, 5, {"beta": -1.0}), path), "pruned at β -1.0"),
        (lambda path: save(snapshot_of(PARENT, 1e-3, 10), path), "same β and n as beta1e-03-n10.safetensors"),
    ],
)
def test_what_does_not_belong_is_left_out_with_one_message(parent, damage, reason):
    path = snapshot_path(parent, 1e-3, 5)
    damage(path)
    family = read_family(parent)
    assert sorted(s.n for s in family.snapshots) == [7, 10]
    assert family.problem is not None
    assert family.problem.startswith("family tiny: left out of tiny/ ")
    assert reason in family.problem
    assert f"wanted undamaged snapshots of runs from tiny.safetensors ({PARENT.id[:8]})" in family.problem


def test_of_many_that_do_not_belong_the_first_are_named(tmp_path):
    path = write_family(tmp_path, PARENT, {1e-3: range(1, 7)})
    save(OTHER, path)
    family = read_family(path)
    assert family.snapshots == ()
    assert family.problem.count("another parent") == 3
    assert "and 3 more" in family.problem


def test_a_folder_alone_leaves_out_what_is_damaged_even_if_it_is_the_first(parent):
    parent.unlink()
    first = snapshot_path(parent, 1e-3, 5)
    tensors = load_file(first)
    tensors["network.log_blur_sigma"] = np.array(np.nan, np.float32)
    with safe_open(first, "np") as file:
        about = file.metadata()
    save_file(tensors, first, about)
    family = read_family(parent.with_suffix(""))
    assert len(family.snapshots) == 2
    assert family.origin.beta is None
    assert "beta1e-03-n5.safetensors (weight 'log_blur_sigma' has values that are not numbers" in family.problem


def test_a_folder_without_snapshots_is_told(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "text.safetensors").write_text("this is a text")
    with pytest.raises(CheckpointError, match=r"folder empty: found no snapshot .*text\.safetensors .*wanted"):
        read_family(tmp_path / "empty")
    assert not holds_family(tmp_path / "empty")


def test_a_folder_holds_a_family_if_one_file_in_it_is_a_snapshot(parent, tmp_path):
    assert holds_family(parent.with_suffix(""))
    assert not holds_family(tmp_path)  # that has the parent only


def test_a_snapshot_written_anew_since_its_head_was_read_is_refused(parent):
    family = read_family(parent)
    save(snapshot_of(PARENT, 1e-3, 9), family.snapshots[0].path)
    with pytest.raises(CheckpointError, match=r"beta1e-03-n5\.safetensors: .*changed.*wanted"):
        family.snapshots[0].checkpoint()


@pytest.fixture
def cache(tmp_path):
    """With two snapshots of PARENT that were made here, and one of another."""
    for network, n in ((PARENT, 6), (PARENT, 12), (OTHER, 5)):
        place = cached_place(tmp_path / "cache", network.id)
        place.mkdir(parents=True, exist_ok=True)
        save(snapshot_of(network, 0.5, n, {"made": "compensated"}), place / f"n{n}.safetensors")
    return tmp_path / "cache"


def test_what_was_made_here_joins_its_family(parent, cache):
    family = read_family(parent, cache=cache)
    assert [(s.beta, s.n, s.made) for s in family.snapshots] == [
        (1e-3, 5, "trained"),
        (1e-3, 10, "trained"),
        (0.5, 6, "compensated"),
        (0.5, 12, "compensated"),
        (None, 7, "trained"),
    ]
    assert {s.family for s in family.snapshots} == {"Tiny"}
    assert family.problem is None
    assert family.marks(0.5) == (5, 6, 10, 12)  # with those of the nearest run that was trained


def test_a_folder_alone_is_joined_by_what_is_pruned_further_than_it_begins(parent, cache):
    parent.unlink()
    family = read_family(parent.with_suffix(""), cache=cache)
    missing = PARENT.architecture.n_features - PARENT.n_features
    assert family.origin.n == missing + 5
    assert [s.n - missing for s in family.snapshots if s.made == "compensated"] == [6, 12]


def test_what_is_damaged_in_the_cache_is_left_out_and_told(parent, cache):
    (cached_place(cache, PARENT.id) / "n6.safetensors").write_bytes(b"nothing")
    shutil.copy(cached_place(cache, OTHER.id) / "n5.safetensors", cached_place(cache, PARENT.id))
    family = read_family(parent, cache=cache)
    assert [s.n for s in family.run(0.5) if s.made == "compensated"] == [12]
    assert "n6.safetensors (damaged or truncated" in family.problem
    assert "n5.safetensors (trained from another parent" in family.problem


def test_without_a_cache_nothing_is_missed(parent, tmp_path):
    assert len(read_family(parent, cache=tmp_path / "nowhere").snapshots) == 3


def test_one_snapshot_is_read_as_its_familys(parent, cache):
    family = read_family(parent)
    found = cached_snapshot(family, cached_place(cache, PARENT.id) / "n12.safetensors")
    assert (found.n, found.family, found.made) == (12, "Tiny", "compensated")
    for path in (cached_place(cache, OTHER.id) / "n5.safetensors", parent):
        with pytest.raises(CheckpointError, match="no snapshot of Tiny"):
            cached_snapshot(family, path)


def test_networks_that_were_made_differently_may_have_the_same_widths(parent):
    again = snapshot_of(PARENT, 1e-3, 5, {"made": "refined"})
    save(again, parent.with_suffix("") / "again.safetensors")
    family = read_family(parent)
    assert family.problem is None
    assert [s.made for s in family.run(1e-3)] == ["trained", "refined", "trained"]
