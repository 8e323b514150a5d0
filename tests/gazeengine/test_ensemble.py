import json

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from gazeengine.architecture import ARCHITECTURES
from gazeengine.ensemble import MEMBERS, average, load_ensemble, save_ensemble
from gazeengine.errors import TrainingError
from gazeengine.teacher import Members
from tests.networks import random_images
from tests.teachers import EXTENT, filled_cache, looked_at, narrowed, networks_with_one_backbone

ABOUT = {"name": "three", "data": ["a train", "a val"], "extent": list(EXTENT), "losses": [1.0, 2.0, 3.0]}


@pytest.fixture(autouse=True)
def narrow_vgg(monkeypatch):
    """An ensemble's file is of an architecture with all its features: here there are few."""
    monkeypatch.setitem(ARCHITECTURES, "deepgaze2-vgg16", narrowed(ARCHITECTURES["deepgaze2-vgg16"]))


def networks(n=3):
    return networks_with_one_backbone(n, ARCHITECTURES["deepgaze2-vgg16"])


def saved(path, about=ABOUT, n=3):
    save_ensemble(path, networks(n)[0], Members(networks(n)), about)
    return path


def test_an_ensemble_answers_after_loading_as_before(tmp_path):
    found = load_ensemble(saved(tmp_path / MEMBERS))
    features = networks()[0].extracted(random_images(2, *EXTENT))
    expected = Members(networks())(features, EXTENT, (16, 24))
    assert torch.equal(found.members(features, EXTENT, (16, 24)), expected)
    assert (found.name, found.extent, found.data) == ("three", EXTENT, ("a train", "a val"))
    assert found.about["losses"] == [1.0, 2.0, 3.0]
    assert found.members.n == 3


def test_its_features_are_found_where_it_was_trained(tmp_path):
    stimuli = looked_at(tmp_path / "made", 2)
    filled = filled_cache(networks()[0], stimuli, tmp_path)
    cache = load_ensemble(saved(tmp_path / MEMBERS)).cache(tmp_path)
    assert cache.folder == filled.folder
    assert cache.missing(stimuli) == []


def test_the_average_is_the_mean_density_of_all_members_of_all_ensembles(tmp_path):
    stimuli = looked_at(tmp_path / "made", 1)
    cache = filled_cache(networks()[0], stimuli, tmp_path)
    ensembles = [load_ensemble(saved(tmp_path / f"{n}.safetensors", n=n)) for n in (3, 1)]
    found = average(ensembles, [cache, cache], stimuli[0])
    features = cache.read(stimuli)
    densities = [
        network.log_density(network.read_out(features), EXTENT, (8, 12))[0].double().exp()
        for network in (*networks(3), *networks(1))
    ]
    np.testing.assert_allclose(np.exp(found), np.mean(densities, 0), rtol=1e-4)
    assert not np.allclose(np.exp(found), densities[0], rtol=1e-2)


def test_a_run_that_is_not_finished_has_no_ensemble(tmp_path):
    with pytest.raises(
        TrainingError, match=rf"teacher {tmp_path}: there is no {MEMBERS}, wanted the folder of a finis"
    ):
        load_ensemble(tmp_path / MEMBERS)


def altered(path, change):
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        about = dict(file.metadata())
    change(tensors, about)
    save_file(tensors, path, about)


def of_no_architecture(tensors, about):
    about["architecture"] = json.dumps("deepgaze9")


def of_another_architecture(tensors, about):
    about["architecture"] = json.dumps("deepgaze2")


def without_a_name(tensors, about):
    del about["name"]


def of_a_strange_extent(tensors, about):
    about["extent"] = json.dumps([32])


def without_members(tensors, about):
    for name in [name for name in tensors if name.startswith("members.")]:
        del tensors[name]


def with_half_a_member(tensors, about):
    tensors["members.readout_0_weight"] = tensors["members.readout_0_weight"][:2].clone()


def without_metadata(tensors, about):
    about.clear()


@pytest.mark.parametrize(
    "change",
    [
        of_no_architecture,
        of_another_architecture,
        without_a_name,
        of_a_strange_extent,
        without_members,
        with_half_a_member,
        without_metadata,
    ],
)
def test_a_file_of_something_else_is_told(tmp_path, change):
    path = saved(tmp_path / MEMBERS)
    altered(path, change)
    with pytest.raises(TrainingError, match=r"members.safetensors: it is .*, wanted"):
        load_ensemble(path)


def test_a_damaged_file_is_told(tmp_path):
    path = saved(tmp_path / MEMBERS)
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(TrainingError, match=r"members.safetensors: cannot be read .*, wanted one that training wrote"):
        load_ensemble(path)
