import json
from dataclasses import replace

import numpy as np
import pytest

from gazeengine.architecture import ARCHITECTURES
from gazeengine.cost import flops_model
from gazeengine.errors import DataError, OutputError
from gazeengine.plan import pruning_order
from gazeengine.results_file import read_evaluations, store
from gazeengine.results_records import EvaluatedModel, described, this_machine
from gazeengine.surgery import pruned
from tests.evaluations import MODELS, PRIOR, WHOLE, evaluation, stored
from tests.networks import narrow_checkpoint, random_checkpoint


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "made.json"
    store(stored(), path)
    return path


@pytest.fixture
def damaged(path):
    """Reads the file after a change to its JSON; the answer is what is told."""

    def told(change):
        values = json.loads(path.read_text())
        change(values)
        path.write_text(json.dumps(values))
        with pytest.raises(DataError) as error:
            read_evaluations(path)
        return str(error.value)

    return told


def test_what_is_stored_is_read_again(path):
    written, found = stored(), read_evaluations(path)
    for name in ("date", "command", "machine", "resamples", "seed"):
        assert getattr(found, name) == getattr(written, name)
    for one, other in zip(found.rows, written.rows, strict=True):
        assert (one.data_set, one.scores) == (other.data_set, other.scores)
        for name in EvaluatedModel.__dataclass_fields__:
            assert getattr(one.model, name) == getattr(other.model, name)
        assert (one.pictures.pictures, one.pictures.baseline) == (other.pictures.pictures, other.pictures.baseline)
        np.testing.assert_array_equal(one.pictures.n_fixations, other.pictures.n_fixations)
        assert one.pictures.values.keys() == other.pictures.values.keys()
        for name, column in one.pictures.values.items():
            np.testing.assert_allclose(column, other.pictures.values[name], rtol=1e-6)


def test_rows_of_a_model_have_one_model(path):
    assert len({id(row.model) for row in read_evaluations(path).rows}) == len(MODELS)


def test_pictures_stand_once_for_all_models(path):
    values = json.loads(path.read_text())
    assert list(values["data_sets"]) == ["OSIE test", "EyeCrowd test"]
    assert values["version"] == 1
    assert len(values["models"]) == len(MODELS)


def test_a_model_or_a_data_set_that_is_there_twice_is_not_stored(tmp_path):
    twice = [evaluation(WHOLE), evaluation(replace(WHOLE))]
    with pytest.raises(DataError, match="model FastGaze: found it twice"):
        store(stored(twice), tmp_path / "a.json")
    again = [evaluation(WHOLE), evaluation(WHOLE)]
    with pytest.raises(DataError, match="data set OSIE test: found it twice"):
        store(stored(again), tmp_path / "a.json")
    other = [evaluation(WHOLE), evaluation(PRIOR, n_fixations=np.array([1, 2]))]
    with pytest.raises(DataError, match="two of this name"):
        store(stored(other), tmp_path / "a.json")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(OutputError, match="there is no folder"):
        store(stored(), tmp_path / "gone" / "a.json")


def test_a_file_that_is_missing_or_something_else_is_told(tmp_path):
    path = tmp_path / "a.json"
    with pytest.raises(DataError, match="there is no such file"):
        read_evaluations(path)
    for text, told in (("{", "cannot be read"), ("[1]", "some other JSON"), ('{"format": "x"}', "some other JSON")):
        path.write_text(text)
        with pytest.raises(DataError, match=told):
            read_evaluations(path)


def test_another_version_is_told(damaged):
    assert "format version 2, wanted 1" in damaged(lambda v: v.update(version=2))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda v: v.pop("machine"), "damaged ('machine' is missing)"),
        (lambda v: v["models"][1].pop("name"), "damaged"),
        (lambda v: v["models"][1].update(kind="magic"), "its kind is 'magic'"),
        (lambda v: v["models"][1].update(extra=1), "damaged"),
        (lambda v: v["models"][1].update(gflop=-1), "gflop is -1"),
        (lambda v: v["models"][1]["timing"].update(median_ms=0), "took 0.0 ms"),
        (lambda v: v["models"][1]["scores"]["OSIE test"].update(auc=0.123), "auc is 0.123, wanted"),
        (lambda v: v["models"][1]["scores"]["OSIE test"].update(sauc=None), "sauc is None"),
        (lambda v: v["models"][1]["scores"]["OSIE test"].update(n_images=3), "its scores are of 3 pictures"),
        (lambda v: v["models"][1]["by_picture"]["OSIE test"]["nss"].pop(), "nss has 4 numbers"),
        (lambda v: v["models"][1]["by_picture"].clear(), "damaged"),
        (lambda v: v["data_sets"]["OSIE test"]["n_fixations"].__setitem__(0, 0), "nobody looked at"),
        (lambda v: v["data_sets"].clear(), "damaged"),
    ],
)
def test_damage_is_told_with_the_name_of_the_file(damaged, change, told):
    said = damaged(change)
    assert told in said
    assert "made.json" in said


# models


def test_a_pruned_model_says_from_what_and_how_far():
    parent = narrow_checkpoint(most=4)
    cost = flops_model(parent.architecture, *parent.working_size)
    small = pruned(parent, pruning_order(parent.signal, cost, 1e-3).first(7))
    about = described(small, "small.safetensors")
    assert (about.kind, about.source, about.id) == ("network", "small.safetensors", small.id)
    assert about.n_features == small.n_features
    assert about.n_pruned == ARCHITECTURES["fastgaze"].n_features - small.n_features
    assert (about.beta, about.parent["id"], about.estimate) == (1e-3, parent.id, True)
    assert about.gflop == pytest.approx(cost.total(small.widths) / 1e9)
    assert about.gflop_640x480 > about.gflop


def test_cost_at_640x480_is_the_papers():
    for name, gflop in (("fastgaze", 91.74), ("densegaze", 32.24)):
        architecture = ARCHITECTURES[name]
        total = flops_model(architecture, 480, 640).total(architecture.widths) / 1e9
        checkpoint = random_checkpoint(architecture, {layer.name: [0] for layer in architecture.layers})
        about = described(checkpoint, name)
        assert total == pytest.approx(gflop, abs=0.01)
        assert about.gflop_640x480 < total


@pytest.mark.parametrize(
    ("architecture", "kind"), [("fastgaze", "network"), ("published-fastgaze", "published"), ("deepgaze2", "teacher")]
)
def test_the_architecture_says_what_kind_a_model_is(architecture, kind):
    checkpoint = narrow_checkpoint(architecture, most=1)
    assert described(checkpoint, "file").kind == kind


def test_this_machine_has_a_processor_with_cores():
    machine = this_machine()
    assert machine.cpu
    assert machine.cores >= 1
    assert str(machine).startswith(machine.cpu)
